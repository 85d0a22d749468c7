//! Creates single links in batches with concurrent requests. A link that cannot be stored does not fail the others.

use std::sync::Arc;

use super::{CreationError, CreationOutcome, PreparedLinks, create};
use crate::app::App;
use crate::batcher::Batcher;
use crate::store::StoreError;

pub(crate) type CreationBatcher = Batcher<PreparedLinks, Result<CreationOutcome, CreationError>>;

/// `prepared` must hold one request, without reuse.
pub(crate) async fn create_batched(
    app: &Arc<App>,
    prepared: PreparedLinks,
) -> Result<CreationOutcome, CreationError> {
    let shared = Arc::clone(app);
    let create = move |batch: Vec<PreparedLinks>| {
        let app = Arc::clone(&shared);
        async move { create_each(&app, batch).await }
    };
    app.links.run_batched(app.creation_batcher.run(prepared, create)).await?
}

async fn create_each(app: &App, batch: Vec<PreparedLinks>) -> Vec<Result<CreationOutcome, CreationError>> {
    match create_all(app, PreparedLinks::merge(batch.clone())).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        // No link was created. One of them may be rejected by the database or contended: create each by itself.
        Err(CreationError::Store(StoreError::Refused { .. } | StoreError::Contended { .. })) => {
            let mut outcomes = Vec::with_capacity(batch.len());
            for prepared in batch {
                outcomes.push(create_all(app, prepared).await.and_then(single));
            }
            outcomes
        }
        Err(error) => vec![Err(error); batch.len()],
    }
}

async fn create_all(app: &App, prepared: PreparedLinks) -> Result<Vec<CreationOutcome>, CreationError> {
    create(app, &mut app.links.autocommit_session().await?, prepared).await
}

fn single(outcomes: Vec<CreationOutcome>) -> Result<CreationOutcome, CreationError> {
    outcomes.into_iter().next().ok_or(CreationError::NoOutcome)
}
