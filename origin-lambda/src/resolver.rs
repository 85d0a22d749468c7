//! Resolves names, those of a moment together. Does not decide what follows.

use link_core::domain::Domain;
use link_core::record::{LinkRecord, Resolution};
use link_core::slug::Slug;
use link_core::time::UnixMillis;

use crate::click_lag::ClickLag;
use crate::gathering::Gathering;
use crate::store::links::Name;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug)]
pub struct Resolver {
    links: LinksDatabase,
    questions: Gathering<Vec<Name>, Resolutions>,
    click_lag: ClickLag,
}

/// One for each name of a question, in their order.
type Resolutions = Vec<Result<Resolution, StoreError>>;

impl Resolver {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, questions: Gathering::default(), click_lag: ClickLag::default() }
    }

    pub async fn resolve(
        &self,
        domain: &Domain,
        code: &Slug,
        now: UnixMillis,
    ) -> Result<Resolution, StoreError> {
        let mut resolutions = self.resolve_all(domain, [code.clone()], now).await?;
        resolutions.pop().unwrap_or(Err(StoreError::Damaged("no row for a name")))
    }

    /// What is behind several names, by one statement.
    pub async fn resolve_all(
        &self,
        domain: &Domain,
        codes: impl IntoIterator<Item = Slug>,
        now: UnixMillis,
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
        let mut resolutions = self.links.in_turn(self.questions.ask(names, resolve)).await?;
        for resolution in &mut resolutions {
            let gated = if let Ok(Resolution::Found { record }) = resolution {
                self.gate_while_behind(record, now).await
            } else {
                Ok(())
            };
            if let Err(error) = gated {
                *resolution = Err(error);
            }
        }
        Ok(resolutions)
    }

    /// A large maximum of which much is left asks for leave only while its clicks are not counted in time.
    async fn gate_while_behind(&self, record: &mut LinkRecord, now: UnixMillis) -> Result<(), StoreError> {
        if record.limited && !record.gated {
            let last_click_at = self.links.last_click_at(record.id).await?;
            record.gated = self.click_lag.is_behind(record.id, last_click_at, now);
        }
        Ok(())
    }
}
