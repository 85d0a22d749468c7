//! What Shortline's edge, origin and click consumer must agree on.
//!
//! Pure: no clock, environment, randomness or I/O; time and keys are passed in. Builds for the host and for
//! wasm32. A change to a type that is sent or stored shows up as a changed golden snapshot.

pub mod api_key;
pub mod click_batch;
pub mod click_buffer;
pub mod click_input;
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
pub mod time;
pub mod user_agent;
pub mod visit;
