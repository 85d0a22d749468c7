//! Health and the document itself, in the document.

use axum::http::Method;
use serde_json::json;

use super::operation::Operation;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |path, id, summary| Operation::new(Method::GET, path, "operation", id, summary);
    let any = || json!({"type": "object"});
    vec![
        operation("/healthz", "live", "Whether the process lives").answer(200, "It does.", any()),
        operation("/readyz", "ready", "Whether links can be made and resolved")
            .answer(200, "They can.", any())
            .answer(503, "They cannot.", any()),
        operation("/api/v1/openapi.json", "getOpenApi", "This document").answer(200, "OpenAPI 3.1.", any()),
        operation("/api/docs", "getDocs", "This document, to read").answer_as(
            200,
            "A page without scripts of others.",
            json!({"text/html": {"schema": {"type": "string"}}}),
        ),
    ]
}
