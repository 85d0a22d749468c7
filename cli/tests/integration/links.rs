//! `shorten` and `links`: what is sent, and what is printed.

use serde_json::{Value, json};

use super::double::{Double, Response};
use super::run::{User, link, page};

#[test]
fn shorten_sends_every_setting() {
    let double = Double::start(|_, _| Response::json(201, &link("summer")));
    let arguments = [
        "shorten",
        "https://example.com/?a=b",
        "-d",
        "go.example.com",
        "-a",
        "summer",
        "--title",
        "Summer",
        "--notes",
        "n",
        "-t",
        "a,b",
        "--tag",
        "c",
        "--external-id",
        "crm-1",
        "--status",
        "307",
        "--starts",
        "2027-01-01",
        "--expires",
        "2027-02-01T12:00:00+01:00",
        "--expired-url",
        "https://example.com/over",
        "--max-clicks",
        "5",
        "--password-stdin",
        "--forward-query",
        "--forward-path=false",
        "--rule",
        "country=DE,AT https://example.com/de",
        "--split",
        "70 https://example.com/1",
        "--split",
        "30 https://example.com/2",
        "--preview-title",
        "Shown",
        "--preview-image",
        "https://example.com/image.png",
        "--disabled",
        "--set",
        "archived=true",
        "--reuse",
    ];
    let outcome = User::of(&double.url).run_with_input(&arguments, "secret\n");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (0, "https://go.example.com/summer\n", "")
    );
    let request = double.requests().remove(0);
    assert_eq!(request.line(), "POST /api/v1/links");
    assert_eq!(request.header("authorization"), Some("Bearer slk_test"));
    let expected = json!({
        "url": "https://example.com/?a=b", "domain": "go.example.com", "alias": "summer", "title": "Summer", "notes": "n",
        "tags": ["a", "b", "c"], "external_id": "crm-1", "status": 307, "starts_at": "2027-01-01T00:00:00Z",
        "expires_at": "2027-02-01T12:00:00+01:00", "expired_url": "https://example.com/over", "max_clicks": 5, "password": "secret",
        "forward_query": true, "forward_path": false, "state": "disabled", "archived": true, "reuse": true,
        "preview": {"title": "Shown", "image": "https://example.com/image.png"},
        "rules": [
            {"if": {"country": ["DE", "AT"]}, "url": "https://example.com/de"},
            {"split": [{"weight": 70, "url": "https://example.com/1"}, {"weight": 30, "url": "https://example.com/2"}]},
        ],
    });
    assert_eq!(request.body, expected);
}

#[test]
fn answer_is_kept_whole_in_json() {
    let double = Double::start(|_, _| Response::json(200, &page(&[link("a")])));
    let user = User::of(&double.url);
    let one: Value = serde_json::from_str(&user.run(&["links", "get", "a", "-o", "json"]).stdout).unwrap();
    assert_eq!(one, link("a"));
    let list: Value = serde_json::from_str(&user.run(&["links", "ls", "-o", "json"]).stdout).unwrap();
    assert_eq!(list, json!([link("a")]));
}

#[test]
fn tables_keep_their_form() {
    let double = Double::start(|_, _| Response::json(200, &page(&[link("7G6HVhV")])));
    let user = User::of(&double.url);
    let shown = [["links", "list"].as_slice(), &["links", "get", "7G6HVhV"]]
        .map(|arguments| user.run(arguments).stdout);
    insta::assert_snapshot!(shown.join("\n────\n"));
}

#[test]
fn list_reads_pages_up_to_the_limit() {
    let double = Double::start(|_, number| {
        let count = if number == 0 { 100 } else { 50 };
        Response::json(200, &json!({"data": vec![link("a"); count], "next_cursor": "c x"}))
    });
    let outcome = User::of(&double.url)
        .run(&["links", "list", "-n", "150", "--tag", "a b", "--sort", "clicks", "-o", "jsonl"]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 150));
    let expected = [
        "GET /api/v1/links?tag=a+b&sort=clicks&limit=100",
        "GET /api/v1/links?tag=a+b&sort=clicks&limit=50&cursor=c+x",
    ];
    assert_eq!(double.lines(), expected);
}

