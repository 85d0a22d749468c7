//! `GET /api/v1/links/{id}/qr`: a QR code of the short link.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use link_core::record::domain::{Color, NotAColor};
use qrcode::EcLevel;
use serde_json::Value;

use super::{find_link, link_id};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::controllers::redirect::qr_document::{domain_logo, domain_settings};
use crate::http::fields::{Fields, text};
use crate::http::pages::QueryFields;
use crate::http::problem::{FieldError, Problem, ProblemCode as Code};
use crate::limits::{DEFAULT_QR_MARGIN, DEFAULT_QR_PIXELS, MAX_QR_MARGIN, MAX_QR_PIXELS, MIN_QR_PIXELS};
use crate::links::json::short_url;
use crate::links::qr::{Qr, QrStyle, draw};
use crate::store::links::Link;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QrFormat {
    Svg,
    Png,
}

/// What the caller asks for; the rest is the domain's.
struct QrRequest {
    format: QrFormat,
    pixels: usize,
    foreground: Option<Color>,
    background: Option<Color>,
    margin: usize,
    error_correction: Option<EcLevel>,
    logo: bool,
}

pub(crate) async fn qr(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let request = request(fields)?;
    let link = find_link(&app, id, &bounds.links).await?;
    let style = style(&app, &link, &request).await?;
    let text = short_url(&app.site, &link.domain, &link.code);
    let QrRequest { format, pixels, .. } = request;
    let (kind, picture) = draw(move || {
        let qr = Qr::encode(&text, style)?;
        Ok(match format {
            QrFormat::Svg => ("image/svg+xml", qr.svg(pixels).into_bytes()),
            QrFormat::Png => ("image/png", qr.png(pixels)?),
        })
    })
    .await?;
    Ok(([(CONTENT_TYPE, kind)], picture).into_response())
}

fn request(mut fields: Fields) -> Result<QrRequest, Problem> {
    let request = QrRequest {
        format: fields.optional("format", Code::InvalidFormat, format).unwrap_or(QrFormat::Svg),
        pixels: fields.optional("size", Code::InvalidSize, size).unwrap_or(DEFAULT_QR_PIXELS),
        foreground: fields.optional("foreground", Code::InvalidColor, color),
        background: fields.optional("background", Code::InvalidColor, color),
        margin: fields.optional("margin", Code::InvalidMargin, margin).unwrap_or(DEFAULT_QR_MARGIN),
        error_correction: fields.optional("error_correction", Code::InvalidErrorCorrection, level),
        logo: fields.optional("logo", Code::InvalidLogo, flag).unwrap_or(false),
    };
    if request.logo && request.error_correction.is_some_and(|level| level != EcLevel::H) {
        let detail = "must be H with a logo, which covers a part of the code".to_owned();
        fields.reject(Code::InvalidErrorCorrection, "error_correction".to_owned(), detail);
    }
    fields.finish(Some(request))
}

async fn style(app: &App, link: &Link, request: &QrRequest) -> Result<QrStyle, Problem> {
    let QrRequest { foreground, background, margin, error_correction, logo, .. } = request;
    let (settings, _) = domain_settings(app, &link.domain).await?;
    let style = QrStyle::new(&settings, foreground.as_ref(), background.as_ref()).map_err(|error| {
        let field = if foreground.is_some() { "foreground" } else { "background" };
        rejected(Code::LowContrast, field, error.to_string())
    })?;
    let style = style.with_layout(*margin, *error_correction);
    if !logo {
        return Ok(style);
    }
    let missing = || {
        let detail = format!("{} has no logo; PATCH /api/v1/domains/{} sets one", link.domain, link.domain);
        rejected(Code::InvalidLogo, "logo", detail)
    };
    Ok(style.with_logo(domain_logo(app, &link.domain).await?.ok_or_else(missing)?))
}

fn rejected(code: Code, field: &str, detail: String) -> Problem {
    Problem::from_fields(code, vec![FieldError { field: field.to_owned(), detail }])
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

fn color(value: Value) -> Result<Color, String> {
    text(value)?.parse().map_err(|error: NotAColor| error.to_string())
}

fn margin(value: Value) -> Result<usize, String> {
    let modules = text(value)?.parse().ok().filter(|modules| *modules <= MAX_QR_MARGIN);
    modules.ok_or_else(|| format!("must be a whole number of modules from 0 to {MAX_QR_MARGIN}"))
}

fn level(value: Value) -> Result<EcLevel, &'static str> {
    match text(value)?.as_str() {
        "L" => Ok(EcLevel::L),
        "M" => Ok(EcLevel::M),
        "Q" => Ok(EcLevel::Q),
        "H" => Ok(EcLevel::H),
        _ => Err("must be L, M, Q or H"),
    }
}

fn flag(value: Value) -> Result<bool, &'static str> {
    match text(value)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false"),
    }
}
