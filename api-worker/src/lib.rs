//! The API's Worker: forwards API calls to the origin, publishes changes, sends webhooks, and runs the schedule. Only the visitor's Worker
//! calls it, which has admitted the caller.
//!
//! Decisions are pure modules, tested on the host. Only `entry` and `bindings` use `worker`.

mod bindings;
mod config;
mod entry;
mod imported_visits;
mod isolate;
mod publishing;
mod requests;
mod responses;
mod webhooks;
