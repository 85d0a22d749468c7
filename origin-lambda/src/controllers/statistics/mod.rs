//! `/api/v1/stats`, and the answer that it shares with the statistics of one link.

pub(crate) mod answer;
pub(super) mod count;
mod counted;
mod groups;
pub(super) mod json;
mod raw;
pub(crate) mod read;
pub(crate) mod scope;

use crate::http::problem::Problem;
use crate::store::StoreError;

/// Why clicks were not counted.
pub(super) enum StatsError {
    Store(StoreError),
    Rejected(Problem),
}

impl From<StoreError> for StatsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
