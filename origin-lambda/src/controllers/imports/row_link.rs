//! The link that a row of an import made or found.

use std::collections::HashMap;

use link_core::record::LinkId;

use crate::store::imports::{ImportRow, SkipReason};

/// The link, and its domain at that time.
pub(super) fn link_of<'a>(
    rows: &'a HashMap<String, ImportRow>,
    row_id: &str,
) -> Result<(LinkId, &'a str), SkipReason> {
    let row = rows.get(row_id).ok_or(SkipReason::UnknownRow)?;
    row.link.zip(row.domain.as_deref()).ok_or(SkipReason::NoLink)
}
