//! Webhooks (Standard Webhooks 1.0): the secrets and signatures of endpoints, what a message says, and when it is tried again. Triggers
//! of the links database write the messages; the edge sends them.

pub(crate) mod clicks;
pub(crate) mod event;
pub(crate) mod presence;
pub(crate) mod schedule;
pub(crate) mod secret;
pub(crate) mod url;
