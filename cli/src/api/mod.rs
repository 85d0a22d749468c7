//! The installation's API over HTTP: requests with a key, retries, problems, pages.

pub mod bulk;
pub mod client;
pub mod client_tls;
pub mod key_bounds;
pub mod pages;
pub mod problem;
mod retry;
