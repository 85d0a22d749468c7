//! `GET /api/v1/links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Serialize;

use crate::app::App;
use crate::fields::Fields;
use crate::link_json::LinkJson;
use crate::link_list::ListRequest;
use crate::problem::Problem;

#[derive(Debug, Serialize)]
pub(crate) struct ListJson {
    data: Vec<LinkJson>,
    next_cursor: Option<String>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<ListJson>, Problem> {
    let request = ListRequest::read(Fields::of_query_string(query)?)?;
    let page = app.links.list_links(&request.query, request.limit).await?;
    Ok(Json(ListJson {
        data: page.links.into_iter().map(|link| LinkJson::new(link, &app.site)).collect(),
        next_cursor: page.next.and_then(|position| request.cursor(position)),
    }))
}
