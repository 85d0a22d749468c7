//! `stats` and `clicks`.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::double::{Double, Response};
use super::run::{User, link, page};

#[test]
fn stats_ask_for_the_range_and_print_rows() {
    let double = Double::start(|request, _| match request.target.contains("/stats") {
        true => Response::json(
            200,
            &json!({
                "from": "2026-11-01T00:00:00.000Z", "to": "2026-11-29T00:00:00.000Z", "timezone": "UTC", "total": 5, "visitors": 4,
                "previous": {"total": 0, "visitors": 0}, "series": [], "groups": [{"value": "DE", "clicks": 5, "visitors": 4}],
            }),
        ),
        false => Response::json(200, &page(&[link("a")])),
    });
    let arguments = [
        "stats",
        "a",
        "--by",
        "country",
        "--since",
        "2026-11-01",
        "--timezone",
        "Europe/Berlin",
        "-w",
        "device=mobile",
        "-o",
        "csv",
    ];
    let outcome = User::of(&double.url).run(&arguments);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "value,clicks,visitors\r\nDE,5,4\r\n"),
        "{outcome:?}"
    );
    let expected = "GET /api/v1/links/0198c0de-0000-7000-8000-000000000001/stats?from=2026-11-01&group_by=country&timezone=Europe%2FBerlin&device=mobile";
    assert_eq!(double.lines().pop().unwrap(), expected);
    assert_eq!(User::of(&double.url).run(&["stats", "a", "--series", "--by", "country"]).code, 2);
}

#[test]
fn limit_holds_for_programs_too() {
    let double = Double::start(|_, _| {
        let groups = ["DE", "FR"].map(|value| json!({"value": value, "clicks": 5, "visitors": 4}));
        Response::json(200, &json!({"total": 10, "series": [], "groups": groups}))
    });
    let user = User::of(&double.url);
    for (more, expected) in [(&["-n", "1"][..], "DE\r\n"), (&[], "DE\r\nFR\r\n")] {
        let arguments = [&["stats", "--by", "country", "-o", "csv", "--fields", "value"], more].concat();
        assert_eq!(user.run(&arguments).stdout, format!("value\r\n{expected}"));
    }
    let json = user.run(&["stats", "--by", "country", "-o", "json", "-n", "1"]).stdout;
    assert!(json.contains("DE") && !json.contains("FR"), "{json}");
}

#[test]
fn feed_is_followed_in_order() {
    let click = |id: &str| json!({"time": "2026-11-29T15:04:05.000Z", "request_id": id, "class": "human", "short_url": "https://go.example.com/a"});
    let double = Double::start(move |request, _| match request.target.split_once("after=") {
        None => Response::json(200, &json!({"data": [click("1")], "next_cursor": "c1", "has_more": true})),
        Some((_, "c1")) => Response::json(
            200,
            &json!({"data": [click("2"), click("3")], "next_cursor": "c2", "has_more": true}),
        ),
        Some(_) => Response::json(200, &json!({"data": [], "next_cursor": "c2", "has_more": false})),
    });
    let mut child = User::of(&double.url)
        .command(&["clicks", "--follow", "-o", "jsonl", "--fields", "request_id"])
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap);
    let lines: Vec<String> = lines.collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lines, ["{\"request_id\":\"1\"}", "{\"request_id\":\"2\"}", "{\"request_id\":\"3\"}"]);
}

#[test]
fn clicks_of_all_links_need_a_newer_installation() {
    let double = Double::start(|_, _| Response::problem(404, "not_found", "no route"));
    let outcome = User::of(&double.url).run(&["clicks"]);
    assert_eq!(outcome.code, 4);
    assert!(outcome.stderr.contains("name a link"), "{outcome:?}");
}

#[test]
fn past_is_followed_a_day_at_a_time() {
    let double = Double::start(|request, _| match request.target.contains("/clicks") {
        true if request.target.contains("to=") => Response::json(200, &page(&[])),
        true => Response::problem(403, "forbidden", "x"),
        false => Response::json(200, &page(&[link("a")])),
    });
    let outcome = User::of(&double.url).run(&["clicks", "a", "--follow", "--since", "50h"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let ranges: Vec<_> = double.lines().iter().map(|line| line.contains("to=")).collect();
    assert_eq!(ranges, [false, true, true, false], "{:?}", double.lines());
}

#[test]
fn clicks_of_all_links_are_not_cut_without_a_word() {
    let double = Double::start(|_, _| Response::json(200, &page(&[])));
    for options in [["clicks", "--all"].as_slice(), &["clicks", "-n", "5000"]] {
        let outcome = User::of(&double.url).run(options);
        assert_eq!(outcome.code, 2, "{outcome:?}");
    }
    assert!(double.lines().is_empty());
}
