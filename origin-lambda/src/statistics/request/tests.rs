//! Tests of reading statistics requests.

use super::*;

fn now() -> UnixMillis {
    timestamp::parse("2026-11-23T18:07:00.123Z").unwrap()
}

fn read(pairs: &[(&str, &str)]) -> Result<StatsRequest, String> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    StatsRequest::for_link(Fields::from_query(pairs), now()).map_err(|problem| format!("{problem:?}"))
}

#[track_caller]
fn check(pairs: &[(&str, &str)], from: &str, to: &str) {
    let request = read(pairs).unwrap();
    assert_eq!([request.from, request.to].map(timestamp::format), [from, to]);
}

#[test]
fn default_range_is_thirty_days_from_the_start_of_an_interval() {
    const NOW: &str = "2026-11-23T18:15:00.000Z";
    check(&[], "2026-10-24T00:00:00.000Z", NOW);
    check(&[("timezone", "Asia/Kathmandu")], "2026-10-23T18:15:00.000Z", NOW);
    check(&[("interval", "hour")], "2026-10-24T18:00:00.000Z", NOW);
    check(&[("interval", "month"), ("timezone", "Europe/Berlin")], "2026-09-30T22:00:00.000Z", NOW);
}

#[test]
fn default_range_by_the_minute_is_an_hour() {
    check(&[("interval", "minute")], "2026-11-23T17:07:00.000Z", "2026-11-23T18:08:00.000Z");
    let two_days = [("interval", "minute"), ("from", "2026-11-21T18:07:00Z")];
    check(&two_days, "2026-11-21T18:07:00.000Z", "2026-11-23T18:08:00.000Z");
}

#[test]
fn range_is_widened_to_whole_quarters_of_an_hour() {
    let asked = [("from", "2026-11-01T10:14:59.999Z"), ("to", "2026-11-01T10:15:00.001Z")];
    check(&asked, "2026-11-01T10:00:00.000Z", "2026-11-01T10:30:00.000Z");
    let whole = [("from", "2026-11-01T10:15:00Z"), ("to", "2026-11-01T10:30:00Z"), ("interval", "hour")];
    check(&whole, "2026-11-01T10:15:00.000Z", "2026-11-01T10:30:00.000Z");
}

#[test]
fn end_in_the_past_moves_the_default_start() {
    check(&[("to", "2026-01-31T00:00:00Z")], "2026-01-01T00:00:00.000Z", "2026-01-31T00:00:00.000Z");
}

#[test]
fn offset_with_a_space_for_its_plus_sign_is_read() {
    let asked = [("from", "2026-11-01T02:00:00 02:00"), ("to", "2026-11-01T02:00:00+01:00")];
    check(&asked, "2026-11-01T00:00:00.000Z", "2026-11-01T01:00:00.000Z");
}

#[test]
fn ends_of_the_calendar_are_handled() {
    let last = [("from", "9999-12-31T00:00:00Z"), ("to", "9999-12-31T23:59:59.999Z")];
    check(&last, "9999-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z");
    check(&[("to", "0000-01-01T00:00:00Z")], "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z");
}

#[test]
fn day_within_one_interval_is_counted_as_a_whole() {
    let whole_days = |interval, timezone| {
        let range = [("from", "2026-10-30T12:00:00Z"), ("to", "2026-11-03T12:00:00Z")];
        let request =
            read(&[&range[..], &[("interval", interval), ("timezone", timezone)]].concat()).unwrap();
        request.whole_days(request.to).iter().map(Date::to_string).collect::<Vec<_>>()
    };
    // The range contains only parts of the first and last day.
    let all = ["2026-10-31", "2026-11-01", "2026-11-02"];
    assert_eq!(whole_days("day", "UTC"), all);
    assert_eq!(whole_days("hour", "UTC"), [""; 0]);
    assert_eq!(whole_days("day", "Asia/Kathmandu"), [""; 0]);
    // November starts on the last of October (UTC) there.
    assert_eq!(whole_days("month", "Asia/Kathmandu"), all[1..]);
    // Monday starts on Sunday (UTC) there.
    assert_eq!(whole_days("week", "Europe/Berlin"), ["2026-10-31", "2026-11-02"]);
    let long = read(&[("from", "1300-01-01T00:00:00Z"), ("interval", "month")]).unwrap();
    assert!(long.whole_days(long.to).len() <= 10_000);
}

