//! `GET /api/v1/pipeline`: the books of clicks. What was produced and is nowhere else is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use link_core::click_batch::{DropReason, Producer};
use serde::Serialize;

use crate::app::App;
use crate::fields::text;
use crate::limits::{MAX_LISTED_PRODUCERS, MAX_MISSING_RANGES};
use crate::pages::QueryFields;
use crate::problem::{Problem, ProblemCode};
use crate::store::pipeline::{Books, ProducerBooks};
use crate::timestamp;

#[derive(Debug, Serialize)]
pub(crate) struct PipelineJson {
    total: BooksJson,
    /// Every click before this time is in the books, as far as is known.
    complete_until: Option<String>,
    /// Those that were heard of last.
    producers: Vec<ProducerJson>,
}

#[derive(Debug, Serialize)]
struct BooksJson {
    produced: i64,
    stored: i64,
    duplicate: i64,
    dropped: BTreeMap<String, i64>,
    dead_lettered: i64,
    missing: i64,
}

#[derive(Debug, Serialize)]
struct ProducerJson {
    producer: Producer,
    #[serde(flatten)]
    books: BooksJson,
    first_at: String,
    last_at: String,
    /// Ranges of running numbers; only of a producer that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_batches: Option<Vec<(i64, i64)>>,
}

pub(crate) async fn pipeline(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<PipelineJson>, Problem> {
    let producer = fields.optional("producer", ProblemCode::InvalidProducer, |value| {
        text(value)?.parse::<Producer>().map_err(|_| "must be 32 hexadecimal digits")
    });
    fields.finish(Some(()))?;
    // First: what is stored meanwhile may be in the books and not below this time, never the other way round.
    let now = app.clock.now();
    let complete_until = app.analytics.complete_until(now).await?;
    let mut producers: Vec<_> = app
        .analytics
        .producers(producer, MAX_LISTED_PRODUCERS)
        .await?
        .into_iter()
        .map(ProducerJson::from)
        .collect();
    if let (Some(producer), Some(asked)) = (producer, producers.first_mut()) {
        asked.missing_batches = Some(match asked.books.missing {
            ..=0 => Vec::new(),
            _ => app.analytics.missing_batches(producer, now, MAX_MISSING_RANGES).await?,
        });
    }
    Ok(Json(PipelineJson {
        total: app.analytics.books().await?.into(),
        complete_until: complete_until.map(timestamp::format),
        producers,
    }))
}

impl From<Books> for BooksJson {
    fn from(books: Books) -> Self {
        let lost: i64 = books.dropped.values().sum();
        let mut dropped = books.dropped;
        // So that a reader sees that nothing was lost, and for which reasons it could have been.
        for reason in [DropReason::QueueUnavailable, DropReason::QueueRefused, DropReason::BufferFull] {
            dropped.entry(reason.as_str().to_owned()).or_default();
        }
        Self {
            produced: books.produced,
            stored: books.stored,
            duplicate: books.duplicate,
            dead_lettered: books.dead_lettered,
            missing: books.produced - books.stored - books.dead_lettered - lost,
            dropped,
        }
    }
}

impl From<ProducerBooks> for ProducerJson {
    fn from(known: ProducerBooks) -> Self {
        Self {
            producer: known.producer,
            books: known.books.into(),
            first_at: timestamp::format(known.first_at),
            last_at: timestamp::format(known.last_at),
            missing_batches: None,
        }
    }
}
