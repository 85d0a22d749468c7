//! Tests of blocked hosts: new links, existing links, and links that are created concurrently.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{EDGE_SECRET, Origin, link_path};

const BLOCKED: &str = "/api/v1/blocked-hosts";

pub async fn block(origin: &Origin, body: Value) -> Value {
    let answer = origin.call(Method::POST, BLOCKED, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

async fn unblock(origin: &Origin, host: &str) {
    let answer = origin.call(Method::DELETE, &format!("{BLOCKED}/{host}"), Value::Null).await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0), "{answer:?}");
}

/// Which of the links are blocked.
async fn blocked(origin: &Origin, links: &[Value]) -> Vec<bool> {
    let mut all = Vec::new();
    for link in links {
        let link = origin.link(link).await;
        let state = origin.resolve(link["code"].as_str().unwrap()).await.json()["record"]["state"].clone();
        let is_blocked = link["state"] == "blocked";
        assert_eq!(state == "disabled", is_blocked, "{link}");
        all.push(is_blocked);
    }
    all
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn blocked_host_is_listed_and_rejects_new_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    let entry = block(&origin, json!({"host": "Evil.Example.", "reason": "phishing"})).await;
    let mut shown = json!({
        "host": "evil.example", "subdomains": true, "reason": "phishing", "created_at": "2026-11-24T00:00:00.000Z",
        "applied": true,
    });
    assert_eq!(entry, shown);
    block(&origin, json!({"host": "bücher.example", "subdomains": false})).await;
    shown.as_object_mut().unwrap().remove("applied");
    let list = origin.call(Method::GET, BLOCKED, Value::Null).await.json();
    assert_eq!((&list["data"][0], &list["data"][1]["host"]), (&shown, &json!("xn--bcher-kva.example")));

    let good = "https://example.com/";
    for (body, field) in [
        (json!({"url": "https://evil.example/x"}), "url"),
        (json!({"url": "https://a.b.EVIL.example:8443/x"}), "url"),
        (json!({"url": "https://xn--bcher-kva.example./"}), "url"),
        (json!({"url": good, "expired_url": "http://evil.example"}), "expired_url"),
        (json!({"url": good, "rules": [{"url": "http://evil.example"}]}), "rules[0].url"),
    ] {
        let answer = origin.create(body.to_string()).await;
        answer.assert_problem(422, "invalid_url");
        assert_eq!(answer.invalid_fields(), [field], "{body}");
    }
    for url in ["https://notevil.example", "https://a.bücher.example", "https://example/evil.example"] {
        origin.create_link_with(json!({"url": url})).await;
    }
    let again = origin.call(Method::POST, BLOCKED, json!({"host": "evil.example"})).await;
    again.assert_problem(409, "host_taken");

    unblock(&origin, "EVIL.example").await;
    origin.create_link_with(json!({"url": "https://evil.example/x"})).await;
    let gone = origin.call(Method::DELETE, &format!("{BLOCKED}/evil.example"), Value::Null).await;
    gone.assert_problem(404, "host_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn blocked_ip_address_matches_every_spelling(database: PgPool) {
    let origin = Origin::start(&database).await;
    let spellings = [
        "198.51.100.77",
        "0xC6.51.100.77",
        "[::ffff:198.51.100.77]",
        "[64:ff9b::c633:644d]",
        "[2002:c633:644d::1]",
        "[::198.51.100.77]",
    ];
    let urls = spellings.map(|host| format!("http://{host}/x"));
    let mut links = Vec::new();
    for url in &urls {
        links.push(origin.create_link_with(json!({"url": url})).await);
    }
    assert_eq!(block(&origin, json!({"host": "[::ffff:198.51.100.77]"})).await["host"], "198.51.100.77");
    assert_eq!(blocked(&origin, &links).await, [true; 6]);
    for url in &urls {
        let answer = origin.create(json!({"url": url}).to_string()).await;
        answer.assert_problem(422, "invalid_url");
        assert_eq!(answer.invalid_fields(), ["url"], "{url}");
    }
    origin
        .call(Method::POST, BLOCKED, json!({"host": "198.51.100.77."}))
        .await
        .assert_problem(409, "host_taken");
    unblock(&origin, "%5B64:ff9b::c633:644d%5D").await;
    assert_eq!(blocked(&origin, &links).await, [false; 6]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn existing_links_are_blocked_and_unblocked_with_their_hosts(database: PgPool) {
    let origin = Origin::start(&database).await;
    let good = "https://example.com/";
    let evil = "https://a.evil.example/";
    let split = json!([{"weight": 1, "url": good}, {"weight": 1, "url": evil}]);
    let links = [
        origin.create_link_with(json!({"url": evil})).await,
        origin.create_link_with(json!({"url": good, "expired_url": evil})).await,
        origin
            .create_link_with(json!({"url": good, "rules": [{"if": {"country": "DE"}, "url": evil}]}))
            .await,
        origin.create_link_with(json!({"url": good, "rules": [{"split": split}]})).await,
        origin.create_link_with(json!({"url": good})).await,
        origin.create_link_with(json!({"url": "https://a-evil.example"})).await,
    ];
    let all_evil = [true, true, true, true, false, false];
    block(&origin, json!({"host": "evil.example", "subdomains": false})).await;
    assert_eq!(blocked(&origin, &links).await, [false; 6]);
    block(&origin, json!({"host": "a.evil.example", "subdomains": false})).await;
    assert_eq!(blocked(&origin, &links).await, all_evil);
    block(&origin, json!({"host": "example", "subdomains": true})).await;
    assert_eq!(blocked(&origin, &links).await, [true, true, true, true, false, true]);
    unblock(&origin, "a.evil.example").await;
    assert_eq!(blocked(&origin, &links).await, [true, true, true, true, false, true]);
    unblock(&origin, "example").await;
    assert_eq!(blocked(&origin, &links).await, [false; 6]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn change_of_a_blocked_link_is_checked_for_its_own_fields(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://bad.example/"})).await;
    origin
        .create_link_with(json!({"url": "https://example.com/", "alias": "taken", "external_id": "known"}))
        .await;
    block(&origin, json!({"host": "bad.example"})).await;
    let path = link_path(&link);
    for (patch, status, code) in [
        (json!({"alias": "taken"}), 409, "alias_taken"),
        (json!({"external_id": "known"}), 409, "external_id_taken"),
        (json!({"url": "https://bad.example:8080/", "alias": "taken"}), 409, "alias_taken"),
        (json!({"expired_url": "https://go.example.com/x"}), 422, "invalid_expired_url"),
    ] {
        origin.call(Method::PATCH, &path, patch).await.assert_problem(status, code);
    }
    let renamed = origin.call(Method::PATCH, &path, json!({"alias": "free"})).await;
    assert_eq!((renamed.status, &renamed.json()["state"]), (StatusCode::OK, &json!("blocked")));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn blocked_link_has_a_new_unpublished_revision(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = [
        origin.create_link_with(json!({"url": "https://evil.example/"})).await,
        origin.create_link_with(json!({"url": "https://example.com/"})).await,
    ];
    sqlx::query("UPDATE publications SET published_revision = revision")
        .execute(&origin.links)
        .await
        .unwrap();
    let waiting = async || {
        sqlx::query_as::<_, (String, i64)>(
            "SELECT code, revision FROM publications WHERE published_revision IS DISTINCT FROM revision",
        )
        .fetch_all(&origin.links)
        .await
        .unwrap()
    };
    block(&origin, json!({"host": "evil.example"})).await;
    let shown = origin.link(&links[0]).await;
    let revision = shown["revision"].as_i64().unwrap();
    assert!(revision > links[1]["revision"].as_i64().unwrap());
    assert_eq!(shown["published_revision"], links[0]["revision"]);
    assert_eq!(waiting().await, [(shown["code"].as_str().unwrap().to_owned(), revision)]);
    // The link is already blocked, so nothing changes.
    block(&origin, json!({"host": "www.evil.example"})).await;
    block(&origin, json!({"host": "example.org"})).await;
    assert_eq!(origin.link(&links[0]).await, shown);
    assert_eq!(origin.link(&links[1]).await["revision"], links[1]["revision"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn create_that_races_with_blocking_its_host_is_blocked(database: PgPool) {
    let origin = Origin::start(&database).await;
    // A create of the same name waits for this transaction after it has checked the host.
    let mut conflicting = origin.links.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, created_at, updated_at)
         VALUES ('go.example.com', 'contended', 'https://example.com/', 302, now(), now())",
    )
    .execute(&mut *conflicting)
    .await
    .unwrap();
    let creating = tokio::spawn({
        let origin = origin.clone();
        async move { origin.create_link_with(json!({"url": "https://evil.example/", "alias": "contended"})).await }
    });
    origin.wait_for_blocked_statements(1, || creating.is_finished()).await;
    let blocking = tokio::spawn({
        let origin = origin.clone();
        async move { block(&origin, json!({"host": "evil.example"})).await }
    });
    origin.wait_for_blocked_statements(2, || blocking.is_finished()).await;
    conflicting.rollback().await.unwrap();
    let link = creating.await.unwrap();
    blocking.await.unwrap();
    assert_eq!(blocked(&origin, &[link]).await, [true]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_changed_during_a_sweep_is_checked_again(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://evil.example/"})).await;
    let mut writer = origin.links.begin().await.unwrap();
    sqlx::query("UPDATE links SET title = 'changed', revision = DEFAULT")
        .execute(&mut *writer)
        .await
        .unwrap();
    let blocking = tokio::spawn({
        let origin = origin.clone();
        async move { block(&origin, json!({"host": "evil.example"})).await }
    });
    origin.wait_for_blocked_statements(1, || blocking.is_finished()).await;
    writer.commit().await.unwrap();
    assert_eq!(blocking.await.unwrap()["applied"], true);
    let shown = origin.link(&link).await;
    assert_eq!((&shown["state"], &shown["title"]), (&json!("blocked"), &json!("changed")));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_creates_and_blocks_leave_no_wrong_state(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let creating: Vec<_> = (0..6)
        .map(|caller| {
            let origin = origins[caller % 2].clone();
            tokio::spawn(async move {
                for number in 0..40 {
                    let url = format!("https://host{}.example/", number % 4);
                    let answer = origin.create(json!({"url": url}).to_string()).await;
                    assert!(matches!(answer.status.as_u16(), 201 | 422), "{answer:?}");
                }
            })
        })
        .collect();
    for round in 0..5 {
        for host in ["host0.example", "host1.example"] {
            block(&origins[round % 2], json!({"host": host})).await;
        }
        for host in ["host0.example", "host1.example"] {
            unblock(&origins[(round + 1) % 2], host).await;
        }
    }
    block(&origins[0], json!({"host": "host0.example"})).await;
    block(&origins[1], json!({"host": "host2.example"})).await;
    for creating in creating {
        creating.await.unwrap();
    }
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM links WHERE blocked <> (hosts && ARRAY['host0.example', 'host2.example'] COLLATE \"C\")",
    )
    .fetch_one(&origins[0].links)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn sweep_covers_more_links_than_one_transaction(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, created_at, updated_at, hosts)
         SELECT 'go.example.com', 'l' || n, 'https://x.example/', 302, now(), now(), ARRAY['x' || n % 3 || '.example']
         FROM generate_series(1, 12000) n",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    assert_eq!(block(&origin, json!({"host": "x0.example"})).await["applied"], true);
    let count = async |condition: &'static str| {
        let count: i64 = sqlx::query_scalar(condition).fetch_one(&origin.links).await.unwrap();
        count
    };
    assert_eq!(count("SELECT count(*) FROM links WHERE blocked").await, 4_000);
    assert_eq!(count("SELECT count(*) FROM publications").await, 4_000);
    assert_eq!(count("SELECT count(*) FROM host_sweep WHERE judged_to IS NULL").await, 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn pulling_changes_continues_an_unfinished_sweep(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://evil.example/"})).await;
    // The state after a request that ended before its sweep.
    sqlx::query("INSERT INTO blocked_hosts VALUES ('evil.example', true, NULL, now())")
        .execute(&origin.links)
        .await
        .unwrap();
    sqlx::query("UPDATE host_sweep SET judged_to = '00000000-0000-0000-0000-000000000000'")
        .execute(&origin.links)
        .await
        .unwrap();
    let pull = Request::get("/internal/v1/changes").header("x-shortline-edge-secret", EDGE_SECRET);
    let changes = origin.send(pull.body(Body::empty()).unwrap()).await.json();
    assert_eq!(changes["changes"][0]["record"]["state"], "disabled", "{changes}");
    assert_eq!(blocked(&origin, &[link]).await, [true]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_blocked_host_field_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"host": "evil.example"});
        body[name] = value;
        body
    };
    let mut cases = vec![(json!({}), "missing_field", "host")];
    for value in [json!(null), json!(1), json!(""), json!("https://evil.example"), json!("a/b"), json!("\0")]
    {
        cases.push((with("host", value), "invalid_host", "host"));
    }
    cases.push((with("host", json!(format!("{}.example", "a.".repeat(200)))), "invalid_host", "host"));
    for value in [json!(0), json!("true"), json!([]), json!({})] {
        cases.push((with("subdomains", value), "invalid_subdomains", "subdomains"));
    }
    for value in [json!(1), json!("x".repeat(201)), json!("a\0b"), json!("a\nb"), json!(["a"])] {
        cases.push((with("reason", value), "invalid_reason", "reason"));
    }
    cases.push((with("hosts", json!([])), "unknown_field", "hosts"));
    for (body, code, field) in cases {
        let answer = origin.call(Method::POST, BLOCKED, body.clone()).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), [field], "{body}");
    }
    for host in ["%00", "%FF", "a%2Fb", "none.example"] {
        let answer = origin.call(Method::DELETE, &format!("{BLOCKED}/{host}"), Value::Null).await;
        answer.assert_problem(404, "host_not_found");
    }
    let list = origin.call(Method::GET, BLOCKED, Value::Null).await.json();
    assert_eq!(list, json!({"data": [], "next_cursor": null}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn blocked_hosts_are_paged_by_name(database: PgPool) {
    let origin = Origin::start(&database).await;
    for host in ["c.example", "a.example", "b.example"] {
        block(&origin, json!({"host": host})).await;
    }
    let first = origin.call(Method::GET, &format!("{BLOCKED}?limit=2"), Value::Null).await.json();
    assert_eq!(
        (&first["data"][0]["host"], &first["data"][1]["host"]),
        (&json!("a.example"), &json!("b.example"))
    );
    let next = format!("{BLOCKED}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = origin.call(Method::GET, &next, Value::Null).await.json();
    assert_eq!((&second["data"][0]["host"], &second["next_cursor"]), (&json!("c.example"), &Value::Null));
}
