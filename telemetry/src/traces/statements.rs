//! Makes a span of each SQL statement, from the event that sqlx logs when it ends: one place instead of one at every statement.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context as OtelContext, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use startup::TRACE_TARGET;
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::sql_summary::SqlSummary;

const SQLX: &str = "sqlx::query";

/// What [`Statements`] must see: the events, and the spans that they belong to.
pub(super) fn is_relevant(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TRACE_TARGET || metadata.target() == SQLX
}

#[derive(Debug)]
pub(super) struct Statements {
    tracer: SdkTracer,
    dispatch: OnceLock<WeakDispatch>,
}

impl Statements {
    pub(super) fn new(tracer: SdkTracer) -> Self {
        Self { tracer, dispatch: OnceLock::new() }
    }

    fn record(&self, parent: &OtelContext, statement: &Statement) {
        let ended = SystemTime::now();
        let started = ended.checked_sub(statement.took).unwrap_or(ended);
        let SqlSummary { operation, text } = SqlSummary::of(statement.sql());
        let mut attributes = vec![
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("db.operation.name", operation),
            KeyValue::new("db.query.summary", text.clone()),
        ];
        if let Some(rows) = statement.rows {
            attributes.push(KeyValue::new("db.response.returned_rows", rows));
        }
        let builder = self.tracer.span_builder(text).with_kind(SpanKind::Client);
        let builder = builder.with_start_time(started).with_attributes(attributes);
        builder.start_with_context(&self.tracer, parent).end_with_timestamp(ended);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Statements {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // The first is the only one.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != SQLX {
            return;
        }
        let Some(span) = context.lookup_current() else { return };
        let Some(dispatch) = self.dispatch.get().and_then(WeakDispatch::upgrade) else {
            return;
        };
        let Some(parent) = get_otel_context(&span.id(), &dispatch) else { return };
        if parent.span().span_context().is_valid() {
            let mut statement = Statement::default();
            event.record(&mut statement);
            self.record(&parent, &statement);
        }
    }
}

/// The fields of sqlx's event.
#[derive(Debug, Default)]
struct Statement {
    /// The first words of the SQL, or all of it if it is short.
    summary: String,
    /// The SQL, or nothing if it is in the summary.
    whole: String,
    took: Duration,
    rows: Option<i64>,
}

impl Statement {
    fn sql(&self) -> &str {
        if self.whole.is_empty() { &self.summary } else { &self.whole }
    }
}

impl Visit for Statement {
    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.took = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows_returned" {
            self.rows = i64::try_from(value).ok();
        }
    }
}
