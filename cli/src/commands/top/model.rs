//! The clicks of the last minutes, added up for the live view.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::output::cell::harmless;

/// What the lists count.
pub const WINDOW: Duration = Duration::minutes(5);
/// One bar per second.
pub const BARS: i64 = 120;
/// Some 300 a second over the window; beyond that the oldest are left out.
const MAX_CLICKS: usize = 100_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    pub time: OffsetDateTime,
    pub link: String,
    pub country: String,
    pub class: String,
    pub browser: String,
    pub referrer: String,
}

#[derive(Debug)]
pub struct Model {
    pub server: String,
    /// In the order of arrival.
    clicks: VecDeque<Click>,
    pub now: OffsetDateTime,
    pub is_paused: bool,
    /// Why the last poll failed.
    pub trouble: Option<String>,
}

impl Model {
    pub fn new(server: String) -> Self {
        Self {
            server,
            clicks: VecDeque::new(),
            now: OffsetDateTime::UNIX_EPOCH,
            is_paused: false,
            trouble: None,
        }
    }

    pub fn add(&mut self, clicks: &[Value]) {
        self.trouble = None;
        self.clicks.extend(clicks.iter().filter_map(read));
        let surplus = self.clicks.len().saturating_sub(MAX_CLICKS);
        self.clicks.drain(..surplus);
    }

    pub fn advance(&mut self, now: OffsetDateTime) {
        self.now = now;
        self.clicks.retain(|click| click.time > now - WINDOW);
    }

    pub fn len(&self) -> usize {
        self.clicks.len()
    }

    /// Clicks in each of the last seconds, oldest first.
    pub fn per_second(&self) -> Vec<u64> {
        let mut counts = vec![0; usize::try_from(BARS).unwrap_or_default()];
        for click in &self.clicks {
            let age = (self.now - click.time).whole_seconds().max(0);
            let position = usize::try_from(BARS - 1 - age).ok();
            if let Some(count) = position.and_then(|position| counts.get_mut(position)) {
                *count += 1;
            }
        }
        counts
    }

    /// The most frequent values with their counts.
    pub fn top(&self, of: impl Fn(&Click) -> &str) -> Vec<(String, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for click in &self.clicks {
            *counts.entry(of(click)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    pub fn newest(&self) -> impl Iterator<Item = &Click> {
        self.clicks.iter().rev()
    }
}

fn read(click: &Value) -> Option<Click> {
    let text = |name: &str| click.get(name).and_then(Value::as_str).map(harmless);
    let or_none = |name: &str| text(name).filter(|text| !text.is_empty()).unwrap_or_else(|| "–".to_owned());
    let without_scheme = |url: String| match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => url,
    };
    Some(Click {
        time: OffsetDateTime::parse(&text("time")?, &Rfc3339).ok()?,
        link: text("short_url").map_or_else(|| "(deleted)".to_owned(), without_scheme),
        country: or_none("country"),
        class: or_none("class"),
        browser: or_none("browser"),
        referrer: without_scheme(or_none("referrer")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn clicks_are_counted_for_the_window() {
        let now = datetime!(2026-11-29 15:10:00 UTC);
        let mut model = Model::new("x".into());
        let click = |time: &str, link: &str| json!({"time": time, "short_url": link, "country": "DE", "class": "human"});
        model.add(&[
            click("2026-11-29T15:04:59.999Z", "https://a/old"),
            click("2026-11-29T15:09:59.500Z", "https://a/1"),
            click("2026-11-29T15:09:58.500Z", "https://a/2"),
            click("2026-11-29T15:09:58.400Z", "https://a/2"),
            // By a clock that is ahead.
            click("2026-11-29T15:10:03.000Z", "https://a/2"),
            json!({"time": "never"}),
        ]);
        model.advance(now);
        assert_eq!(model.len(), 4);
        assert_eq!(model.per_second()[117..], [0, 2, 2]);
        assert_eq!(model.top(|click| &click.link), [("a/2".to_owned(), 3), ("a/1".to_owned(), 1)]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut model = Model::new("x".into());
        let click = json!({"time": "2026-11-29T15:09:59.500Z"});
        model.add(&vec![click; MAX_CLICKS + 5]);
        assert_eq!(model.len(), MAX_CLICKS);
    }
}
