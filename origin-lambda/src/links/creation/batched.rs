//! Creates single links in batches with concurrent requests. A link that cannot be stored does not fail the others.

use super::creator::LinkCreator;
use super::pending::PreparedLinks;
use super::request::{CreationError, CreationOutcome};
use crate::store::StoreError;

impl LinkCreator {
    /// `prepared` must hold one request, without reuse.
    pub(crate) async fn create_batched(
        &self,
        prepared: PreparedLinks,
    ) -> Result<CreationOutcome, CreationError> {
        let creator = self.clone();
        let create = move |batch: Vec<PreparedLinks>| {
            let creator = creator.clone();
            async move { creator.create_each(batch).await }
        };
        self.links.run_batched(self.batches.run(prepared, create)).await?
    }

    async fn create_each(&self, batch: Vec<PreparedLinks>) -> Vec<Result<CreationOutcome, CreationError>> {
        match self.create_all(PreparedLinks::merge(batch.clone())).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            // No link was created. One of them may be rejected by the database or contended: create each by itself.
            Err(CreationError::Store(StoreError::Refused { .. } | StoreError::Contended { .. })) => {
                let mut outcomes = Vec::with_capacity(batch.len());
                for prepared in batch {
                    outcomes.push(self.create_all(prepared).await.and_then(single));
                }
                outcomes
            }
            Err(error) => vec![Err(error); batch.len()],
        }
    }

    async fn create_all(&self, prepared: PreparedLinks) -> Result<Vec<CreationOutcome>, CreationError> {
        self.create(&mut self.links.autocommit_session().await?, prepared).await
    }
}

fn single(outcomes: Vec<CreationOutcome>) -> Result<CreationOutcome, CreationError> {
    outcomes.into_iter().next().ok_or(CreationError::NoOutcome)
}
