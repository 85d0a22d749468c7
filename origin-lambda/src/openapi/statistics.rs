//! Clicks and their books in the document.

use axum::http::Method;
use link_core::click_batch::BATCHES_KEPT_DAYS;
use link_core::roll_up::Dimension;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, object, time};
use crate::limits::{
    DEFAULT_PAGE_CLICKS, DEFAULT_PAGE_ORPHANS, MAX_OPEN_EXPORTS, MAX_PAGE_CLICKS, MAX_PAGE_ORPHANS,
};
use crate::problem::ProblemCode as Code;
use crate::statistics::calendar::Interval;
use crate::statistics::request::CLASSES;

const TAG: &str = "statistics";

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, TAG, id, summary);
    let link_stats =
        operation(Method::GET, "/api/v1/links/{id}/stats", "getLinkStats", "Count a link's clicks");
    let stats = operation(Method::GET, "/api/v1/stats", "getStats", "Count the clicks of all links");
    vec![
        counted(link_stats).problems(&[Code::LinkNotFound]),
        counted(stats)
            .parameter("domain", json!({"type": "string"}), "Only links that this domain has now.")
            .parameter("tag", json!({"type": "string"}), "Only links that have this tag now.")
            .problems(&[Code::InvalidDomain, Code::InvalidTags, Code::TooManyLinks]),
        ranged(operation(Method::GET, "/api/v1/links/{id}/clicks", "listClicks", "List a link's clicks, the newest first"))
            .parameter("format", json!({"type": "string", "enum": ["json", "csv"], "default": "json"}), "A page as JSON, or all of them as CSV.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_CLICKS, "default": DEFAULT_PAGE_CLICKS}), "How many are on a page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the page before.")
            .answer_as(200, "Clicks.", json!({
                "application/json": {"schema": list_of(click(), true)},
                "text/csv": {"schema": {"type": "string"}},
            }))
            .description(format!("As CSV the answer is written while it is read. A key may have {MAX_OPEN_EXPORTS} such answers open at a time. One that takes too long is cut off: its last chunk is missing. Ask for the rest by `to`, the time of the last click that arrived."))
            .problems(&[
                Code::LinkNotFound, Code::InvalidFormat, Code::InvalidLimit, Code::InvalidCursor, Code::TooManyExports,
            ]),
        operation(Method::DELETE, "/api/v1/links/{id}/clicks", "eraseLinkClicks", "Erase a link's clicks")
            .description("Also of a link that is gone. No book changes: what was stored stays counted as stored. A link with `max_clicks` may be followed as often once more, and opens if it was exhausted. Where there are millions, an answer may say `overloaded`: send the request again to go on.")
            .answer(200, "How many were erased.", erased())
            .problems(&[Code::LinkNotFound, Code::AnalyticsUnavailable]),
        operation(Method::DELETE, "/api/v1/visitors/{hash}", "eraseVisitor", "Erase the clicks of a visitor")
            .description("By the hash that the visitor's clicks have; one is good for a day.")
            .answer(200, "How many were erased.", erased())
            .problems(&[Code::NotFound, Code::AnalyticsUnavailable]),
        operation(Method::GET, "/api/v1/orphans", "listOrphans", "List names that visitors asked for and no link has")
            .description("Of the last 30 days, the most frequent first: people print wrong links on posters. Scanners' questions (`/wp-login.php`, `/.env`) and what browsers ask of any host (`/apple-touch-icon.png`) have the class `probe`. Visits for whose names there was no room are `(other)`, without a class.")
            .parameter("domain", json!({"type": "string"}), "Only of this domain.")
            .parameter("class", orphan_class(), "Only of this class.")
            .parameter("limit", json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ORPHANS, "default": DEFAULT_PAGE_ORPHANS}), "How many are on a page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the page before.")
            .answer(200, "Names.", list_of(object(json!({
                "name": {"type": "string", "description": "Domain and path."},
                "class": {"type": ["string", "null"], "enum": ["person", "probe", null]},
                "visits": {"type": "integer"},
                "last_day": {"type": "string", "format": "date"},
            })), true))
            .problems(&[Code::InvalidDomain, Code::InvalidClass, Code::InvalidLimit, Code::InvalidCursor, Code::AnalyticsUnavailable]),
        operation(Method::DELETE, "/api/v1/orphans", "deleteOrphans", "Delete names that no link has")
            .description("All that the parameters leave, of all days; without any of them everything.")
            .parameter("domain", json!({"type": "string"}), "Only of this domain.")
            .parameter("class", orphan_class(), "Only of this class.")
            .parameter("name", json!({"type": "string"}), "Only this name, as it is listed.")
            .answer(200, "How many names were deleted.", object(json!({"names": {"type": "integer"}})))
            .problems(&[Code::InvalidDomain, Code::InvalidClass, Code::InvalidSearch, Code::AnalyticsUnavailable]),
        operation(Method::GET, "/api/v1/pipeline", "getPipeline", "Read the books of the clicks")
            .description("For every producer, and in total: produced = stored + dropped + dead_lettered + missing.")
            .parameter("producer", json!({"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}), "Only this isolate, with the numbers of its missing batches.")
            .answer(200, "The books, in clicks.", json!({
                "type": "object",
                "required": ["total", "complete_until", "producers"],
                "properties": {
                    "total": books(json!({})),
                    "complete_until": complete_until(),
                    "producers": {"type": "array", "items": with_missing_batches(books(json!({
                        "producer": {"type": "string"}, "first_at": time("Of its first batch."), "last_at": time("Of its last batch."),
                    })))},
                },
            }))
            .problems(&[Code::InvalidProducer, Code::AnalyticsUnavailable]),
    ]
}

fn ranged(operation: Operation) -> Operation {
    operation
        .parameter(
            "from",
            moment(),
            "Where the range begins. A date alone is the start of that day in `timezone`, as is a time without an offset.",
        )
        .parameter("to", moment(), "What the range ends before; now where this is left out.")
        .parameter(
            "timezone",
            json!({"type": "string", "default": "UTC"}),
            "Of the IANA database, or an offset such as +02:00; days, weeks and months begin by it.",
        )
        .problems(&[Code::InvalidFrom, Code::InvalidTo, Code::InvalidTimezone, Code::AnalyticsUnavailable])
}

fn moment() -> Value {
    json!({"type": "string", "examples": ["2026-11-24", "2026-11-24T12:00:00Z"]})
}

fn counted(operation: Operation) -> Operation {
    let groups: Vec<&str> =
        Dimension::GROUPS.iter().map(|dimension| dimension.as_str()).chain(["class", "tag"]).collect();
    let classes: Vec<&str> = CLASSES.into_iter().chain(["all"]).collect();
    ranged(operation)
        .description("Widened to what clicks are counted in: whole quarters of an hour, or minutes for the last 48 hours. Answered from the last known numbers, with their age in `stale_seconds`, when the analytics database is slow or away. Where `from` is left out, the range begins with the interval that holds the moment 30 days before its end; by the minute, an hour before.")
        .parameter("interval", json!({"type": "string", "enum": Interval::ALL.map(Interval::as_str), "default": "day"}), "Of the series.")
        .parameter("class", json!({"type": "string", "enum": classes, "default": "all"}), "Which clicks count.")
        .parameter("group_by", json!({"type": "string", "enum": groups}), "What the clicks are told apart by. A link counts under each of the tags that it has now.")
        .answer(200, "Clicks, and visitors, each of whom counts once per link and day.", stats())
        .problems(&[Code::InvalidInterval, Code::InvalidClass, Code::InvalidGroupBy])
}

fn stats() -> Value {
    let count = json!({"clicks": {"type": "integer"}, "visitors": {"type": "integer"}});
    let with = |name: &str, schema: Value| {
        let mut properties = count.clone();
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(name.to_owned(), schema);
        }
        object(properties)
    };
    json!({
        "type": "object",
        "required": ["from", "to", "timezone", "class", "complete_until", "total", "visitors", "previous", "series"],
        "properties": {
            "from": time("As it was counted."),
            "to": time("As it was counted."),
            "timezone": {"type": "string"},
            "class": {"type": "string"},
            "complete_until": complete_until(),
            "total": {"type": "integer"},
            "visitors": {"type": "integer"},
            "previous": object(json!({
                "from": time("As long before; of a range that ends in the future, as long as has passed of it."), "to": time("Where the range begins."), "total": {"type": "integer"}, "visitors": {"type": "integer"},
            })),
            "series": {"type": "array", "description": "Every interval of the range, without clicks too.", "items": with("start", time("Of the interval."))},
            "groups": {"type": "array", "items": with("value", json!({"type": "string"}))},
            "stale_seconds": {"type": "integer", "description": "How old the numbers are; only while the analytics database is slow or away."},
        },
    })
}

