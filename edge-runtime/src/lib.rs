//! What the two Workers of the edge share: the runtime's bindings, the lookup of a link, the origins, every timeout.
//!
//! Decisions are pure modules, tested on the host. Only `bindings` uses `worker`.

#![expect(async_fn_in_trait, reason = "a Worker has one thread, so no future needs to be `Send`")]
#![expect(missing_debug_implementations, reason = "the runtime's handles have none")]

pub mod bindings;
pub mod click_queue;
pub mod config;
pub mod lookup;
pub mod origins;
pub mod problem;
pub mod request_ids;
pub mod request_target;
pub mod timing;
pub mod traces;
pub mod visitor_key;
