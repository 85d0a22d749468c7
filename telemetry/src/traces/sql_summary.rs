//! What a statement does to which tables, such as `UPDATE links INSERT publications`. Takes nothing else from its text.
//! <https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query>

/// A statement may name more tables; these tell it apart.
const MAX_TABLES: usize = 4;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct SqlSummary {
    pub(super) operation: &'static str,
    pub(super) text: String,
}

impl SqlSummary {
    pub(super) fn of(sql: &str) -> Self {
        let tokens = tokens(sql);
        let word = |position: usize| tokens.get(position).copied().unwrap_or_default();
        let local: Vec<&str> = (0..tokens.len())
            .filter(|position| word(position + 1).eq_ignore_ascii_case("as") && word(position + 2) == "(")
            .map(word)
            .collect();
        let mut steps: Vec<(&'static str, &str)> = Vec::new();
        for position in 0..tokens.len() {
            let previous = if position == 0 { "" } else { word(position - 1) };
            let Some((operation, table)) = step(previous, word(position), word(position + 1)) else {
                continue;
            };
            let follows = tokens.iter().skip(position + 1).position(|token| *token == table);
            let is_function = follows.is_some_and(|offset| word(position + offset + 2) == "(");
            // The columns of an INSERT follow its table.
            let is_table =
                is_name(table) && !local.contains(&table) && (operation == "INSERT" || !is_function);
            if is_table && !steps.contains(&(operation, table)) && steps.len() < MAX_TABLES {
                steps.push((operation, table));
            }
        }
        let writes = steps.iter().find(|(operation, _)| *operation != "SELECT").or(steps.first());
        let operation = writes.map_or_else(|| first_operation(word(0)), |(operation, _)| operation);
        if steps.is_empty() {
            return Self { operation, text: operation.to_owned() };
        }
        let steps: Vec<_> = steps.iter().map(|(operation, table)| format!("{operation} {table}")).collect();
        Self { operation, text: steps.join(" ") }
    }
}

/// Words, and opening brackets.
fn tokens(sql: &str) -> Vec<&str> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(start) = rest.find(|character: char| is_word(character) || character == '(') {
        rest = rest.get(start..).unwrap_or_default();
        let length = if rest.starts_with('(') {
            1
        } else {
            rest.find(|character| !is_word(character)).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The operation and the table that a keyword names.
fn step<'a>(previous: &str, keyword: &str, next: &'a str) -> Option<(&'static str, &'a str)> {
    let after = |word: &str| previous.eq_ignore_ascii_case(word);
    match keyword {
        "INTO" => Some(("INSERT", next)),
        // `DO UPDATE SET`, `FOR UPDATE OF`.
        "UPDATE" if !after("DO") && !after("FOR") && !after("KEY") => Some(("UPDATE", next)),
        "FROM" if after("DELETE") => Some(("DELETE", next)),
        "FROM" | "JOIN" => Some(("SELECT", next)),
        _ => None,
    }
}

/// Keywords are in capitals.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn first_operation(word: &str) -> &'static str {
    const KNOWN: [&str; 12] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SET",
        "COPY",
        "LOCK",
    ];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(word)).unwrap_or("statement")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_their_operations_and_tables() {
        for (sql, operation, text) in [
            ("SELECT 1", "SELECT", "SELECT"),
            ("BEGIN", "BEGIN", "BEGIN"),
            ("ROLLBACK TO SAVEPOINT _sqlx_savepoint_1", "ROLLBACK", "ROLLBACK"),
            ("SELECT id FROM links WHERE code = 'sesame'", "SELECT", "SELECT links"),
            ("DELETE FROM api_keys WHERE id = $1", "DELETE", "DELETE api_keys"),
            ("INSERT INTO tags (name, color) VALUES ($1, $2) ON CONFLICT DO UPDATE SET name = $1", "INSERT", "INSERT tags"),
            (
                "SELECT a FROM unnest((SELECT $1::text[])) AS name(a) LEFT JOIN LATERAL (SELECT * FROM links LIMIT 1) link ON true",
                "SELECT",
                "SELECT links",
            ),
            (
                "WITH late AS (SELECT x FROM link_gates gate JOIN link_totals known ON true FOR UPDATE OF gate)
                 UPDATE link_gates gate SET used = 1 FROM late",
                "UPDATE",
                "SELECT link_gates SELECT link_totals UPDATE link_gates",
            ),
            ("SELECT granted FROM grant_visits($1, $2)", "SELECT", "SELECT"),
            ("nonsense 4711", "statement", "statement"),
            ("", "statement", "statement"),
        ] {
            assert_eq!(SqlSummary::of(sql), SqlSummary { operation, text: text.into() }, "{sql}");
        }
    }

    #[test]
    fn values_in_the_text_are_left_out() {
        let sql =
            "SELECT id FROM links WHERE url = 'https://canary.example/?q=1' AND code = 'CANARY' AND n = 4711";
        assert_eq!(SqlSummary::of(sql).text, "SELECT links");
    }
}
