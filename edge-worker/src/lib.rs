//! The visitor's Worker: redirects from the nearest copy, ships clicks, and passes API calls to the API's Worker.
//!
//! Decisions are pure modules, tested on the host. Only `entry` and `bindings` use `worker`.

mod bindings;
mod click_shipping;
mod config;
mod entry;
mod isolate;
mod requests;
mod responses;
mod visitors;
