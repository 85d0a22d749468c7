//! The Worker on workerd, and stand-ins for Cloudflare's services.

pub(crate) mod cloudflare;
pub(crate) mod worker;
pub(crate) mod worker_config;
pub(crate) mod workerd;
pub(crate) mod wrangler;
