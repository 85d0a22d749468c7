//! `import` of files: what is sent, what is printed, and that no interruption makes a link twice.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::double::{Double, Response};
use super::imports_double::{Fault, Installation};
use super::run::{Outcome, User};

const FILE: &str = "Link,Long URL,Title,Tags,Created,Group\n\
    bit.ly/a,https://example.com/a,A,x|y,2020-10-26T17:20:40+0000,g1\n\
    https://b.example/b,https://example.com/b,,,,\n\
    bit.ly/c d,https://example.com/c,,,,\n\
    bit.ly/e,,E,,,\n";

struct Importing {
    user: User,
    file: PathBuf,
}

impl Importing {
    fn new(installation: &Installation, text: &str) -> Self {
        let user = User::of(&installation.double.url);
        let file = user.folder().join("links.csv");
        std::fs::write(&file, text).unwrap();
        Self { user, file }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.user.run(&[&["import", "csv", self.file.to_str().unwrap()], arguments].concat())
    }

    /// The same user, as another installation answers at another port.
    fn run_at(&self, installation: &Installation, import: &str, arguments: &[&str]) -> Outcome {
        let file = self.file.to_str().unwrap();
        let arguments =
            [&["import", "csv", file, "--import", import, "--server", &installation.double.url], arguments];
        self.user.run(&arguments.concat())
    }
}

#[test]
fn rows_become_links_and_the_rest_is_reported() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, FILE);
    let failures = importing.user.folder().join("failed.csv");
    let outcome = importing.run(&["--failures", failures.to_str().unwrap()]);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    assert_eq!(
        installation.links(),
        ["b.example/b -> https://example.com/b", "go.example.com/a -> https://example.com/a"]
    );
    let expected = json!({
        "url": "https://example.com/a", "title": "A", "tags": ["x", "y"], "created_at": "2020-10-26T17:20:40Z", "alias": "a",
    });
    assert_eq!(installation.link("go.example.com/a"), expected);
    let failed = std::fs::read_to_string(&failures).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}\n---\n{failed}", outcome.stdout, outcome.stderr));
    assert_eq!(installation.read(|stored| stored.finished), 1);
}

#[test]
fn dry_run_shows_a_verdict_per_row_and_writes_nothing() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, FILE);
    let outcome = importing.run(&["--dry-run", "-o", "jsonl", "--fields", "verdict,row_id,old,new,code"]);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    insta::assert_snapshot!(outcome.stdout);
    assert!(installation.links().is_empty());
    assert_eq!(installation.read(|stored| stored.finished), 0);
    // Another policy begins another import, since nothing was written by the first.
    assert_eq!(importing.run(&["--on-conflict", "skip", "-q"]).code, 8);
    assert_eq!(installation.links().len(), 2);
}

#[test]
fn verify_reads_what_is_printed() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, "link,long_url\nhttps://bit.ly/a,https://example.com/a\n");
    let outcome = importing.run(&["--all", "-o", "csv"]);
    let expected = "verdict,old,new,destination,reason\r\n\
        created,https://bit.ly/a,https://go.example.com/a,https://example.com/a,\r\n";
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, expected), "{outcome:?}");
}

