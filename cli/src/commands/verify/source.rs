//! The rows of a source, as `import` reads it: what each was there, and what it became here.

use serde_json::Value;

use super::row::Row;
use crate::app::App;
use crate::args::check::VerifySourceArgs;
use crate::args::import::SourceCommand;
use crate::commands::import;
use crate::error::CliError;

pub fn rows(
    app: &App,
    command: &SourceCommand<VerifySourceArgs>,
    VerifySourceArgs { old_server, domain, .. }: &VerifySourceArgs,
) -> Result<Vec<Row>, CliError> {
    let outcomes = import::outcomes(app, command, domain.clone(), old_server.clone())?;
    Ok((1..).zip(&outcomes).flat_map(|(number, outcome)| rows_of(number, outcome)).collect())
}

/// One for each name.
fn rows_of(number: u64, outcome: &Value) -> Vec<Row> {
    let mut rows = vec![row(number, outcome)];
    let further = outcome.get("further_names").and_then(Value::as_array);
    for name in further.into_iter().flatten() {
        let mut of_name = outcome.clone();
        if let (Some(of_name), Some(name)) = (of_name.as_object_mut(), name.as_object()) {
            of_name.extend(name.clone());
        }
        rows.push(row(number, &of_name));
    }
    rows
}

fn row(number: u64, outcome: &Value) -> Row {
    let text = |name: &str| outcome.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_here = text("id").is_some();
    let (old, new) = (text("old"), text("new").filter(|_| is_here));
    // Where both are known, a link with rules or parameters may lead elsewhere than its destination on both sides.
    let is_known_twice = old.is_some() && new.is_some() && old != new;
    let expected = text("destination").filter(|_| is_here && !is_known_twice);
    let mut row = Row::new(number, old, new, expected);
    if !is_here {
        row.problem = Some(text("reason").unwrap_or_else(|| "it was not imported".to_owned()));
    }
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_name_is_a_row() {
        let further = json!([{"old": "https://bit.ly/b", "new": "https://go.example/b"}]);
        let outcome = json!({"id": "x", "old": "https://bit.ly/a", "new": "https://go.example/a", "further_names": further});
        let names: Vec<_> =
            rows_of(1, &outcome).into_iter().map(|row| (row.old.unwrap(), row.new.unwrap())).collect();
        let name = |code: &str| (format!("https://bit.ly/{code}"), format!("https://go.example/{code}"));
        assert_eq!(names, [name("a"), name("b")]);
    }

    #[test]
    fn destination_counts_where_one_side_is_unknown() {
        let row = |old: Value, new: &str, id: Value| {
            let reason = if id.is_null() { json!("the alias is taken") } else { Value::Null };
            let outcome = json!({"id": id, "old": old, "new": new, "destination": "https://example.com/", "reason": reason});
            let Row { old, new, expected, problem, .. } = super::row(1, &outcome);
            [old, new, expected, problem].map(Option::unwrap_or_default)
        };
        let (old, new, destination) = ("https://bit.ly/a", "https://go.example/a", "https://example.com/");
        assert_eq!(row(json!(old), new, json!("x")), [old, new, "", ""]);
        assert_eq!(row(json!(new), new, json!("x")), [new, new, destination, ""]);
        assert_eq!(row(Value::Null, new, json!("x")), ["", new, destination, ""]);
        assert_eq!(row(json!(old), new, Value::Null), [old, "", "", "the alias is taken"]);
    }
}
