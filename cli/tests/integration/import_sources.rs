//! `import` from other shorteners' APIs and files: a stand-in for each, with its traps.

use std::process::Stdio;

use serde_json::{Value, json};

use super::double::{Double, Request, Response};
use super::imports_double::Installation;
use super::run::{Outcome, User};

/// What the installation has afterwards, and what the user is told.
fn imported(source: &str, from: &[&str], variable: &str) -> String {
    let installation = Installation::start();
    let user = User::of(&installation.double.url);
    let outcome = run(&user, &[&["import", source], from].concat(), variable);
    let links = installation.read(|stored| {
        let links = stored.links.iter().map(|(name, link)| format!("{name} {link}"));
        links.collect::<Vec<_>>().join("\n")
    });
    // Ports and folders differ.
    let stderr: Vec<&str> = outcome.stderr.lines().collect();
    format!("exit code {}\n\n{links}\n\n{}\n{}", outcome.code, outcome.stdout, stderr.join("\n"))
}

fn run(user: &User, arguments: &[&str], variable: &str) -> Outcome {
    let mut command = user.command(arguments);
    if !variable.is_empty() {
        command.env(variable, "secret-of-the-other-side");
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn parameter(request: &Request, name: &str) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn path(request: &Request) -> &str {
    request.target.split('?').next().unwrap()
}

fn ok(body: &Value) -> Response {
    Response::json(200, body)
}

/// The second request of each source meets a limit.
fn limited(number: usize) -> Option<Response> {
    (number == 1).then(|| Response::json(429, &json!({"message": "slow down"})).with("retry-after", "0"))
}

#[test]
fn bitly_groups_pages_invalid_json_and_custom_back_halves() {
    let double = Double::start(|request, number| {
        assert_eq!(request.header("authorization"), Some("Bearer secret-of-the-other-side"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        let page = |links: &str, next: &str| {
            let body = format!(
                r#"{{"links":[{links}],"pagination":{{"next":"","size":100,"search_after":"{next}"}}}}"#
            );
            Response::text(200, "application/json", &body)
        };
        match (path(request), parameter(request, "search_after").as_str()) {
            ("/v4/groups", _) => ok(&json!({"groups": [{"guid": "Ba1"}, {"guid": "Ba2"}]})),
            ("/v4/groups/Ba1/bitlinks", "") => {
                assert_eq!(parameter(request, "archived"), "both");
                // A raw line break and raw quotes in a title.
                page(
                    "{\"created_at\":\"2020-10-26T17:20:40+0000\",\"id\":\"bit.ly/a\",\"link\":\"https://bit.ly/a\",\"custom_bitlinks\":[\"https://bit.ly/summer\",\"https://b.example/summer\"],\"long_url\":\"https://example.com/a\",\"title\":\"say \"hi\"\n now\",\"archived\":false,\"tags\":[\"x\"],\"deeplinks\":[{\"app_id\":\"1\"}]}",
                    "k1",
                )
            }
            ("/v4/groups/Ba1/bitlinks", "k1") => page(
                r#"{"id":"bit.ly/none","custom_bitlinks":[],"title":null,"archived":true},{"id":"bit.ly/b","link":"https://bit.ly/b","long_url":"https://example.com/b","archived":true,"tags":[]}"#,
                "",
            ),
            ("/v4/groups/Ba2/bitlinks", "") => {
                page(r#"{"id":"bit.ly/c","long_url":"https://example.com/c"}"#, "")
            }
            other => panic!("{other:?}"),
        }
    });
    insta::assert_snapshot!(imported(
        "bitly",
        &["--api", &format!("{}/v4", double.url), "--no-history"],
        "BITLY_TOKEN"
    ));
    assert!(!format!("{:?}", double.lines()).contains("secret"));
}

#[test]
fn dub_root_rules_and_passwords() {
    let link = |id: &str, key: &str, more: Value| {
        let mut link = json!({"id": id, "domain": "dub.sh", "key": key, "url": "https://example.com/x", "externalId": null, "expiresAt": null,
            "password": null, "title": "T", "comments": null, "tags": [], "archived": false, "clicks": 0, "createdAt": "2024-05-01T10:00:00.000Z",
            "shortLink": format!("https://dub.sh/{key}"), "geo": null, "ios": null, "android": null, "proxy": false});
        link.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        link
    };
    let double = Double::start(move |request, number| {
        if let Some(limited) = limited(number) {
            return limited;
        }
        match parameter(request, "startingAfter").as_str() {
            "" => ok(&json!([
                link("l1", "_root", json!({})),
                link(
                    "l2",
                    "rules",
                    json!({"ios": "https://apps.example/i", "geo": {"DE": "https://example.com/de"}, "clicks": 7,
                    "tags": [{"id": "t", "name": "a", "color": "red"}], "comments": "note", "externalId": "ext_9",
                    "testVariants": [{"url": "https://a.example/", "percentage": 70}, {"url": "https://b.example/x", "percentage": 30}]})
                ),
            ])),
            "l2" => ok(&json!([
                link("l3", "hashed", json!({"password": "$2b$10$abcdefghijklmnopqrstuv"})),
                link(
                    "l4",
                    "secret",
                    json!({"password": "open sesame", "expiresAt": "2031-01-01T00:00:00.000Z", "expiredUrl": "https://example.com/over"})
                ),
                link(
                    "l5",
                    "over",
                    json!({"expiresAt": "2021-01-01T00:00:00.000Z", "proxy": true, "description": "Below", "image": "http://example.com/i.png"})
                ),
                link(
                    "l6",
                    "ended",
                    json!({"expiresAt": "2021-01-01T00:00:00.000Z", "expiredUrl": "https://example.com/over", "ios": "https://apps.example/i"})
                ),
            ])),
            "l6" => ok(&json!([])),
            other => panic!("{other}"),
        }
    });
    insta::assert_snapshot!(imported("dub", &["--api", &double.url], "DUB_API_KEY"));
}

#[test]
fn shortio_domains_root_path_and_splits() {
    let double = Double::start(|request, number| {
        assert_eq!(request.header("authorization"), Some("secret-of-the-other-side"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        if let Some(id) = path(request).strip_prefix("/link_country/") {
            return match id {
                "lnk_2" => ok(&json!([{"country": "DE", "originalURL": "https://example.com/de"}])),
                "lnk_4" => Response::json(402, &json!({"error": "upgrade"})),
                _ => ok(&json!([])),
            };
        }
        if let Some(id) = path(request).strip_prefix("/link_region/") {
            return match id {
                "lnk_2" => {
                    ok(&json!([{"country": "US", "region": "CA", "originalURL": "https://example.com/ca"}]))
                }
                _ => ok(&json!([])),
            };
        }
        let place = (path(request), parameter(request, "domain_id"), parameter(request, "pageToken"));
        match (place.0, place.1.as_str(), place.2.as_str()) {
            ("/api/domains", ..) => {
                ok(&json!([{"id": 11, "hostname": "go.short.gy"}, {"id": 12, "hostname": "b.example"}]))
            }
            (_, "11", "") => ok(&json!({"count": 3, "nextPageToken": "p2", "links": [
                {"idString": "lnk_1", "path": "", "originalURL": "https://example.com/home", "createdAt": 1_603_732_840_000_i64},
                {"idString": "lnk_2", "path": "ab", "originalURL": "https://example.com/a", "createdAt": "2020-10-26T17:20:40.000Z",
                 "splitURL": "https://example.com/b", "splitPercent": 25, "redirectType": "301", "expiresAt": 1_900_000_000_000_i64,
                 "expiredURL": "https://example.com/over", "utmSource": "news", "skipQS": false, "cloaking": true},
            ]})),
            (_, "11", "p2") => ok(&json!({"links": [
                {"idString": "lnk_3", "path": "locked", "originalURL": "https://example.com/c", "hasPassword": true, "password": "********"},
            ], "nextPageToken": null})),
            (_, "12", "") => ok(&json!({"links": [
                {"idString": "lnk_4", "path": "apps", "originalURL": "https://example.com/d", "iphoneURL": "https://apps.example/i",
                 "androidURL": "https://apps.example/a", "clicksLimit": 5, "clicks": 2, "archived": true, "tags": ["x", "y"]},
            ]})),
            other => panic!("{other:?}"),
        }
    });
    insta::assert_snapshot!(imported("shortio", &["--api", &double.url], "SHORTIO_API_KEY"));
}

#[test]
fn rebrandly_pages_of_25() {
    let double = Double::start(|request, number| {
        assert_eq!(request.header("apikey"), Some("secret-of-the-other-side"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        let link = |number: u32| {
            json!({"id": format!("r{number}"), "title": "T", "slashtag": format!("s{number}"), "destination": format!("https://example.com/{number}"),
                "createdAt": "2022-01-01T00:00:00.000Z", "status": if number == 3 { "disabled" } else { "active" }, "clicks": number,
                "tags": [{"id": "1", "name": "x"}], "domainName": "rebrand.ly", "shortUrl": format!("rebrand.ly/s{number}"), "forwardParameters": number == 2})
        };
        match parameter(request, "last").as_str() {
            "" => ok(&json!([link(1), link(2)])),
            "r2" => ok(&json!([link(3)])),
            "r3" => ok(&json!([])),
            other => panic!("{other}"),
        }
    });
    insta::assert_snapshot!(imported("rebrandly", &["--api", &double.url], "REBRANDLY_API_KEY"));
}

#[test]
fn shlink_rules_limits_and_names_with_slashes() {
    let link = |code: &str, more: Value| {
        let mut link = json!({"shortCode": code, "shortUrl": format!("https://s.example/{code}"), "longUrl": "https://example.com/x",
            "dateCreated": "2016-08-21T20:34:16+02:00", "visitsSummary": {"total": 0, "nonBots": 0, "bots": 0}, "tags": [],
            "meta": {"validSince": null, "validUntil": null, "maxVisits": null}, "domain": null, "title": null, "crawlable": false,
            "forwardQuery": true, "hasRedirectRules": false});
        link.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        link
    };
    let double = Double::start(move |request, number| {
        assert_eq!(request.header("x-api-key"), Some("secret-of-the-other-side"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        let page = |links: Value| {
            ok(&json!({"shortUrls": {"data": links, "pagination": {"currentPage": 1, "pagesCount": 2}}}))
        };
        match (path(request), parameter(request, "page").as_str()) {
            ("/rest/v3/short-urls", "1") => page(json!([
                link(
                    "a/b",
                    json!({"hasRedirectRules": true, "tags": ["x"], "title": "T", "crawlable": true})
                ),
                link(
                    "limited",
                    json!({"domain": "b.example", "visitsSummary": {"total": 4}, "meta": {"maxVisits": 10, "validUntil": "2031-01-01T00:00:00+01:00"}})
                ),
            ])),
            ("/rest/v3/short-urls", "2") => page(json!([link(
                "used",
                json!({"visitsSummary": {"total": 10}, "meta": {"maxVisits": 10}})
            )])),
            ("/rest/v3/short-urls/a%2Fb/redirect-rules", _) => {
                ok(&json!({"defaultLongUrl": "https://example.com/x", "redirectRules": [
                    {"longUrl": "https://example.com/ip", "priority": 2, "conditions": [{"type": "ip-address", "matchKey": null, "matchValue": "192.0.2.0/24"}]},
                    {"longUrl": "https://example.com/ios", "priority": 1, "conditions": [{"type": "device", "matchKey": null, "matchValue": "ios"}, {"type": "query-param", "matchKey": "a", "matchValue": "1"}]},
                ]}))
            }
            other => panic!("{other:?}"),
        }
    });
    insta::assert_snapshot!(imported("shlink", &[&double.url, "--no-history"], "SHLINK_API_KEY"));
}

#[test]
fn kutt_passwords_and_pages_by_skip() {
    let double = Double::start(|request, number| {
        assert_eq!(request.header("x-api-key"), Some("secret-of-the-other-side"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        let links = match parameter(request, "skip").as_str() {
            "0" => json!([
                {"id": "k1", "address": "a", "target": "https://example.com/a", "link": "https://kutt.it/a", "domain": null, "description": "D",
                 "banned": false, "password": true, "expire_in": null, "visit_count": 3, "created_at": "2021-01-01T00:00:00.000Z"},
            ]),
            "1" => json!([
                {"id": "k2", "address": "b", "target": "https://example.com/b", "link": "https://b.example/b", "domain": "b.example",
                 "banned": true, "password": false, "expire_in": "2031-01-01T00:00:00.000Z", "visit_count": 0, "created_at": "2021-01-02T00:00:00.000Z"},
            ]),
            _ => json!([]),
        };
        ok(&json!({"total": 2, "limit": 50, "skip": 0, "data": links}))
    });
    insta::assert_snapshot!(imported("kutt", &[&double.url], "KUTT_API_KEY"));
}

const SINK: &str = r#"{"id":"s1","url":"https://example.com/a","slug":"a","title":"T","description":"Below","image":"https://example.com/i.png","comment":"C","createdAt":1603732840,"updatedAt":1603732840,
    "expiration":1900000000,"apple":"https://apps.example/i","geo":{"DE":"https://example.com/de"},"redirectWithQuery":true,"tags":["x"]},
    {"id":"s2","url":"https://example.com/b","slug":"b","createdAt":1603732841,"expiration":1603732842,"cloaking":true,"password":"open sesame"}"#;

#[test]
fn sink_seconds_from_a_file_and_from_the_api() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sink.json");
    std::fs::write(
        &file,
        format!(r#"{{"version":"1.0","exportedAt":"2026-01-01","count":2,"links":[{SINK}]}}"#),
    )
    .unwrap();
    let of_file = imported("sink", &[file.to_str().unwrap()], "");
    insta::assert_snapshot!(of_file);
    let double = Double::start(|request, number| {
        if let Some(limited) = limited(number) {
            return limited;
        }
        let links: Vec<Value> = serde_json::from_str(&format!("[{SINK}]")).unwrap();
        match parameter(request, "cursor").as_str() {
            "" => ok(&json!({"version": "1.0", "links": [links[0]], "cursor": "c1", "list_complete": false})),
            _ => ok(&json!({"version": "1.0", "links": [links[1]], "list_complete": true})),
        }
    });
    let of_api = imported("sink", &[&double.url], "SINK_TOKEN");
    assert_eq!(of_api.lines().take(4).collect::<Vec<_>>(), of_file.lines().take(4).collect::<Vec<_>>());
}

#[test]
fn yourls_times_need_a_zone_unless_the_dump_is_in_utc() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("yourls.csv");
    let rows = "keyword,url,title,timestamp,ip,clicks\nabc,https://example.com/a,A,2024-07-01 12:00:00,192.0.2.1,5\n";
    std::fs::write(&csv, rows).unwrap();
    let csv = csv.to_str().unwrap();
    let refused = imported("yourls", &[csv], "");
    assert!(refused.starts_with("exit code 8") && refused.contains("--timezone"), "{refused}");
    let zoned = imported("yourls", &[csv, "--timezone", "Europe/Berlin"], "");
    assert!(zoned.starts_with("exit code 0") && zoned.contains("2024-07-01T10:00:00Z"), "{zoned}");
    let dump = folder.path().join("yourls.sql");
    std::fs::write(
        &dump,
        "-- MySQL dump\n/*!40103 SET TIME_ZONE='+00:00' */;\nCREATE TABLE `yourls_url` (`keyword` varchar(100));\n\
         INSERT INTO `yourls_options` VALUES (1,'version','1.10');\n\
         INSERT INTO `yourls_url` VALUES ('abc','https://example.com/a','It\\'s','2024-07-01 12:00:00','192.0.2.1',5),\
         ('Def','https://example.com/b',NULL,'2024-07-02 12:00:00','',0);\n",
    )
    .unwrap();
    insta::assert_snapshot!(imported("yourls", &[dump.to_str().unwrap(), "--no-history"], ""));
}

#[test]
fn shortline_file_and_api_are_the_same() {
    let link = |code: &str, more: Value| {
        let mut link = super::run::link(code);
        link.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        link
    };
    let links = [
        link(
            "a",
            json!({"id": "i1", "rules": [{"if": {"country": ["DE"]}, "url": "https://example.com/de"}], "status": 308, "state": "disabled"}),
        ),
        link(
            "b",
            json!({"id": "i2", "domain": "elsewhere.example", "password_protected": true, "max_clicks": 15, "archived": true, "forward_path": true}),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("links.jsonl");
    std::fs::write(&file, format!("{}\n\n{}\n", links[0], links[1])).unwrap();
    let of_file = imported("shortline", &[file.to_str().unwrap()], "");
    insta::assert_snapshot!(of_file);
    let double = Double::start(move |request, number| {
        assert_eq!((path(request), parameter(request, "archived").as_str()), ("/api/v1/links", "all"));
        if let Some(limited) = limited(number) {
            return limited;
        }
        match parameter(request, "cursor").as_str() {
            "" => ok(&json!({"data": [links[0]], "next_cursor": "c"})),
            _ => ok(&json!({"data": [links[1]], "next_cursor": null})),
        }
    });
    assert_eq!(imported("shortline", &[&double.url, "--no-history"], "SHORTLINE_SOURCE_KEY"), of_file);
}

#[test]
fn source_that_refuses_or_fails_says_what_to_do() {
    let refusing = Double::start(|_, _| Response::json(403, &json!({"message": "FORBIDDEN"})));
    let refused = imported("bitly", &["--api", &refusing.url], "BITLY_TOKEN");
    assert!(refused.starts_with("exit code 3") && refused.contains("BITLY_TOKEN"), "{refused}");
    assert!(!refused.contains("secret-of"), "{refused}");
    let other = Double::start(|_, _| Response::text(200, "text/html", "<html>"));
    let not_json = imported("kutt", &[&other.url], "KUTT_API_KEY");
    assert!(not_json.starts_with("exit code 7") && not_json.contains("not answer with JSON"), "{not_json}");
    let missing = imported("dub", &["--api", &other.url], "");
    assert!(missing.starts_with("exit code 2") && missing.contains("DUB_API_KEY"), "{missing}");
}
