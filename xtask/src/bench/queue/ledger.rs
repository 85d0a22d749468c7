//! The books of the clicks that a queue was handed, as the consumer keeps them: a batch counts once, and one that was declared
//! dropped counts as stored if it came after all.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use link_core::click_batch::{ClickBatch, Producer};
use serde::Deserialize;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Clicks of each batch.
    stored: HashMap<(Producer, u32), u64>,
    /// Clicks and the reason.
    declared: HashMap<(Producer, u32), (u64, &'static str)>,
    again: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Books {
    pub(super) produced: u64,
    pub(super) stored: u64,
    pub(super) again: u64,
    /// By reason.
    pub(super) dropped: BTreeMap<&'static str, u64>,
    pub(super) missing: u64,
}

impl Ledger {
    /// The body of SQS's `SendMessage`.
    pub(super) fn take(&mut self, body: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Message {
            #[serde(rename = "MessageBody")]
            body: String,
        }
        let message: Message = serde_json::from_slice(body).context("this is no message")?;
        let batch = ClickBatch::decode(&message.body)?;
        let clicks = u64::try_from(batch.clicks.len())?;
        let head = batch.head;
        if self.stored.insert((head.producer, head.batch), clicks).is_some() {
            self.again += clicks;
        }
        for dropped in head.dropped {
            let clicks = (dropped.clicks.into(), dropped.reason.as_str());
            self.declared.insert((head.producer, dropped.batch), clicks);
        }
        Ok(())
    }

    /// `produced` is what visitors saw: one for every redirect.
    pub(super) fn books(&self, produced: u64) -> Books {
        let stored = self.stored.values().sum();
        let mut dropped = BTreeMap::new();
        for (batch, (clicks, reason)) in &self.declared {
            if !self.stored.contains_key(batch) {
                *dropped.entry(*reason).or_default() += clicks;
            }
        }
        let missing = produced.saturating_sub(stored + dropped.values().sum::<u64>());
        Books { produced, stored, again: self.again, dropped, missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(batch: u32, clicks: usize, dropped: &str) -> Vec<u8> {
        let click = r#"{"time":1,"link":"0198c0de-0000-7000-8000-000000000001","status":302,"tier":"memory","request":"r"}"#;
        let clicks = vec![click; clicks].join(",");
        let body = format!(
            r#"{{"version":2,"day":"2026-11-24","producer":"a0000000000000000000000000000001","batch":{batch},"produced":9,"dropped":[{dropped}],"clicks":[{clicks}]}}"#
        );
        serde_json::json!({ "MessageBody": body }).to_string().into_bytes()
    }

    #[test]
    fn every_click_is_in_the_books_once() {
        let mut ledger = Ledger::default();
        ledger.take(&message(1, 2, "")).unwrap();
        ledger.take(&message(1, 2, "")).unwrap();
        let declared = r#"{"batch":2,"clicks":3,"reason":"queue_refused"},{"batch":1,"clicks":2,"reason":"buffer_full"}"#;
        ledger.take(&message(3, 1, declared)).unwrap();
        let dropped = BTreeMap::from([("queue_refused", 3)]);
        assert_eq!(ledger.books(10), Books { produced: 10, stored: 3, again: 2, dropped, missing: 4 });
        ledger.take(&message(2, 3, "")).unwrap();
        assert_eq!(ledger.books(6).missing, 0);
        assert!(ledger.take(b"{}").is_err());
    }
}
