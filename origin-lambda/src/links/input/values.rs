//! Validates the value of each field of a link.

use std::collections::BTreeSet;

use link_core::names::app_url::{AppUrl, is_app_scheme};
use link_core::names::destination::Destination;
use link_core::names::slug::{self, InvalidSlug, Slug};
use link_core::record::rules::RuleTarget;
use link_core::record::{NotARedirect, RedirectStatus};
use link_core::time::UnixMillis;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::context::ValidationContext;
use crate::auth::password::Password;
use crate::config::own_hosts::own_host_error;
use crate::http::fields::{shortened, text};
use crate::http::timestamp;
use crate::http::trimming::trimmed;
use crate::limits::{
    MAX_EXTERNAL_ID_CHARACTERS, MAX_NOTES_CHARACTERS, MAX_PASSWORD_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS,
    MAX_TITLE_CHARACTERS, MIN_PASSWORD_CHARACTERS,
};

/// Where a rule leads. An app's URL only where the rule is for systems: those of other systems cannot open it.
pub(super) fn rule_url(
    value: Value,
    for_systems: bool,
    context: ValidationContext<'_>,
) -> Result<RuleTarget, String> {
    let url = text(value)?;
    let scheme = trimmed(&url).split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.filter(|scheme| is_app_scheme(scheme)) {
        None => destination(url.into(), context).map(RuleTarget::Url),
        Some(scheme) if !context.allowed_schemes.contains(&scheme) => {
            let allowed: String =
                context.allowed_schemes.iter().map(|scheme| format!(" or {scheme}:")).collect();
            Err(format!("must begin with http:// or https://{allowed}, not {}:", shortened(&scheme)))
        }
        Some(_) if !for_systems => {
            Err("must be in a rule with if.os, because it opens an app; use http or https for all systems"
                .to_owned())
        }
        Some(_) => app_url(trimmed(&url), context).map(RuleTarget::App),
    }
}

fn app_url(text: &str, context: ValidationContext<'_>) -> Result<AppUrl, String> {
    let url = AppUrl::parse(text).map_err(|error| error.to_string())?;
    match url.comparable_hosts().iter().find(|host| context.own_hosts.contains(host)) {
        Some(host) => Err(own_host_error(host)),
        None => Ok(url),
    }
}

pub(crate) fn destination(value: Value, context: ValidationContext<'_>) -> Result<Destination, String> {
    let destination = Destination::parse(trimmed(&text(value)?)).map_err(|error| error.to_string())?;
    let host = destination.comparable_host();
    if context.own_hosts.contains(&host) {
        return Err(own_host_error(&host));
    }
    Ok(destination)
}

pub(super) fn alias(value: Value) -> Result<Slug, String> {
    super::alias::alias(trimmed(&text(value)?))
}

/// Any code or alias that a link may have.
pub(crate) fn code(value: Value) -> Result<Slug, String> {
    let canonical = slug::canonical(trimmed(&text(value)?), |text| text.nfc().collect());
    canonical.parse().map_err(|error: InvalidSlug| error.to_string())
}

pub(super) fn status(value: Value) -> Result<RedirectStatus, NotARedirect> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    number.ok_or(NotARedirect).and_then(RedirectStatus::try_from)
}

pub(super) fn title(value: Value) -> Result<Option<String>, String> {
    single_line(value, MAX_TITLE_CHARACTERS)
}

pub(crate) fn external_id(value: Value) -> Result<Option<String>, String> {
    match single_line(value, MAX_EXTERNAL_ID_CHARACTERS)? {
        None => Err("must not be empty; null removes it".to_owned()),
        id => Ok(id),
    }
}

/// Text of several lines; an empty one becomes `None`.
pub(super) fn notes(value: Value) -> Result<Option<String>, String> {
    let notes = text(value)?;
    if notes.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err("must not contain control characters".to_owned());
    }
    check_length(&notes, MAX_NOTES_CHARACTERS)?;
    Ok(Some(notes).filter(|notes| !notes.is_empty()))
}

/// Trimmed text of one line; an empty one becomes `None`.
pub(crate) fn single_line(value: Value, max_characters: usize) -> Result<Option<String>, String> {
    let single_line = trimmed(&text(value)?).to_owned();
    no_control_characters(&single_line)?;
    check_length(&single_line, max_characters)?;
    Ok(Some(single_line).filter(|single_line| !single_line.is_empty()))
}

pub(crate) fn no_control_characters(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        Err("must not contain control characters".to_owned())
    } else {
        Ok(())
    }
}

fn check_length(text: &str, max_characters: usize) -> Result<(), String> {
    let characters = text.chars().count();
    if characters > max_characters {
        return Err(format!("must have at most {max_characters} characters; this has {characters}"));
    }
    Ok(())
}

pub(crate) fn tags(value: Value) -> Result<BTreeSet<String>, String> {
    let Value::Array(values) = value else { return Err("must be a list of tags".to_owned()) };
    if values.len() > MAX_TAGS {
        return Err(format!("must have at most {MAX_TAGS} tags"));
    }
    values.into_iter().map(tag).collect()
}

