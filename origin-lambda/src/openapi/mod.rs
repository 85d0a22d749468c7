//! The OpenAPI 3.1 document, made of what the code decides by: limits, problem codes, roles and routes. A test holds it to the
//! router. Does not describe what only the edge may ask.

mod administration;
mod keys;
mod links;
mod operation;
mod page;
mod probes;
mod schemas;
mod statistics;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use operation::Operation;
use serde_json::{Map, Value, json};

use crate::router::{self, Audience, Row};

/// Does not change while the process lives.
static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default());

pub(crate) fn json() -> &'static [u8] {
    &DOCUMENT
}

pub(crate) use page::html as page;

/// All operations of the public API, in the order in which a newcomer should read them.
fn operations() -> Vec<Operation> {
    [
        links::operations(),
        statistics::operations(),
        administration::operations(),
        keys::operations(),
        probes::operations(),
    ]
    .concat()
}

fn document() -> Value {
    let table = router::table();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations() {
        let is_row = |row: &&Row| row.path == operation.path && row.method == operation.method;
        let audience = table.iter().find(is_row).map_or(Audience::Edge, |row| row.audience);
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
            "schemas": schemas::all(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, such as slk_…"},
            },
        },
    })
}

const INTRODUCTION: &str = "\
Bodies are JSON in UTF-8, names are in snake_case, times are RFC 3339 and answered in UTC. Unknown fields and parameters are \
refused. Every error is a problem document (RFC 9457): `code` is stable and made for programs, `errors` names the fields.\n\n\
A list answers `data` and `next_cursor`, which leads to the next page and is null on the last one. The creation of links may carry an \
`Idempotency-Key`: sent again with the same key and body within 24 hours, it gets the same answer and does nothing twice. A \
change may carry `If-Match` with the `ETag` that was seen last, and is refused with 412 when somebody was quicker.\n\n\
Pages of any origin may call the API with a key in a header (CORS), never with credentials.\n\n\
A host name may be written in any script, in upper case and with a dot at its end, wherever one is taken; it is answered in ASCII \
(`xn--…`).\n\n\
Behind the edge, the answer to a write says in `Shortline-Propagation` whether the change is visible everywhere yet. \
The edge itself refuses what it does not pass on: `rate_limited` (too many requests from a network), `uri_too_long` (path and query over 8,192 \
bytes), `headers_too_large`, `body_too_large` (over 256 KB; a bulk of links over 4.5 MB), `body_timeout`, `https_required`; and answers \
`overloaded` or `origin_busy` where a call was not carried out and may be sent again, `origin_refused` where something in front of the origin is set up wrongly, and \
`origin_unavailable` where nobody knows whether it was carried out.";

#[cfg(test)]
mod tests;
