//! Settings of a link as the API takes them: texts are shortened, and what has ended becomes a disabled link.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::super::times::{self, Moment};
use super::{Draft, is_empty, text_of};
use crate::commands::settings::tag_list;

const MAX_TITLE: usize = 200;
const MAX_NOTES: usize = 4_000;
const MAX_TAGS: usize = 50;
const MAX_TAG: usize = 64;
const MAX_PREVIEW_DESCRIPTION: usize = 500;
/// In bytes.
const MAX_PREVIEW_IMAGE: usize = 2_048;

impl Draft<'_> {
    pub fn title(&mut self, title: &str) {
        let title = self.line("title", title, MAX_TITLE);
        if !title.is_empty() {
            self.set("title", title);
        }
    }

    /// Several notes become paragraphs.
    pub fn notes(&mut self, notes: &str) {
        let is_kept = |character: &char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
        let notes: String = notes.chars().filter(is_kept).collect();
        if notes.trim().is_empty() {
            return;
        }
        let notes = match self.link.get("notes").and_then(Value::as_str) {
            Some(before) => format!("{before}\n\n{notes}"),
            None => notes,
        };
        let notes = self.cut("notes", &notes, MAX_NOTES);
        self.set("notes", notes);
    }

    pub fn tags<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) {
        let tags: Vec<String> = tags.into_iter().map(|tag| self.line("tags", tag, MAX_TAG)).collect();
        let mut tags = tag_list(&tags);
        for tag in tags.split_off(tags.len().min(MAX_TAGS)) {
            self.lost("tags", &tag);
        }
        if !tags.is_empty() {
            self.set("tags", tags);
        }
    }

    /// Tags in one text, as exports have them.
    pub fn tag_text(&mut self, text: &str) {
        if let Ok(tags) = serde_json::from_str::<Vec<String>>(text) {
            return self.tags(tags.iter().map(String::as_str));
        }
        let separator = ['|', ';', ','].into_iter().find(|separator| text.contains(*separator));
        self.tags(text.split(separator.unwrap_or(',')));
    }

    fn line(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.split(|character: char| character.is_control()).collect::<Vec<_>>().join(" ");
        self.cut(field, text.trim(), max)
    }

    fn cut(&mut self, field: &str, text: &str, max: usize) -> String {
        if text.chars().count() <= max {
            return text.to_owned();
        }
        self.lost(&format!("{field} (shortened)"), text);
        text.chars().take(max - 1).chain(['…']).collect()
    }

    pub fn created_at(&mut self, value: &Value) {
        match self.moment(value) {
            // The API takes none before 1970.
            Some(at) if at <= self.reading.now && at >= Timestamp::UNIX_EPOCH => {
                self.set("created_at", at.to_string());
            }
            None if is_empty(value) => {}
            _ => self.lost("created_at", &text_of(value)),
        }
    }

    pub fn starts_at(&mut self, value: &Value) {
        match self.moment(value) {
            // A start in the past changes nothing.
            Some(at) if at <= self.reading.now => {}
            Some(at) => self.set("starts_at", at.to_string()),
            None if is_no_time(value) => {}
            None => self.disable("starts_at (not readable: created disabled)", &text_of(value)),
        }
    }

    /// A link that has expired stays so. The API takes no end in the past.
    pub fn expires_at(&mut self, value: &Value) {
        match self.moment(value) {
            Some(at) if at > self.reading.now => self.set("expires_at", at.to_string()),
            Some(at) => self.end("expires_at (has passed", &at.to_string()),
            None if is_no_time(value) => {}
            // It may have ended, or will: the link must not last for ever.
            None => self.disable("expires_at (not readable: created disabled)", &text_of(value)),
        }
    }

    fn moment(&mut self, value: &Value) -> Option<Timestamp> {
        match times::read(value)? {
            Moment::At(at) => Some(at),
            Moment::Local(local) => {
                if self.reading.zone.is_none() && self.reading.needs_zone {
                    self.refuse("no_timezone", "its time has no zone: name the server's with --timezone");
                }
                times::in_zone(local, self.reading.zone.as_ref().unwrap_or(&TimeZone::UTC))
            }
        }
    }

    pub fn expired_url(&mut self, url: &str) {
        if !url.trim().is_empty() {
            self.set("expired_url", url.trim());
        }
    }

    /// `used` are the clicks that have been counted so far: only the rest remains here.
    pub fn max_clicks(&mut self, limit: Option<u64>, used: u64) {
        let Some(limit) = limit.filter(|limit| *limit > 0) else { return };
        match limit.saturating_sub(used) {
            0 => self.end("max_clicks (used up", &limit.to_string()),
            left => {
                if left < limit {
                    self.lost("max_clicks (less the clicks so far)", &format!("{limit} became {left}"));
                }
                self.set("max_clicks", left);
            }
        }
    }

    fn end(&mut self, why: &'static str, example: &str) {
        self.ended.push((why, example.to_owned()));
    }

    /// A link that has ended leads to its end page, or is disabled if it has none or is closed anyway.
    pub(super) fn settle_end(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        if ended.is_empty() {
            return;
        }
        let end_page = self.link.get("expired_url").filter(|_| !self.link.contains_key("state")).cloned();
        let became = if end_page.is_some() { "leads to expired_url" } else { "created disabled" };
        for (why, example) in ended {
            self.lost(&format!("{why}: {became})"), &example);
        }
        match end_page {
            Some(url) => {
                for rule in std::mem::take(&mut self.rules) {
                    self.lost("rules (the link has ended)", &rule.to_string());
                }
                if self.link.remove("password").is_some() {
                    self.lost("password (the link has ended)", "set");
                }
                for field in ["rules", "max_clicks", "expires_at", "starts_at"] {
                    if let Some(value) = self.link.remove(field) {
                        self.lost(&format!("{field} (the link has ended)"), &text_of(&value));
                    }
                }
                self.link.remove("expired_url");
                self.set("url", url);
            }
            None => self.set("state", "disabled"),
        }
    }

    /// A link whose password is not known must not be open to everyone.
    pub fn password(&mut self, password: Option<&str>, is_protected: bool) {
        let password = password.filter(|password| !password.is_empty());
        match password {
            Some(password) if !is_hash(password) => self.set("password", password),
            _ if is_protected || password.is_some() => {
                self.disable("password (not readable: created disabled)", "set");
            }
            _ => {}
        }
    }

    /// What messengers and networks show. They load no image but one over https.
    pub fn preview(&mut self, title: &str, description: &str, image: &str) {
        let mut preview = Map::new();
        for (part, text, max) in
            [("title", title, MAX_TITLE), ("description", description, MAX_PREVIEW_DESCRIPTION)]
        {
            let text = self.line(&format!("preview {part}"), text, max);
            if !text.is_empty() {
                preview.insert(part.to_owned(), text.into());
            }
        }
        if image.starts_with("https://") && image.len() <= MAX_PREVIEW_IMAGE {
            preview.insert("image".to_owned(), image.into());
        } else if !image.is_empty() {
            self.lost("preview image (not over https, or too long)", image);
        }
        if !preview.is_empty() {
            self.set("preview", preview);
        }
    }

    pub fn status(&mut self, value: &Value) {
        let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
        match number {
            Some(status @ (301 | 302 | 307 | 308)) => self.set("status", status),
            _ if is_empty(value) => {}
            _ => self.lost("status", &text_of(value)),
        }
    }
}

