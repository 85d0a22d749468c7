//! Reads the filters, order and cursor of a list of links from a query string. A cursor is only valid for the same filters and
//! order.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::auth::LinkBounds;
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::pages;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_FILTER_TAGS, MAX_SEARCH_CHARACTERS, MIN_SEARCH_CHARACTERS};
use crate::links::input::values;
use crate::store::links::{LinkFilter, LinkPosition, LinkQuery, LinkSort, LinkState, Order};

#[derive(Debug)]
pub(crate) struct ListRequest {
    pub(crate) query: LinkQuery,
    pub(crate) limit: usize,
    /// `None`: a page as JSON.
    pub(crate) file: Option<FileFormat>,
    /// Whether the client wants to know how many links there are.
    pub(crate) counts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFormat {
    Csv,
    Jsonl,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    #[serde(flatten)]
    position: LinkPosition,
    /// A hash of filters, sort and order.
    list: String,
}

impl ListRequest {
    pub(crate) fn read(mut fields: Fields, bounds: LinkBounds) -> Result<Self, Problem> {
        use ProblemCode as Code;
        let filter = filter(&mut fields, bounds);
        let sort = fields.optional("sort", Code::InvalidSort, sort).unwrap_or_default();
        let order = fields.optional("order", Code::InvalidSort, order).unwrap_or_default();
        let counts = fields.optional("count", Code::InvalidCount, flag).unwrap_or_default();
        let limit = fields.optional("limit", Code::InvalidLimit, pages::size);
        let file = fields.optional("format", Code::InvalidFormat, file).flatten();
        if file.is_some() && limit.is_some() {
            let detail = "does not apply to a file, which has as many links as fit".to_owned();
            fields.reject(Code::InvalidLimit, "limit".to_owned(), detail);
        }
        let limit = limit.unwrap_or(DEFAULT_PAGE_SIZE);
        let mut query = LinkQuery { filter, sort, order, after: None };
        let list = list_hash(&query);
        query.after = fields.optional("cursor", Code::InvalidCursor, |value| position(value, &list));
        fields.finish(Some(Self { query, limit: limit.into(), file, counts }))
    }

    pub(crate) fn cursor(&self, position: LinkPosition) -> Option<String> {
        let cursor = Cursor { position, list: list_hash(&self.query) };
        serde_json::to_vec(&cursor).ok().map(|json| BASE64_URL_SAFE_NO_PAD.encode(json))
    }
}

/// The fields of a filter, in a query string or in a body.
pub(crate) fn filter(fields: &mut Fields, bounds: LinkBounds) -> LinkFilter {
    use ProblemCode as Code;
    LinkFilter {
        domain: fields.optional("domain", Code::InvalidDomain, |value| host_input::domain(&value)),
        code: fields.optional("code", Code::InvalidCode, values::code),
        tags: fields.optional("tag", Code::InvalidTags, tags).unwrap_or_default(),
        any_tags: fields.optional("any_tag", Code::InvalidTags, tags).unwrap_or_default(),
        no_tags: fields.optional("no_tag", Code::InvalidTags, tags).unwrap_or_default(),
        untagged: fields.optional("untagged", Code::InvalidTags, flag).unwrap_or_default(),
        created_from: fields.optional("created_from", Code::InvalidFrom, moment),
        created_to: fields.optional("created_to", Code::InvalidTo, moment),
        updated_from: fields.optional("updated_from", Code::InvalidFrom, moment),
        updated_to: fields.optional("updated_to", Code::InvalidTo, moment),
        state: fields.optional("state", Code::InvalidState, state),
        external_id: fields.optional("external_id", Code::InvalidExternalId, values::external_id).flatten(),
        search: fields.optional("search", Code::InvalidSearch, search),
        created_by: fields.optional("created_by", Code::InvalidCreatedBy, key_id),
        archived: match fields.optional("archived", Code::InvalidArchived, archived).flatten() {
            Some(Archived::All) => None,
            Some(Archived::Only) => Some(true),
            None => Some(false),
        },
        bounds,
    }
}

enum Archived {
    Only,
    All,
}

/// In a query string as text, in a body also as a boolean.
fn archived(value: Value) -> Result<Option<Archived>, &'static str> {
    match &value {
        Value::Bool(true) => return Ok(Some(Archived::Only)),
        Value::Bool(false) => return Ok(None),
        _ => {}
    }
    match text(value)?.as_str() {
        "true" => Ok(Some(Archived::Only)),
        "false" => Ok(None),
        "all" => Ok(Some(Archived::All)),
        _ => Err("must be true, false or all"),
    }
}

