//! Tests of what imports do with names that are taken, by policy and by key, and in a dry run.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, Origin, cipher, link_path};
use crate::imports::{
    IMPORTS, URL, alias, count, dry_run, open, open_as, outcomes, path, row, send, send_as,
};
use crate::webhooks::create_webhook;

#[sqlx::test(migrator = "crate::LINKS")]
async fn taken_alias_is_treated_as_the_import_says(database: PgPool) {
    let origin = Origin::start(&database).await;
    let there = json!({"url": "https://there.example/", "alias": "a", "title": "There", "tags": ["kept"]});
    let there = origin.create_link_with(there).await;
    origin.create_link_with(json!({"url": "https://there.example/", "alias": "a-3"})).await;
    let rows = [
        row("1", json!({"url": "https://one.example/", "alias": "a", "title": "One"})),
        row("2", json!({"url": "https://two.example/", "alias": "a", "title": "Two"})),
        // The same as what is there.
        row("3", json!({"url": "https://there.example/", "alias": "a", "tags": ["kept"]})),
        alias("4", "free", "https://four.example/"),
        alias("5", "free", "https://five.example/"),
    ];
    for (policy, expected) in [
        (
            "fail",
            [
                "failed - alias_taken",
                "failed - alias_taken",
                "skipped a -",
                "created free -",
                "failed - alias_taken",
            ],
        ),
        ("skip", ["skipped a -", "skipped a -", "skipped a -", "skipped free -", "skipped free -"]),
        ("suffix", ["created a-2 -", "created a-4 -", "skipped a -", "skipped free -", "created free-2 -"]),
        ("replace", ["replaced a -", "replaced a -", "replaced a -", "skipped free -", "replaced free -"]),
    ] {
        let import = open(&origin, policy).await;
        let preview = dry_run(&origin, &import, &rows).await;
        let answer = send(&origin, &import, &rows).await;
        assert_eq!(outcomes(&answer), expected, "{policy}");
        let verdicts = |answer: &Value| {
            let results = answer["results"].as_array().unwrap();
            results
                .iter()
                .map(|row| (row["verdict"].clone(), row["renamed_from"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(verdicts(&preview), verdicts(&answer), "{policy}");
        assert_eq!(preview["counts"], answer["counts"], "{policy}");
        if policy == "skip" {
            assert_eq!(answer["results"][0]["link"]["id"], there["id"]);
        }
        if policy == "suffix" {
            assert_eq!(answer["results"][1]["renamed_from"], "a");
            assert_eq!(origin.link(&answer["results"][1]["link"]).await["title"], "Two");
        }
        if policy != "replace" {
            assert_eq!(origin.link(&there).await, there, "{policy}");
        }
    }
    let replaced = origin.link(&there).await;
    assert_eq!((&replaced["url"], &replaced["title"]), (&json!("https://there.example/"), &json!("Two")));
    assert_eq!((&replaced["tags"], &replaced["created_at"]), (&json!(["kept"]), &there["created_at"]));
    let history = origin.get(&format!("{}/history", link_path(&there))).await.json();
    let changed: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(changed, ["changed", "changed", "changed", "created"]);
    assert_eq!(history["data"][0]["bulk"]["change"]["source"], "csv");
    assert_eq!(origin.resolve("a").await.json()["record"]["url"], "https://there.example/");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn replaced_link_keeps_external_ids_unique(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (alias, id) in [("a", "1"), ("b", "2"), ("c", "3")] {
        origin
            .create_link_with(json!({"url": "https://there.example/", "alias": alias, "external_id": id}))
            .await;
    }
    let import = open(&origin, "replace").await;
    let rows = [
        row("1", json!({"url": URL, "alias": "a", "external_id": "2"})),
        row("2", json!({"url": URL, "alias": "b", "external_id": "2"})),
        row("3", json!({"url": URL, "alias": "c"})),
        row("4", json!({"url": URL, "alias": "d", "external_id": "3"})),
        row("5", json!({"url": "https://there.example/", "alias": "b", "external_id": "2"})),
    ];
    let answer = send(&origin, &import, &rows).await;
    let expected = [
        "failed - external_id_taken",
        "replaced b -",
        "replaced c -",
        "failed - external_id_taken",
        "replaced b -",
    ];
    assert_eq!(outcomes(&answer), expected);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn taken_external_id_splits_no_event_of_replaced_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    create_webhook(&origin, json!({"url": "https://receiver.example/", "events": ["link.updated"]})).await;
    for (alias, id) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")] {
        origin
            .create_link_with(json!({"url": "https://there.example/", "alias": alias, "external_id": id}))
            .await;
    }
    let import = open(&origin, "replace").await;
    let rows = [
        row("1", json!({"url": URL, "alias": "a", "external_id": "5"})),
        row("2", json!({"url": URL, "alias": "b", "external_id": "1"})),
        row("3", json!({"url": URL, "alias": "c"})),
        row("4", json!({"url": URL, "alias": "d", "external_id": "5"})),
    ];
    let expected =
        ["replaced a -", "failed - external_id_taken", "replaced c -", "failed - external_id_taken"];
    assert_eq!(outcomes(&send(&origin, &import, &rows).await), expected);
    let written: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM webhook_messages),
                (SELECT count(*) FROM audit_entries WHERE bulk->>'count' = '2' AND part_of IS NULL)",
    )
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!(written, (1, 1));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_of_a_newer_release_stops_no_other_row(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.create_link_with(json!({"url": URL, "alias": "a"})).await;
    sqlx::query("UPDATE links SET url = 'mailto:nobody'").execute(&database).await.unwrap();
    for (policy, expected) in [
        ("fail", "failed - alias_taken"),
        ("skip", "skipped - -"),
        ("suffix", "created a-2 -"),
        ("replace", "failed - alias_taken"),
    ] {
        let import = open(&origin, policy).await;
        let rows = [alias("1", "a", URL), alias("2", policy, URL)];
        let answer = send(&origin, &import, &rows).await;
        assert_eq!(outcomes(&answer), [expected.to_owned(), format!("created {policy} -")], "{policy}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn imports_with_the_same_names_do_not_fail(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (first, second) = (open(&origin, "suffix").await, open(&origin, "suffix").await);
    let rows = |site: &str| {
        let url = format!("https://{site}.example/");
        (0..200).map(|n| alias(&n.to_string(), &format!("name-{}", n / 4), &url)).collect::<Vec<_>>()
    };
    let (ours, theirs) = (rows("ours"), rows("theirs"));
    let (one, other) = tokio::join!(send(&origin, &first, &ours), send(&origin, &second, &theirs));
    assert_eq!((&one["counts"]["failed"], &other["counts"]["failed"]), (&json!(0), &json!(0)));
    // Four times the same row: one link, and three that are there.
    assert_eq!(
        one["counts"]["created"].as_i64().unwrap() + other["counts"]["created"].as_i64().unwrap(),
        count(&origin, "links").await
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn dry_run_writes_and_spends_nothing(database: PgPool) {
    let origin = Origin::start(&database).await;
    create_webhook(
        &origin,
        json!({"url": "https://receiver.example/", "events": ["link.created", "link.updated"]}),
    )
    .await;
    let there = origin.create_link_with(json!({"url": "https://there.example/", "alias": "a"})).await;
    let import = open(&origin, "replace").await;
    let tables = ["links", "import_rows", "publications", "audit_entries"];
    let mut before = Vec::new();
    for table in tables {
        before.push(count(&origin, table).await);
    }
    let messages = async || {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM webhook_messages")
            .fetch_one(&origin.links)
            .await
            .unwrap()
    };
    let (next_id, sent) = (origin.next_id().await, messages().await);
    let mut rows = vec![
        alias("1", "a", URL),
        alias("2", "b", URL),
        alias("3", "b", "https://other.example/"),
        alias("4", "b", "https://other.example/"),
        row("5", json!({"url": "nonsense"})),
        row("6", json!({"url": URL, "reuse": true})),
        row("6", json!({"url": URL})),
    ];
    rows.extend((10..300).map(|n| row(&n.to_string(), json!({"url": URL}))));
    let answer = dry_run(&origin, &import, &rows).await;
    let expected = [
        "replaced a -",
        "created - -",
        "replaced - -",
        "skipped - -",
        "failed - invalid_url",
        "created - -",
        "created - - repeated",
    ];
    assert_eq!(outcomes(&answer)[..7], expected);
    assert_eq!(answer["dry_run"], true);
    for (table, rows) in tables.into_iter().zip(before) {
        assert_eq!(count(&origin, table).await, rows, "{table}");
    }
    assert_eq!((origin.next_id().await, messages().await), (next_id, sent));
    assert_eq!(origin.link(&there).await, there);
    assert_eq!(origin.get(&path(&import, "")).await.json(), import);
    // Nothing of it is left in the pool of unused codes either.
    let link = origin.create_link("https://later.example/").await;
    let code = link["code"].as_str().unwrap().parse().unwrap();
    assert!(cipher().id(&code) < 1_000, "{link}");
    let earnest = send(&origin, &import, &rows).await;
    assert_eq!(earnest["counts"], answer["counts"]);
    let preview = dry_run(&origin, &import, &rows[1..2]).await;
    assert_eq!(outcomes(&preview), ["created b - repeated"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn edge_gets_the_written_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.create_link_with(json!({"url": "https://there.example/", "alias": "a"})).await;
    let import = open(&origin, "replace").await;
    let rows = json!([alias("1", "a", URL), alias("2", "b", URL), alias("3", "b", "https://c.example/")]);
    let dry = json!({"rows": rows, "dry_run": true});
    let rows = json!({"rows": rows});
    let send = async |body: &Value| {
        origin.call_through_edge(Method::POST, &path(&import, "/rows"), body.clone()).await
    };
    let has_no_changes = |answer: &Answer| answer.header("x-shortline-client-bytes").is_empty();
    assert!(has_no_changes(&send(&dry).await));
    // The first answer may have been lost on its way to the edge.
    for verdict in ["first", "repeated"] {
        let (client, edge) = send(&rows).await.parts();
        assert_eq!(client["counts"]["replaced"], 2);
        let changes = edge["changes"].as_array().unwrap().iter();
        let mut changes: Vec<_> = changes
            .map(|change| (change["code"].as_str().unwrap(), change["record"]["url"].as_str().unwrap()))
            .collect();
        changes.sort_unstable();
        assert_eq!(changes, [("a", URL), ("b", "https://c.example/")], "{verdict}");
    }
    sqlx::query("UPDATE publications SET published_revision = revision").execute(&database).await.unwrap();
    assert!(has_no_changes(&send(&rows).await));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn import_exists_for_its_key_and_administrators(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = async |role: &str| {
        let key = origin.create_key(json!({"name": role, "role": role})).await;
        (key["id"].clone(), key["key"].as_str().unwrap().to_owned())
    };
    let ((id, owner), (_, other), (_, admin)) =
        (key("editor").await, key("editor").await, key("admin").await);
    let import = open_as(&origin, &owner, "fail").await;
    assert_eq!(import["created_by"], id);
    let rows = json!({"rows": [row("1", json!({"url": URL}))]});
    for (key, is_visible) in [(&owner, true), (&other, false), (&admin, true)] {
        let expected = if is_visible { 200 } else { 404 };
        assert_eq!(send_as(&origin, key, &import, rows.clone()).await.status, expected);
        for rest in ["", "/failures"] {
            assert_eq!(
                origin.call_as(key, Method::GET, &path(&import, rest), Value::Null).await.status,
                expected
            );
        }
        let finish = origin.call_as(key, Method::POST, &path(&import, "/finish"), Value::Null).await;
        assert_eq!(finish.status, expected);
        let listed = origin.call_as(key, Method::GET, IMPORTS, Value::Null).await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), usize::from(is_visible));
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bound_key_imports_within_its_bounds(database: PgPool) {
    let origin = Origin::start(&database).await;
    let theirs = origin.create_link_with(json!({"url": URL, "alias": "theirs"})).await;
    let key = async |bounds: Value| {
        let mut body = json!({"name": "bound", "role": "editor"});
        body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        origin.create_key(body).await["key"].as_str().unwrap().to_owned()
    };
    let (own, create) = (key(json!({"own_links": true})).await, key(json!({"actions": ["create"]})).await);
    let answer = origin
        .call_as(&create, Method::POST, IMPORTS, json!({"source": "csv", "on_conflict": "replace"}))
        .await;
    answer.assert_problem(403, "forbidden");
    let statistics = key(json!({"actions": ["statistics"]})).await;
    let answer = origin.call_as(&statistics, Method::POST, IMPORTS, json!({"source": "csv"})).await;
    answer.assert_problem(403, "forbidden");
    // What others have there is neither shown nor compared.
    for (name, key, policy, expected) in [
        ("own-1", &own, "fail", "failed - alias_taken"),
        ("own-2", &own, "skip", "skipped - -"),
        ("own-3", &own, "replace", "failed - alias_taken"),
        ("own-4", &create, "fail", "failed - alias_taken"),
        ("own-5", &create, "skip", "skipped - -"),
    ] {
        let import = open_as(&origin, key, policy).await;
        let rows = json!({"rows": [alias("1", "theirs", URL), alias("2", name, URL)]});
        let answer = send_as(&origin, key, &import, rows).await.json();
        assert_eq!(outcomes(&answer)[0], expected, "{policy}");
        assert_eq!(answer["results"][1]["verdict"], "created", "{policy}: {answer}");
        // Its own link it knows.
        let again = open_as(&origin, key, policy).await;
        let rows = json!({"rows": [alias("1", name, URL)]});
        let answer = send_as(&origin, key, &again, rows).await.json();
        assert_eq!(outcomes(&answer), [format!("skipped {name} -")]);
    }
    assert_eq!(origin.link(&theirs).await, theirs);
    let domains = origin.call(Method::POST, "/api/v1/domains", json!({"host": "ours.example"})).await;
    assert_eq!(domains.status, 201);
    let key = key(json!({"domains": ["ours.example"]})).await;
    let import = open_as(&origin, &key, "fail").await;
    let rows = [row("1", json!({"url": URL})), row("2", json!({"url": URL, "domain": DOMAIN}))];
    let answer = send_as(&origin, &key, &import, json!({"rows": rows})).await.json();
    assert_eq!(answer["results"][0]["link"]["domain"], "ours.example");
    assert_eq!(answer["results"][1]["problem"]["code"], "invalid_domain");
}
