//! What a client may write into each field of a link. Does not decide which fields a route takes.

use std::collections::BTreeSet;

use link_core::destination::Destination;
use link_core::domain::Domain;
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
use crate::password::Password;
use crate::timestamp;

pub(super) fn destination(value: Value, judge: Judge<'_>) -> Result<Destination, String> {
    let destination = Destination::parse(&text(value)?).map_err(|error| error.to_string())?;
    if destination.host() == judge.default_domain.as_str() {
        let own = judge.default_domain;
        return Err(format!(
            "must not lead to {own}, which is a domain of this shortener: the redirect would loop"
        ));
    }
    Ok(destination)
}

pub(super) fn alias(value: Value) -> Result<Slug, String> {
    super::alias::alias(&text(value)?)
}

pub(crate) fn domain(value: Value) -> Result<Domain, &'static str> {
    text(value)?.parse().map_err(|_| "must be a host name such as go.example.com")
}

/// Any that a link may have.
pub(crate) fn code(value: Value) -> Result<Slug, String> {
    let canonical = slug::canonical(&text(value)?, |text| text.nfc().collect());
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
    let line = text(value)?.trim().to_owned();
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

/// Of the states, a client sets the two that are a decision; a link is exhausted by its clicks.
pub(super) fn disabled(value: Value) -> Result<bool, &'static str> {
    match value.as_str() {
        Some("active") => Ok(false),
        Some("disabled") => Ok(true),
        _ => Err("must be active or disabled"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        let judge = Judge { default_domain: &"go.example.com".parse().unwrap(), now: UnixMillis(0) };
        for value in [json!(null), json!(1), json!(true), json!({}), json!([])] {
            assert!(destination(value.clone(), judge).unwrap_err().starts_with("must be "), "{value}");
            assert!(expires_at(value.clone(), UnixMillis(0)).unwrap_err().starts_with("must be "), "{value}");
        }
    }
}
