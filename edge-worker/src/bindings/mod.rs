//! Calls into the Workers runtime that only this Worker makes, one file per capability. No decisions.

pub mod api_worker;
pub mod form;
pub mod rate_limit;
pub mod request;
pub mod tasks;
pub mod visit_calls;
