//! The visitor keys in Workers KV, one for each day; KV deletes each after its day.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::time::UnixMillis;
use time::Date;
use worker::{Env, KvError, KvStore};

use super::runtime::{random_bytes, sleep};
use crate::timing::timeouts::{VISITOR_KEY, VISITOR_KEY_MAKING};
use crate::visitor_key::{self, VisitorKey, VisitorKeyStore, days_to_prepare};

const BINDING: &str = "LINKS";

/// No domain has a colon, so links and visitor keys share the store without a clash.
fn name(day: Date) -> String {
    format!("visitor-key:{day}")
}

/// The key of a day, for a visitor who waits. `None` after a failure or a timeout: the click then has no visitor.
pub async fn read(env: &Env, day: Date) -> Option<VisitorKey> {
    match select(pin!(get_or_create(env, day)), pin!(sleep(VISITOR_KEY))).await {
        Either::Left((Ok(key), _)) => Some(key),
        Either::Left((Err(error), _)) => {
            tracing::warn!(%error, "no visitor key");
            None
        }
        Either::Right(_) => None,
    }
}

/// Makes the keys of today and, in time, of tomorrow. After a failure the next run of the schedule tries again.
pub async fn prepare(env: &Env, now: UnixMillis) {
    for day in days_to_prepare(now) {
        let error = match select(pin!(get_or_create(env, day)), pin!(sleep(VISITOR_KEY_MAKING))).await {
            Either::Left((Ok(_), _)) => continue,
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {VISITOR_KEY_MAKING:?}"),
        };
        tracing::error!(error, "a visitor key was not made");
    }
}

struct KvKeys(KvStore);

impl VisitorKeyStore for KvKeys {
    type Error = KvError;

    async fn get(&self, day: Date) -> Result<Option<VisitorKey>, KvError> {
        let bytes = self.0.get(&name(day)).bytes().await?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(VisitorKey))
    }

    async fn put(&self, day: Date, key: VisitorKey, expires_at: u64) -> Result<(), KvError> {
        self.0.put_bytes(&name(day), &key.0)?.expiration(expires_at).execute().await
    }
}

async fn get_or_create(env: &Env, day: Date) -> Result<VisitorKey, KvError> {
    let store = KvKeys(KvStore::from_this(env, BINDING)?);
    visitor_key::get_or_create(&store, day, || VisitorKey(random_bytes())).await
}
