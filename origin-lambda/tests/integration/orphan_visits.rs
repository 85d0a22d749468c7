//! Tests of orphan visits over the API, as the consumer counts them.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::clicks::{erase, execute, get};
use crate::harness::Origin;

/// Inserts orphan visits as the consumer counts them: name, class and visits per day.
async fn insert_orphan_visits(origin: &Origin) {
    execute(
        origin,
        &["INSERT INTO link_days (link_id, day, dimension, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
           SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff', day::date, 'orphan', value, class, visits, 0, '{}', '{}'
           FROM (VALUES ('2026-11-23', 'a.example/poster', 'person', 2), ('2026-11-24', 'a.example/poster', 'person', 1),
                        ('2026-11-24', 'a.example/typo', 'person', 1), ('2026-11-24', 'b.example/.env', 'probe', 7),
                        ('2026-11-24', 'b.example/typo', 'person', 1), ('2026-11-24', 'a.example.org/x', 'person', 1),
                        ('2026-11-24', '(other)', '', 50), ('2026-10-01', 'a.example/old', 'person', 9))
                AS seen (day, value, class, visits)",
          "INSERT INTO link_months (link_id, month, dimension, value, class, clicks, visitors, day_clicks, day_visitors)
           SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff', month::date, 'orphan', value, 'person', visits, 0, days::bigint[], '{}'
           FROM (VALUES ('2026-11-01', 'a.example/poster', 4, '[20:20]={4}'), ('2026-10-01', 'a.example/old', 9, '[1:1]={9}'))
                AS sealed (month, value, visits, days)"],
    )
    .await;
}

async fn orphan_names(origin: &Origin, query: &str) -> Vec<String> {
    let list = get(origin, &format!("/api/v1/orphans{query}")).await;
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|orphan| orphan["name"].as_str().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn orphan_visits_are_listed_by_domain_and_class(database: PgPool) {
    let origin = Origin::start(&database).await;
    insert_orphan_visits(&origin).await;
    let list = get(&origin, "/api/v1/orphans?limit=2").await;
    let orphan = |name: &str, class: &str, visits: i64| json!({"name": name, "class": class, "visits": visits, "last_day": "2026-11-24"});
    // Equal visits are sorted by name.
    assert_eq!(
        list["data"],
        json!([orphan("a.example/poster", "person", 7), orphan("b.example/.env", "probe", 7)])
    );
    let whole = [
        "a.example/poster",
        "b.example/.env",
        "a.example.org/x",
        "a.example/typo",
        "b.example/typo",
        "(other)",
    ];
    let listed = orphan_names(&origin, "").await;
    assert_eq!(listed.len(), whole.len());
    assert!(whole.iter().all(|name| listed.iter().any(|listed| listed == name)), "{listed:?}");
    assert_eq!((&*listed[0], &*listed[5]), ("a.example/poster", "(other)"));
    assert_eq!(get(&origin, "/api/v1/orphans").await["data"][5]["class"], Value::Null);
    assert_eq!(orphan_names(&origin, "?domain=a.example").await, ["a.example/poster", "a.example/typo"]);
    assert_eq!(orphan_names(&origin, "?class=probe").await, ["b.example/.env"]);
    assert_eq!(orphan_names(&origin, "?domain=B.example&class=person").await, ["b.example/typo"]);
    for (query, code) in [
        ("?class=bot", "invalid_class"),
        ("?domain=no%20host", "invalid_domain"),
        ("?limit=1001", "invalid_limit"),
        ("?cursor=YQ", "invalid_cursor"),
        ("?name=a", "unknown_parameter"),
    ] {
        origin.get(&format!("/api/v1/orphans{query}")).await.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn orphan_visit_pages_cover_all_names(database: PgPool) {
    let origin = Origin::start(&database).await;
    insert_orphan_visits(&origin).await;
    let (mut names, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let page = get(&origin, &format!("/api/v1/orphans{query}")).await;
        names.extend(
            page["data"].as_array().unwrap().iter().map(|orphan| orphan["name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(names, orphan_names(&origin, "").await);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn orphan_visits_are_deleted_by_name_domain_and_class(database: PgPool) {
    let origin = Origin::start(&database).await;
    insert_orphan_visits(&origin).await;
    execute(
        &origin,
        &["INSERT INTO link_days (link_id, day, dimension, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
           VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', '2026-11-24', 'referrer', 'a.example/x', 'person', 1, 0, '{}', '{}')"],
    )
    .await;
    let erase = async |query: &str| erase(&origin, &format!("/api/v1/orphans{query}")).await;
    assert_eq!(erase("?name=a.example/poster").await, json!({"names": 1}));
    assert_eq!(erase("?name=a.example/poster").await, json!({"names": 0}));
    assert_eq!(erase("?class=probe").await, json!({"names": 1}));
    // Includes names that are too old to be listed.
    assert_eq!(erase("?domain=a.example").await, json!({"names": 2}));
    let mut left = orphan_names(&origin, "").await;
    left.sort();
    assert_eq!(left, ["(other)", "a.example.org/x", "b.example/typo"]);
    assert_eq!(erase("").await, json!({"names": 3}));
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM link_days").fetch_one(&origin.analytics).await.unwrap();
    assert_eq!(rows, 1, "clicks are kept");
}
