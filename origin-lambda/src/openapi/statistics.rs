//! Documents statistics, clicks, orphan visits and click accounting.

use axum::http::Method;
use classify::Class;
use link_core::clicks::batch::{BATCHES_KEPT_DAYS, CLICK_ORDER_KEPT_DAYS};
use link_core::clicks::roll_up::Dimension;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, object, time};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{
    DEFAULT_PAGE_CLICKS, DEFAULT_PAGE_ORPHANS, MAX_FILTER_BYTES, MAX_OPEN_EXPORTS, MAX_PAGE_CLICKS,
    MAX_PAGE_ORPHANS, MAX_RAW_CLICKS,
};
use crate::statistics::calendar::Interval;
use crate::statistics::missing_value_label;
use crate::statistics::request::{OTHER_GROUPS, class_names};

const TAG: &str = "statistics";

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, TAG, id, summary);
    let link_stats = operation(
        Method::GET,
        "/api/v1/links/{id}/stats",
        "getLinkStats",
        "Count a link's clicks, also of a deleted link",
    );
    let stats = operation(Method::GET, "/api/v1/stats", "getStats", "Count the clicks of all links");
    vec![
        stats_operation(link_stats).problems(&[Code::LinkNotFound]),
        stats_operation(stats)
            .parameter("domain", json!({"type": "string"}), "Only links of this domain.")
            .parameter("tag", json!({"type": "string"}), "Only links that have this tag now.")
            .problems(&[Code::InvalidDomain, Code::InvalidTags, Code::TooManyLinks]),
        with_range(operation(Method::GET, "/api/v1/links/{id}/clicks", "listClicks", "List a link's clicks, newest first"))
            .parameter("format", json!({"type": "string", "enum": ["json", "csv"], "default": "json"}), "One page as JSON, or all clicks as CSV.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_CLICKS, "default": DEFAULT_PAGE_CLICKS}), "Items per page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the previous page.")
            .answer_as(200, "Clicks.", json!({
                "application/json": {"schema": list_of(click(), true)},
                "text/csv": {"schema": {"type": "string"}},
            }))
            .description(format!("CSV is streamed. A key may have {MAX_OPEN_EXPORTS} CSV exports open at a time. An export that takes too long is cut off without its last chunk: request the rest with `to` set to the time of the last click received."))
            .problems(&[
                Code::LinkNotFound, Code::InvalidFormat, Code::InvalidLimit, Code::InvalidCursor, Code::TooManyExports,
            ]),
        operation(Method::GET, "/api/v1/clicks", "followClicks", "Follow the clicks of all links")
            .description(format!("In the order in which clicks were stored, which is usually within two seconds of the click: a click that arrives late comes late, and none is skipped. Without `after`, the newest clicks; then ask again with `next_cursor` of the last answer, for example every second while `has_more` is false. A cursor is valid for {CLICK_ORDER_KEPT_DAYS} days."))
            .parameter("after", json!({"type": "string"}), "`next_cursor` of an earlier answer: only clicks that were stored after it.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_CLICKS, "default": DEFAULT_PAGE_CLICKS}), "Items per page.")
            .answer(200, "Clicks, the one stored first at the beginning.", followed_clicks())
            .problems(&[Code::InvalidLimit, Code::InvalidCursor, Code::CursorExpired, Code::AnalyticsUnavailable]),
        operation(Method::DELETE, "/api/v1/links/{id}/clicks", "eraseLinkClicks", "Erase a link's clicks")
            .description("Also works for a deleted link. Click accounting does not change: erased clicks still count as stored. A link with `max_clicks` starts from zero again, and opens if it was exhausted. With millions of clicks the response may be `overloaded`: send the request again to continue.")
            .answer(200, "The number of erased clicks.", erased())
            .problems(&[Code::LinkNotFound, Code::AnalyticsUnavailable]),
        operation(Method::GET, "/api/v1/visitors/{hash}", "getVisitor", "Read what is stored of a visitor")
            .description("By the hash of the visitor's clicks, which changes every day: the clicks of that day, newest first. An unknown hash has none.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_CLICKS, "default": DEFAULT_PAGE_CLICKS}), "Items per page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the previous page.")
            .answer(200, "Clicks.", list_of(linked_click(), true))
            .problems(&[Code::NotFound, Code::InvalidLimit, Code::InvalidCursor, Code::AnalyticsUnavailable]),
        operation(Method::DELETE, "/api/v1/visitors/{hash}", "eraseVisitor", "Erase the clicks of a visitor")
            .description("By the hash of the visitor's clicks, which changes every day.")
            .answer(200, "The number of erased clicks.", erased())
            .problems(&[Code::NotFound, Code::AnalyticsUnavailable]),
        operation(Method::GET, "/api/v1/orphans", "listOrphans", "List orphan visits: names that visitors requested and no link has")
            .description("Of the last 30 days, most frequent first, for example to find misprinted links. Requests by scanners (`/wp-login.php`, `/.env`) and requests that browsers make on any host (`/apple-touch-icon.png`) have the class `probe`. Names above the cardinality limit are combined as `(other)`, without a class. A key that is bound to several domains must name one of them.")
            .parameter("domain", json!({"type": "string"}), "Only names of this domain.")
            .parameter("class", orphan_class(), "Only names of this class.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ORPHANS, "default": DEFAULT_PAGE_ORPHANS}), "Items per page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the previous page.")
            .answer(200, "Names.", list_of(object(json!({
                "name": {"type": "string", "description": "Domain and path."},
                "class": {"type": ["string", "null"], "enum": ["person", "probe", null]},
                "visits": {"type": "integer"},
                "last_day": {"type": "string", "format": "date"},
            })), true))
            .problems(&[Code::InvalidDomain, Code::InvalidClass, Code::InvalidLimit, Code::InvalidCursor, Code::KeyBound, Code::AnalyticsUnavailable]),
        operation(Method::DELETE, "/api/v1/orphans", "deleteOrphans", "Delete orphan visits")
            .description("Deletes the matching names of all days; without parameters, all names.")
            .parameter("domain", json!({"type": "string"}), "Only names of this domain.")
            .parameter("class", orphan_class(), "Only names of this class.")
            .parameter("name", json!({"type": "string"}), "Only this name, as it is listed.")
            .answer(200, "The number of deleted names.", object(json!({"names": {"type": "integer"}})))
            .problems(&[Code::InvalidDomain, Code::InvalidClass, Code::InvalidSearch, Code::AnalyticsUnavailable]),
        operation(Method::GET, "/api/v1/pipeline", "getPipeline", "Read the click accounting")
            .description("For every producer and in total: produced = stored + dropped + dead_lettered + missing. Not for a key that is bound to some of the links.")
            .parameter("producer", json!({"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}), "Only this producer, with the numbers of its missing batches.")
            .answer(200, "Numbers of clicks.", json!({
                "type": "object",
                "required": ["total", "complete_until", "producers"],
                "properties": {
                    "total": accounting(json!({})),
                    "complete_until": complete_until(),
                    "producers": {"type": "array", "items": with_missing_batches(accounting(json!({
                        "producer": {"type": "string"}, "first_at": time("The time of its first batch."), "last_at": time("The time of its last batch."),
                    })))},
                },
            }))
            .problems(&[Code::InvalidProducer, Code::KeyBound, Code::AnalyticsUnavailable]),
    ]
}

fn with_range(operation: Operation) -> Operation {
    operation
        .parameter(
            "from",
            moment(),
            "Start of the range. A date means the start of that day in `timezone`; a time without an offset is local to `timezone`.",
        )
        .parameter("to", moment(), "End of the range, exclusive; by default now.")
        .parameter(
            "timezone",
            json!({"type": "string", "default": "UTC"}),
            "A name of the IANA database or an offset such as +02:00. Days, weeks and months start by it.",
        )
        .problems(&[Code::InvalidFrom, Code::InvalidTo, Code::InvalidTimezone, Code::AnalyticsUnavailable])
}

fn moment() -> Value {
    json!({"type": "string", "examples": ["2026-11-24", "2026-11-24T12:00:00Z"]})
}

fn stats_operation(mut operation: Operation) -> Operation {
    let others = OTHER_GROUPS.iter().map(|(name, _)| *name);
    let groups: Vec<&str> =
        Dimension::GROUPS.iter().map(|dimension| dimension.as_str()).chain(others).collect();
    let classes: Vec<&str> = class_names().chain(["all"]).collect();
    for dimension in Dimension::FILTERS {
        let value = json!({"type": "string", "minLength": 1, "maxLength": MAX_FILTER_BYTES});
        let label = missing_value_label(dimension);
        let description =
            format!("Only clicks with this value, as in groups; `{label}` for clicks without one.");
        operation = operation.parameter(dimension.as_str(), value, &description);
    }
    with_range(operation)
        .description(format!("The range is widened to whole quarters of an hour, or to whole minutes for `minute`, which covers the last 48 hours. While the analytics database is slow or unavailable, the last known numbers are returned with their age in `stale_seconds`. Without `from`, the range starts with the interval 30 days before its end; by the minute, an hour before. Filters may be combined: what roll-ups do not answer is counted from up to {MAX_RAW_CLICKS} raw clicks of each period, which are kept for 180 days unless `RAW_CLICK_DAYS` says otherwise; of more, a sample is read and the numbers are estimates."))
        .parameter("interval", json!({"type": "string", "enum": Interval::ALL.map(Interval::as_str), "default": "day"}), "The interval of the series.")
        .parameter("class", json!({"type": "string", "enum": classes, "default": "all"}), "Only clicks of this class. `imported`: counts by day of another shortener, without visits, which no other dimension has.")
        .parameter("split", json!({"type": "string", "enum": ["class"]}), "Gives each point its clicks by class.")
        .parameter("group_by", json!({"type": "string", "enum": groups}), "Groups the clicks. A link counts for each of its current tags. The value of `link` is an id; that of `hour_of_week` is the weekday, from 1 for Monday, and the hour, as in `1-09`, in the time zone.")
        .parameter("format", json!({"type": "string", "enum": ["json", "csv"], "default": "json"}), "As CSV: the groups, or without `group_by` the series.")
        .header("If-None-Match", json!({"type": "string"}), "The last known `ETag`; answered with 304 if the numbers are the same.")
        .answer_as(200, "Clicks and visitors. A visitor counts once per link and day.", json!({
            "application/json": {"schema": stats()},
            "text/csv": {"schema": {"type": "string"}},
        }))
        .empty_answer(304, "The numbers have not changed.")
        .problems(&[Code::InvalidInterval, Code::InvalidClass, Code::InvalidSplit, Code::InvalidGroupBy, Code::InvalidFilter, Code::InvalidFormat])
}

fn stats() -> Value {
    let count = json!({"clicks": {"type": "integer"}, "visitors": {"type": "integer"}});
    let with = |more: Value, optional: Value| {
        let mut schema = object(merged(count.clone(), more));
        if let Some(properties) = schema.get_mut("properties") {
            *properties = merged(properties.take(), optional);
        }
        schema
    };
    let classes = json!({"classes": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "Clicks by class, without zeros; only with `split=class`."}});
    let short_url = json!({"short_url": {"type": "string", "format": "uri", "description": "Of a link that exists; only with `group_by=link`."}});
    let ratio = |of: &str| json!({"type": ["number", "null"], "description": format!("Of {of}: 0.25 is a quarter more; null if there were none before.")});
    json!({
        "type": "object",
        "required": [
            "from", "to", "timezone", "class", "complete_until", "basis", "share", "truncated", "total", "visitors", "previous", "change",
            "series",
        ],
        "properties": {
            "from": time("Start of the widened range."),
            "to": time("End of the widened range, exclusive."),
            "timezone": {"type": "string"},
            "class": {"type": "string"},
            "complete_until": complete_until(),
            "basis": {"type": "string", "enum": ["rollup", "raw", "sample"], "description": "What the numbers are from. Those of a sample are estimates."},
            "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "The part of the range's clicks that was read."},
            "truncated": {"type": "boolean", "description": "Whether groups beyond a limit are combined as `(other)`."},
            "total": {"type": "integer"},
            "visitors": {"type": "integer"},
            "previous": object(json!({
                "from": time("Start of the preceding period, which is as long as the range, or as its past part if it ends in the future."), "to": time("Start of the range."), "total": {"type": "integer"}, "visitors": {"type": "integer"},
            })),
            "change": object(json!({"total": ratio("clicks"), "visitors": ratio("visitors")})),
            "series": {"type": "array", "description": "Every interval of the range, including those without clicks.", "items": with(json!({"start": time("Start of the interval.")}), classes)},
            "groups": {"type": "array", "items": with(json!({"value": {"type": "string"}}), short_url)},
            "stale_seconds": {"type": "integer", "description": "Age of the numbers; only present while the analytics database is slow or unavailable."},
        },
    })
}

fn merged(mut properties: Value, more: Value) -> Value {
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    properties
}

fn erased() -> Value {
    object(json!({"clicks": {"type": "integer"}}))
}

fn orphan_class() -> Value {
    json!({"type": "string", "enum": ["person", "probe"]})
}

fn accounting(more: Value) -> Value {
    let properties = json!({
        "produced": {"type": "integer"}, "stored": {"type": "integer"}, "duplicate": {"type": "integer"},
        "dropped": {"type": "object", "additionalProperties": {"type": "integer"}},
        "dead_lettered": {"type": "integer"}, "missing": {"type": "integer"},
    });
    object(merged(properties, more))
}

fn with_missing_batches(mut producer: Value) -> Value {
    if let Some(Value::Object(properties)) = producer.get_mut("properties") {
        let gap = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2});
        let description = format!(
            "First and last batch number of each gap; only if one producer is requested. Batch numbers are kept for {BATCHES_KEPT_DAYS} days."
        );
        let gaps = json!({"type": "array", "items": gap, "description": description});
        properties.insert("missing_batches".to_owned(), gaps);
        let import = json!({"type": "string", "format": "uuid", "description": "The import that the producer is; absent for others."});
        properties.insert("import".to_owned(), import);
    }
    producer
}

fn click() -> Value {
    object(click_properties())
}

fn click_properties() -> Value {
    let text = |description: &str| json!({"type": ["string", "null"], "description": description});
    json!({
        "time": time("Time of the visit."),
        "class": {"type": ["string", "null"], "enum": Class::ALL.map(Class::as_str).into_iter().map(Some).chain([None]).collect::<Vec<_>>()},
        "country": text("ISO 3166-1 alpha-2."),
        "region": text("ISO 3166-2, such as US-TX, by Cloudflare."),
        "city": text("In English, by Cloudflare; groups and filters have it with its region, or else its country: Austin, US-TX."),
        "referrer": text("The referrer's URL without query, fragment and user info; statistics group by its host."),
        "browser": text("From the user agent."),
        "browser_version": text("The major version; groups and filters have it with the browser: Firefox 145."),
        "os": text("From the user agent."),
        "os_version": text("Major and minor version where the user agent has both; groups and filters have it with the system: iOS 18.6. Browsers freeze some: Windows 10 is 11 too, macOS 10.15 and Android 10 are later ones too."),
        "device": text("From the user agent."),
        "language": text("The visitor's most preferred language."),
        "destination": text("The destination that a rule chose; null for the link's own."),
        "tier": {"type": "string", "description": "The cache that answered."},
        "status": {"type": "integer"},
        "user_agent": text("The header, up to 512 bytes."),
        "visitor": text("A hash that changes every UTC day."),
        "request_id": {"type": "string"},
        "utm": {"type": ["object", "null"], "additionalProperties": {"type": "string"}, "description": "The `utm_…` parameters of the visit, else of the destination, by name."},
    })
}

fn linked_click() -> Value {
    let link = json!({
        "link_id": {"type": "string", "format": "uuid"},
        "short_url": {"type": ["string", "null"], "format": "uri", "description": "Null if the link is deleted."},
    });
    object(merged(click_properties(), link))
}

fn followed_clicks() -> Value {
    object(json!({
        "data": {"type": "array", "items": linked_click()},
        "next_cursor": {"type": "string", "description": "Where to go on, also after the last click that is stored."},
        "has_more": {"type": "boolean", "description": "Whether later clicks are stored already."},
    }))
}

fn complete_until() -> Value {
    json!({
        "type": ["string", "null"],
        "format": "date-time",
        "description": "All earlier clicks are stored or accounted for, according to the producers' running totals. Never later than the newest \
            stored click or a minute ago, since messages may arrive out of order. While clicks of a producer are missing, it stays \
            at the last time when that producer's totals were complete; after 14 days, the longest that a queue keeps a message, \
            they are no longer awaited. Does not include clicks that a producer sent last and that have not been received yet. \
            Null before the first click.",
    })
}
