//! The span of the messages that are stored together. It starts a trace of its own, with links to the spans whose clicks it stores.
//! <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>

use std::collections::HashSet;

use link_core::trace_context::TraceContext;
use telemetry::traces::{MAX_LINKS, TARGET, context_of, link};
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::outcome::InvocationOutcome;
use crate::message::Message;
use crate::plan::StorableBatch;

#[derive(Debug)]
pub(super) struct ProcessSpan {
    pub(super) span: Span,
}

impl ProcessSpan {
    pub(super) fn start(messages: usize) -> Self {
        Self {
            span: info_span!(
                target: TARGET,
                "process clicks",
                otel.kind = "consumer",
                otel.status_code = Empty,
                messaging.system = "aws_sqs",
                messaging.operation.type = "process",
                messaging.operation.name = "process",
                messaging.batch.message_count = messages,
                shortline.sampled_clicks = Empty,
                shortline.clicks = Empty,
                shortline.messages.stored = Empty,
                shortline.messages.duplicates = Empty,
                shortline.messages.dead_lettered = Empty,
                shortline.messages.returned = Empty,
                error.type = Empty,
            ),
        }
    }

    /// A click carries its context if its trace is sampled. A message's is that of the call that sent it.
    pub(super) fn link<'a>(&self, batches: impl Iterator<Item = (&'a Message, &'a StorableBatch)>) {
        if self.span.is_disabled() {
            return;
        }
        let mut sampled = 0_usize;
        let mut linked: HashSet<TraceContext> = HashSet::new();
        for (message, batch) in batches {
            let clicks = batch.clicks.iter().filter_map(|click| click.trace);
            for context in message.trace.into_iter().chain(clicks.inspect(|_| sampled += 1)) {
                if linked.len() < MAX_LINKS && linked.insert(context) {
                    link(&self.span, context);
                }
            }
        }
        self.span.record("shortline.sampled_clicks", sampled);
    }

    /// Messages that go back to the queue, or become dead letters, are a failure.
    pub(super) fn record(&self, outcome: &InvocationOutcome) {
        let span = &self.span;
        span.record("shortline.clicks", outcome.clicks);
        span.record("shortline.messages.stored", outcome.stored);
        span.record("shortline.messages.duplicates", outcome.duplicates);
        span.record("shortline.messages.dead_lettered", outcome.dead_lettered);
        span.record("shortline.messages.returned", outcome.returned.len());
        let failure = match (outcome.returned.len(), outcome.dead_lettered) {
            (0, 0) => return,
            (0, _) => "dead_lettered",
            (_, _) => "returned",
        };
        span.record("error.type", failure);
        span.record("otel.status_code", "ERROR");
    }

    /// For the log.
    pub(super) fn trace_id(&self) -> Option<String> {
        context_of(&self.span).map(|context| context.trace_id.to_string())
    }
}
