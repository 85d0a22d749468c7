//! `GET /api/v1/links`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use super::export::export;
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::pages::{ListJson, QueryFields};
use crate::http::problem::{self, Problem};
use crate::limits::{MAX_PAGE_BYTES, MAX_TOTAL_LINKS};
use crate::links::json::LinkJson;
use crate::links::list::ListRequest;

#[derive(Debug, Serialize)]
pub(crate) struct LinkListJson {
    #[serde(flatten)]
    list: ListJson<LinkJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    /// Whether there are more links than were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_exceeded: Option<bool>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    RawQuery(query): RawQuery,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let request = ListRequest::read(fields, bounds.links)?;
    if let Some(format) = request.file {
        return export(&app, &request, format, &query.unwrap_or_default()).await;
    }
    let now = app.clock.now();
    let filter = &request.query.filter;
    let terms = app.reader.search_terms(filter, &app.site.default_domain).await?;
    let page = app.reader.list_links(&request.query, &terms, request.limit, now).await?;
    let total = match request.counts {
        true => Some(app.reader.count_links(filter, &terms, MAX_TOTAL_LINKS + 1, now).await?),
        false => None,
    };
    let (mut data, mut bytes) = (Vec::with_capacity(page.links.len()), 0);
    let (mut last, mut next) = (None, page.next);
    for (link, position) in page.links {
        let link = LinkJson::new(link, &app.site, now);
        bytes += serde_json::to_vec(&link).map_err(problem::internal)?.len();
        if bytes > MAX_PAGE_BYTES && last.is_some() {
            next = last;
            break;
        }
        data.push(link);
        last = Some(position);
    }
    let list = ListJson { data, next_cursor: next.and_then(|position| request.cursor(position)) };
    let list = LinkListJson {
        list,
        total: total.map(|total| total.min(MAX_TOTAL_LINKS)),
        total_exceeded: total.map(|total| total > MAX_TOTAL_LINKS),
    };
    Ok(Json(list).into_response())
}
