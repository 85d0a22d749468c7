//! Tests of sessions: signing in and out, and everything that must not work.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, DOMAIN, EDGE_SECRET, NOW, Origin};

const SESSIONS: &str = "/api/v1/sessions";
const CURRENT: &str = "/api/v1/sessions/current";
const PAGE: [(&str, &str); 2] = [("shortline-dashboard", "1"), ("sec-fetch-site", "same-origin")];

async fn send(origin: &Origin, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", DOMAIN);
    }
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    origin.send(request.body(body).unwrap()).await
}

/// The cookie of a new session, as the browser sends it.
async fn sign_in(origin: &Origin, key: &str) -> String {
    let answer = send(origin, Method::POST, SESSIONS, &PAGE, json!({"key": key})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    cookie(&answer)
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn current(origin: &Origin, cookie: &str) -> Answer {
    send(origin, Method::GET, CURRENT, &[("cookie", cookie)], Value::Null).await
}

async fn status(origin: &Origin, cookie: &str) -> u16 {
    current(origin, cookie).await.status.as_u16()
}

async fn in_session(origin: &Origin, cookie: &str, method: Method, path: &str, body: Value) -> Answer {
    let headers = [PAGE[0], PAGE[1], ("cookie", cookie)];
    send(origin, method, path, &headers, body).await
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn release_without_bounds_finds_no_session_of_a_bound_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "Team", "role": "editor", "actions": ["read"]})).await;
    let cookie = sign_in(&origin, key["key"].as_str().unwrap()).await;
    assert_eq!(status(&origin, &cookie).await, 200);
    let token = cookie.split_once('=').unwrap().1;
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions WHERE token_hash = sha256($1::bytea)")
        .bind(token.as_bytes())
        .fetch_one(&origin.links)
        .await
        .unwrap();
    assert_eq!(found, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn session_stands_for_its_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "Team", "role": "editor"})).await;
    let answer = send(&origin, Method::POST, SESSIONS, &PAGE, json!({"key": key["key"]})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!((answer.header("location"), answer.header("cache-control")), (CURRENT, "no-store"));
    let attributes: Vec<_> = answer.header("set-cookie").split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"]);
    let cookie = cookie(&answer);
    let shown = current(&origin, &cookie).await.json();
    assert_eq!(shown, answer.json());
    assert_eq!((&shown["name"], &shown["role"]), (&json!("Team"), &json!("editor")));
    assert_eq!((&shown["key"]["id"], &shown["current"]), (&key["id"], &json!(true)));
    assert_eq!(shown["expires_at"], "2026-11-24T12:00:00.000Z");

    let link = json!({"url": "https://example.com/"});
    let created = in_session(&origin, &cookie, Method::POST, "/api/v1/links", link).await;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    assert!(created.header("ratelimit").starts_with("\"requests\";r=59"), "{created:?}");
    // Neither the cookie nor the key is in the database.
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT sessions::text FROM sessions").fetch_all(&origin.links).await.unwrap();
    let (_, token) = cookie.split_once('=').unwrap();
    assert!(rows.len() == 1 && !rows[0].contains(token) && !rows[0].contains("slk_"), "{rows:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn session_of_a_low_role_may_do_no_more_than_its_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "reader", "requests_per_minute": 1000})).await;
    let cookie = sign_in(&origin, key["key"].as_str().unwrap()).await;
    for route in origin_lambda::router::routes() {
        let path = route.path.replace("{id}", "0198c0de-0000-7000-8000-000000000001");
        let path = path.replace("{name}", "none").replace("{host}", "none.example").replace("{hash}", "00");
        let ends = route.method == Method::DELETE && path.starts_with(SESSIONS);
        if ends || !path.starts_with("/api/v1/") {
            continue;
        }
        let with_key = origin
            .call_as(key["key"].as_str().unwrap(), route.method.clone(), &path, json!({"nonsense": 1}))
            .await;
        let with_session =
            in_session(&origin, &cookie, route.method.clone(), &path, json!({"nonsense": 1})).await;
        if path.starts_with(SESSIONS) {
            continue;
        }
        assert_eq!(with_session.status, with_key.status, "{} {path}", route.method);
        let code = |answer: &Answer| {
            serde_json::from_slice::<Value>(&answer.body).map(|body| body["code"].clone()).unwrap_or_default()
        };
        assert_eq!(code(&with_session), code(&with_key), "{} {path}", route.method);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn session_ends_with_its_time_or_its_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let soon = json!({"name": "a", "role": "reader", "expires_at": "2026-11-24T01:00:00Z"});
    let short = origin.create_key(soon).await;
    let cookie = sign_in(&origin, short["key"].as_str().unwrap()).await;
    assert_eq!(current(&origin, &cookie).await.json()["expires_at"], "2026-11-24T01:00:00.000Z");
    let later = Origin::builder(&database).at(NOW.plus_millis(3_600_000)).start().await;
    current(&later, &cookie).await.assert_problem(401, "invalid_session");

    let long = origin.create_key(json!({"name": "b", "role": "reader"})).await;
    let cookie = sign_in(&origin, long["key"].as_str().unwrap()).await;
    let last = Origin::builder(&database).at(NOW.plus_millis(12 * 3_600_000 - 1)).start().await;
    let over = Origin::builder(&database).at(NOW.plus_millis(12 * 3_600_000)).start().await;
    assert_eq!((status(&last, &cookie).await, status(&over, &cookie).await), (200, 401));

    let path = format!("/api/v1/keys/{}", long["id"].as_str().unwrap());
    origin.call(Method::DELETE, &path, Value::Null).await;
    current(&origin, &cookie).await.assert_problem(401, "invalid_session");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn session_of_a_rotated_key_ends_with_the_grace_period(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "reader"})).await;
    let cookie = sign_in(&origin, key["key"].as_str().unwrap()).await;
    let path = format!("/api/v1/keys/{}/rotate", key["id"].as_str().unwrap());
    let new = origin.call(Method::POST, &path, json!({"grace_seconds": 60})).await.json();
    let other = sign_in(&origin, new["key"].as_str().unwrap()).await;
    let after = Origin::builder(&database).at(NOW.plus_millis(60_000)).start().await;
    assert_eq!((status(&origin, &cookie).await, status(&after, &cookie).await), (200, 401));
    assert_eq!(status(&after, &other).await, 200);
    let list = |answer: Answer| answer.json()["data"].as_array().unwrap().len();
    let listed = send(&after, Method::GET, SESSIONS, &[("cookie", &other)], Value::Null).await;
    assert_eq!(list(listed), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn session_of_the_bootstrap_key_ends_when_it_changes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let cookie = sign_in(&origin, ADMIN_KEY).await;
    let shown = current(&origin, &cookie).await.json();
    assert_eq!((&shown["role"], &shown["key"]), (&json!("admin"), &Value::Null));
    let keys = in_session(&origin, &cookie, Method::GET, "/api/v1/keys", Value::Null).await;
    assert_eq!(keys.status, StatusCode::OK);
    let changed = [("SHORTLINE_ADMIN_KEY", "another-admin-key-of-the-tests")];
    let changed = Origin::builder(&database).config(&changed).start().await;
    current(&changed, &cookie).await.assert_problem(401, "invalid_session");
    let new = sign_in(&changed, "another-admin-key-of-the-tests").await;
    let listed = send(&changed, Method::GET, SESSIONS, &[("cookie", &new)], Value::Null).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn signing_out_ends_this_session_or_all(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "reader"})).await;
    let text = key["key"].as_str().unwrap();
    let [first, second, third] =
        [sign_in(&origin, text).await, sign_in(&origin, text).await, sign_in(&origin, text).await];
    let stranger = sign_in(&origin, ADMIN_KEY).await;
    let listed =
        send(&origin, Method::GET, "/api/v1/sessions?limit=2", &[("cookie", &first)], Value::Null).await;
    let listed = listed.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!([&listed["data"][0]["current"], &listed["data"][1]["current"]], [&json!(true), &json!(false)]);
    let next = format!("/api/v1/sessions?cursor={}", listed["next_cursor"].as_str().unwrap());
    let rest = send(&origin, Method::GET, &next, &[("cookie", &first)], Value::Null).await.json();
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));

    let out = in_session(&origin, &first, Method::DELETE, CURRENT, Value::Null).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").ends_with("; Max-Age=0"), "{out:?}");
    assert_eq!((status(&origin, &first).await, status(&origin, &second).await), (401, 200));
    let out = in_session(&origin, &second, Method::DELETE, SESSIONS, Value::Null).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!((status(&origin, &second).await, status(&origin, &third).await), (401, 401));
    assert_eq!(status(&origin, &stranger).await, 200);
    for method in [Method::GET, Method::DELETE] {
        origin.call(method, CURRENT, Value::Null).await.assert_problem(404, "session_not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn one_session_of_the_own_key_ends(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "reader"})).await;
    let text = key["key"].as_str().unwrap();
    let [own, lost] = [sign_in(&origin, text).await, sign_in(&origin, text).await];
    let stranger = sign_in(&origin, ADMIN_KEY).await;
    let path = async |cookie: &str| {
        let session = current(&origin, cookie).await.json();
        format!("{SESSIONS}/{}", session["id"].as_str().unwrap())
    };
    let [own_path, lost_path, strangers_path] = [path(&own).await, path(&lost).await, path(&stranger).await];
    for path in
        [&strangers_path, "/api/v1/sessions/none", "/api/v1/sessions/00000000-0000-0000-0000-000000000000"]
    {
        let answer = in_session(&origin, &own, Method::DELETE, path, Value::Null).await;
        answer.assert_problem(404, "session_not_found");
    }
    let out = in_session(&origin, &own, Method::DELETE, &lost_path, Value::Null).await;
    assert_eq!((out.status, out.header("set-cookie")), (StatusCode::NO_CONTENT, ""), "the own cookie stays");
    assert_eq!((status(&origin, &lost).await, status(&origin, &own).await), (401, 200));
    let again = in_session(&origin, &own, Method::DELETE, &lost_path, Value::Null).await;
    again.assert_problem(404, "session_not_found");
    let out = in_session(&origin, &own, Method::DELETE, &own_path, Value::Null).await;
    assert!(out.header("set-cookie").ends_with("; Max-Age=0"), "{out:?}");
    assert_eq!((status(&origin, &own).await, status(&origin, &stranger).await), (401, 200));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn cookie_alone_changes_nothing(database: PgPool) {
    let origin = Origin::start(&database).await;
    let cookie = sign_in(&origin, ADMIN_KEY).await;
    let link = || json!({"url": "https://example.com/"});
    for headers in [
        vec![],
        vec![("sec-fetch-site", "same-origin")],
        vec![("shortline-dashboard", "1"), ("sec-fetch-site", "same-site")],
        vec![("shortline-dashboard", "1"), ("sec-fetch-site", "cross-site")],
    ] {
        let headers = [headers, vec![("cookie", cookie.as_str())]].concat();
        for (method, path) in [(Method::POST, "/api/v1/links"), (Method::DELETE, SESSIONS)] {
            let answer = send(&origin, method, path, &headers, link()).await;
            answer.assert_problem(403, "cross_site_request");
        }
    }
    // Not even signing in.
    let answer = send(&origin, Method::POST, SESSIONS, &[], json!({"key": ADMIN_KEY})).await;
    answer.assert_problem(403, "cross_site_request");
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(status(&origin, &cookie).await, 200);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM links").fetch_one(&origin.links).await.unwrap();
    assert_eq!(rows, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn signing_in_never_keeps_the_old_session(database: PgPool) {
    let origin = Origin::start(&database).await;
    let known_to_others = sign_in(&origin, ADMIN_KEY).await;
    let invented = format!("__Host-shortline-session={}", "a".repeat(43));
    for old in [&known_to_others, &invented] {
        let headers = [PAGE[0], PAGE[1], ("cookie", old.as_str())];
        let answer = send(&origin, Method::POST, SESSIONS, &headers, json!({"key": ADMIN_KEY})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        assert_ne!(&cookie(&answer), old);
        current(&origin, old).await.assert_problem(401, "invalid_session");
        assert_eq!(status(&origin, &cookie(&answer)).await, 200);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn sessions_exist_on_the_dashboards_host_only(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("DASHBOARD_HOST", "links.example.com")]).start().await;
    let sign_in_at = async |host: &str| {
        let headers = [PAGE[0], PAGE[1], ("host", host)];
        send(&origin, Method::POST, SESSIONS, &headers, json!({"key": ADMIN_KEY})).await
    };
    sign_in_at(DOMAIN).await.assert_problem(403, "wrong_host");
    sign_in_at("other.example").await.assert_problem(403, "wrong_host");
    let answer = sign_in_at("Links.example.com:443").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let cookie = cookie(&answer);
    let get =
        async |headers: &[(&str, &str)]| send(&origin, Method::GET, CURRENT, headers, Value::Null).await;
    get(&[("cookie", &cookie), ("host", DOMAIN)]).await.assert_problem(401, "missing_key");
    assert_eq!(get(&[("cookie", &cookie), ("host", "links.example.com")]).await.status, 200);

    // The edge says which host the browser asked for, and its word counts with its secret only.
    let forwarded = |host: &'static str, secret: &'static str| {
        [
            ("x-shortline-cookie", cookie.clone()),
            ("x-shortline-host", host.to_owned()),
            ("x-shortline-edge-secret", secret.to_owned()),
        ]
    };
    for (host, secret, status) in [
        ("links.example.com", EDGE_SECRET, 200),
        (DOMAIN, EDGE_SECRET, 401),
        ("links.example.com", "not-the-secret", 401),
    ] {
        let headers = forwarded(host, secret);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(get(&headers).await.status, status, "{host} {secret}");
    }
    assert_eq!(get(&[("x-shortline-cookie", &cookie)]).await.status, 401);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn wrong_keys_open_no_session_and_are_limited(database: PgPool) {
    let origin = Origin::start(&database).await;
    let attempt = async |key: Value| send(&origin, Method::POST, SESSIONS, &PAGE, json!({"key": key})).await;
    attempt(json!("short")).await.assert_problem(401, "invalid_key");
    attempt(json!(7)).await.assert_problem(401, "invalid_key");
    let answer = send(&origin, Method::POST, SESSIONS, &PAGE, json!({})).await;
    answer.assert_problem(422, "missing_field");
    for _ in 0..20 {
        attempt(json!("a-guess-at-the-admin-key")).await.assert_problem(401, "invalid_key");
    }
    let limited = attempt(json!(ADMIN_KEY)).await;
    limited.assert_problem(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), "2");
    // A generated key cannot be guessed, and its holder waits for nobody.
    let key = origin.create_key(json!({"name": "a", "role": "reader"})).await;
    sign_in(&origin, key["key"].as_str().unwrap()).await;
    let later = Origin::builder(&database).at(NOW.plus_millis(2_000)).start().await;
    sign_in(&later, ADMIN_KEY).await;
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn oldest_session_of_a_key_gives_way(database: PgPool) {
    let origin = Origin::start(&database).await;
    let first = sign_in(&origin, ADMIN_KEY).await;
    for _ in 0..99 {
        sign_in(&origin, ADMIN_KEY).await;
    }
    assert_eq!(status(&origin, &first).await, 200);
    sign_in(&origin, ADMIN_KEY).await;
    assert_eq!(status(&origin, &first).await, 401);
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&origin.links).await.unwrap();
    assert_eq!(rows, 100);
}
