//! The counts of an answer, before they are shown.

use super::groups::Groups;
use crate::store::raw_statistics::Share;
use crate::store::statistics::{ClickCount, Series};

/// What was counted, and from what.
pub(super) struct Counted {
    pub(super) series: Series,
    pub(super) previous: ClickCount,
    /// Otherwise raw clicks of the previous period are deleted, and a comparison with the rest would mislead.
    pub(super) is_previous_whole: bool,
    pub(super) groups: Option<Groups>,
    /// `None`: roll-ups, which have every click.
    pub(super) share: Option<Share>,
}
