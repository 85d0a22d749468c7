//! Documents `/api/v1/keys`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::reference;
use crate::http::problem::ProblemCode as Code;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "keys", id, summary);
    let with_id =
        |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
    vec![
        operation(Method::POST, "/api/v1/keys", "createKey", "Create a key")
            .description("Only this response shows the key. A key may be bound to domains, to the links that it creates, and to single actions. What is out of bounds does not exist for it: single things answer 404, and lists, statistics, tags and domains leave it out.")
            .body(reference("NewKey"), json!({"name": "Newsletter", "role": "editor"}))
            .answer(201, "The key.", reference("ShownKey"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_id("getKey"), "rotate": with_id("rotateKey"), "revoke": with_id("revokeKey")}))
            .problems(&[
                Code::MissingField, Code::InvalidName, Code::InvalidRole, Code::InvalidExpiresAt, Code::InvalidRequestsPerMinute,
                Code::InvalidLinksPerMinute, Code::InvalidDomains, Code::InvalidOwnLinks, Code::InvalidActions,
            ]),
        operation(Method::GET, "/api/v1/keys", "listKeys", "List keys")
            .paged()
            .answer(200, "A page of keys, without the secret part.", reference("KeyList")),
        operation(Method::GET, "/api/v1/keys/current", "getCurrentKey", "Read the key that the request carries")
            .answer(200, "The key, its role and its bounds.", reference("CurrentKey")),
        operation(Method::GET, "/api/v1/keys/{id}", "getKey", "Read a key's metadata")
            .answer(200, "The key, without its secret part.", reference("Key"))
            .problems(&[Code::KeyNotFound]),
        operation(Method::DELETE, "/api/v1/keys/{id}", "revokeKey", "Revoke a key")
            .description("Its next request is rejected.")
            .empty_answer(204, "The key is revoked.")
            .problems(&[Code::KeyNotFound]),
        operation(Method::POST, "/api/v1/keys/{id}/rotate", "rotateKey", "Replace a key with a new one")
            .description("The old key keeps working for a grace period, so that its users can switch.")
            .optional_body(reference("Rotation"), json!({"grace_seconds": 86400}))
            .answer(200, "The new key, which only this response shows.", reference("ShownKey"))
            .problems(&[Code::KeyNotFound, Code::InvalidGraceSeconds]),
        operation(Method::GET, "/api/v1/keys/{id}/yourls-secret", "getYourlsSecret", "Show a key's secret for YOURLS' API")
            .description("Clients of YOURLS send it as `signature`, or sign the time with it. It stays the same when the key is rotated, and ends with the key. The audit says who has seen it.")
            .answer(200, "The secret.", yourls_secret())
            .problems(&[Code::KeyNotFound, Code::YourlsUnavailable]),
    ]
}

fn yourls_secret() -> Value {
    json!({"type": "object", "required": ["secret"], "properties": {"secret": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}})
}
