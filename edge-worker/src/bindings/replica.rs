//! Workers KV behind [`Replica`]: one JSON document per name, for ever; a deleted link leaves its tombstone. Does not
//! decide when it is read.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::record::Resolution;
use worker::{Env, KvError, KvStore};

use super::runtime::sleep;
use crate::lookup::{Key, NotReplicated, Replica};
use crate::timeouts::REPLICA;

const BINDING: &str = "LINKS";

pub struct KvReplica(pub Env);

/// Domain and slug are at most 253 and 256 bytes: with the slash just within KV's 512.
fn name(key: &Key) -> String {
    format!("{}/{}", key.domain, key.code)
}

impl Replica for KvReplica {
    async fn get(&self, key: &Key) -> Option<Resolution> {
        match select(pin!(self.read(key)), pin!(sleep(REPLICA))).await {
            Either::Left((Ok(text), _)) => serde_json::from_slice(text?.as_bytes()).ok(),
            Either::Left((Err(error), _)) => {
                tracing::warn!(%error, "the replica cannot be read");
                None
            }
            Either::Right(_) => {
                tracing::warn!("the replica is silent");
                None
            }
        }
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

    async fn read(&self, key: &Key) -> Result<Option<String>, KvError> {
        self.store()?.get(&name(key)).text().await
    }

    async fn write(&self, key: &Key, resolution: &Resolution) -> Result<(), KvError> {
        self.store()?.put_bytes(&name(key), &serde_json::to_vec(resolution)?)?.execute().await
    }
}
