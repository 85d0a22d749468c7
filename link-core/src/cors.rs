//! What a browser is told of the API when a page of another origin calls it (Fetch standard, section 3.3). A key travels in a
//! header that the page sets itself, so any origin may call; nothing here ever allows credentials. A session's cookie must stay
//! of no use to other origins: no origin is named back, and the header that goes with a session is not among those allowed.

/// Of every answer of the API, errors included.
pub const EVERY_ANSWER: [(&str, &str); 2] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "age, content-disposition, etag, idempotency-replayed, link, location, ratelimit, ratelimit-policy, retry-after, \
         shortline-propagation, www-authenticate, x-request-id",
    ),
];

/// Of the answer to a preflight, besides. A day is the longest that a browser keeps it.
pub const PREFLIGHT: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        "access-control-allow-headers",
        "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id",
    ),
    ("access-control-max-age", "86400"),
];
