//! The AWS emulator and what a local stack creates in it.

pub(crate) mod client;
pub(crate) mod emulator;
pub(crate) mod functions;
pub(crate) mod identities;
pub(crate) mod queues;
