//! Reads the time range and time zone of a request. `to` is exclusive.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use link_core::time::UnixMillis;
use serde_json::Value;

use crate::http::fields::{Fields, text};
use crate::http::problem::ProblemCode;
use crate::http::timestamp;
use crate::http::trimming::trimmed;

#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) from: Option<UnixMillis>,
    pub(crate) to: Option<UnixMillis>,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
}

impl Bounds {
    /// Reads `from`, `to` and `timezone`. A date without a time is the start of that day in the time zone.
    pub(crate) fn read(fields: &mut Fields) -> Self {
        let zone = fields.optional("timezone", ProblemCode::InvalidTimezone, zone);
        let (zone_name, zone) = zone.unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
        let from = fields.optional("from", ProblemCode::InvalidFrom, |value| moment(value, &zone));
        let to = fields.optional("to", ProblemCode::InvalidTo, |value| moment(value, &zone));
        Self { from, to, zone, zone_name }
    }
}

fn moment(value: Value, zone: &TimeZone) -> Result<UnixMillis, String> {
    let text = with_ascii_signs(&text(value)?);
    let text = &with_t_before_the_time(trimmed(&text));
    let local =
        date(text).map(|date| date.to_datetime(jiff::civil::Time::midnight())).or_else(|| local_time(text));
    let moment = match local {
        Some(local) => in_zone(local, zone).filter(|moment| timestamp::is_representable(*moment)),
        // In a query string an unescaped plus sign means a space, and offsets are often sent unescaped.
        None => with_offset(&text.replace(' ', "+")),
    };
    moment.ok_or_else(|| {
        "must be a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z (RFC 3339)".to_owned()
    })
}

/// Texts that were copied may have other blanks, and ISO 8601 prefers U+2212 as the minus sign.
fn with_ascii_signs(text: &str) -> String {
    text.replace(char::is_whitespace, " ").replace('\u{2212}', "-")
}

/// RFC 3339 allows a blank between date and time, which is how databases and spreadsheets write it.
fn with_t_before_the_time(text: &str) -> String {
    match text.split_at_checked("2027-01-31".len()) {
        Some((date, time)) if time.starts_with(' ') => format!("{date}T{}", time.trim_start()),
        _ => text.to_owned(),
    }
}

/// ISO 8601, with more forms than RFC 3339: `T12:00Z`, `+0200`.
fn with_offset(text: &str) -> Option<UnixMillis> {
    let iso = || text.parse::<Timestamp>().ok().map(|moment| UnixMillis(moment.as_millisecond()));
    timestamp::parse(text).ok().or_else(|| iso().filter(|moment| timestamp::is_representable(*moment)))
}

/// Time zones do not cover the last days of the calendar, which are read as UTC.
fn in_zone(local: DateTime, zone: &TimeZone) -> Option<UnixMillis> {
    let moment = local
        .to_zoned_datetime(zone.clone())
        .ok()
        .map(|moment| UnixMillis(moment.timestamp().as_millisecond()));
    moment.or_else(|| timestamp::parse(&format!("{local}Z")).ok())
}

fn date(text: &str) -> Option<Date> {
    // The library would also accept a date and time and drop the time.
    if text.len() == "2027-01-31".len() { text.parse().ok() } else { None }
}

/// A date and time without an offset, which are local to the requested time zone.
fn local_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    let is_local = time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if date.len() == "2027-01-31".len() && is_local && time.contains(':') { text.parse().ok() } else { None }
}

pub(crate) fn zone(value: Value) -> Result<(String, TimeZone), String> {
    let text = with_ascii_signs(&text(value)?);
    let name = trimmed(&text);
    // The plus sign of an unescaped `+02:00` arrives as a space.
    let is_offset = text.starts_with(' ') && name.starts_with(|first: char| first.is_ascii_digit());
    let name = if is_offset { format!("+{name}") } else { name.replace(' ', "+") };
    if let Some(offset) = offset(&name) {
        return offset;
    }
    let unknown = |_| {
        "must be a time zone of the IANA database, such as Europe/Berlin, or an offset such as +02:00"
            .to_owned()
    };
    let zone = TimeZone::get(&name).map_err(unknown)?;
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    Ok((name, zone))
}

/// `Z`, `+02:00`, `+0200` or `+02` (ISO 8601), also after `UTC` or `GMT`. `None` if the text is a name.
fn offset(text: &str) -> Option<Result<(String, TimeZone), String>> {
    if matches!(text, "Z" | "z") {
        return Some(Ok(("UTC".to_owned(), TimeZone::UTC)));
    }
    let bare = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let (sign, digits) = match bare.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    Some(fixed_offset(sign, digits).ok_or_else(|| {
        "must be an offset in whole quarters of an hour, of at most 18 hours, such as +02:00 or -09:30"
            .to_owned()
    }))
}

