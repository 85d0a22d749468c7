//! `verify`: old and new short URLs are resolved, compared and not followed.

use serde_json::Value;

use super::double::{Double, Response};
use super::imports_double::Installation;
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

#[test]
fn source_is_resolved_at_both_sides_by_its_import() {
    let (old, new) = (shortener(), shortener());
    let installation = Installation::visited_at(&new.url);
    let user = User::of(&installation.double.url);
    let file = user.folder().join("links.csv");
    let path = file.to_str().unwrap();
    let header = "slug,url,title\n";
    let same = "same,https://example.com/landing,A\n";
    std::fs::write(&file, format!("{header}{same}page,https://example.com/page,B\n")).unwrap();
    assert_eq!(user.run(&["import", "csv", path]).code, 0);
    std::fs::write(
        &file,
        format!("{header}{same}page,https://example.com/page,B\nother,https://example.com/,C\n"),
    )
    .unwrap();
    let before = installation.links();
    let asked =
        ["verify", "csv", path, "--old-server", &old.url, "--allow-private", "--pause", "0s", "--all"];
    let outcome = user.run(&[asked.as_slice(), &["-o", "jsonl"]].concat());
    assert_eq!(outcome.code, 8, "{outcome:?}");
    let expected = [
        "1 same -".to_owned(),
        "2 unresolved old: 200 does not redirect; new: 200 does not redirect".to_owned(),
        "3 unresolved it was not imported".to_owned(),
    ];
    assert_eq!(results(&outcome), expected);
    assert!(outcome.stderr.ends_with("3 rows: 0 different, 2 unresolved, 1 the same.\n"), "{outcome:?}");
    assert_eq!((installation.links(), installation.read(|stored| stored.imports.len())), (before, 1));
    assert_eq!(new.lines(), ["HEAD /page", "GET /page", "HEAD /same"]);
}

#[test]
fn verify_takes_a_file_or_a_source() {
    let user = User::nobody();
    let neither = user.run(&["verify"]);
    assert!(neither.code == 2 && neither.stderr.contains("<FILE>"), "{neither:?}");
    assert_eq!(user.run(&["verify", "csv"]).code, 2);
}