/// How exports say that a link has no end.
fn is_no_time(value: &Value) -> bool {
    const WORDS: [&str; 12] = [
        "0",
        "-",
        "never",
        "none",
        "no",
        "null",
        "n/a",
        "unlimited",
        "nie",
        "nein",
        "0000-00-00",
        "0000-00-00 00:00:00",
    ];
    let is_word = |text: &str| WORDS.contains(&text.trim().to_lowercase().as_str());
    is_empty(value) || value.as_str().is_some_and(is_word)
}

/// Hashes of passwords have these forms: crypt, PHC and bare hexadecimal digests. Some answers have asterisks.
fn is_hash(password: &str) -> bool {
    let is_masked = password.chars().all(|character| matches!(character, '*' | '•'));
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_masked
        || (password.starts_with('$') && password.matches('$').count() >= 2)
        || (matches!(password.len(), 32 | 40 | 64 | 96 | 128) && is_hex(password))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::row::SourceRow;
    use super::super::Reading;
    use super::super::tests::reading;
    use super::*;

    fn row(fill: impl FnOnce(&mut Draft<'_>)) -> SourceRow {
        let reading = reading();
        let mut draft = Draft::new(&reading);
        draft.url("https://example.com/");
        fill(&mut draft);
        draft.rows(Some("1"), Vec::new()).remove(0)
    }

    fn losses(row: &SourceRow) -> Vec<String> {
        row.losses.iter().map(|loss| format!("{}: {}", loss.field, loss.example)).collect()
    }

    #[test]
    fn link_that_has_ended_is_disabled() {
        for row in [
            row(|draft| draft.expires_at(&json!("2020-01-01"))),
            row(|draft| draft.expires_at(&json!("someday"))),
            row(|draft| draft.starts_at(&json!("12/31/2027"))),
            row(|draft| draft.max_clicks(Some(5), 5)),
            row(|draft| draft.password(None, true)),
            row(|draft| draft.password(Some("$2a$10$abcdefghijklmnopqrstuv"), false)),
        ] {
            assert_eq!((row.link.get("state"), row.losses.len()), (Some(&json!("disabled")), 1), "{row:?}");
            assert!(!row.link.contains_key("password") && !row.link.contains_key("expires_at"), "{row:?}");
        }
        let row = row(|draft| {
            draft.expires_at(&json!(1_900_000_000));
            draft.max_clicks(Some(10), 4);
            draft.password(Some("secret"), true);
            draft.starts_at(&json!("2020-01-01"));
        });
        let expected = json!({"url": "https://example.com/", "expires_at": "2030-03-17T17:46:40Z", "max_clicks": 6, "password": "secret"});
        assert_eq!(Value::Object(row.link.clone()), expected);
        assert_eq!(losses(&row), ["max_clicks (less the clicks so far): 10 became 6"]);
    }

    #[test]
    fn words_for_no_end_leave_the_link_as_it_is() {
        for word in ["Never", " - ", "0000-00-00", "0", ""] {
            let row = row(|draft| {
                draft.expires_at(&json!(word));
                draft.starts_at(&json!(word));
            });
            assert_eq!((row.link.len(), row.losses.len()), (1, 0), "{word}: {row:?}");
        }
    }

    #[test]
    fn link_that_has_ended_leads_to_its_end_page() {
        let ended = row(|draft| {
            draft.expires_at(&json!("2021-01-01"));
            draft.expired_url("https://example.com/over");
            draft.rule(&json!({"os": ["ios"]}), "https://example.com/ios");
            draft.max_clicks(Some(5), 0);
        });
        assert_eq!(Value::Object(ended.link.clone()), json!({"url": "https://example.com/over"}));
        let kinds: Vec<&str> = ended.losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "expires_at (has passed: leads to expired_url)",
                "rules (the link has ended)",
                "max_clicks (the link has ended)"
            ]
        );
        let closed = row(|draft| {
            draft.expires_at(&json!("2021-01-01"));
            draft.expired_url("https://example.com/over");
            draft.set("state", "disabled");
        });
        let expected = json!({"url": "https://example.com/", "state": "disabled", "expired_url": "https://example.com/over"});
        assert_eq!(Value::Object(closed.link), expected);
    }

    #[test]
    fn texts_are_cut_to_what_the_api_takes() {
        let row = row(|draft| {
            draft.title(&format!(" a\nb{} ", "x".repeat(300)));
            draft.tag_text("a|b, c| a");
            draft.notes("one\u{0}");
            draft.notes("two");
        });
        let field = |name: &str| row.link.get(name).unwrap();
        let title = field("title").as_str().unwrap();
        assert!(title.starts_with("a bx") && title.ends_with('…') && title.chars().count() == MAX_TITLE);
        assert_eq!((field("tags"), field("notes")), (&json!(["a", "b, c"]), &json!("one\n\ntwo")));
        assert_eq!(losses(&row), [format!("title (shortened): a b{}…", "x".repeat(37))]);
    }

    #[test]
    fn time_without_a_zone_is_refused_where_the_source_needs_one() {
        let reading = Reading { needs_zone: true, ..reading() };
        let row = |reading: &Reading| {
            let mut draft = Draft::new(reading);
            draft.url("https://example.com/");
            draft.created_at(&json!("2020-07-01 12:00:00"));
            draft.rows(Some("1"), Vec::new()).remove(0)
        };
        assert_eq!(row(&reading).problem.unwrap().code, "no_timezone");
        let berlin = Reading { zone: times::zone("Europe/Berlin").ok(), ..reading };
        assert_eq!(row(&berlin).link.get("created_at"), Some(&json!("2020-07-01T10:00:00Z")));
    }
}
