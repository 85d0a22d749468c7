//! The routes' handlers, one file per verb: read the request, ask the store, shape the answer. No SQL, no clock.

pub(crate) mod blocked_hosts;
pub(crate) mod clicks;
pub(crate) mod documentation;
pub(crate) mod domains;
pub(crate) mod health;
pub(crate) mod internal;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod orphans;
pub(crate) mod pipeline;
pub(crate) mod redirect;
pub(crate) mod stats;
pub(crate) mod tags;
