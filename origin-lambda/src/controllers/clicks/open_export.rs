//! Limits how many exports a key may have open, and how long one may take. Does not know what is exported.

use std::sync::Arc;

use thiserror::Error;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tracing::warn;

use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::{self, Problem};
use crate::limits::MAX_OPEN_EXPORTS;
use crate::store::StoreError;
use crate::store::open_exports::ExportSlot;

/// Held by the response body and dropped with it, whether it was read to the end or not.
#[derive(Debug)]
pub(crate) struct OpenExport {
    app: Arc<App>,
    slot: Option<ExportSlot>,
    end: Instant,
}

/// The response is cut off and incomplete.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    #[error("the client read more slowly than an export may take")]
    TimedOut,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenExport {
    pub(crate) async fn begin(app: &Arc<App>, principal: Principal) -> Result<Self, Problem> {
        let timeout = app.export_timeout;
        let now = app.clock.now();
        let until = now.plus_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
        let slot = app.links.take_export_slot(principal.id(), MAX_OPEN_EXPORTS, now, until).await?;
        let slot = slot.ok_or_else(|| problem::too_many_exports(MAX_OPEN_EXPORTS))?;
        Ok(Self { app: Arc::clone(app), slot: Some(slot), end: Instant::now() + timeout })
    }

    /// Call it before each chunk.
    pub(crate) fn check_time(&self) -> Result<(), ExportError> {
        if Instant::now() < self.end { Ok(()) } else { Err(ExportError::TimedOut) }
    }

    /// Frees the slot before the response ends: afterwards a Lambda may be frozen.
    pub(crate) async fn close(mut self) {
        if let Some(slot) = self.slot.take() {
            free(&self.app, slot).await;
        }
    }
}

impl Drop for OpenExport {
    fn drop(&mut self) {
        let (Some(slot), Ok(runtime)) = (self.slot.take(), Handle::try_current()) else { return };
        let app = Arc::clone(&self.app);
        runtime.spawn(async move { free(&app, slot).await });
    }
}

/// A failure here does not affect the export.
async fn free(app: &App, slot: ExportSlot) {
    if let Err(error) = app.links.free_export_slot(slot).await {
        warn!(%error, "cannot free the slot of an export that has ended; it expires");
    }
}
