//! Documents the audit and the histories of links.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, reference, time};
use crate::controllers::audit::{BOOTSTRAP, KEY, SYSTEM};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{AUDIT_DAYS, MAX_AUDIT_VALUE_BYTES};
use crate::store::audit::AuditKind;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |path, id, summary| Operation::new(Method::GET, path, "audit", id, summary);
    let moment = || json!({"type": "string", "format": "date-time"});
    let key = json!({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "enum": [BOOTSTRAP, SYSTEM]}]});
    vec![
        operation("/api/v1/audit", "listAudit", "List who changed what")
            .description(format!(
                "Newest first, kept for {AUDIT_DAYS} days. An entry is written in the transaction of its change. A change of many links is one \
                 entry, with its filter and count; the history of each of them names it. The creation of a link has no entry: the link \
                 itself says who created it and when."
            ))
            .parameter("key", key, "Only what this key has changed, or the bootstrap key, or the shortener by itself.")
            .parameter("kind", json!({"type": "string", "enum": AuditKind::ALL.map(AuditKind::as_str)}), "Only changes of this kind of thing.")
            .parameter("from", moment(), "Only entries of this time or later.")
            .parameter("to", moment(), "Only entries before this time.")
            .paged()
            .answer(200, "A page of entries; fewer than `limit` where they are long.", reference("AuditList"))
            .problems(&[Code::InvalidCreatedBy, Code::InvalidKind, Code::InvalidFrom, Code::InvalidTo]),
        operation("/api/v1/links/{id}/history", "listLinkHistory", "List who changed a link")
            .description(format!(
                "Newest first, the creation last; kept for {AUDIT_DAYS} days, also when the link is deleted. A key that is bound to domains \
                 sees no changes from when the link was on another domain, and `bulk` without details."
            ))
            .paged()
            .answer(200, "A page of entries; fewer than `limit` where they are long.", reference("AuditList"))
            .problems(&[Code::LinkNotFound]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let object = |description: &str, properties: Value, required: Value| json!({"type": ["object", "null"], "description": description, "required": required, "properties": properties});
    let change = json!({
        "type": "object", "required": ["field", "before", "after"],
        "properties": {
            "field": {"type": "string"},
            "before": {"description": "Null if there was none."},
            "after": {"description": "Null if there is none. Of a secret, `before` and `after` are `set`, `changed` or null only; of the URL of a webhook, its origin."},
            "truncated": {"type": "boolean", "description": format!("A value has more than {MAX_AUDIT_VALUE_BYTES} bytes as JSON or the character U+0000, and is null.")},
        },
    });
    let bulk = object(
        "The change of many links that this is, or, in the history of a link, that it is part of.",
        json!({
            "id": {"type": "string", "format": "uuid", "description": "Of its entry in the audit."},
            "count": {"type": ["integer", "null"], "description": "The links that were changed. Null for keys that not all links exist for."},
            "filter": {"type": ["object", "null"], "description": "As it was sent. Null if the links were named by their ids."},
            "change": {"type": ["object", "null"], "description": "As it was sent."},
        }),
        json!(["id", "count", "filter", "change"]),
    );
    let entry = json!({
        "type": "object",
        "required": ["id", "time", "actor", "key", "key_name", "kind", "action", "subject", "changes", "bulk"],
        "properties": {
            "id": {"type": ["string", "null"], "format": "uuid", "description": "Null for the creation of a link."},
            "time": time("By the database's clock; the creation of a link by the origin's."),
            "actor": {"type": "string", "enum": [KEY, BOOTSTRAP, SYSTEM], "description": "A key, the bootstrap key, or the shortener by itself, as when it blocks links after a host was blocked. What the links' own visits cause is no change."},
            "key": {"type": ["string", "null"], "format": "uuid", "description": "The key, if a key or its session asked for the change."},
            "key_name": {"type": ["string", "null"], "description": "Its name, in the audit only."},
            "kind": {"type": "string", "enum": AuditKind::ALL.map(AuditKind::as_str)},
            "action": {"type": "string", "description": "`created`, `changed`, `deleted`; for links `restored`, `blocked`, `unblocked`; for keys `revoked`; for keys and webhooks `rotated`; for tags `renamed`; for imports `finished`, with the number of rows by verdict."},
            "subject": object(
                "What was changed. Null for a change of many links.",
                json!({
                    "id": {"type": "string", "description": "An id; of a domain, a host or a tag its name."},
                    "name": {"type": ["string", "null"], "description": "How it was called before: domain and code of a link, the name of a key, the origin of a webhook."},
                }),
                json!(["id", "name"]),
            ),
            "changes": {"type": "array", "items": change, "description": "Empty where `action` says it all."},
            "bulk": bulk,
        },
        "example": {
            "id": id_example(), "time": "2027-01-31T12:00:00.000Z", "actor": KEY, "key": id_example(), "key_name": "Newsletter",
            "kind": "link", "action": "changed", "subject": {"id": id_example(), "name": "go.example.com/summer"},
            "changes": [{"field": "title", "before": null, "after": "Summer"}], "bulk": null,
        },
    });
    vec![("AuditEntry", entry), ("AuditList", list_of(reference("AuditEntry"), true))]
}

fn id_example() -> &'static str {
    "0198c0de-0000-7000-8000-000000000001"
}
