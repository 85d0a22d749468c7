//! Documents `/api/v1/imports`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, reference, time};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{MAX_BULK_PASSWORDS, MAX_IMPORT_ROWS, MAX_ROW_ID_CHARACTERS, MAX_TITLE_CHARACTERS};
use crate::store::imports::{OnConflict, SOURCES, Verdict};

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
        "required": ["id", "source", "on_conflict", "title", "created_at", "created_by", "counts", "last_row_at", "finished_at"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "source": source, "on_conflict": policy, "title": title,
            "created_at": time("By the origin's clock."),
            "created_by": {"type": ["string", "null"], "format": "uuid", "description": "The key. Null for the bootstrap key."},
            "counts": counts(true),
            "last_row_at": moment("When rows were last written."),
            "finished_at": moment("Null again when rows follow."),
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
    vec![
        ("NewImport", new),
        ("Import", import),
        ("ImportList", list_of(reference("Import"), true)),
        ("ImportRows", rows),
        ("ImportVerdicts", verdicts),
        ("ImportFailureList", list_of(failure, true)),
    ]
}

fn counts(with_rows: bool) -> Value {
    let names: Vec<_> =
        with_rows.then_some("rows").into_iter().chain(Verdict::ALL.map(Verdict::as_str)).collect();
    let properties: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!({"type": "integer", "minimum": 0}))).collect();
    json!({"type": "object", "required": names, "properties": properties})
}
