//! Aligned columns.

use std::fmt::Write;

use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::{self, Kind, OwnedColumn};
use super::terminal::{BOLD, Terminal};

const GAP: usize = 2;
/// Flexible columns are not made narrower.
const MIN_FLEXIBLE: usize = 12;

pub fn table(columns: &[OwnedColumn], rows: &[Value], terminal: &Terminal) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns.iter().map(|column| cell::shown(row, &column.path, column.kind)).collect())
        .collect();
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(position, column)| {
            let cells = cells.iter().filter_map(|row| row.get(position));
            cells.map(|cell| cell.width()).chain([column.header.width()]).max().unwrap_or_default()
        })
        .collect();
    if let Some(width) = terminal.width {
        narrow(columns, &mut widths, width);
    }
    let headers: Vec<String> = columns.iter().map(|column| column.header.clone()).collect();
    let mut text = terminal.styled(&line(columns, &headers, &widths), BOLD);
    text.push('\n');
    for row in &cells {
        let _ = writeln!(text, "{}", line(columns, row, &widths));
    }
    text
}

/// One row of an endless list, with the header above the first.
pub fn row(columns: &[OwnedColumn], item: &Value, with_header: bool, terminal: &Terminal) -> String {
    let mut widths: Vec<usize> = columns.iter().map(endless_width).collect();
    let cells: Vec<String> =
        columns.iter().map(|column| cell::shown(item, &column.path, column.kind)).collect();
    if let Some(width) = terminal.width {
        narrow(columns, &mut widths, width);
    } else if let Some(last) = widths.last_mut() {
        // Nothing follows it, so it needs no shortening.
        *last = (*last).max(cells.last().map_or(0, |cell| cell.width()));
    }
    let mut text = String::new();
    if with_header {
        let headers: Vec<String> = columns.iter().map(|column| column.header.clone()).collect();
        text = terminal.styled(&line(columns, &headers, &widths), BOLD) + "\n";
    }
    text + &line(columns, &cells, &widths) + "\n"
}

fn endless_width(column: &OwnedColumn) -> usize {
    let usual = match (column.kind, column.path.as_str()) {
        (Kind::Time, _) => 16,
        (Kind::Flexible, _) => 60,
        (_, "short_url") => 36,
        (_, "browser" | "os") => 14,
        _ => 8,
    };
    usual.max(column.header.width())
}

/// Takes from the widest flexible column until all fit.
fn narrow(columns: &[OwnedColumn], widths: &mut [usize], max: usize) {
    loop {
        let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        if total <= max {
            return;
        }
        let flexible =
            columns.iter().zip(widths.iter_mut()).filter(|(column, _)| column.kind == Kind::Flexible);
        let Some((_, widest)) = flexible.max_by_key(|(_, width)| **width) else { return };
        if *widest <= MIN_FLEXIBLE {
            return;
        }
        *widest -= 1;
    }
}

fn line(columns: &[OwnedColumn], cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (position, ((column, cell), width)) in columns.iter().zip(cells).zip(widths).enumerate() {
        if position > 0 {
            text.push_str(&" ".repeat(GAP));
        }
        let cell = shortened(cell, *width);
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        if column.kind == Kind::Number {
            text.push_str(&padding);
            text.push_str(&cell);
        } else {
            text.push_str(&cell);
            text.push_str(&padding);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

pub fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or_default();
        if used > width {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

/// A line per field that has a value and is not off.
pub fn record(columns: &[OwnedColumn], value: &Value, terminal: &Terminal) -> String {
    let label = |column: &OwnedColumn| column.header.to_lowercase();
    let shown = columns.iter().filter_map(|column| {
        let cell = cell::shown(value, &column.path, column.kind);
        let is_off = cell::at(value, &column.path) == &Value::Bool(false);
        (!cell.is_empty() && !is_off).then_some((column, cell))
    });
    let shown: Vec<_> = shown.collect();
    let width = shown.iter().map(|(column, _)| label(column).width()).max().unwrap_or_default();
    let mut text = String::new();
    for (column, cell) in shown {
        let label = label(column);
        let padding = " ".repeat(width.saturating_sub(label.width()));
        let _ = writeln!(text, "{}{padding}  {cell}", terminal.styled(&label, BOLD));
    }
    text
}
