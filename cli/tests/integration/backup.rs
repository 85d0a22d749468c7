//! `backup`, and `import shortline` of what it writes.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::double::{Double, Request, Response};
use super::imports_double::Installation;
use super::run::{Outcome, User, link, page};

fn installation(request: &Request) -> Response {
    let path = request.target.trim_start_matches("/api/v1").split('?').next().unwrap();
    match path {
        "/keys/current" => Response::json(200, &json!({"key": null})),
        "/domains" => {
            Response::json(200, &page(&[json!({"host": "go.example.com"}), json!({"host": "c.example"})]))
        }
        "/domains/go.example.com" => Response::json(
            200,
            &json!({"host": "go.example.com", "default": true, "home_url": "https://example.com/", "robots": "allow"}),
        ),
        "/domains/c.example" => Response::json(
            200,
            &json!({"host": "c.example", "default": false, "name": "C", "color": "#102030", "logo_url": "https://c.example/logo.png"}),
        ),
        "/tags" => Response::json(200, &page(&[json!({"name": "summer", "links": 2})])),
        "/links" => {
            assert!(request.target.contains("archived=all"), "{}", request.target);
            let mut quiet = link("quiet");
            quiet["clicks"]["total"] = 0.into();
            quiet["password_protected"] = true.into();
            let mut own = link("own");
            own["preview"] = json!({"title": "Own", "description": null, "image": null});
            own["domain"] = "c.example".into();
            own["id"] = "0198c0de-0000-7000-8000-000000000002".into();
            Response::json(200, &page(&[quiet, own]))
        }
        path if path.ends_with("/stats") => {
            let point = |day: &str, classes: Value| json!({"start": format!("{day}T00:00:00.000Z"), "classes": classes});
            let series = [
                point("2026-11-24", json!({"human": 10, "bot": 2})),
                point("2026-11-25", json!({})),
                point("2026-11-26", json!({"human": 1})),
            ];
            Response::json(200, &json!({"total": 13, "series": series}))
        }
        path => Response::problem(404, "not_found", path),
    }
}

fn backup(user: &User) -> Outcome {
    user.run(&["backup", user.folder().join("backup.jsonl").to_str().unwrap()])
}

