//! `/api/v1/stats`, and the answer that it shares with the statistics of one link.

pub(crate) mod answer;
pub(crate) mod read;
