//! Answers statistics requests. While the analytics database is unavailable, sends the last known answer with its age.

use axum::body::Bytes;
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::StatsError;
use super::count::count_clicks;
use super::json::csv;
use super::scope::Scope;
use crate::app::App;
use crate::http::etag::matches_none;
use crate::http::problem::{self, Problem};
use crate::limits::STATISTICS_TIMEOUT;
use crate::statistics::request::StatsRequest;
use crate::store::StoreError;

/// `cache_key` is the scope and request as the client wrote them, so that a default range also finds its last answer.
pub(crate) async fn answer(
    app: &App,
    cache_key: String,
    scope: Scope,
    request: &StatsRequest,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let counted = timeout(STATISTICS_TIMEOUT, count_clicks(app, &scope, request)).await;
    match counted.unwrap_or_else(|_| Err(StatsError::Store(app.analytics.too_slow()))) {
        Ok(stats) => {
            let answer = Bytes::from(serde_json::to_vec(&stats).map_err(problem::internal)?);
            app.answers.insert(cache_key, now, answer.clone());
            fresh(answer, request, headers)
        }
        Err(StatsError::Rejected(problem)) => Err(problem),
        Err(StatsError::Store(error)) if is_unavailable(&error) => match app.answers.get(&cache_key) {
            Some(cached) => stale(&cached.answer, now.millis_since(cached.at) / 1_000, request),
            None => Err(error.into()),
        },
        Err(StatsError::Store(error)) => Err(error.into()),
    }
}

/// Whether the database is away, or so slow that all its connections are in use.
fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. } | StoreError::Overloaded { .. })
}

fn fresh(answer: Bytes, request: &StatsRequest, headers: &HeaderMap) -> Result<Response, Problem> {
    let fields: Map<String, Value> = serde_json::from_slice(&answer).map_err(problem::internal)?;
    let etag = etag(&fields, request.is_csv);
    // A browser keeps the answer, and asks each time whether it still holds.
    let validators = [(ETAG, etag.clone()), (CACHE_CONTROL, "private, no-cache".to_owned())];
    if matches_none(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, validators).into_response());
    }
    if request.is_csv {
        return Ok((validators, csv_response(&fields)).into_response());
    }
    Ok((validators, [(CONTENT_TYPE, "application/json")], answer).into_response())
}

fn stale(answer: &[u8], age_seconds: i64, request: &StatsRequest) -> Result<Response, Problem> {
    let mut fields: Map<String, Value> = serde_json::from_slice(answer).map_err(problem::internal)?;
    let age = [(AGE, HeaderValue::from(age_seconds))];
    if request.is_csv {
        return Ok((age, csv_response(&fields)).into_response());
    }
    fields.insert("stale_seconds".to_owned(), age_seconds.into());
    Ok((age, axum::Json(fields)).into_response())
}

fn csv_response(fields: &Map<String, Value>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\""),
    ];
    (headers, csv(fields)).into_response()
}

/// Weak: the time up to which clicks are complete goes on after the end of the range, which changes nothing for a client.
fn etag(fields: &Map<String, Value>, is_csv: bool) -> String {
    let mut hash = Sha256::new().chain_update([u8::from(is_csv)]);
    // Times of one form, so that their texts are in the order of the times.
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let complete_until = text("complete_until").min(text("to"));
    for (name, value) in fields.iter().filter(|(name, _)| *name != "complete_until") {
        hash.update(format!("{name} {value}\n"));
    }
    hash.update(complete_until);
    let hash = hash.finalize();
    format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash.first_chunk::<12>().unwrap_or(&[0; 12])))
}
