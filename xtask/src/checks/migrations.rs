//! Refuses a migration that breaks the previous release, which runs beside it and after a roll-back: expand first,
//! contract in a later release. An intended contraction is marked with its reason on the line before it: `-- contract:
//! …`. Refuses one that reads a whole table while nobody else may read it.

use std::path::Path;

use anyhow::{Context, Result, bail};

const MARKER: &str = "-- contract:";

/// Statements and clauses that remove something that older code may use; in upper case, words separated by one space.
const DESTRUCTIVE: &[&str] = &[
    "DROP TABLE",
    "DROP COLUMN",
    "DROP SCHEMA",
    "DROP SEQUENCE",
    "DROP VIEW",
    "DROP TYPE",
    "DROP FUNCTION",
    "DROP DEFAULT",
    "RENAME TO",
    "RENAME COLUMN",
    "RENAME CONSTRAINT",
    "SET NOT NULL",
    "SET SCHEMA",
    "SET DATA TYPE",
    "TRUNCATE",
    "DELETE FROM",
];

/// Landed before the rule about scans.
const SCANNING: &[&str] =
    &["0002_everything_a_link_can_be.sql", "0006_limits_of_keys.sql", "0032_link_previews.sql"];

pub(crate) fn check(root: &Path) -> Result<()> {
    let (mut found, mut scanning) = (Vec::new(), Vec::new());
    for database in ["links", "analytics"] {
        let folder = root.join("migrations").join(database);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
            .flatten()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "sql")) {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if scans(&text) && !SCANNING.contains(&&*name) {
                scanning.push(format!("migrations/{database}/{name}"));
            }
            let violations = violations(&text).into_iter();
            found.extend(
                violations.map(|(line, what)| format!("migrations/{database}/{name}:{line}: {what}")),
            );
        }
    }
    if !scanning.is_empty() {
        bail!(
            "these check every row of a table that exists, and nobody else may read it meanwhile. ADD COLUMN, then ADD \
             CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in a migration of its own\n  {}",
            scanning.join("\n  ")
        )
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!(
        "these remove something that the previous release may still use. Do it one release after the code stops \
         using it, and say so on the line before: `{MARKER} what no longer uses it, since when`\n  {}",
        found.join("\n  ")
    )
}

/// Line number and statement of every unmarked contraction.
fn violations(sql: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut is_marked = false;
    // A function's body runs later, when current code calls it.
    let mut is_in_body = false;
    for (index, line) in sql.lines().enumerate() {
        let (code, comment) = line.split_once("--").unwrap_or((line, ""));
        let code = normal(code);
        let bodies = code.matches("$$").count();
        if !is_in_body && bodies == 0 && !is_marked {
            found.extend(contraction(&code).map(|what| (index + 1, what)));
        }
        is_in_body ^= bodies % 2 == 1;
        if code.is_empty() {
            is_marked |= format!("--{comment}").starts_with(MARKER)
                && !comment.trim_start_matches(" contract:").trim().is_empty();
        } else {
            is_marked = false;
        }
    }
    found
}

/// Whether a statement adds a check that Postgres verifies by a scan under ACCESS EXCLUSIVE (ALTER TABLE, "Notes").
fn scans(sql: &str) -> bool {
    let code: String = sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).fold(
        String::new(),
        |mut code, line| {
            code.push_str(line);
            code.push(' ');
            code
        },
    );
    // A function's body runs later, when current code calls it.
    code.split("$$").step_by(2).flat_map(|part| part.split(';')).any(|statement| {
        let statement = format!(" {} ", normal(statement));
        let adds = [" ADD COLUMN ", " ADD CONSTRAINT ", " ADD CHECK "];
        statement.starts_with(" ALTER TABLE ")
            && adds.iter().any(|phrase| statement.contains(phrase))
            && statement.contains(" CHECK ")
            && !statement.contains(" NOT VALID ")
    })
}

fn contraction(code: &str) -> Option<String> {
    let padded = format!(" {code} ");
    let phrase = DESTRUCTIVE.iter().find(|phrase| padded.contains(&format!(" {phrase} ")));
    if let Some(phrase) = phrase {
        return Some((*phrase).to_owned());
    }
    if padded.contains(" ALTER COLUMN ") && padded.contains(" TYPE ") {
        return Some("ALTER COLUMN … TYPE".to_owned());
    }
    // Existing rows have no value for it, and older code inserts none.
    let adds = padded.contains(" ADD COLUMN ") && padded.contains(" NOT NULL ");
    let fills = [" DEFAULT ", " GENERATED "].iter().any(|word| padded.contains(word));
    (adds && !fills).then(|| "ADD COLUMN … NOT NULL without a default".to_owned())
}

/// Normalises to upper case, with one space between words and no punctuation.
fn normal(code: &str) -> String {
    let spaced: String =
        code.chars().map(|letter| if ";,()".contains(letter) { ' ' } else { letter }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_of_this_checkout_expand_or_are_marked() {
        check(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }

    #[test]
    fn contractions_are_refused() {
        for sql in [
            "DROP TABLE links;",
            "alter table links\n  drop   column url;",
            "ALTER TABLE links ALTER COLUMN status TYPE integer;",
            "ALTER TABLE links ALTER url SET DATA TYPE text",
            "ALTER TABLE links RENAME COLUMN url TO destination;",
            "ALTER TABLE links ADD COLUMN owner uuid NOT NULL;",
            "ALTER TABLE links ALTER COLUMN notes SET NOT NULL;",
            "TRUNCATE clicks;",
            "SELECT 1; DELETE FROM links;",
            "-- contract:\nDROP TABLE links;",
            "-- contract: nothing reads it since 1.4\nSELECT 1;\nDROP TABLE links;",
        ] {
            assert_eq!(violations(sql).len(), 1, "{sql}");
        }
    }

    #[test]
    fn check_of_a_table_that_exists_is_added_without_a_scan() {
        for sql in [
            "ALTER TABLE links\n    ADD COLUMN title text,\n    ADD COLUMN notes text CHECK (length(notes) < 9);",
            "alter table links add constraint short check (length(title) < 9);",
        ] {
            assert!(scans(sql), "{sql}");
        }
        for sql in [
            "ALTER TABLE links ADD COLUMN notes text; -- no CHECK\nCREATE TABLE a (b int CHECK (b > 0));",
            "ALTER TABLE links ADD CONSTRAINT short CHECK (length(title) < 9) NOT VALID;",
            "ALTER TABLE links VALIDATE CONSTRAINT short;",
        ] {
            assert!(!scans(sql), "{sql}");
        }
    }

    #[test]
    fn expansions_and_marked_steps_pass() {
        for sql in [
            "ALTER TABLE links ADD COLUMN title text, ADD COLUMN tags text[] NOT NULL DEFAULT '{}';",
            "CREATE TABLE domains (name text PRIMARY KEY, created_at timestamptz NOT NULL);",
            "-- contract: nothing reads it since 1.4\nALTER TABLE links DROP COLUMN url;",
            "-- contract: nothing reads it since 1.4,\n-- which is deployed everywhere\nDROP TABLE old;",
            "-- a comment may say DROP TABLE",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\n  DELETE FROM links;\n$$;",
        ] {
            assert_eq!(violations(sql), [], "{sql}");
        }
    }
}
