//! `GET /api/v1/links/{id}/qr`: a QR code of the short link.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{find_link, link_id};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::fields::text;
use crate::http::pages::QueryFields;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{DEFAULT_QR_PIXELS, MAX_QR_PIXELS, MIN_QR_PIXELS};
use crate::links::json::short_url;
use crate::links::qr::Qr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QrFormat {
    Svg,
    Png,
}

pub(crate) async fn qr(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let format = fields.optional("format", ProblemCode::InvalidFormat, format).unwrap_or(QrFormat::Svg);
    let pixels = fields.optional("size", ProblemCode::InvalidSize, size).unwrap_or(DEFAULT_QR_PIXELS);
    fields.finish(Some(()))?;
    let link = find_link(&app, id, &bounds.links).await?;
    let qr = Qr::encode(&short_url(&app.site, &link.domain, &link.code)).map_err(problem::internal)?;
    Ok(match format {
        QrFormat::Svg => ([(CONTENT_TYPE, "image/svg+xml")], qr.svg(pixels)).into_response(),
        QrFormat::Png => {
            ([(CONTENT_TYPE, "image/png")], qr.png(pixels).map_err(problem::internal)?).into_response()
        }
    })
}

fn format(value: Value) -> Result<QrFormat, &'static str> {
    match text(value)?.as_str() {
        "svg" => Ok(QrFormat::Svg),
        "png" => Ok(QrFormat::Png),
        _ => Err("must be svg or png"),
    }
}

fn size(value: Value) -> Result<usize, String> {
    let pixels = text(value)?.parse().ok().filter(|pixels| (MIN_QR_PIXELS..=MAX_QR_PIXELS).contains(pixels));
    pixels.ok_or_else(|| format!("must be a whole number of pixels from {MIN_QR_PIXELS} to {MAX_QR_PIXELS}"))
}