#[test]
fn batch_has_at_most_as_many_passwords_as_the_api_takes() {
    let installation = Installation::start();
    let rows: String =
        (0..45).map(|number| format!("s{number},https://example.com/{number},pass{number}\n")).collect();
    let importing = Importing::new(&installation, &format!("slug,url,password\n{rows}"));
    assert_eq!(importing.run(&[]).code, 0);
    let requests = installation.double.requests();
    let sizes = requests.iter().filter_map(|request| Some(request.body["rows"].as_array()?.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [20, 20, 5]);
}

#[test]
fn dry_run_says_what_would_be_written_across_requests() {
    // The names of two hosts go to one domain, in different requests.
    let mut text = "link,long_url\n".to_owned();
    for number in 0..510 {
        text.push_str(&format!("bit.ly/s{number},https://example.com/{number}\n"));
    }
    text.push_str("dub.sh/s1,https://example.com/other\n");
    for policy in ["fail", "skip", "replace", "suffix"] {
        let installation = Installation::start();
        let importing = Importing::new(&installation, &text);
        let counts = |arguments: &[&str]| {
            let outcome = importing.run(&[&["--on-conflict", policy], arguments].concat());
            let line = outcome
                .stderr
                .lines()
                .find(|line| line.starts_with("511 rows"))
                .unwrap_or_default()
                .to_owned();
            (outcome.code, line.split_once(": ").map(|(_, counts)| counts.to_owned()))
        };
        assert_eq!(counts(&["--dry-run"]), counts(&[]), "{policy}");
    }
}

#[test]
fn second_run_and_repaired_file_make_no_link_twice() {
    let installation = Installation::start();
    let text = "url,title\nhttps://example.com/a,A\nhttps://example.com/b,B\nnothing,C\n";
    let importing = Importing::new(&installation, text);
    assert_eq!(importing.run(&["--map", "url=url"]).code, 8);
    let before = installation.links();
    assert_eq!(before.len(), 2);
    let repaired = "url,title\nhttps://example.com/c,C\nhttps://example.com/a,A\nhttps://example.com/b,B\n";
    std::fs::write(&importing.file, repaired).unwrap();
    let outcome = importing.run(&[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("2 rows sent by an earlier run"), "{outcome:?}");
    assert_eq!(installation.links().len(), 3);
    let restarted = importing.run(&["--restart"]);
    assert!(installation.links().len() == 6 && restarted.code == 0, "{restarted:?}");
}

#[test]
fn row_that_has_changed_is_not_reported_as_done() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, "short_url,url\nhttps://bit.ly/a,https://example.com/x\n");
    assert_eq!(importing.run(&[]).code, 0);
    let again = importing.run(&[]);
    assert!(!again.stderr.contains("changed"), "{again:?}");
    let elsewhere = importing.run(&["--domain", "b.example"]);
    assert!(elsewhere.stderr.contains("1 row changed since an earlier run"), "{elsewhere:?}");
    assert!(elsewhere.stderr.contains("1 name of bit.ly moved to go.example.com."), "{elsewhere:?}");
    std::fs::write(&importing.file, "short_url,url\nhttps://bit.ly/a,https://example.com/y\n").unwrap();
    let changed = importing.run(&[]);
    assert!(changed.stdout.contains("it has changed since"), "{changed:?}");
    assert_eq!(installation.links(), ["go.example.com/a -> https://example.com/x"]);
}

#[test]
fn changed_row_replaces_its_link() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, "slug,url\na,https://example.com/x\n");
    assert_eq!(importing.run(&["--on-conflict", "replace"]).code, 0);
    std::fs::write(&importing.file, "slug,url\na,https://example.com/y\n").unwrap();
    let outcome = importing.run(&["--on-conflict", "replace"]);
    assert!(outcome.code == 0 && outcome.stderr.contains("1 replaced"), "{outcome:?}");
    assert_eq!(installation.links(), ["go.example.com/a -> https://example.com/y"]);
    let again = importing.run(&["--on-conflict", "replace"]);
    assert!(again.stderr.contains("1 row sent by an earlier run"), "{again:?}");
}

#[test]
fn policies_decide_about_taken_names() {
    for (policy, code, part) in [
        ("fail", 8, "1 failed"),
        ("skip", 0, "1 skipped"),
        ("replace", 0, "1 replaced"),
        ("suffix", 0, "1 taken name with a suffix."),
    ] {
        let installation = Installation::start();
        let importing = Importing::new(&installation, "slug,url\na,https://example.com/old\n");
        assert_eq!(importing.run(&[]).code, 0);
        std::fs::write(&importing.file, "slug,url\na,https://example.com/new\n").unwrap();
        let outcome = importing.run(&["--on-conflict", policy, "--restart"]);
        assert!(outcome.code == code && outcome.stderr.contains(part), "{policy}: {outcome:?}");
        let changed = importing.run(&["--on-conflict", if policy == "skip" { "fail" } else { "skip" }]);
        assert!(changed.code == 2 && changed.stderr.contains("--restart"), "{policy}: {changed:?}");
    }
}

