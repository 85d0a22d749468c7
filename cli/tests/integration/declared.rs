//! `apply` and `export`: what is sent, and what a failure leaves alone.

use serde_json::json;

use super::double::{Double, Request, Response};
use super::run::{Outcome, User, link, page};

/// `old` is managed by the file.
fn managed(request: &Request) -> Response {
    if !request.target.contains("tag=managed") {
        return Response::json(200, &page(&[]));
    }
    Response::json(200, &page(&[link("old")]))
}

fn apply(double: &Double, text: &str) -> Outcome {
    let user = User::of(&double.url);
    let file = user.folder().join("links.toml");
    std::fs::write(&file, text).unwrap();
    user.run(&["apply", file.to_str().unwrap(), "--yes"])
}

#[test]
fn nothing_is_removed_after_a_failed_create() {
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" => managed(request),
        "POST" => {
            let problem = json!({"title": "Blocked", "status": 422, "code": "x", "detail": "host"});
            Response::json(200, &json!({"data": [{"index": 0, "status": 422, "error": problem}]}))
        }
        _ => Response::json(200, &json!({})),
    });
    let file = "name = \"x\"\ndomain = \"go.example.com\"\n[[links]]\nalias = \"new\"\nurl = \"https://example.com/\"\n";
    let outcome = apply(&double, file);
    assert_eq!(outcome.code, 8, "{outcome:?}");
    assert!(outcome.stderr.contains("Not removed"), "{outcome:?}");
    assert!(double.lines().iter().all(|line| !line.starts_with("DELETE")), "{:?}", double.lines());
    assert!(
        double
            .lines()
            .iter()
            .filter(|line| line.starts_with("GET"))
            .all(|line| line.contains("archived=all"))
    );
}

#[test]
fn empty_file_removes_nothing_in_a_script() {
    let double = Double::start(|request, _| managed(request));
    let outcome = apply(&double, "name = \"x\"\n");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(double.lines().iter().all(|line| line.starts_with("GET")), "{:?}", double.lines());
}

#[test]
fn export_that_fails_prints_no_half_of_a_file() {
    let double = Double::start(|_, number| match number {
        0 => Response::json(200, &json!({"data": [link("a")], "next_cursor": "more"})),
        _ => Response::problem(500, "internal_error", "x"),
    });
    let outcome = User::of(&double.url).run(&["export", "--name", "x"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (7, ""), "{outcome:?}");
}
