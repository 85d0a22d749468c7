//! Draws the live view.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Row, Sparkline, Table};

use super::model::{BARS, Model};
use crate::output::bars;
use crate::output::cell::grouped;
use crate::output::table::shortened;

/// Of a row of a list: the number, the share, and a gap before each.
const BESIDE_NAME: usize = 7 + 5 + 2;

pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    let rows = [
        Constraint::Length(1),
        Constraint::Length(6),
        Constraint::Fill(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [head, rate, lists, newest, foot] = Layout::vertical(rows).areas(frame.area());
    let per_second = model.per_second();
    frame.render_widget(heading(model, &per_second), head);
    draw_rate(frame, &per_second, rate);
    let columns = [Constraint::Fill(3), Constraint::Fill(1), Constraint::Fill(1)];
    let [links, countries, classes] = Layout::horizontal(columns).areas(lists);
    draw_list(frame, "Links", &model.top(|click| &click.link), model.len(), links);
    draw_list(frame, "Countries", &model.top(|click| &click.country), model.len(), countries);
    draw_list(frame, "Classes", &model.top(|click| &click.class), model.len(), classes);
    draw_newest(frame, model, newest);
    let keys = if model.is_paused { "paused   p continue   q quit" } else { "p pause   q quit" };
    let foot_line = match &model.trouble {
        Some(trouble) => Line::from(vec![Span::from(trouble.as_str()).bold(), Span::from("; trying again")]),
        None => Line::from(keys).dim(),
    };
    frame.render_widget(foot_line, foot);
}

fn heading<'a>(model: &'a Model, per_second: &[u64]) -> Line<'a> {
    let last_minute: u64 = per_second.iter().rev().take(60).sum();
    let clicks = u64::try_from(model.len()).unwrap_or_default();
    Line::from(vec![
        Span::from(model.server.as_str()).bold(),
        Span::from(format!(
            "   {} clicks in 5 minutes   {} in the last minute",
            grouped(clicks),
            grouped(last_minute)
        )),
    ])
}

fn draw_rate(frame: &mut Frame<'_>, per_second: &[u64], area: Rect) {
    let block = Block::new().borders(Borders::TOP).title(format!(" Clicks a second, last {BARS} s "));
    // The newest seconds where the terminal is narrow.
    let shown = per_second.len().min(usize::from(area.width));
    let newest = per_second.get(per_second.len() - shown..).unwrap_or_default();
    frame.render_widget(Sparkline::default().block(block).data(newest), area);
}

fn draw_list(frame: &mut Frame<'_>, title: &str, top: &[(String, u64)], total: usize, area: Rect) {
    let block = Block::new().borders(Borders::TOP).title(format!(" {title} "));
    let total = u64::try_from(total).unwrap_or_default();
    let width = usize::from(area.width).saturating_sub(BESIDE_NAME);
    let rows = top.iter().take(usize::from(area.height)).map(|(value, count)| {
        Row::new([
            shortened(value, width),
            format!("{:>7}", grouped(*count)),
            format!("{:>5}", bars::percent(*count, total)),
        ])
    });
    let table = Table::new(rows, [Constraint::Fill(1), Constraint::Length(7), Constraint::Length(5)]);
    frame.render_widget(table.block(block), area);
}

fn draw_newest(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let block = Block::new().borders(Borders::TOP).title(" Newest ");
    if model.len() == 0 {
        frame.render_widget(Paragraph::new("No clicks in the last 5 minutes.").block(block), area);
        return;
    }
    let rows = model.newest().take(usize::from(area.height)).map(|click| {
        let time = click.time.time();
        let time = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
        let style = if click.class == "human" { Style::new() } else { Style::new().dim() };
        let cells = [
            time,
            click.link.clone(),
            click.class.clone(),
            click.country.clone(),
            click.browser.clone(),
            click.referrer.clone(),
        ];
        Row::new(cells).style(style)
    });
    let widths = [
        Constraint::Length(8),
        Constraint::Fill(2),
        Constraint::Length(8),
        Constraint::Length(3),
        Constraint::Length(12),
        Constraint::Fill(2),
    ];
    frame.render_widget(Table::new(rows, widths).block(block), area);
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn drawn(model: &Model, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, model)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn view_keeps_its_form() {
        let mut model = Model::new("https://go.example.com".into());
        let click = |second: u32, link: &str, class: &str| {
            json!({"time": format!("2026-11-29T15:09:{second:02}.000Z"), "short_url": format!("https://go.example.com/{link}"),
                "country": "DE", "class": class, "browser": "Firefox", "referrer": "https://news.example/\u{1b}[31m"})
        };
        model.add(&[click(10, "summer", "human"), click(11, "summer", "bot"), click(11, "7G6HVhV", "human")]);
        model.advance(datetime!(2026-11-29 15:10:00 UTC));
        insta::assert_snapshot!(drawn(&model, 100, 24));
    }

    #[test]
    fn small_terminal_and_trouble_do_not_panic() {
        let mut model = Model::new("https://go.example.com".into());
        model.trouble = Some("cannot reach the server".into());
        for (width, height) in [(1, 1), (20, 5), (300, 80)] {
            drawn(&model, width, height);
        }
    }
}
