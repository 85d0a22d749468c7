//! Reads the rows of `INSERT` statements from a dump of MySQL or MariaDB, byte by byte: a line of a dump may have megabytes.

use std::io::Read;

use super::super::table::Input;

const CUT_OFF: &str = "the dump was cut off";

#[derive(Debug, PartialEq, Eq)]
pub enum Statement {
    /// The dump's times are in UTC.
    Utc,
    Row {
        table: String,
        columns: Vec<String>,
        values: Vec<Option<String>>,
    },
}

pub struct Dump {
    bytes: std::iter::Peekable<std::io::Bytes<Input>>,
    /// Of the statement whose rows are being read.
    insert: Option<(String, Vec<String>)>,
}

/// By the first characters of a file.
pub fn is_sql(start: &str) -> bool {
    let upper = start.to_ascii_uppercase();
    ["--", "/*", "CREATE TABLE", "INSERT INTO", "DROP TABLE", "SET "]
        .iter()
        .any(|word| upper.starts_with(word))
}

impl Dump {
    pub fn new(input: Input) -> Self {
        Self { bytes: input.bytes().peekable(), insert: None }
    }

    fn next_byte(&mut self) -> Result<Option<u8>, String> {
        self.bytes.next().transpose().map_err(|error| error.to_string())
    }

    fn peek(&mut self) -> Option<u8> {
        self.bytes.peek().and_then(|byte| byte.as_ref().ok()).copied()
    }

    fn skip_space(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.next_byte()?;
        }
        Ok(())
    }

    fn statement(&mut self) -> Result<Option<Statement>, String> {
        loop {
            if let Some((table, columns)) = self.insert.clone() {
                match self.row()? {
                    Some(values) => return Ok(Some(Statement::Row { table, columns, values })),
                    None => self.insert = None,
                }
            }
            let Some(head) = self.head()? else { return Ok(None) };
            let text = head.to_ascii_uppercase();
            if text.contains("TIME_ZONE") && (text.contains("+00:00") || text.contains("'UTC'")) {
                return Ok(Some(Statement::Utc));
            }
            if let Some(rest) = after_insert(&head) {
                self.insert = Some(table_and_columns(rest));
            }
        }
    }

    /// A statement up to its end, or up to its VALUES. Comments in `/*!` are statements; others are left out.
    fn head(&mut self) -> Result<Option<String>, String> {
        let mut head = Vec::new();
        while let Some(byte) = self.next_byte()? {
            match byte {
                b';' => return Ok(Some(String::from_utf8_lossy(&head).into_owned())),
                b'\'' | b'"' => {
                    head.push(byte);
                    head.extend(self.quoted(byte)?);
                    head.push(byte);
                }
                b'-' if head.last() == Some(&b'-') => {
                    head.pop();
                    while self.next_byte()?.is_some_and(|byte| byte != b'\n') {}
                }
                _ => head.push(byte),
            }
            if ends_with_values(&head) {
                let text = String::from_utf8_lossy(&head).into_owned();
                if after_insert(&text).is_some() {
                    return Ok(Some(text));
                }
            }
        }
        let rest = String::from_utf8_lossy(&head);
        let rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with(['#', '/']) { Ok(None) } else { Err(CUT_OFF.to_owned()) }
    }

    /// The values of the next row; None at the end of the statement.
    fn row(&mut self) -> Result<Option<Vec<Option<String>>>, String> {
        loop {
            self.skip_space()?;
            match self.next_byte()? {
                Some(b'(') => break,
                Some(b',') => {}
                Some(_) => return Ok(None),
                None => return Err(CUT_OFF.to_owned()),
            }
        }
        let mut values = Vec::new();
        loop {
            self.skip_space()?;
            values.push(match self.peek() {
                Some(quote @ (b'\'' | b'"')) => {
                    self.next_byte()?;
                    Some(String::from_utf8_lossy(&self.quoted(quote)?).into_owned())
                }
                _ => self.bare()?,
            });
            self.skip_space()?;
            match self.next_byte()? {
                Some(b',') => {}
                Some(b')') => return Ok(Some(values)),
                _ => return Err(format!("{CUT_OFF}, or a value cannot be read")),
            }
        }
    }

    fn bare(&mut self) -> Result<Option<String>, String> {
        let mut bytes = Vec::new();
        while self.peek().is_some_and(|byte| !matches!(byte, b',' | b')')) {
            bytes.extend(self.next_byte()?);
        }
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        Ok(Some(text).filter(|text| !text.eq_ignore_ascii_case("null")))
    }

    /// Up to the closing quote, without its escapes.
    fn quoted(&mut self, quote: u8) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        loop {
            let byte = self.next_byte()?.ok_or(CUT_OFF)?;
            match byte {
                b'\\' => {
                    let escaped = self.next_byte()?.ok_or(CUT_OFF)?;
                    bytes.push(match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'0' => 0,
                        other => other,
                    });
                }
                byte if byte == quote && self.peek() == Some(quote) => {
                    self.next_byte()?;
                    bytes.push(quote);
                }
                byte if byte == quote => return Ok(bytes),
                byte => bytes.push(byte),
            }
        }
    }
}

