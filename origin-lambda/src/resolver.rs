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
    questions: Gathering<Vec<Name>, Resolutions>,
}

/// One for each name of a question, in their order.
type Resolutions = Vec<Result<Resolution, StoreError>>;

impl Resolver {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, questions: Gathering::default() }
    }

    pub async fn resolve(&self, domain: &Domain, code: &Slug) -> Result<Resolution, StoreError> {
        let mut resolutions = self.resolve_all(domain, [code.clone()]).await?;
        resolutions.pop().unwrap_or(Err(StoreError::Damaged("no row for a name")))
    }

    /// What is behind several names, by one statement.
    pub async fn resolve_all(
        &self,
        domain: &Domain,
        codes: impl IntoIterator<Item = Slug>,
    ) -> Result<Resolutions, StoreError> {
        let links = self.links.clone();
        let resolve = move |questions: Vec<Vec<Name>>| {
            let links = links.clone();
            async move {
                let names: Vec<Name> = questions.iter().flatten().cloned().collect();
                let mut resolutions = links.resolve(&names).await.into_iter();
                questions.iter().map(|names| resolutions.by_ref().take(names.len()).collect()).collect()
            }
        };
        let names = codes.into_iter().map(|code| Name { domain: domain.clone(), code }).collect();
        self.links.in_turn(self.questions.ask(names, resolve)).await
    }
}
