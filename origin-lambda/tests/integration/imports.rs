//! Tests of `/api/v1/imports`: verdicts, repetitions, failures, events and the audit.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, DOMAIN, NOW, Origin, link_path};
use crate::webhooks::create_webhook;

pub const IMPORTS: &str = "/api/v1/imports";
pub const URL: &str = "https://example.com/";

pub async fn open(origin: &Origin, on_conflict: &str) -> Value {
    open_as(origin, ADMIN_KEY, on_conflict).await
}

pub async fn open_as(origin: &Origin, key: &str, on_conflict: &str) -> Value {
    let body = json!({"source": "csv", "on_conflict": on_conflict});
    let answer = origin.call_as(key, Method::POST, IMPORTS, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

pub fn path(import: &Value, rest: &str) -> String {
    format!("{IMPORTS}/{}{rest}", import["id"].as_str().unwrap())
}

pub async fn send_as(origin: &Origin, key: &str, import: &Value, body: Value) -> Answer {
    origin.call_as(key, Method::POST, &path(import, "/rows"), body).await
}

pub async fn send(origin: &Origin, import: &Value, rows: &[Value]) -> Value {
    let answer = send_as(origin, ADMIN_KEY, import, json!({"rows": rows})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub async fn dry_run(origin: &Origin, import: &Value, rows: &[Value]) -> Value {
    let answer = send_as(origin, ADMIN_KEY, import, json!({"dry_run": true, "rows": rows})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub fn row(id: &str, link: Value) -> Value {
    json!({"row_id": id, "link": link})
}

pub fn alias(id: &str, alias: &str, url: &str) -> Value {
    row(id, json!({"url": url, "alias": alias}))
}

/// Verdict, code of the link and of the problem of each row.
pub fn outcomes(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |result: &Value| {
        let repeated = if result["repeated"] == true { " repeated" } else { "" };
        let code = text(&result["link"]["code"]);
        format!("{} {code} {}{repeated}", text(&result["verdict"]), text(&result["problem"]["code"]))
    };
    answer["results"].as_array().unwrap().iter().map(line).collect()
}

pub async fn count(origin: &Origin, table: &str) -> i64 {
    let query = match table {
        "links" => "SELECT count(*) FROM links",
        "import_rows" => "SELECT count(*) FROM import_rows",
        "publications" => "SELECT count(*) FROM publications",
        _ => "SELECT count(*) FROM audit_entries",
    };
    sqlx::query_scalar(query).fetch_one(&origin.links).await.unwrap()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn import_is_opened_read_listed_and_finished(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"source": "bitly", "on_conflict": "skip", "title": " Old links "});
    let answer = origin.call(Method::POST, IMPORTS, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let first = answer.json();
    assert_eq!(answer.header("location"), path(&first, ""));
    assert_eq!(
        first,
        json!({
            "id": first["id"], "source": "bitly", "on_conflict": "skip", "title": "Old links",
            "created_at": "2026-11-24T00:00:00.000Z", "created_by": null,
            "counts": {
                "rows": 0, "created": 0, "replaced": 0, "skipped": 0, "failed": 0, "visits": 0, "skipped_visits": 0, "days": 0,
            },
            "visit_calls": 0, "last_row_at": null, "finished_at": null,
        })
    );
    let second = origin.call(Method::POST, IMPORTS, json!({"source": "csv"})).await.json();
    assert_eq!((&second["on_conflict"], &second["title"]), (&json!("fail"), &Value::Null));
    assert_eq!(origin.get(IMPORTS).await.json()["data"], json!([second, first]));
    let page = origin.get(&format!("{IMPORTS}?limit=1")).await.json();
    assert_eq!(page["data"], json!([second]));
    let next = format!("{IMPORTS}?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(origin.get(&next).await.json(), json!({"data": [first], "next_cursor": null}));

    let rows = [row("1", json!({"url": URL})), row("2", json!({"url": "nonsense"}))];
    send(&origin, &first, &rows).await;
    let read = origin.get(&path(&first, "")).await.json();
    let counts = json!({
        "rows": 2, "created": 1, "replaced": 0, "skipped": 0, "failed": 1, "visits": 0, "skipped_visits": 0, "days": 0,
    });
    assert_eq!((&read["counts"], &read["last_row_at"]), (&counts, &json!("2026-11-24T00:00:00.000Z")));
    let finished = origin.call(Method::POST, &path(&first, "/finish"), Value::Null).await;
    assert_eq!(finished.json()["finished_at"], "2026-11-24T00:00:00.000Z");
    assert_eq!(origin.get(&path(&first, "")).await.json(), finished.json());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_import_or_rows_are_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({"source": "other.example"}), "invalid_source"),
        (json!({"source": "csv", "on_conflict": "merge"}), "invalid_on_conflict"),
        (json!({"source": "csv", "title": "x".repeat(201)}), "invalid_title"),
        (json!({"source": "csv", "counts": {}}), "unknown_field"),
    ] {
        origin.call(Method::POST, IMPORTS, body).await.assert_problem(422, code);
    }
    let import = open(&origin, "fail").await;
    let too_many = vec![row("1", json!({"url": URL})); 1_001];
    for (body, code, fields) in [
        (json!({}), "missing_field", vec!["rows"]),
        (json!({"rows": []}), "invalid_rows", vec!["rows"]),
        (json!({"rows": too_many}), "invalid_rows", vec!["rows"]),
        (json!({"rows": [row("1", json!({}))], "dry_run": 1}), "invalid_dry_run", vec!["dry_run"]),
        (
            json!({"rows": [{"link": {}}, row("1", json!({})), 1, row("", json!({}))]}),
            "invalid_rows",
            vec!["rows[0].row_id", "rows[2]", "rows[3].row_id"],
        ),
    ] {
        let answer = send_as(&origin, ADMIN_KEY, &import, body).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), fields);
    }
    assert_eq!(count(&origin, "import_rows").await, 0);
    for id in ["none", "0198c0de-0000-7000-8000-000000000001"] {
        let import = json!({"id": id});
        let rows = json!({"rows": [row("1", json!({"url": URL}))]});
        send_as(&origin, ADMIN_KEY, &import, rows).await.assert_problem(404, "import_not_found");
        for rest in ["", "/failures"] {
            origin.get(&path(&import, rest)).await.assert_problem(404, "import_not_found");
        }
        let finish = origin.call(Method::POST, &path(&import, "/finish"), Value::Null).await;
        finish.assert_problem(404, "import_not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_row_is_written_or_fails_by_itself(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query("INSERT INTO blocked_hosts VALUES ('bad.example', true, NULL, now())")
        .execute(&origin.links)
        .await
        .unwrap();
    let import = open(&origin, "fail").await;
    let rows = [
        alias("1", "one", URL),
        row("2", json!({"url": "nonsense", "title": 1})),
        row("3", json!("https://example.com/")),
        json!({"row_id": "4"}),
        json!({"row_id": "5", "link": {"url": URL}, "note": 1}),
        row("6", json!({"url": "https://bad.example/"})),
        row("7", json!({"url": URL, "alias": "seven", "domain": "none.example"})),
        row("8", json!({"url": URL, "alias": "eight", "external_id": "x"})),
        row("9", json!({"url": URL, "alias": "nine", "external_id": "x"})),
        row("10", json!({"url": URL, "created_at": "2026-11-24T00:00:00.001Z"})),
        row("11", json!({"url": URL, "alias": "api/x"})),
        row("12", json!({"url": URL, "a\u{0}b": 1})),
        alias("13", "thirteen", URL),
    ];
    let answer = send(&origin, &import, &rows).await;
    let expected = [
        "created one -",
        "failed - invalid_url",
        "failed - invalid_body",
        "failed - invalid_body",
        "failed - unknown_field",
        "failed - invalid_url",
        "failed - invalid_domain",
        "created eight -",
        "failed - external_id_taken",
        "failed - invalid_created_at",
        "failed - invalid_alias",
        "failed - unknown_field",
        "created thirteen -",
    ];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!(answer["counts"], json!({"created": 3, "replaced": 0, "skipped": 0, "failed": 10}));
    let first = &answer["results"][0]["link"];
    assert_eq!(
        (&first["domain"], &first["short_url"]),
        (&json!(DOMAIN), &json!("https://go.example.com/one"))
    );
    assert_eq!(answer["results"][1]["problem"]["errors"][1]["field"], "title");
    assert_eq!(origin.resolve("thirteen").await.json()["record"]["url"], URL);

    let failures = origin.get(&path(&import, "/failures?limit=2")).await.json();
    let expected = json!([
        {"row_id": "2", "code": "invalid_url", "field": "url", "url": "nonsense", "domain": null, "alias": null},
        {"row_id": "3", "code": "invalid_body", "field": null, "url": null, "domain": null, "alias": null},
    ]);
    let mut shown = failures["data"].clone();
    for failure in shown.as_array_mut().unwrap() {
        assert_ne!(failure.as_object_mut().unwrap().remove("detail"), Some(json!("")));
    }
    assert_eq!(shown, expected);
    let next = format!("/failures?limit=100&cursor={}", failures["next_cursor"].as_str().unwrap());
    let rest = origin.get(&path(&import, &next)).await.json();
    let ids: Vec<_> = rest["data"].as_array().unwrap().iter().map(|row| row["row_id"].clone()).collect();
    assert_eq!(ids, ["4", "5", "6", "7", "9", "10", "11", "12"]);
    assert_eq!(rest["data"][3]["alias"], "seven");

    let csv = origin.get(&path(&import, "/failures?format=csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 11);
    assert_eq!(lines[0], "\"row_id\",\"code\",\"detail\",\"field\",\"url\",\"domain\",\"alias\"");
    assert!(lines[6].starts_with("\"7\",\"invalid_domain\","), "{text}");
    assert!(lines[6].ends_with(",\"domain\",\"https://example.com/\",\"none.example\",\"seven\""), "{text}");
    let accept = [("accept", "text/csv")];
    let accepted = origin.call_with(Method::GET, &path(&import, "/failures"), &accept, Value::Null).await;
    assert_eq!(accepted.body, csv.body);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn repeated_row_gets_the_answer_it_had(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "fail").await;
    origin.create_link_with(json!({"url": "https://there.example/", "alias": "taken"})).await;
    let rows =
        [alias("1", "one", URL), alias("2", "taken", URL), alias("1", "other", URL), alias("2", "free", URL)];
    let first = send(&origin, &import, &rows).await;
    let expected =
        ["created one -", "failed - alias_taken", "created one - repeated", "failed - alias_taken repeated"];
    assert_eq!(outcomes(&first), expected);
    let link = first["results"][0]["link"].clone();
    assert_eq!(first["results"][2]["link"], link);
    // The link is gone, and months have passed.
    assert_eq!(origin.call(Method::DELETE, &link_path(&link), Value::Null).await.status, 204);
    let later = Origin::builder(&database).at(NOW.plus_millis(180 * 86_400_000)).start().await;
    let again = send(&later, &import, &[row("1", json!({"url": "nonsense"})), alias("2", "free", URL)]).await;
    assert_eq!(outcomes(&again), ["created one - repeated", "created free -"]);
    assert_eq!(again["results"][0]["link"], link);
    assert_eq!(again["counts"]["created"], 2);
    let counts = later.get(&path(&import, "")).await.json()["counts"].clone();
    assert_eq!((&counts["rows"], &counts["created"], &counts["failed"]), (&json!(2), &json!(2), &json!(0)));
    assert_eq!(later.get(&path(&import, "/failures")).await.json()["data"], json!([]));
    let last = send(&later, &import, &rows[..2]).await;
    assert_eq!(outcomes(&last), ["created one - repeated", "created free - repeated"]);
    // Of another import they are other rows.
    let other = open(&later, "fail").await;
    assert_eq!(outcomes(&send(&later, &other, &rows[..1]).await), ["created one -"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn requests_with_the_same_rows_write_them_once(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "suffix").await;
    let mut rows: Vec<_> =
        (0..100).map(|n| alias(&n.to_string(), &format!("name-{}", n / 2), &format!("{URL}{n}"))).collect();
    rows.extend((100..200).map(|n| row(&n.to_string(), json!({"url": URL}))));
    let reversed: Vec<_> = rows.iter().rev().cloned().collect();
    let (one, other) = tokio::join!(send(&origin, &import, &rows), send(&origin, &import, &reversed));
    let repeated = |answer: &Value| {
        let results = answer["results"].as_array().unwrap();
        results.iter().filter(|result| result["repeated"] == true).count()
    };
    assert_eq!(repeated(&one) + repeated(&other), 200);
    let mut backwards = other["results"].as_array().unwrap().clone();
    backwards.reverse();
    for (one, other) in one["results"].as_array().unwrap().iter().zip(&backwards) {
        assert_eq!((&one["row_id"], &one["link"]), (&other["row_id"], &other["link"]));
    }
    assert_eq!((count(&origin, "links").await, count(&origin, "import_rows").await), (200, 200));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn imported_links_are_listed_where_they_belong(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "fail").await;
    let created = |id: &str, at: Value| row(id, json!({"url": URL, "alias": id, "created_at": at}));
    let rows = [
        created("old", json!("2011-03-01T12:00:00+01:00")),
        created("new", json!(null)),
        created("same-a", json!("2019-01-01T00:00:00Z")),
        created("same-b", json!("2019-01-01T00:00:00Z")),
    ];
    let answer = send(&origin, &import, &rows).await;
    assert_eq!(answer["counts"]["created"], 4);
    let listed = origin.get("/api/v1/links?order=asc").await.json();
    let codes: Vec<_> = listed["data"].as_array().unwrap().iter().map(|link| link["code"].clone()).collect();
    assert_eq!(codes, ["old", "same-a", "same-b", "new"]);
    let old = &listed["data"][0];
    assert_eq!(old["created_at"], "2011-03-01T11:00:00.000Z");
    assert_eq!(old["updated_at"], "2026-11-24T00:00:00.000Z");
    let since =
        origin.get("/api/v1/links?created_from=2011-03-01T11:00:00Z&created_to=2019-01-01T00:00:00Z").await;
    assert_eq!(since.json()["data"], json!([old]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn thousand_rows_take_a_few_statements(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "suffix").await;
    let mut rows: Vec<_> =
        (0..500).map(|n| row(&n.to_string(), json!({"url": format!("{URL}{n}")}))).collect();
    rows.extend((500..1_000).map(|n| alias(&n.to_string(), "same", &format!("{URL}{n}"))));
    let answer = send(&origin, &import, &rows).await;
    assert_eq!(answer["counts"], json!({"created": 1_000, "replaced": 0, "skipped": 0, "failed": 0}));
    assert_eq!(answer["results"][999]["link"]["code"], "same-500");
    assert_eq!(origin.resolve("same-500").await.json()["record"]["url"], format!("{URL}999"));
    assert_eq!(origin.next_id().await, 500);
    let inserts: i64 = sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM links")
        .fetch_one(&origin.links)
        .await
        .unwrap();
    // The transaction's savepoints: all rows without an alias and one that wants it, and then the others.
    assert_eq!(inserts, 2);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn failed_transaction_leaves_neither_link_nor_verdict(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "fail").await;
    sqlx::query("ALTER TABLE import_rows ADD CHECK (row_id <> 'poison')")
        .execute(&origin.links)
        .await
        .unwrap();
    let rows = [alias("1", "one", URL), alias("poison", "two", URL)];
    let answer = send_as(&origin, ADMIN_KEY, &import, json!({"rows": rows})).await;
    answer.assert_problem(500, "internal_error");
    assert_eq!((count(&origin, "links").await, count(&origin, "import_rows").await), (0, 0));
    assert_eq!(origin.get(&path(&import, "")).await.json(), import);
    let answer = send(&origin, &import, &rows[..1]).await;
    assert_eq!(outcomes(&answer), ["created one -"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_written_links_count_towards_the_limit(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor", "links_per_minute": 1_000})).await;
    let key = key["key"].as_str().unwrap();
    let import = open_as(&origin, key, "skip").await;
    let rows: Vec<_> = (0..900).map(|n| alias(&n.to_string(), &format!("n-{}", n % 450), URL)).collect();
    for dry_run in [true, false, false] {
        let answer = send_as(&origin, key, &import, json!({"rows": rows, "dry_run": dry_run})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let more = |from: usize, to: usize| {
        let rows: Vec<_> = (from..to).map(|n| row(&n.to_string(), json!({"url": URL}))).collect();
        json!({"rows": rows})
    };
    assert_eq!(send_as(&origin, key, &import, more(1_000, 1_500)).await.status, 200);
    send_as(&origin, key, &import, more(2_000, 2_100)).await.assert_problem(429, "rate_limited");
    assert_eq!(send_as(&origin, key, &import, more(2_000, 2_050)).await.status, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn webhooks_hear_of_the_import_and_not_of_each_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let events = json!(["import.finished", "link.created"]);
    create_webhook(&origin, json!({"url": "https://receiver.example/", "events": events})).await;
    let messages = async || {
        let query =
            sqlx::query_as::<_, (String, Value)>("SELECT type, data FROM webhook_messages ORDER BY id");
        query.fetch_all(&origin.links).await.unwrap()
    };
    let import = open(&origin, "fail").await;
    let finish = async || origin.call(Method::POST, &path(&import, "/finish"), Value::Null).await.json();
    send(&origin, &import, &[alias("1", "one", URL), alias("2", "two", URL), row("3", json!({"url": "x"}))])
        .await;
    assert_eq!(messages().await, []);
    let finished = finish().await;
    assert_eq!(finish().await, finished);
    assert_eq!(messages().await, [("import.finished".to_owned(), json!({"import": finished}))]);
    // Only repeated rows do not open it again.
    send(&origin, &import, &[alias("1", "one", URL)]).await;
    assert_eq!(origin.get(&path(&import, "")).await.json(), finished);
    send(&origin, &import, &[row("3", json!({"url": URL}))]).await;
    assert_eq!(origin.get(&path(&import, "")).await.json()["finished_at"], Value::Null);
    assert_eq!(finish().await["counts"]["created"], 3);
    assert_eq!(messages().await.len(), 2);
    origin.create_link(URL).await;
    assert_eq!(messages().await.last().unwrap().0, "link.created");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn audit_tells_of_an_import_with_its_counts(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.create_link_with(json!({"url": "https://there.example/", "alias": "a"})).await;
    let import = open(&origin, "replace").await;
    send(&origin, &import, &[alias("1", "a", URL), alias("2", "b", URL)]).await;
    origin.call(Method::POST, &path(&import, "/finish"), Value::Null).await;
    let entries = origin.get("/api/v1/audit?kind=import").await.json();
    let entries = entries["data"].as_array().unwrap();
    assert_eq!((&entries[0]["action"], &entries[1]["action"]), (&json!("finished"), &json!("created")));
    assert_eq!(entries[0]["subject"], json!({"id": import["id"], "name": "csv"}));
    let counts: Vec<_> =
        entries[0]["changes"].as_array().unwrap().iter().map(|change| change["after"].clone()).collect();
    assert_eq!(counts, [2, 1, 1, 0, 0, 0, 0]);
    assert_eq!(entries[1]["changes"][0], json!({"field": "source", "before": null, "after": "csv"}));
    let links = origin.get("/api/v1/audit?kind=link").await.json();
    assert_eq!(links["data"][0]["bulk"]["count"], 1);
    assert_eq!(links["data"][0]["bulk"]["change"]["import"], import["id"]);
}