#[test]
fn range_into_the_future_is_counted_to_the_end_of_its_month() {
    let count_until = |to| {
        let request = read(&[("from", "2026-11-01T00:00:00Z"), ("to", to)]).unwrap();
        timestamp::format(request.count_until(now()))
    };
    assert_eq!(count_until("2026-11-23T18:00:00Z"), "2026-11-23T18:00:00.000Z");
    assert_eq!(count_until("2026-11-23T18:15:00Z"), "2026-12-01T00:00:00.000Z");
    assert_eq!(count_until("2026-12-31T23:00:00Z"), "2027-01-01T00:00:00.000Z");
    assert_eq!(count_until("2027-01-31T00:00:00Z"), "2027-02-01T00:00:00.000Z");
    let last = read(&[("from", "9999-12-31T00:00:00Z"), ("to", "9999-12-31T23:00:00Z")]).unwrap();
    assert_eq!(timestamp::format(last.count_until(now())), "9999-12-31T23:00:00.000Z");
}

#[test]
fn previous_period_is_as_long() {
    let request = read(&[("from", "2026-11-08T00:00:00Z"), ("to", "2026-11-15T00:00:00Z")]).unwrap();
    let (from, to) = request.previous_period(now());
    assert_eq!([from, to].map(timestamp::format), ["2026-11-01T00:00:00.000Z", "2026-11-08T00:00:00.000Z"]);
}

#[test]
fn range_into_the_future_is_compared_with_its_past_part() {
    let previous = |from, to| {
        let (from, to) = read(&[("from", from), ("to", to)]).unwrap().previous_period(now());
        [from, to].map(timestamp::format)
    };
    let passed = previous("2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z");
    assert_eq!(passed, ["2026-11-16T05:45:00.000Z", "2026-11-20T00:00:00.000Z"]);
    let to_come = previous("2026-12-10T00:00:00Z", "2026-12-20T00:00:00Z");
    assert_eq!(to_come, ["2026-11-30T00:00:00.000Z", "2026-12-10T00:00:00.000Z"]);
}

#[test]
fn time_zone_name_is_normalized() {
    assert_eq!(read(&[("timezone", "europe/berlin")]).unwrap().zone_name, "Europe/Berlin");
    assert_eq!(read(&[]).unwrap().zone_name, "UTC");
}

#[test]
fn invalid_parameter_is_rejected_by_name() {
    for (pairs, code, field) in [
        (&[("from", "yesterday")][..], "InvalidFrom", "from"),
        (&[("to", "")], "InvalidTo", "to"),
        (&[("interval", "second")], "InvalidInterval", "interval"),
        (&[("interval", "day"), ("interval", "day")], "InvalidInterval", "interval"),
        (&[("class", "robot")], "InvalidClass", "class"),
        (&[("group_by", "total")], "InvalidGroupBy", "group_by"),
        (&[("timezone", "Europe/Atlantis")], "InvalidTimezone", "timezone"),
        (&[("timezone", "")], "InvalidTimezone", "timezone"),
        (&[("tag", "x")], "UnknownParameter", "tag"),
        (&[("From", "2026-11-01T00:00:00Z")], "UnknownParameter", "From"),
        (&[("from", "2026-11-23T18:07:00.123Z")], "InvalidTo", "to"),
        (&[("from", "1990-01-01T00:00:00Z")], "InvalidTo", "to"),
        (&[("from", "2025-09-01T00:00:00Z"), ("interval", "hour")], "InvalidTo", "to"),
        (&[("from", "2026-11-20T00:00:00Z"), ("interval", "minute")], "InvalidFrom", "from"),
        (&[("group_by", "country"), ("interval", "minute")], "InvalidGroupBy", "group_by"),
    ] {
        let problem = read(pairs).unwrap_err();
        let expected = format!("code: {code}, ");
        assert!(problem.contains(&expected), "{pairs:?}: {problem}");
        assert!(problem.contains(&format!("field: {field:?}")), "{pairs:?}: {problem}");
    }
}

#[test]
fn range_may_have_as_many_days_as_its_refusal_says() {
    let range = |to: &str| read(&[("from", "2000-01-01"), ("to", to)]);
    assert!(range("2027-05-19").is_ok());
    assert!(range("2027-05-20").unwrap_err().contains("at most 10000 days after from"));
}
