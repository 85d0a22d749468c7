//! The click history that `import` brings: visits and clicks by day, complete and once, wherever a run is cut off.

use std::collections::HashSet;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::double::{Double, Request, Response};
use super::imports_double::{Fault, Installation};
use super::run::{Outcome, User};

fn import(user: &User, arguments: &[&str]) -> Outcome {
    let mut command = user.command(&[&["import"], arguments].concat());
    command.envs([("SHLINK_API_KEY", "k"), ("BITLY_TOKEN", "k"), ("SHORTLINE_SOURCE_KEY", "k")]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn parameter(request: &Request, name: &str) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// The visits that the only import has, in order.
fn visits(installation: &Installation) -> Vec<Value> {
    installation.read(|stored| {
        let import = stored.imports.values().next().unwrap();
        import.visits.values().flat_map(|visits| visits.as_array().unwrap().clone()).collect()
    })
}

fn days(installation: &Installation) -> Vec<String> {
    installation.read(|stored| {
        let import = stored.imports.values().next().unwrap();
        import.days.iter().map(|(day, clicks)| format!("{day}: {clicks}")).collect()
    })
}

/// Two short URLs with 1,500 and 700 visits, in pages of a thousand, and one without.
fn shlink() -> Double {
    shlink_locating(Arc::new(AtomicBool::new(true)))
}

/// Visits have a country only when they are located.
fn shlink_locating(is_located: Arc<AtomicBool>) -> Double {
    Double::start(move |request, _| {
        let path = request.target.split('?').next().unwrap();
        let link = |code: &str, total: u64, domain: Value| {
            json!({"shortCode": code, "shortUrl": format!("https://s.example/{code}"), "longUrl": "https://example.com/x", "domain": domain,
                "dateCreated": "2016-08-21T20:34:16+02:00", "visitsSummary": {"total": total}, "tags": [], "meta": {}})
        };
        if path == "/rest/v3/short-urls" {
            let links = json!([
                link("a/b", 1_500, Value::Null),
                link("c", 700, json!("b.example")),
                link("none", 0, Value::Null)
            ]);
            return Response::json(
                200,
                &json!({"shortUrls": {"data": links, "pagination": {"currentPage": 1, "pagesCount": 1}}}),
            );
        }
        let total: usize = match (path, parameter(request, "domain").as_str()) {
            ("/rest/v3/short-urls/a%2Fb/visits", "") => 1_500,
            ("/rest/v3/short-urls/c/visits", "b.example") => 700,
            _ => return Response::problem(404, "not_found", path),
        };
        assert_eq!(parameter(request, "endDate"), "2026-11-29T00%3A00%3A00Z");
        let page: usize = parameter(request, "page").parse().unwrap();
        let location = is_located.load(Ordering::Relaxed).then(|| json!({"countryCode": "DE"}));
        let visit = |number: usize| {
            json!({"referer": "https://news.example/", "date": format!("2020-01-01T00:{:02}:{:02}+01:00", number / 60 % 60, number % 60),
                "userAgent": format!("agent {number}"), "visitLocation": location, "potentialBot": false})
        };
        // One that comes while the import runs.
        let late = json!({"referer": "", "date": "2026-11-29T00:00:01Z", "userAgent": "late", "visitLocation": null});
        let first = (page - 1) * 1_000;
        let mut visits: Vec<_> = (first..total.min(first + 1_000)).map(visit).collect();
        visits.insert(0, late);
        let pages = total.div_ceil(1_000);
        Response::json(
            200,
            &json!({"visits": {"data": visits, "pagination": {"currentPage": page, "pagesCount": pages}}}),
        )
    })
}

#[test]
fn visits_of_shlink_come_along() {
    let (installation, shlink) = (Installation::start(), shlink());
    let outcome = import(&User::of(&installation.double.url), &["shlink", &shlink.url]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let visits = visits(&installation);
    assert_eq!(visits.len(), 2_200);
    let expected = json!({
        "row_id": "s.example/a/b", "time": "2019-12-31T23:00:00Z", "country": "DE", "referrer": "https://news.example/", "user_agent": "agent 0",
    });
    assert_eq!(visits[0], expected);
    assert_eq!(visits[1_500]["row_id"], "b.example/c");
    assert!(outcome.stderr.contains("2,200 visits: counted here"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("Not carried over"), "{}", outcome.stderr);
    assert_eq!(installation.read(|stored| stored.finished), 1);
}

#[test]
fn visits_are_complete_wherever_a_run_ends() {
    let shlink = shlink();
    // Domains, import, rows, progress, three calls of visits, progress, end.
    for at in 3..9 {
        for fault in [Fault::Refused, Fault::AnswerLost] {
            let broken = Installation::failing_at(Some((at, fault)));
            let user = User::of(&broken.double.url);
            let outcome = import(&user, &["shlink", &shlink.url]);
            let healed = broken.healed();
            let id = broken.read(|stored| stored.imports.keys().next().cloned()).unwrap();
            let again =
                import(&user, &["shlink", &shlink.url, "--import", &id, "--server", &healed.double.url]);
            assert_eq!(again.code, 0, "{at} {fault:?}: {outcome:?} {again:?}");
            let visits = visits(&healed);
            assert_eq!(visits.len(), 2_200, "{at} {fault:?}");
            let agents: HashSet<_> =
                visits.iter().map(|visit| format!("{} {}", visit["row_id"], visit["user_agent"])).collect();
            assert_eq!(agents.len(), 2_200, "{at} {fault:?}");
        }
    }
}

#[test]
fn interrupted_call_is_repeated_as_it_was() {
    let is_located = Arc::new(AtomicBool::new(false));
    let shlink = shlink_locating(Arc::clone(&is_located));
    // The second call of visits.
    let broken = Installation::failing_at(Some((5, Fault::AnswerLost)));
    let user = User::of(&broken.double.url);
    let outcome = import(&user, &["shlink", &shlink.url]);
    assert_ne!(outcome.code, 0, "{outcome:?}");
    is_located.store(true, Ordering::Relaxed);
    let healed = broken.healed();
    let id = broken.read(|stored| stored.imports.keys().next().cloned()).unwrap();
    for _ in 0..2 {
        let again = import(&user, &["shlink", &shlink.url, "--import", &id, "--server", &healed.double.url]);
        assert_eq!(again.code, 0, "{again:?}");
        let visits = visits(&healed);
        let located = visits.iter().filter(|visit| visit["country"] == "DE").count();
        assert_eq!((visits.len(), located), (2_200, 200));
    }
    // Nothing is left to repeat.
    assert!(
        !healed
            .double
            .lines()
            .iter()
            .skip_while(|line| !line.ends_with("/finish"))
            .any(|line| line.ends_with("/visits"))
    );
}

#[test]
fn visits_of_a_yourls_dump_come_along_without_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("yourls.sql");
    std::fs::write(
        &dump,
        "-- MySQL dump\n\
         INSERT INTO `yourls_url` VALUES ('abc','https://example.com/a','A','2024-07-01 12:00:00','192.0.2.1',3);\n\
         INSERT INTO `yourls_log` VALUES (1,'2024-07-01 12:00:00','abc','direct','Mozilla/5.0','192.0.2.7','DE'),\
         (2,'2024-12-01 12:00:00','abc','https://news.example/','It\\'s','192.0.2.8','');\n\
         INSERT INTO `yourls_log` (`click_time`,`shorturl`) VALUES ('0000-00-00 00:00:00','abc');\n",
    )
    .unwrap();
    let installation = Installation::start();
    let user = User::of(&installation.double.url);
    let outcome = import(&user, &["yourls", dump.to_str().unwrap(), "--timezone", "Europe/Berlin"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let expected = [
        json!({"row_id": "abc", "time": "2024-07-01T10:00:00Z", "country": "DE", "user_agent": "Mozilla/5.0"}),
        json!({"row_id": "abc", "time": "2024-12-01T11:00:00Z", "referrer": "https://news.example/", "user_agent": "It's"}),
    ];
    assert_eq!(visits(&installation), expected);
    assert!(!format!("{:?}", visits(&installation)).contains("192.0.2"));
}

#[test]
fn clicks_by_day_of_bitly_come_along_where_the_plan_gives_them() {
    let double = Double::start(|request, _| match request.target.split('?').next().unwrap() {
        "/groups" => Response::json(200, &json!({"groups": [{"guid": "G"}]})),
        "/groups/G/bitlinks" => Response::json(
            200,
            &json!({"links": [
                {"id": "bit.ly/a", "link": "https://bit.ly/a", "long_url": "https://example.com/a", "custom_bitlinks": ["https://bit.ly/own"]},
                {"id": "bit.ly/b", "link": "https://bit.ly/b", "long_url": "https://example.com/b"},
            ], "pagination": {"search_after": ""}}),
        ),
        "/bitlinks/bit.ly/a/clicks" => {
            assert_eq!(
                (parameter(request, "unit"), parameter(request, "units")),
                ("day".into(), "-1".into())
            );
            let clicks = json!([
                {"date": "2020-10-27T00:00:00+0000", "clicks": 4}, {"date": "2020-10-26T00:00:00+0000", "clicks": 0},
                {"date": "2020-10-25T00:00:00+0000", "clicks": 9},
            ]);
            Response::json(200, &json!({"link_clicks": clicks, "units": -1, "unit": "day"}))
        }
        "/bitlinks/bit.ly/b/clicks" => Response::json(402, &json!({"message": "UPGRADE_REQUIRED"})),
        other => panic!("{other}"),
    });
    let installation = Installation::start();
    let outcome = import(&User::of(&installation.double.url), &["bitly", "--api", &double.url]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(days(&installation), ["bit.ly/a 2020-10-25: 9", "bit.ly/a 2020-10-27: 4"]);
    assert!(outcome.stderr.contains("2 counts by day"), "{}", outcome.stderr);
}

#[test]
fn clicks_by_day_of_a_shortline_come_along_for_links_that_are_created() {
    let source = Double::start(|request, _| {
        let link = |code: &str, total: u64| {
            json!({"id": format!("id-{code}"), "domain": "go.example.com", "code": code, "url": "https://example.com/a",
                "created_at": "2024-01-01T12:00:00Z", "clicks": {"total": total}, "state": "active"})
        };
        match request.target.split('?').next().unwrap() {
            "/api/v1/links" => {
                Response::json(200, &json!({"data": [link("a", 5), link("none", 0)], "next_cursor": null}))
            }
            "/api/v1/links/id-a/stats" => {
                assert_eq!(parameter(request, "from"), "2024-01-01");
                let point = |day: u8, clicks: u64| json!({"start": format!("2024-01-0{day}T00:00:00Z"), "clicks": clicks});
                Response::json(200, &json!({"series": [point(1, 2), point(2, 0), point(3, 3)]}))
            }
            other => panic!("{other}"),
        }
    });
    let installation = Installation::start();
    let user = User::of(&installation.double.url);
    let arguments = ["shortline", &source.url, "--on-conflict", "skip"];
    let outcome = import(&user, &arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(days(&installation), ["id-a 2024-01-01: 2", "id-a 2024-01-03: 3"]);
    // The links are here already, and so are their clicks.
    let again = import(&user, &[&arguments[..], &["--restart"]].concat());
    assert_eq!(again.code, 0, "{again:?}");
    let later = installation.read(|stored| stored.imports.values().next_back().unwrap().days.len());
    assert_eq!(later, 0);
    let asked = source.lines().iter().filter(|line| line.contains("/stats")).count();
    assert_eq!(asked, 1);
}
