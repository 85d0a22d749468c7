//! The parts of a stack and their stand-ins.

pub(crate) mod aws;
pub(crate) mod edge;
pub(crate) mod fault_proxy;
pub(crate) mod lambda;
pub(crate) mod postgres;
