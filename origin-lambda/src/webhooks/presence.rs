//! Remembers for some seconds whether there are endpoints at all, so that a write without any costs no query.

use std::sync::{Mutex, PoisonError};

use link_core::time::UnixMillis;

use crate::limits::WEBHOOK_PRESENCE_TTL;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug, Default)]
pub(crate) struct Presence(Mutex<Option<(UnixMillis, bool)>>);

impl Presence {
    /// Whether a change may have written a message. Late by the lifetime at most, and then the schedule finds the message.
    pub(crate) async fn has_endpoints(
        &self,
        links: &LinksDatabase,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let found = links.has_webhook_endpoints().await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, found));
        Ok(found)
    }

    /// Call it when an endpoint is added.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn known(&self, now: UnixMillis) -> Option<bool> {
        let (since, known) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let ttl = i64::try_from(WEBHOOK_PRESENCE_TTL.as_millis()).unwrap_or(0);
        (now.millis_since(since) < ttl).then_some(known)
    }
}
