//! `GET /api/v1/links/{id}/clicks`: one page as JSON, or the whole range as a streamed CSV.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use link_core::clicks::roll_up::Dimension;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;

use super::open_export::{ExportError, OpenExport};
use super::{ClickJson, page_size, position};
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::controllers::links::{find_link, link_id};
use crate::http::csv;
use crate::http::fields::{Fields, text};
use crate::http::pages::QueryFields;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::CSV_CHUNK_CLICKS;
use crate::statistics::bounds::Bounds;
use crate::store::StoreError;
use crate::store::clicks::{ClickPosition, RawClick};

#[derive(Debug, Serialize)]
struct PageJson {
    data: Vec<ClickJson>,
    next_cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClickFormat {
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy)]
struct ClickQuery {
    link: LinkId,
    from: UnixMillis,
    to: UnixMillis,
    after: Option<ClickPosition>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let link = link_id(path)?;
    let (query, format, limit) = read(link, fields)?;
    find_link(&app, link, &bounds.links).await?;
    match format {
        ClickFormat::Json => page(&app, query, limit).await,
        ClickFormat::Csv => file(OpenExport::begin(&app, principal).await?, app, query).await,
    }
}

fn read(link: LinkId, mut fields: Fields) -> Result<(ClickQuery, ClickFormat, usize), Problem> {
    let bounds = Bounds::read(&mut fields);
    let (from, to) = (bounds.from.unwrap_or(UnixMillis(0)), bounds.to.unwrap_or(*timestamp::LATEST));
    let after = fields.optional("cursor", ProblemCode::InvalidCursor, cursor);
    let format = fields.optional("format", ProblemCode::InvalidFormat, |value| match text(value)?.as_str() {
        "json" => Ok(ClickFormat::Json),
        "csv" => Ok(ClickFormat::Csv),
        _ => Err("must be json or csv"),
    });
    let limit = page_size(&mut fields);
    fields.finish(Some((ClickQuery { link, from, to, after }, format.unwrap_or(ClickFormat::Json), limit)))
}

async fn page(app: &App, query: ClickQuery, limit: usize) -> Result<Response, Problem> {
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut clicks = query.clicks(app, one_more).await?;
    let more = clicks.len() > limit;
    clicks.truncate(limit);
    let next_cursor = clicks.last().filter(|_| more).map(|last| position::format(last.position()));
    Ok(Json(PageJson { data: clicks.into_iter().map(ClickJson::from).collect(), next_cursor })
        .into_response())
}

/// Streams a few thousand clicks at a time, whatever their number. If the database fails or the client is too slow, the response
/// is cut off, so that a partial file is not taken for the whole.
async fn file(export: OpenExport, app: Arc<App>, query: ClickQuery) -> Result<Response, Problem> {
    let first = query.clicks(&app, CSV_CHUNK_CLICKS).await?;
    let chunks = stream::try_unfold((first, true, export), move |(clicks, is_first, export)| {
        let app = app.clone();
        async move {
            // Called after the previous chunks were read: only then has the export ended.
            if clicks.is_empty() && !is_first {
                export.close().await;
                return Ok::<_, ExportError>(None);
            }
            export.check_time()?;
            let mut text = if is_first { csv_header() } else { String::new() };
            let last = clicks.last().map(RawClick::position);
            clicks.into_iter().for_each(|click| write_csv(&mut text, &click.into()));
            let next = match last {
                Some(after) => {
                    ClickQuery { after: Some(after), ..query }.clicks(&app, CSV_CHUNK_CLICKS).await?
                }
                None => Vec::new(),
            };
            Ok(Some((Bytes::from(text), (next, false, export))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"clicks-{}.csv\"", query.link)),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

impl ClickQuery {
    async fn clicks(&self, app: &App, limit: i64) -> Result<Vec<RawClick>, StoreError> {
        app.analytics.raw_clicks(self.link, self.from, self.to, self.after, limit).await
    }
}

fn cursor(value: Value) -> Result<ClickPosition, &'static str> {
    position::parse(&text(value)?).ok_or("must be the next_cursor of the previous page")
}

const COLUMNS: [&str; 23] = [
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
    "user_agent",
    "visitor",
    "request_id",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    // Behind the others, since some programs count columns.
    "region",
    "city",
    "browser_version",
    "os_version",
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
        click.user_agent.as_ref(),
        click.visitor.as_ref(),
        Some(&click.request_id),
    ];
    let campaign = Dimension::CAMPAIGN.map(|dimension| click.utm.as_ref()?.get(dimension.as_str()));
    let later = [&click.region, &click.city, &click.browser_version, &click.os_version].map(Option::as_ref);
    let fields = fields.into_iter().chain(campaign).chain(later);
    csv::write_row(text, fields.map(|field| field.map_or("", String::as_str)));
}
