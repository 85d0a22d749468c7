//! The spans that wait to be sent, in bounded memory. What has no room is dropped and counted: nothing waits for the collector.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;

use crate::{Metrics, list};

/// At about 1 KB each.
const MAX_SPANS: usize = 4_096;

#[derive(Debug)]
pub(super) struct SpanQueue {
    spans: Mutex<Vec<SpanData>>,
    pub(super) filled: Notify,
    metrics: Arc<Metrics>,
}

impl SpanQueue {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { spans: Mutex::default(), filled: Notify::new(), metrics }
    }

    fn spans(&self) -> MutexGuard<'_, Vec<SpanData>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, new: impl IntoIterator<Item = SpanData>) {
        let mut dropped = 0;
        {
            let mut spans = self.spans();
            for span in new {
                if spans.len() < MAX_SPANS {
                    spans.push(span);
                } else {
                    dropped += 1;
                }
            }
        }
        self.count_dropped("queue_full", dropped);
        self.filled.notify_one();
    }

    /// The oldest, at most `max`.
    pub(super) fn take(&self, max: usize) -> Vec<SpanData> {
        let mut spans = self.spans();
        let length = spans.len().min(max);
        spans.drain(..length).collect()
    }

    pub(super) fn count_dropped(&self, reason: &'static str, spans: u64) {
        if spans > 0 {
            self.metrics.add(&list::DROPPED_SPANS, &[reason], spans);
        }
    }
}
