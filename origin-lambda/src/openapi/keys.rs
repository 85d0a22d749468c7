//! `/api/v1/keys` in the document.

use axum::http::Method;
use serde_json::json;

use super::operation::Operation;
use super::schemas::reference;
use crate::problem::ProblemCode as Code;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "keys", id, summary);
    let with_id =
        |operation: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}});
    vec![
        operation(Method::POST, "/api/v1/keys", "createKey", "Create a key")
            .description("The answer is the only one that shows the key.")
            .body(reference("NewKey"), json!({"name": "Newsletter", "role": "editor"}))
            .answer(201, "The key.", reference("ShownKey"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_id("getKey"), "rotate": with_id("rotateKey"), "revoke": with_id("revokeKey")}))
            .problems(&[
                Code::MissingField, Code::InvalidName, Code::InvalidRole, Code::InvalidExpiresAt, Code::InvalidRequestsPerMinute,
                Code::InvalidLinksPerMinute,
            ]),
        operation(Method::GET, "/api/v1/keys", "listKeys", "List keys")
            .paged()
            .answer(200, "A page of keys, none of them shown.", reference("KeyList")),
        operation(Method::GET, "/api/v1/keys/{id}", "getKey", "Read what is known of a key")
            .answer(200, "The key, but for itself.", reference("Key"))
            .problems(&[Code::KeyNotFound]),
        operation(Method::DELETE, "/api/v1/keys/{id}", "revokeKey", "Revoke a key")
            .description("Its next request is refused.")
            .empty_answer(204, "The key opens nothing any more.")
            .problems(&[Code::KeyNotFound]),
        operation(Method::POST, "/api/v1/keys/{id}/rotate", "rotateKey", "Replace a key by a new one")
            .description("The old one goes on working for a while, so that its holders can change over.")
            .optional_body(reference("Rotation"), json!({"grace_seconds": 86400}))
            .answer(200, "The new key, shown this once.", reference("ShownKey"))
            .problems(&[Code::KeyNotFound, Code::InvalidGraceSeconds]),
    ]
}
