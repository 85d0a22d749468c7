//! Countries and languages, as rules name them and as the edge compares them.

pub(crate) mod countries;
pub(crate) mod language_ranges;
