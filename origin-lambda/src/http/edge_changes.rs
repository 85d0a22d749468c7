//! The changes that a write hands to the middleware which sends them to the edge.

use link_core::publication::Change;

/// The changes of a write; travels in the response's extensions, which are never sent.
#[derive(Debug, Clone)]
pub(crate) struct EdgeChanges(pub(crate) Vec<Change>);
