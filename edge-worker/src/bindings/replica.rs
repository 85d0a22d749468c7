//! Workers KV behind [`Replica`]: one JSON document per name, for ever; a deleted link leaves its tombstone. Does not
//! decide when it is read.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::record::Resolution;
use worker::{Env, KvError, KvStore};

use super::runtime::sleep;
use crate::lookup::{Key, NotReplicated, Replica, Unreadable};
use crate::timeouts::REPLICA;

const BINDING: &str = "LINKS";

pub struct KvReplica(pub Env);

/// Domain and slug are at most 253 and 256 bytes: with the slash just within KV's 512.
fn name(key: &Key) -> String {
    format!("{}/{}", key.domain, key.code)
}

impl Replica for KvReplica {
    async fn get(&self, key: &Key) -> Result<Option<Resolution>, Unreadable> {
        let trouble = match select(pin!(self.read(key)), pin!(sleep(REPLICA))).await {
            Either::Left((Ok(resolution), _)) => return Ok(resolution),
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {REPLICA:?}"),
        };
        tracing::warn!(trouble, "the replica cannot be read");
        Err(Unreadable)
    }

    async fn put(&self, key: &Key, resolution: &Resolution) -> Result<(), NotReplicated> {
        match select(pin!(self.write(key, resolution)), pin!(sleep(REPLICA))).await {
            Either::Left((written, _)) => written.map_err(|error| NotReplicated(error.to_string())),
            Either::Right(_) => Err(NotReplicated(format!("no answer within {REPLICA:?}"))),
        }
    }
}

impl KvReplica {
    fn store(&self) -> Result<KvStore, KvError> {
        KvStore::from_this(&self.0, BINDING)
    }

    async fn read(&self, key: &Key) -> Result<Option<Resolution>, KvError> {
        let text = self.store()?.get(&name(key)).text().await?;
        Ok(text.map(|text| serde_json::from_slice(text.as_bytes())).transpose()?)
    }

    async fn write(&self, key: &Key, resolution: &Resolution) -> Result<(), KvError> {
        self.store()?.put_bytes(&name(key), &serde_json::to_vec(resolution)?)?.execute().await
    }
}
