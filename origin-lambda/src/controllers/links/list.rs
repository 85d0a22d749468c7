//! `GET /api/v1/links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::http::pages::{ListJson, QueryFields};
use crate::http::problem::Problem;
use crate::links::json::LinkJson;
use crate::links::list::ListRequest;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(fields): QueryFields,
) -> Result<Json<ListJson<LinkJson>>, Problem> {
    let request = ListRequest::read(fields)?;
    let now = app.clock.now();
    let page = app.reader.list_links(&request.query, request.limit, now).await?;
    Ok(Json(ListJson {
        data: page.links.into_iter().map(|link| LinkJson::new(link, &app.site, now)).collect(),
        next_cursor: page.next.and_then(|position| request.cursor(position)),
    }))
}