/// One tag, or several: in a query string by repeating the parameter.
fn tags(value: Value) -> Result<Vec<String>, String> {
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    if values.is_empty() || values.len() > MAX_FILTER_TAGS {
        return Err(format!("must be 1 to {MAX_FILTER_TAGS} tags"));
    }
    values.into_iter().map(values::tag).collect()
}

fn moment(value: Value) -> Result<UnixMillis, String> {
    timestamp::parse(&text(value)?).map_err(|error| error.to_string())
}

/// In a query string as text, in a body as a boolean.
fn flag(value: Value) -> Result<bool, &'static str> {
    match value.as_bool() {
        Some(flag) => Ok(flag),
        None => match text(value)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false"),
        },
    }
}

fn list_hash(query: &LinkQuery) -> String {
    let text = format!("{:?} {:?} {:?}", query.filter, query.sort, query.order);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text).first_chunk::<9>().unwrap_or(&[0; 9]))
}

fn position(value: Value, list: &str) -> Result<LinkPosition, String> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text(value)?).ok();
    let cursor = json.and_then(|json| serde_json::from_slice::<Cursor>(&json).ok());
    match cursor {
        Some(cursor) if cursor.list == list && cursor.position.is_possible() => Ok(cursor.position),
        Some(cursor) if cursor.list != list => {
            Err("belongs to another list: keep filters, sort and order while paging".to_owned())
        }
        _ => Err("must be an unchanged next_cursor".to_owned()),
    }
}

fn key_id(value: Value) -> Result<Uuid, &'static str> {
    text(value)?.parse().map_err(|_| "must be the id of a key")
}

fn file(value: Value) -> Result<Option<FileFormat>, &'static str> {
    match text(value)?.as_str() {
        "json" => Ok(None),
        "csv" => Ok(Some(FileFormat::Csv)),
        "jsonl" => Ok(Some(FileFormat::Jsonl)),
        _ => Err("must be json, csv or jsonl"),
    }
}

fn state(value: Value) -> Result<LinkState, &'static str> {
    LinkState::from_name(&text(value)?)
        .ok_or("must be active, blocked, disabled, scheduled, expired or exhausted")
}

fn sort(value: Value) -> Result<LinkSort, &'static str> {
    match text(value)?.as_str() {
        "created" => Ok(LinkSort::Created),
        "clicks" => Ok(LinkSort::Clicks),
        "last_click" => Ok(LinkSort::LastClick),
        "updated" => Ok(LinkSort::Updated),
        _ => Err("must be created, updated, clicks or last_click"),
    }
}

fn order(value: Value) -> Result<Order, &'static str> {
    match text(value)?.as_str() {
        "desc" => Ok(Order::Descending),
        "asc" => Ok(Order::Ascending),
        _ => Err("must be desc or asc"),
    }
}

fn search(value: Value) -> Result<String, String> {
    let search = text(value)?;
    if search.chars().count() > MAX_SEARCH_CHARACTERS {
        return Err(format!("must have at most {MAX_SEARCH_CHARACTERS} characters"));
    }
    values::no_control_characters(&search)?;
    let longest = search.split(|character| !is_indexed(character)).map(|word| word.chars().count()).max();
    if longest.unwrap_or_default() < MIN_SEARCH_CHARACTERS {
        return Err(format!("must have at least {MIN_SEARCH_CHARACTERS} letters or digits in a row"));
    }
    Ok(search)
}

/// Whether a trigram of the search index may have the character: Postgres' C.UTF-8 knows only ASCII digits.
fn is_indexed(character: char) -> bool {
    character.is_alphabetic() || character.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_needs_three_characters_that_the_index_has() {
        for text in ["abc", "a1b", "123", "भाषा", "東京都", "x-abc"] {
            assert!(search(text.into()).is_ok(), "{text}");
        }
        for text in ["ab", "a-b", "①②③", "٣٣٣", "２２２", "a٣b"] {
            assert!(search(text.into()).is_err(), "{text}");
        }
    }
}
