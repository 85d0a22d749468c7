//! `POST /api/v1/links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::creation::{self, Wish};
use crate::fields::Fields;
use crate::json_body::JsonBody;
use crate::link_input::{self, Judge};
use crate::link_json::LinkJson;
use crate::problem::Problem;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let wish = wish(&app, Fields::of_body(body)).await?;
    let link = LinkJson::new(creation::create(&app, wish).await?, &app.site);
    Ok((StatusCode::CREATED, [(LOCATION, link.location()), link.etag()], Json(link)).into_response())
}

async fn wish(app: &App, mut fields: Fields) -> Result<Wish, Problem> {
    let judge = Judge { default_domain: &app.site.default_domain, now: app.clock.now() };
    let input = link_input::new_settings(&mut fields, judge);
    let domain = link_input::domain(&mut fields, &app.site.default_domain);
    let alias = link_input::alias(&mut fields);
    let input = fields.finish(input)?;
    Ok(Wish { domain, alias, settings: input.with_password_hashed().await? })
}
