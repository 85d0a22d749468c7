//! `GET /api/v1/imports/{id}/failures`: the rows whose last verdict is `failed`, as pages or as a file. A file ends at a row, and says in
//! `Link` where the next one begins.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{find_import, import_id};
use crate::app::App;
use crate::auth::Principal;
use crate::http::csv;
use crate::http::fields::{Fields, text};
use crate::http::pages::{self, Page, QueryFields};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{FAILED_ROWS_CHUNK, MAX_PAGE_BYTES};
use crate::store::imports::ImportRow;

#[derive(Debug, Serialize)]
pub(crate) struct FailureJson {
    row_id: String,
    /// Of the problem.
    code: String,
    /// Of the first invalid field, else of the problem.
    detail: String,
    field: Option<String>,
    url: Option<String>,
    domain: Option<String>,
    alias: Option<String>,
}

impl From<ImportRow> for FailureJson {
    fn from(row: ImportRow) -> Self {
        let problem = row.problem.unwrap_or_default();
        let text = |pointer: &str| problem.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            row_id: row.row_id,
            code: text("/code").unwrap_or_default(),
            detail: text("/errors/0/detail").or_else(|| text("/detail")).unwrap_or_default(),
            field: text("/errors/0/field"),
            url: row.url,
            domain: row.domain,
            alias: row.code,
        }
    }
}

const COLUMNS: [&str; 7] = ["row_id", "code", "detail", "field", "url", "domain", "alias"];

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let is_csv = fields.optional("format", ProblemCode::InvalidFormat, is_csv);
    let page = Page::read(&mut fields);
    let after = after(&page, &mut fields);
    fields.finish(Some(()))?;
    let import = find_import(&app, import_id(path)?, principal).await?;
    if is_csv.unwrap_or_else(|| wants_csv(&headers)) {
        return file(&app, import.id, after).await;
    }
    let rows = app.links.failed_import_rows(import.id, after, page.rows()).await?;
    let list = page.list(rows, |(number, _)| number.to_string(), |(_, row)| FailureJson::from(row));
    Ok(Json(list).into_response())
}

fn is_csv(value: Value) -> Result<bool, &'static str> {
    match text(value)?.as_str() {
        "json" => Ok(false),
        "csv" => Ok(true),
        _ => Err("must be json or csv"),
    }
}

fn wants_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let kinds = accepted.flat_map(|value| value.split(','));
    let mut kinds = kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    kinds
        .find(|kind| ["text/csv", "application/json", "*/*"].contains(&kind.as_str()))
        .is_some_and(|kind| kind == "text/csv")
}

/// The number of the last row of the previous page.
fn after(page: &Page, fields: &mut Fields) -> i64 {
    if page.after().is_empty() {
        return 0;
    }
    page.after().parse().unwrap_or_else(|_| {
        let detail = "must be the next_cursor of the previous page".to_owned();
        fields.reject(ProblemCode::InvalidCursor, "cursor".to_owned(), detail);
        0
    })
}

async fn file(app: &App, import: Uuid, mut after: i64) -> Result<Response, Problem> {
    let mut file = String::new();
    if after == 0 {
        csv::write_row(&mut file, COLUMNS);
    }
    let mut is_full = false;
    while !is_full {
        let rows = app.links.failed_import_rows(import, after, FAILED_ROWS_CHUNK).await?;
        if rows.is_empty() {
            break;
        }
        for (number, row) in rows {
            after = number;
            write(&mut file, &row.into());
            is_full = file.len() >= MAX_PAGE_BYTES;
            if is_full {
                break;
            }
        }
    }
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"failures-{import}.csv\"")),
    ];
    let mut response = (headers, file).into_response();
    if is_full {
        let cursor = pages::cursor(&after.to_string());
        let next = format!("</api/v1/imports/{import}/failures?format=csv&cursor={cursor}>; rel=\"next\"");
        let next = HeaderValue::from_str(&next).map_err(problem::internal)?;
        response.headers_mut().insert(LINK, next);
    }
    Ok(response)
}

fn write(file: &mut String, failure: &FailureJson) {
    let FailureJson { row_id, code, detail, field, url, domain, alias } = failure;
    let optional = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let optional = [field, url, domain, alias].map(optional);
    let row = [row_id, code, detail].into_iter().chain(&optional);
    csv::write_row(file, row.map(String::as_str));
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    #[test]
    fn csv_is_sent_if_accept_prefers_it() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("text/csv", true),
            ("Text/CSV;q=0.9, */*", true),
            ("application/json, text/csv", false),
            ("text/html, text/csv", true),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(wants_csv(&headers), expected, "{accept}");
        }
        assert!(!wants_csv(&HeaderMap::new()));
    }
}
