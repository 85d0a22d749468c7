//! The click history of a source's links: visits one by one, or counts by day. Read when the links are here, in the same order each time,
//! so that a run that goes on sends the same again.

mod bitly;
mod last_call;
mod records;
mod sender;
mod shlink;
mod shortline;
mod yourls;

use jiff::Timestamp;

use super::draft::Reading;
use super::sources::HistorySource;
use crate::error::CliError;
use records::History;

pub use last_call::LastCall;
pub use records::Created;
pub use sender::Sender;

/// What happened up to `until`: visits that come later are ours.
pub fn open(
    source: HistorySource,
    reading: Reading,
    until: Timestamp,
    created: Created,
) -> Result<History, CliError> {
    Ok(match source {
        HistorySource::Backup(path) => History::Days(shortline::days_of_backup(&path, reading, created)?),
        HistorySource::Bitly(api) => History::Days(bitly::days(api, reading)),
        HistorySource::Shlink(api) => History::Visits(shlink::visits(api, reading, until)),
        HistorySource::Shortline(api) => History::Days(shortline::days(api, reading, until, created)),
        HistorySource::Yourls(path) => History::Visits(yourls::visits(&path, reading, until)?),
    })
}
