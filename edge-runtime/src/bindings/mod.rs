//! Calls into the Workers runtime that both Workers make, one file per capability. No decisions.

pub mod cache;
pub mod collector;
pub mod console;
pub mod fetch;
pub mod origin;
pub mod queue;
pub mod replica;
pub mod runtime;
pub mod visitor_keys;
