//! The answer to a statistics request, as JSON and as CSV.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::csv;

#[derive(Debug, Serialize)]
pub(crate) struct StatsJson {
    /// The range after widening to whole buckets.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) timezone: String,
    pub(crate) class: &'static str,
    pub(crate) complete_until: Option<String>,
    pub(crate) basis: &'static str,
    /// The part of the clicks that was read; the numbers are estimates if it is below 1.
    pub(crate) share: f64,
    /// Whether a limit combined groups.
    pub(crate) truncated: bool,
    pub(crate) total: i64,
    pub(crate) visitors: i64,
    /// The preceding period of the same length.
    pub(crate) previous: PeriodJson,
    pub(crate) change: ChangeJson,
    pub(crate) series: Vec<PointJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<GroupJson>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PeriodJson {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) total: i64,
    pub(crate) visitors: i64,
}

/// From the preceding period, as a ratio: 0.25 is a quarter more. `None` if that had none.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeJson {
    pub(crate) total: Option<f64>,
    pub(crate) visitors: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PointJson {
    pub(crate) start: String,
    pub(crate) clicks: i64,
    pub(crate) visitors: i64,
    /// The clicks by class, without zeros; only if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classes: Option<BTreeMap<String, i64>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GroupJson {
    pub(crate) value: String,
    pub(crate) clicks: i64,
    pub(crate) visitors: i64,
    /// Of a link that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) short_url: Option<String>,
}

/// Four decimals are more than counts of clicks are worth.
pub(crate) fn change(now: i64, before: i64) -> Option<f64> {
    let ratio = (now - before) as f64 / before as f64;
    (before > 0).then_some((ratio * 1e4).round() / 1e4)
}

/// The groups of an answer, or its series if it has none.
pub(crate) fn csv(answer: &Map<String, Value>) -> String {
    let rows = answer.get("groups").or_else(|| answer.get("series")).and_then(Value::as_array);
    let rows: Vec<BTreeMap<String, String>> = rows.into_iter().flatten().map(cells).collect();
    let mut columns: Vec<&str> = ["value", "start", "short_url", "clicks", "visitors"].into();
    let is_used = |column: &str| rows.iter().any(|row| row.contains_key(column));
    columns.retain(|column| is_used(column) || matches!(*column, "clicks" | "visitors"));
    let mut classes: Vec<&str> = rows.iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
    classes.retain(|name| !columns.contains(name));
    classes.sort_unstable();
    classes.dedup();
    columns.append(&mut classes);
    let mut text = String::new();
    csv::write_row(&mut text, columns.iter().copied());
    for row in &rows {
        // A class without clicks is left out of JSON.
        let cell = |column: &&str| match row.get(*column) {
            Some(cell) => cell.clone(),
            None if *column == "short_url" => String::new(),
            None => "0".to_owned(),
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        csv::write_row(&mut text, cells.iter().map(String::as_str));
    }
    text
}

fn cells(row: &Value) -> BTreeMap<String, String> {
    let mut cells = BTreeMap::new();
    for (name, value) in row.as_object().into_iter().flatten() {
        match value {
            Value::Object(classes) => {
                cells.extend(classes.iter().map(|(class, clicks)| (class.clone(), clicks.to_string())));
            }
            Value::String(text) => drop(cells.insert(name.clone(), text.clone())),
            other => drop(cells.insert(name.clone(), other.to_string())),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(answer: Value, expected: &str) {
        assert_eq!(csv(answer.as_object().unwrap()).replace('"', ""), expected);
    }

    #[test]
    fn groups_are_rows_if_there_are_any() {
        let series = json!([{"start": "a", "clicks": 3, "visitors": 2}]);
        check(json!({"series": series}), "start,clicks,visitors\r\na,3,2\r\n");
        let groups = json!([{"value": "x", "clicks": 3, "visitors": 2}]);
        check(json!({"series": series, "groups": groups}), "value,clicks,visitors\r\nx,3,2\r\n");
        check(json!({"series": series, "groups": []}), "clicks,visitors\r\n");
    }

    #[test]
    fn classes_are_columns() {
        let series = json!([
            {"start": "a", "clicks": 3, "visitors": 2, "classes": {"human": 2, "bot": 1}},
            {"start": "b", "clicks": 0, "visitors": 0, "classes": {}},
        ]);
        check(json!({"series": series}), "start,clicks,visitors,bot,human\r\na,3,2,1,2\r\nb,0,0,0,0\r\n");
    }

    #[test]
    fn change_is_a_ratio() {
        for (now, before, ratio) in
            [(5, 4, Some(0.25)), (0, 4, Some(-1.0)), (4, 4, Some(0.0)), (1, 3, Some(-0.6667)), (4, 0, None)]
        {
            assert_eq!(change(now, before), ratio, "{now} after {before}");
        }
    }
}