#[test]
fn code_on_two_domains_needs_the_domain() {
    let double = Double::start(|_, _| {
        let mut other = link("a");
        other["domain"] = "go.example.org".into();
        Response::json(200, &page(&[link("a"), other]))
    });
    let outcome = User::of(&double.url).run(&["links", "get", "a"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("go.example.com, go.example.org") && outcome.stderr.contains("--domain"),
        "{outcome:?}"
    );
}

#[test]
fn unknown_link_exits_4() {
    let double = Double::start(|_, _| Response::json(200, &page(&[])));
    let outcome = User::of(&double.url).run(&["links", "get", "https://go.example.com/none"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (4, "error: there is no link https://go.example.com/none\n")
    );
}

#[test]
fn nothing_is_deleted_without_confirmation() {
    let double = Double::start(|_, _| Response::json(200, &page(&[link("a")])));
    let outcome = User::of(&double.url).run(&["links", "rm", "a"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("Delete https://go.example.com/a? Add --yes"), "{outcome:?}");
    assert!(double.lines().iter().all(|line| line.starts_with("GET")));
}

#[test]
fn tags_are_changed_without_losing_those_of_others() {
    let double = Double::start(|request, number| match (request.method.as_str(), number) {
        ("GET", 0) => Response::json(200, &page(&[link("a")])),
        ("PATCH", 1) => Response::problem(412, "precondition_failed", "the link has changed"),
        ("GET", _) => {
            let mut changed = link("a");
            changed["tags"] = json!(["summer", "theirs"]);
            changed["revision"] = 43.into();
            Response::json(200, &page(&[changed]))
        }
        _ => Response::json(200, &link("a")),
    });
    let outcome =
        User::of(&double.url).run(&["links", "edit", "a", "--add-tag", "mine", "--remove-tag", "summer"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let last = double.requests().pop().unwrap();
    assert_eq!((last.header("if-match"), &last.body), (Some("\"43\""), &json!({"tags": ["theirs", "mine"]})));
}

#[test]
fn edit_clears_fields_and_needs_a_change() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" => Response::json(200, &page(&[link("a")])),
        _ => Response::json(200, &link("a")).with("shortline-propagation", "pending"),
    });
    let user = User::of(&double.url);
    let outcome = user.run(&[
        "links",
        "edit",
        "a",
        "-u",
        "https://example.com/new",
        "--clear",
        "expires_at,max-clicks",
    ]);
    assert_eq!(
        double.requests().pop().unwrap().body,
        json!({"url": "https://example.com/new", "expires_at": null, "max_clicks": null})
    );
    assert!(outcome.stderr.contains("not every data centre"), "{outcome:?}");
    assert_eq!(user.run(&["links", "edit", "a"]).code, 2);
}

#[test]
fn lines_of_standard_input_become_links() {
    let double = Double::start(|_, _| {
        let problem = json!({"title": "Invalid destination", "status": 422, "code": "invalid_url", "detail": "x",
            "errors": [{"field": "url", "detail": "must be absolute"}]});
        Response::json(
            200,
            &json!({"data": [
                {"index": 0, "status": 201, "link": link("one")}, {"index": 1, "status": 422, "error": problem},
                {"index": 2, "status": 201, "link": link("two")},
            ]}),
        )
    });
    let input = "https://example.com/1\n\nnonsense\nhttps://example.com/2\n";
    let outcome = User::of(&double.url).run_with_input(&["shorten", "-", "-t", "x"], input);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (8, "https://go.example.com/one\nhttps://go.example.com/two\n"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("nonsense: Invalid destination: url: must be absolute"), "{outcome:?}");
    assert!(outcome.stderr.contains("1 of 3 failed"), "{outcome:?}");
    let body = double.requests().remove(0).body;
    assert_eq!(body["links"][2], json!({"url": "https://example.com/2", "tags": ["x"]}));
}

#[test]
fn api_prints_any_answer_and_keeps_the_exit_code() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "PUT" => Response::json(200, &request.body),
        _ => Response::problem(404, "not_found", "no route"),
    });
    let user = User::of(&double.url);
    let put = user.run(&[
        "api",
        "put",
        "links/external/a b",
        "-f",
        "url=https://example.com/",
        "-f",
        "tags:=[\"x\"]",
    ]);
    assert_eq!(
        serde_json::from_str::<Value>(&put.stdout).unwrap(),
        json!({"url": "https://example.com/", "tags": ["x"]}),
        "{put:?}"
    );
    assert_eq!(double.lines(), ["PUT /api/v1/links/external/a%20b"]);
    let missing = user.run(&["api", "GET", "/nothing"]);
    assert_eq!(missing.code, 4);
    assert!(missing.stdout.contains("\"code\": \"not_found\""), "{missing:?}");
}

/// A link's id is its code, and changes of `bad` are refused.
fn with_a_bad_link() -> Double {
    Double::start(|request, _| {
        let code = request.target.split_once("code=").map(|(_, rest)| rest.split('&').next().unwrap());
        let named = |code: &str| {
            let mut link = link(code);
            link.as_object_mut().unwrap().insert("id".to_owned(), code.into());
            link
        };
        match code {
            Some(code) => Response::json(200, &page(&[named(code)])),
            None if request.target.ends_with("/bad") => Response::problem(409, "conflict", "x"),
            None => Response::json(200, &named("good")),
        }
    })
}

