//! Resolves names, those of a moment together. Does not decide what follows.

use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;

use crate::gathering::Gathering;
use crate::store::links::Name;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug)]
pub struct Resolver {
    links: LinksDatabase,
    names: Gathering<Name, Result<Resolution, StoreError>>,
}

impl Resolver {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, names: Gathering::default() }
    }

    pub async fn resolve(&self, domain: &Domain, code: &Slug) -> Result<Resolution, StoreError> {
        let links = self.links.clone();
        let resolve = move |names: Vec<Name>| {
            let links = links.clone();
            async move { links.resolve(&names).await }
        };
        let name = Name { domain: domain.clone(), code: code.clone() };
        self.links.in_turn(self.names.ask(name, resolve)).await?
    }
}
