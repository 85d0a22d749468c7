//! `domains`, `shares`, `imports` and `qr`: what is sent, and what is printed.

use serde_json::json;

use super::double::{Double, Response};
use super::run::{User, link, page};

#[test]
fn domain_settings_are_a_merge_patch() {
    let double = Double::start(|_, _| {
        Response::json(200, &json!({"host": "a.example", "home_url": "https://example.com/"}))
    });
    let user = User::of(&double.url);
    let (logo, files) = (user.folder().join("logo.png"), user.folder().join("files.json"));
    std::fs::write(&logo, b"png").unwrap();
    std::fs::write(&files, "[{\"relation\": []}]").unwrap();
    let arguments = [
        "domains",
        "edit",
        "a.example",
        "--home-url",
        "https://example.com/",
        "--robots",
        "disallow",
        "--logo",
        logo.to_str().unwrap(),
        "--assetlinks",
        files.to_str().unwrap(),
        "--clear",
        "not-found-url,name",
        "--set",
        "ignore_case=true",
    ];
    let outcome = user.run(&arguments);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    let request = double.requests().remove(0);
    assert_eq!(request.line(), "PATCH /api/v1/domains/a.example");
    let expected = json!({
        "home_url": "https://example.com/", "robots": "disallow", "logo": "cG5n", "assetlinks": [{"relation": []}],
        "not_found_url": null, "name": null, "ignore_case": true,
    });
    assert_eq!(request.body, expected);
    let shown = user.run(&["domains", "show", "a.example"]);
    assert!(shown.stdout.contains("home url") && shown.stdout.contains("https://example.com/"), "{shown:?}");
    assert_eq!(user.run(&["domains", "edit", "a.example"]).code, 2);
}

#[test]
fn share_of_a_link_or_of_a_tag_prints_its_address_alone() {
    let share = json!({"id": "s1", "url": "https://go.example.com/api/v1/shared/t", "title": "Spring", "timezone": "UTC"});
    let double = Double::start(move |request, _| match request.method.as_str() {
        "GET" if request.target.contains("code=") => Response::json(200, &page(&[link("summer")])),
        "GET" => Response::json(200, &page(std::slice::from_ref(&share))),
        "POST" => Response::json(201, &share),
        _ => Response::text(204, "text/plain", ""),
    });
    let user = User::of(&double.url);
    let created =
        user.run(&["shares", "create", "summer", "--title", "Spring", "--timezone", "Europe/Berlin"]);
    assert_eq!(
        (created.code, created.stdout.as_str()),
        (0, "https://go.example.com/api/v1/shared/t\n"),
        "{created:?}"
    );
    assert_eq!(user.run(&["share", "create", "--tag", "a/b"]).code, 0);
    let listed = user.run(&["shares", "list", "--tag", "x", "-o", "csv", "--fields", "id,title"]);
    assert_eq!(listed.stdout, "id,title\r\ns1,Spring\r\n", "{listed:?}");
    assert_eq!(user.run(&["shares", "rm", "s1", "summer", "--yes"]).code, 0);
    assert_eq!(user.run(&["shares", "create"]).code, 2);
    let writes: Vec<_> = double
        .requests()
        .iter()
        .filter(|request| request.method != "GET")
        .map(|request| (request.line(), request.body.clone()))
        .collect();
    let of_link = "/api/v1/links/0198c0de-0000-7000-8000-000000000001/shares";
    let expected = [
        (format!("POST {of_link}"), json!({"title": "Spring", "timezone": "Europe/Berlin"})),
        ("POST /api/v1/tags/a%2Fb/shares".to_owned(), json!({})),
        (format!("DELETE {of_link}/s1"), json!(null)),
    ];
    assert_eq!(writes, expected);
}

#[test]
fn imports_are_listed_with_their_failures() {
    let double = Double::start(|request, _| {
        let import = json!({"id": "i1", "source": "bitly", "title": null, "counts": {"rows": 3, "created": 2, "failed": 1}, "created_at": null, "finished_at": null});
        match request.target.trim_start_matches("/api/v1/imports") {
            "/i1" => Response::json(200, &import),
            target if target.starts_with("/i1/failures") => {
                let failure = json!({"row_id": "bit.ly/a", "code": "alias_taken", "detail": "x", "domain": null, "alias": "a", "url": "https://example.com/"});
                Response::json(200, &page(&[failure]))
            }
            _ => Response::json(200, &page(&[import])),
        }
    });
    let user = User::of(&double.url);
    let listed = user.run(&["imports"]);
    assert_eq!(
        listed.stdout,
        "ID  FROM   TITLE  ROWS  CREATED  FAILED  BEGUN  FINISHED\ni1  bitly            3        2       1\n",
        "{listed:?}"
    );
    let shown = user.run(&["imports", "show", "i1"]);
    assert!(shown.stdout.contains("from") && shown.stdout.contains("bitly"), "{shown:?}");
    let failures = user.run(&["imports", "failures", "i1", "-o", "csv"]);
    assert_eq!(
        failures.stdout,
        "row_id,code,detail,domain,alias,url\r\nbit.ly/a,alias_taken,x,,a,https://example.com/\r\n",
        "{failures:?}"
    );
}

#[test]
fn picture_of_a_code_has_colors_and_a_logo() {
    let double = Double::start(|request, _| match request.target.contains("/qr") {
        true => Response::text(200, "image/png", "picture"),
        false => Response::json(200, &page(&[link("summer")])),
    });
    let user = User::of(&double.url);
    let file = user.folder().join("code.png");
    let out = file.to_str().unwrap();
    let arguments = [
        "qr",
        "summer",
        "--out",
        out,
        "--foreground",
        "#102030",
        "--margin",
        "2",
        "--error-correction",
        "h",
        "--logo",
    ];
    let outcome = user.run(&arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "picture");
    let expected = "?format=png&foreground=102030&margin=2&error_correction=H&logo=true";
    assert!(double.lines()[1].ends_with(expected), "{:?}", double.lines());
    assert_eq!(user.run(&["qr", "summer", "--logo"]).code, 2);
}
