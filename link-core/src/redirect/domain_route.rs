//! A path that is answered with a document of its domain, or with a picture, and does not follow a link.

use super::qr_image::QrImage;
use crate::names::slug::Slug;
use crate::record::domain::DomainDocument;

/// A path of the domain itself, which its settings answer, or a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainRoute {
    /// The bare domain: `/`.
    Home,
    Robots,
    /// A file below `/.well-known/`.
    File(DomainDocument),
    Qr(QrImage),
    /// A path that no link can have, and that is not reserved: `/@name`.
    Unknown(String),
}

impl DomainRoute {
    /// The name of the document that answers.
    pub fn document(&self) -> Slug {
        match self {
            Self::Home | Self::Robots | Self::Unknown(_) => DomainDocument::Settings.slug(),
            Self::File(document) => document.slug(),
            Self::Qr(image) => image.slug(),
        }
    }
}