fn fixed_offset(sign: i32, digits: &str) -> Option<(String, TimeZone)> {
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 4) => digits.split_at_checked(2)?,
        (None, _) => (digits, "00"),
    };
    let number = |text: &str, max: i32| {
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i32>().ok())??;
        (0..=max).contains(&number).then_some(number)
    };
    let fits = (1..=2).contains(&hours.len()) && minutes.len() == 2;
    let (hours, minutes) = (number(hours, 18).filter(|_| fits)?, number(minutes, 59)?);
    // Roll-ups have quarters of an hour.
    if minutes % 15 != 0 || hours == 18 && minutes > 0 {
        return None;
    }
    let offset = Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()?;
    if offset == Offset::ZERO {
        return Some(("UTC".to_owned(), TimeZone::UTC));
    }
    let sign = if sign < 0 { '-' } else { '+' };
    Some((format!("{sign}{hours:02}:{minutes:02}"), TimeZone::fixed(offset)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(from: &str, timezone: &str) -> Option<(String, String)> {
        let pairs =
            [("from", from), ("timezone", timezone)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut fields = Fields::from_query(pairs.to_vec());
        let bounds = Bounds::read(&mut fields);
        let from = bounds.from;
        fields
            .finish(Some(bounds))
            .ok()
            .map(|bounds| (from.map(timestamp::format).unwrap_or_default(), bounds.zone_name))
    }

    #[test]
    fn date_is_the_start_of_that_day_in_the_time_zone() {
        for (from, timezone, moment, name) in [
            ("2026-01-01", "UTC", "2026-01-01T00:00:00.000Z", "UTC"),
            ("2026-01-01", "Europe/Berlin", "2025-12-31T23:00:00.000Z", "Europe/Berlin"),
            ("2026-01-01", " 02:00", "2025-12-31T22:00:00.000Z", "+02:00"),
            ("2026-01-01", "+0545", "2025-12-31T18:15:00.000Z", "+05:45"),
            ("2026-01-01", "-9:30", "2026-01-01T09:30:00.000Z", "-09:30"),
            ("2026-01-01", "UTC+2", "2025-12-31T22:00:00.000Z", "+02:00"),
            ("2026-01-01", "Etc/GMT+2", "2026-01-01T02:00:00.000Z", "Etc/GMT+2"),
            ("2026-01-01", "Z", "2026-01-01T00:00:00.000Z", "UTC"),
            ("2026-01-01", "-00:00", "2026-01-01T00:00:00.000Z", "UTC"),
            // The clock skips midnight on this day.
            ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00.000Z", "Africa/Cairo"),
            ("2026-01-01T12:30", "+02:00", "2026-01-01T10:30:00.000Z", "+02:00"),
            ("2026-01-01T12:30:15.5", "+02:00", "2026-01-01T10:30:15.500Z", "+02:00"),
            ("2026-01-01T12:30:00 01:00", "+02:00", "2026-01-01T11:30:00.000Z", "+02:00"),
            ("\u{feff}2026-01-01 ", "UTC", "2026-01-01T00:00:00.000Z", "UTC"),
            ("2026-01-01", "UTC ", "2026-01-01T00:00:00.000Z", "UTC"),
            ("2026-01-01", " UTC", "2026-01-01T00:00:00.000Z", "UTC"),
            ("2026-01-01", "\u{a0}Europe/Berlin\u{feff}", "2025-12-31T23:00:00.000Z", "Europe/Berlin"),
            ("2026-01-01", " 02:00 ", "2025-12-31T22:00:00.000Z", "+02:00"),
            ("2026-01-01", " \u{2212}02:00", "2026-01-01T02:00:00.000Z", "-02:00"),
            ("2026-01-01 00:00", "+02:00", "2025-12-31T22:00:00.000Z", "+02:00"),
            ("2026-01-01\u{a0}00:00:00Z", "+02:00", "2026-01-01T00:00:00.000Z", "+02:00"),
            ("2026-01-01 00:00:00 01:00", "UTC", "2025-12-31T23:00:00.000Z", "UTC"),
            ("2026-01-01 00:00 01:00", "UTC", "2025-12-31T23:00:00.000Z", "UTC"),
            ("2026-01-01T00:00:00\u{2212}02:00", "UTC", "2026-01-01T02:00:00.000Z", "UTC"),
        ] {
            assert_eq!(read(from, timezone), Some((moment.to_owned(), name.to_owned())), "{from} {timezone}");
        }
    }

    #[test]
    fn invalid_time_or_time_zone_is_rejected() {
        for from in [
            "",
            "2026",
            "2026-01",
            "2026-02-30",
            "2026-1-1",
            "20260101",
            "2026-01-01T",
            "2026-01-01T25:00",
            "tomorrow",
        ] {
            assert_eq!(read(from, "UTC"), None, "{from}");
        }
        for timezone in [
            "",
            "+",
            "+2:0",
            "+24:00",
            "+02:01",
            "+18:15",
            "+1:2:3",
            "+02:00:00",
            "+99",
            "+a",
            "UTC+x",
            "CEST+1",
        ] {
            assert_eq!(read("2026-01-01", timezone), None, "{timezone}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(from in "[0-9T:.Z+ -]{0,24}", timezone in "[A-Za-z0-9:+/ -]{0,9}") {
            let _ = read(&from, &timezone);
        }
    }
}
