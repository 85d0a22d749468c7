//! `GET /api/v1/pipeline`: click accounting. Clicks that were produced and are in no other column are missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use link_core::clicks::batch::{DropReason, Producer};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::fields::text;
use crate::http::pages::QueryFields;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{MAX_LISTED_PRODUCERS, MAX_MISSING_RANGES};
use crate::store::click_accounting::{ClickAccounting, ProducerAccounting};

#[derive(Debug, Serialize)]
pub(crate) struct PipelineJson {
    total: ClickAccountingJson,
    /// Every click before this time is accounted for, as far as is known.
    complete_until: Option<String>,
    /// The most recently active producers.
    producers: Vec<ProducerJson>,
}

#[derive(Debug, Serialize)]
struct ClickAccountingJson {
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
    /// The import that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<Uuid>,
    #[serde(flatten)]
    accounting: ClickAccountingJson,
    first_at: String,
    last_at: String,
    /// Ranges of batch numbers; only for a requested producer.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_batches: Option<Vec<(i64, i64)>>,
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<PipelineJson>, Problem> {
    let producer = fields.optional("producer", ProblemCode::InvalidProducer, |value| {
        text(value)?.parse::<Producer>().map_err(|_| "must be 32 hexadecimal digits")
    });
    fields.finish(Some(()))?;
    if !bounds.links.are_all() {
        let detail = "click accounting is of all links together, and this key is bound to some of them";
        return Err(Problem::new(ProblemCode::KeyBound, detail));
    }
    // Read first: clicks that are stored meanwhile may be accounted for and later than this time, never the other way round.
    let now = app.clock.now();
    let complete_until = app.analytics.complete_until(now).await?;
    let mut producers: Vec<_> = app
        .analytics
        .producers(producer, MAX_LISTED_PRODUCERS)
        .await?
        .into_iter()
        .map(ProducerJson::from)
        .collect();
    if let (Some(producer), Some(requested)) = (producer, producers.first_mut()) {
        requested.missing_batches = Some(match requested.accounting.missing {
            ..=0 => Vec::new(),
            _ => app.analytics.missing_batches(producer, now, MAX_MISSING_RANGES).await?,
        });
    }
    Ok(Json(PipelineJson {
        total: app.analytics.click_accounting().await?.into(),
        complete_until: complete_until.map(timestamp::format),
        producers,
    }))
}

impl From<ClickAccounting> for ClickAccountingJson {
    fn from(accounting: ClickAccounting) -> Self {
        let missing = accounting.missing();
        let mut dropped = accounting.dropped;
        // Lists every reason, so that a reader sees which ones are zero.
        for reason in [DropReason::QueueUnavailable, DropReason::QueueRefused, DropReason::BufferFull] {
            dropped.entry(reason.as_str().to_owned()).or_default();
        }
        Self {
            produced: accounting.produced,
            stored: accounting.stored,
            duplicate: accounting.duplicate,
            dead_lettered: accounting.dead_lettered,
            missing,
            dropped,
        }
    }
}

impl From<ProducerAccounting> for ProducerJson {
    fn from(known: ProducerAccounting) -> Self {
        Self {
            producer: known.producer,
            import: known.is_import.then_some(known.producer.0),
            accounting: known.accounting.into(),
            first_at: timestamp::format(known.first_at),
            last_at: timestamp::format(known.last_at),
            missing_batches: None,
        }
    }
}
