//! Tests of tags across all links: counted, renamed, merged and removed.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path};

const TAGS: &str = "/api/v1/tags";

async fn tagged(origin: &Origin, tags: &[&str]) -> Value {
    let answer = origin.create(json!({"url": "https://example.com", "tags": tags}).to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

async fn list(origin: &Origin, query: &str) -> (Vec<(String, i64)>, Value) {
    let list = origin.call(Method::GET, &format!("{TAGS}{query}"), Value::Null).await.json();
    let tags = list["data"].as_array().unwrap().iter();
    let tags = tags.map(|tag| (tag["name"].as_str().unwrap().to_owned(), tag["links"].as_i64().unwrap()));
    (tags.collect(), list["next_cursor"].clone())
}

fn counts(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(name, links)| ((*name).to_owned(), *links)).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tags_are_listed_by_prefix_with_link_counts(database: PgPool) {
    let origin = Origin::start(&database).await;
    for tags in [&["summer", "poster"][..], &["summer"], &["sun", "über 100%"], &[]] {
        tagged(&origin, tags).await;
    }
    let all = counts(&[("poster", 1), ("summer", 2), ("sun", 1), ("über 100%", 1)]);
    assert_eq!(list(&origin, "").await, (all.clone(), Value::Null));
    assert_eq!(list(&origin, "?search=su").await.0, counts(&[("summer", 2), ("sun", 1)]));
    // Composed and decomposed letters are equal.
    assert_eq!(list(&origin, "?search=u%CC%88ber").await.0, counts(&[("über 100%", 1)]));
    assert_eq!(list(&origin, "?search=%25").await.0, []);
    let (first, cursor) = list(&origin, "?limit=3").await;
    let (second, end) = list(&origin, &format!("?limit=3&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(([first, second].concat(), end), (all, Value::Null));

    sqlx::query("DELETE FROM links WHERE 'poster' = ANY(tags)").execute(&origin.links).await.unwrap();
    assert_eq!(list(&origin, "?limit=1").await.0, counts(&[("summer", 1)]));
    for (query, code) in
        [("?search=%00", "invalid_search"), ("?limit=x", "invalid_limit"), ("?q=a", "unknown_parameter")]
    {
        origin.call(Method::GET, &format!("{TAGS}{query}"), Value::Null).await.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn renamed_tag_is_sorted_and_merged(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links =
        [tagged(&origin, &["b", "d"]).await, tagged(&origin, &["b"]).await, tagged(&origin, &["d"]).await];
    let renamed = origin.call(Method::PATCH, &format!("{TAGS}/b"), json!({"name": "z/ü 🏖"})).await;
    assert_eq!((renamed.status, renamed.json()), (StatusCode::OK, json!({"name": "z/ü 🏖", "links": 2})));
    assert_eq!(origin.link(&links[0]).await["tags"], json!(["d", "z/ü 🏖"]));
    assert_eq!(origin.link(&links[1]).await["tags"], json!(["z/ü 🏖"]));
    assert_eq!(origin.link(&links[2]).await, links[2]);
    assert_eq!(list(&origin, "").await.0, counts(&[("d", 2), ("z/ü 🏖", 2)]));

    // Merges into an existing tag; a link with both keeps one.
    let merged =
        origin.call(Method::PATCH, &format!("{TAGS}/z%2F%C3%BC%20%F0%9F%8F%96"), json!({"name": "d"})).await;
    assert_eq!(merged.json(), json!({"name": "d", "links": 3}));
    assert_eq!(origin.link(&links[0]).await["tags"], json!(["d"]));
    let same = origin.call(Method::PATCH, &format!("{TAGS}/d"), json!({"name": "d"})).await;
    assert_eq!(same.json(), json!({"name": "d", "links": 3}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn removing_a_tag_needs_no_publication(database: PgPool) {
    let origin = Origin::start(&database).await;
    let [published, waiting] = [tagged(&origin, &["a", "b"]).await, tagged(&origin, &["a"]).await];
    sqlx::query("UPDATE publications SET published_revision = revision WHERE code = $1")
        .bind(published["code"].as_str())
        .execute(&origin.links)
        .await
        .unwrap();
    let removed = origin.call(Method::DELETE, &format!("{TAGS}/a"), Value::Null).await;
    assert_eq!((removed.status, removed.body.len()), (StatusCode::NO_CONTENT, 0));
    let (after, still_waiting) = (origin.link(&published).await, origin.link(&waiting).await);
    assert_eq!((&after["tags"], &still_waiting["tags"]), (&json!(["b"]), &json!([])));
    assert!(after["revision"].as_i64() > published["revision"].as_i64(), "{after}");
    assert_eq!(after["published_revision"], after["revision"]);
    assert_eq!(still_waiting["published_revision"], Value::Null);
    assert_eq!(list(&origin, "").await.0, counts(&[("b", 1)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_is_reused_by_its_renamed_tag(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = tagged(&origin, &["old"]).await;
    origin.call(Method::PATCH, &format!("{TAGS}/old"), json!({"name": "new"})).await;
    let like = async |tag: &str| {
        let body = json!({"url": "https://example.com", "tags": [tag], "reuse": true});
        origin.create(body.to_string()).await.json()["id"].clone()
    };
    assert_eq!(like("new").await, link["id"]);
    assert_ne!(like("old").await, link["id"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rename_of_a_tag_covers_more_links_than_one_statement(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, created_at, updated_at, tags)
         SELECT 'go.example.com', 'l' || n, 'https://x.example/', 302, now(), now(), ARRAY['many']
         FROM generate_series(1, 4100) n",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let renamed = origin.call(Method::PATCH, &format!("{TAGS}/many"), json!({"name": "more"})).await;
    assert_eq!(renamed.json(), json!({"name": "more", "links": 4100}));
    assert_eq!(list(&origin, "").await.0, counts(&[("more", 4_100)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_tag_name_is_named_and_unknown_tag_answers_404(database: PgPool) {
    let origin = Origin::start(&database).await;
    tagged(&origin, &["a"]).await;
    let path = format!("{TAGS}/a");
    for name in
        [json!(null), json!(1), json!(""), json!(" "), json!("a\0"), json!("x".repeat(65)), json!(["b"])]
    {
        let answer = origin.call(Method::PATCH, &path, json!({"name": name})).await;
        answer.assert_problem(422, "invalid_name");
        assert_eq!(answer.invalid_fields(), ["name"], "{name}");
    }
    origin.call(Method::PATCH, &path, json!({})).await.assert_problem(422, "missing_field");
    origin
        .call(Method::PATCH, &path, json!({"name": "b", "links": 1}))
        .await
        .assert_problem(422, "unknown_field");
    for name in ["none", "A", "%00", "%FF", "%20", "a%00"] {
        let path = format!("{TAGS}/{name}");
        origin.call(Method::DELETE, &path, Value::Null).await.assert_problem(404, "tag_not_found");
        origin.call(Method::PATCH, &path, json!({"name": "b"})).await.assert_problem(404, "tag_not_found");
        origin.call(Method::PATCH, &path, json!({"name": "none"})).await.assert_problem(404, "tag_not_found");
    }
    assert_eq!(list(&origin, "").await.0, counts(&[("a", 1)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unreadable_link_does_not_stop_a_tag_rename(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links =
        [tagged(&origin, &["old"]).await, tagged(&origin, &["old"]).await, tagged(&origin, &["old"]).await];
    let damage = sqlx::query("UPDATE links SET url = 'mailto:nobody' WHERE id = $1::uuid");
    damage.bind(links[1]["id"].as_str().unwrap()).execute(&origin.links).await.unwrap();
    let answer = origin.call(Method::PATCH, &format!("{TAGS}/old"), json!({"name": "new"})).await;
    answer.assert_problem(500, "internal_error");
    assert_eq!(list(&origin, "").await.0, counts(&[("new", 2), ("old", 1)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tag_that_no_path_can_contain_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = tagged(&origin, &["...", "summer"]).await;
    let path = link_path(&link);
    for name in [".", "..", "\u{200b}.."] {
        let body = json!({"url": "https://example.com", "tags": ["a", name]});
        origin.create(body.to_string()).await.assert_problem(422, "invalid_tags");
        origin.call(Method::PATCH, &path, json!({"tags": [name]})).await.assert_problem(422, "invalid_tags");
        let renamed = origin.call(Method::PATCH, &format!("{TAGS}/summer"), json!({"name": name})).await;
        renamed.assert_problem(422, "invalid_name");
    }
    assert_eq!(list(&origin, "").await.0, counts(&[("...", 1), ("summer", 1)]));
}
