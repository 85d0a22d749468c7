//! Shortline's API of record: creates links, shows them and their clicks, and tells the edge what a code leads to.
//! Does not redirect visitors; the edge does.
//!
//! A request passes [`router`] → `controllers` (one file per verb) → `store` (all SQL). What a failure looks like to a
//! client is decided in [`problem`] alone.

mod announcement;
pub mod app;
pub mod auth;
pub mod clock;
pub mod codes;
pub mod config;
mod controllers;
mod creation;
mod fields;
mod json_body;
pub mod limits;
mod link_input;
mod link_json;
pub mod password;
mod precondition;
pub mod problem;
mod request_log;
pub mod router;
pub mod secret;
pub mod statistics;
pub mod store;
mod timestamp;
mod undertaking;
