//! `clicks`: raw clicks of a link, or of all links as they are stored.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::{columns, link_reference};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::statistics::ClicksArgs;
use crate::error::CliError;
use crate::output::cell::Column;
use crate::times::{self, Direction};

/// The API's largest page of clicks.
const PAGE: u64 = 1_000;
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Clicks of different edges are stored out of order by some seconds; each poll of a link reads this much again.
const OVERLAP: time::Duration = time::Duration::seconds(60);

/// The API lists the newest first, and `--follow` prints the oldest first, so a part has to be in memory.
const PART: time::Duration = time::Duration::days(1);

pub fn run(app: &mut App, arguments: &ClicksArgs) -> Result<(), CliError> {
    let client = app.client()?;
    match &arguments.link {
        Some(link) => {
            let link = link_reference::find(&client, link, arguments.domain.as_deref())?;
            let path = format!("/links/{}/clicks", segment(link_reference::text(&link, "id")));
            if arguments.follow {
                follow_link(app, &client, &path, arguments)
            } else {
                list(app, &client, &path, arguments)
            }
        }
        None => feed(app, &client, arguments),
    }
}

fn list(app: &mut App, client: &Client, path: &str, arguments: &ClicksArgs) -> Result<(), CliError> {
    let end = |text: &Option<String>| text.as_deref().map(|text| app.time(text, Direction::Past)).transpose();
    let call = Call::get(path).maybe("from", end(&arguments.since)?).maybe("to", end(&arguments.until)?);
    let clicks = Items::with_page_size(client, call, arguments.amount.max(), PAGE);
    app.list(&columns::CLICKS, clicks, arguments.amount)
}

/// New clicks of one link, oldest first.
fn follow_link(app: &mut App, client: &Client, path: &str, arguments: &ClicksArgs) -> Result<(), CliError> {
    let start = arguments.since.as_deref().unwrap_or("now");
    let mut from = times::parse(start, app.now, Direction::Past).map_err(CliError::Usage)?;
    let mut seen = Seen::default();
    let mut lines = Lines::new(&columns::CLICKS);
    let call = |from, to: Option<_>| -> Result<Call, CliError> {
        let text = |moment| times::rfc3339(moment).map_err(CliError::Usage);
        Ok(Call::get(path).query("from", text(from)?).maybe("to", to.map(text).transpose()?))
    };
    let read =
        |call: Call| Items::with_page_size(client, call, None, PAGE).collect::<Result<Vec<_>, CliError>>();
    while from < app.now.saturating_sub(PART + OVERLAP) {
        let until = from.saturating_add(PART);
        for click in read(call(from, Some(until))?)?.into_iter().rev() {
            lines.print(app, click)?;
        }
        from = until;
    }
    loop {
        let clicks = read(call(from, None)?)?;
        let newest = clicks.first().map(|click| link_reference::text(click, "time").to_owned());
        for click in clicks.into_iter().rev().filter(|click| seen.is_new(click)) {
            lines.print(app, click)?;
        }
        if let Some(newest) = newest.and_then(|newest| times::parse(&newest, app.now, Direction::Past).ok()) {
            from = from.max(newest.saturating_sub(OVERLAP));
            seen.forget_before(from);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// The clicks of all links, in the order in which they were stored.
fn feed(app: &mut App, client: &Client, arguments: &ClicksArgs) -> Result<(), CliError> {
    const ALL: [Column; 8] = {
        let [time, class, country, browser, os, device, referrer] = columns::CLICKS;
        [time, Column::text("SHORT URL", "short_url"), class, country, browser, os, device, referrer]
    };
    let amount = arguments.amount;
    if amount.all || amount.limit > PAGE {
        let message = format!("without a link, -n goes up to {PAGE}, and there is no --all: name a link");
        return Err(CliError::usage(message));
    }
    let mut feed = Feed::start(client, amount.limit.max(1))?;
    if !arguments.follow {
        return app.output.rows(&ALL, feed.take());
    }
    let mut lines = Lines::new(&ALL);
    loop {
        for click in feed.take() {
            lines.print(app, click)?;
        }
        if !feed.has_more {
            std::thread::sleep(POLL_INTERVAL);
        }
        feed.read_on(client)?;
    }
}

/// `GET /clicks`, from the newest on.
#[derive(Debug)]
pub struct Feed {
    clicks: Vec<Value>,
    cursor: String,
    pub has_more: bool,
}

impl Feed {
    pub fn start(client: &Client, limit: u64) -> Result<Self, CliError> {
        match client.json(&Call::get("/clicks").query("limit", limit)) {
            Ok(page) => Self::of(client, page),
            Err(error) if error.exit_code() == 4 => Err(CliError::NotFound(
                "this installation is older and lists the clicks of single links only: name a link"
                    .to_owned(),
            )),
            Err(error) => Err(error),
        }
    }

    pub fn read_on(&mut self, client: &Client) -> Result<(), CliError> {
        let call = Call::get("/clicks").query("limit", PAGE).query("after", &self.cursor);
        *self = Self::of(client, client.json(&call)?)?;
        Ok(())
    }

    pub fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.clicks)
    }

    fn of(client: &Client, mut page: Value) -> Result<Self, CliError> {
        let clicks = page.get_mut("data").map(Value::take);
        let cursor = page.get("next_cursor").and_then(Value::as_str);
        let (Some(Value::Array(clicks)), Some(cursor)) = (clicks, cursor) else {
            let found = "a list of clicks without data".to_owned();
            return Err(CliError::NotShortline { server: client.server(), found });
        };
        let has_more = page.get("has_more").and_then(Value::as_bool).unwrap_or_default();
        Ok(Self { clicks, cursor: cursor.to_owned(), has_more })
    }
}

/// Clicks that were printed and may come again.
#[derive(Debug, Default)]
struct Seen(BTreeSet<(String, String)>);

impl Seen {
    fn is_new(&mut self, click: &Value) -> bool {
        let field = |name: &str| link_reference::text(click, name).to_owned();
        self.0.insert((field("time"), field("request_id")))
    }

    /// RFC 3339 times of the API sort as text: all are UTC with milliseconds.
    fn forget_before(&mut self, from: time::OffsetDateTime) {
        if let Ok(from) = times::rfc3339(from) {
            let second = from.trim_end_matches('Z').to_owned();
            self.0 = self.0.split_off(&(second, String::new()));
        }
    }
}

/// Rows that are printed one at a time, under one header.
#[derive(Debug)]
struct Lines<'a> {
    columns: &'a [Column],
    has_header: bool,
}

impl<'a> Lines<'a> {
    fn new(columns: &'a [Column]) -> Self {
        Self { columns, has_header: false }
    }

    fn print(&mut self, app: &mut App, click: Value) -> Result<(), CliError> {
        app.output.row(self.columns, &click, !self.has_header)?;
        self.has_header = true;
        app.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn click_is_new_once_while_it_may_come_again() {
        let click = |time: &str, id: &str| json!({"time": time, "request_id": id});
        let mut seen = Seen::default();
        let first = click("2026-11-29T15:04:05.123Z", "a");
        assert!(seen.is_new(&first) && !seen.is_new(&first));
        assert!(seen.is_new(&click("2026-11-29T15:04:05.123Z", "b")));
        seen.forget_before(datetime!(2026-11-29 15:04:05 UTC));
        assert!(!seen.is_new(&first));
        seen.forget_before(datetime!(2026-11-29 15:04:06 UTC));
        assert!(seen.0.is_empty());
    }
}
