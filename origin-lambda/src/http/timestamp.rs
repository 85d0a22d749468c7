//! Times of the API: RFC 3339, written in UTC with milliseconds, read with any offset.

use std::sync::LazyLock;

use link_core::time::UnixMillis;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// RFC 3339 has four digits for the year.
static EARLIEST: LazyLock<UnixMillis> = LazyLock::new(|| datetime!(0000-01-01 00:00 UTC).into());
pub(crate) static LATEST: LazyLock<UnixMillis> =
    LazyLock::new(|| datetime!(9999-12-31 23:59:59.999 UTC).into());

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a time such as 2027-01-31T12:00:00Z (RFC 3339)")]
pub(crate) struct NotATimestamp;

pub(crate) fn parse(text: &str) -> Result<UnixMillis, NotATimestamp> {
    let moment: UnixMillis = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NotATimestamp)?.into();
    // An offset may move a time out of the years that RFC 3339 can write.
    if is_representable(moment) { Ok(moment) } else { Err(NotATimestamp) }
}

/// Whether RFC 3339 can write the time.
pub(crate) fn is_representable(moment: UnixMillis) -> bool {
    (*EARLIEST..=*LATEST).contains(&moment)
}

pub(crate) fn format(moment: UnixMillis) -> String {
    let moment = moment.clamp(*EARLIEST, *LATEST).date_time();
    let (date, time) = (moment.date(), moment.time());
    let month = u8::from(date.month());
    let (hour, minute, second, milli) = time.as_hms_milli();
    format!("{:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", date.year(), date.day())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        for (text, written) in [
            ("2026-11-23T18:00:00Z", "2026-11-23T18:00:00.000Z"),
            ("2026-11-23T18:00:00.123999Z", "2026-11-23T18:00:00.123Z"),
            ("2026-11-23T18:00:00+05:30", "2026-11-23T12:30:00.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn invalid_time_is_rejected() {
        for text in [
            "",
            "now",
            "2026-11-23",
            "2026-11-23T18:00:00",
            "2026-02-30T00:00:00Z",
            "1795478400",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
            "2026-11-23T18:00:00Z\0",
        ] {
            assert_eq!(parse(text), Err(NotATimestamp), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn written_time_is_read_back_unchanged(millis in EARLIEST.0..=LATEST.0) {
            prop_assert_eq!(parse(&format(UnixMillis(millis))), Ok(UnixMillis(millis)));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
