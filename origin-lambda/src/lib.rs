//! Shortline's API of record: creates links, shows them and their clicks, and resolves codes for the edge. Redirects only
//! visitors that come past the edge.
//!
//! A request passes [`router`] → `controllers` → `store` (all SQL). `controllers::problems` alone decides how an
//! error looks to a client.

pub mod app;
pub mod auth;
mod caller;
pub mod clock;
pub mod config;
pub mod controllers;
pub mod http;
mod keyed_locks;
pub mod limits;
pub mod links;
pub mod openapi;
pub mod rate_limit;
pub mod redirect;
pub mod router;
pub mod statistics;
pub mod store;
pub mod webhooks;
