//! Documents the health checks and the documentation itself.

use axum::http::Method;
use serde_json::json;

use super::operation::Operation;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |path, id, summary| Operation::new(Method::GET, path, "operation", id, summary);
    let any = || json!({"type": "object"});
    vec![
        operation("/healthz", "live", "Check whether the process is alive").answer(
            200,
            "It is alive.",
            any(),
        ),
        operation("/readyz", "ready", "Check whether links can be created and resolved")
            .answer(200, "Ready.", any())
            .answer(503, "Not ready.", any()),
        operation("/api/v1/openapi.json", "getOpenApi", "This document").answer(200, "OpenAPI 3.1.", any()),
        operation("/api/docs", "getDocs", "This document as a web page").answer_as(
            200,
            "An HTML page without scripts.",
            json!({"text/html": {"schema": {"type": "string"}}}),
        ),
    ]
}