#[test]
fn policy_decides_about_a_name_that_two_rows_have() {
    let text = "slug,url\ns5,https://a.example/\ns5,https://b.example/\ns5,https://a.example/\n";
    for (policy, code, counts, links) in [
        ("fail", 8, "3 rows: 1 created, 0 replaced, 1 skipped, 1 failed.", "s5 -> https://a.example/"),
        ("replace", 0, "3 rows: 1 created, 1 replaced, 1 skipped, 0 failed.", "s5 -> https://b.example/"),
        ("suffix", 0, "3 rows: 2 created, 0 replaced, 1 skipped, 0 failed.", "s5-2 -> https://b.example/"),
    ] {
        let installation = Installation::start();
        let importing = Importing::new(&installation, text);
        let failures = importing.user.folder().join("failed.csv");
        let outcome = importing.run(&[
            "--on-conflict",
            policy,
            "--failures",
            failures.to_str().unwrap(),
            "-o",
            "jsonl",
        ]);
        assert!(outcome.code == code && outcome.stderr.contains(counts), "{policy}: {outcome:?}");
        assert!(installation.links().iter().any(|link| link.ends_with(links)), "{policy}");
        assert!(outcome.stdout.contains("an earlier row is the same"), "{policy}: {outcome:?}");
        let failed = std::fs::read_to_string(&failures).unwrap();
        assert_eq!(failed.contains("s5,https://b.example/"), policy == "fail", "{failed}");
    }
}

#[test]
fn file_that_was_cut_off_sends_nothing() {
    let installation = Installation::start();
    let importing =
        Importing::new(&installation, "url,title\nhttps://a.example/,\"Sale\nhttps://b.example/,B\n");
    let outcome = importing.run(&[]);
    assert!(outcome.code == 1 && outcome.stderr.contains("line 2"), "{outcome:?}");
    assert!(installation.links().is_empty());
}

#[test]
fn names_on_other_hosts_go_where_the_user_says() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, "slug,domain,url\na,other.example,https://example.com/\n");
    let outcome = importing.run(&["--domain", "b.example"]);
    assert!(
        outcome.code == 0 && outcome.stderr.contains("1 name of other.example moved to b.example."),
        "{outcome:?}"
    );
    assert_eq!(installation.links(), ["b.example/a -> https://example.com/"]);
    let unknown = importing.run(&["--domain", "c.example"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("go.example.com"), "{unknown:?}");
}

#[test]
fn interruption_between_any_two_calls_changes_nothing() {
    // Two batches, two rows without a name, one repeated row.
    let mut text = "slug,url\n,https://example.com/nameless\n".to_owned();
    for number in 0..510 {
        text.push_str(&format!("s{number},https://example.com/{number}\n"));
    }
    text.push_str("s5,https://example.com/5\n,https://example.com/nameless-too\n");
    let healthy = Installation::start();
    let complete = Importing::new(&healthy, &text).run(&[]);
    assert_eq!(complete.code, 0, "{complete:?}");
    assert!(complete.stderr.contains("1 row skipped: the same as an earlier row"), "{complete:?}");
    let calls = healthy.double.requests().len();
    assert_eq!(calls, 5, "{:?}", healthy.double.lines());
    let names = |installation: &Installation| {
        let mut urls: Vec<String> =
            installation.links().iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
        urls.sort();
        urls
    };
    for call in 0..calls {
        for fault in [Fault::Refused, Fault::AnswerLost] {
            let failing = Installation::failing_at(Some((call, fault)));
            let importing = Importing::new(&failing, &text);
            let stopped = importing.run(&[]);
            assert_eq!(stopped.code, 7, "{call} {fault:?}: {stopped:?}");
            let healed = failing.healed();
            let import = failing.read(|stored| {
                stored.imports.iter().max_by_key(|(_, import)| import.answers.len()).map(|(id, _)| id.clone())
            });
            let resumed = match import {
                Some(import) => importing.run_at(&healed, &import, &[]),
                None => {
                    Importing { user: User::of(&healed.double.url), file: importing.file.clone() }.run(&[])
                }
            };
            assert_eq!(resumed.code, 0, "{call} {fault:?}: {resumed:?}");
            assert_eq!(names(&healed), names(&healthy), "{call} {fault:?}");
        }
    }
}

