//! Answers that this Worker gives itself.

pub mod problem;
