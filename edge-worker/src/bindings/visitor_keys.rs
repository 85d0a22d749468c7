//! The visitor keys in Workers KV, one for each day; KV deletes each after its day.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::time::UnixMillis;
use time::Date;
use worker::{Env, KvError};

use super::runtime::{random_bytes, sleep};
use crate::timing::timeouts::{VISITOR_KEY, VISITOR_KEY_MAKING};
use crate::visitors::visitor_key::{VisitorKey, days_to_prepare, expires_at};

const BINDING: &str = "LINKS";

/// No domain has a colon, so links and visitor keys share the store without a clash.
fn name(day: Date) -> String {
    format!("visitor-key:{day}")
}

/// The key of a day. Where the schedule has not made it yet (the day of the first deployment), it is made here; isolates
/// that do so at the same time may count a visitor twice.
pub async fn read(env: &Env, day: Date) -> Option<VisitorKey> {
    match select(pin!(ensure(env, day)), pin!(sleep(VISITOR_KEY))).await {
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
    for (day, _) in days_to_prepare(now) {
        let error = match select(pin!(ensure(env, day)), pin!(sleep(VISITOR_KEY_MAKING))).await {
            Either::Left((Ok(_), _)) => continue,
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {VISITOR_KEY_MAKING:?}"),
        };
        tracing::error!(error, "a visitor key was not made");
    }
}

async fn ensure(env: &Env, day: Date) -> Result<VisitorKey, KvError> {
    let store = worker::KvStore::from_this(env, BINDING)?;
    let known = store.get(&name(day)).bytes().await?;
    if let Some(key) = known.and_then(|bytes| bytes.try_into().ok()) {
        return Ok(VisitorKey(key));
    }
    let key: [u8; 32] = random_bytes();
    store.put_bytes(&name(day), &key)?.expiration(expires_at(day)).execute().await?;
    Ok(VisitorKey(key))
}
