//! Asks where many URLs lead: politely, several hosts at a time, from this machine.

mod address;
pub mod fetch;
pub mod finding;
pub mod journey;
mod run;
mod schedule;
pub mod state;
mod warning_pages;

pub use run::{Pace, run};
