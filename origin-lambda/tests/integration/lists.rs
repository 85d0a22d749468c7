//! Tests of lists of links: filters, search, order, and stable pages.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path};

async fn list(origin: &Origin, query: &str) -> Value {
    let answer = origin.get(&format!("/api/v1/links?{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn names(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|link| link["code"].as_str().unwrap().to_owned()).collect()
}

async fn all(origin: &Origin, query: &str) -> Vec<String> {
    let mut names_of_all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let page = list(origin, &format!("{query}{cursor}")).await;
        names_of_all.extend(names(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names_of_all,
        }
    }
    panic!("the pages do not end: {names_of_all:?}")
}

async fn with_links(origin: &Origin, names: &[&str]) {
    for name in names {
        origin.create_link_with(json!({"url": format!("https://example.com/{name}"), "alias": name})).await;
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn list_shows_whole_links_newest_first(database: PgPool) {
    let origin = Origin::start(&database).await;
    assert_eq!(list(&origin, "").await, json!({"data": [], "next_cursor": null}));
    let one = origin.create_link_with(json!({"url": "https://example.com", "alias": "one"})).await;
    let two =
        origin.create_link_with(json!({"url": "https://example.com", "alias": "two", "tags": ["x"]})).await;
    assert_eq!(list(&origin, "").await, json!({"data": [two, one], "next_cursor": null}));
    assert_eq!(names(&list(&origin, "order=asc").await), ["one", "two"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn pages_are_stable_while_links_are_created_and_deleted(database: PgPool) {
    let origin = Origin::start(&database).await;
    with_links(&origin, &["a", "b", "c", "d", "e"]).await;
    let first = list(&origin, "limit=2").await;
    assert_eq!(names(&first), ["e", "d"]);
    with_links(&origin, &["f"]).await;
    // Deletes the link that the cursor points to.
    let path = link_path(&first["data"][1]);
    origin.call(Method::DELETE, &path, Value::Null).await;
    let rest = format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = list(&origin, &rest).await;
    assert_eq!(names(&second), ["c", "b"]);
    let last = list(&origin, &format!("limit=2&cursor={}", second["next_cursor"].as_str().unwrap())).await;
    assert_eq!((names(&last), &last["next_cursor"]), (vec!["a".to_owned()], &Value::Null));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn page_of_long_links_ends_early(database: PgPool) {
    let origin = Origin::start(&database).await;
    let url = format!("https://example.com/{}", "a".repeat(8_000));
    let rules: Vec<Value> =
        (0..8).map(|day| json!({"if": {"query": {"day": [day.to_string()]}}, "url": url})).collect();
    let link = |n: usize| json!({"url": url, "alias": format!("long-{n:02}"), "rules": rules});
    for links in [0..50, 50..100] {
        let links: Vec<Value> = links.map(link).collect();
        let made = origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    let first = origin.get("/api/v1/links?limit=100").await;
    assert!((3_900_000..4_010_000).contains(&first.body.len()), "{}", first.body.len());
    let all = all(&origin, "limit=100&sort=clicks").await;
    assert_eq!(all, (0..100).rev().map(|n| format!("long-{n:02}")).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_without_clicks_sort_last(database: PgPool) {
    let origin = Origin::start(&database).await;
    with_links(&origin, &["none", "some", "many", "few", "never"]).await;
    sqlx::query(
        "INSERT INTO link_totals SELECT id, clicks, 0, 0, to_timestamp(1e9) - clicks * interval '1 microsecond'
         FROM links JOIN (VALUES ('some', 5), ('many', 9), ('few', 5)) AS totals(code, clicks) USING (code)",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    for limit in [1, 2, 3, 10] {
        let sorted = async |query: &str| all(&origin, &format!("limit={limit}&{query}")).await;
        assert_eq!(sorted("sort=clicks").await, ["many", "few", "some", "never", "none"]);
        assert_eq!(sorted("sort=clicks&order=asc").await, ["none", "never", "some", "few", "many"]);
        assert_eq!(sorted("sort=last_click").await, ["few", "some", "many", "never", "none"]);
        assert_eq!(sorted("sort=last_click&order=asc").await, ["none", "never", "many", "some", "few"]);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn filters_and_search_find_matching_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query("INSERT INTO domains VALUES ('other.example', now())").execute(&origin.links).await.unwrap();
    for link in [
        json!({"alias": "a", "url": "https://example.com/Sale", "title": "Summer 50%_off", "tags": ["x", "y"]}),
        json!({"alias": "b", "url": "https://example.com/", "notes": "for the\nGRÜNE campaign", "tags": ["y"], "state": "disabled"}),
        json!({"alias": "c", "url": "https://other.test/", "external_id": "crm 1", "domain": "other.example"}),
        json!({"alias": "sale/ü", "url": "https://example.com/x"}),
    ] {
        origin.create_link_with(link).await;
    }
    sqlx::query("UPDATE links SET exhausted = true WHERE code = 'c'").execute(&origin.links).await.unwrap();
    for (query, found) in [
        ("domain=other.example", vec!["c"]),
        ("domain=OTHER.example", vec!["c"]),
        ("domain=unknown.example", vec![]),
        ("code=sale%2F%C3%BC", vec!["sale/ü"]),
        ("code=A", vec![]),
        ("tag=y", vec!["b", "a"]),
        ("tag=y&tag_=", vec![]),
        ("tag=x&state=active", vec!["a"]),
        ("tag=x&state=disabled", vec![]),
        ("state=active", vec!["sale/ü", "a"]),
        ("state=disabled", vec!["b"]),
        ("state=exhausted", vec!["c"]),
        ("external_id=crm+1", vec!["c"]),
        ("search=SALE", vec!["sale/ü", "a"]),
        ("search=gr%C3%BCne", vec!["b"]),
        ("search=50%25_off", vec!["a"]),
        ("search=50%25xoff", vec![]),
        ("search=mer+50%25", vec!["a"]),
        ("search=other.test", vec!["c"]),
        ("search=abc%5C", vec![]),
    ] {
        if query.contains("tag_") {
            origin.get(&format!("/api/v1/links?{query}")).await.assert_problem(422, "unknown_parameter");
        } else {
            assert_eq!(names(&list(&origin, query).await), found, "{query}");
        }
    }
}

/// The tests' clock stands still, so dates are set directly in the database.
async fn with_a_link_of_each_state(origin: &Origin) {
    with_links(origin, &["active", "exhausted", "expired", "scheduled", "disabled", "blocked"]).await;
    // Each link also meets the conditions of the states before it.
    for (change, codes) in [
        ("exhausted = true", "{exhausted,expired,scheduled,disabled,blocked}"),
        ("expires_at = '2026-11-24T00:00:00Z'", "{expired,scheduled,disabled,blocked}"),
        ("starts_at = '2026-11-24T00:00:00.001Z'", "{scheduled,disabled,blocked}"),
        ("disabled = true", "{disabled,blocked}"),
        ("blocked = true", "{blocked}"),
        ("starts_at = '2026-11-24T00:00:00Z', expires_at = '2026-11-24T00:00:00.001Z'", "{active}"),
    ] {
        let update = format!("UPDATE links SET {change} WHERE code = ANY($1::text[])");
        sqlx::query(sqlx::AssertSqlSafe(update)).bind(codes).execute(&origin.links).await.unwrap();
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn state_is_the_same_in_lists_reads_and_redirects(database: PgPool) {
    let origin = Origin::start(&database).await;
    with_a_link_of_each_state(&origin).await;
    let mut shown = names(&list(&origin, "").await);
    shown.sort();
    for (state, status, says) in [
        ("active", 302, ""),
        ("exhausted", 410, "maximum number of visits"),
        ("expired", 410, "expired"),
        ("scheduled", 404, "not active yet"),
        ("disabled", 410, "disabled"),
        ("blocked", 410, "disabled"),
    ] {
        for sort in ["created", "clicks", "last_click"] {
            assert_eq!(all(&origin, &format!("state={state}&sort={sort}&limit=1")).await, [state]);
        }
        let link = &list(&origin, &format!("state={state}")).await["data"][0];
        assert_eq!((&link["state"], &origin.link(link).await), (&json!(state), link));
        let visit = axum::http::Request::get(format!("/{state}")).header("host", crate::harness::DOMAIN);
        let answer = origin.send(visit.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{state}");
        assert!(String::from_utf8_lossy(&answer.body).contains(says), "{state}: {answer:?}");
        shown.retain(|code| code != state);
    }
    assert_eq!(shown, Vec::<String>::new(), "each link has one state");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn pages_are_stable_while_links_expire(database: PgPool) {
    let later = crate::harness::NOW.plus_millis(60_000);
    let origin = Origin::start(&database).await;
    let later_origin = Origin::builder(&database).at(later).start().await;
    with_links(&origin, &["a", "b", "c", "d", "e", "f"]).await;
    sqlx::query("UPDATE links SET expires_at = '2026-11-24T00:00:30Z' WHERE code IN ('b', 'c', 'e')")
        .execute(&origin.links)
        .await
        .unwrap();
    let first = list(&origin, "state=active&limit=3").await;
    assert_eq!(names(&first), ["f", "e", "d"]);
    let rest = format!("state=active&limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(names(&list(&later_origin, &rest).await), ["a"]);
    assert_eq!(names(&list(&later_origin, "state=expired").await), ["e", "c", "b"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_list_parameter_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    with_links(&origin, &["a", "b"]).await;
    let page = list(&origin, "limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    for (query, code, field) in [
        ("limit=0", "invalid_limit", "limit"),
        ("limit=101", "invalid_limit", "limit"),
        ("limit=x", "invalid_limit", "limit"),
        ("limit=1&limit=1", "invalid_limit", "limit"),
        ("sort=title", "invalid_sort", "sort"),
        ("order=up", "invalid_sort", "order"),
        ("state=gone", "invalid_state", "state"),
        ("domain=%00", "invalid_domain", "domain"),
        ("code=%00", "invalid_code", "code"),
        ("tag=", "invalid_tags", "tag"),
        ("search=", "invalid_search", "search"),
        ("search=%00", "invalid_search", "search"),
        ("search=ab", "invalid_search", "search"),
        ("search=%25%25%25", "invalid_search", "search"),
        ("search=a-b.c!", "invalid_search", "search"),
        ("search=%F0%9F%94%91%F0%9F%94%91%F0%9F%94%91", "invalid_search", "search"),
        ("external_id=", "invalid_external_id", "external_id"),
        ("cursor=x", "invalid_cursor", "cursor"),
        ("Limit=1", "unknown_parameter", "Limit"),
        (&format!("sort=clicks&cursor={cursor}"), "invalid_cursor", "cursor"),
        (&format!("tag=x&cursor={cursor}"), "invalid_cursor", "cursor"),
    ] {
        let answer = origin.get(&format!("/api/v1/links?{query}")).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), [field], "{query}");
    }
}

/// A newer release may have written it.
#[sqlx::test(migrator = "crate::LINKS")]
async fn unreadable_link_is_left_out_of_lists(database: PgPool) {
    let origin = Origin::start(&database).await;
    with_links(&origin, &["a", "b", "c", "d"]).await;
    let rules = r#"UPDATE links SET rules = '{"as": "never before"}' WHERE code = 'b'"#;
    sqlx::query(rules).execute(&origin.links).await.unwrap();
    sqlx::query("UPDATE links SET url = 'mailto:nobody' WHERE code = 'c'")
        .execute(&origin.links)
        .await
        .unwrap();
    assert_eq!(all(&origin, "order=asc&limit=1").await, ["a", "d"]);
    assert_eq!(all(&origin, "order=asc").await, ["a", "d"]);
    assert_eq!(all(&origin, "sort=clicks&limit=2").await, ["d", "a"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_are_found_by_tags_times_and_names(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "brand.example"})).await;
    for body in [
        json!({"url": "https://a.test/", "alias": "one", "tags": ["red", "blue"]}),
        json!({"url": "https://a.test/", "alias": "two", "tags": ["red"], "external_id": "crm-7"}),
        json!({"url": "https://a.test/", "alias": "three", "domain": "brand.example"}),
    ] {
        origin.create_link_with(body).await;
    }
    // The time of an id is its first 48 bits, in milliseconds.
    sqlx::query(
        "UPDATE links SET id = (CASE code WHEN 'one' THEN '019ab000-0000-7fff-8000-000000000000'
                                WHEN 'two' THEN '019ab000-0001-7000-8000-000000000000'
                                ELSE '019ab000-0002-7000-8000-000000000000' END)::uuid",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let second = "2025-11-23T09:16:21.377Z";
    for (query, codes) in [
        ("tag=red".to_owned(), vec!["two", "one"]),
        ("tag=red&tag=blue".to_owned(), vec!["one"]),
        ("any_tag=blue&any_tag=none".to_owned(), vec!["one"]),
        ("no_tag=blue".to_owned(), vec!["three", "two"]),
        ("tag=red&no_tag=blue".to_owned(), vec!["two"]),
        ("untagged=true".to_owned(), vec!["three"]),
        ("search=RED".to_owned(), vec!["two", "one"]),
        ("search=brand.ex".to_owned(), vec!["three"]),
        ("search=crm-7".to_owned(), vec!["two"]),
        (format!("created_from={second}&tag=red"), vec!["two"]),
        (format!("created_to={second}"), vec!["one"]),
        ("updated_from=2026-11-24T00:00:00Z&sort=updated&order=asc".to_owned(), vec!["one", "two", "three"]),
        ("updated_to=2026-11-24T00:00:00Z".to_owned(), vec![]),
    ] {
        let list = origin.get(&format!("/api/v1/links?count=true&{query}")).await.json();
        let found: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|link| link["code"].clone()).collect();
        assert_eq!(found, codes, "{query}");
        assert_eq!(
            (&list["total"], &list["total_exceeded"]),
            (&json!(codes.len()), &json!(false)),
            "{query}"
        );
    }
    assert_eq!(origin.get("/api/v1/links").await.json().get("total"), None);
    for (query, code) in [
        ("untagged=yes", "invalid_tags"),
        ("created_from=today", "invalid_from"),
        ("updated_to=1", "invalid_to"),
        ("count=1", "invalid_count"),
        ("search=abc&search=def", "invalid_search"),
    ] {
        origin.get(&format!("/api/v1/links?{query}")).await.assert_problem(422, code);
    }
    let page = origin.get("/api/v1/links?sort=updated&limit=2").await.json();
    let next = format!("/api/v1/links?sort=updated&limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(origin.get(&next).await.json()["data"].as_array().unwrap().len(), 1);
}
