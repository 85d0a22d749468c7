//! Stacks: which parts run together, and with which settings.

pub(crate) mod blue_green;
pub(crate) mod consumer_stack;
pub(crate) mod edge_stack;
pub(crate) mod options;
pub(crate) mod origin;
pub(crate) mod origin_stack;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod stack;
