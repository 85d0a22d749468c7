//! Times as people type them: `30d`, `2027-01-31`, `2027-01-31T12:00`, RFC 3339. Without an offset they are UTC.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

/// What a time without a sign means: `30d` is in the future for an expiry and in the past for a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Future,
    Past,
}

pub const EXAMPLES: &str = "write a time such as 2027-01-31, 2027-01-31T12:00:00Z, 30d, 12h or 45m";

pub fn parse(text: &str, now: OffsetDateTime, direction: Direction) -> Result<OffsetDateTime, String> {
    let text = text.trim();
    let midnight = |days: i64| now.replace_time(Time::MIDNIGHT).checked_add(Duration::days(days));
    let moment = match text {
        "now" => Some(now),
        "today" => midnight(0),
        "tomorrow" => midnight(1),
        "yesterday" => midnight(-1),
        _ => absolute(text).or_else(|| relative(text, now, direction)),
    };
    moment.ok_or_else(|| format!("{text} is not a time: {EXAMPLES}"))
}

pub fn absolute(text: &str) -> Option<OffsetDateTime> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(moment);
    }
    let date = format_description!("[year]-[month]-[day]");
    if let Ok(date) = Date::parse(text, &date) {
        return Some(date.midnight().assume_utc());
    }
    let text = text.replacen(' ', "T", 1);
    let minutes = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let local =
        PrimitiveDateTime::parse(&text, &minutes).or_else(|_| PrimitiveDateTime::parse(&text, &seconds));
    local.ok().map(PrimitiveDateTime::assume_utc)
}

fn relative(text: &str, now: OffsetDateTime, direction: Direction) -> Option<OffsetDateTime> {
    let (text, direction) = if let Some(rest) = text.strip_prefix("in ") {
        (rest, Direction::Future)
    } else if let Some(rest) = text.strip_suffix(" ago") {
        (rest, Direction::Past)
    } else {
        (text, direction)
    };
    let duration = duration(text)?;
    match direction {
        Direction::Future => now.checked_add(duration),
        Direction::Past => now.checked_sub(duration),
    }
}

/// `90s`, `45m`, `12h`, `30d`, `2w`, `1y`, and sums such as `1d12h`. A year has 365 days.
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let (digits, unit_and_rest) = rest.split_at_checked(end)?;
        let number: i64 = digits.parse().ok()?;
        let mut characters = unit_and_rest.trim_start().chars();
        let seconds = match characters.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            'y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(Duration::seconds(number.checked_mul(seconds)?))?;
        rest = characters.as_str().trim_start();
    }
    Some(total)
}

/// As the API takes it.
pub fn rfc3339(moment: OffsetDateTime) -> Result<String, String> {
    moment.format(&Rfc3339).map_err(|_| format!("the time must be in the years 0 to 9999: {EXAMPLES}"))
}

/// An RFC 3339 time as tables show it, to the minute: `2026-11-29 15:04`. Other texts stay.
pub fn short(text: &str) -> String {
    match (text.get(..10), text.get(10..11), text.get(11..16)) {
        (Some(date), Some("T"), Some(minute)) => format!("{date} {minute}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 15:04:05 UTC);

    fn parsed(text: &str, direction: Direction) -> Option<String> {
        parse(text, NOW, direction).ok().map(|moment| rfc3339(moment).unwrap())
    }

    #[test]
    fn times_are_absolute_or_relative() {
        for (text, expected) in [
            ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T12:00", "2027-01-31T12:00:00Z"),
            ("2027-01-31 12:00:30", "2027-01-31T12:00:30Z"),
            ("2027-01-31T12:00:00+02:00", "2027-01-31T12:00:00+02:00"),
            ("30d", "2026-12-29T15:04:05Z"),
            ("in 1d12h", "2026-12-01T03:04:05Z"),
            ("2w ago", "2026-11-15T15:04:05Z"),
            ("tomorrow", "2026-11-30T00:00:00Z"),
            ("now", "2026-11-29T15:04:05Z"),
        ] {
            assert_eq!(parsed(text, Direction::Future).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parsed("30d", Direction::Past).as_deref(), Some("2026-10-30T15:04:05Z"));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in
            ["", "d", "30", "30x", "-3d", "2027-02-30", "31.01.2027", "9999999999999999y", "soon", "３0d"]
        {
            assert_eq!(parsed(text, Direction::Future), None, "{text}");
        }
    }

    #[test]
    fn tables_show_minutes() {
        assert_eq!(short("2026-11-29T15:04:05.123Z"), "2026-11-29 15:04");
        assert_eq!(short("never"), "never");
    }
}
