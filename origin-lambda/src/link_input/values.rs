//! What a client may write into each field of a link. Does not decide which fields a route takes.

use std::collections::BTreeSet;

use link_core::destination::Destination;
use link_core::record::{NotARedirect, RedirectStatus};
use link_core::slug::{self, InvalidSlug, Slug};
use link_core::time::UnixMillis;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::Judge;
use crate::fields::text;
use crate::limits::{
    MAX_EXTERNAL_ID_CHARACTERS, MAX_NOTES_CHARACTERS, MAX_PASSWORD_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS,
    MAX_TITLE_CHARACTERS, MIN_PASSWORD_CHARACTERS,
};
use crate::own_hosts::leads_to_own_host;
use crate::password::Password;
use crate::timestamp;
use crate::trimming::trimmed;

pub(super) fn destination(value: Value, judge: Judge<'_>) -> Result<Destination, String> {
    let destination = Destination::parse(trimmed(&text(value)?)).map_err(|error| error.to_string())?;
    let host = destination.comparable_host();
    if judge.own_hosts.contains(&host) {
        return Err(leads_to_own_host(&host));
    }
    Ok(destination)
}

pub(super) fn alias(value: Value) -> Result<Slug, String> {
    super::alias::alias(trimmed(&text(value)?))
}

/// Any that a link may have.
pub(crate) fn code(value: Value) -> Result<Slug, String> {
    let canonical = slug::canonical(trimmed(&text(value)?), |text| text.nfc().collect());
    canonical.parse().map_err(|error: InvalidSlug| error.to_string())
}

pub(super) fn status(value: Value) -> Result<RedirectStatus, NotARedirect> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    number.ok_or(NotARedirect).and_then(RedirectStatus::try_from)
}

pub(super) fn title(value: Value) -> Result<Option<String>, String> {
    line(value, MAX_TITLE_CHARACTERS)
}

pub(crate) fn external_id(value: Value) -> Result<Option<String>, String> {
    match line(value, MAX_EXTERNAL_ID_CHARACTERS)? {
        None => Err("must not be empty; null takes it away".to_owned()),
        id => Ok(id),
    }
}

/// Several lines; an empty text is none.
pub(super) fn notes(value: Value) -> Result<Option<String>, String> {
    let notes = text(value)?;
    if notes.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err("must not hold control characters".to_owned());
    }
    within(&notes, MAX_NOTES_CHARACTERS)?;
    Ok(Some(notes).filter(|notes| !notes.is_empty()))
}

/// One line without spaces around it; an empty one is none.
pub(crate) fn line(value: Value, max_characters: usize) -> Result<Option<String>, String> {
    let line = trimmed(&text(value)?).to_owned();
    storable(&line)?;
    within(&line, max_characters)?;
    Ok(Some(line).filter(|line| !line.is_empty()))
}

pub(crate) fn storable(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        Err("must not hold control characters".to_owned())
    } else {
        Ok(())
    }
}

fn within(text: &str, max_characters: usize) -> Result<(), String> {
    let characters = text.chars().count();
    if characters > max_characters {
        return Err(format!("must be at most {max_characters} characters long; this has {characters}"));
    }
    Ok(())
}

pub(super) fn tags(value: Value) -> Result<BTreeSet<String>, String> {
    let Value::Array(values) = value else { return Err("must be a list of tags".to_owned()) };
    if values.len() > MAX_TAGS {
        return Err(format!("must be at most {MAX_TAGS} tags"));
    }
    values.into_iter().map(tag).collect()
}

/// Also what a tag's new name must be.
pub(crate) fn tag(value: Value) -> Result<String, String> {
    match line(value, MAX_TAG_CHARACTERS)? {
        // Two spellings of one letter would be two tags that look the same.
        // A client that follows the URL standard takes them out of the path that would remove the tag.
        Some(tag) if matches!(tag.as_str(), "." | "..") => {
            Err(format!("must not be {tag}: no URL can name such a tag"))
        }
        Some(tag) => Ok(tag.nfc().collect()),
        None => Err("must not be an empty tag".to_owned()),
    }
}

pub(super) fn starts_at(value: Value) -> Result<Option<UnixMillis>, String> {
    timestamp::parse(&text(value)?).map(Some).map_err(|error| error.to_string())
}

pub(crate) fn expires_at(value: Value, now: UnixMillis) -> Result<UnixMillis, String> {
    let moment = timestamp::parse(&text(value)?).map_err(|error| error.to_string())?;
    if moment > now { Ok(moment) } else { Err("must lie in the future".to_owned()) }
}

