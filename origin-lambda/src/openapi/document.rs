//! The document as JSON: its operations with the routes' audiences, schemas and introduction.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use link_core::session::COOKIE;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::{
    administration, audit, campaign_presets, imports, keys, links, probes, schemas, sessions, shares,
    statistics, webhooks,
};
use crate::router::{self, Audience, Route};

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default());

pub(super) fn json() -> &'static [u8] {
    &DOCUMENT
}

/// All operations of the public API, in reading order.
pub(super) fn operations() -> Vec<Operation> {
    [
        links::operations(),
        statistics::operations(),
        administration::operations(),
        keys::operations(),
        sessions::operations(),
        campaign_presets::operations(),
        shares::operations(),
        webhooks::operations(),
        imports::operations(),
        audit::operations(),
        probes::operations(),
    ]
    .concat()
}

pub(super) fn document() -> Value {
    let routes = router::routes();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations() {
        let is_route = |route: &&Route| route.path == operation.path && route.method == operation.method;
        let audience = routes.iter().find(is_route).map_or(Audience::Edge, |route| route.audience);
        let method = operation.method.as_str().to_lowercase();
        paths.entry(operation.path).or_default().insert(method, operation.to_json(audience));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Shortline",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Short links: create, change, list and count them.",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": all_schemas(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, such as slk_…"},
                "session": {
                    "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "A session of the dashboard; see `POST /api/v1/sessions`. Anything but GET and HEAD also needs the header `Shortline-Dashboard`, and `Sec-Fetch-Site: same-origin` where the browser sends it.",
                },
            },
        },
    })
}

fn all_schemas() -> Value {
    let mut all = schemas::all();
    if let Value::Object(all) = &mut all {
        let more = [
            webhooks::schemas(),
            shares::schemas(),
            campaign_presets::schemas(),
            audit::schemas(),
            imports::schemas(),
            administration::domain_schemas(),
        ];
        all.extend(more.concat().into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    all
}

const INTRODUCTION: &str = "\
Bodies are JSON in UTF-8 with names in snake_case. Times are RFC 3339; responses have them in UTC. Unknown fields and parameters are \
rejected. Every error is a problem document (RFC 9457): programs can rely on `code`, and `errors` lists the invalid fields.\n\n\
A list has `data` and `next_cursor`, which leads to the next page and is null on the last one. Requests that create links may have an \
`Idempotency-Key`: repeated with the same key and body within 24 hours, they get the same response and create nothing again. A \
change may have `If-Match` with the last known `ETag`, and is rejected with 412 if the link has changed since.\n\n\
Web pages of any origin may call the API with a key in a header (CORS), never with credentials.\n\n\
Host names may be written in any script, in upper case and with a dot at the end; responses have them in ASCII (`xn--…`).\n\n\
Through the edge, the response to a write says in `Shortline-Propagation` whether the change is visible everywhere. \
The edge itself rejects requests with `rate_limited` (too many requests from one network), `uri_too_long` (path and query over 8,192 \
bytes), `headers_too_large`, `body_too_large` (over 256 KB; a bulk of links or the rows of an import over 4.5 MB), `body_timeout` and `https_required`. It answers \
`overloaded` or `origin_busy` if the request was not executed and may be sent again, `origin_refused` if something in front of the origin is \
misconfigured, and `origin_unavailable` or `api_unavailable` if it is unknown whether the request was executed.";
