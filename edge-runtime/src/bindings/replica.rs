//! [`Replica`] over Workers KV: one JSON document per name, without expiry; a deleted link leaves its tombstone.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::record::Resolution;
use worker::{Env, KvError, KvStore};

use super::runtime::sleep;
use crate::lookup::{LinkKey, Replica, ReplicaReadError, ReplicaWriteError};
use crate::timing::timeouts::REPLICA;

const BINDING: &str = "LINKS";

#[derive(Debug, Clone)]
pub struct KvReplica(pub Env);

/// At most 510 bytes, of KV's 512: 253 for the domain, 1 for the slash, 256 for the slug.
fn name(key: &LinkKey) -> String {
    format!("{}/{}", key.domain, key.code)
}

impl Replica for KvReplica {
    async fn get(&self, key: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        let error = match select(pin!(self.read(key)), pin!(sleep(REPLICA))).await {
            Either::Left((Ok(resolution), _)) => return Ok(resolution),
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {REPLICA:?}"),
        };
        tracing::warn!(error, "the replica cannot be read");
        Err(ReplicaReadError)
    }

    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError> {
        match select(pin!(self.write(key, resolution)), pin!(sleep(REPLICA))).await {
            Either::Left((written, _)) => written.map_err(|error| ReplicaWriteError(error.to_string())),
            Either::Right(_) => Err(ReplicaWriteError(format!("no answer within {REPLICA:?}"))),
        }
    }
}

impl KvReplica {
    fn store(&self) -> Result<KvStore, KvError> {
        KvStore::from_this(&self.0, BINDING)
    }

    async fn read(&self, key: &LinkKey) -> Result<Option<Resolution>, KvError> {
        let text = self.store()?.get(&name(key)).text().await?;
        Ok(text.map(|text| serde_json::from_slice(text.as_bytes())).transpose()?)
    }

    async fn write(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), KvError> {
        self.store()?.put_bytes(&name(key), &serde_json::to_vec(resolution)?)?.execute().await
    }
}
