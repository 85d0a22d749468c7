//! A path that belongs to a domain and to none of its links.

use crate::record::domain::DomainDocument;

/// A path of the domain itself, which its settings answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainRoute {
    /// The bare domain: `/`.
    Home,
    Robots,
    /// A file below `/.well-known/`.
    File(DomainDocument),
}

impl DomainRoute {
    /// The document that answers.
    pub fn document(self) -> DomainDocument {
        match self {
            Self::Home | Self::Robots => DomainDocument::Settings,
            Self::File(document) => document,
        }
    }
}
