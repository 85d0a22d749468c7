//! `GET /api/v1/links/{id}/stats`: which range may be asked for, and the shape of the answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;

use super::link_id;
use crate::app::App;
use crate::fields::{Fields, text};
use crate::limits::MAX_SERIES_POINTS;
use crate::pages::QueryFields;
use crate::problem::{self, Problem, ProblemCode};
use crate::store::clicks::{BUCKET_MILLIS, Interval};
use crate::timestamp;

const DEFAULT_RANGE_MILLIS: i64 = 30 * 24 * 60 * 60 * 1_000;

#[derive(Debug, Serialize)]
pub(crate) struct StatsJson {
    /// The range as it was counted.
    from: String,
    to: String,
    timezone: &'static str,
    class: &'static str,
    total: i64,
    series: Vec<PointJson>,
}

#[derive(Debug, Serialize)]
struct PointJson {
    start: String,
    clicks: i64,
}

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(fields): QueryFields,
) -> Result<Json<StatsJson>, Problem> {
    let id = link_id(path)?;
    let range = Range::from_query(fields, app.clock.now())?;
    app.links.link_by_id(id).await?.ok_or_else(problem::link_not_found)?;
    let series = app.analytics.click_series(id, range.from, range.to, range.interval).await?;
    Ok(Json(StatsJson {
        from: timestamp::format(range.from),
        to: timestamp::format(range.to),
        timezone: "UTC",
        class: "all",
        total: series.iter().map(|count| count.clicks).sum(),
        series: series
            .into_iter()
            .map(|count| PointJson { start: timestamp::format(count.start), clicks: count.clicks })
            .collect(),
    }))
}

#[derive(Debug, PartialEq, Eq)]
struct Range {
    from: UnixMillis,
    to: UnixMillis,
    interval: Interval,
}

impl Range {
    /// Widened to the quarters of an hour that clicks are counted in: the answer then says exactly what it counts, where
    /// a cut through a bucket would have to leave out clicks or to add some silently.
    fn from_query(mut fields: Fields, now: UnixMillis) -> Result<Self, Problem> {
        let to = fields.optional("to", ProblemCode::InvalidTo, moment).unwrap_or(now);
        let from = fields
            .optional("from", ProblemCode::InvalidFrom, moment)
            .unwrap_or_else(|| to.plus_millis(-DEFAULT_RANGE_MILLIS));
        let interval = fields.optional("interval", ProblemCode::InvalidInterval, interval);
        let range = Self {
            from: UnixMillis(from.0 - from.0.rem_euclid(BUCKET_MILLIS)),
            to: UnixMillis(to.0 + (-to.0).rem_euclid(BUCKET_MILLIS)).min(*timestamp::LATEST),
            interval: interval.unwrap_or(Interval::Day),
        };
        if from >= to {
            fields.refuse(ProblemCode::InvalidTo, "to".to_owned(), "must be later than from".to_owned());
        } else if (range.to.0 - range.from.0) / range.interval.millis() > MAX_SERIES_POINTS {
            let most = format!("must be at most {MAX_SERIES_POINTS} {}s after from", range.interval.as_str());
            fields.refuse(ProblemCode::InvalidTo, "to".to_owned(), most);
        }
        fields.finish(Some(range))
    }
}

fn moment(value: Value) -> Result<UnixMillis, String> {
    // In a query string a plus sign stands for a space, and whoever pastes a time with an offset forgets that.
    timestamp::parse(&text(value)?.replace(' ', "+")).map_err(|error| error.to_string())
}

fn interval(value: Value) -> Result<Interval, String> {
    match text(value)?.as_str() {
        "hour" => Ok(Interval::Hour),
        "day" => Ok(Interval::Day),
        _ => Err("must be hour or day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(pairs: &[(&str, &str)]) -> Result<[String; 2], String> {
        let now = timestamp::parse("2026-11-23T18:07:00.123Z").unwrap();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Range::from_query(Fields::of_query(pairs), now)
            .map(|range| [range.from, range.to].map(timestamp::format))
            .map_err(|problem| format!("{problem:?}"))
    }

    #[track_caller]
    fn check(pairs: &[(&str, &str)], from: &str, to: &str) {
        assert_eq!(range(pairs), Ok([from.to_owned(), to.to_owned()]));
    }

    #[test]
    fn the_default_is_thirty_days_up_to_the_quarter_hour_that_is_running() {
        check(&[], "2026-10-24T18:00:00.000Z", "2026-11-23T18:15:00.000Z");
    }

    #[test]
    fn a_range_is_widened_to_whole_quarters_of_an_hour() {
        let asked = [("from", "2026-11-01T10:14:59.999Z"), ("to", "2026-11-01T10:15:00.001Z")];
        check(&asked, "2026-11-01T10:00:00.000Z", "2026-11-01T10:30:00.000Z");
        let whole = [("from", "2026-11-01T10:15:00Z"), ("to", "2026-11-01T10:30:00Z"), ("interval", "hour")];
        check(&whole, "2026-11-01T10:15:00.000Z", "2026-11-01T10:30:00.000Z");
    }

    #[test]
    fn an_end_in_the_past_moves_the_default_start() {
        check(&[("to", "2026-01-31T00:00:00Z")], "2026-01-01T00:00:00.000Z", "2026-01-31T00:00:00.000Z");
    }

    #[test]
    fn an_offset_whose_plus_sign_became_a_space_is_understood() {
        let asked = [("from", "2026-11-01T02:00:00 02:00"), ("to", "2026-11-01T02:00:00+01:00")];
        check(&asked, "2026-11-01T00:00:00.000Z", "2026-11-01T01:00:00.000Z");
    }

    #[test]
    fn the_edges_of_the_calendar_do_no_harm() {
        let last = [("from", "9999-12-31T00:00:00Z"), ("to", "9999-12-31T23:59:59.999Z")];
        check(&last, "9999-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z");
        check(&[("to", "0000-01-01T00:00:00Z")], "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_wrong_parameter_is_refused_by_name() {
        for (pairs, code, field) in [
            (&[("from", "yesterday")][..], "InvalidFrom", "from"),
            (&[("to", "")], "InvalidTo", "to"),
            (&[("interval", "minute")], "InvalidInterval", "interval"),
            (&[("interval", "day"), ("interval", "day")], "InvalidInterval", "interval"),
            (&[("class", "bot")], "UnknownParameter", "class"),
            (&[("From", "2026-11-01T00:00:00Z")], "UnknownParameter", "From"),
            (&[("from", "2026-11-23T18:07:00.123Z")], "InvalidTo", "to"),
            (&[("from", "1990-01-01T00:00:00Z")], "InvalidTo", "to"),
            (&[("from", "2025-09-01T00:00:00Z"), ("interval", "hour")], "InvalidTo", "to"),
        ] {
            let problem = range(pairs).unwrap_err();
            assert!(problem.contains(&format!("code: {code}")), "{pairs:?}: {problem}");
            assert!(problem.contains(&format!("field: {field:?}")), "{pairs:?}: {problem}");
        }
    }
}
