//! Drains the click queue into the analytics database: every click is stored once, set aside as a dead letter with a
//! reason, or left in the queue. Does not answer questions about them.

pub mod backoff;
pub mod config;
pub mod dead_letter;
pub mod invocation;
pub mod message;
pub mod operator;
pub mod plan;
pub mod queue;
pub mod rollup;
pub mod store;
pub mod time_limits;
