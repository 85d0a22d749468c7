//! A wrong key, a dead host, limits, defects and a closed pipe: each ends with its exit code and says what to do.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use serde_json::json;

use super::double::{Double, Response};
use super::run::{User, link, page};

#[test]
fn wrong_key_exits_3_and_says_what_to_do() {
    let double = Double::start(|_, _| Response::problem(401, "invalid_key", "this key is not known here"));
    let outcome = User::of(&double.url).run(&["links", "list"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""));
    assert!(
        outcome.stderr.contains("this key is not known here") && outcome.stderr.contains("SHORTLINE_KEY"),
        "{outcome:?}"
    );
    assert!(!outcome.stderr.contains("slk_test"), "{outcome:?}");
    assert_eq!(double.requests().len(), 1);
}

#[test]
fn dead_host_exits_7_and_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = User::of(&url).run(&["shorten", "https://example.com/"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""));
    assert!(outcome.stderr.contains(&url) && outcome.stderr.contains("Check the address"), "{outcome:?}");
}

#[test]
fn rate_limit_is_waited_for_with_the_same_idempotency_key() {
    let double = Double::start(|_, number| match number {
        0 => Response::problem(429, "rate_limited", "try again").with("retry-after", "0"),
        1 => Response::problem(503, "overloaded", "try again").with("retry-after", "0"),
        _ => Response::json(201, &link("7G6HVhV")),
    });
    let outcome = User::of(&double.url).run(&["shorten", "https://example.com/"]);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "https://go.example.com/7G6HVhV\n"),
        "{outcome:?}"
    );
    let keys: Vec<_> = double
        .requests()
        .iter()
        .map(|request| request.header("idempotency-key").map(str::to_owned))
        .collect();
    assert!(keys.len() == 3 && keys[0].is_some() && keys[0] == keys[1] && keys[1] == keys[2], "{keys:?}");
}

#[test]
fn long_rate_limit_exits_6_and_names_the_time() {
    let double =
        Double::start(|_, _| Response::problem(429, "rate_limited", "x").with("retry-after", "3600"));
    let outcome = User::of(&double.url).run(&["links", "list"]);
    assert_eq!(outcome.code, 6);
    assert!(outcome.stderr.contains("Try again in 3600 s"), "{outcome:?}");
    assert_eq!(double.requests().len(), 1);
}

#[test]
fn defect_exits_7_without_repeating_a_change() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" => Response::json(200, &page(&[link("a")])),
        _ => Response::problem(500, "internal_error", "the log has the cause"),
    });
    let outcome = User::of(&double.url).run(&["links", "edit", "a", "--title", "x"]);
    assert_eq!(outcome.code, 7, "{outcome:?}");
    assert_eq!(double.lines().iter().filter(|line| line.starts_with("PATCH")).count(), 1);
}

#[test]
fn other_website_is_recognised() {
    let double = Double::start(|_, _| Response::text(200, "text/html", "<h1>Hello</h1>"));
    let outcome = User::of(&double.url).run(&["links", "list"]);
    assert_eq!(outcome.code, 7);
    assert!(
        outcome.stderr.contains("does not answer like Shortline: status 200 with text/html"),
        "{outcome:?}"
    );
}

#[test]
fn key_does_not_follow_a_redirect() {
    let other = Double::start(|_, _| Response::json(200, &page(&[])));
    let location = format!("{}/api/v1/links", other.url);
    let double = Double::start(move |_, _| Response::text(301, "text/plain", "").with("location", &location));
    let outcome = User::of(&double.url).run(&["links", "list"]);
    assert_eq!(outcome.code, 7);
    assert!(outcome.stderr.contains("it redirects to"), "{outcome:?}");
    assert!(other.requests().is_empty());
}

#[test]
fn closed_pipe_ends_quietly() {
    let endless = json!({"data": vec![link("7G6HVhV"); 100], "next_cursor": "more"});
    let double = Double::start(move |_, _| Response::json(200, &endless));
    let mut child =
        User::of(&double.url).command(&["links", "list", "--all", "-o", "jsonl"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("7G6HVhV"), "{line}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn no_installation_exits_2_and_no_key_exits_3() {
    let nobody = User::nobody().run(&["links", "list"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.stderr.contains("shortline login"), "{nobody:?}");
    let keyless = User::nobody().run(&["--server", "http://127.0.0.1:1", "links", "list"]);
    assert_eq!(keyless.code, 3);
    assert!(keyless.stderr.contains("SHORTLINE_KEY"), "{keyless:?}");
}

#[test]
fn repeated_delete_of_what_is_gone_succeeds() {
    let double = Double::start(|request, number| match (request.method.as_str(), number) {
        ("GET", _) => Response::json(200, &page(&[link("a")])),
        // The gateway lost the answer.
        (_, 1) => Response::text(504, "text/plain", ""),
        _ => Response::problem(404, "link_not_found", "no link has this id"),
    });
    let outcome = User::of(&double.url).run(&["links", "rm", "a", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(double.requests().len(), 3);
}
