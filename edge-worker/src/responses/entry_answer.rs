//! An answer as one text for `entry.js`, which passes its parts to `new Response` unchanged.

use std::borrow::Cow;

use link_core::redirect::Answer;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct EntryAnswer<'a> {
    status: u16,
    headers: HeaderMap<'a>,
    body: Option<&'a str>,
    ships: bool,
}

struct HeaderMap<'a>(&'a [(&'static str, Cow<'static, str>)]);

impl Serialize for HeaderMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// `ships`: clicks must be shipped after the answer.
pub fn to_json(answer: &Answer, ships: bool) -> String {
    let body = (!answer.body.is_empty()).then_some(answer.body.as_str());
    let entry_answer =
        EntryAnswer { status: answer.status, headers: HeaderMap(&answer.headers), body, ships };
    // Strings and a number always serialise.
    serde_json::to_string(&entry_answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::responses::health;

    #[test]
    fn entry_gets_the_answer_as_json() {
        let json = r#"{"status":200,"headers":{"content-type":"application/json","cache-control":"no-store","x-content-type-options":"nosniff","a":"\"b"},"body":"{\"status\":\"ok\"}","ships":true}"#;
        assert_eq!(to_json(&health::alive().with("a", "\"b"), true), json);
        let empty = Answer { status: 302, headers: Vec::new(), body: String::new() };
        assert!(to_json(&empty, false).ends_with(r#""body":null,"ships":false}"#));
    }
}
