//! Tests of exports: their parts and rows, and clients that read slowly or not at all.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, NOW, Origin, link_path};

fn csv(link: &Value, key: &str) -> Request<Body> {
    let path = format!("{}/clicks?format=csv", link_path(link));
    Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap()
}

async fn open(origin: &Origin, link: &Value, key: &str) -> (u16, Response) {
    let response = origin.send_unread(csv(link, key)).await;
    (response.status().as_u16(), response)
}

async fn read(response: Response) -> Option<String> {
    let body = to_bytes(response.into_body(), usize::MAX).await.ok()?;
    Some(String::from_utf8(body.to_vec()).unwrap())
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn open_exports_are_limited_across_origins(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let link = origins[0].create_link("https://example.com").await;
    let key = origins[0].create_key(json!({"name": "a", "role": "reader"})).await;
    let key = key["key"].as_str().unwrap();
    let mut held = Vec::new();
    for number in 0..3 {
        let (status, response) = open(&origins[number % 2], &link, key).await;
        assert_eq!(status, 200);
        held.push(response);
    }
    let rejected = origins[0].send(csv(&link, key)).await;
    rejected.assert_problem(429, "too_many_exports");
    assert_eq!(rejected.header("retry-after"), "10");
    // Another key has its own limit, and pages are not exports.
    assert_eq!(origins[0].send(csv(&link, ADMIN_KEY)).await.status, 200);
    let path = format!("{}/clicks", link_path(&link));
    assert_eq!(origins[0].call_as(key, axum::http::Method::GET, &path, Value::Null).await.status, 200);
    // An export that is read to the end is closed with its last chunk; one that is dropped, soon after.
    assert!(read(held.pop().unwrap()).await.unwrap().contains("time"));
    let (status, again) = open(&origins[1], &link, key).await;
    assert_eq!(status, 200);
    drop(again);
    while open(&origins[1], &link, key).await.0 != 200 {}
    // Exports of an origin that ended count until their timeout.
    let later = Origin::builder(&database).at(NOW.plus_millis(300_000)).start().await;
    assert_eq!(open(&later, &link, key).await.0, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn export_that_takes_too_long_is_cut_off(database: PgPool) {
    let origin = Origin::builder(&database).export_timeout(Duration::ZERO).start().await;
    let link = origin.create_link("https://example.com").await;
    let (status, response) = open(&origin, &link, ADMIN_KEY).await;
    assert_eq!((status, read(response).await), (200, None));
}

/// Reads a file by its parts.
async fn parts(origin: &Origin, path: &str) -> Vec<String> {
    let (mut parts, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let answer = origin.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert!(answer.body.len() < 4_100_000, "a part has {} bytes", answer.body.len());
        let link = answer.header("link");
        next =
            link.strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<')).map(str::to_owned);
        parts.push(String::from_utf8(answer.body.to_vec()).unwrap());
    }
    parts
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_are_exported_in_parts_that_end_at_a_row(database: PgPool) {
    let origin = Origin::start(&database).await;
    // Titles that make a row have a kilobyte.
    sqlx::query(
        "INSERT INTO links (domain, code, url, title, tags, status, created_at, updated_at)
         SELECT 'go.example.com', 'code' || n, 'https://example.com/' || n, repeat('=', 1000),
                CASE WHEN n % 1000 = 0 THEN ARRAY['a', 'b'] ELSE '{}' END, 302, now(), now()
         FROM generate_series(1, 6000) n",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let lines = parts(&origin, "/api/v1/links?format=jsonl").await;
    assert!(lines.len() > 1);
    let codes: BTreeSet<String> = lines
        .iter()
        .flat_map(|part| part.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 6_000);

    let files = parts(&origin, "/api/v1/links?format=csv").await;
    assert!(files.len() > 1 && files.iter().all(|part| part.ends_with("\"\r\n")));
    let rows: Vec<&str> =
        files.iter().flat_map(|part| part.split("\r\n")).filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 6_001, "one header row");
    assert!(rows[0].starts_with("\"id\",\"domain\",\"code\","), "{}", rows[0]);
    assert!(rows[1].contains(",\"'=="), "formulas are text: {}", rows[1]);
    let link: Value = serde_json::from_str(lines[0].lines().next().unwrap()).unwrap();
    let columns: BTreeSet<&str> = rows[0].split(',').map(|column| column.trim_matches('"')).collect();
    for field in link.as_object().unwrap().keys().filter(|field| *field != "clicks") {
        assert!(columns.contains(field.as_str()), "{field} is no column");
    }
    let in_unicode = parts(&origin, "/api/v1/links?format=jsonl&no_tag=münchen").await;
    assert!(in_unicode.len() > 1);

    let tagged = parts(&origin, "/api/v1/links?format=csv&tag=b").await;
    assert_eq!((tagged.len(), tagged[0].matches("\"a, b\"").count()), (1, 6));
    for (query, code) in [("?format=xml", "invalid_format"), ("?format=csv&limit=5", "invalid_limit")] {
        origin.get(&format!("/api/v1/links{query}")).await.assert_problem(422, code);
    }
    assert_eq!(
        origin.get("/api/v1/links?format=json&limit=5").await.json()["data"].as_array().unwrap().len(),
        5
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn visitor_reads_what_is_stored_of_them(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links =
        [origin.create_link("https://example.com").await, origin.create_link("https://example.com").await];
    for (number, link) in links.iter().enumerate() {
        sqlx::query(
            "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, visitor)
             SELECT '2026-11-23T10:00:00Z', 1, $1::uuid, gen_random_uuid(), '2026-11-23', $2, 302, false, 'memory', 'r',
                    unnest(ARRAY['f0e0d0c0-b0a0-9080-7060-504030201000', 'f0e0d0c0-b0a0-9080-7060-504030201001']::uuid[])",
        )
        .bind(link["id"].as_str().unwrap())
        .bind(i32::try_from(number).unwrap())
        .execute(&origin.analytics)
        .await
        .unwrap();
    }
    let path = "/api/v1/visitors/f0e0d0c0b0a090807060504030201000";
    let all = origin.get(path).await.json();
    assert_eq!((all["data"].as_array().unwrap().len(), &all["next_cursor"]), (2, &Value::Null));
    let first = origin.get(&format!("{path}?limit=1")).await.json();
    let second =
        origin.get(&format!("{path}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await.json();
    assert_eq!(json!([first["data"][0], second["data"][0]]), all["data"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let short_urls: BTreeSet<_> =
        all["data"].as_array().unwrap().iter().map(|click| click["short_url"].to_string()).collect();
    assert_eq!(short_urls, links.iter().map(|link| link["short_url"].to_string()).collect());
    assert_eq!(
        origin.get("/api/v1/visitors/00000000000000000000000000000001").await.json()["data"],
        json!([])
    );
    origin.get("/api/v1/visitors/me").await.assert_problem(404, "not_found");
    origin.get(&format!("{path}?cursor=x")).await.assert_problem(422, "invalid_cursor");
}
