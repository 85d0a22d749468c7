//! `GET /api/v1/links?format=csv|jsonl`: the list as a file, in parts that fit a function that does not stream. Each part ends at a row, and
//! says in `Link` where the next one begins.

use std::time::Instant;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use axum::response::{IntoResponse, Response};
use link_core::time::UnixMillis;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::app::App;
use crate::http::csv;
use crate::http::problem::{self, Problem};
use crate::limits::{EXPORT_CHUNK_LINKS, LINKS_EXPORT_TIMEOUT, MAX_PAGE_BYTES};
use crate::links::json::LinkJson;
use crate::links::list::{FileFormat, ListRequest};
use crate::store::links::{Link, LinkPosition};

/// As in JSON; `clicks` has three.
const COLUMNS: [&str; 30] = [
    "id",
    "domain",
    "code",
    "short_url",
    "aliases",
    "url",
    "title",
    "notes",
    "tags",
    "external_id",
    "status",
    "state",
    "archived",
    "starts_at",
    "expires_at",
    "expired_url",
    "max_clicks",
    "password_protected",
    "forward_query",
    "forward_path",
    "rules",
    "preview",
    "revision",
    "published_revision",
    "clicks_total",
    "clicks_human",
    "clicks_bot",
    "created_by",
    "created_at",
    "updated_at",
];

/// `query` is the client's.
pub(super) async fn export(
    app: &App,
    request: &ListRequest,
    format: FileFormat,
    query: &str,
) -> Result<Response, Problem> {
    let (now, end) = (app.clock.now(), Instant::now() + LINKS_EXPORT_TIMEOUT);
    let mut file = File { format, text: String::new() };
    let mut position = request.query.clone();
    let terms = app.reader.search_terms(&position.filter, &app.site.default_domain).await?;
    if position.after.is_none() && format == FileFormat::Csv {
        csv::write_row(&mut file.text, COLUMNS);
    }
    loop {
        let page = app.reader.list_links(&position, &terms, EXPORT_CHUNK_LINKS, now).await?;
        let stopped = file.write_page(app, page.links, now)?;
        position.after = stopped.or(page.next);
        if stopped.is_some() || position.after.is_none() || Instant::now() >= end {
            break;
        }
    }
    let mut response = file.into_response();
    if let Some(cursor) = position.after.and_then(|after| request.cursor(after)) {
        let value = HeaderValue::from_str(&next_link(query, &cursor)).map_err(problem::internal)?;
        response.headers_mut().insert(LINK, value);
    }
    Ok(response)
}

/// The same request from the cursor on (RFC 8288).
fn next_link(query: &str, cursor: &str) -> String {
    const NOT_IN_A_LINK: &AsciiSet = &CONTROLS.add(b'<').add(b'>');
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let kept: Vec<String> = kept.map(|pair| utf8_percent_encode(pair, NOT_IN_A_LINK).to_string()).collect();
    format!("</api/v1/links?{}&cursor={cursor}>; rel=\"next\"", kept.join("&"))
}

struct File {
    format: FileFormat,
    text: String,
}

impl File {
    /// Where it stopped because the file is full. At the last link of the page there may be another part without a row.
    fn write_page(
        &mut self,
        app: &App,
        links: Vec<(Link, LinkPosition)>,
        now: UnixMillis,
    ) -> Result<Option<LinkPosition>, Problem> {
        for (link, position) in links {
            self.write(&LinkJson::new(link, &app.site, now))?;
            if self.text.len() >= MAX_PAGE_BYTES {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn write(&mut self, link: &LinkJson) -> Result<(), Problem> {
        match self.format {
            FileFormat::Jsonl => {
                self.text.push_str(&serde_json::to_string(link).map_err(problem::internal)?);
                self.text.push('\n');
            }
            FileFormat::Csv => {
                let link = serde_json::to_value(link).map_err(problem::internal)?;
                let cells = link.as_object().map(|link| COLUMNS.map(|column| cell(link, column)));
                csv::write_row(&mut self.text, cells.iter().flatten().map(String::as_str));
            }
        }
        Ok(())
    }
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let (kind, name) = match self.format {
            FileFormat::Csv => ("text/csv; charset=utf-8", "links.csv"),
            FileFormat::Jsonl => ("application/jsonl", "links.jsonl"),
        };
        let disposition = format!("attachment; filename=\"{name}\"");
        ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], self.text).into_response()
    }
}

fn cell(link: &Map<String, Value>, column: &str) -> String {
    let value = match column.strip_prefix("clicks_") {
        Some(class) => link.get("clicks").and_then(|clicks| clicks.get(class)),
        None => link.get(column),
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(tags)) if column == "tags" => {
            tags.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Array(names)) if column == "aliases" => {
            let text =
                |name: &Value, field| name.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            let names = names.iter().map(|name| format!("{}/{}", text(name, "domain"), text(name, "code")));
            names.collect::<Vec<_>>().join(", ")
        }
        Some(Value::Array(rules)) if rules.is_empty() => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_part_keeps_the_filters() {
        for (query, expected) in [
            ("format=csv", "format=csv&cursor=b"),
            ("tag=x&cursor=a&format=csv", "tag=x&format=csv&cursor=b"),
            ("search=a>b&&format=csv", "search=a%3Eb&format=csv&cursor=b"),
            ("tag=m\u{fc}nchen&search=%C3%BC", "tag=m%C3%BCnchen&search=%C3%BC&cursor=b"),
        ] {
            assert_eq!(next_link(query, "b"), format!("</api/v1/links?{expected}>; rel=\"next\""));
        }
    }
}
