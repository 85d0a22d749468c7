//! Query strings, and pagination of lists that are sorted by a unique name.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::http::fields::{Fields, text};
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};

/// The parameters of a query string.
#[derive(Debug)]
pub(crate) struct QueryFields(pub(crate) Fields);

impl<S: Send + Sync> FromRequestParts<S> for QueryFields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|_| {
            Problem::new(ProblemCode::UnknownParameter, "the query string must consist of name=value pairs")
        })?;
        Ok(Self(Fields::from_query(pairs)))
    }
}

/// For routes without parameters: ignoring a filter could delete more than the client meant.
pub(crate) async fn reject_query(
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
    /// `None` on the last page.
    pub(crate) next_cursor: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    pub(crate) fn read(fields: &mut Fields) -> Self {
        Self::read_with_size(fields, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    pub(crate) fn read_with_size(fields: &mut Fields, default: u16, max: u16) -> Self {
        let size = fields.optional("limit", ProblemCode::InvalidLimit, |value| size_up_to(value, max));
        let after = fields.optional("cursor", ProblemCode::InvalidCursor, name);
        Self { size: size.unwrap_or(default).into(), after }
    }

    /// The last name of the previous page; the empty name sorts before all others.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The number of rows to read: one more than the page shows whether there is another page.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.size + 1).unwrap_or(i64::MAX)
    }

    /// For lists of UUIDs v7, newest first: those of this page are lower.
    pub(crate) fn before_id(&self, fields: &mut Fields) -> Uuid {
        if self.after().is_empty() { Uuid::max() } else { self.id(fields) }
    }

    /// For lists of UUIDs v7, oldest first: those of this page are higher.
    pub(crate) fn after_id(&self, fields: &mut Fields) -> Uuid {
        if self.after().is_empty() { Uuid::nil() } else { self.id(fields) }
    }

    fn id(&self, fields: &mut Fields) -> Uuid {
        self.after().parse().unwrap_or_else(|_| {
            let detail = "must be the next_cursor of the previous page".to_owned();
            fields.reject(ProblemCode::InvalidCursor, "cursor".to_owned(), detail);
            Uuid::nil()
        })
    }

    pub(crate) fn list<R, T>(
        &self,
        mut rows: Vec<R>,
        name: impl Fn(&R) -> String,
        shown: impl FnMut(R) -> T,
    ) -> ListJson<T> {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        let last = rows.last().filter(|_| has_more);
        let next_cursor = last.map(|last| cursor(&name(last)));
        ListJson { data: rows.into_iter().map(shown).collect(), next_cursor }
    }
}

/// The cursor of the page after the item with that name.
pub(crate) fn cursor(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

pub(crate) fn size(value: Value) -> Result<u16, String> {
    size_up_to(value, MAX_PAGE_SIZE)
}

fn size_up_to(value: Value, max: u16) -> Result<u16, String> {
    let invalid = || format!("must be a whole number from 1 to {max}");
    let size = text(value)?.parse().map_err(|_| invalid())?;
    if (1..=max).contains(&size) { Ok(size) } else { Err(invalid()) }
}

fn name(value: Value) -> Result<String, &'static str> {
    let invalid = "must be the next_cursor of the previous page";
    let bytes = URL_SAFE_NO_PAD.decode(text(value)?).map_err(|_| invalid)?;
    let name = String::from_utf8(bytes).map_err(|_| invalid)?;
    // Postgres rejects NUL, and no name contains one.
    if name.contains('\0') { Err(invalid) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: &str, cursor: Option<&str>) -> Option<Page> {
        let mut pairs = vec![("limit".to_owned(), limit.to_owned())];
        pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor.to_owned())));
        let mut fields = Fields::from_query(pairs);
        let page = Page::read(&mut fields);
        fields.finish(Some(page)).ok()
    }

    #[test]
    fn cursor_leads_to_the_next_page() {
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
    fn invalid_size_or_cursor_is_rejected() {
        for limit in ["", "0", "-1", "1.5", "101", "99999999999", " 1", "a"] {
            assert!(page(limit, None).is_none(), "{limit}");
        }
        for cursor in ["a", "AA", "_w", "b=", "ü"] {
            assert!(page("1", Some(cursor)).is_none(), "{cursor}");
        }
    }

    #[test]
    fn empty_cursor_leads_to_the_first_page() {
        assert_eq!(page("1", Some("")).unwrap().after(), "");
    }
}
