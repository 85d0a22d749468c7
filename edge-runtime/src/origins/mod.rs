//! The origins: which of them takes a call, what their answers mean, and how calls to AWS are signed.

pub mod answers;
pub mod breaker;
mod choice;
mod concurrency_limit;
mod failover;
pub mod sigv4;

pub use choice::{CallKind, Origins};
pub use failover::{Failover, Received};
