//! Documents `/api/v1/links`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{link_example, reference, state};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    DEFAULT_QR_PIXELS, MAX_BULK_LINKS, MAX_QR_PIXELS, MAX_SEARCH_CHARACTERS, MAX_STORED_RESPONSE_BYTES,
    MIN_QR_PIXELS, MIN_SEARCH_CHARACTERS,
};

const TAG: &str = "links";

/// Problems of the fields of a link.
const SETTINGS_PROBLEMS: [Code; 23] = [
    Code::MissingField,
    Code::InvalidUrl,
    Code::InvalidAlias,
    Code::InvalidDomain,
    Code::InvalidTitle,
    Code::InvalidNotes,
    Code::InvalidTags,
    Code::InvalidExternalId,
    Code::InvalidStatus,
    Code::InvalidStartsAt,
    Code::InvalidExpiresAt,
    Code::InvalidExpiredUrl,
    Code::InvalidMaxClicks,
    Code::InvalidPassword,
    Code::InvalidForwardQuery,
    Code::InvalidForwardPath,
    Code::InvalidRules,
    Code::InvalidUtm,
    Code::InvalidState,
    Code::InvalidReuse,
    Code::AliasTaken,
    Code::ExternalIdTaken,
    Code::UnknownField,
];

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, TAG, id, summary);
    vec![
        operation(Method::POST, "/api/v1/links", "createLink", "Create a link")
            .description("Without an alias, the link gets a code of seven characters that was never issued before.")
            .idempotent()
            .body(reference("NewLink"), json!({"url": "https://example.com/landing", "title": "Summer sale", "tags": ["summer"]}))
            .answer_as(201, "The link, which works immediately.", one_link())
            .with(201, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .with(201, "links", follow_ups())
            .answer_as(200, "An existing link, if `reuse` was requested.", one_link())
            .with(200, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .problems(&SETTINGS_PROBLEMS)
            .problems(&[Code::CodesExhausted, Code::CodeKeyMismatch]),
        operation(Method::POST, "/api/v1/links/bulk", "createLinks", "Create many links")
            .description(format!(
                "Up to {MAX_BULK_LINKS}. Each link is created or rejected on its own. A repeated request with the same idempotency key gets the identical response up to {MAX_STORED_RESPONSE_BYTES} bytes; a larger one has the same outcomes and the current state of the links."
            ))
            .idempotent()
            .body(reference("Bulk"), json!({"links": [{"url": "https://example.com/a"}, {"url": "https://example.com/b"}]}))
            .answer(200, "An outcome for each link, in order.", reference("BulkOutcomes"))
            .problems(&[Code::MissingField, Code::InvalidLinks, Code::CodesExhausted, Code::CodeKeyMismatch]),
        operation(Method::GET, "/api/v1/links", "listLinks", "List links")
            .parameter("domain", json!({"type": "string"}), "Only links of this domain.")
            .parameter("code", json!({"type": "string"}), "Only links with this code or alias.")
            .parameter("tag", json!({"type": "string"}), "Only links with this tag.")
            .parameter("state", state("The current state."), "Only links in this state.")
            .parameter("external_id", json!({"type": "string"}), "Only the link with this external id.")
            .parameter("created_by", json!({"type": "string", "format": "uuid"}), "Only links that this key has created.")
            .parameter("search", json!({"type": "string", "minLength": MIN_SEARCH_CHARACTERS, "maxLength": MAX_SEARCH_CHARACTERS}), "Only links with this text in code, destination, title or notes, ignoring case. Needs at least three letters or digits in a row.")
            .parameter("sort", json!({"type": "string", "enum": ["created", "clicks", "last_click"], "default": "created"}), "Sort key.")
            .parameter("order", json!({"type": "string", "enum": ["desc", "asc"], "default": "desc"}), "`desc` has the newest or highest first.")
            .parameter("format", json!({"type": "string", "enum": ["json", "csv", "jsonl"], "default": "json"}), "A page as JSON, or a file. A file ends at a row after 5 MB or 5 s, and its header `Link` with `rel=\"next\"` says where the next part is; only the first part of a CSV has a header row. `limit` does not apply.")
            .paged()
            .answer_as(200, "A page of links.", json!({
                "application/json": {"schema": reference("LinkList")},
                "text/csv": {"schema": {"type": "string"}},
                "application/jsonl": {"schema": {"type": "string", "description": "A link in each line."}},
            }))
            .with(200, "headers", json!({"Link": {"required": false, "schema": {"type": "string"}}}))
            .problems(&[
                Code::InvalidDomain, Code::InvalidCode, Code::InvalidTags, Code::InvalidState, Code::InvalidExternalId,
                Code::InvalidSearch, Code::InvalidFormat, Code::InvalidSort, Code::InvalidCreatedBy,
            ]),
        operation(Method::GET, "/api/v1/links/{id}", "getLink", "Read a link")
            .answer_as(200, "The link.", one_link())
            .with(200, "headers", json!({"ETag": text_header()}))
            .problems(&[Code::LinkNotFound]),
        operation(Method::PATCH, "/api/v1/links/{id}", "changeLink", "Change a link")
            .description("A new alias frees the old one immediately.")
            .conditional()
            .body(reference("LinkPatch"), json!({"url": "https://example.com/other", "title": null}))
            .answer_as(200, "The changed link.", one_link())
            .with(200, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .problems(&SETTINGS_PROBLEMS)
            .problems(&[Code::LinkNotFound]),
        operation(Method::DELETE, "/api/v1/links/{id}", "deleteLink", "Delete a link")
            .description("Visitors get 410. The name can be used again immediately; the clicks stay in the statistics.")
            .conditional()
            .empty_answer(204, "The link is deleted.")
            .problems(&[Code::LinkNotFound]),
        operation(Method::GET, "/api/v1/links/{id}/qr", "getLinkQr", "Draw a QR code of the short link")
            .parameter("format", json!({"type": "string", "enum": ["svg", "png"], "default": "svg"}), "Image format.")
            .parameter("size", json!({"type": "integer", "minimum": MIN_QR_PIXELS, "maximum": MAX_QR_PIXELS, "default": DEFAULT_QR_PIXELS}), "Width and height in pixels.")
            .answer_as(200, "The image.", json!({
                "image/svg+xml": {"schema": {"type": "string"}},
                "image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}},
            }))
            .problems(&[Code::LinkNotFound, Code::InvalidFormat, Code::InvalidSize]),
    ]
}

fn one_link() -> Value {
    json!({"application/json": {"schema": reference("Link"), "example": link_example()}})
}

fn text_header() -> Value {
    json!({"schema": {"type": "string"}})
}

/// OpenAPI links, for tools that call operations in sequence.
fn follow_ups() -> Value {
    let with_id =
        |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
    json!({
        "read": with_id("getLink"), "change": with_id("changeLink"), "delete": with_id("deleteLink"), "qr": with_id("getLinkQr"),
    })
}
