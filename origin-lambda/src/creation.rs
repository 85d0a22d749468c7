//! Gives a new link its code and stores it. Does not check what the link leads to, nor who asks.

use thiserror::Error;

use crate::app::App;
use crate::codes::CodesError;
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::store::StoreError;
use crate::store::links::{Link, NewLink};

#[derive(Debug, Error)]
pub(crate) enum CreationError {
    #[error(transparent)]
    Codes(#[from] CodesError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{MAX_CODE_ATTEMPTS} codes in a row were taken")]
    EveryCodeTaken,
}

pub(crate) async fn create(app: &App, new: NewLink) -> Result<Link, CreationError> {
    for _ in 0..MAX_CODE_ATTEMPTS {
        let code = app.codes.next().await?;
        // An alias may have the shape of a code. Asking first would leave a gap; the unique name decides.
        if let Some(link) = app.links.insert_link(&new, code).await? {
            return Ok(link);
        }
    }
    Err(CreationError::EveryCodeTaken)
}
