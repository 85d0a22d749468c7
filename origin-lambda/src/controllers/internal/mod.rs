//! Routes for the edge only, which `auth` enforces.

pub(crate) mod changes;
pub(crate) mod gate;
pub(crate) mod key;
pub(crate) mod resolve;
pub(crate) mod unlock;
pub(crate) mod webhooks;
