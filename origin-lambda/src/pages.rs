//! One page of a list in the order of one unique name: how large, and after what. Does not know what is listed.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use crate::fields::{Fields, text};
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use crate::problem::{Problem, ProblemCode};

/// The parameters of a query string.
#[derive(Debug)]
pub(crate) struct QueryFields(pub(crate) Fields);

impl<S: Send + Sync> FromRequestParts<S> for QueryFields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|_| {
            Problem::new(ProblemCode::UnknownParameter, "the query string is not made of name=value pairs")
        })?;
        Ok(Self(Fields::of_query(pairs)))
    }
}

/// For routes without parameters: one that narrows what is asked for elsewhere would be ignored, and more be deleted than was
/// meant.
pub(crate) async fn refuse_query(
    QueryFields(fields): QueryFields,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    fields.finish(Some(()))?;
    Ok(next.run(request).await)
}

#[derive(Debug, Serialize)]
pub(crate) struct ListJson<T> {
    pub(crate) data: Vec<T>,
    /// Absent where this was the last page.
    pub(crate) next_cursor: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    pub(crate) fn of(fields: &mut Fields) -> Self {
        Self::of_size(fields, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    pub(crate) fn of_size(fields: &mut Fields, default: u16, largest: u16) -> Self {
        let size = fields.optional("limit", ProblemCode::InvalidLimit, |value| size_up_to(value, largest));
        let after = fields.optional("cursor", ProblemCode::InvalidCursor, name);
        Self { size: size.unwrap_or(default).into(), after }
    }

    /// The name that the page before ended with; the empty one comes before all others.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// How many rows to read: one more than are shown tells whether there is another page.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.size + 1).unwrap_or(i64::MAX)
    }

    pub(crate) fn list<R, T>(
        &self,
        mut rows: Vec<R>,
        name: impl Fn(&R) -> String,
        shown: impl FnMut(R) -> T,
    ) -> ListJson<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|last| URL_SAFE_NO_PAD.encode(name(last)));
        ListJson { data: rows.into_iter().map(shown).collect(), next_cursor }
    }
}

pub(crate) fn size(value: Value) -> Result<u16, String> {
    size_up_to(value, MAX_PAGE_SIZE)
}

fn size_up_to(value: Value, largest: u16) -> Result<u16, String> {
    let wrong = || format!("must be a whole number from 1 to {largest}");
    let size = text(value)?.parse().map_err(|_| wrong())?;
    if (1..=largest).contains(&size) { Ok(size) } else { Err(wrong()) }
}

fn name(value: Value) -> Result<String, &'static str> {
    let not_ours = "must be the next_cursor of the page before";
    let bytes = URL_SAFE_NO_PAD.decode(text(value)?).map_err(|_| not_ours)?;
    let name = String::from_utf8(bytes).map_err(|_| not_ours)?;
    // Postgres takes no NUL, and no name holds one.
    if name.contains('\0') { Err(not_ours) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: &str, cursor: Option<&str>) -> Option<Page> {
        let mut pairs = vec![("limit".to_owned(), limit.to_owned())];
        pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor.to_owned())));
        let mut fields = Fields::of_query(pairs);
        let page = Page::of(&mut fields);
        fields.finish(Some(page)).ok()
    }

    #[test]
    fn the_cursor_leads_to_the_page_after() {
        let first = page("2", None).unwrap();
        assert_eq!(first.rows(), 3);
        let list = first.list(vec!["a", "b", "c"], |row| (*row).to_owned(), |row| row);
        assert_eq!(list.data, ["a", "b"]);
        let second = page("2", list.next_cursor.as_deref()).unwrap();
        assert_eq!(second.after(), "b");
        let list = second.list(vec!["c", "d"], |row| (*row).to_owned(), |row| row);
        assert_eq!((list.data, list.next_cursor), (vec!["c", "d"], None));
    }

    #[test]
    fn what_is_no_size_or_cursor_is_refused() {
        for limit in ["", "0", "-1", "1.5", "101", "99999999999", " 1", "a"] {
            assert!(page(limit, None).is_none(), "{limit}");
        }
        for cursor in ["", "a", "AA", "_w", "b=", "ü"] {
            assert!(page("1", Some(cursor)).is_none() || cursor.is_empty(), "{cursor}");
        }
    }
}
