//! Documents `/api/v1/links`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{link_example, reference, state};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    DEFAULT_QR_MARGIN, DEFAULT_QR_PIXELS, MAX_BULK_LINKS, MAX_CHANGED_LINKS, MAX_COUNTED_LINKS,
    MAX_FILTER_TAGS, MAX_QR_MARGIN, MAX_QR_PIXELS, MAX_SEARCH_CHARACTERS, MAX_STORED_RESPONSE_BYTES,
    MIN_QR_CONTRAST, MIN_QR_PIXELS, MIN_SEARCH_CHARACTERS, RESTORABLE_DAYS,
};

const TAG: &str = "links";

/// Problems of the fields of a link.
const SETTINGS_PROBLEMS: [Code; 26] = [
    Code::MissingField,
    Code::InvalidUrl,
    Code::InvalidAlias,
    Code::InvalidAliases,
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
    Code::InvalidPreview,
    Code::InvalidUtm,
    Code::InvalidState,
    Code::InvalidArchived,
    Code::InvalidReuse,
    Code::AliasTaken,
    Code::ExternalIdTaken,
    Code::UnknownField,
];

const BULK_CHANGE_PROBLEMS: [Code; 15] = [
    Code::InvalidIds,
    Code::InvalidFilter,
    Code::InvalidChange,
    Code::InvalidDryRun,
    Code::InvalidDomain,
    Code::InvalidCode,
    Code::InvalidTags,
    Code::InvalidState,
    Code::InvalidExternalId,
    Code::InvalidSearch,
    Code::InvalidCreatedBy,
    Code::InvalidFrom,
    Code::InvalidTo,
    Code::ReadOnlyField,
    Code::TooManyLinks,
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
        operation(Method::PATCH, "/api/v1/links/bulk", "changeLinks", "Change many links")
            .description(format!(
                "Changes up to {MAX_CHANGED_LINKS} links in one transaction: those with the `ids`, or those that match the `filter`. `change` is a merge patch for each of them, and may have `add_tags` and `remove_tags`; alias, aliases, domain, external id and password are of one link only. A link that cannot be changed does not fail the others. `dry_run` changes nothing and tells what would become of each link; of a filter that matches too many, how many (up to {MAX_COUNTED_LINKS})."
            ))
            .body(reference("BulkChange"), json!({"filter": {"tag": "summer"}, "change": {"add_tags": ["archive"], "state": "disabled"}, "dry_run": true}))
            .answer(200, "What became of each link.", reference("BulkChangeOutcomes"))
            .problems(&SETTINGS_PROBLEMS)
            .problems(&BULK_CHANGE_PROBLEMS),
        operation(Method::DELETE, "/api/v1/links/bulk", "deleteLinks", "Delete many links")
            .description(format!(
                "Deletes up to {MAX_CHANGED_LINKS} links in one transaction: those with the `ids`, or those that match the `filter`. Each can be restored for {RESTORABLE_DAYS} days. `dry_run` deletes nothing."
            ))
            .body(reference("BulkDeletion"), json!({"ids": ["0198c0de-0000-7000-8000-000000000001"]}))
            .answer(200, "What became of each link.", reference("BulkChangeOutcomes"))
            .problems(&BULK_CHANGE_PROBLEMS)
            .problems(&[Code::MissingField]),
        operation(Method::GET, "/api/v1/links", "listLinks", "List links")
            .parameter("domain", json!({"type": "string"}), "Only links of this domain.")
            .parameter("code", json!({"type": "string"}), "Only the links with this code, alias or further name. `domain` is then that of the name.")
            .parameter("tag", tag_list(), "Only links with all of these tags.")
            .parameter("any_tag", tag_list(), "Only links with one of these tags.")
            .parameter("no_tag", tag_list(), "Only links without these tags.")
            .parameter("untagged", json!({"type": "boolean", "default": false}), "Only links without tags.")
            .parameter("created_from", json!({"type": "string", "format": "date-time"}), "Only links created at this time or later.")
            .parameter("created_to", json!({"type": "string", "format": "date-time"}), "Only links created before this time.")
            .parameter("updated_from", json!({"type": "string", "format": "date-time"}), "Only links changed at this time or later. Changes are stored in another order than their times: a client that follows them with `sort=updated&order=asc` reads the last minute again. Deleted links are not listed, archived ones with `archived=all`.")
            .parameter("updated_to", json!({"type": "string", "format": "date-time"}), "Only links changed before this time.")
            .parameter("state", state("The current state."), "Only links in this state.")
            .parameter("external_id", json!({"type": "string"}), "Only the link with this external id.")
            .parameter("created_by", json!({"type": "string", "format": "uuid"}), "Only links that this key has created.")
            .parameter("archived", json!({"type": "string", "enum": ["true", "false", "all"], "default": "false"}), "Only archived links, only others, or all.")
            .parameter("search", json!({"type": "string", "minLength": MIN_SEARCH_CHARACTERS, "maxLength": MAX_SEARCH_CHARACTERS}), "Only links with this text in a name, destination, title, notes, a tag or the domain, ignoring case, or with this external id. Needs at least three letters or digits in a row.")
            .parameter("sort", json!({"type": "string", "enum": ["created", "updated", "clicks", "last_click"], "default": "created"}), "Sort key.")
            .parameter("order", json!({"type": "string", "enum": ["desc", "asc"], "default": "desc"}), "`desc` has the newest or highest first.")
            .parameter("format", json!({"type": "string", "enum": ["json", "csv", "jsonl"], "default": "json"}), "A page as JSON, or a file. A file ends at a row after 4 MB or 5 s, and its header `Link` with `rel=\"next\"` says where the next part is; only the first part of a CSV has a header row. `limit` does not apply.")
            .parameter("count", json!({"type": "boolean", "default": false}), "Adds how many links there are on all pages, in `total`.")
            .paged()
            .answer_as(200, "A page of links.", json!({
                "application/json": {"schema": reference("LinkList")},
                "text/csv": {"schema": {"type": "string"}},
                "application/jsonl": {"schema": {"type": "string", "description": "A link in each line."}},
            }))
            .with(200, "headers", json!({"Link": {"required": false, "schema": {"type": "string"}}}))
            .problems(&[
                Code::InvalidDomain, Code::InvalidCode, Code::InvalidTags, Code::InvalidState, Code::InvalidExternalId,
                Code::InvalidSearch, Code::InvalidFormat, Code::InvalidSort, Code::InvalidCreatedBy, Code::InvalidArchived,
                Code::InvalidFrom, Code::InvalidTo, Code::InvalidCount,
            ]),
        operation(Method::PUT, "/api/v1/links/external/{external_id}", "upsertLink", "Create or change the link with an external id")
            .description("Creates the link if none has this external id, which needs the action `create` too. Otherwise the body is a merge patch: missing fields stay as they are. Safe to repeat.")
            .conditional()
            .body(reference("Upsert"), json!({"url": "https://example.com/landing", "title": "Summer sale"}))
            .answer_as(201, "The new link.", one_link())
            .with(201, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .answer_as(200, "The changed link.", one_link())
            .with(200, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .problems(&SETTINGS_PROBLEMS)
            .problems(&[Code::ReadOnlyField, Code::CodesExhausted, Code::CodeKeyMismatch]),
        operation(Method::GET, "/api/v1/links/{id}", "getLink", "Read a link")
            .answer_as(200, "The link.", one_link())
            .with(200, "headers", json!({"ETag": text_header()}))
            .problems(&[Code::LinkNotFound]),
        operation(Method::PATCH, "/api/v1/links/{id}", "changeLink", "Change a link")
            .description("A new alias or domain frees the old name immediately, unless `aliases` has it; id, clicks and history stay. A client may send back what it was given: fields that can only be read are ignored if they are unchanged.")
            .conditional()
            .body(reference("LinkPatch"), json!({"url": "https://example.com/other", "title": null}))
            .answer_as(200, "The changed link.", one_link())
            .with(200, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .problems(&SETTINGS_PROBLEMS)
            .problems(&[Code::LinkNotFound, Code::ReadOnlyField]),
        operation(Method::DELETE, "/api/v1/links/{id}", "deleteLink", "Delete a link")
            .description(format!("Visitors get 410 at each of its names. They can be used again immediately; the clicks stay in the statistics. The link can be restored for {RESTORABLE_DAYS} days."))
            .conditional()
            .empty_answer(204, "The link is deleted.")
            .problems(&[Code::LinkNotFound]),
        operation(Method::POST, "/api/v1/links/{id}/restore", "restoreLink", "Restore a deleted link")
            .description(format!("Up to {RESTORABLE_DAYS} days after the deletion. Id, names, settings, clicks and the use of `max_clicks` come back; 409 if one of its names or its external id was taken meanwhile. A link whose destination was blocked meanwhile comes back as `blocked`. A link that was not deleted is returned as it is. Webhooks hear of `link.created`."))
            .answer_as(200, "The link, which works immediately.", one_link())
            .with(200, "headers", json!({"Location": text_header(), "ETag": text_header()}))
            .problems(&[Code::LinkNotFound, Code::AliasTaken, Code::ExternalIdTaken, Code::InvalidDomain, Code::InvalidAliases]),
        operation(Method::GET, "/api/v1/links/{id}/qr", "getLinkQr", "Draw a QR code of the short link")
            .parameter("format", json!({"type": "string", "enum": ["svg", "png"], "default": "svg"}), "Image format.")
            .parameter("size", json!({"type": "integer", "minimum": MIN_QR_PIXELS, "maximum": MAX_QR_PIXELS, "default": DEFAULT_QR_PIXELS}), "Width and height in pixels.")
            .parameter("foreground", qr_color(), "The color of the code, as six hexadecimal digits. The domain's by default, else black.")
            .parameter("background", qr_color(), "What is behind the code. The domain's by default, else white.")
            .parameter("margin", json!({"type": "integer", "minimum": 0, "maximum": MAX_QR_MARGIN, "default": DEFAULT_QR_MARGIN}), "Modules of background on each side. Scanners need four; less is for a code that is placed on something light.")
            .parameter("error_correction", json!({"type": "string", "enum": ["L", "M", "Q", "H"]}), "How much of the code may be damaged: some 7, 15, 25 or 30 %. M by default, and always H with a logo.")
            .parameter("logo", json!({"type": "boolean", "default": false}), "Puts the domain's logo into the middle.")
            .description(format!("Colors that differ by less than {MIN_QR_CONTRAST} % of white's luminance are refused: many scanners cannot read them. `/{{code}}+qr.svg` and `/{{code}}+qr.png` on a link's domain, with any of its names, are such pictures in the domain's colors and with its logo, for anyone; `?size=` is 256, 512 or 1024."))
            .answer_as(200, "The image.", json!({
                "image/svg+xml": {"schema": {"type": "string"}},
                "image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}},
            }))
            .problems(&[
                Code::LinkNotFound, Code::InvalidFormat, Code::InvalidSize, Code::InvalidColor, Code::LowContrast, Code::InvalidMargin,
                Code::InvalidErrorCorrection, Code::InvalidLogo,
            ]),
    ]
}

fn qr_color() -> Value {
    json!({"type": "string", "pattern": "^[0-9A-Fa-f]{6}$"})
}

/// Repeated for several.
fn tag_list() -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": MAX_FILTER_TAGS, "items": {"type": "string"}})
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
