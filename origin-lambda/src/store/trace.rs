//! The spans of what the store does. Those of single statements are made from sqlx's log, see `telemetry::traces`.

use telemetry::traces::{TARGET, context_of, link};
use tracing::field::Empty;
use tracing::{Level, Span, info_span, span_enabled};

use super::error::{Database, StoreError};

/// From the wait for a connection to the last row.
pub(super) fn operation_span(database: Database) -> Span {
    let (name, namespace) = match database {
        Database::Links => ("links database", "links"),
        Database::Analytics => ("analytics database", "analytics"),
    };
    info_span!(
        target: TARGET,
        "database",
        otel.name = name,
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.namespace = namespace,
        error.type = Empty,
    )
}

/// A conflict is an answer, and no failure.
pub(super) fn record_error(span: &Span, error: &StoreError) {
    let kind = match error {
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::Refused { .. } => "refused",
        StoreError::Overloaded { .. } => "overloaded",
        StoreError::Damaged(_) => "damaged",
        StoreError::UniqueViolation { .. } | StoreError::Contended { .. } => return,
    };
    span.record("error.type", kind);
    span.record("otel.status_code", "ERROR");
}

/// The wait of a request for a statement that it shares with others.
pub(super) fn waiting_span() -> Span {
    info_span!(target: TARGET, "wait for a shared statement")
}

/// The span of a batch: a child of one of the spans that wait for it, if possible of a sampled trace, and linked with the others.
pub(super) fn batch_span<'a>(waiting: impl Iterator<Item = &'a Span> + Clone) -> Span {
    if !span_enabled!(target: TARGET, Level::INFO) {
        return Span::none();
    }
    let sampled = |span: &&Span| context_of(span).is_some_and(|context| context.sampled);
    let Some(parent) = waiting.clone().find(sampled).or_else(|| waiting.clone().next()) else {
        return Span::none();
    };
    let batch = info_span!(target: TARGET, parent: parent, "shared statement", shortline.requests = Empty);
    batch.record("shortline.requests", waiting.clone().count());
    for other in waiting.filter(|other| other.id() != parent.id()) {
        if let (Some(batch_context), Some(other_context)) = (context_of(&batch), context_of(other)) {
            link(&batch, other_context);
            link(other, batch_context);
        }
    }
    batch
}
