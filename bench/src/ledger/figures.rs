//! What both sides of the comparison are made of.

use std::collections::BTreeMap;

use uuid::Uuid;

/// The id of all links together in the roll-ups.
pub(super) const ALL_LINKS: Uuid = Uuid::max();

/// Numbers by name.
pub(super) type Figures = BTreeMap<String, i128>;
