//! Sink: its JSON export, as a file or from its API.

use std::io::Read;

use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::super::table::Input;
use super::item::{Item, Paths};
use crate::error::CliError;

const LOST: [&str; 2] = ["cloaking", "unsafe"];
const PATHS: Paths = Paths {
    short_url: "slug",
    url: "url",
    title: "title",
    notes: "comment",
    tags: "tags",
    created_at: "createdAt",
};

pub fn api_rows(api: SourceApi, reading: Reading) -> RowIterator {
    let host = Name::of_short_url(&api.place()).and_then(|name| name.host);
    paging::rows(String::new(), move |cursor: String| {
        let query: &[(&str, &str)] = if cursor.is_empty() { &[] } else { &[("cursor", &cursor)] };
        let mut answer = api.get("/api/link/export", query)?;
        let item = Item(&answer);
        let is_complete = item.is("list_complete");
        let next = Some(item.text("cursor").to_owned())
            .filter(|next| !is_complete && !next.is_empty() && *next != cursor);
        let links = api.list(&mut answer, "/links")?;
        Ok((links.iter().flat_map(|link| rows_of(link, host.as_deref(), &reading)).collect(), next))
    })
}

/// The file does not say the host.
pub fn file_rows(path: &str, mut input: Input, reading: &Reading) -> Result<RowIterator, CliError> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|error| CliError::file("read", path, error))?;
    let mut export: Value =
        serde_json::from_slice(&bytes).map_err(|error| CliError::file("read", path, error))?;
    drop(bytes);
    let links = match export.get_mut("links") {
        Some(links) => links.take(),
        None => export,
    };
    let Value::Array(links) = links else {
        return Err(CliError::file("read", path, "it has no list of links"));
    };
    let reading = reading.clone();
    Ok(Box::new(links.into_iter().flat_map(move |link| rows_of(&link, None, &reading)).map(Ok)))
}

fn rows_of(link: &Value, host: Option<&str>, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(host, item.text("slug")));
    // In seconds, like `createdAt`.
    draft.expires_at(item.value("expiration"));
    draft.password(item.value("password").as_str(), false);
    // The title alone is for lists.
    if !item.text("description").is_empty() || !item.text("image").is_empty() {
        draft.preview(item.text("title"), item.text("description"), item.text("image"));
    }
    if item.is("redirectWithQuery") {
        draft.set("forward_query", true);
    }
    for (field, os) in [("apple", "ios"), ("google", "android")] {
        draft.rule(&json!({"os": [os]}), item.text(field));
    }
    draft.countries(item.value("geo"));
    for field in LOST {
        draft.lost_if_set(field, link.get(field));
    }
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}
