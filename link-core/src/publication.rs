//! The changes that the origin asks the edge to publish, and the edge's confirmations.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clicks::buffer::SealedBatch;
use crate::hex::hex;
use crate::names::domain::Domain;
use crate::names::slug::Slug;
use crate::record::{LinkRecord, Resolution, Revision};

/// The current state of a name whose publication is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub domain: Domain,
    pub code: Slug,
    pub revision: Revision,
    /// Absent if the link was deleted: the change is a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<LinkRecord>,
    /// The text of a domain's document; see [`crate::record::domain::DomainDocument`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeList {
    pub changes: Vec<Change>,
    /// More changes are waiting that did not fit into this list.
    #[serde(default)]
    pub more: bool,
    /// An import's visits, which the edge sends to the queue before it answers. Only for an edge that says it does
    /// ([`crate::edge_origin::BATCHES`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<SealedBatch>,
}

/// States that the revision is published everywhere, and was purged again after the origin's timeout. Ignored unless the revision is
/// still current.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Confirmation {
    pub domain: Domain,
    pub code: Slug,
    pub revision: Revision,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationList {
    pub confirmed: Vec<Confirmation>,
}

impl Change {
    /// What a lookup of the name finds from now on.
    pub fn resolution(&self) -> Resolution {
        let revision = self.revision;
        match (&self.record, &self.document) {
            (Some(record), _) => Resolution::Found { record: record.clone() },
            (None, Some(document)) => Resolution::Document { revision, document: document.clone() },
            (None, None) => Resolution::Deleted { revision },
        }
    }

    pub fn confirmation(&self) -> Confirmation {
        Confirmation { domain: self.domain.clone(), code: self.code.clone(), revision: self.revision }
    }
}

/// The cache tag of every cached response for a name. The tag is hexadecimal, because Cloudflare ignores case in tags and aliases may
/// differ only by case. It has 128 bits, so that two names never share a tag.
#[inline]
pub fn cache_tag(domain: &Domain, code: &Slug) -> String {
    let digest =
        Sha256::new().chain_update(domain.as_str()).chain_update("/").chain_update(code.as_str()).finalize();
    format!("link-{}", hex(digest.split_at(16).0))
}