fn erased() -> Value {
    object(json!({"clicks": {"type": "integer"}}))
}

fn orphan_class() -> Value {
    json!({"type": "string", "enum": ["person", "probe"]})
}

fn books(more: Value) -> Value {
    let mut properties = json!({
        "produced": {"type": "integer"}, "stored": {"type": "integer"}, "duplicate": {"type": "integer"},
        "dropped": {"type": "object", "additionalProperties": {"type": "integer"}},
        "dead_lettered": {"type": "integer"}, "missing": {"type": "integer"},
    });
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    object(properties)
}

fn with_missing_batches(mut producer: Value) -> Value {
    if let Some(Value::Object(properties)) = producer.get_mut("properties") {
        let gap = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2});
        let description = format!(
            "First and last number of each gap; only of a producer that was asked for. Numbers are on record for {BATCHES_KEPT_DAYS} days."
        );
        let gaps = json!({"type": "array", "items": gap, "description": description});
        properties.insert("missing_batches".to_owned(), gaps);
    }
    producer
}

fn click() -> Value {
    let text = |description: &str| json!({"type": ["string", "null"], "description": description});
    object(json!({
        "time": time("Of the visit."),
        "class": {"type": ["string", "null"], "enum": CLASSES.into_iter().map(Some).chain([None]).collect::<Vec<_>>()},
        "country": text("ISO 3166-1 alpha-2."),
        "referrer": text("Its address without query, fragment and user info; statistics group by its host."),
        "browser": text("By its agent."),
        "os": text("By its agent."),
        "device": text("By its agent."),
        "language": text("The first that the visitor prefers."),
        "destination": text("The one that a rule chose; null where the link led to its own."),
        "tier": {"type": "string", "description": "Which cache answered."},
        "status": {"type": "integer"},
        "agent": text("The header, up to 512 bytes."),
        "visitor": text("A hash that is good for one UTC day."),
        "request": {"type": "string", "description": "The request's id."},
    }))
}

fn complete_until() -> Value {
    json!({
        "type": ["string", "null"],
        "format": "date-time",
        "description": "Every click before is stored or accounted for, as far as the producers' running totals tell. It is never \
            later than the newest stored click, nor than a minute ago, since messages overtake each other. While clicks of a \
            producer are missing, it stays where that producer's books last added up; after 14 days, the longest that a queue \
            keeps a message, they are missing and no longer awaited. What a producer sent last and nobody has received yet is \
            not known of. Null before the first click.",
    })
}
