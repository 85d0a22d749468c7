//! Documents `/api/v1/imports`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, reference, time};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    MAX_BULK_PASSWORDS, MAX_IMPORT_DAYS, MAX_IMPORT_ROWS, MAX_IMPORT_VISITS, MAX_IMPORTED_DAY_CLICKS,
    MAX_ROW_ID_CHARACTERS, MAX_TITLE_CHARACTERS, MAX_VISIT_CALLS,
};
use crate::store::imports::{OnConflict, SOURCES, SkipReason, Verdict};

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "imports", id, summary);
    let with_id =
        |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
    vec![
        operation(Method::POST, "/api/v1/imports", "openImport", "Open an import from another shortener")
            .description(
                "`on_conflict` says what becomes of a row whose alias is taken: it fails, is skipped, gets the alias with `-2`, `-3` and \
                 so on, or its fields replace those of the link that has the name, for which a key that is bound to actions needs \
                 `change` too. An import exists for the key that opened it and for administrators.",
            )
            .body(reference("NewImport"), json!({"source": "csv", "on_conflict": "skip", "title": "Old campaigns"}))
            .answer(201, "The import.", reference("Import"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_id("getImport"), "write": with_id("importRows"), "finish": with_id("finishImport")}))
            .problems(&[Code::MissingField, Code::InvalidSource, Code::InvalidOnConflict, Code::InvalidTitle]),
        operation(Method::GET, "/api/v1/imports", "listImports", "List imports")
            .paged()
            .answer(200, "A page of imports, newest first.", reference("ImportList")),
        operation(Method::GET, "/api/v1/imports/{id}", "getImport", "Read an import")
            .answer(200, "The import, with its rows by their last verdict.", reference("Import"))
            .problems(&[Code::ImportNotFound]),
        operation(Method::POST, "/api/v1/imports/{id}/rows", "importRows", "Import rows")
            .description(format!(
                "Up to {MAX_IMPORT_ROWS} rows, {MAX_BULK_PASSWORDS} passwords. Each row is written or fails by itself. A `row_id` that came \
                 before in this import, months ago or in this request, gets the answer it had (`repeated`), whatever its link says now; \
                 only a row that failed is tried again. Where the link that has the alias already has the row's destination and every \
                 other field of the row, it is skipped, whatever `on_conflict` says. `dry_run` gives the same verdicts, and writes and \
                 remembers nothing."
            ))
            .body(reference("ImportRows"), json!({"rows": [
                {"row_id": "17", "link": {"url": "https://example.com/landing", "alias": "summer", "created_at": "2019-06-01T00:00:00Z"}},
            ]}))
            .answer(200, "A verdict for each row, in order.", reference("ImportVerdicts"))
            .problems(&[
                Code::ImportNotFound, Code::MissingField, Code::InvalidRows, Code::InvalidDryRun, Code::CodesExhausted,
                Code::CodeKeyMismatch,
            ]),
        operation(Method::POST, "/api/v1/imports/{id}/visits", "importVisits", "Import visits")
            .description(format!(
                "Up to {MAX_IMPORT_VISITS} visits that another shortener answered, of rows that came before. The client numbers these calls \
                 from 1, without gaps. They become clicks like others: in statistics from the time of the visit, raw while raw clicks are \
                 kept, and in the click accounting, with the import as their producer. The same number with the same visits is safe to \
                 repeat, after months too, and each visit counts once. After a 503, repeat it: some of the visits may have been sent. A visit has no visitor, and uses \
                 nothing up of a maximum of clicks. A link has the visits of one import, the first that brings any; those of others are \
                 skipped. Webhooks are not told of single visits. Needs the edge, or `CLICK_QUEUE_URL` at the origin."
            ))
            .body(reference("ImportVisits"), json!({"number": 1, "visits": [
                {"row_id": "17", "time": "2019-06-01T12:00:00Z", "country": "DE", "referrer": "https://news.example/", "user_agent": "Mozilla/5.0"},
            ]}))
            .answer(200, "The visits are on their way to the roll-ups.", reference("ImportedVisits"))
            .problems(&[
                Code::ImportNotFound, Code::MissingField, Code::InvalidNumber, Code::InvalidVisits, Code::VisitsOutOfOrder,
                Code::VisitsChanged, Code::VisitsUnavailable, Code::VisitsNotSent,
            ]),
        operation(Method::POST, "/api/v1/imports/{id}/days", "importDays", "Import counts by day")
            .description(format!(
                "Clicks by UTC day of rows that came before, for a system that does not give its visits: up to {MAX_IMPORT_ROWS} rows with \
                 {MAX_IMPORT_DAYS} days together. They count under the class `imported`, and lie at noon within their day. A count is set, \
                 not added: the last that was sent for a link and day counts. Clicks and imported visits of the same day count besides."
            ))
            .body(reference("ImportDays"), json!({"rows": [{"row_id": "17", "days": [{"day": "2019-06-01", "clicks": 12}]}]}))
            .answer(200, "The counts are set.", reference("ImportedDays"))
            .problems(&[Code::ImportNotFound, Code::MissingField, Code::InvalidRows, Code::AnalyticsUnavailable]),
        operation(Method::POST, "/api/v1/imports/{id}/finish", "finishImport", "Finish an import")
            .description(
                "Tells webhooks (`import.finished`). Safe to repeat. Rows may follow all the same, as those of a repaired file do; then \
                 finish it again.",
            )
            .answer(200, "The import.", reference("Import"))
            .problems(&[Code::ImportNotFound]),
        operation(Method::GET, "/api/v1/imports/{id}/failures", "listImportFailures", "List the failed rows of an import")
            .description(
                "Rows whose last verdict is `failed`, in the order in which they first came; without `format`, as `Accept` says. A CSV file \
                 ends at a row after 4 MB, and its header `Link` with `rel=\"next\"` says where the next part is; `limit` does not apply.",
            )
            .parameter("format", json!({"type": "string", "enum": ["json", "csv"], "default": "json"}), "A page as JSON, or a file.")
            .paged()
            .answer_as(200, "The failed rows.", json!({
                "application/json": {"schema": reference("ImportFailureList")},
                "text/csv": {"schema": {"type": "string"}},
            }))
            .with(200, "headers", json!({"Link": {"required": false, "schema": {"type": "string"}}}))
            .problems(&[Code::ImportNotFound, Code::InvalidFormat]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let source = json!({"type": "string", "enum": SOURCES});
    let policy = json!({"type": "string", "enum": OnConflict::ALL.map(OnConflict::as_str)});
    let title = json!({"type": ["string", "null"], "maxLength": MAX_TITLE_CHARACTERS});
    let row_id = json!({
        "type": "string", "minLength": 1, "maxLength": MAX_ROW_ID_CHARACTERS, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
        "description": "The source's own id of the row.",
    });
    let moment = |description: &str| json!({"type": ["string", "null"], "format": "date-time", "description": description});
    let text = |description: &str| json!({"type": ["string", "null"], "description": description});
    let import = json!({
        "type": "object",
        "required": [
            "id", "source", "on_conflict", "title", "created_at", "created_by", "counts", "visit_calls", "last_row_at", "finished_at",
        ],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "source": source, "on_conflict": policy, "title": title,
            "created_at": time("By the origin's clock."),
            "created_by": {"type": ["string", "null"], "format": "uuid", "description": "The key. Null for the bootstrap key."},
            "counts": counts(true),
            "visit_calls": {"type": "integer", "minimum": 0, "description": "The number of the last call that brought visits."},
            "last_row_at": moment("When rows were last written."),
            "finished_at": moment("Null again when rows, visits or counts by day follow."),
        },
    });
    let new = json!({
        "type": "object", "required": ["source"], "additionalProperties": false,
        "properties": {
            "source": source,
            "on_conflict": {"anyOf": [policy, {"type": "null"}], "default": "fail"},
            "title": title,
        },
    });
    let rows = json!({
        "type": "object", "required": ["rows"], "additionalProperties": false,
        "properties": {
            "dry_run": {"type": ["boolean", "null"], "default": false},
            "rows": {"type": "array", "minItems": 1, "maxItems": MAX_IMPORT_ROWS, "items": {
                "type": "object", "required": ["row_id"],
                // No schema of a link: each is validated on its own, and an invalid one fails its row only.
                "properties": {"row_id": row_id, "link": {
                    "description": "A link as in `POST /api/v1/links`, and `created_at`: when it was created, from 1970 on and not in the future. Lists sort it there.",
                }},
            }},
        },
    });
    let result = json!({
        "type": "object", "required": ["row_id", "verdict", "repeated", "link", "renamed_from", "problem"],
        "properties": {
            "row_id": row_id,
            "verdict": {"type": "string", "enum": Verdict::ALL.map(Verdict::as_str)},
            "repeated": {"type": "boolean", "description": "The row came before, in this request or an earlier one."},
            "link": {
                "type": ["object", "null"], "required": ["id", "domain", "code", "short_url"],
                "description": "Created, replaced or found, by the name that it had then. Null for what a dry run would create, and for a link that does not exist for the key.",
                "properties": {
                    "id": {"type": "string", "format": "uuid"}, "domain": {"type": "string"}, "code": {"type": "string"},
                    "short_url": {"type": "string", "format": "uri"},
                },
            },
            "renamed_from": text("The alias that was taken."),
            "problem": {"anyOf": [reference("Problem"), {"type": "null"}]},
        },
    });
    let verdicts = json!({
        "type": "object", "required": ["dry_run", "results", "counts"],
        "properties": {
            "dry_run": {"type": "boolean"}, "results": {"type": "array", "items": result}, "counts": counts(false),
        },
    });
    let failure = json!({
        "type": "object", "required": ["row_id", "code", "detail", "field", "url", "domain", "alias"],
        "properties": {
            "row_id": row_id,
            "code": {
                "type": "string", "examples": [Code::AliasTaken.as_str(), Code::InvalidCreatedAt.as_str()],
                "description": "Of the problem: as in creating a link, and that of `created_at`.",
            },
            "detail": {"type": "string", "description": "Of the first invalid field, else of the problem."},
            "field": text("The first invalid field."),
            "url": text("As it was sent, up to 8,192 characters."),
            "domain": text("As it was sent."),
            "alias": text("As it was sent."),
        },
    });
    let reason = json!({
        "type": "string", "enum": SkipReason::ALL.map(SkipReason::as_str),
        "description": "`unknown_row`: the import has no such row; `no_link`: the row failed, or its link does not exist for the key; \
                        `other_import`: the link has the visits of another import.",
    });
    let visits = json!({
        "type": "object", "required": ["number", "visits"], "additionalProperties": false,
        "properties": {
            "number": {"type": "integer", "minimum": 1, "maximum": MAX_VISIT_CALLS},
            "visits": {"type": "array", "minItems": 1, "maxItems": MAX_IMPORT_VISITS, "items": {
                "type": "object", "required": ["row_id", "time"], "additionalProperties": false,
                "properties": {
                    "row_id": row_id,
                    "time": time("From 1970 on and not in the future."),
                    "country": {"type": ["string", "null"], "pattern": "^[A-Za-z]{2}$", "description": "ISO 3166-1 alpha-2."},
                    "referrer": text("Query, fragment and user info are removed, and what is beyond 1,024 bytes."),
                    "user_agent": text("Up to 512 bytes are kept."),
                },
            }},
        },
    });
    let imported_visits = json!({
        "type": "object", "required": ["number", "repeated", "visits", "skipped"],
        "properties": {
            "number": {"type": "integer", "minimum": 1},
            "repeated": {"type": "boolean", "description": "The number came before."},
            "visits": {"type": "integer", "minimum": 0, "description": "Without the skipped ones."},
            "skipped": {"type": "array", "items": {
                "type": "object", "required": ["position", "row_id", "reason"],
                "properties": {
                    "position": {"type": "integer", "minimum": 0, "description": "In the request, from 0."},
                    "row_id": row_id, "reason": reason,
                },
            }},
        },
    });
    let day = json!({
        "type": "object", "required": ["day", "clicks"], "additionalProperties": false,
        "properties": {
            "day": {"type": "string", "format": "date", "description": "In UTC, from 1970 to today."},
            "clicks": {"type": "integer", "minimum": 0, "maximum": MAX_IMPORTED_DAY_CLICKS},
        },
    });
    let days = json!({
        "type": "object", "required": ["rows"], "additionalProperties": false,
        "properties": {"rows": {"type": "array", "minItems": 1, "maxItems": MAX_IMPORT_ROWS, "items": {
            "type": "object", "required": ["row_id", "days"], "additionalProperties": false,
            "properties": {"row_id": row_id, "days": {"type": "array", "items": day}},
        }}},
    });
    let imported_days = json!({
        "type": "object", "required": ["days", "skipped"],
        "properties": {
            "days": {"type": "integer", "minimum": 0, "description": "Counts that are set, each link and day once."},
            "skipped": {"type": "array", "items": {
                "type": "object", "required": ["row_id", "reason"], "properties": {"row_id": row_id, "reason": reason},
            }},
        },
    });
    vec![
        ("ImportVisits", visits),
        ("ImportedVisits", imported_visits),
        ("ImportDays", days),
        ("ImportedDays", imported_days),
        ("NewImport", new),
        ("Import", import),
        ("ImportList", list_of(reference("Import"), true)),
        ("ImportRows", rows),
        ("ImportVerdicts", verdicts),
        ("ImportFailureList", list_of(failure, true)),
    ]
}

/// Of an import, or of the rows of a request.
fn counts(of_import: bool) -> Value {
    let (rows, history): (&[_], &[_]) =
        if of_import { (&["rows"], &["visits", "skipped_visits", "days"]) } else { (&[], &[]) };
    let verdicts = Verdict::ALL.map(Verdict::as_str);
    let names: Vec<&str> = rows.iter().chain(&verdicts).chain(history).copied().collect();
    let properties: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!({"type": "integer", "minimum": 0}))).collect();
    json!({"type": "object", "required": names, "properties": properties})
}
