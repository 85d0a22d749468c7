//! Shortline's edge, a Cloudflare Worker: redirects from the nearest copy, forwards the API, ships clicks.
//!
//! Decisions are pure modules that are tested on the host. `worker` is used in `entry` and `bindings` alone.

mod answer;
mod answer_numbers;
mod api_request;
mod bindings;
mod breaker;
mod config;
mod entry;
mod facts;
mod isolate;
mod lifetimes;
mod lookup;
mod miss_budget;
#[cfg(test)]
mod model;
mod origins;
mod page;
mod problem;
mod publishing;
mod purge_rate;
mod route;
mod shipping;
mod sigv4;
mod throttle;
mod timeouts;
mod unlock;
mod uploads;
mod visitor_key;
mod visitor_limit;
