//! What a request hands to the middleware which sends it to the edge.

use link_core::clicks::buffer::SealedBatch;
use link_core::publication::Change;

/// The changes of a write; travels in the response's extensions, which are never sent.
#[derive(Debug, Clone)]
pub(crate) struct EdgeChanges(pub(crate) Vec<Change>);

/// The batches of an import's visits, for an edge that sends them to the queue.
#[derive(Debug, Clone)]
pub(crate) struct EdgeBatches(pub(crate) Vec<SealedBatch>);
