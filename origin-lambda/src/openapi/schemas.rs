//! JSON schemas of requests and responses, with the code's limits.

use link_core::names::{destination, slug};
use link_core::record::user_agent::{Device, OperatingSystem};
use link_core::redirect::gate::ALWAYS_GATED_CLICKS;
use serde_json::{Value, json};

use crate::auth::{Right, Role};
use crate::limits::{
    DEFAULT_LINKS_PER_MINUTE, DEFAULT_REQUESTS_PER_MINUTE, MAX_ALIASES, MAX_BULK_LINKS, MAX_CHANGED_LINKS,
    MAX_CONDITION_VALUES, MAX_COUNTED_LINKS, MAX_EXTERNAL_ID_CHARACTERS, MAX_GRACE_SECONDS, MAX_KEY_DOMAINS,
    MAX_KEY_NAME_CHARACTERS, MAX_LINKS_PER_MINUTE, MAX_NOTES_CHARACTERS, MAX_PASSWORD_CHARACTERS,
    MAX_PREVIEW_DESCRIPTION_CHARACTERS, MAX_PREVIEW_IMAGE_BYTES, MAX_PREVIEW_TITLE_CHARACTERS,
    MAX_REQUESTS_PER_MINUTE, MAX_RULES, MAX_SPLIT_BRANCHES, MAX_TAG_CHARACTERS, MAX_TAGS,
    MAX_TITLE_CHARACTERS, MAX_TOTAL_LINKS, MAX_UTM_CHARACTERS, MAX_WEIGHT, MIN_LINKS_PER_MINUTE,
    MIN_PASSWORD_CHARACTERS,
};
use crate::links::input::campaign::PARAMETERS;
use crate::store::links::LinkState;

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

