//! Tests of Shlink's API: its shapes, its errors to the letter, and what it must not lose.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, EDGE_SECRET, Origin, link_path};

async fn start(database: &PgPool) -> Origin {
    Origin::builder(database).config(&[("COMPATIBLE_APIS", "shlink")]).start().await
}

async fn send(origin: &Origin, request: Request<Body>) -> Answer {
    let (head, body) = origin.send_unread(request).await.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: head.status, headers: head.headers, body }
}

/// A call below `/rest/v3`, with a key.
async fn call_as(origin: &Origin, key: &str, method: Method, path: &str, body: Value) -> Answer {
    let request = Request::builder().method(method).uri(format!("/rest/v3/{path}")).header("x-api-key", key);
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    send(origin, request.body(body).unwrap()).await
}

async fn call(origin: &Origin, method: Method, path: &str, body: Value) -> Answer {
    call_as(origin, ADMIN_KEY, method, path, body).await
}

async fn get(origin: &Origin, path: &str) -> Answer {
    call(origin, Method::GET, path, Value::Null).await
}

async fn create(origin: &Origin, body: Value) -> Value {
    let answer = call(origin, Method::POST, "short-urls", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[track_caller]
fn assert_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    let body = answer.json();
    let kind = format!("https://shlink.io/api/error/{code}");
    assert_eq!((answer.status.as_u16(), &body["type"]), (status, &json!(kind)), "{answer:?}");
    assert_eq!(body["status"], status);
    assert!(body["title"].is_string() && body["detail"].is_string(), "{answer:?}");
}

fn without_times(mut link: Value) -> Value {
    assert!(link["dateCreated"].as_str().unwrap().ends_with("+00:00"), "{link}");
    link["dateCreated"] = "2026-11-24T00:00:00+00:00".into();
    link
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn short_url_is_created_read_edited_and_deleted(database: PgPool) {
    let origin = start(&database).await;
    let body = json!({
        "longUrl": "https://example.com/a", "customSlug": "summer/sale", "title": "Summer", "tags": ["b", "a"],
        "validSince": "2026-11-25T00:00:00+01:00", "validUntil": "2027-01-01T00:00:00Z", "maxVisits": 10,
        "validateUrl": true, "crawlable": false,
    });
    let created = create(&origin, body).await;
    insta::assert_json_snapshot!("short_url", without_times(created.clone()));
    assert_eq!(get(&origin, "short-urls/summer/sale").await.json(), created);
    let patch =
        json!({"longUrl": "https://example.com/b", "title": null, "maxVisits": null, "forwardQuery": false});
    let edited =
        call(&origin, Method::PATCH, "short-urls/summer/sale?domain=go.example.com", patch).await.json();
    assert_eq!(edited["longUrl"], "https://example.com/b");
    assert_eq!((&edited["title"], &edited["meta"]["maxVisits"]), (&Value::Null, &Value::Null));
    assert_eq!((&edited["tags"], &edited["forwardQuery"]), (&json!(["a", "b"]), &json!(false)));
    let deleted = call(&origin, Method::DELETE, "short-urls/summer/sale", Value::Null).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    let gone = get(&origin, "short-urls/summer/sale").await;
    assert_error(&gone, 404, "short-url-not-found");
    assert_eq!(gone.json()["shortCode"], "summer/sale");
    let elsewhere = get(&origin, "short-urls/a?domain=none.example").await.json();
    assert_eq!(elsewhere["detail"], "No URL found with short code \"a\" for domain \"none.example\"");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn existing_short_url_is_found_if_it_is_asked_for(database: PgPool) {
    let origin = start(&database).await;
    let body = json!({"longUrl": "https://example.com/", "findIfExists": true});
    let first = create(&origin, body.clone()).await;
    assert_eq!(create(&origin, body).await, first);
    assert_ne!(create(&origin, json!({"longUrl": "https://example.com/"})).await, first);
    assert_eq!((&first["forwardQuery"], &first["domain"]), (&json!(true), &Value::Null));
    let text =
        format!("/rest/v1/short-urls/shorten?apiKey={ADMIN_KEY}&longUrl=https://example.com/&format=txt");
    let shortened = send(&origin, Request::get(text).body(Body::empty()).unwrap()).await;
    assert_eq!(shortened.body, first["shortUrl"].as_str().unwrap());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_error_is_shlinks(database: PgPool) {
    let origin = start(&database).await;
    create(&origin, json!({"longUrl": "https://a.test/", "customSlug": "taken", "tags": ["old", "new"]}))
        .await;
    let anonymous = send(&origin, Request::get("/rest/v3/tags").body(Body::empty()).unwrap()).await;
    let rename = |old: &str, new: &str| json!({"oldName": old, "newName": new});
    let slug = json!({"longUrl": "https://b.test/", "customSlug": "taken"});
    let mut shown = vec![("anonymous", anonymous)];
    for (name, method, path, body) in [
        ("slug", Method::POST, "short-urls", slug),
        ("invalid", Method::POST, "short-urls", json!({"longUrl": "nonsense", "maxVisits": 0})),
        ("missing", Method::POST, "short-urls", Value::Null),
        ("link", Method::GET, "short-urls/none", Value::Null),
        ("tag", Method::PUT, "tags", rename("none", "other")),
        ("conflict", Method::PUT, "tags", rename("old", "new")),
        ("tag_visits", Method::GET, "tags/none/visits", Value::Null),
        ("domain", Method::GET, "domains/none.example/visits", Value::Null),
        ("mercure", Method::GET, "mercure-info", Value::Null),
        ("endpoint", Method::GET, "nothing", Value::Null),
    ] {
        shown.push((name, call(&origin, method, path, body).await));
    }
    shown.push(("key", call_as(&origin, "slk_nobody", Method::GET, "tags", Value::Null).await));
    let errors: serde_json::Map<_, _> =
        shown.into_iter().map(|(name, answer)| (name.to_owned(), answer.json())).collect();
    insta::assert_json_snapshot!("errors", errors);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn what_has_no_counterpart_is_refused(database: PgPool) {
    let origin = start(&database).await;
    for (more, element) in [
        (json!({"crawlable": true}), "crawlable"),
        (json!({"shortCodeLength": 5}), "shortCodeLength"),
        (json!({"pathPrefix": "a-"}), "pathPrefix"),
        (json!({"deviceLongUrls": {"ios": "https://b.test/"}}), "deviceLongUrls"),
    ] {
        let mut body = json!({"longUrl": "https://a.test/"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = call(&origin, Method::POST, "short-urls", body).await;
        assert_error(&answer, 400, "invalid-data");
        assert_eq!(answer.json()["invalidElements"], json!([element]), "{answer:?}");
    }
    let prefixed = json!({"longUrl": "https://a.test/", "pathPrefix": "a-", "customSlug": "b"});
    assert_eq!(create(&origin, prefixed).await["shortCode"], "a-b");
    for query in
        ["apiKeyName=a", "orderBy=a-ASC", "excludeTags[]=a&excludeTags[]=b&excludeTagsMode=all", "page=0"]
    {
        assert_error(&get(&origin, &format!("short-urls?{query}")).await, 400, "invalid-data");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn short_urls_are_listed_by_number_filter_and_order(database: PgPool) {
    let origin = start(&database).await;
    for (slug, tags) in [("a", json!(["x"])), ("b", json!(["x", "y"])), ("c", json!([]))] {
        create(
            &origin,
            json!({"longUrl": format!("https://{slug}.test/"), "customSlug": slug, "tags": tags}),
        )
        .await;
    }
    let clicks = sqlx::query(
        "INSERT INTO link_totals (link_id, clicks, human, bot) SELECT id, 5, 2, 3 FROM links WHERE code = 'a'",
    );
    clicks.execute(&origin.links).await.unwrap();
    let list = async |query: &str| {
        let answer = get(&origin, &format!("short-urls?{query}")).await.json();
        let data = answer["shortUrls"]["data"].as_array().unwrap().clone();
        data.iter().map(|link| link["shortCode"].as_str().unwrap().to_owned()).collect::<String>()
    };
    for (query, expected) in [
        ("", "cba"),
        ("orderBy=shortCode-ASC", "abc"),
        ("orderBy=visits-DESC", "acb"),
        ("orderBy=nonBotVisits-ASC", "bca"),
        ("page=2&itemsPerPage=2", "a"),
        ("page=3&itemsPerPage=2", ""),
        ("tags[]=x&tags[]=y", "ba"),
        ("tags[]=x&tags[]=y&tagsMode=all", "b"),
        ("excludeTags[]=y", "ca"),
        ("searchTerm=b.te", "b"),
        ("searchTerm=b", "b"),
        ("domain=DEFAULT", "cba"),
        ("domain=other.example", ""),
        ("startDate=2100-01-01T00:00:00%2B00:00", ""),
        ("endDate=2100-01-01", "cba"),
        ("excludePastValidUntil=true&excludeMaxVisitsReached=true", "cba"),
    ] {
        assert_eq!(list(query).await, expected, "{query}");
    }
    let page = get(&origin, "short-urls?itemsPerPage=2&page=2").await.json();
    insta::assert_json_snapshot!("pagination", page["shortUrls"]["pagination"]);
    let summary = &get(&origin, "short-urls/a").await.json()["visitsSummary"];
    assert_eq!(*summary, json!({"total": 5, "nonBots": 2, "bots": 3}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_rules_are_replaced_but_a_split_is_not_lost(database: PgPool) {
    let origin = start(&database).await;
    create(&origin, json!({"longUrl": "https://a.test/", "customSlug": "ruled"})).await;
    let condition =
        |kind: &str, key: Value, value: &str| json!({"type": kind, "matchKey": key, "matchValue": value});
    let rules = json!({"redirectRules": [
        {"longUrl": "https://ios.test/", "conditions": [condition("device", Value::Null, "ios")]},
        {"longUrl": "https://any.test/", "conditions": [condition("any-value-query-param", "ref".into(), "")]},
    ]});
    let path = "short-urls/ruled/redirect-rules";
    let set = call(&origin, Method::POST, path, rules.clone()).await;
    insta::assert_json_snapshot!("rules", set.json());
    assert_eq!(get(&origin, path).await.json(), set.json());
    assert_eq!(get(&origin, "short-urls/ruled").await.json()["hasRedirectRules"], true);
    for kind in ["ip-address", "geolocation-city-name", "browser"] {
        let refused = json!({"redirectRules": [{"longUrl": "https://b.test/", "conditions": [condition(kind, Value::Null, "x")]}]});
        let answer = call(&origin, Method::POST, path, refused).await;
        assert_error(&answer, 400, "invalid-data");
        assert_eq!(answer.json()["invalidElements"], json!(["redirectRules"]));
    }
    let split = json!([{"split": [{"url": "https://a.test/"}, {"url": "https://b.test/"}]}]);
    let link =
        origin.create_link_with(json!({"url": "https://a.test/", "alias": "split", "rules": split})).await;
    let lost = call(&origin, Method::POST, "short-urls/split/redirect-rules", rules).await;
    assert_error(&lost, 400, "invalid-data");
    assert_eq!(origin.link(&link).await["rules"], link["rules"]);
    let patched = call(&origin, Method::PATCH, "short-urls/split", json!({"title": "T"})).await;
    assert_eq!(patched.status, StatusCode::OK);
    assert_eq!(origin.link(&link).await["rules"], link["rules"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tags_are_counted_renamed_and_deleted(database: PgPool) {
    let origin = start(&database).await;
    for tags in [json!(["a", "b"]), json!(["b"])] {
        create(&origin, json!({"longUrl": "https://a.test/", "tags": tags})).await;
    }
    assert_eq!(get(&origin, "tags").await.json()["tags"]["data"], json!(["a", "b"]));
    let page = get(&origin, "tags?itemsPerPage=1&page=2&searchTerm=").await.json();
    assert_eq!(
        (&page["tags"]["data"], &page["tags"]["pagination"]["totalItems"]),
        (&json!(["b"]), &json!(2))
    );
    let stats = get(&origin, "tags/stats?orderBy=shortUrlsCount-DESC").await.json();
    let none = json!({"total": 0, "nonBots": 0, "bots": 0});
    assert_eq!(stats["tags"]["data"][0], json!({"tag": "b", "shortUrlsCount": 2, "visitsSummary": none}));
    let renamed = call(&origin, Method::PUT, "tags", json!({"oldName": "a", "newName": "c"})).await;
    assert_eq!((renamed.status.as_u16(), renamed.body.len()), (204, 0));
    let deleted = call(&origin, Method::DELETE, "tags?tags[]=b&tags[]=none", Value::Null).await;
    assert_eq!(deleted.status.as_u16(), 204);
    assert_eq!(get(&origin, "tags").await.json()["tags"]["data"], json!(["c"]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domains_have_their_redirects(database: PgPool) {
    let origin = start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "a.example"})).await;
    let home = json!({"domain": "a.example", "baseUrlRedirect": "https://home.test/"});
    let edited = call(&origin, Method::PATCH, "domains/redirects", home).await;
    assert_eq!(edited.json()["baseUrlRedirect"], "https://home.test/", "{edited:?}");
    let both = json!({
        "domain": "a.example", "regular404Redirect": "https://gone.test/", "invalidShortUrlRedirect": "https://gone.test/",
    });
    assert_eq!(call(&origin, Method::PATCH, "domains/redirects", both).await.status, StatusCode::OK);
    insta::assert_json_snapshot!("domains", get(&origin, "domains").await.json());
    let one = json!({"domain": "a.example", "regular404Redirect": "https://other.test/"});
    assert_error(&call(&origin, Method::PATCH, "domains/redirects", one).await, 400, "invalid-data");
    let none = json!({"domain": "none.example", "baseUrlRedirect": null});
    let missing = call(&origin, Method::PATCH, "domains/redirects", none).await;
    assert_error(&missing, 404, "domain-not-found");
}

/// Inserts clicks of a link, one a second.
async fn insert_clicks(origin: &Origin, link: &Value, clicks: i32) {
    let insert = sqlx::query(
        "INSERT INTO clicks (time, day, producer, batch, position, link_id, status, head, tier, request, class, country, agent)
         SELECT time, (time AT TIME ZONE 'UTC')::date, $1::uuid, 1, n, $1::uuid, 302, false, 'origin', '', CASE WHEN n % 2 = 0 THEN 'human' ELSE 'bot' END,
                'DE', 'agent ' || n
         FROM (SELECT n, '2026-11-23T12:00:00Z'::timestamptz + n * interval '1 second' AS time
               FROM generate_series(1, $2) AS n) AS new",
    );
    let id = link["id"].as_str().unwrap();
    insert.bind(id).bind(clicks).execute(&origin.analytics).await.unwrap();
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn visits_are_listed_newest_first_with_exact_totals(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "alias": "a", "tags": ["t"]})).await;
    let other = origin.create_link_with(json!({"url": "https://b.test/", "alias": "b"})).await;
    insert_clicks(&origin, &link, 7).await;
    insert_clicks(&origin, &other, 2).await;
    let visits = async |path: &str| get(&origin, path).await.json()["visits"].clone();
    let page = visits("short-urls/a/visits?page=2&itemsPerPage=3").await;
    assert_eq!(page["pagination"]["totalItems"], 7);
    assert_eq!(page["pagination"]["pagesCount"], 3);
    insta::assert_json_snapshot!("visit", page["data"][0]);
    assert_eq!(page["data"][0]["userAgent"], "agent 4");
    let people = visits("short-urls/a/visits?excludeBots=true").await;
    assert_eq!(
        (&people["pagination"]["totalItems"], &people["data"][0]["userAgent"]),
        (&json!(3), &json!("agent 6"))
    );
    let total = async |path: &str| visits(path).await["pagination"]["totalItems"].clone();
    for (path, expected) in [
        ("visits/non-orphan", 9),
        ("tags/t/visits", 7),
        ("domains/DEFAULT/visits", 9),
        ("domains/go.example.com/visits", 9),
        ("short-urls/b/visits?startDate=2026-11-23T12:00:02%2B00:00", 1),
        ("short-urls/b/visits?endDate=2026-11-23T12:00:01%2B00:00", 1),
        ("visits/non-orphan?page=4&itemsPerPage=3", 9),
        ("visits/orphan", 0),
    ] {
        assert_eq!(total(path).await, expected, "{path}");
    }
    let overview = get(&origin, "visits").await.json();
    let none = json!({"total": 0, "nonBots": 0, "bots": 0});
    assert_eq!(overview["visits"], json!({"nonOrphanVisits": none, "orphanVisits": none}));
    let erased = call(&origin, Method::DELETE, "short-urls/a/visits", Value::Null).await;
    assert_eq!(erased.json(), json!({"deletedVisits": 7}));
    assert_eq!(total("visits/non-orphan").await, 2);
    assert_eq!(origin.call(Method::GET, &link_path(&link), Value::Null).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn orphan_visits_are_listed_by_day(database: PgPool) {
    let origin = start(&database).await;
    let rows = sqlx::query(
        "INSERT INTO link_days (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'orphan', '2026-11-22', 'go.example.com/typo', 'person', 2, 0, '{2}', '{}'),
                ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'orphan', '2026-11-23', 'go.example.com/wp/admin', 'probe', 3, 0, '{3}', '{}')",
    );
    rows.execute(&origin.analytics).await.unwrap();
    let orphans = get(&origin, "visits/orphan?itemsPerPage=4").await.json();
    assert_eq!(orphans["visits"]["pagination"]["totalItems"], 5);
    insta::assert_json_snapshot!(
        "orphans",
        json!([orphans["visits"]["data"][0], orphans["visits"]["data"][3]])
    );
    let typos = get(&origin, "visits/orphan?type=invalid_short_url").await.json();
    assert_eq!(typos["visits"]["pagination"]["totalItems"], 2);
    let overview = get(&origin, "visits").await.json();
    assert_eq!(overview["visits"]["orphanVisits"], json!({"total": 5, "nonBots": 2, "bots": 3}));
    let deleted = call(&origin, Method::DELETE, "visits/orphan", Value::Null).await;
    assert_eq!(deleted.json(), json!({"deletedVisits": 5}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn health_needs_no_key_and_pages_may_call(database: PgPool) {
    let origin = start(&database).await;
    for path in ["/rest/health", "/rest/v3/health"] {
        let answer = send(&origin, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("content-type"), "application/health+json");
        assert_eq!((&answer.json()["status"], &answer.json()["version"]), (&json!("pass"), &json!("5.0.0")));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    let preflight =
        Request::options("/rest/v3/short-urls").header("access-control-request-headers", "x-api-key");
    let preflight = send(&origin, preflight.body(Body::empty()).unwrap()).await;
    assert_eq!((preflight.status.as_u16(), preflight.body.len()), (204, 0));
    assert!(preflight.header("access-control-allow-headers").contains("x-api-key"), "{preflight:?}");
    assert!(preflight.header("access-control-allow-methods").contains("DELETE"), "{preflight:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_has_its_rights_and_bounds_here_too(database: PgPool) {
    let origin = start(&database).await;
    let canary = json!({"url": "https://canary.test/", "alias": "canary", "tags": ["canary"]});
    let hidden = origin.create_link_with(canary).await;
    insert_clicks(&origin, &hidden, 3).await;
    let own = json!({"name": "a", "role": "editor", "own_links": true});
    let own = origin.create_key(own).await["key"].as_str().unwrap().to_owned();
    for (path, expected) in [
        ("short-urls", "\"totalItems\":0"),
        ("short-urls/canary", "short-url-not-found"),
        ("short-urls/canary/visits", "short-url-not-found"),
        ("short-urls/canary/redirect-rules", "short-url-not-found"),
        ("tags", "\"data\":[]"),
        ("tags/canary/visits", "tag-not-found"),
        ("visits/non-orphan", "\"totalItems\":0"),
        ("visits/orphan", "\"totalItems\":0"),
        ("visits", "\"total\":0"),
    ] {
        let answer = call_as(&origin, &own, Method::GET, path, Value::Null).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(text.contains(expected) && !text.contains("canary.test"), "{path}: {text}");
    }
    let operations = [
        (Method::GET, "short-urls", "read"),
        (Method::POST, "short-urls", "create"),
        (Method::GET, "short-urls/canary", "read"),
        (Method::PATCH, "short-urls/none", "change"),
        (Method::DELETE, "short-urls/none", "delete"),
        (Method::GET, "short-urls/shorten?longUrl=x", "create"),
        (Method::GET, "short-urls/canary/redirect-rules", "read"),
        (Method::POST, "short-urls/none/redirect-rules", "change"),
        (Method::GET, "short-urls/canary/visits", "statistics"),
        (Method::DELETE, "short-urls/canary/visits", "admin"),
        (Method::GET, "visits", "statistics"),
        (Method::GET, "visits/non-orphan", "statistics"),
        (Method::GET, "visits/orphan", "statistics"),
        (Method::DELETE, "visits/orphan", "admin"),
        (Method::GET, "tags", "read"),
        (Method::GET, "tags/stats", "statistics"),
        (Method::GET, "tags/canary/visits", "statistics"),
        (Method::PUT, "tags", "change"),
        (Method::DELETE, "tags?tags[]=none", "change"),
        (Method::GET, "domains", "read"),
        (Method::GET, "domains/DEFAULT/visits", "statistics"),
        (Method::PATCH, "domains/redirects", "admin"),
        (Method::GET, "mercure-info", ""),
    ];
    for action in ["create", "read", "change", "delete", "statistics"] {
        let key = json!({"name": "a", "role": "editor", "actions": [action], "requests_per_minute": 1_000});
        let key = origin.create_key(key).await["key"].as_str().unwrap().to_owned();
        for (method, path, needed) in &operations {
            let answer = call_as(&origin, &key, method.clone(), path, Value::Null).await;
            let is_allowed = needed.is_empty() || *needed == action;
            assert_eq!(
                answer.status == StatusCode::FORBIDDEN,
                !is_allowed,
                "{method} {path} with {action}: {answer:?}"
            );
        }
    }
    assert_eq!(origin.link(&hidden).await, hidden);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tags_are_forbidden_in_shlinks_words(database: PgPool) {
    let origin = start(&database).await;
    let reader =
        origin.create_key(json!({"name": "a", "role": "reader"})).await["key"].as_str().unwrap().to_owned();
    let answer = call_as(&origin, &reader, Method::DELETE, "tags?tags[]=a", Value::Null).await;
    assert_error(&answer, 403, "forbidden-tag-operation");
    assert_eq!(answer.json()["detail"], "You are not allowed to delete tags");
    assert!(!answer.header("ratelimit").is_empty(), "{answer:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn answer_to_the_edge_has_the_changes(database: PgPool) {
    let origin = start(&database).await;
    let through_edge = |method: Method, path: &str, body: Value| {
        let request = Request::builder().method(method).uri(format!("/rest/v3/{path}"));
        let request = request.header("x-api-key", ADMIN_KEY).header("x-shortline-edge-secret", EDGE_SECRET);
        request.body(Body::from(body.to_string())).unwrap()
    };
    let body = json!({"longUrl": "https://a.test/", "customSlug": "a"});
    let (client, edge) = send(&origin, through_edge(Method::POST, "short-urls", body)).await.parts();
    assert_eq!((&client["shortCode"], &edge["changes"][0]["code"]), (&json!("a"), &json!("a")));
    let deleted = send(&origin, through_edge(Method::DELETE, "short-urls/a", Value::Null)).await;
    let (client, edge) = deleted.parts();
    assert_eq!((client, &edge["changes"][0]["record"]), (Value::Null, &Value::Null));
}