#[test]
fn backup_has_all_and_says_what_it_has_not() {
    let double = Double::start(|request, _| installation(request));
    let user = User::of(&double.url);
    let outcome = backup(&user);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    assert!(
        outcome.stderr.contains("passwords of 1 link.")
            && outcome.stderr.contains("Not in any backup: API keys"),
        "{outcome:?}"
    );
    let text = std::fs::read_to_string(user.folder().join("backup.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = text.lines().map(|line| line.split('"').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["shortline_backup", "domain", "domain", "tag", "link", "link", "end"]);
    let days = json!([
        {"day": "2026-11-24", "classes": {"human": 10, "bot": 2}},
        {"day": "2026-11-26", "classes": {"human": 1}},
    ]);
    assert_eq!((&lines[4]["days"], &lines[5]["days"]), (&json!([]), &days));
    let counts = ["domains", "tags", "links", "days"].map(|name| lines[6]["end"][name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 2, 2]);
    // Only links that were clicked are counted.
    let counted = double.lines().into_iter().filter(|line| line.contains("/stats")).collect::<Vec<_>>();
    assert_eq!(counted.len(), 1, "{counted:?}");
    assert!(counted[0].contains("from=2026-11-24&interval=day&split=class"), "{counted:?}");
}

#[test]
fn backup_that_fails_leaves_the_former_one() {
    let double = Double::start(|request, number| match number {
        // The first run asks for the key alone.
        7.. => Response::problem(500, "internal_error", "x"),
        _ => installation(request),
    });
    let user = User::of(&double.url);
    let file = user.folder().join("backup.jsonl");
    std::fs::write(&file, "my links").unwrap();
    let refused = backup(&user);
    assert!(refused.code == 2 && refused.stderr.contains("no backup"), "{refused:?}");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(backup(&user).code, 7);
    assert!(!file.exists());
}

/// A backup of the installation above, in a user's folder.
fn backed_up(user: &User) -> String {
    let double = Double::start(|request, _| installation(request));
    let file = user.folder().join("backup.jsonl");
    let arguments = ["backup", file.to_str().unwrap(), "--server", &double.url];
    assert_eq!(user.run(&arguments).code, 0);
    file.to_str().unwrap().to_owned()
}

#[test]
fn backup_is_imported_with_its_settings() {
    let target = Installation::start();
    let user = User::of(&target.double.url);
    let file = backed_up(&user);
    let outcome = user.run(&["import", "shortline", &file, "--domain", "b.example"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(target.link("b.example/own")["preview"]["title"], "Own");
    assert_eq!(target.link("go.example.com/quiet")["state"], "disabled");
    assert!(outcome.stderr.contains("2 counts by day"), "{outcome:?}");
    let without =
        user.run(&["import", "shortline", &file, "--domain", "b.example", "--no-history", "--dry-run"]);
    assert!(without.stderr.contains("clicks by day: 1 row, such as"), "{without:?}");
    assert!(outcome.stderr.starts_with("A backup of http://127.0.0.1"), "{outcome:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Own", "0wn")).unwrap();
    let changed = user.run(&["import", "shortline", &file]);
    assert!(changed.code == 1 && changed.stderr.contains("checksum"), "{changed:?}");
    let piped = user.run_with_input(&["import", "shortline", "-"], &text);
    assert!(piped.code == 2 && piped.stderr.contains("name its file"), "{piped:?}");
}

#[test]
fn domain_is_added_and_a_refused_setting_leaves_the_others() {
    let added = Mutex::new(false);
    let double = Double::start(move |request, _| {
        let path = request.target.trim_start_matches("/api/v1").split('?').next().unwrap();
        match (request.method.as_str(), path) {
            ("GET", "/domains/c.example") if !*added.lock().unwrap() => {
                Response::problem(404, "domain_not_found", "x")
            }
            ("POST", "/domains") => {
                *added.lock().unwrap() = true;
                Response::json(201, &request.body)
            }
            ("GET", "/domains/c.example") => Response::json(
                200,
                &json!({"host": "c.example", "name": null, "color": null, "logo_url": null}),
            ),
            ("GET", "/domains/go.example.com") => {
                Response::json(200, &json!({"host": "go.example.com", "home_url": "https://other.example/"}))
            }
            ("PATCH", _) if request.body.get("color").is_some() => Response::json(
                422,
                &json!({"title": "Invalid color", "status": 422, "code": "invalid_color", "detail": "", "errors": [{"field": "color", "detail": "is too light"}]}),
            ),
            ("PATCH", _) => Response::json(200, &json!({})),
            _ => Response::json(
                200,
                &json!({"data": [], "next_cursor": null, "id": "i1", "source": "shortline", "on_conflict": "fail"}),
            ),
        }
    });
    let user = User::of(&double.url);
    let file = backed_up(&user);
    // The rows are of no interest here: the answers are none of theirs.
    let outcome = user.run(&["import", "shortline", &file]);
    for said in [
        "go.example.com: home_url stays as it is here; --on-conflict replace takes the backup's",
        "c.example: not restored: color: is too light",
        "c.example: name restored",
        "c.example: its logo is not in the backup",
    ] {
        assert!(outcome.stderr.contains(said), "{said}: {outcome:?}");
    }
}

#[test]
fn clicks_from_before_the_creation_are_asked_for_in_parts() {
    let double = Double::start(|request, _| {
        let mut imported = link("imported");
        imported["created_at"] = "2026-11-24T00:00:00.000Z".into();
        imported["clicks"]["total"] = 30.into();
        match request.target.split_once("/stats?") {
            None if request.target.contains("/links?") => Response::json(200, &page(&[imported])),
            None if request.target.contains("/keys/") => Response::json(200, &json!({"key": null})),
            None => Response::json(200, &page(&[])),
            Some((_, query)) => {
                let start = query.split(['=', '&']).nth(1).unwrap();
                let point = json!({"start": format!("{start}T00:00:00.000Z"), "classes": {"human": 10}});
                Response::json(200, &json!({"total": 10, "series": [point]}))
            }
        }
    });
    let user = User::of(&double.url);
    let outcome = backup(&user);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let asked = double.lines().into_iter().filter_map(|line| Some(line.split_once("/stats?")?.1.to_owned()));
    let rest = "interval=day&split=class";
    let expected = [
        format!("from=2026-11-24&{rest}"),
        format!("from=2000-01-01&to=2024-08-22&{rest}"),
        format!("from=2024-08-22&{rest}"),
    ];
    assert_eq!(asked.collect::<Vec<_>>(), expected);
    let text = std::fs::read_to_string(user.folder().join("backup.jsonl")).unwrap();
    assert!(
        text.contains("2000-01-01")
            && text.contains("2024-08-22")
            && !text.contains("2026-11-24\",\"classes"),
        "{text}"
    );
}
