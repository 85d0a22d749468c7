//! `GET /api/v1/links/{id}/clicks`: a page as JSON, or the whole range as CSV, which is written while it is read.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;

use super::ClickJson;
use crate::app::App;
use crate::auth::Principal;
use crate::controllers::links::link_id;
use crate::csv;
use crate::export::{ExportError, OpenExport};
use crate::fields::{Fields, text};
use crate::limits::{CLICKS_A_CHUNK, DEFAULT_PAGE_CLICKS, MAX_PAGE_CLICKS};
use crate::pages::QueryFields;
use crate::problem::{self, Problem, ProblemCode};
use crate::statistics::bounds::Bounds;
use crate::store::StoreError;
use crate::store::clicks::{Place, RawClick};
use crate::timestamp;

#[derive(Debug, Serialize)]
struct PageJson {
    data: Vec<ClickJson>,
    next_cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy)]
struct Question {
    link: LinkId,
    from: UnixMillis,
    to: UnixMillis,
    after: Option<Place>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let link = link_id(path)?;
    let (question, format, limit) = read(link, fields)?;
    app.links.link_by_id(link).await?.ok_or_else(problem::link_not_found)?;
    match format {
        Format::Json => page(&app, question, limit).await,
        Format::Csv => file(OpenExport::begin(&app, principal).await?, app, question).await,
    }
}

fn read(link: LinkId, mut fields: Fields) -> Result<(Question, Format, usize), Problem> {
    let bounds = Bounds::read(&mut fields);
    let (from, to) = (bounds.from.unwrap_or(UnixMillis(0)), bounds.to.unwrap_or(*timestamp::LATEST));
    let after = fields.optional("cursor", ProblemCode::InvalidCursor, cursor);
    let format = fields.optional("format", ProblemCode::InvalidFormat, |value| match text(value)?.as_str() {
        "json" => Ok(Format::Json),
        "csv" => Ok(Format::Csv),
        _ => Err("must be json or csv"),
    });
    let limit = fields.optional("limit", ProblemCode::InvalidLimit, |value| {
        let limit: Option<usize> = text(value)?.parse().ok();
        let known = limit.filter(|limit| (1..=MAX_PAGE_CLICKS).contains(limit));
        known.ok_or("must be a number from 1 to 1000")
    });
    let limit = limit.unwrap_or(DEFAULT_PAGE_CLICKS);
    fields.finish(Some((Question { link, from, to, after }, format.unwrap_or(Format::Json), limit)))
}

async fn page(app: &App, question: Question, limit: usize) -> Result<Response, Problem> {
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut clicks = question.clicks(app, one_more).await?;
    let more = clicks.len() > limit;
    clicks.truncate(limit);
    let next_cursor = clicks.last().filter(|_| more).map(|last| cursor_of(last.place()));
    Ok(Json(PageJson { data: clicks.into_iter().map(ClickJson::from).collect(), next_cursor })
        .into_response())
}

/// A few thousand clicks at a time are in memory, however many there are. When the database fails on the way, or the reader takes too
/// long, the answer breaks off, so that nobody takes a part for the whole.
async fn file(export: OpenExport, app: Arc<App>, question: Question) -> Result<Response, Problem> {
    let first = question.clicks(&app, CLICKS_A_CHUNK).await?;
    let chunks = stream::try_unfold((first, true, export), move |(clicks, is_first, export)| {
        let app = app.clone();
        async move {
            // Asked for when the pieces before have been taken: only then is the export over.
            if clicks.is_empty() && !is_first {
                export.close().await;
                return Ok::<_, ExportError>(None);
            }
            export.check_time()?;
            let mut text = if is_first { csv_header() } else { String::new() };
            let last = clicks.last().map(RawClick::place);
            clicks.into_iter().for_each(|click| write_csv(&mut text, &click.into()));
            let next = match last {
                Some(after) => {
                    Question { after: Some(after), ..question }.clicks(&app, CLICKS_A_CHUNK).await?
                }
                None => Vec::new(),
            };
            Ok(Some((Bytes::from(text), (next, false, export))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"clicks-{}.csv\"", question.link)),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

impl Question {
    async fn clicks(&self, app: &App, limit: i64) -> Result<Vec<RawClick>, StoreError> {
        app.analytics.raw_clicks(self.link, self.from, self.to, self.after, limit).await
    }
}

fn cursor_of(place: Place) -> String {
    format!("{}.{}.{}.{}", place.time.0, place.producer.simple(), place.batch, place.position)
}

fn cursor(value: Value) -> Result<Place, &'static str> {
    let text = text(value)?;
    let mut parts = text.split('.');
    let place = (|| {
        Some(Place {
            time: UnixMillis(parts.next()?.parse().ok()?),
            producer: parts.next()?.parse().ok()?,
            batch: parts.next()?.parse().ok()?,
            position: parts.next()?.parse().ok()?,
        })
    })();
    let is_given = |place: &Place| timestamp::is_known(place.time) && parts.next().is_none();
    place.filter(is_given).ok_or("must be a next_cursor as it was given")
}

const COLUMNS: [&str; 14] = [
    "time",
    "class",
    "country",
    "referrer",
    "browser",
    "os",
    "device",
    "language",
    "destination",
    "tier",
    "status",
    "agent",
    "visitor",
    "request",
];

fn csv_header() -> String {
    let mut text = String::new();
    csv::write_row(&mut text, COLUMNS);
    text
}

fn write_csv(text: &mut String, click: &ClickJson) {
    let status = click.status.to_string();
    let fields = [
        Some(&click.time),
        click.class.as_ref(),
        click.country.as_ref(),
        click.referrer.as_ref(),
        click.browser.as_ref(),
        click.os.as_ref(),
        click.device.as_ref(),
        click.language.as_ref(),
        click.destination.as_ref(),
        Some(&click.tier),
        Some(&status),
        click.agent.as_ref(),
        click.visitor.as_ref(),
        Some(&click.request),
    ];
    csv::write_row(text, fields.map(|field| field.map_or("", String::as_str)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let place = Place { time: UnixMillis(1), producer: uuid::Uuid::from_u128(2), batch: 3, position: 4 };
        assert_eq!(cursor(cursor_of(place).into()), Ok(place));
        for wrong in ["", "1", "1.2.3.4.5", "1.x.3.4", "a.b.c.d"] {
            assert!(cursor(wrong.into()).is_err(), "{wrong}");
        }
    }
}
