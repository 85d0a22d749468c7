//! Clicks in the document.

use axum::http::Method;
use serde_json::json;

use super::operation::Operation;
use super::schemas::time;
use crate::problem::ProblemCode as Code;

const TAG: &str = "statistics";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/api/v1/links/{id}/stats", TAG, "getLinkStats", "Count a link's clicks")
            .parameter(
                "from",
                json!({"type": "string", "format": "date-time"}),
                "Where the range begins; 30 days before its end where this is left out.",
            )
            .parameter(
                "to",
                json!({"type": "string", "format": "date-time"}),
                "Where the range ends; now where this is left out.",
            )
            .parameter(
                "interval",
                json!({"type": "string", "enum": ["hour", "day"], "default": "day"}),
                "Of the series.",
            )
            .answer(
                200,
                "The clicks in the range, widened to whole quarters of an hour.",
                json!({
                    "type": "object",
                    "required": ["from", "to", "total", "series"],
                    "properties": {
                        "from": time("As it was counted."), "to": time("As it was counted."),
                        "total": {"type": "integer"},
                        "series": {"type": "array", "items": {"type": "object"}},
                    },
                }),
            )
            .problems(&[
                Code::LinkNotFound,
                Code::InvalidFrom,
                Code::InvalidTo,
                Code::InvalidInterval,
                Code::AnalyticsUnavailable,
            ]),
    ]
}
