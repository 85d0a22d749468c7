//! Documents `/api/v1/webhooks`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, reference, time};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    MAX_REPLAYED_MESSAGES, MAX_WEBHOOK_ENDPOINTS, MAX_WEBHOOK_FILTERS, MAX_WEBHOOK_URL_BYTES,
};
use crate::store::webhooks::MessageState;
use crate::webhooks::event::EVENT_TYPES;

const SETTINGS: [Code; 4] = [Code::InvalidUrl, Code::InvalidEvents, Code::InvalidDomains, Code::InvalidTags];

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "webhooks", id, summary);
    let example =
        json!({"url": "https://receiver.example/hooks", "events": ["link.created", "link.deleted"]});
    let with_id =
        |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
    vec![
        operation(Method::POST, "/api/v1/webhooks", "createWebhook", "Send events to a URL")
            .description(format!(
                "Standard Webhooks 1.0. The secret verifies what is sent; this answer and that of a rotation show it. There may be \
                 {MAX_WEBHOOK_ENDPOINTS} webhooks."
            ))
            .body(reference("NewWebhook"), example)
            .answer(201, "The webhook with its secret.", reference("WebhookWithSecret"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_id("getWebhook"), "delete": with_id("deleteWebhook")}))
            .problems(&SETTINGS)
            .problems(&[Code::MissingField, Code::InvalidEnabled, Code::TooManyWebhooks, Code::WebhooksUnavailable]),
        operation(Method::GET, "/api/v1/webhooks", "listWebhooks", "List webhooks")
            .paged()
            .answer(200, "A page of webhooks, oldest first.", reference("WebhookList")),
        operation(Method::GET, "/api/v1/webhooks/{id}", "getWebhook", "Read a webhook")
            .answer(200, "The webhook, without its secret.", reference("Webhook"))
            .problems(&[Code::WebhookNotFound]),
        operation(Method::PATCH, "/api/v1/webhooks/{id}", "changeWebhook", "Change a webhook")
            .description("A merge patch (RFC 7396). `enabled: true` lets a disabled one continue with what it has missed since.")
            .body(reference("WebhookPatch"), json!({"enabled": true}))
            .answer(200, "The changed webhook.", reference("Webhook"))
            .problems(&SETTINGS)
            .problems(&[Code::InvalidEnabled, Code::WebhookNotFound]),
        operation(Method::DELETE, "/api/v1/webhooks/{id}", "deleteWebhook", "Delete a webhook and its log")
            .empty_answer(204, "Nothing more is sent.")
            .problems(&[Code::WebhookNotFound]),
        operation(Method::POST, "/api/v1/webhooks/{id}/rotate", "rotateWebhookSecret", "Replace a webhook's secret")
            .description("For the grace period each message has two signatures, of the new and of the previous secret.")
            .optional_body(reference("Rotation"), json!({"grace_seconds": 86400}))
            .answer(200, "The webhook with its new secret.", reference("WebhookWithSecret"))
            .problems(&[Code::InvalidGraceSeconds, Code::WebhookNotFound, Code::WebhooksUnavailable]),
        operation(Method::POST, "/api/v1/webhooks/{id}/test", "testWebhook", "Send the event `webhook.test`")
            .answer(202, "The delivery, which follows within a minute.", reference("Delivery"))
            .problems(&[Code::WebhookNotFound, Code::WebhooksUnavailable]),
        operation(Method::GET, "/api/v1/webhooks/{id}/deliveries", "listDeliveries", "List what was sent to a webhook")
            .description("Newest first, kept for 30 days.")
            .paged()
            .parameter("state", json!({"type": "string", "enum": MessageState::ALL.map(MessageState::as_str)}), "Only deliveries in this state.")
            .answer(200, "A page of deliveries.", reference("DeliveryList"))
            .problems(&[Code::InvalidState, Code::WebhookNotFound]),
        operation(Method::POST, "/api/v1/webhooks/{id}/deliveries/replay", "replayDeliveries", "Send deliveries again")
            .description(format!(
                "Those with the `ids`, or all that failed of events from `from` to `to`; at most {MAX_REPLAYED_MESSAGES} in one call. \
                 They keep their `webhook-id`."
            ))
            .body(reference("Replay"), json!({"from": "2027-01-31T00:00:00Z", "to": "2027-02-01T00:00:00Z"}))
            .answer(202, "How many are sent again.", reference("Replayed"))
            .problems(&[Code::InvalidIds, Code::InvalidFrom, Code::InvalidTo, Code::WebhookNotFound]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let strings = |description: &str| json!({"type": ["array", "null"], "maxItems": MAX_WEBHOOK_FILTERS, "items": {"type": "string"}, "description": description});
    let url = json!({
        "type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]://", "maxLength": MAX_WEBHOOK_URL_BYTES,
        "description": "https, and a public host that is not one of this shortener.",
    });
    let events = json!({
        "type": "array", "minItems": 1, "maxItems": MAX_WEBHOOK_FILTERS, "items": {"type": "string", "enum": EVENT_TYPES},
    });
    let settings = |required: Value| {
        json!({
            "type": "object", "required": required, "additionalProperties": false,
            "properties": {
                "url": url, "events": events,
                "domains": strings("Only events of these domains; by default of all."),
                "tags": strings("Only events of links with one of these tags; by default of all."),
                "enabled": {"type": ["boolean", "null"]},
            },
        })
    };
    let moment = |description: &str| json!({"type": ["string", "null"], "format": "date-time", "description": description});
    let webhook = json!({
        "type": "object",
        "required": ["id", "url", "events", "domains", "tags", "enabled", "state", "reason", "created_at", "updated_at"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "url": url, "events": events,
            "domains": {"type": "array", "items": {"type": "string"}},
            "tags": {"type": "array", "items": {"type": "string"}},
            "enabled": {"type": "boolean"},
            "state": {"type": "string", "enum": ["active", "failing", "disabled"]},
            "reason": {"type": ["string", "null"], "description": "Why it is failing or disabled."},
            "failing_since": moment("The first failure after the last success."),
            "last_success_at": moment("When the receiver last answered 2xx."),
            "previous_secret_until": moment("Until when the secret before the last rotation signs too."),
            "created_at": time("By the origin's clock."),
            "updated_at": time("By the origin's clock."),
        },
    });
    let delivery = json!({
        "type": "object",
        "required": ["id", "webhook_id", "type", "state", "attempts", "created_at"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "webhook_id": {"type": "string", "description": "The header `webhook-id`."},
            "type": {"type": "string"},
            "state": {"type": "string", "enum": MessageState::ALL.map(MessageState::as_str)},
            "attempts": {"type": "integer"},
            "next_attempt_at": moment("After a failed attempt."),
            "last_status": {"type": ["integer", "null"]},
            "last_error": {"type": ["string", "null"]},
            "finished_at": moment("When it was delivered or failed for good."),
            "created_at": time("When the event happened."),
        },
    });
    let shown = json!({
        "allOf": [reference("Webhook")], "required": ["secret"],
        "properties": {"secret": {"type": "string", "pattern": "^whsec_"}},
    });
    let replay = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "ids": {"type": ["array", "null"], "maxItems": 100, "items": {"type": "string", "format": "uuid"}},
            "from": moment("With `to`: failed deliveries of events from this time."),
            "to": moment("And before this one."),
        },
    });
    let replayed = json!({
        "type": "object", "required": ["replayed", "more"],
        "properties": {"replayed": {"type": "integer"}, "more": {"type": "boolean"}},
    });
    vec![
        ("NewWebhook", settings(json!(["url", "events"]))),
        ("WebhookPatch", settings(json!([]))),
        ("Webhook", webhook),
        ("WebhookWithSecret", shown),
        ("WebhookList", list_of(reference("Webhook"), true)),
        ("Delivery", delivery),
        ("DeliveryList", list_of(reference("Delivery"), true)),
        ("Replay", replay),
        ("Replayed", replayed),
    ]
}