impl Iterator for Dump {
    type Item = Result<Statement, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.statement().transpose()
    }
}

/// What follows `INSERT INTO`.
fn after_insert(head: &str) -> Option<&str> {
    let head = head.trim_start();
    ["INSERT INTO", "INSERT IGNORE INTO", "REPLACE INTO"].iter().find_map(|word| {
        head.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word))?;
        head.get(word.len()..)
    })
}

fn ends_with_values(head: &[u8]) -> bool {
    head.len() > 6 && head.get(head.len() - 6..).is_some_and(|end| end.eq_ignore_ascii_case(b"VALUES"))
}

/// `` `db`.`yourls_url` (`keyword`, `url`) VALUES ``
fn table_and_columns(rest: &str) -> (String, Vec<String>) {
    let rest = rest.get(..rest.len().saturating_sub(6)).unwrap_or_default();
    let bare = |name: &str| name.trim().trim_matches(['`', '"']).to_owned();
    let (table, columns) = rest.split_once('(').unwrap_or((rest, ""));
    let columns = columns.trim().trim_end_matches(')').split(',').map(bare).filter(|name| !name.is_empty());
    (bare(table.rsplit('.').next().unwrap_or_default()), columns.collect())
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &'static str) -> Vec<Statement> {
        Dump::new(BufReader::new(Box::new(text.as_bytes()))).map(Result::unwrap).collect()
    }

    fn row(table: &str, columns: &[&str], values: &[Option<&str>]) -> Statement {
        Statement::Row {
            table: table.into(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            values: values.iter().map(|value| value.map(str::to_owned)).collect(),
        }
    }

    #[test]
    fn rows_of_a_dump_are_read() {
        let statements = read(
            "-- it's a dump; of MySQL\n/*!40103 SET TIME_ZONE='+00:00' */;\nDROP TABLE IF EXISTS `yourls_url`;\n\
             CREATE TABLE `yourls_url` (`title` text DEFAULT 'a;b');\n\
             INSERT INTO `yourls_url` VALUES ('a','https://x.test/?q=1;2','It\\'s (1), \\\"ü\\\"\\n','2020-01-02 03:04:05','::1',7),\n\
             ('b','https://x.test/','two''quotes',NULL, '' , 0);\n\
             insert into `db`.`x_url` (`url`, `keyword`)\nVALUES\n('https://y.test/', 'c');\n-- the end\n",
        );
        let expected = [
            Statement::Utc,
            row(
                "yourls_url",
                &[],
                &[
                    Some("a"),
                    Some("https://x.test/?q=1;2"),
                    Some("It's (1), \"ü\"\n"),
                    Some("2020-01-02 03:04:05"),
                    Some("::1"),
                    Some("7"),
                ],
            ),
            row(
                "yourls_url",
                &[],
                &[Some("b"), Some("https://x.test/"), Some("two'quotes"), None, Some(""), Some("0")],
            ),
            row("x_url", &["url", "keyword"], &[Some("https://y.test/"), Some("c")]),
        ];
        assert_eq!(statements, expected);
    }

    #[test]
    fn dump_that_was_cut_off_is_an_error() {
        for text in [
            "INSERT INTO yourls_url VALUES ('a','https://x.te",
            "INSERT INTO yourls_url VALUES ('a','https://x.test/'),\n",
            "INSERT INTO yourls_url VALUES ('a','https://x.test/')",
            "INSERT INTO yourls_url VALUES ('a','https://x.test/');\nINSERT INTO yourls_u",
        ] {
            let mut dump = Dump::new(BufReader::new(Box::new(text.as_bytes())));
            assert!(dump.any(|statement| statement.is_err()), "{text}");
        }
    }
}
