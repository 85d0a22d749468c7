//! `GET /api/v1/links`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::export::export;
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::pages::{ListJson, QueryFields};
use crate::http::problem::{self, Problem};
use crate::limits::MAX_PAGE_BYTES;
use crate::links::json::LinkJson;
use crate::links::list::ListRequest;

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
    let page = app.reader.list_links(&request.query, request.limit, now).await?;
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
    let next_cursor = next.and_then(|position| request.cursor(position));
    Ok(Json(ListJson { data, next_cursor }).into_response())
}
