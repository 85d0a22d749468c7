//! Every call into the Workers runtime, one file per capability. No decisions.

pub mod body;
pub mod cache;
pub mod console;
pub mod fetch;

pub mod origin;
pub mod purge;
pub mod queue;
pub mod rate_limit;
pub mod replica;
pub mod runtime;
pub mod tasks;
pub mod visitor_keys;
