//! Tests of click accounting, raw clicks and erasure over the API.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::{Connection, PgConnection};

use crate::harness::{Origin, link_path, request};

const PRODUCER: &str = "000102030405060708090a0b0c0d0e0f";

pub(crate) async fn execute(origin: &Origin, statements: &[&'static str]) {
    for statement in statements {
        sqlx::query(*statement).execute(&origin.analytics).await.unwrap();
    }
}

pub(crate) async fn get(origin: &Origin, path: &str) -> Value {
    let answer = origin.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

pub(crate) async fn erase(origin: &Origin, path: &str) -> Value {
    let answer = origin.send(request(Method::DELETE, path).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn click_accounting_adds_up(database: PgPool) {
    let origin = Origin::start(&database).await;
    let nothing = get(&origin, "/api/v1/pipeline").await;
    let no_drops = json!({"queue_unavailable": 0, "queue_refused": 0, "buffer_full": 0});
    let total = json!({"produced": 0, "stored": 0, "duplicate": 0, "dropped": no_drops, "dead_lettered": 0, "missing": 0});
    assert_eq!(nothing, json!({"total": total, "complete_until": null, "producers": []}));

    execute(
        &origin,
        &[
            "INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at) VALUES
                 ('00010203-0405-0607-0809-0a0b0c0d0e0f', 20, 8, 2, 3, '2026-11-23T10:00:00Z', '2026-11-23T12:00:00Z'),
                 ('00000000-0000-0000-0000-000000000001', 5, 5, 0, 0, '2026-11-23T09:00:00Z', '2026-11-23T11:00:00Z'),
                 ('00000000-0000-0000-0000-000000000002', 90, 88, 0, 0, '2026-09-01T00:00:00Z', '2026-11-23T08:00:00Z'),
                 ('00000000-0000-0000-0000-000000000000', 100, 100, 0, 0, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')",
            "INSERT INTO producer_drops VALUES ('00010203-0405-0607-0809-0a0b0c0d0e0f', 'buffer_full', 4),
                                               ('00010203-0405-0607-0809-0a0b0c0d0e0f', 'discarded', 1)",
            "INSERT INTO batches (day, producer, batch, clicks, produced) VALUES
                 ('2026-11-23', '00010203-0405-0607-0809-0a0b0c0d0e0f', 2, 8, 9),
                 ('2026-11-23', '00010203-0405-0607-0809-0a0b0c0d0e0f', 7, 0, 20),
                 ('2026-11-23', '00000000-0000-0000-0000-000000000001', 3, 5, 5),
                 ('2026-11-23', '00000000-0000-0000-0000-000000000002', 800, 1, 88),
                 ('2026-11-23', '00000000-0000-0000-0000-000000000002', 802, 1, 90)",
            "INSERT INTO dead_batches (producer, batch, clicks, counted)
             VALUES ('00010203-0405-0607-0809-0a0b0c0d0e0f', 3, 3, true)",
        ],
    )
    .await;
    let accounting = get(&origin, "/api/v1/pipeline").await;
    let dropped = json!({"queue_unavailable": 0, "queue_refused": 0, "buffer_full": 4, "discarded": 1});
    let total = json!({"produced": 215, "stored": 201, "duplicate": 2, "dropped": dropped, "dead_lettered": 3, "missing": 6});
    assert_eq!(accounting["total"], total);
    let producers: Vec<_> = accounting["producers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|producer| producer["missing"].clone())
        .collect();
    assert_eq!(producers, [4, 0, 2]);

    let one = get(&origin, &format!("/api/v1/pipeline?producer={PRODUCER}")).await;
    let producers = one["producers"].as_array().unwrap();
    assert_eq!(producers.len(), 1);
    assert_eq!(producers[0]["producer"], PRODUCER);
    assert_eq!(producers[0]["missing_batches"], json!([[1, 1], [4, 6]]));
    let missing = async |producer: &str| {
        let path = format!("/api/v1/pipeline?producer=0000000000000000000000000000000{producer}");
        get(&origin, &path).await["producers"][0]["missing_batches"].clone()
    };
    assert_eq!(missing("1").await, json!([]), "nothing is missing");
    assert_eq!(missing("2").await, json!([[801, 801]]), "batches that are no longer kept are not missing");
    let nobody = get(&origin, "/api/v1/pipeline?producer=ffffffffffffffffffffffffffffffff").await;
    assert_eq!(nobody["producers"], json!([]));
    origin.get("/api/v1/pipeline?producer=me").await.assert_problem(422, "invalid_producer");
}

/// The time is midnight of 2026-11-24.
#[sqlx::test(migrator = "crate::LINKS")]
async fn accounting_is_complete_until_the_first_missing_click(database: PgPool) {
    let origin = Origin::start(&database).await;
    let complete_until = async || get(&origin, "/api/v1/pipeline").await["complete_until"].clone();
    assert_eq!(complete_until().await, json!(null));
    let all_links = "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at)
                     VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 1, 1, 0, '2026-11-23T23:50:00Z')";
    execute(&origin, &[all_links]).await;
    assert_eq!(complete_until().await, json!("2026-11-23T23:50:00.000Z"));
    execute(&origin, &["UPDATE link_totals SET last_click_at = '2026-11-23T23:59:58Z'"]).await;
    assert_eq!(complete_until().await, json!("2026-11-23T23:59:00.000Z"), "messages may arrive out of order");
    let producers = "INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                                            last_click_at, complete_until)
                     SELECT id::uuid, 2, 1, 0, 0, last_at, last_at, last_at, complete_until
                     FROM (VALUES ('00000000-0000-0000-0000-000000000001', '2026-11-23T12:00:00Z'::timestamptz,
                                   '2026-11-21T10:00:00Z'::timestamptz),
                                  ('00000000-0000-0000-0000-000000000002', '2026-11-23T23:00:00Z', '2026-11-23T23:00:00Z'),
                                  ('00000000-0000-0000-0000-000000000003', '2026-11-09T23:00:00Z', '2026-11-09T22:00:00Z'))
                          AS sent (id, last_at, complete_until)";
    execute(&origin, &[producers]).await;
    // The third producer's missing clicks are no longer awaited.
    assert_eq!(complete_until().await, json!("2026-11-21T10:00:00.000Z"));
}

async fn click(origin: &Origin, link: &Value, time: &str, position: i32, agent: &str) {
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, agent, class,
                             visitor)
         VALUES ($2::timestamptz, 1, $1::uuid, '00010203-0405-0607-0809-0a0b0c0d0e0f', ($2::timestamptz AT TIME ZONE 'UTC')::date,
                 $3, 302, false, 'memory', 'r', $4, 'human', 'f0e0d0c0-b0a0-9080-7060-504030201000')",
    )
    .bind(link["id"].as_str().unwrap())
    .bind(time)
    .bind(position)
    .bind(agent)
    .execute(&origin.analytics)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn raw_clicks_are_paged_newest_first(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let other = origin.create_link("https://example.com").await;
    click(&origin, &other, "2026-11-23T10:00:00Z", 9, "other").await;
    for (time, position) in [("10:00:00.001", 0), ("10:00:00.002", 1), ("10:00:00.002", 2), ("11:00:00", 3)] {
        click(&origin, &link, &format!("2026-11-23T{time}Z"), position, &format!("agent {position}")).await;
    }
    let path = format!("{}/clicks", link_path(&link));
    let mut user_agents = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let page = get(&origin, &format!("{path}{query}")).await;
        user_agents.extend(page["data"].as_array().unwrap().iter().map(|click| click["user_agent"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(user_agents, ["agent 3", "agent 2", "agent 1", "agent 0"]);
    let some = get(&origin, &format!("{path}?from=2026-11-23T10:00:00.002Z&to=2026-11-23T11:00:00Z")).await;
    assert_eq!(some["data"].as_array().unwrap().len(), 2);
    assert_eq!(some["data"][0]["visitor"], "f0e0d0c0b0a090807060504030201000");
    for (query, code) in [
        ("?limit=0", "invalid_limit"),
        ("?limit=1001", "invalid_limit"),
        ("?cursor=x", "invalid_cursor"),
        ("?cursor=-300000000000000.00000000000000000000000000000000.0.0", "invalid_cursor"),
        ("?format=xml", "invalid_format"),
        ("?page=2", "unknown_parameter"),
    ] {
        origin.get(&format!("{path}{query}")).await.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn raw_clicks_are_exported_as_csv(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("{}/clicks?format=csv", link_path(&link));
    let header = "\"time\",\"class\",\"country\",\"referrer\",\"browser\",\"os\",\"device\",\"language\",\"destination\",\"tier\",\
                  \"status\",\"user_agent\",\"visitor\",\"request_id\",\"utm_source\",\"utm_medium\",\"utm_campaign\",\"utm_term\",\"utm_content\",\
                  \"region\",\"city\",\"browser_version\",\"os_version\"\r\n";
    assert_eq!(origin.get(&path).await.body, header);
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, agent)
         SELECT '2026-11-23T10:00:00Z'::timestamptz + n * interval '1 ms', 1, $1::uuid,
                '00010203-0405-0607-0809-0a0b0c0d0e0f', '2026-11-23', n, 302, false, 'memory', 'r', '=agent ' || n
         FROM generate_series(1, 4001) AS n",
    )
    .bind(link["id"].as_str().unwrap())
    .execute(&origin.analytics)
    .await
    .unwrap();
    let answer = origin.get(&path).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!((lines.len(), lines[4002]), (4003, ""));
    for (line, time, agent) in [(lines[1], "04.001", 4_001), (lines[4001], "00.001", 1)] {
        let fields: Vec<_> = line.split(',').collect();
        assert_eq!(fields[0], format!("\"2026-11-23T10:00:{time}Z\""));
        assert_eq!(fields[1..9], ["\"\""; 8]);
        assert_eq!(
            fields[9..14],
            ["\"memory\"", "\"302\"", &format!("\"'=agent {agent}\""), "\"\"", "\"r\""]
        );
        assert_eq!(fields[14..], ["\"\""; 9]);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn erasure_keeps_click_accounting(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (link, other) =
        (origin.create_link("https://example.com").await, origin.create_link("https://example.com").await);
    click(&origin, &link, "2026-11-23T10:00:00Z", 0, "a").await;
    click(&origin, &link, "2026-11-23T10:00:00Z", 1, "a").await;
    click(&origin, &other, "2026-11-23T10:00:00Z", 2, "a").await;
    execute(
        &origin,
        &[
            "INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at)
             VALUES ('00010203-0405-0607-0809-0a0b0c0d0e0f', 3, 3, 0, 0, now(), now())",
            // A day whose clicks are deleted.
            "INSERT INTO visitors VALUES ('2026-11-22', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
                                          'f0e0d0c0-b0a0-9080-7060-504030201000')",
        ],
    )
    .await;
    let before = get(&origin, "/api/v1/pipeline").await;
    let path = format!("{}/clicks", link_path(&link));
    for (path, status, code) in [
        (format!("{path}?to=2026-11-23T10:00:00Z"), 422, "unknown_parameter"),
        ("/api/v1/links/ffffffff-ffff-ffff-ffff-ffffffffffff/clicks".to_owned(), 404, "link_not_found"),
    ] {
        let answer = origin.send(request(Method::DELETE, &path).body(Body::empty()).unwrap()).await;
        answer.assert_problem(status, code);
    }
    assert_eq!(erase(&origin, &path).await, json!({"clicks": 2}));
    assert_eq!(get(&origin, &path).await["data"], json!([]));
    let visitor = "/api/v1/visitors/f0e0d0c0b0a090807060504030201000";
    assert_eq!(erase(&origin, visitor).await, json!({"clicks": 1}));
    assert_eq!(erase(&origin, visitor).await, json!({"clicks": 0}));
    let visitors = sqlx::query("SELECT FROM visitors").fetch_all(&origin.analytics).await.unwrap();
    assert!(visitors.is_empty(), "the visitor is still stored");
    assert_eq!(get(&origin, "/api/v1/pipeline").await, before);
    let nobody =
        origin.send(request(Method::DELETE, "/api/v1/visitors/me").body(Body::empty()).unwrap()).await;
    nobody.assert_problem(404, "not_found");
}

/// A consumer writes totals to the links database after it has stored clicks, so they may be older or newer than an erasure.
#[sqlx::test(migrator = "crate::LINKS")]
async fn erasure_resets_only_earlier_totals(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("{}/clicks", link_path(&link));
    for (as_of, kept) in [("now() - interval '1 hour'", 0), ("NULL", 0), ("now() + interval '1 hour'", 7)] {
        let insert = format!(
            "INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at, as_of)
             SELECT id, 7, 7, 0, now(), {as_of} FROM links
             ON CONFLICT (link_id) DO UPDATE SET clicks = 7, human = 7, as_of = excluded.as_of"
        );
        sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&origin.links).await.unwrap();
        assert_eq!(erase(&origin, &path).await, json!({"clicks": 0}));
        assert_eq!(origin.link(&link).await["clicks"]["total"], kept, "{as_of}");
    }
}

/// The erasure waits for the consumer's transaction and then erases what it stored.
#[sqlx::test(migrator = "crate::LINKS")]
async fn erasure_includes_clicks_stored_concurrently(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let id = link["id"].as_str().unwrap().to_owned();
    let counted = "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at) VALUES ($1::uuid, 1, 1, 0, now())";
    sqlx::query(counted).bind(&id).execute(&origin.analytics).await.unwrap();
    let options = (*origin.analytics.connect_options()).clone();
    let mut consumer = PgConnection::connect_with(&options).await.unwrap();
    let mut consumer = consumer.begin().await.unwrap();
    for statement in [
        "INSERT INTO visitors (day, link_id, visitor)
         VALUES ('2026-11-23', $1::uuid, 'f0e0d0c0-b0a0-9080-7060-504030201000')",
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request)
         VALUES ('2026-11-23T10:00:00Z', 1, $1::uuid, '00010203-0405-0607-0809-0a0b0c0d0e0f', '2026-11-23', 0, 302, false,
                 'memory', 'r')",
        "UPDATE link_totals SET clicks = 2 WHERE link_id = $1::uuid",
        "INSERT INTO link_days (link_id, day, dimension, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         VALUES ($1::uuid, '2026-11-23', 'total', '', 'human', 1, 1, '{1}', '{1}')",
    ] {
        sqlx::query(statement).bind(&id).execute(&mut *consumer).await.unwrap();
    }
    let erasing = tokio::spawn({
        let (origin, path) = (origin.clone(), format!("/api/v1/links/{id}/clicks"));
        async move { erase(&origin, &path).await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while !erasing.is_finished()
        && sqlx::query_scalar::<_, i64>(waiting).fetch_one(&origin.analytics).await.unwrap() == 0
    {}
    consumer.commit().await.unwrap();
    assert_eq!(erasing.await.unwrap(), json!({"clicks": 1}));
    for table in ["clicks", "visitors", "link_totals", "link_days"] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let left: i64 = sqlx::query_scalar(count).fetch_one(&origin.analytics).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn erasure_covers_more_clicks_than_one_statement(database: PgPool) {
    const MANY: i64 = 45_000;
    let origin = Origin::start(&database).await;
    let (link, other) =
        (origin.create_link("https://example.com").await, origin.create_link("https://example.com").await);
    for (link, visitor) in [(&link, "n"), (&other, "n % 2")] {
        let visitor = format!("md5(({visitor})::text)::uuid");
        let statements = [
            format!(
                "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, visitor)
                 SELECT '2026-11-23T10:00:00Z'::timestamptz + n / 10 * interval '1 ms', 1, $1::uuid,
                        '00010203-0405-0607-0809-0a0b0c0d0e0f', '2026-11-23', n, 302, false, 'memory', 'r', {visitor}
                 FROM generate_series(1, {MANY}) AS n"
            ),
            format!(
                "INSERT INTO visitors SELECT DISTINCT '2026-11-23'::date, $1::uuid, {visitor}
                 FROM generate_series(1, {MANY}) AS n"
            ),
            format!(
                "INSERT INTO link_days (link_id, day, dimension, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
                 SELECT $1::uuid, '2026-11-23', 'referrer', n::text, 'human', 1, 1, '{{}}', '{{}}'
                 FROM generate_series(1, {MANY}) AS n"
            ),
            "INSERT INTO sealed_quarters
             SELECT link_id, day, dimension, value, class, '{1}', '{1}' FROM link_days WHERE link_id = $1::uuid"
                .to_owned(),
            "INSERT INTO link_months
             SELECT clicks, visitors, link_id, '2026-11-01', dimension, value, class, '{1}', '{1}' FROM link_days
             WHERE link_id = $1::uuid"
                .to_owned(),
        ];
        for statement in statements {
            let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(link["id"].as_str().unwrap());
            query.execute(&origin.analytics).await.unwrap();
        }
    }
    let rows = async |table: &str| {
        let count = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(count)).fetch_one(&origin.analytics).await.unwrap()
    };
    let path = format!("{}/clicks", link_path(&link));
    assert_eq!(erase(&origin, &path).await, json!({"clicks": MANY}));
    let left = (rows("clicks").await, rows("visitors").await);
    assert_eq!(left, (MANY, 2), "the other link keeps its clicks");
    for table in ["link_days", "link_months", "sealed_quarters"] {
        assert_eq!(rows(table).await, MANY, "{table}");
    }
    // md5('0')
    let visitor = "/api/v1/visitors/cfcd208495d565ef66e7dff9f98764da";
    assert_eq!(erase(&origin, visitor).await, json!({"clicks": MANY / 2}));
    assert_eq!((rows("clicks").await, rows("visitors").await), (MANY / 2, 1));
}
