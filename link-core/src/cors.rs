//! The CORS headers of the API (Fetch standard, section 3.3).
//!
//! Pages of any origin may call the API, because a page itself sends the API key in a header. Credentials are never allowed: other
//! origins cannot use a session cookie, because no response names their origin and the header that a session needs is not allowed.

/// The headers of every response of the API, including errors.
pub const EVERY_ANSWER: [(&str, &str); 2] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "age, content-disposition, etag, idempotency-replayed, link, location, ratelimit, ratelimit-policy, retry-after, \
         shortline-propagation, www-authenticate, x-request-id",
    ),
];

/// The additional headers of the response to a preflight. Browsers cache that response for at most a day.
pub const PREFLIGHT: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        "access-control-allow-headers",
        "authorization, content-type, idempotency-key, if-match, if-none-match, x-api-key, x-request-id",
    ),
    ("access-control-max-age", "86400"),
];
