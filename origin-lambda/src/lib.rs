//! Shortline's API of record: creates links, shows them and their clicks, and tells the edge what a code leads to.
//! Redirects visitors only where they come past the edge.
//!
//! A request passes [`router`] → `controllers` (one file per verb) → `store` (all SQL). What a failure looks like to a
//! client is decided in [`problem`] alone.

mod announcement;
mod api_headers;
pub mod api_key;
pub mod app;
pub mod auth;
mod bulk_answer;
pub mod click_lag;
pub mod clock;
pub mod codes;
pub mod config;
mod controllers;
mod cors;
mod countries;
mod creation;
mod csv;
mod edge_body;
mod export;
mod fields;
pub mod function_url;
pub mod gate;
mod gathering;
mod host_input;
mod json_body;
mod language_ranges;
pub mod limits;
mod link_input;
mod link_json;
mod link_list;
mod openapi;
mod own_hosts;
mod pages;
pub mod password;
mod precondition;
pub mod problem;
mod qr;
pub mod rate_limit;
mod request_log;
pub mod request_metrics;
pub mod resolver;
pub mod router;
pub mod secret;
pub mod shipping;
pub mod statistics;
pub mod store;
mod sweep;
mod timestamp;
mod trimming;
mod undertaking;
mod visitor_page;