/// Must lie in the future, unless it is what the link has already.
pub(super) fn new_expires_at(
    value: Value,
    old: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<UnixMillis, String> {
    let is_old = |moment| old == Some(moment);
    match value.as_str().and_then(|text| timestamp::parse(text).ok()) {
        Some(moment) if is_old(moment) => Ok(moment),
        _ => expires_at(value, now),
    }
}

pub(super) fn max_clicks(value: Value) -> Result<Option<i64>, &'static str> {
    let clicks = value.as_i64().filter(|clicks| *clicks > 0);
    clicks.map(Some).ok_or("must be a whole number of at least 1")
}

pub(super) fn password(value: Value) -> Result<Password, String> {
    let password = Password::typed(&text(value)?);
    let characters = password.as_str().chars().count();
    if !(MIN_PASSWORD_CHARACTERS..=MAX_PASSWORD_CHARACTERS).contains(&characters) {
        return Err(format!("must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters"));
    }
    storable(password.as_str())?;
    Ok(password)
}

pub(super) fn flag(value: Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("must be true or false")
}

/// Of the states, a client sets the two that are a decision; the others follow.
pub(super) fn disabled(value: Value) -> Result<bool, &'static str> {
    match value.as_str() {
        Some("active") => Ok(false),
        Some("disabled") => Ok(true),
        _ => {
            Err("must be active or disabled; the other states follow from the link's hosts, dates and clicks")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::own_hosts::OwnHosts;

    #[test]
    fn a_status_is_one_of_the_four_redirects_as_a_number() {
        assert_eq!(status(json!(308)), Ok(RedirectStatus::PermanentRedirect));
        for value in
            [json!("302"), json!(302.0), json!(303), json!(-302), json!(65_838), json!(u64::MAX), json!([])]
        {
            assert_eq!(status(value.clone()), Err(NotARedirect), "{value}");
        }
    }

    #[test]
    fn tag_that_no_path_can_name_is_refused() {
        for name in [".", "..", " ..\u{200b}"] {
            assert!(tag(json!(name)).unwrap_err().contains("no URL can name"), "{name:?}");
        }
        for name in ["...", ".a", "a/.."] {
            assert_eq!(tag(json!(name)).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_was_copied_along_with_an_address_is_taken_off() {
        let (default, own_hosts) = ("go.example.com".parse().unwrap(), OwnHosts::fixture());
        let judge = Judge { default_domain: &default, own_hosts: &own_hosts, now: UnixMillis(0) };
        for copied in ["\u{feff}https://a.test/x", "https://a.test/x\u{200b}", "\u{a0}https://a.test/x\r\n"] {
            assert_eq!(destination(json!(copied), judge).unwrap().as_str(), "https://a.test/x", "{copied:?}");
        }
        assert_eq!(alias(json!("\u{feff}summer\u{200b}")).unwrap().as_str(), "summer");
    }

    #[test]
    fn destination_must_not_lead_back_to_us() {
        let (default, own_hosts) = ("go.example.com".parse().unwrap(), OwnHosts::fixture());
        let judge = Judge { default_domain: &default, own_hosts: &own_hosts, now: UnixMillis(0) };
        for url in [
            "https://GO.example.com.:8443/x",
            "https://www.go.example.com/x",
            "http://127.0.0.1:8787/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://localhost./x",
            "https://shortline.acct.workers.dev/x",
        ] {
            assert!(destination(json!(url), judge).unwrap_err().contains("would loop"), "{url}");
        }
    }

    #[test]
    fn an_expiry_must_lie_in_the_future_to_the_millisecond() {
        let now = timestamp::parse("2026-11-23T18:00:00.500Z").unwrap();
        let read = |text: &str| expires_at(json!(text), now);
        assert_eq!(read("2026-11-23T18:00:00.501Z"), Ok(now.plus_millis(1)));
        assert_eq!(read("2026-11-23T19:00:00.501+01:00"), Ok(now.plus_millis(1)));
        for past in ["2026-11-23T18:00:00.500Z", "2026-11-23T18:00:00.500999Z", "0000-01-01T00:00:00Z"] {
            assert_eq!(read(past), Err("must lie in the future".to_owned()), "{past}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let (default, own_hosts) = ("go.example.com".parse().unwrap(), OwnHosts::fixture());
        let judge = Judge { default_domain: &default, own_hosts: &own_hosts, now: UnixMillis(0) };
        for value in [json!(null), json!(1), json!(true), json!({}), json!([])] {
            assert!(destination(value.clone(), judge).unwrap_err().starts_with("must be "), "{value}");
            assert!(expires_at(value.clone(), UnixMillis(0)).unwrap_err().starts_with("must be "), "{value}");
        }
    }
}
