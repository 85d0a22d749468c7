//! Reads the rows of a request. A row that is invalid fails by itself; a row without an id fails the request, since nothing could be
//! remembered of it.

use link_core::time::UnixMillis;
use serde_json::{Map, Value};

use crate::app::App;
use crate::auth::LinkBounds;
use crate::controllers::links::bulk;
use crate::http::fields::{Fields, text};
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{
    MAX_FAILED_NAME_CHARACTERS, MAX_FAILED_URL_CHARACTERS, MAX_IMPORT_ROWS, MAX_ROW_ID_CHARACTERS,
};
use crate::links::input::values::boolean;
use crate::links::input::{NewLinkInput, ValidationContext, no_control_characters};

#[derive(Debug)]
pub(super) struct RowsInput {
    pub(super) dry_run: bool,
    pub(super) rows: Vec<RowInput>,
}

#[derive(Debug)]
pub(super) struct RowInput {
    pub(super) row_id: String,
    pub(super) given: GivenName,
    pub(super) link: Result<ImportedLinkInput, Problem>,
}

/// What a failed row is found by in its file, as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenName {
    pub(super) url: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) alias: Option<String>,
}

#[derive(Debug)]
pub(super) struct ImportedLinkInput {
    pub(super) link: NewLinkInput,
    pub(super) created_at: UnixMillis,
    /// The fields that were given, as a merge patch for a link that has the name.
    pub(super) patch: Map<String, Value>,
}

impl RowsInput {
    pub(super) fn read(
        body: Map<String, Value>,
        app: &App,
        bounds: &LinkBounds,
        now: UnixMillis,
    ) -> Result<Self, Problem> {
        let mut fields = Fields::from_body(body);
        let dry_run = fields.optional("dry_run", ProblemCode::InvalidDryRun, boolean).unwrap_or(false);
        let rows = fields.required("rows", ProblemCode::InvalidRows, |value| match value {
            Value::Array(rows) if (1..=MAX_IMPORT_ROWS).contains(&rows.len()) => Ok(rows),
            _ => Err(format!("must be a list of 1 to {MAX_IMPORT_ROWS} rows")),
        });
        let rows = fields.finish(rows)?;
        let context = ValidationContext::new(&app.site, bounds, now);
        let (mut errors, mut passwords) = (Vec::new(), 0);
        let mut read = Vec::with_capacity(rows.len());
        for (position, row) in rows.into_iter().enumerate() {
            match identified(row, "must be an object with row_id and link") {
                Ok((row_id, row)) => {
                    let given = GivenName::of(&row);
                    let link = link(row, context, &mut passwords);
                    read.push(RowInput { row_id, given, link });
                }
                Err((field, detail)) => {
                    errors.push(FieldError { field: format!("rows[{position}]{field}"), detail });
                }
            }
        }
        if errors.is_empty() {
            Ok(Self { dry_run, rows: read })
        } else {
            Err(Problem::from_fields(ProblemCode::InvalidRows, errors))
        }
    }
}

/// The row's id, and the rest of it.
pub(super) type IdentifiedRow = (String, Map<String, Value>);

/// The field of an error, and what is wrong with it. `shape` says what else than an object is wrong.
pub(super) fn identified(row: Value, shape: &str) -> Result<IdentifiedRow, (&'static str, String)> {
    let Value::Object(mut row) = row else {
        return Err(("", shape.to_owned()));
    };
    let id = row.remove("row_id").ok_or_else(|| "is required".to_owned());
    match id.and_then(row_id) {
        Ok(id) => Ok((id, row)),
        Err(detail) => Err((".row_id", detail)),
    }
}

/// As it is: two ids that differ in a blank are two.
fn row_id(value: Value) -> Result<String, String> {
    let id = text(value)?;
    no_control_characters(&id)?;
    if (1..=MAX_ROW_ID_CHARACTERS).contains(&id.chars().count()) {
        Ok(id)
    } else {
        Err(format!("must have 1 to {MAX_ROW_ID_CHARACTERS} characters"))
    }
}

fn link(
    mut row: Map<String, Value>,
    context: ValidationContext<'_>,
    passwords: &mut usize,
) -> Result<ImportedLinkInput, Problem> {
    let link = row.remove("link").unwrap_or_default();
    Fields::from_body(row).finish(Some(()))?;
    let mut patch = link.as_object().cloned().unwrap_or_default();
    for name in ["alias", "domain", "created_at", "reuse"] {
        patch.remove(name);
    }
    let mut fields = bulk::link_fields(link)?;
    let created_at = fields
        .optional("created_at", ProblemCode::InvalidCreatedAt, |value| created_at(value, context.now))
        .unwrap_or(context.now);
    let link = bulk::new_link(fields, context, passwords)?;
    Ok(ImportedLinkInput { link, created_at, patch })
}

fn created_at(value: Value, now: UnixMillis) -> Result<UnixMillis, String> {
    let moment = timestamp::parse(&text(value)?).map_err(|error| error.to_string())?;
    match moment {
        moment if moment > now => Err("must not be in the future".to_owned()),
        // An id has no earlier time.
        UnixMillis(..0) => Err("must not be before 1970".to_owned()),
        moment => Ok(moment),
    }
}

impl GivenName {
    fn of(row: &Map<String, Value>) -> Self {
        let given = |name: &str, max_characters: usize| {
            let text = row.get("link")?.get(name)?.as_str()?;
            // Postgres has no NUL in a text.
            Some(text.chars().filter(|character| *character != '\0').take(max_characters).collect())
        };
        Self {
            url: given("url", MAX_FAILED_URL_CHARACTERS),
            domain: given("domain", MAX_FAILED_NAME_CHARACTERS),
            alias: given("alias", MAX_FAILED_NAME_CHARACTERS),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn row_needs_an_id() {
        for row in
            [json!(1), json!({}), json!({"row_id": 1}), json!({"row_id": ""}), json!({"row_id": "a\n"})]
        {
            assert!(identified(row.clone(), "").is_err(), "{row}");
        }
        let longest = "é".repeat(MAX_ROW_ID_CHARACTERS);
        assert_eq!(row_id(json!(longest)).as_deref(), Ok(longest.as_str()));
        assert!(row_id(json!(format!("{longest}x"))).is_err());
        assert_eq!(row_id(json!(" a ")).as_deref(), Ok(" a "));
    }

    #[test]
    fn creation_is_between_1970_and_now() {
        let now = timestamp::parse("2026-11-24T00:00:00Z").unwrap();
        let read = |text: &str| created_at(json!(text), now).map_err(drop);
        assert_eq!(read("2026-11-24T00:00:00Z"), Ok(now));
        assert_eq!(read("1970-01-01T00:00:00Z"), Ok(UnixMillis(0)));
        assert_eq!(read("2026-11-24T00:00:00.001Z"), Err(()));
        assert_eq!(read("1969-12-31T23:59:59.999Z"), Err(()));
        assert_eq!(read("yesterday"), Err(()));
    }

    #[test]
    fn name_of_a_failed_row_is_bounded() {
        let row = json!({"link": {"url": format!("a\u{0}{}", "x".repeat(9_000)), "alias": 1}});
        let given = GivenName::of(row.as_object().unwrap());
        assert_eq!(given.url.map(|url| url.len()), Some(MAX_FAILED_URL_CHARACTERS));
        assert_eq!((given.domain, given.alias), (None, None));
        assert_eq!(GivenName::of(&Map::new()).url, None);
    }
}
