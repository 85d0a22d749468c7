//! How much of an API request the edge takes.

pub mod limits;
pub mod uploads;
