//! The rules and formats that Shortline's edge, origin and click consumer share.
//!
//! The crate is pure: it uses no clock, environment, randomness or I/O; callers pass time and keys in. It builds for the host and
//! for wasm32. A golden snapshot changes with every type that is sent or stored.

pub mod api_key;
pub mod calendar;
pub mod click_batch;
pub mod click_buffer;
pub mod code;
pub mod cors;
pub mod decision;
pub mod destination;
pub mod domain;
pub mod edge_origin;
pub mod gate;
pub mod host;
pub mod link_path;
pub mod publication;
pub mod queue_answer;
pub mod record;
pub mod redirect;
pub mod referrer;
pub mod reserved;
pub mod roll_up;
pub mod rules;
pub mod slug;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
pub mod time;
pub mod user_agent;
pub mod visit;