pub(super) fn all() -> Value {
    json!({
        "Link": link(),
        "NewLink": new_link(),
        "LinkPatch": link_patch(),
        "Upsert": {
            "type": "object",
            "description": "For a new link `url` is required.",
            "additionalProperties": false,
            "properties": with(settings(), json!({"alias": alias(), "aliases": aliases(), "domain": {"type": "string", "description": "One of GET /api/v1/domains; by default the default domain."}})),
        },
        "Rule": rule(),
        "Bulk": {
            "type": "object",
            "required": ["links"],
            "additionalProperties": false,
            "properties": {
                // No schema: each link is validated on its own, and an invalid one does not fail the request.
                "links": {"type": "array", "minItems": 1, "maxItems": MAX_BULK_LINKS, "items": {
                    "description": "A link as in `POST /api/v1/links`.",
                }},
            },
        },
        "BulkOutcomes": list_of(json!({
            "type": "object",
            "required": ["index", "status"],
            "properties": {
                "index": {"type": "integer", "description": "The position in the request, from 0."},
                "status": {"type": "integer", "description": "The status that creating this link alone would have."},
                "link": {"allOf": [reference("Link")], "description": "In a large repeated response, the link's current state; absent if it was deleted since."},
                "error": {"allOf": [reference("Problem")], "description": "In a large repeated response, without `errors`."},
            },
        }), false),
        "BulkChange": bulk_selection(json!({"change": bulk_patch()})),
        "BulkDeletion": bulk_selection(json!({})),
        "BulkChangeOutcomes": object(json!({
            "matched": {"type": "integer", "description": "The links that the ids or the filter name."},
            "changed": {"type": "integer", "description": "Those that are different or gone now; with dry_run, that would be."},
            "dry_run": {"type": "boolean"},
            "data": {"type": "array", "description": "Empty if a dry run's filter matches too many links.", "items": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "status": {"type": "integer", "description": "The status that changing or deleting this link alone would have."},
                    "error": reference("Problem"),
                },
            }},
        })),
        "LinkList": link_list(),
        "Key": key(),
        "NewKey": {
            "type": "object",
            "required": ["name", "role"],
            "additionalProperties": false,
            "description": "A key that is bound to domains, to its own links or to actions must be an editor or a reader.",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_NAME_CHARACTERS},
                "role": role(),
                "domains": {
                    "type": ["array", "null"], "minItems": 1, "maxItems": MAX_KEY_DOMAINS, "items": {"type": "string"},
                    "description": "Binds the key to these domains: other links and domains do not exist for it. A new link without a domain gets the first one, unless the default domain is among them. Null: all.",
                },
                "own_links": {
                    "type": ["boolean", "null"], "default": false,
                    "description": "Binds the key to the links that it has created: others do not exist for it.",
                },
                "actions": {
                    "type": ["array", "null"], "minItems": 1, "items": {"type": "string", "enum": actions()},
                    "description": "Binds the key to these actions; others answer 403. Null: all that its role allows.",
                },
                "expires_at": nullable(time("When the key expires; by default never.")),
                "requests_per_minute": {
                    "type": ["integer", "null"], "minimum": 1, "maximum": MAX_REQUESTS_PER_MINUTE,
                    "default": DEFAULT_REQUESTS_PER_MINUTE,
                    "description": "Requests of any kind. Above the limit they get 429 with `Retry-After`.",
                },
                "links_per_minute": {
                    "type": ["integer", "null"], "minimum": MIN_LINKS_PER_MINUTE, "maximum": MAX_LINKS_PER_MINUTE,
                    "default": DEFAULT_LINKS_PER_MINUTE,
                    "description": "Links created or changed, in any number of requests. A request that would exceed the limit gets 429 with `Retry-After`, and nothing is written.",
                },
            },
        },
        "KeyList": list_of(reference("Key"), true),
        "ShownKey": {
            "allOf": [reference("Key")],
            "required": ["key"],
            "properties": {"key": {"type": "string", "pattern": "^slk_", "description": "Shown only once; the shortener stores a hash."}},
        },
        "Rotation": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "grace_seconds": {
                    "type": ["integer", "null"], "minimum": 0, "maximum": MAX_GRACE_SECONDS,
                    "description": "How long the old key keeps working.",
                },
            },
        },
        "SignIn": {
            "type": "object",
            "required": ["key"],
            "additionalProperties": false,
            "properties": {"key": {"type": "string", "writeOnly": true, "description": "An API key."}},
        },
        "Session": session(json!({})),
        "CurrentSession": session(current_key()),
        "CurrentKey": object(current_key()),
        "SessionList": list_of(reference("Session"), true),
        "BlockedHost": blocked_host(json!({})),
        "NewlyBlockedHost": blocked_host(applied()),
        "BlockedHostList": list_of(reference("BlockedHost"), true),
        "LogLevel": object(json!({"module": {"type": "string"}, "level": {"type": "string"}, "ends_at": time("An hour after it was raised.")})),
        "LogLevelList": list_of(reference("LogLevel"), false),
        "Tag": object(json!({"name": {"type": "string"}, "links": {"type": "integer", "description": format!("The number of links with this tag, at most {MAX_COUNTED_LINKS}.")}})),
        "TagList": list_of(reference("Tag"), true),
        "Problem": problem(),
    })
}

pub(super) fn list_of(items: Value, has_pages: bool) -> Value {
    let mut properties = json!({"data": {"type": "array", "items": items}});
    let mut required = vec!["data"];
    if has_pages {
        required.push("next_cursor");
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("next_cursor".to_owned(), json!({"type": ["string", "null"]}));
        }
    }
    json!({"type": "object", "required": required, "properties": properties})
}

fn link_list() -> Value {
    let mut list = list_of(reference("Link"), true);
    let total = json!({
        "total": {"type": "integer", "description": format!("With `count`: the links on all pages, at most {MAX_TOTAL_LINKS}.")},
        "total_exceeded": {"type": "boolean", "description": "With `count`: whether there are more than that."},
    });
    if let (Some(properties), Value::Object(total)) =
        (list.get_mut("properties").and_then(Value::as_object_mut), total)
    {
        properties.extend(total);
    }
    list
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "`urn:shortline:problem:` followed by the code."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "Stable; for programs."},
            "detail": {"type": "string", "description": "For people."},
            "errors": {
                "type": "array",
                "description": "The invalid fields.",
                "items": {
                    "type": "object",
                    "required": ["field", "detail"],
                    "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
        },
    })
}

