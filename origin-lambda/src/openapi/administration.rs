//! Documents domains, blocked hosts and tags.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{applied, destination, list_of, nullable, object, reference, with};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    MAX_ASSOCIATION_BYTES, MAX_COUNTED_LINKS, MAX_DOMAIN_NAME_CHARACTERS, MAX_LOGO_BYTES, MAX_LOGO_PIXELS,
    MAX_REASON_CHARACTERS, MAX_TAG_CHARACTERS,
};

pub(super) fn operations() -> Vec<Operation> {
    [domains(), blocked_hosts(), log_levels(), tags()].concat()
}

fn host() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 253, "description": "For example go.example.com or münchen.example, without scheme, port and path."})
}

fn domains() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "domains", id, summary);
    let body = json!({"type": "object", "required": ["host"], "additionalProperties": false, "properties": {"host": host()}});
    let with_host =
        |operation: &str| json!({"operationId": operation, "parameters": {"host": "$response.body#/host"}});
    vec![
        operation(
            Method::GET,
            "/api/v1/domains",
            "listDomains",
            "List the domains of the shortener",
        )
        .paged()
        .answer(200, "A page of domains.", reference("DomainList")),
        operation(Method::POST, "/api/v1/domains", "addDomain", "Add a domain")
            .description(
                "Links must not point to a domain of the shortener, so existing links to this one become blocked.",
            )
            .body(body, json!({"host": "go.example.org"}))
            .answer(201, "The domain.", reference("AddedDomain"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_host("getDomain"), "change": with_host("changeDomain"), "remove": with_host("removeDomain")}))
            .problems(&[Code::MissingField, Code::InvalidHost, Code::DomainTaken]),
        operation(Method::GET, "/api/v1/domains/{host}", "getDomain", "Read a domain")
            .answer(200, "The domain.", reference("DomainWithFiles"))
            .problems(&[Code::DomainNotFound]),
        operation(Method::PATCH, "/api/v1/domains/{host}", "changeDomain", "Change what a domain shows its visitors")
            .description("A JSON merge patch (RFC 7396), for the default domain too. A change is published like that of a link.")
            .body(reference("DomainPatch"), json!({"home_url": "https://example.com/", "robots": "disallow"}))
            .answer(200, "The changed domain.", reference("DomainWithFiles"))
            .problems(&[
                Code::InvalidHomeUrl,
                Code::InvalidNotFoundUrl,
                Code::InvalidExpiredUrl,
                Code::InvalidRobots,
                Code::InvalidName,
                Code::InvalidColor,
                Code::InvalidLogo,
                Code::LowContrast,
                Code::InvalidIgnoreCase,
                Code::NamesCollide,
                Code::InvalidAppleAppSiteAssociation,
                Code::InvalidAssetlinks,
                Code::DomainNotFound,
            ]),
        operation(Method::DELETE, "/api/v1/domains/{host}", "removeDomain", "Remove a domain without links")
            .empty_answer(204, "The domain is removed.")
            .problems(&[Code::DomainNotFound, Code::DomainInUse]),
    ]
}

pub(super) fn domain_schemas() -> Vec<(&'static str, Value)> {
    let url = |description: &str| nullable(destination(description));
    let not_found_url = json!({
        "type": ["string", "null"], "maxLength": 8192,
        "description": "Where visitors of a path go that means no link, instead of `FALLBACK_URL`; not of one whose first segment is reserved, such as `favicon.ico`. `{path}` in its path, query or \
                        fragment stands for the visited path.",
    });
    let qr_color = |description: &str| json!({"type": ["string", "null"], "pattern": "^#?[0-9A-Fa-f]{6}$", "description": description});
    let settings = json!({
        "home_url": url("Where the bare domain leads. Without it `FALLBACK_URL` does, or else a page with a link to the dashboard."),
        "not_found_url": not_found_url,
        "expired_url": url("Where expired and exhausted links lead that have no `expired_url` of their own."),
        "robots": {"type": ["string", "null"], "enum": ["allow", "disallow", null], "default": "allow", "description": "What `/robots.txt` tells crawlers."},
        "ignore_case": {"type": ["boolean", "null"], "default": false, "description": "Whether aliases are found whatever their case; generated codes never are. Links keep the spelling that they were given, and a name that differs by case only is taken. Refused with 409 if names of the domain differ by case only."},
        "name": {"type": ["string", "null"], "maxLength": MAX_DOMAIN_NAME_CHARACTERS, "description": "The name that pages show to visitors."},
        "color": {"type": ["string", "null"], "pattern": "^#?[0-9A-Fa-f]{6}$", "description": "The color of pages: six hexadecimal digits."},
        "qr_foreground": qr_color("The color of QR codes; black by default. Colors that scanners cannot read are refused."),
        "qr_background": qr_color("What is behind them; white by default."),
    });
    let files = json!({
        "apple_app_site_association": {
            "type": ["object", "null"],
            "description": format!("Served as `/.well-known/apple-app-site-association`: up to {MAX_ASSOCIATION_BYTES} bytes of JSON."),
        },
        "assetlinks": {
            "type": ["array", "null"], "items": {"type": "object"},
            "description": format!("Served as `/.well-known/assetlinks.json`: up to {MAX_ASSOCIATION_BYTES} bytes of JSON."),
        },
    });
    let logo = json!({
        "type": ["string", "null"], "contentEncoding": "base64", "contentMediaType": "image/png", "writeOnly": true,
        "description": format!(
            "A PNG in base64, of at most {MAX_LOGO_BYTES} bytes and {MAX_LOGO_PIXELS} by {MAX_LOGO_PIXELS} pixels. It is written anew, \
             without metadata; `logo_url` says where pages load it."
        ),
    });
    let domain = with(
        json!({
            "logo_url": {"type": ["string", "null"], "format": "uri", "description": "Where the domain serves its logo."},
            "host": {"type": "string"},
            "default": {"type": "boolean", "description": "Whether new links use this domain by default."},
            "created_at": {"type": ["string", "null"], "format": "date-time"},
        }),
        settings.clone(),
    );
    let patch = with(with(settings, files.clone()), json!({"logo": logo}));
    let whole = with(domain.clone(), files);
    vec![
        ("Domain", object(domain)),
        ("DomainWithFiles", object(whole.clone())),
        ("AddedDomain", object(with(whole, applied()))),
        ("DomainPatch", json!({"type": "object", "additionalProperties": false, "properties": patch})),
        ("DomainList", list_of(reference("Domain"), true)),
    ]
}

