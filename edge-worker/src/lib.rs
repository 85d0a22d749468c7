//! The Cloudflare Worker: redirects from the nearest copy, forwards the API and ships clicks.
//!
//! Decisions are pure modules, tested on the host. Only `entry` and `bindings` use `worker`.

mod bindings;
mod click_shipping;
mod config;
mod entry;
mod isolate;
mod publishing;
mod requests;
mod responses;
mod visitors;
