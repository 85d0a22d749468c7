//! Drains the click queue into the analytics database. Every click is stored once, kept as a dead letter with a reason, or left
//! in the queue.

pub mod config;
pub mod dead_letter;
pub mod invocation;
pub mod message;
pub mod operator;
pub mod plan;
pub mod polling;
pub mod queue;
pub mod store;
pub mod time_limits;
