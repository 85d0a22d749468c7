//! Shortline's API of record: creates links, shows them and their clicks, and resolves codes for the edge. Redirects only
//! visitors that come past the edge.
//!
//! A request passes [`router`] → `controllers` (one file per verb) → `store` (all SQL). [`problem`] alone decides how an error
//! looks to a client.

mod api_headers;
pub mod api_key;
pub mod app;
pub mod auth;
mod batcher;
mod bulk_response;
pub mod click_lag;
pub mod clock;
pub mod codes;
pub mod config;
pub mod controllers;
mod cors;
mod countries;
mod creation;
mod csv;
mod edge_body;
mod edge_changes;
mod export;
mod fields;
pub mod function_url;
pub mod gate;
mod host_input;
mod host_sweep;
mod idempotent_write;
mod json_body;
mod language_ranges;
pub mod limits;
mod link_input;
mod link_json;
mod link_list;
pub mod openapi;
mod own_hosts;
mod pages;
pub mod password;
mod precondition;
pub mod problem;
mod qr;
pub mod rate_limit;
mod redirect;
mod request_log;
pub mod request_metrics;
pub mod resolver;
pub mod router;
pub mod secret;
pub mod shipping;
pub mod statistics;
pub mod store;
mod timestamp;
mod trimming;
