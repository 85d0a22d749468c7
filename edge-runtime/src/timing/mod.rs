//! The clock, and every timeout.

pub mod clock;
#[cfg(any(test, feature = "test-util"))]
pub mod simulation;
pub mod timeouts;