#[test]
fn one_link_that_fails_does_not_stop_the_others() {
    for (command, method) in [("rm", "DELETE"), ("disable", "PATCH")] {
        let double = with_a_bad_link();
        let arguments = ["links", command, "one", "bad", "two", "-o", "jsonl"];
        let confirm = (command == "rm").then_some("--yes");
        let outcome = User::of(&double.url).run(&arguments.into_iter().chain(confirm).collect::<Vec<_>>());
        assert_eq!(outcome.code, 8, "{outcome:?}");
        assert!(outcome.stderr.contains("https://go.example.com/bad: Title of conflict"), "{outcome:?}");
        let changes: Vec<_> = double.lines().into_iter().filter(|line| line.starts_with(method)).collect();
        assert_eq!(changes, ["one", "bad", "two"].map(|id| format!("{method} /api/v1/links/{id}")));
        assert_eq!(outcome.stdout.lines().count(), if command == "rm" { 0 } else { 2 }, "{outcome:?}");
    }
    // A single one keeps the exit code of its own failure.
    assert_eq!(User::of(&with_a_bad_link().url).run(&["links", "disable", "bad"]).code, 5);
}

#[test]
fn deleted_link_is_restored_by_its_id() {
    let double = Double::start(|_, _| Response::json(200, &link("a")));
    let outcome = User::of(&double.url).run(&["links", "restore", "0198c0de-0000-7000-8000-000000000001"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "https://go.example.com/a\n"), "{outcome:?}");
    assert_eq!(double.lines(), ["POST /api/v1/links/0198c0de-0000-7000-8000-000000000001/restore"]);
}

#[test]
fn standard_input_is_read_for_one_thing_only() {
    let double = Double::start(|_, _| Response::problem(500, "internal_error", "not asked"));
    let user = User::of(&double.url);
    let eaten = user.run_with_input(&["shorten", "-", "--password-stdin"], "https://a.example/\n");
    let empty = user.run_with_input(&["shorten", "-"], "\n");
    assert_eq!((eaten.code, empty.code), (2, 2), "{eaten:?} {empty:?}");
    assert!(double.requests().is_empty());
}

#[test]
fn fields_of_a_get_are_parameters() {
    let double = Double::start(|_, _| Response::json(200, &page(&[])));
    let user = User::of(&double.url);
    assert_eq!(user.run(&["api", "GET", "/links?sort=clicks", "-f", "limit=2", "-f", "tag=a&b"]).code, 0);
    let request = double.requests().remove(0);
    assert_eq!(request.line(), "GET /api/v1/links?sort=clicks&limit=2&tag=a%26b");
    assert_eq!(request.body, json!(null));
}

#[test]
fn tag_is_not_merged_without_confirmation() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" if request.target.contains("tag=summer&") => Response::json(200, &page(&[link("a")])),
        "GET" => Response::json(200, &page(&[])),
        _ => Response::json(200, &json!({"name": "summer", "links": 3})),
    });
    let user = User::of(&double.url);
    let asked = user.run(&["tags", "rename", "sommer", "summer"]);
    assert!(asked.code == 2 && asked.stderr.contains("Merge sommer into summer"), "{asked:?}");
    for arguments in [["sommer", "summer", "--yes"], ["sommer", "summe", "-q"]] {
        assert_eq!(user.run(&[&["tags", "rename"], &arguments[..]].concat()).code, 0);
    }
    let writes = double.requests().iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(writes, 2);
}

#[test]
fn deleted_link_is_named_by_its_id_in_scripts() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" => Response::json(200, &page(&[link("a")])),
        _ => Response::text(204, "text/plain", ""),
    });
    let outcome = User::of(&double.url).run(&["links", "rm", "a", "--yes"]);
    let undo = "shortline links restore 0198c0de-0000-7000-8000-000000000001";
    assert!(outcome.code == 0 && outcome.stderr.contains(undo), "{outcome:?}");
}

#[test]
fn administrator_restores_a_link_by_its_name() {
    let entry =
        |action: &str, name: &str, id: &str| json!({"action": action, "subject": {"id": id, "name": name}});
    let entries = [
        entry("changed", "go.example.com/a", "1"),
        entry("deleted", "go.example.com/b", "2"),
        entry("deleted", "go.example.com/a", "3"),
        entry("deleted", "go.example.com/a", "4"),
        entry("deleted", "b.example/b", "5"),
    ];
    let double = Double::start(move |request, _| match request.target.contains("/audit?") {
        true => Response::json(200, &page(&entries)),
        false => Response::json(200, &link("a")),
    });
    let user = User::of(&double.url);
    assert_eq!(user.run(&["links", "restore", "a"]).code, 0);
    assert_eq!(double.lines().pop().unwrap(), "POST /api/v1/links/3/restore");
    assert_eq!(user.run(&["links", "restore", "c"]).code, 4);
    let unclear = user.run(&["links", "restore", "b"]);
    assert!(unclear.code == 2 && unclear.stderr.contains("b.example/b"), "{unclear:?}");
    for named in ["b.example/b", "https://b.example/b?utm=x"] {
        assert_eq!(user.run(&["links", "restore", named]).code, 0);
        assert_eq!(double.lines().pop().unwrap(), "POST /api/v1/links/5/restore");
    }
    let reader = Double::start(|_, _| Response::problem(403, "forbidden", "no"));
    let refused = User::of(&reader.url).run(&["links", "restore", "a"]);
    assert!(refused.code == 2 && refused.stderr.contains("administrator"), "{refused:?}");
}
