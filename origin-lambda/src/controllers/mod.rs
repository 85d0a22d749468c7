//! The handlers, one file per verb: read the request, call the store, write the response. No SQL, no clock.

pub(crate) mod audit;
pub(crate) mod blocked_hosts;
pub(crate) mod campaign_presets;
pub(crate) mod click_accounting;
pub(crate) mod clicks;
pub(crate) mod documentation;
pub(crate) mod domains;
pub(crate) mod health;
pub(crate) mod imports;
pub(crate) mod internal;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod log_levels;
pub mod metrics;
pub(crate) mod orphan_visits;
mod problems;
pub(crate) mod redirect;
pub(crate) mod sessions;
pub(crate) mod shares;
pub(crate) mod shlink;
pub(crate) mod statistics;
pub(crate) mod tags;
pub(crate) mod webhooks;
pub(crate) mod yourls;
