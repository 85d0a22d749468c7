//! Keys of visitors in Workers KV, by day; the store deletes each when its day is over. Does not hash anybody.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::time::UnixMillis;
use time::Date;
use worker::{Env, KvError};

use super::runtime::{random_bytes, sleep};
use crate::timeouts::{VISITOR_KEY, VISITOR_KEY_MAKING};
use crate::visitor_key::{VisitorKey, days_to_prepare, forgotten_at};

const BINDING: &str = "LINKS";

/// No domain has a colon: links and keys share the store, and never a name.
fn name(day: Date) -> String {
    format!("visitor-key:{day}")
}

/// The key of a day. Where the schedule has not run yet, as on the day of the first deployment, it is made here; isolates that
/// do so at the same time may then count a visitor twice.
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

/// Keys of today and, in time, of tomorrow. A store that is silent is asked again by the next run of the schedule.
pub async fn prepare(env: &Env, now: UnixMillis) {
    for (day, _) in days_to_prepare(now) {
        let trouble = match select(pin!(ensure(env, day)), pin!(sleep(VISITOR_KEY_MAKING))).await {
            Either::Left((Ok(_), _)) => continue,
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {VISITOR_KEY_MAKING:?}"),
        };
        tracing::error!(trouble, "a visitor key was not made");
    }
}

async fn ensure(env: &Env, day: Date) -> Result<VisitorKey, KvError> {
    let store = worker::KvStore::from_this(env, BINDING)?;
    let known = store.get(&name(day)).bytes().await?;
    if let Some(key) = known.and_then(|bytes| bytes.try_into().ok()) {
        return Ok(VisitorKey(key));
    }
    let key: [u8; 32] = random_bytes();
    store.put_bytes(&name(day), &key)?.expiration(forgotten_at(day)).execute().await?;
    Ok(VisitorKey(key))
}
