//! Times as other shorteners write them: RFC 3339 in its variants, seconds or milliseconds, and times without a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

/// Seconds would reach this number in the year 5138, milliseconds did in 1973.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    At(Timestamp),
    /// Without a zone.
    Local(DateTime),
}

/// None if it is no time.
pub fn read(value: &Value) -> Option<Moment> {
    match value {
        Value::Number(number) => number.as_i64().and_then(of_number).map(Moment::At),
        Value::String(text) => of_text(text.trim()),
        _ => None,
    }
}

fn of_number(number: i64) -> Option<Timestamp> {
    if number.abs() >= FIRST_MILLISECONDS {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

fn of_text(text: &str) -> Option<Moment> {
    // A year alone is no number of seconds.
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().and_then(of_number).map(Moment::At);
    }
    if !text.starts_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let text = text.strip_suffix(" UTC").map_or_else(|| text.to_owned(), |start| format!("{start}Z"));
    let at = text.parse::<Timestamp>().ok().map(Moment::At);
    at.or_else(|| text.parse::<DateTime>().ok().map(Moment::Local)).or_else(|| of_dotted(&text))
}

/// `31.12.2027`, with a time or without one. Dates with slashes are left unread: 01/02/2027 is a day in January or in February.
fn of_dotted(text: &str) -> Option<Moment> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let mut parts = date.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = parts.next().is_none() && day.len() <= 2 && month.len() <= 2 && year.len() == 4;
    let text = is_date.then(|| format!("{year}-{month:0>2}-{day:0>2}T{}", time.trim()))?;
    text.parse().map(Moment::At).or_else(|_| text.parse().map(Moment::Local)).ok()
}

/// `Europe/Berlin`, `UTC` or `+01:00`.
pub fn zone(text: &str) -> Result<TimeZone, String> {
    if matches!(text, "Z" | "UTC" | "utc") {
        return Ok(TimeZone::UTC);
    }
    offset(text)
        .map(TimeZone::fixed)
        .or_else(|| TimeZone::get(text).ok())
        .ok_or_else(|| format!("{text} is not a time zone such as Europe/Berlin or +01:00"))
}

fn offset(text: &str) -> Option<Offset> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    fits.then(|| Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok())?
}

/// A time that a change of the clock repeats is the first of the two.
pub fn in_zone(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_of_a_time_are_read() {
        let at = |value: Value| match read(&value) {
            Some(Moment::At(at)) => at.to_string(),
            other => format!("{other:?}"),
        };
        for value in [
            json!(1_603_732_840),
            json!(1_603_732_840_000_i64),
            json!("1603732840"),
            json!("1603732840000"),
            json!("2020-10-26T17:20:40+0000"),
            json!("2020-10-26T18:20:40+01:00"),
            json!("2020-10-26T17:20:40Z"),
            json!("2020-10-26 17:20:40 UTC"),
        ] {
            assert_eq!(at(value.clone()), "2020-10-26T17:20:40Z", "{value}");
        }
        for local in ["2020-10-26 17:20:40", "2020-10-26T17:20:40", "2020-10-26T17:20", "2020-10-26"] {
            assert!(matches!(read(&json!(local)), Some(Moment::Local(_))), "{local}");
        }
        let dotted = |text: &str| match read(&json!(text)) {
            Some(Moment::Local(local)) => local.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(dotted("1.12.2020"), "2020-12-01T00:00:00");
        assert_eq!(dotted("31.12.2020 17:20"), "2020-12-31T17:20:00");
        assert_eq!(at(json!("26.10.2020 17:20:40 UTC")), "2020-10-26T17:20:40Z");
        for none in [
            json!(""),
            json!("soon"),
            json!("2020"),
            json!(null),
            json!(true),
            json!("12/31/2020"),
            json!("31.12.20"),
            json!("1.2.3.2020"),
            json!("31.13.2020"),
        ] {
            assert_eq!(read(&none), None, "{none}");
        }
    }

    #[test]
    fn zone_knows_summer_and_winter() {
        let berlin = zone("Europe/Berlin").unwrap();
        let at = |text: &str, zone: &TimeZone| in_zone(text.parse().unwrap(), zone).unwrap().to_string();
        assert_eq!(at("2024-07-01T12:00:00", &berlin), "2024-07-01T10:00:00Z");
        assert_eq!(at("2024-01-01T12:00:00", &berlin), "2024-01-01T11:00:00Z");
        for (text, expected) in [
            ("+01:00", "2024-01-01T11:00:00Z"),
            ("-0530", "2024-01-01T17:30:00Z"),
            ("UTC", "2024-01-01T12:00:00Z"),
        ] {
            assert_eq!(at("2024-01-01T12:00:00", &zone(text).unwrap()), expected, "{text}");
        }
        for wrong in ["", "Berlin", "+99:00", "+1:99"] {
            assert!(zone(wrong).is_err(), "{wrong}");
        }
    }
}
