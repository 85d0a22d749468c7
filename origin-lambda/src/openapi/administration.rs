//! Domains, blocked hosts and tags in the document.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::reference;
use crate::limits::{MAX_REASON_CHARACTERS, MAX_TAG_CHARACTERS};
use crate::problem::ProblemCode as Code;

pub(super) fn operations() -> Vec<Operation> {
    [domains(), blocked_hosts(), tags()].concat()
}

fn host() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 253, "description": "Such as go.example.com or münchen.example, without scheme, port and path."})
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
            "List the domains that links may live under",
        )
        .paged()
        .answer(200, "A page of domains.", reference("DomainList")),
        operation(Method::POST, "/api/v1/domains", "addDomain", "Let links live under another domain")
            .description(
                "No link may lead to a domain of the shortener, so those that lead to this one are blocked.",
            )
            .body(body, json!({"host": "go.example.org"}))
            .answer(201, "The domain.", reference("AddedDomain"))
            .with(201, "headers", json!({"Location": {"schema": {"type": "string"}}}))
            .with(201, "links", json!({"read": with_host("getDomain"), "remove": with_host("removeDomain")}))
            .problems(&[Code::MissingField, Code::InvalidHost, Code::DomainTaken]),
        operation(Method::GET, "/api/v1/domains/{host}", "getDomain", "Read a domain")
            .answer(200, "The domain.", reference("Domain"))
            .problems(&[Code::DomainNotFound]),
        operation(Method::DELETE, "/api/v1/domains/{host}", "removeDomain", "Remove a domain without links")
            .empty_answer(204, "It is no domain of this shortener any more.")
            .problems(&[Code::DomainNotFound, Code::DomainInUse]),
    ]
}

fn blocked_hosts() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "blocked hosts", id, summary);
    let body = json!({
        "type": "object", "required": ["host"], "additionalProperties": false,
        "properties": {
            "host": host(),
            "subdomains": {"type": ["boolean", "null"], "default": true, "description": "Every host below it too."},
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
            "List the hosts that no link may lead to",
        )
        .paged()
        .answer(200, "A page of hosts.", reference("BlockedHostList")),
        operation(Method::POST, "/api/v1/blocked-hosts", "blockHost", "Block a host as a destination")
            .description("Links that lead there are disabled. An address is blocked in every spelling, inside an IPv6 address too. What `applied` leaves open goes on by itself.")
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
            "Allow a host as a destination again",
        )
        .description("Links that were disabled only for it are followed again.")
        .empty_answer(204, "The host is not blocked any more.")
        .problems(&[Code::HostNotFound]),
    ]
}

fn tags() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "tags", id, summary);
    let name = json!({"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARACTERS});
    let body = json!({"type": "object", "required": ["name"], "additionalProperties": false, "properties": {"name": name}});
    vec![
        operation(Method::GET, "/api/v1/tags", "listTags", "List tags and how many links have them")
            .parameter("search", json!({"type": "string"}), "What their names begin with.")
            .paged()
            .answer(200, "A page of tags.", reference("TagList"))
            .problems(&[Code::InvalidSearch]),
        operation(Method::PATCH, "/api/v1/tags/{name}", "renameTag", "Rename a tag on all links")
            .description("Where the new name is a tag already, the two become one.")
            .body(body, json!({"name": "summer"}))
            .answer(200, "The tag as it is now.", reference("Tag"))
            .problems(&[Code::MissingField, Code::InvalidName, Code::TagNotFound]),
        operation(Method::DELETE, "/api/v1/tags/{name}", "removeTag", "Take a tag from all links")
            .empty_answer(204, "No link has the tag any more.")
            .problems(&[Code::TagNotFound]),
    ]
}
