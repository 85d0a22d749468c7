//! Documents shares and what they open.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, nullable, object, reference, time};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{MAX_SHARE_TITLE_CHARACTERS, MAX_SHARES, SHARED_STATISTICS_TTL};
use crate::statistics::request::Period;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "shares", id, summary);
    let description = format!(
        "Anyone with the `url` can read how often the link was clicked, by country, device and referring host: never destinations, notes or \
         single clicks. The key must be allowed to read statistics as well. At most {MAX_SHARES} that have not expired."
    );
    let create = |operation: Operation| {
        operation
            .body(
                reference("NewShare"),
                json!({"title": "Spring campaign", "expires_at": "2027-06-01T00:00:00Z"}),
            )
            .answer(201, "The share.", reference("Share"))
            .problems(&[
                Code::InvalidTitle,
                Code::InvalidTimezone,
                Code::InvalidExpiresAt,
                Code::TooManyShares,
            ])
    };
    let list = |operation: Operation| {
        operation.paged().answer(200, "A page of shares, oldest first.", list_of(reference("Share"), true))
    };
    let delete = |operation: Operation| {
        operation.empty_answer(204, "Its address answers `share_not_found`.").problems(&[Code::ShareNotFound])
    };
    let (of_links, of_tags) = (&[Code::LinkNotFound][..], &[Code::TagNotFound][..]);
    vec![
        create(operation(Method::POST, "/api/v1/links/{id}/shares", "shareLink", "Share a link's statistics"))
            .description(description.clone())
            .problems(of_links),
        list(operation(Method::GET, "/api/v1/links/{id}/shares", "listLinkShares", "List a link's shares")).problems(of_links),
        delete(operation(Method::DELETE, "/api/v1/links/{id}/shares/{share}", "unshareLink", "End a share of a link")).problems(of_links),
        create(operation(Method::POST, "/api/v1/tags/{name}/shares", "shareTag", "Share a tag's statistics"))
            .description(format!("{description} Counts the links that have the tag at the time of reading. A key that is bound to some links cannot share a tag. A share follows its tag when it is renamed, and ends when it is removed."))
            .problems(&[Code::TagNotFound, Code::TooManyLinks]),
        list(operation(Method::GET, "/api/v1/tags/{name}/shares", "listTagShares", "List a tag's shares")).problems(of_tags),
        delete(operation(Method::DELETE, "/api/v1/tags/{name}/shares/{share}", "unshareTag", "End a share of a tag")).problems(of_tags),
        operation(Method::GET, "/api/v1/shared/{token}", "readShared", "Read shared statistics")
            .description(format!("Each origin counts once in {} s, for one request at a time. While clicks cannot be counted, or a tag has more links than can be, the last counts are sent, with their age.", SHARED_STATISTICS_TTL.as_secs()))
            .parameter(
                "period",
                json!({"type": "string", "enum": Period::ALL.map(Period::as_str), "default": Period::Days30.as_str()}),
                "Up to now, in the share's time zone. Points are hours, days or months.",
            )
            .answer(200, "Counts of clicks.", reference("SharedStatistics"))
            .problems(&[
                Code::ShareNotFound, Code::InvalidPeriod, Code::InternalError, Code::Overloaded,
                Code::DatabaseUnavailable, Code::AnalyticsUnavailable,
            ]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let title = json!({"type": ["string", "null"], "maxLength": MAX_SHARE_TITLE_CHARACTERS, "description": "Shown with the statistics."});
    let expires_at =
        json!({"type": ["string", "null"], "format": "date-time", "description": "By default never."});
    let zone = |description: &str| json!({"type": "string", "description": description});
    let new = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "title": title, "expires_at": expires_at,
            "timezone": nullable(zone("In which days are counted: a name of the IANA database or an offset; UTC by default.")),
        },
    });
    let share = object(json!({
        "id": {"type": "string", "format": "uuid"},
        "url": {"type": "string", "format": "uri", "description": "Where the statistics are read as JSON."},
        "title": title, "timezone": zone("In which days are counted."),
        "created_by": {"type": ["string", "null"], "format": "uuid", "description": "The key. Null: the bootstrap key."},
        "created_at": time("By the origin's clock."),
        "expires_at": expires_at,
    }));
    let count = json!({"type": "integer"});
    let groups = json!({
        "type": "array",
        "items": object(json!({"value": {"type": "string"}, "clicks": count, "visitors": count})),
    });
    let point = object(json!({
        "start": time("Of the hour, day or month."), "clicks": count, "visitors": count,
        "classes": {"type": "object", "additionalProperties": count, "description": "Clicks by class, without zeros."},
    }));
    let shared = object(json!({
        "title": title,
        "short_url": {"type": ["string", "null"], "description": "Of a shared link."},
        "tag": {"type": ["string", "null"], "description": "The shared tag."},
        "expires_at": expires_at,
        "period": {"type": "string", "enum": Period::ALL.map(Period::as_str)},
        "age_seconds": {"type": "integer", "description": "How long ago the clicks were counted."},
        "from": time("Start of the first point."), "to": time("End of the last."), "timezone": zone("Of the points."),
        "complete_until": nullable(time("All clicks up to this time are counted.")),
        "total": count, "visitors": count, "series": {"type": "array", "items": point},
        "countries": groups, "devices": groups, "referrers": groups,
    }));
    vec![("NewShare", new), ("Share", share), ("SharedStatistics", shared)]
}
