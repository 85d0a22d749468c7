//! What the origin and the consumer measure: one list, from which come `/metrics`, the names of CloudWatch's metrics, the document
//! that explains them, the dashboard and the alert rules.
//!
//! And the traces of both, in [`traces`].
//!
//! Knows no program: what is measured, and when, is decided where it happens.

pub mod documents;
pub mod endpoint;
pub mod list;
mod measurement;
mod metrics;
pub mod traces;

pub use measurement::{CloudWatch, Counter, Gauge, Histogram, Kind, Measurement, Program};
pub use metrics::Metrics;
