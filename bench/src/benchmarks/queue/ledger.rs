//! The click accounting of the messages that the queue received, by the consumer's rules: a batch counts once, and one
//! that was declared dropped counts as stored if it arrives after all.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use link_core::clicks::batch::{ClickBatch, Producer};
use serde::Deserialize;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Clicks of each batch.
    stored: HashMap<(Producer, u32), u64>,
    /// Clicks and reason of each batch declared dropped.
    declared: HashMap<(Producer, u32), (u64, &'static str)>,
    repeated: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ClickAccounting {
    pub(super) produced: u64,
    pub(super) stored: u64,
    pub(super) repeated: u64,
    /// By reason.
    pub(super) dropped: BTreeMap<&'static str, u64>,
    pub(super) missing: u64,
}

impl Ledger {
    /// Records the body of an SQS `SendMessage`.
    pub(super) fn record(&mut self, body: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Message {
            #[serde(rename = "MessageBody")]
            body: String,
        }
        let message: Message = serde_json::from_slice(body).context("not an SQS message")?;
        let batch = ClickBatch::decode(&message.body)?;
        let clicks = u64::try_from(batch.clicks.len())?;
        let head = batch.head;
        if self.stored.insert((head.producer, head.batch), clicks).is_some() {
            self.repeated += clicks;
        }
        for dropped in head.dropped {
            let clicks = (dropped.clicks.into(), dropped.reason.as_str());
            self.declared.insert((head.producer, dropped.batch), clicks);
        }
        Ok(())
    }

    /// `produced` is the number of redirects that visitors got.
    pub(super) fn accounting(&self, produced: u64) -> ClickAccounting {
        let stored = self.stored.values().sum();
        let mut dropped = BTreeMap::new();
        for (batch, (clicks, reason)) in &self.declared {
            if !self.stored.contains_key(batch) {
                *dropped.entry(*reason).or_default() += clicks;
            }
        }
        let missing = produced.saturating_sub(stored + dropped.values().sum::<u64>());
        ClickAccounting { produced, stored, repeated: self.repeated, dropped, missing }
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
    fn each_click_is_counted_once() {
        let mut ledger = Ledger::default();
        ledger.record(&message(1, 2, "")).unwrap();
        ledger.record(&message(1, 2, "")).unwrap();
        let declared = r#"{"batch":2,"clicks":3,"reason":"queue_refused"},{"batch":1,"clicks":2,"reason":"buffer_full"}"#;
        ledger.record(&message(3, 1, declared)).unwrap();
        let dropped = BTreeMap::from([("queue_refused", 3)]);
        assert_eq!(
            ledger.accounting(10),
            ClickAccounting { produced: 10, stored: 3, repeated: 2, dropped, missing: 4 }
        );
        ledger.record(&message(2, 3, "")).unwrap();
        assert_eq!(ledger.accounting(6).missing, 0);
        assert!(ledger.record(b"{}").is_err());
    }
}