pub(super) fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

pub(super) fn nullable(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        let kind = schema.get("type").cloned().unwrap_or(Value::Null);
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    schema
}

pub(super) fn destination(description: &str) -> Value {
    json!({
        "type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "maxLength": 8192,
        "description": description,
    })
}

fn alias() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": slug::MAX_CHARACTERS,
        "description": format!(
            "Letters with their marks and digits of any script, emoji and - _ . ~, in up to {} segments separated by slashes and up to {} bytes. \
             Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look \
             alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api.",
            slug::MAX_SEGMENTS, slug::MAX_BYTES
        ),
    })
}

/// The further names of a link, as a client sends them.
fn aliases() -> Value {
    json!({
        "type": ["array", "null"], "maxItems": MAX_ALIASES,
        "description": "Further names of the link, on any domains. Each leads where the first one does and counts for the same link. The list replaces \
                        the earlier one: a name that is not listed any more is gone, as is a changed alias that is not listed. The link's own domain \
                        and code are left out.",
        "items": {
            "type": "object", "required": ["code"], "additionalProperties": false,
            "properties": {
                "domain": {"type": ["string", "null"], "description": "One of GET /api/v1/domains; by default the link's own."},
                "code": alias(),
            },
        },
    })
}

pub(super) fn utm_parameters() -> Value {
    let value = json!({"type": ["string", "null"], "maxLength": MAX_UTM_CHARACTERS});
    PARAMETERS
        .iter()
        .map(|name| ((*name).to_owned(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The fields of a link that a client may set.
fn settings() -> Value {
    json!({
        "url": destination("The destination: an absolute URL without credentials that does not point to this shortener. Surrounding spaces and invisible characters are removed."),
        "title": nullable(json!({"type": "string", "maxLength": MAX_TITLE_CHARACTERS})),
        "notes": nullable(json!({"type": "string", "maxLength": MAX_NOTES_CHARACTERS})),
        "tags": {
            "type": ["array", "null"], "maxItems": MAX_TAGS,
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARACTERS, "description": "Not . or .., which no URL can contain."},
        },
        "external_id": nullable(json!({
            "type": "string", "minLength": 1, "maxLength": MAX_EXTERNAL_ID_CHARACTERS,
            "description": "The link's id in your own system; unique.",
        })),
        "status": {"type": ["integer", "null"], "enum": [301, 302, 307, 308, null], "default": 302},
        "starts_at": nullable(time("Until then visitors see that the link is not active yet.")),
        "expires_at": nullable(time("From then on visitors go to expired_url or get 410. Must be in the future, or the link's current value.")),
        "expired_url": nullable(destination("Where visitors go after the link has expired or is exhausted.")),
        "max_clicks": {
            "type": ["integer", "null"], "minimum": 1, "maximum": i64::MAX,
            "description": format!(
                "How often people may follow the link before it is exhausted. Visits are counted before they are redirected, so a \
                 maximum of up to {ALWAYS_GATED_CLICKS} is never exceeded. A larger maximum is counted this way once at most a tenth of it, \
                 but at least {ALWAYS_GATED_CLICKS} clicks, is left, or while clicks are counted with a delay of more than 10 s; clicks of \
                 the seconds before may exceed it. HEAD requests, prefetches, link previews, bots and `/{{code}}+` use no click and do \
                 not get the destination. While no origin can be reached, such a link answers 503."
            ),
        },
        "password": nullable(json!({
            "type": "string", "minLength": MIN_PASSWORD_CHARACTERS, "maxLength": MAX_PASSWORD_CHARACTERS,
            "writeOnly": true, "description": "Visitors must enter it. Stored as a hash.",
        })),
        "utm": {
            "type": ["object", "null"],
            "additionalProperties": false,
            "properties": utm_parameters(),
            "description": "Put into the destination's query as `utm_source` and so on. Not kept beside it, so a later change of `url` leaves them out.",
        },
        "utm_conflict": {"type": ["string", "null"], "enum": ["keep", "replace", null], "default": "keep", "description": "What becomes of a parameter that the destination has already."},
        "forward_query": {"type": ["boolean", "null"], "default": false, "description": "Adds the visitor's query string to the destination's."},
        "forward_path": {"type": ["boolean", "null"], "default": false, "description": "Appends the rest of the path after the link's name to the destination."},
        "rules": {
            "type": ["array", "null"], "maxItems": MAX_RULES, "items": reference("Rule"),
            "description": "The first matching rule applies; otherwise url.",
        },
        "preview": {
            "type": ["object", "null"],
            "additionalProperties": false,
            "description": "What messengers and networks show for the link, in place of its destination's own preview: they get a page with these \
                            tags, and people the redirect. A change merges its parts; a link with a password or a state other than active shows none.",
            "properties": {
                "title": nullable(json!({"type": "string", "maxLength": MAX_PREVIEW_TITLE_CHARACTERS})),
                "description": nullable(json!({"type": "string", "maxLength": MAX_PREVIEW_DESCRIPTION_CHARACTERS})),
                "image": nullable(json!({"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]://", "maxLength": MAX_PREVIEW_IMAGE_BYTES})),
            },
        },
        "archived": {"type": ["boolean", "null"], "default": false, "description": "Lists leave the link out unless they are asked for it. It works like any other."},
        "state": {
            "type": ["string", "null"], "enum": ["active", "disabled", null], "default": "active",
            "description": "The other states follow from the link's destinations, dates and clicks.",
        },
    })
}

fn rule() -> Value {
    let texts = |schema: Value| json!({"anyOf": [schema, {"type": "array", "minItems": 1, "maxItems": MAX_CONDITION_VALUES, "items": schema}, {"type": "null"}]});
    let presence = |name: &str, description: &str| json!({"type": "object", "required": [name], "additionalProperties": false, "properties": {name: {"type": "boolean", "const": true}}, "description": description});
    let parameter = json!({"anyOf": [
        texts(json!({"type": "string"})),
        presence("any", "The visit has the parameter, with any value."),
        presence("empty", "The visit has the parameter, without a value. Answers have the list of one empty text instead."),
    ]});
    let branch = json!({
        "type": "object",
        "required": ["url"],
        "additionalProperties": false,
        "properties": {
            "weight": {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_WEIGHT, "default": 1},
            "url": destination("The destination for this share of the visitors."),
        },
    });
    let devices = Device::ALL.map(Device::as_str);
    let systems = OperatingSystem::ALL.map(OperatingSystem::as_str);
    json!({
        "type": "object",
        "description": "Sends visits that meet all conditions to one url, or splits them by weight. A visitor stays in the same branch all day.",
        "additionalProperties": false,
        "properties": {
            "if": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "country": texts(json!({"type": "string", "pattern": "^[A-Za-z0-9]{2}$", "description": "ISO 3166-1 alpha-2; also XK for Kosovo, T1 for Tor and XX for an unknown country."})),
                    "device": texts(json!({"type": "string", "enum": devices})),
                    "os": texts(json!({"type": "string", "enum": systems})),
                    "language": texts(json!({"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", "maxLength": 35, "description": "The browser's preferred language (BCP 47) in any spelling: de matches de-CH, no matches nb-NO, zh-Hant matches zh-HK."})),
                    "query": {"type": ["object", "null"], "minProperties": 1, "maxProperties": MAX_CONDITION_VALUES, "additionalProperties": parameter},
                    "after": nullable(time("From this time on.")),
                    "before": nullable(time("Until this time.")),
                },
            },
            "url": {
                "type": "string", "format": "uri", "maxLength": destination::MAX_BYTES,
                "description": "Where matching visits lead: like the link's url, or, in a rule with `os`, an app's URL such as `tel:+49123` or \
                                `intent://…`, if the operator allows its scheme (`ALLOWED_SCHEMES`; none unless set). A host in it, and the \
                                `S.browser_fallback_url` of an intent, must not be blocked or ours. Path and query are forwarded to it only \
                                if it has a host.",
            },
            "split": {"type": "array", "minItems": 2, "maxItems": MAX_SPLIT_BRANCHES, "items": branch},
        },
        "oneOf": [{"required": ["url"]}, {"required": ["split"]}],
    })
}

/// The states of a link.
pub(super) fn state(description: &str) -> Value {
    json!({"type": "string", "enum": LinkState::ALL.map(LinkState::as_str), "description": description})
}

pub(super) fn with(mut properties: Value, more: Value) -> Value {
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    properties
}

fn new_link() -> Value {
    let more = json!({
        "domain": {"type": ["string", "null"], "description": "One of GET /api/v1/domains; by default the default domain."},
        "alias": nullable(alias()),
        "aliases": aliases(),
        "reuse": {"type": ["boolean", "null"], "default": false, "description": "Return an existing link with the same settings, if there is one. A link with `aliases` is always new."},
    });
    json!({"type": "object", "required": ["url"], "additionalProperties": false, "properties": with(settings(), more)})
}

fn link_patch() -> Value {
    json!({
        "type": "object",
        "description": "A JSON merge patch (RFC 7396): missing fields stay as they are, and null resets a field to its default.",
        "additionalProperties": false,
        "properties": with(settings(), json!({
            "alias": alias(),
            "aliases": aliases(),
            "domain": {"type": "string", "description": "Moves the link to another domain, with its id, clicks and history."},
        })),
    })
}

/// Names the links of a bulk change, beside what the change has of its own.
fn bulk_selection(more: Value) -> Value {
    let properties = json!({
        "ids": {"type": ["array", "null"], "minItems": 1, "maxItems": MAX_CHANGED_LINKS, "items": {"type": "string", "format": "uuid"}},
        "filter": {
            "type": ["object", "null"], "minProperties": 1,
            "description": "The filters of `GET /api/v1/links`, under the same names. All of them must hold.",
        },
        "dry_run": {"type": ["boolean", "null"], "default": false},
    });
    let required: Vec<_> = more.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "description": "Either `ids` or `filter`.",
        "properties": with(properties, more),
    })
}

