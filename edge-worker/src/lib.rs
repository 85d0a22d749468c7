//! The Cloudflare Worker: redirects from the nearest copy, forwards the API and ships clicks.
//!
//! Decisions are pure modules, tested on the host. Only `entry` and `bindings` use `worker`.

mod answer;
mod answer_numbers;
mod api_request;
mod bindings;
mod breaker;
mod concurrency_limit;
mod config;
mod entry;
mod enumeration_guard;
mod freshness;
mod isolate;
mod lookup;
#[cfg(test)]
mod model;
mod origins;
mod page;
mod problem;
mod publishing;
mod purge_rate;
mod request_info;
mod route;
mod shipping;
mod sigv4;
mod timeouts;
mod unlock_cookies;
mod uploads;
mod visitor_key;
mod visitor_limit;
