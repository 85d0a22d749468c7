//! What the API speaks over HTTP: bodies, fields, pages, times, problems. Knows no link and no database.

pub(crate) mod csv;
pub(crate) mod edge_changes;
pub(crate) mod etag;
pub(crate) mod fields;
pub mod function_url;
pub(crate) mod host_input;
pub(crate) mod json_body;
pub(crate) mod pages;
pub mod problem;
pub(crate) mod request_id;
pub mod request_metrics;
pub(crate) mod timestamp;
pub(crate) mod trimming;
