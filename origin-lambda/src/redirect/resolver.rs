//! Resolves names to links, concurrent requests in one batch. Does not decide what to do with them.

use std::sync::Arc;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::domain::DomainDocument;
use link_core::record::{LinkRecord, Resolution};
use link_core::time::UnixMillis;
use telemetry::Metrics;
use telemetry::list::LOOKUP_BATCH_SIZE;

use crate::redirect::click_lag::ClickLag;
use crate::store::batcher::Batcher;
use crate::store::links::LinkName;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug)]
pub struct Resolver {
    links: LinksDatabase,
    batches: Batcher<Vec<LinkName>, Resolutions>,
    click_lag: ClickLag,
    metrics: Arc<Metrics>,
    default_domain: Domain,
}

/// One per name of a request, in order.
type Resolutions = Vec<Result<Resolution, StoreError>>;

impl Resolver {
    pub fn new(links: LinksDatabase, metrics: Arc<Metrics>, default_domain: Domain) -> Self {
        let (batches, click_lag) = (Batcher::default(), ClickLag::default());
        Self { links, batches, click_lag, metrics, default_domain }
    }

    /// A document of a domain, which is asked for once an hour and data centre, so it shares no statement.
    pub async fn resolve_document(
        &self,
        domain: &Domain,
        document: DomainDocument,
    ) -> Result<Resolution, StoreError> {
        self.links.resolve_document(domain, document, &self.default_domain).await
    }

    pub async fn resolve(
        &self,
        domain: &Domain,
        code: &Slug,
        now: UnixMillis,
    ) -> Result<Resolution, StoreError> {
        if let Some(document) = DomainDocument::of(code.as_str()) {
            return self.resolve_document(domain, document).await;
        }
        let mut resolutions = self.resolve_all(domain, [code.clone()], now).await?;
        resolutions.pop().unwrap_or(Err(StoreError::Damaged("expected one row per name")))
    }

    /// Resolves several names with one statement.
    pub async fn resolve_all(
        &self,
        domain: &Domain,
        codes: impl IntoIterator<Item = Slug>,
        now: UnixMillis,
    ) -> Result<Resolutions, StoreError> {
        let (links, metrics) = (self.links.clone(), Arc::clone(&self.metrics));
        let resolve = move |requests: Vec<Vec<LinkName>>| {
            let links = links.clone();
            metrics.observe(&LOOKUP_BATCH_SIZE, &[], requests.len() as f64, None);
            async move {
                let names: Vec<LinkName> = requests.iter().flatten().cloned().collect();
                let mut resolutions = links.resolve(&names).await.into_iter();
                requests.iter().map(|names| resolutions.by_ref().take(names.len()).collect()).collect()
            }
        };
        let names = codes.into_iter().map(|code| LinkName { domain: domain.clone(), code }).collect();
        let mut resolutions = self.links.run_batched(self.batches.run(names, resolve)).await?;
        for resolution in &mut resolutions {
            let gated = if let Ok(Resolution::Found { record }) = resolution {
                self.gate_if_clicks_lag(record, now).await
            } else {
                Ok(())
            };
            if let Err(error) = gated {
                *resolution = Err(error);
            }
        }
        Ok(resolutions)
    }

    /// A link with many clicks of a large maximum left is gated only while its click accounting is behind.
    async fn gate_if_clicks_lag(&self, record: &mut LinkRecord, now: UnixMillis) -> Result<(), StoreError> {
        if record.limited && !record.gated {
            let last_click_at = self.links.last_click_at(record.id).await?;
            record.gated = self.click_lag.is_behind(record.id, last_click_at, now);
        }
        Ok(())
    }
}
