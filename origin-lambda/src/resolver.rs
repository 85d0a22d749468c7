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
    names: Gathering<Name, Result<Resolution, StoreError>>,
    click_lag: ClickLag,
}

impl Resolver {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, names: Gathering::default(), click_lag: ClickLag::default() }
    }

    pub async fn resolve(
        &self,
        domain: &Domain,
        code: &Slug,
        now: UnixMillis,
    ) -> Result<Resolution, StoreError> {
        let links = self.links.clone();
        let resolve = move |names: Vec<Name>| {
            let links = links.clone();
            async move { links.resolve(&names).await }
        };
        let name = Name { domain: domain.clone(), code: code.clone() };
        let mut resolution = self.links.in_turn(self.names.ask(name, resolve)).await??;
        if let Resolution::Found { record } = &mut resolution {
            self.gate_while_behind(record, now).await?;
        }
        Ok(resolution)
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
