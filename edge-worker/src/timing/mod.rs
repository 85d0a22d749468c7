//! The clock, and every timeout.

pub mod clock;
pub mod timeouts;
