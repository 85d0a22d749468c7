//! Single links, those of a moment as if they were one bulk. One that cannot be stored keeps no other from being made.

use std::sync::Arc;

use super::{CreationError, Outcome, Prepared, create};
use crate::app::App;
use crate::gathering::Gathering;
use crate::store::StoreError;

pub(crate) type Creations = Gathering<Prepared, Result<Outcome, CreationError>>;

/// One wish, which allows no reuse.
pub(crate) async fn create_with_others(app: &Arc<App>, prepared: Prepared) -> Result<Outcome, CreationError> {
    let shared = Arc::clone(app);
    let create = move |gathered: Vec<Prepared>| {
        let app = Arc::clone(&shared);
        async move { create_each(&app, gathered).await }
    };
    app.links.in_turn(app.creations.ask(prepared, create)).await?
}

async fn create_each(app: &App, gathered: Vec<Prepared>) -> Vec<Result<Outcome, CreationError>> {
    match create_all(app, Prepared::of_all(gathered.clone())).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        // Nothing was made. It may be one link that the database refuses, or for which another write is in the way.
        Err(CreationError::Store(StoreError::Refused { .. } | StoreError::Contended { .. })) => {
            let mut outcomes = Vec::with_capacity(gathered.len());
            for alone in gathered {
                outcomes.push(create_all(app, alone).await.and_then(the_one));
            }
            outcomes
        }
        Err(error) => vec![Err(error); gathered.len()],
    }
}

async fn create_all(app: &App, prepared: Prepared) -> Result<Vec<Outcome>, CreationError> {
    create(app, &mut app.links.session_in_turn().await?, prepared).await
}

fn the_one(outcomes: Vec<Outcome>) -> Result<Outcome, CreationError> {
    outcomes.into_iter().next().ok_or(CreationError::NoOutcome)
}
