//! The counts of an answer, before they are shown.

use super::groups::Groups;
use crate::store::raw_statistics::Share;
use crate::store::statistics::{ClickCount, Series};

/// What was counted, and from what.
pub(super) struct Counted {
    pub(super) series: Series,
    pub(super) previous: ClickCount,
    pub(super) groups: Option<Groups>,
    /// `None`: roll-ups, which have every click.
    pub(super) share: Option<Share>,
}