#[test]
fn remembered_import_goes_on_by_itself() {
    // The installation keeps its address, and fails once at the second batch.
    let rows: String = (0..600).map(|number| format!("https://example.com/{number}\n")).collect();
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    let double = Double::start(move |request, _| {
        let target = request.target.as_str();
        if target.contains("/domains") {
            return Response::json(200, &json!({"data": [], "next_cursor": null}));
        }
        if !target.ends_with("/rows") {
            return Response::json(
                200,
                &json!({"id": "i1", "source": "csv", "on_conflict": "fail", "counts": {"rows": 500}}),
            );
        }
        if counted.fetch_add(1, Ordering::SeqCst) == 1 {
            return Response::problem(500, "internal", "x");
        }
        let results: Vec<Value> = request.body["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!({"row_id": row["row_id"], "verdict": "created", "repeated": false, "link": null, "renamed_from": null, "problem": null}))
            .collect();
        Response::json(200, &json!({"results": results}))
    });
    let user = User::of(&double.url);
    let file = user.folder().join("links.csv");
    std::fs::write(&file, format!("url\n{rows}")).unwrap();
    let arguments = ["import", "csv", file.to_str().unwrap()];
    assert_eq!(user.run(&arguments).code, 7);
    assert_eq!(user.run(&arguments).code, 0);
    let opened = double.lines().iter().filter(|line| *line == "POST /api/v1/imports").count();
    assert_eq!((opened, seen.load(Ordering::SeqCst)), (1, 4), "{:?}", double.lines());
}

#[test]
fn unclear_file_is_refused_with_what_was_recognised() {
    let installation = Installation::start();
    let text = "name,link,url\nA,https://x.test/a,https://y.test/b\nB,https://x.test/c,https://y.test/d\n";
    let importing = Importing::new(&installation, text);
    let outcome = importing.run(&[]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(
        outcome.stderr.contains("--map url=COLUMN") && outcome.stderr.contains("title=name"),
        "{outcome:?}"
    );
    assert_eq!(importing.run(&["--map", "url=url"]).code, 0);
    assert_eq!(installation.links().len(), 2);
}

#[test]
fn key_that_sees_no_domains_moves_no_name() {
    let double = Double::start(|request, _| match request.target.contains("/domains") {
        true => Response::problem(403, "forbidden", "x"),
        false => Response::json(
            200,
            &json!({"id": "i1", "source": "csv", "on_conflict": "fail", "counts": {"rows": 0}, "results": []}),
        ),
    });
    let user = User::of(&double.url);
    let outcome = user.run_with_input(
        &["import", "csv", "-"],
        "short_url,url\nhttps://b.example/x,https://example.com/x/y\n",
    );
    assert!(outcome.code == 2 && outcome.stderr.contains("--domain"), "{outcome:?}");
    assert!(!double.lines().iter().any(|line| line.ends_with("/rows")), "{:?}", double.lines());
}

#[test]
fn file_of_failures_outlives_a_run_that_does_not_begin() {
    let installation = Installation::start();
    let importing = Importing::new(&installation, FILE);
    let failures = importing.user.folder().join("failed.csv");
    let path = failures.to_str().unwrap();
    std::fs::write(&failures, "repaired by hand\n").unwrap();
    assert_eq!(importing.run(&[]).code, 8);
    assert_eq!(importing.run(&["--failures", path, "--on-conflict", "skip"]).code, 2);
    assert_eq!(std::fs::read_to_string(&failures).unwrap(), "repaired by hand\n");
    assert_eq!(importing.run(&["--failures", path]).code, 8);
    assert!(std::fs::read_to_string(&failures).unwrap().contains("invalid_alias"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&failures).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn closed_pipe_does_not_end_an_import() {
    let installation = Installation::start();
    let rows: String = (0..600).map(|number| format!("s{number},https://example.com/{number}\n")).collect();
    let importing = Importing::new(&installation, &format!("slug,url\na b,https://example.com/\n{rows}"));
    let mut child = importing
        .user
        .command(&["import", "csv", importing.file.to_str().unwrap(), "--all"])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome = child.wait_with_output().unwrap();
    assert_eq!(outcome.status.code(), Some(8), "{outcome:?}");
    assert!(String::from_utf8(outcome.stderr).unwrap().contains("601 rows"));
    assert_eq!(installation.read(|stored| (stored.links.len(), stored.finished)), (600, 1));
}

#[test]
fn installation_without_imports_says_so() {
    let double = Double::start(|request, _| match request.target.contains("/domains") {
        true => Response::problem(403, "forbidden", "x"),
        false => Response::problem(404, "not_found", "x"),
    });
    let outcome = User::of(&double.url).run_with_input(&["import", "csv", "-"], "https://example.com/x/y\n");
    assert!(outcome.code == 4 && outcome.stderr.contains("older than this program"), "{outcome:?}");
}
