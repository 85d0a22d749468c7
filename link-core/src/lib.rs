//! The rules and formats that Shortline's edge, origin and click consumer share.
//!
//! The crate is pure: it uses no clock, environment, randomness or I/O; callers pass time and keys in. It builds for the host and
//! for wasm32. A golden snapshot changes with every type that is sent or stored.

pub mod api_key;
pub mod clicks;
pub mod compatible_apis;
pub mod cors;
pub mod edge_origin;
pub mod hex;
pub mod names;
pub mod otlp;
pub mod publication;
pub mod record;
pub mod redirect;
pub mod session;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
pub mod time;
pub mod trace_context;
pub mod webhooks;
