//! Reads the burn rates from the table in `docs/slo.md`, so that they stand in one place.

use std::fmt;

#[derive(Debug, PartialEq)]
pub(super) struct BurnRate {
    pub(super) alert: String,
    /// As PromQL writes durations.
    pub(super) long: String,
    pub(super) short: String,
    pub(super) factor: f64,
}

#[derive(Debug)]
pub struct MalformedTable(String);

impl fmt::Display for MalformedTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "docs/slo.md: cannot read the burn rate in {:?}", self.0)
    }
}

impl std::error::Error for MalformedTable {}

pub(super) fn burn_rates(slo: &str) -> Result<Vec<BurnRate>, MalformedTable> {
    let rows = slo.lines().filter(|line| line.starts_with("| `origin-burn-"));
    let rates = rows.map(|row| burn_rate(row).ok_or_else(|| MalformedTable(row.to_owned())));
    let rates: Vec<_> = rates.collect::<Result<_, _>>()?;
    match rates.is_empty() {
        true => Err(MalformedTable("no row that begins with `origin-burn-`".to_owned())),
        false => Ok(rates),
    }
}

/// `| name | 1 h | 5 min | 14.4 | …`
fn burn_rate(row: &str) -> Option<BurnRate> {
    let mut cells = row.trim_matches('|').split('|').map(str::trim);
    Some(BurnRate {
        alert: cells.next()?.trim_matches('`').to_owned(),
        long: duration(cells.next()?)?,
        short: duration(cells.next()?)?,
        factor: cells.next()?.parse().ok()?,
    })
}

fn duration(text: &str) -> Option<String> {
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    match unit {
        "h" => Some(format!("{number}h")),
        "min" => Some(format!("{number}m")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_table_are_read() {
        let slo = "| alarm | long | short |\n| `origin-burn-fast` | 1 h | 5 min | 14.4 | 1.44 % | 2 % |\n";
        let expected = BurnRate {
            alert: "origin-burn-fast".into(),
            long: "1h".into(),
            short: "5m".into(),
            factor: 14.4,
        };
        assert_eq!(burn_rates(slo).unwrap(), [expected]);
    }

    #[test]
    fn table_that_is_missing_or_malformed_is_an_error() {
        assert!(burn_rates("").is_err());
        assert!(burn_rates("| `origin-burn-fast` | an hour | 5 min | 14.4 |").is_err());
    }
}
