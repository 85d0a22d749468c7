//! The clock, and every timeout.

pub mod clock;
#[cfg(test)]
pub(crate) mod simulation;
pub mod timeouts;
