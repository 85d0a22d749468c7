//! What is requested of a new link, and what became of it.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use thiserror::Error;
use uuid::Uuid;

use crate::auth::{KeyBounds, Principal, Right};
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::links::codes::CodeError;
use crate::store::StoreError;
use crate::store::links::{Conflict, DedupKey, Imported, Link, LinkName, LinkSettings};

#[derive(Debug, Clone)]
pub(crate) struct NewLinkRequest {
    pub(crate) domain: Domain,
    /// `None` draws a code that was never issued before.
    pub(crate) alias: Option<Slug>,
    pub(crate) aliases: Vec<LinkName>,
    pub(crate) settings: LinkSettings,
    /// An existing link with the same settings may be returned instead, unless further names are asked for.
    pub(crate) reuse: bool,
    pub(crate) creator: Creator,
    /// Of a link that is imported.
    pub(crate) imported: Option<Imported>,
}

/// Who asks for a link.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Creator {
    /// The key. `None` for the bootstrap key.
    pub(crate) key: Option<Uuid>,
    /// Links of other keys must not be reused: they do not exist for this one, or it may only create.
    pub(crate) reuses_own_only: bool,
}

impl Creator {
    pub(crate) fn of(principal: Principal, bounds: &KeyBounds) -> Self {
        let key = match principal {
            Principal::Bootstrap => None,
            Principal::Key { id, .. } => Some(id),
        };
        Self { key, reuses_own_only: bounds.links.creator.is_some() || !bounds.allow(Right::Read) }
    }
}

impl NewLinkRequest {
    /// Its external id is unique anyway.
    pub(crate) fn without_reuse(self) -> Self {
        Self { reuse: false, ..self }
    }

    pub(super) fn dedup_key(&self) -> Option<DedupKey> {
        let creator = self.creator.key.filter(|_| self.creator.reuses_own_only);
        let dedup_key = || DedupKey::of(&self.domain, self.alias.as_ref(), creator, &self.settings);
        (self.reuse && self.aliases.is_empty()).then(dedup_key).flatten()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum CreationOutcome {
    Created(Link),
    Reused(Link),
    Rejected(Conflict, Box<LinkSettings>),
}

impl CreationOutcome {
    /// The outcome of another request with the same dedup key.
    pub(super) fn for_duplicate(&self) -> Self {
        match self {
            Self::Created(link) | Self::Reused(link) => Self::Reused(link.clone()),
            Self::Rejected(..) => self.clone(),
        }
    }
}

#[derive(Debug, Clone, Error)]
pub(crate) enum CreationError {
    #[error(transparent)]
    Codes(#[from] CodeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{MAX_CODE_ATTEMPTS} codes in a row were taken")]
    EveryCodeTaken,
    #[error("a link request has no outcome")]
    NoOutcome,
}
