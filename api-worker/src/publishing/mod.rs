//! Publication of changes: on the way back of a write, a second time later, and of the backlog by the schedule.

mod backlog;
#[cfg(test)]
mod model;
mod publisher;
pub mod purge_rate;
mod second_purge;
mod systems;
mod zone_purge;

pub use publisher::{MAX_CHANGES, Propagation, Publisher};
pub use second_purge::PendingSecondPurge;
pub use systems::ChangeLog;
#[cfg(test)]
pub use systems::{Purge, PurgeError};
pub use zone_purge::{ZonePurge, ZonePurgeApi, ZonePurged};
