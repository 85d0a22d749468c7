//! Reads the filters, order and cursor of a list of links from a query string. A cursor is only valid for the same filters and
//! order.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::auth::LinkBounds;
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::pages;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_SEARCH_CHARACTERS, MIN_SEARCH_CHARACTERS};
use crate::links::input::values;
use crate::store::links::{LinkFilter, LinkPosition, LinkQuery, LinkSort, LinkState, Order};

#[derive(Debug)]
pub(crate) struct ListRequest {
    pub(crate) query: LinkQuery,
    pub(crate) limit: usize,
    /// `None`: a page as JSON.
    pub(crate) file: Option<FileFormat>,
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
        let filter = LinkFilter {
            domain: fields.optional("domain", Code::InvalidDomain, |value| host_input::domain(&value)),
            code: fields.optional("code", Code::InvalidCode, values::code),
            tag: fields.optional("tag", Code::InvalidTags, values::tag),
            state: fields.optional("state", Code::InvalidState, state),
            external_id: fields
                .optional("external_id", Code::InvalidExternalId, values::external_id)
                .flatten(),
            search: fields.optional("search", Code::InvalidSearch, search),
            created_by: fields.optional("created_by", Code::InvalidCreatedBy, key_id),
            bounds,
        };
        let sort = fields.optional("sort", Code::InvalidSort, sort).unwrap_or_default();
        let order = fields.optional("order", Code::InvalidSort, order).unwrap_or_default();
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
        fields.finish(Some(Self { query, limit: limit.into(), file }))
    }

    pub(crate) fn cursor(&self, position: LinkPosition) -> Option<String> {
        let cursor = Cursor { position, list: list_hash(&self.query) };
        serde_json::to_vec(&cursor).ok().map(|json| BASE64_URL_SAFE_NO_PAD.encode(json))
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
        _ => Err("must be created, clicks or last_click"),
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
