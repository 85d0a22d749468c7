//! The name of a link, as caches use it.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;

/// The cache key: nothing else of a request may choose a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkKey {
    pub domain: Domain,
    pub code: Slug,
}
