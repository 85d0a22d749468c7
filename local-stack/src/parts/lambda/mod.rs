//! Lambda functions as processes behind a Runtime API.

pub(crate) mod click_feed;
pub(crate) mod lambda_process;
pub(crate) mod runtime_api;
