//! `check`: which destinations are asked, how, and what is said about them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::double::{Double, Request, Response};
use super::run::{Outcome, User, link, page};

const FAST: [&str; 3] = ["--allow-private", "--pause", "0s"];

/// An installation with a link for each destination.
fn installation(destinations: &[String]) -> Double {
    let links: Vec<Value> = (0..)
        .zip(destinations)
        .map(|(number, url)| {
            let mut link = link(&format!("l{number}"));
            link["url"] = url.as_str().into();
            link
        })
        .collect();
    let links = page(&links);
    Double::start(move |request, _| match request.target.contains("/domains") {
        true => Response::json(200, &page(&[])),
        false => Response::json(200, &links),
    })
}

fn check(user: &User, arguments: &[&str]) -> Outcome {
    user.run(&[&["check"], FAST.as_slice(), arguments].concat())
}

/// Rows by the path of the destination.
fn rows(outcome: &Outcome) -> BTreeMap<String, Value> {
    let rows = outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (row["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned(), row)).collect()
}

fn site(request: &Request) -> Response {
    let answer = |status| Response::text(status, "text/html", "");
    let to = |status, location: &str| answer(status).with("location", location);
    match (request.method.as_str(), request.target.as_str()) {
        ("HEAD", "/head-refused") => answer(405),
        (_, "/forbidden") => answer(403),
        (_, "/missing") => answer(404),
        (_, "/gone") => answer(410),
        (_, "/broken") => answer(500),
        (_, "/moved") => to(301, "/näw?a=b"),
        (_, "/temporary") => to(302, "fine"),
        (_, "/loop") => to(302, "/loop"),
        (_, "/warning") => to(302, "https://bitly.com/a/warning?url=x"),
        (_, "/dead-end") => to(308, "/missing"),
        _ => answer(200),
    }
}

#[test]
fn each_trap_gets_its_verdict() {
    let double = Double::start(|request, _| site(request));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hangs_up = TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs_up_at = hangs_up.local_addr().unwrap();
    std::thread::spawn(move || hangs_up.incoming().for_each(drop));
    let no_tls = TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls_at = no_tls.local_addr().unwrap();
    std::thread::spawn(move || {
        // The connections stay open, so that the answer arrives.
        let answer = |stream: std::io::Result<TcpStream>| {
            let mut stream = stream.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            stream
        };
        no_tls.incoming().map(answer).collect::<Vec<_>>()
    });
    let mut destinations = vec![
        format!("http://{closed}/closed"),
        format!("http://{hangs_up_at}/hangs-up"),
        format!("https://{no_tls_at}/no-tls"),
        "http://host.invalid/no-host".to_owned(),
        "mailto:someone@example.com".to_owned(),
    ];
    for path in [
        "fine",
        "head-refused",
        "forbidden",
        "missing",
        "gone",
        "broken",
        "moved",
        "temporary",
        "loop",
        "warning",
        "dead-end",
    ] {
        destinations.push(format!("{}/{path}", double.url));
    }
    let api = installation(&destinations);
    let outcome = check(&User::of(&api.url), &["--all", "-o", "jsonl"]);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    let found = rows(&outcome);
    let lines = found.iter().filter(|(path, _)| *path != "no-host").map(|(path, row)| {
        let texts = ["result", "status", "detail", "moved_to", "final_url"].map(|field| match &row[field] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.replace(&double.url, ""),
            other => other.to_string(),
        });
        format!("{path}: {}", texts.join(" | "))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    // Without a network, nobody can say that there is no such host.
    let no_host = found["no-host"]["detail"].as_str().unwrap();
    assert!(no_host.starts_with("DNS: "), "{no_host}");
    assert!(outcome.stderr.starts_with("16 destinations: "), "{outcome:?}");
}

#[test]
fn host_that_never_answers_is_dead() {
    // Connections are accepted by the system and never read.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = installation(&[format!("http://{}/", silent.local_addr().unwrap())]);
    let arguments = ["check", "--allow-private", "--pause", "0s", "--timeout", "1s", "-o", "jsonl"];
    let outcome = User::of(&api.url).run(&arguments);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    assert!(outcome.stdout.contains("\"detail\":\"no answer in 1 s\""), "{outcome:?}");
}

#[test]
fn destination_of_many_links_is_asked_once() {
    let double = Double::start(|_, _| Response::text(404, "text/html", ""));
    let destinations = vec![format!("{}/shared", double.url); 1_000];
    let api = installation(&destinations);
    let outcome = check(&User::of(&api.url), &["-o", "json"]);
    let rows: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!((&rows[0]["link_count"], &rows[0]["result"]), (&json!(1_000), &json!("dead")));
    assert_eq!(rows[0]["links"][999], json!({"short_url": "https://go.example.com/l999", "field": "url"}));
    assert_eq!(double.lines(), ["HEAD /shared", "GET /shared"]);
    let agent = double.requests()[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("shortline-cli/"), "{agent}");
}

#[test]
fn private_destinations_are_not_asked() {
    let double = Double::start(|_, _| Response::text(200, "text/html", ""));
    let port = double.url.rsplit(':').next().unwrap();
    let destinations = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"]
        .map(|host| format!("http://{host}:{port}/"));
    let api = installation(&destinations);
    let outcome = User::of(&api.url).run(&["check", "--pause", "0s", "-o", "jsonl"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.stdout.matches("\"skipped\"").count(), 4, "{outcome:?}");
    assert!(double.requests().is_empty());
}

#[test]
fn host_that_wants_a_pause_is_left_alone() {
    let double = Double::start(|_, _| Response::text(429, "text/html", "").with("retry-after", "3600"));
    let destinations = ["a", "b", "c"].map(|path| format!("{}/{path}", double.url));
    let api = installation(&destinations);
    let user = User::of(&api.url);
    let state = user.folder().join("state");
    let arguments = ["-o", "jsonl", "--resume", state.to_str().unwrap()];
    let outcome = check(&user, &arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.stdout.matches("\"unclear\"").count(), 3, "{outcome:?}");
    assert_eq!(double.requests().len(), 1);
    // The next run knows it, too.
    assert_eq!(check(&user, &arguments).stdout.matches("\"unclear\"").count(), 3);
    assert_eq!(double.requests().len(), 1);
}

#[test]
fn run_that_was_killed_goes_on() {
    let double = Double::start(|_, _| Response::text(200, "text/html", ""));
    let destinations = ["a", "b", "c"].map(|path| format!("{}/{path}", double.url));
    let api = installation(&destinations);
    let user = User::of(&api.url);
    let state = user.folder().join("state");
    let state = state.to_str().unwrap();
    let mut arguments = vec!["check", "--allow-private", "--all", "-o", "jsonl", "--resume", state];
    arguments.extend(["--pause", "1h"]);
    let mut child = user.command(&arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("/a\""), "{line}");
    let again = |max_age: &str| {
        let outcome = check(&user, &["--all", "-o", "jsonl", "--resume", state, "--max-age", max_age]);
        assert_eq!((outcome.code, rows(&outcome).len()), (0, 3), "{outcome:?}");
        double.requests().len()
    };
    assert_eq!(again("1d"), 3);
    assert_eq!(double.lines(), ["HEAD /a", "HEAD /b", "HEAD /c"]);
    assert_eq!(again("1d"), 3);
    assert_eq!(again("0s"), 6);
}

#[test]
fn filters_are_those_of_links_list() {
    let api = installation(&[]);
    let outcome =
        check(&User::of(&api.url), &["--tag", "summer", "--state", "active", "--archived", "-o", "csv"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.starts_with("result,status,url,"), "{outcome:?}");
    assert_eq!(api.lines(), ["GET /api/v1/links?tag=summer&state=active&archived=all&limit=100"]);
}

#[test]
fn closed_pipe_ends_a_check() {
    let double = Double::start(|_, _| Response::text(404, "text/html", ""));
    let destinations: Vec<String> = (0..500).map(|number| format!("{}/{number}", double.url)).collect();
    let api = installation(&destinations);
    let arguments = [&["check", "-o", "jsonl"], FAST.as_slice()].concat();
    let mut child = User::of(&api.url).command(&arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    assert!(double.requests().len() < 1_000);
}
