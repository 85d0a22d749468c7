//! What standard output is: a terminal with a width and perhaps colours, or a pipe or file.

use std::io::IsTerminal;

use ratatui::crossterm::terminal::size;

/// Narrower terminals get lines of this width, which wrap.
const MIN_WIDTH: usize = 40;

/// What begins and ends bold text.
pub const BOLD: (&str, &str) = ("\x1b[1m", "\x1b[0m");

#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// None for a pipe or a file: nothing is shortened or drawn then.
    pub width: Option<usize>,
    pub colour: bool,
}

impl Terminal {
    pub fn detect() -> Self {
        if !std::io::stdout().is_terminal() {
            return Self { width: None, colour: false };
        }
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let columns = size().map_or(80, |(columns, _)| usize::from(columns));
        Self {
            width: Some(columns.max(MIN_WIDTH)),
            // https://no-color.org
            colour: variable("NO_COLOR").is_empty() && variable("TERM") != "dumb",
        }
    }

    pub fn is_seen(&self) -> bool {
        self.width.is_some()
    }

    pub fn styled(&self, text: &str, style: (&str, &str)) -> String {
        if self.colour { format!("{}{text}{}", style.0, style.1) } else { text.to_owned() }
    }
}
