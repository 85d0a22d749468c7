//! `POST /api/v1/imports/{id}/days`: clicks by day of a system that does not give its visits. Each is set, so that a repeated request
//! changes nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use link_core::record::LinkId;
use serde::Serialize;
use serde_json::{Map, Value};
use time::Date;
use time::macros::format_description;

use super::row_input::identified;
use super::row_link::link_of;
use super::{find_import, import_id};
use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::limits::{MAX_IMPORT_DAYS, MAX_IMPORT_ROWS, MAX_IMPORTED_DAY_CLICKS};
use crate::store::imported_days::ImportedDay;
use crate::store::imports::ImportRow;

#[derive(Debug, Serialize)]
pub(crate) struct DaysJson {
    /// That have this count now; of a day that was sent twice, the last one counts.
    days: usize,
    skipped: Vec<SkippedRowJson>,
}

#[derive(Debug, Serialize)]
struct SkippedRowJson {
    row_id: String,
    reason: &'static str,
}

pub(crate) async fn write(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Json<DaysJson>, Problem> {
    let import = find_import(&app, import_id(path)?, principal).await?;
    let rows = read(body, app.clock.now().day())?;
    let ids: Vec<&str> = rows.iter().map(|row| row.row_id.as_str()).collect();
    let known = app.links.import_rows(import.id, &ids).await?;
    let known = known.into_iter().map(|row| (row.row_id.clone(), row)).collect();
    let (days, skipped) = of_links(rows, &known);
    if !days.is_empty() {
        let written = app.analytics.set_imported_days(&days).await?;
        app.links.set_totals(&written.totals).await?;
        app.links.add_import_days(import.id, written.new).await?;
    }
    Ok(Json(DaysJson { days: days.len(), skipped }))
}

#[derive(Debug)]
struct RowDays {
    row_id: String,
    days: Vec<(Date, i64)>,
}

/// Each link and day once: two rows may have made or found one link.
fn of_links(
    rows: Vec<RowDays>,
    known: &HashMap<String, ImportRow>,
) -> (Vec<ImportedDay>, Vec<SkippedRowJson>) {
    let (mut days, mut skipped): (BTreeMap<(LinkId, Date), ImportedDay>, _) = (BTreeMap::new(), Vec::new());
    for row in rows {
        match link_of(known, &row.row_id) {
            Ok((link, domain)) => days.extend(row.days.into_iter().map(|(day, clicks)| {
                ((link, day), ImportedDay { link, domain: domain.to_owned(), day, clicks })
            })),
            Err(reason) => skipped.push(SkippedRowJson { row_id: row.row_id, reason: reason.as_str() }),
        }
    }
    (days.into_values().collect(), skipped)
}

fn read(body: Map<String, Value>, today: Date) -> Result<Vec<RowDays>, Problem> {
    let mut fields = Fields::from_body(body);
    let rows = fields.required("rows", ProblemCode::InvalidRows, |value| match value {
        Value::Array(rows) if (1..=MAX_IMPORT_ROWS).contains(&rows.len()) => Ok(rows),
        _ => Err(format!("must be a list of 1 to {MAX_IMPORT_ROWS} rows")),
    });
    let rows = fields.finish(rows)?;
    let (mut read, mut errors, mut count) = (Vec::with_capacity(rows.len()), Vec::new(), 0);
    for (position, value) in rows.into_iter().enumerate() {
        match row(value, today) {
            Ok(row) => {
                count += row.days.len();
                read.push(row);
            }
            Err((field, detail)) => {
                errors.push(FieldError { field: format!("rows[{position}]{field}"), detail });
            }
        }
    }
    if count > MAX_IMPORT_DAYS {
        let detail = format!("must have at most {MAX_IMPORT_DAYS} days together");
        errors.push(FieldError { field: "rows".to_owned(), detail });
    }
    if errors.is_empty() { Ok(read) } else { Err(Problem::from_fields(ProblemCode::InvalidRows, errors)) }
}

/// The field of an error, and what is wrong with it.
fn row(value: Value, today: Date) -> Result<RowDays, (String, String)> {
    let shape = "must be an object with row_id and days";
    let (row_id, mut rest) =
        identified(value, shape).map_err(|(field, detail)| (field.to_owned(), detail))?;
    let Some(Value::Array(days)) = rest.remove("days") else {
        return Err((".days".to_owned(), "must be a list".to_owned()));
    };
    if !rest.is_empty() {
        return Err((String::new(), format!("{shape}, and nothing else")));
    }
    let days = days.into_iter().enumerate().map(|(position, value)| {
        day(value, today).map_err(|(field, detail)| (format!(".days[{position}]{field}"), detail))
    });
    Ok(RowDays { row_id, days: days.collect::<Result<_, _>>()? })
}

fn day(value: Value, today: Date) -> Result<(Date, i64), (&'static str, String)> {
    let shape = || ("", "must be an object with day and clicks".to_owned());
    let Value::Object(mut value) = value else { return Err(shape()) };
    let (Some(day), Some(clicks), true) = (value.remove("day"), value.remove("clicks"), value.is_empty())
    else {
        return Err(shape());
    };
    let date =
        text(day).ok().and_then(|day| Date::parse(&day, format_description!("[year]-[month]-[day]")).ok());
    let date = date.filter(|date| date.year() >= 1970 && *date <= today);
    let date = date
        .ok_or_else(|| (".day", "must be a date such as 2019-06-01, from 1970 to today in UTC".to_owned()))?;
    let clicks = clicks.as_i64().filter(|clicks| (0..=MAX_IMPORTED_DAY_CLICKS).contains(clicks));
    let clicks = clicks
        .ok_or_else(|| (".clicks", format!("must be a whole number from 0 to {MAX_IMPORTED_DAY_CLICKS}")))?;
    Ok((date, clicks))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::date;

    use super::*;

    #[test]
    fn day_is_a_date_up_to_today_with_a_count() {
        let read = |day: &str, clicks: Value| {
            super::day(json!({"day": day, "clicks": clicks}), date!(2026 - 11 - 24))
                .map_err(|(field, _)| field)
        };
        assert_eq!(read("2026-11-24", json!(0)), Ok((date!(2026 - 11 - 24), 0)));
        assert_eq!(read("1970-01-01", json!(1_000_000_000)), Ok((date!(1970 - 01 - 01), 1_000_000_000)));
        for day in ["2026-11-25", "1969-12-31", "2026-02-30", "2026-11-24T00:00:00Z", ""] {
            assert_eq!(read(day, json!(1)), Err(".day"), "{day}");
        }
        for clicks in [json!(-1), json!(1.5), json!("1"), json!(1_000_000_001), Value::Null] {
            assert_eq!(read("2026-11-24", clicks), Err(".clicks"));
        }
    }
}