/// One tag, in NFC, so that two spellings of a letter do not make two tags that look the same.
pub(crate) fn tag(value: Value) -> Result<String, String> {
    match single_line(value, MAX_TAG_CHARACTERS)? {
        // Clients resolve these segments away (URL standard), so that the tag could not be removed.
        Some(tag) if matches!(tag.as_str(), "." | "..") => {
            Err(format!("must not be {tag}: no URL can contain such a tag"))
        }
        Some(tag) => Ok(tag.nfc().collect()),
        None => Err("must not be empty".to_owned()),
    }
}

pub(super) fn starts_at(value: Value) -> Result<Option<UnixMillis>, String> {
    timestamp::parse(&text(value)?).map(Some).map_err(|error| error.to_string())
}

pub(crate) fn expires_at(value: Value, now: UnixMillis) -> Result<UnixMillis, String> {
    let moment = timestamp::parse(&text(value)?).map_err(|error| error.to_string())?;
    if moment > now { Ok(moment) } else { Err("must be in the future".to_owned()) }
}

/// Must be in the future, unless it is the link's current value.
pub(super) fn new_expires_at(
    value: Value,
    current: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<UnixMillis, String> {
    let is_current = |moment| current == Some(moment);
    match value.as_str().and_then(|text| timestamp::parse(text).ok()) {
        Some(moment) if is_current(moment) => Ok(moment),
        _ => expires_at(value, now),
    }
}

pub(super) fn max_clicks(value: Value) -> Result<Option<i64>, &'static str> {
    let clicks = value.as_i64().filter(|clicks| *clicks > 0);
    clicks.map(Some).ok_or("must be a whole number of at least 1")
}

pub(super) fn password(value: Value) -> Result<Password, String> {
    let password = Password::normalized(&text(value)?);
    let characters = password.as_str().chars().count();
    if !(MIN_PASSWORD_CHARACTERS..=MAX_PASSWORD_CHARACTERS).contains(&characters) {
        return Err(format!("must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters"));
    }
    no_control_characters(password.as_str())?;
    Ok(password)
}

pub(crate) fn boolean(value: Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("must be true or false")
}

/// The states that a client may set; the others are derived.
pub(super) fn disabled(value: Value) -> Result<bool, &'static str> {
    match value.as_str() {
        Some("active") => Ok(false),
        Some("disabled") => Ok(true),
        _ => Err(
            "must be active or disabled; the other states follow from the link's destinations, dates and clicks",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::site::SiteConfig;

    #[test]
    fn status_is_one_of_four_redirects_as_a_number() {
        assert_eq!(status(json!(308)), Ok(RedirectStatus::PermanentRedirect));
        for value in
            [json!("302"), json!(302.0), json!(303), json!(-302), json!(65_838), json!(u64::MAX), json!([])]
        {
            assert_eq!(status(value.clone()), Err(NotARedirect), "{value}");
        }
    }

    #[test]
    fn tag_that_no_path_can_contain_is_rejected() {
        for name in [".", "..", " ..\u{200b}"] {
            assert!(tag(json!(name)).unwrap_err().contains("no URL can contain"), "{name:?}");
        }
        for name in ["...", ".a", "a/.."] {
            assert_eq!(tag(json!(name)).as_deref(), Ok(name));
        }
    }

    #[test]
    fn invisible_characters_around_a_value_are_trimmed() {
        let site = SiteConfig::fixture();
        let context = ValidationContext::fixture(&site, UnixMillis(0));
        for copied in ["\u{feff}https://a.test/x", "https://a.test/x\u{200b}", "\u{a0}https://a.test/x\r\n"] {
            assert_eq!(
                destination(json!(copied), context).unwrap().as_str(),
                "https://a.test/x",
                "{copied:?}"
            );
        }
        assert_eq!(alias(json!("\u{feff}summer\u{200b}")).unwrap().as_str(), "summer");
    }

    #[test]
    fn destination_must_not_point_to_own_hosts() {
        let site = SiteConfig::fixture();
        let context = ValidationContext::fixture(&site, UnixMillis(0));
        for url in [
            "https://GO.example.com.:8443/x",
            "https://www.go.example.com/x",
            "http://127.0.0.1:8787/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://localhost./x",
            "https://shortline.acct.workers.dev/x",
        ] {
            assert!(destination(json!(url), context).unwrap_err().contains("would loop"), "{url}");
        }
    }

    #[test]
    fn expiry_must_be_in_the_future() {
        let now = timestamp::parse("2026-11-23T18:00:00.500Z").unwrap();
        let read = |text: &str| expires_at(json!(text), now);
        assert_eq!(read("2026-11-23T18:00:00.501Z"), Ok(now.plus_millis(1)));
        assert_eq!(read("2026-11-23T19:00:00.501+01:00"), Ok(now.plus_millis(1)));
        for past in ["2026-11-23T18:00:00.500Z", "2026-11-23T18:00:00.500999Z", "0000-01-01T00:00:00Z"] {
            assert_eq!(read(past), Err("must be in the future".to_owned()), "{past}");
        }
    }

    #[test]
    fn value_of_another_type_is_rejected() {
        let site = SiteConfig::fixture();
        let context = ValidationContext::fixture(&site, UnixMillis(0));
        for value in [json!(null), json!(1), json!(true), json!({}), json!([])] {
            assert!(destination(value.clone(), context).unwrap_err().starts_with("must be "), "{value}");
            assert!(expires_at(value.clone(), UnixMillis(0)).unwrap_err().starts_with("must be "), "{value}");
        }
    }
}
