//! Calls into the Workers runtime that only this Worker makes, one file per capability. No decisions.

pub mod body;
pub mod origin_calls;
pub mod purge;
pub mod receivers;
