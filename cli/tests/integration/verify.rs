//! `verify`: old and new short URLs are resolved, compared and not followed.

use serde_json::Value;

use super::double::{Double, Response};
use super::run::{Outcome, User};

fn shortener() -> Double {
    Double::start(|request, _| {
        let to = |status, place: &str| Response::text(status, "text/html", "").with("location", place);
        match request.target.as_str() {
            "/same" => to(301, "https://example.com/landing"),
            "/same-again" => to(302, "https://example.com"),
            "/other" => to(302, "http://example.com/landing?x=1"),
            "/page" => Response::text(200, "text/html", "password"),
            "/warned" => to(302, "https://bitly.com/a/warning?url=x"),
            _ => Response::text(404, "text/html", ""),
        }
    })
}

fn verify(text: &str, arguments: &[&str]) -> Outcome {
    let given = ["verify", "-", "--allow-private", "--pause", "0s", "-o", "jsonl"];
    User::nobody().run_with_input(&[given.as_slice(), arguments].concat(), text)
}

fn results(outcome: &Outcome) -> Vec<String> {
    let rows = outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| {
        format!(
            "{} {} {}",
            row["row"],
            row["result"].as_str().unwrap(),
            row["detail"].as_str().unwrap_or("-")
        )
    })
    .collect()
}

#[test]
fn each_difference_is_reported() {
    let (old, new) = (shortener(), shortener());
    let mut file = "old,new,destination\n".to_owned();
    for (old_path, new_path, expected) in [
        ("/same", "/same", "https://example.com/landing"),
        ("/same-again", "/same-again", "https://example.com/"),
        ("/same", "/other", ""),
        ("/same", "", "https://example.com/Landing"),
        ("/missing", "/same", ""),
        ("/missing", "/missing", ""),
        ("/page", "/same", ""),
        ("/warned", "/same", ""),
        ("", "", "https://example.com/"),
    ] {
        let url = |server: &Double, path: &str| match path {
            "" => String::new(),
            path => format!("{}{path}", server.url),
        };
        file.push_str(&format!("{},{},{expected}\n", url(&old, old_path), url(&new, new_path)));
    }
    let outcome = verify(&file, &["--all"]);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    insta::assert_snapshot!(results(&outcome).join("\n"));
    assert_eq!(outcome.stderr, "9 rows: 3 different, 4 unresolved, 2 the same.\n");
    // Each once, and a missing one again with GET.
    assert_eq!(old.lines().iter().filter(|line| *line == "HEAD /same").count(), 1);
    assert_eq!(old.requests().len(), 7);
}

#[test]
fn rows_that_agree_exit_0_and_print_nothing() {
    let old = shortener();
    let file =
        format!("{{\"short_url\": \"{0}/same\", \"url\": \"https://example.com/landing\"}}\n", old.url);
    let outcome = verify(&file, &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "", ""));
}

#[test]
fn file_without_the_columns_says_which_ones() {
    let outcome = verify("a,b\nhttps://a.example/,https://b.example/\n", &[]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("old_short_url"), "{outcome:?}");
}
