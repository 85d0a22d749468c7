//! What the origin tells the edge to publish, and what the edge confirms. Does not decide when.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::Domain;
use crate::record::{LinkRecord, Revision};
use crate::slug::Slug;

/// The current state of a name whose publication is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub domain: Domain,
    pub code: Slug,
    pub revision: Revision,
    /// Absent for a tombstone: the link was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<LinkRecord>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeList {
    pub changes: Vec<Change>,
    /// Others are waiting, which did not fit.
    #[serde(default)]
    pub more: bool,
}

/// Published everywhere, and purged again after the origin's timeout. Counts only while the revision is current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub fn confirmation(&self) -> Confirmation {
        Confirmation { domain: self.domain.clone(), code: self.code.clone(), revision: self.revision }
    }
}

/// The tag that every cached copy of a name carries. Hexadecimal, because Cloudflare compares tags without regard to
/// case and aliases differ by it; 128 bits, so that two names never share one.
pub fn cache_tag(domain: &Domain, code: &Slug) -> String {
    let digest =
        Sha256::new().chain_update(domain.as_str()).chain_update("/").chain_update(code.as_str()).finalize();
    digest.iter().take(16).fold(String::from("link-"), |mut tag, byte| {
        let _ = write!(tag, "{byte:02x}");
        tag
    })
}
