//! The file of `verify`: CSV with a header, or JSON lines.

use serde_json::{Map, Value};

use super::row::Row;

const OLD: [&str; 4] = ["old", "old_url", "old_short_url", "short_url"];
const NEW: [&str; 3] = ["new", "new_url", "new_short_url"];
const EXPECTED: [&str; 6] = ["expected", "destination", "long_url", "original_url", "target", "url"];

pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let rows = if text.trim_start().starts_with('{') { json_lines(text) } else { csv(text) }?;
    if rows.is_empty() {
        return Err("it has no rows".to_owned());
    }
    Ok(rows)
}

fn json_lines(text: &str) -> Result<Vec<Row>, String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let object: Map<String, Value> =
                serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            let find = |names: &[&str]| {
                names.iter().find_map(|name| object.get(*name).and_then(Value::as_str)).map(str::to_owned)
            };
            Ok(Row::new(number, find(&OLD), find(&NEW), find(&EXPECTED)))
        })
        .collect()
}

fn csv(text: &str) -> Result<Vec<Row>, String> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| header.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?;
    let headers: Vec<String> =
        headers.iter().map(|name| name.to_lowercase().replace([' ', '-'], "_")).collect();
    let column =
        |names: &[&str]| names.iter().find_map(|name| headers.iter().position(|header| header == name));
    let (old, new, expected) = (column(&OLD), column(&NEW), column(&EXPECTED));
    if [old, new, expected].into_iter().flatten().count() < 2 {
        return Err(format!(
            "its first line must name two of three columns: {}; {}; {}",
            OLD.join(", "),
            NEW.join(", "),
            EXPECTED.join(", ")
        ));
    }
    let mut rows = Vec::new();
    for (number, record) in (2..).zip(reader.into_records()) {
        let record = record.map_err(|error| error.to_string())?;
        let value = |column: Option<usize>| column.and_then(|column| record.get(column)).map(str::to_owned);
        rows.push(Row::new(number, value(old), value(new), value(expected)));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(rows: Vec<Row>) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
        rows.iter()
            .map(|row| {
                format!("{} {} {} {}", row.number, text(&row.old), text(&row.new), text(&row.expected))
            })
            .collect()
    }

    #[test]
    fn columns_are_known_by_name() {
        let csv = "\u{feff}Title;Short URL;Long URL\n\"a;\nb\";bit.ly/x;https://example.com/\n;;\n";
        let rows = parse(csv).unwrap();
        assert_eq!(rows[1].problem.as_deref(), Some("there is nothing to compare"));
        assert_eq!(short(rows), ["2 https://bit.ly/x - https://example.com/", "3 - - -"]);
        let lines =
            "{\"old\": \"https://bit.ly/x\", \"new\": \"https://go.example/x\", \"n\": 1}\n\n{\"old\": 5}\n";
        assert_eq!(short(parse(lines).unwrap()), ["1 https://bit.ly/x https://go.example/x -", "3 - - -"]);
    }

    #[test]
    fn other_files_are_refused() {
        for text in [
            "",
            "old\nhttps://bit.ly/x\n",
            "{\"old\": ",
            "https://a.example/,https://b.example/\n",
            "old,new\n",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