fn bulk_patch() -> Value {
    let mut properties = settings();
    if let Some(properties) = properties.as_object_mut() {
        properties.retain(|name, _| !matches!(name.as_str(), "external_id" | "password"));
    }
    let tags = json!({"type": "array", "maxItems": MAX_TAGS, "items": {"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARACTERS}});
    let more = json!({"add_tags": tags, "remove_tags": tags});
    json!({"type": "object", "minProperties": 1, "additionalProperties": false, "properties": with(properties, more)})
}

fn link() -> Value {
    let text_or_null = json!({"type": ["string", "null"]});
    let time_or_null = json!({"type": ["string", "null"], "format": "date-time"});
    let mut preview =
        object(json!({"title": text_or_null, "description": text_or_null, "image": text_or_null}));
    preview = nullable(preview);
    let clicks = json!({
        "type": "object",
        "required": ["total", "human", "bot"],
        "properties": {"total": {"type": "integer"}, "human": {"type": "integer"}, "bot": {"type": "integer"}},
    });
    let properties = json!({
        "id": {"type": "string", "format": "uuid"},
        "domain": {"type": "string"},
        "code": {"type": "string", "description": "The path after the domain: a code of seven characters, or the alias."},
        "short_url": {"type": "string", "format": "uri"},
        "aliases": {
            "type": "array", "description": "Its further names.",
            "items": object(json!({"domain": {"type": "string"}, "code": {"type": "string"}})),
        },
        "url": {"type": "string", "format": "uri"},
        "title": text_or_null, "notes": text_or_null,
        "tags": {"type": "array", "items": {"type": "string"}},
        "external_id": text_or_null,
        "archived": {"type": "boolean"},
        "status": {"type": "integer", "enum": [301, 302, 307, 308]},
        "starts_at": time_or_null, "expires_at": time_or_null, "expired_url": text_or_null,
        "max_clicks": {"type": ["integer", "null"]},
        "password_protected": {"type": "boolean"},
        "forward_query": {"type": "boolean"}, "forward_path": {"type": "boolean"},
        "rules": {"type": "array", "items": reference("Rule")},
        "preview": preview,
        "state": state("The current state; the first that applies. Blocked: a destination is on a blocked host. Scheduled: before `starts_at`."),
        "revision": {"type": "integer", "description": "Grows with every change; the ETag contains it."},
        "published_revision": {"type": ["integer", "null"], "description": "The last revision that the edge has confirmed."},
        "clicks": clicks,
        "created_by": {"type": ["string", "null"], "format": "uuid", "description": "The id of the key that has created it; null for SHORTLINE_ADMIN_KEY, and for links from before keys were noted."},
        "created_at": time("By the origin's clock."), "updated_at": time("By the origin's clock."),
    });
    object(properties)
}

/// An object with all properties required.
pub(super) fn object(properties: Value) -> Value {
    let names = properties.as_object().into_iter().flatten();
    let required: Vec<_> = names.map(|(name, _)| name.clone()).collect();
    json!({"type": "object", "required": required, "properties": properties})
}

pub(super) fn applied() -> Value {
    json!({"applied": {"type": "boolean", "description": "Whether all existing links have been checked; otherwise that continues in the background."}})
}

fn blocked_host(more: Value) -> Value {
    let properties = json!({
        "host": {"type": "string"},
        "subdomains": {"type": "boolean"},
        "reason": {"type": ["string", "null"]},
        "created_at": time("By the origin's clock."),
    });
    object(with(properties, more))
}

fn current_key() -> Value {
    json!({
        "name": {"type": "string", "description": "The key's name; SHORTLINE_ADMIN_KEY for the bootstrap key."},
        "role": role(),
        "key": {"oneOf": [reference("Key"), {"type": "null"}], "description": "Null for the bootstrap key, which has no limits."},
    })
}

fn session(more: Value) -> Value {
    let properties = json!({
        "id": {"type": "string", "format": "uuid"},
        "created_at": time("By the origin's clock."),
        "expires_at": time("When the session ends, unless its key ends before."),
        "current": {"type": "boolean", "description": "Whether the request was made with this session."},
    });
    object(with(properties, more))
}

fn role() -> Value {
    json!({"type": "string", "enum": Role::ALL.map(Role::as_str)})
}

fn actions() -> Vec<&'static str> {
    Right::ACTIONS.into_iter().filter_map(Right::action).collect()
}

fn key() -> Value {
    let time_or_null = json!({"type": ["string", "null"], "format": "date-time"});
    let properties = json!({
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "role": role(),
        "domains": {"type": ["array", "null"], "items": {"type": "string"}, "description": "The domains that it is bound to; null for all."},
        "own_links": {"type": "boolean", "description": "Whether only the links exist for it that it has created."},
        "actions": {"type": ["array", "null"], "items": {"type": "string", "enum": actions()}, "description": "The actions that it is bound to; null for all that its role allows."},
        "requests_per_minute": {"type": "integer"},
        "links_per_minute": {"type": "integer"},
        "created_at": time("By the origin's clock."),
        "expires_at": time_or_null,
        "last_used_at": {"type": ["string", "null"], "format": "date-time", "description": "With a precision of a minute."},
        "previous_until": {"type": ["string", "null"], "format": "date-time", "description": "Until when the key before the last rotation works."},
    });
    object(properties)
}

pub(super) fn link_example() -> Value {
    json!({
        "id": "0198c0de-0000-7000-8000-000000000001", "domain": "go.example.com", "code": "7G6HVhV",
        "short_url": "https://go.example.com/7G6HVhV", "aliases": [], "url": "https://example.com/landing", "title": "Summer sale",
        "notes": null, "tags": ["summer"], "external_id": null, "archived": false, "status": 302, "starts_at": null, "expires_at": null,
        "expired_url": null, "max_clicks": null, "password_protected": false, "forward_query": false,
        "forward_path": false, "rules": [], "preview": null, "state": "active", "revision": 42,
        "published_revision": 42, "clicks": {"total": 0, "human": 0, "bot": 0}, "created_by": null,
        "created_at": "2026-11-24T00:00:00.000Z", "updated_at": "2026-11-24T00:00:00.000Z",
    })
}