fn blocked_hosts() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "blocked hosts", id, summary);
    let body = json!({
        "type": "object", "required": ["host"], "additionalProperties": false,
        "properties": {
            "host": host(),
            "subdomains": {"type": ["boolean", "null"], "default": true, "description": "Also block all subdomains."},
            "reason": {"type": ["string", "null"], "maxLength": MAX_REASON_CHARACTERS},
        },
    });
    let with_host =
        |operation: &str| json!({"operationId": operation, "parameters": {"host": "$response.body#/host"}});
    vec![
        operation(
            Method::GET,
            "/api/v1/blocked-hosts",
            "listBlockedHosts",
            "List blocked hosts",
        )
        .paged()
        .answer(200, "A page of hosts.", reference("BlockedHostList")),
        operation(Method::POST, "/api/v1/blocked-hosts", "blockHost", "Block a host as a destination")
            .description("Links to the host become blocked. An IP address is blocked in every spelling, also embedded in an IPv6 address. If `applied` is false, the remaining links follow in the background.")
            .body(body, json!({"host": "malware.example", "reason": "reported"}))
            .answer(201, "The blocked host.", reference("NewlyBlockedHost"))
            .with(201, "links", json!({"unblock": with_host("unblockHost")}))
            .problems(&[
                Code::MissingField,
                Code::InvalidHost,
                Code::InvalidSubdomains,
                Code::InvalidReason,
                Code::HostTaken,
            ]),
        operation(
            Method::DELETE,
            "/api/v1/blocked-hosts/{host}",
            "unblockHost",
            "Unblock a host",
        )
        .description("Links that were blocked only because of this host work again.")
        .empty_answer(204, "The host is unblocked.")
        .problems(&[Code::HostNotFound]),
    ]
}

fn log_levels() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "log levels", id, summary);
    let body = json!({
        "type": "object", "required": ["level"], "additionalProperties": false,
        "properties": {"level": {"enum": ["error", "warn", "info", "debug", "trace"]}},
    });
    let module = "/api/v1/log-levels/{module}";
    vec![
        operation(Method::GET, "/api/v1/log-levels", "listLogLevels", "List raised levels of the log")
            .answer(200, "Those that have not ended, in the order of modules.", reference("LogLevelList")),
        operation(Method::PUT, module, "raiseLogLevel", "Raise the level of a module of origin or consumer")
            .description("For an hour, without a deployment: every origin and consumer reads it within a minute. A module is the path of a Rust module of Shortline, such as log_consumer or origin_lambda::store.")
            .body(body, json!({"level": "debug"}))
            .answer(200, "The level, and when it ends.", reference("LogLevel"))
            .problems(&[Code::MissingField, Code::InvalidLevel, Code::LogLevelNotFound, Code::TooManyLogLevels]),
        operation(Method::DELETE, module, "removeLogLevel", "Remove a raised level")
            .empty_answer(204, "The module logs as configured again.")
            .problems(&[Code::LogLevelNotFound]),
    ]
}

fn tags() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "tags", id, summary);
    let name = json!({"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARACTERS});
    let body = json!({"type": "object", "required": ["name"], "additionalProperties": false, "properties": {"name": name}});
    vec![
        operation(Method::GET, "/api/v1/tags", "listTags", "List tags with the number of their links")
            .description(format!(
                "For a key that is bound to some of the links, of its newest {MAX_COUNTED_LINKS}."
            ))
            .parameter("search", json!({"type": "string"}), "Only tags that start with this text.")
            .paged()
            .answer(200, "A page of tags.", reference("TagList"))
            .problems(&[Code::InvalidSearch]),
        operation(Method::PATCH, "/api/v1/tags/{name}", "renameTag", "Rename a tag on all links")
            .description("If the new name already exists, the two tags are merged, unless the old one has shares: they would show more links than before.")
            .body(body, json!({"name": "summer"}))
            .answer(200, "The renamed tag.", reference("Tag"))
            .problems(&[Code::MissingField, Code::InvalidName, Code::TagNotFound, Code::TagTaken]),
        operation(Method::DELETE, "/api/v1/tags/{name}", "removeTag", "Remove a tag from all links")
            .empty_answer(204, "The tag is removed.")
            .problems(&[Code::TagNotFound]),
    ]
}
