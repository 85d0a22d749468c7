//! Migrations and maintenance on a real Postgres: concurrent runs, rollbacks, and the permissions of the applications.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod sealing;

use std::collections::HashMap;

use migrate::config::Config;
use migrate::maintenance::{self, MaintenanceReport};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// Names for separate databases on the server of `DATABASE_URL`, which do not exist yet.
struct Server {
    url: String,
    name: String,
}

impl Server {
    fn new() -> Self {
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL: see `cargo xtask test`");
        Self { url, name: format!("migrate_{}", Uuid::new_v4().simple()) }
    }

    fn database(&self, name: &str) -> String {
        let base = self.url.rsplit_once('/').expect("a URL with a database").0;
        format!("{base}/{}_{name}", self.name)
    }

    fn config(&self, logins: &[(&str, &str)]) -> Config {
        let logins: HashMap<String, &str> =
            logins.iter().map(|(name, password)| (self.login(name), *password)).collect();
        let variables = HashMap::from([
            ("DATABASE_URL", self.database("links")),
            ("ANALYTICS_DATABASE_URL", self.database("analytics")),
            ("LOGINS", serde_json::to_string(&logins).unwrap()),
            ("LISTS_LOGINS", format!(r#"{{"{}":"lists"}}"#, self.login("lists"))),
        ]);
        Config::from_lookup(&|name| variables.get(name).cloned()).unwrap()
    }

    fn login(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }

    async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.database(database)).await.unwrap()
    }

    /// Connects as an application. The test server trusts everybody, so it does not check the password.
    async fn connect_as(&self, login: &str, database: &str) -> Result<PgConnection, sqlx::Error> {
        let options: PgConnectOptions = self.database(database).parse()?;
        PgConnection::connect_with(&options.username(&self.login(login))).await
    }

    async fn drop(self) {
        let mut server = PgConnection::connect(&self.url).await.unwrap();
        for database in ["links", "analytics"] {
            execute(&mut server, &format!("DROP DATABASE IF EXISTS {}_{database} WITH (FORCE)", self.name))
                .await;
        }
        let roles: Vec<String> =
            sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname LIKE $1 || '%'")
                .bind(&self.name)
                .fetch_all(&mut server)
                .await
                .unwrap();
        for role in roles {
            execute(&mut server, &format!("DROP ROLE {role}")).await;
        }
    }
}

async fn execute(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.unwrap();
}

async fn count(connection: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn fifty_concurrent_runs_apply_each_migration_once() {
    let server = Server::new();
    let runs: Vec<_> = (0..50)
        .map(|_| {
            let config = server.config(&[("origin_1", "a password")]);
            tokio::spawn(async move { migrate::run(&config).await })
        })
        .collect();
    let (mut links, mut analytics) = (Vec::new(), Vec::new());
    for run in runs {
        let applied = run.await.unwrap().unwrap();
        links.extend(applied.links);
        analytics.extend(applied.analytics);
    }
    for (database, mut applied) in [("links", links), ("analytics", analytics)] {
        let mut connection = server.connect(database).await;
        let recorded: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        applied.sort_unstable();
        assert!(!recorded.is_empty());
        assert_eq!(applied, recorded, "{database}");
    }
    server.drop().await;
}

#[tokio::test]
async fn newer_schema_is_left_unchanged() {
    let server = Server::new();
    migrate::run(&server.config(&[])).await.unwrap();
    let mut links = server.connect("links").await;
    execute(
        &mut links,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of a later build', true, '\\x00', 1)",
    )
    .await;
    assert_eq!(migrate::run(&server.config(&[])).await.unwrap().links, Vec::<i64>::new());
    server.drop().await;
}

#[tokio::test]
async fn application_writes_rows_but_changes_no_schema() {
    let server = Server::new();
    migrate::run(&server.config(&[("origin_1", "a password")])).await.unwrap();
    let mut origin = server.connect_as("origin_1", "links").await.unwrap();
    execute(&mut origin, "UPDATE code_counter SET next_id = next_id + 1").await;
    assert_eq!(count(&mut origin, "SELECT nextval('link_revision')").await, 1);
    for refused in
        ["CREATE TABLE mine ()", "DROP TABLE links", "DELETE FROM _sqlx_migrations", "CREATE ROLE mine"]
    {
        assert!(sqlx::raw_sql(refused).execute(&mut origin).await.is_err(), "{refused}");
    }
    // Tables created later, such as partitions, are granted too.
    let mut owner = server.connect("analytics").await;
    execute(&mut owner, "CREATE TABLE later (number int)").await;
    let mut origin = server.connect_as("origin_1", "analytics").await.unwrap();
    execute(&mut origin, "INSERT INTO later VALUES (1)").await;
    server.drop().await;
}

#[tokio::test]
async fn login_that_is_no_longer_configured_is_disabled() {
    let server = Server::new();
    for (logins, allowed) in [
        (vec![("origin_1", "old")], [true, false]),
        (vec![("origin_1", "old"), ("origin_2", "new")], [true, true]),
        (vec![("origin_2", "new")], [false, true]),
    ] {
        migrate::run(&server.config(&logins)).await.unwrap();
        for (login, allowed) in ["origin_1", "origin_2"].into_iter().zip(allowed) {
            assert_eq!(server.connect_as(login, "links").await.is_ok(), allowed, "{login} of {logins:?}");
        }
    }
    server.drop().await;
}

#[tokio::test]
async fn moved_counters_repeat_no_id_and_no_revision() {
    let server = Server::new();
    migrate::run(&server.config(&[])).await.unwrap();
    let mut links = server.connect("links").await;
    execute(&mut links, "UPDATE code_counter SET next_id = 700; SELECT nextval('link_revision')").await;
    let request =
        serde_json::from_str(r#"{"move_counters_ahead": {"ids": 1000, "revisions": 5000}}"#).unwrap();
    let counters = migrate::run_with(&server.config(&[]), &request).await.unwrap().counters.unwrap();
    assert_eq!((counters.next_id, counters.next_revision), (1700, 5001));
    assert_eq!(count(&mut links, "SELECT next_id FROM code_counter").await, 1700);
    assert_eq!(count(&mut links, "SELECT nextval('link_revision')").await, 5001);

    let backwards = serde_json::from_str(r#"{"move_counters_ahead": {"ids": -1, "revisions": 1}}"#).unwrap();
    assert!(migrate::run_with(&server.config(&[]), &backwards).await.is_err());
    server.drop().await;
}

#[tokio::test]
async fn maintenance_creates_and_drops_days_and_keeps_accounting() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut analytics = server.connect("analytics").await;
    execute(
        &mut analytics,
        "SELECT make_day_partition('clicks', current_date - 400);
         INSERT INTO link_minutes (minute, link_id, day, clicks, visitors, class)
         VALUES (now() - interval '9 days', gen_random_uuid(), current_date - 9, 1, 0, 'human');
         INSERT INTO visitors (day, link_id, visitor)
         VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), gen_random_uuid());
         INSERT INTO batches (day, producer, batch, clicks, produced)
         VALUES (current_date - 40, gen_random_uuid(), 1, 5, 5), (current_date - 30, gen_random_uuid(), 1, 5, 5);
         INSERT INTO stored_transactions (stored_at) VALUES (now() - interval '31 days'), (now() - interval '29 days');
         UPDATE stored_transactions SET stored_at = now() - interval '32 days' WHERE number = 1;
         INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at)
         VALUES (gen_random_uuid(), 10, 4, 0, 1, now(), now())",
    )
    .await;
    let first = maintenance::run(&config).await.into_result().unwrap();
    // Yesterday, today and seven days ahead, for three tables.
    assert_eq!((first.partitions_created, first.partitions_dropped), (27, 1));
    assert_eq!((first.batch_records_deleted, first.accounting.unwrap().missing), (2, 5));
    // The last expired one stays, so that a cursor tells whether clicks after it are unknown.
    assert_eq!(count(&mut analytics, "SELECT min(number) FROM stored_transactions").await, 2);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM link_minutes").await, 0);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM visitors_default").await, 0);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM visitors").await, 1);
    assert_eq!(count(&mut analytics, "SELECT produced + stored + dead_lettered FROM producers").await, 15);
    let again = maintenance::run(&config).await.into_result().unwrap();
    assert_eq!(again, MaintenanceReport { accounting: first.accounting, ..Default::default() });
    analytics.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn imports_are_remembered_and_their_clicks_get_partitions() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut analytics = server.connect("analytics").await;
    maintenance::run(&config).await.into_result().unwrap();
    execute(
        &mut analytics,
        "INSERT INTO batches (day, producer, batch, clicks, produced, imported)
         VALUES (current_date - 900, gen_random_uuid(), 1, 5, 5, true);
         INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at, imported)
         SELECT producer, 5, 5, 0, 0, now() - interval '900 days', now() - interval '900 days', true FROM batches;
         INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request)
         SELECT now() - interval '1 day' * ago, 1, gen_random_uuid(), gen_random_uuid(),
                (now() AT TIME ZONE 'UTC')::date - ago, 0, 302, false, 'imported', ''
         FROM unnest(ARRAY[181, 180, 90, 90, 0]) AS ago",
    )
    .await;
    let report = maintenance::run(&config).await.into_result().unwrap();
    assert_eq!((report.batch_records_deleted, report.producers_folded), (0, 0));
    assert_eq!(report.partitions_created, 2);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM clicks").await, 4);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM clicks_default").await, 0);
    let again = maintenance::run(&config).await.into_result().unwrap();
    assert_eq!(again, MaintenanceReport { accounting: report.accounting, ..Default::default() });
    analytics.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn list_login_is_read_only_with_a_short_timeout() {
    let server = Server::new();
    migrate::run(&server.config(&[("origin", "origin")])).await.unwrap();
    for (login, expected) in [("origin", ["1min", "off"]), ("lists", ["2s", "on"])] {
        let mut connection = server.connect_as(login, "links").await.unwrap();
        for (setting, value) in
            ["statement_timeout", "default_transaction_read_only"].into_iter().zip(expected)
        {
            let query = sqlx::query_scalar::<_, String>("SELECT current_setting($1)").bind(setting);
            assert_eq!(query.fetch_one(&mut connection).await.unwrap(), value, "{setting} of {login}");
        }
        assert_eq!(count(&mut connection, "SELECT count(*) FROM links").await, 0);
        connection.close().await.unwrap();
    }
    server.drop().await;
}

#[tokio::test]
async fn failing_step_does_not_stop_the_others() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut analytics = server.connect("analytics").await;
    execute(
        &mut analytics,
        "ALTER TABLE clicks_default RENAME TO clicks_elsewhere;
         ALTER TABLE dropped_batches RENAME TO dropped_elsewhere;
         INSERT INTO batches (day, producer, batch, clicks, produced)
         VALUES (current_date - 40, gen_random_uuid(), 1, 5, 5);
         INSERT INTO dead_batches (producer, batch, clicks, counted, letter_at)
         VALUES (gen_random_uuid(), 1, 1, true, now() - interval '1 year')",
    )
    .await;
    let run = maintenance::run(&config).await;
    assert_eq!((run.report.partitions_created, run.report.batch_records_deleted), (18, 2));
    assert!(run.report.accounting.is_some());
    let error = run.into_result().unwrap_err().to_string();
    for step in
        ["3 of the steps", "partitions of clicks", "retention of clicks", "records of dropped batches"]
    {
        assert!(error.contains(step), "{error}");
    }
    execute(&mut analytics, "DROP TABLE producer_drops").await;
    let run = maintenance::run(&config).await;
    assert_eq!(run.report.accounting, None, "unread accounting must not look like zero missing clicks");
    analytics.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn maintenance_before_the_migrations_has_nothing_to_do() {
    let server = Server::new();
    let config = server.config(&[]);
    let report = maintenance::run(&config).await.into_result().unwrap();
    assert_eq!(report, MaintenanceReport::default());
    // The databases are there, but not their tables.
    let mut postgres = PgConnection::connect(&server.url).await.unwrap();
    for database in ["links", "analytics"] {
        execute(&mut postgres, &format!("CREATE DATABASE {}_{database}", server.name)).await;
    }
    let report = maintenance::run(&config).await.into_result().unwrap();
    assert_eq!(report, MaintenanceReport::default());
    server.drop().await;
}

#[tokio::test]
async fn ended_sessions_are_deleted() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut links = server.connect("links").await;
    execute(
        &mut links,
        "INSERT INTO sessions (token_hash, principal, key_hash, created_at, expires_at)
         VALUES ('\\x00', gen_random_uuid(), '\\x00', now(), now() - interval '1 second'),
                ('\\x01', gen_random_uuid(), '\\x00', now(), now() + interval '1 minute')",
    )
    .await;
    assert_eq!(maintenance::run(&config).await.into_result().unwrap().sessions_deleted, 1);
    assert_eq!(count(&mut links, "SELECT count(*) FROM sessions").await, 1);
    links.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn shares_that_open_nothing_are_deleted() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut links = server.connect("links").await;
    execute(
        &mut links,
        "INSERT INTO shares (token, link, tag, timezone, created_by, created_at, expires_at)
         VALUES ('gone link', gen_random_uuid(), NULL, 'UTC', gen_random_uuid(), now(), NULL),
                ('long over', NULL, 'a', 'UTC', gen_random_uuid(), now(), now() - interval '31 days'),
                ('over', NULL, 'a', 'UTC', gen_random_uuid(), now(), now() - interval '29 days'),
                ('open', NULL, 'a', 'UTC', gen_random_uuid(), now(), NULL)",
    )
    .await;
    assert_eq!(maintenance::run(&config).await.into_result().unwrap().shares_deleted, 2);
    assert_eq!(count(&mut links, "SELECT count(*) FROM shares WHERE token IN ('over', 'open')").await, 2);
    links.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn audit_entries_are_deleted_after_a_year() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut links = server.connect("links").await;
    execute(
        &mut links,
        "INSERT INTO audit_entries (id, kind, action)
         SELECT uuidv7(-365 * interval '1 day' + minutes * interval '1 minute'), 'key', 'created'
         FROM unnest(ARRAY[-2, -1, 1]) AS minutes",
    )
    .await;
    assert_eq!(maintenance::run(&config).await.into_result().unwrap().audit_entries_deleted, 2);
    assert_eq!(count(&mut links, "SELECT count(*) FROM audit_entries").await, 1);
    links.close().await.unwrap();
    server.drop().await;
}

#[tokio::test]
async fn missing_click_is_overdue_from_an_hour_to_a_day() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut analytics = server.connect("analytics").await;
    for (complete_until, last_click_at, last_at, overdue) in [
        // The clicks may still be on their way.
        ("2 hours", "59 minutes", "59 minutes", 0),
        ("2 hours", "61 minutes", "61 minutes", 5),
        // A loss is reported for a day after the producer's last batch.
        ("26 hours", "25 hours", "23 hours", 5),
        ("26 hours", "25 hours", "25 hours", 0),
    ] {
        let producer = format!(
            "TRUNCATE producers;
             INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                                    last_click_at, complete_until)
             VALUES (gen_random_uuid(), 10, 5, 0, 0, now(), now() - interval '{last_at}',
                     now() - interval '{last_click_at}', now() - interval '{complete_until}')"
        );
        execute(&mut analytics, &producer).await;
        let accounting = maintenance::run(&config).await.into_result().unwrap().accounting.unwrap();
        assert_eq!((accounting.missing, accounting.overdue), (5, overdue), "{last_click_at}, {last_at}");
    }
    analytics.close().await.unwrap();
    server.drop().await;
}

/// The sums of click accounting, and dropped clicks by reason, as the origin adds them up.
const ACCOUNTING: &str = "SELECT concat_ws(' ',
    (SELECT sum(greatest(produced, stored + dead_lettered + coalesce(lost, 0))) FROM producers
     LEFT JOIN (SELECT producer, sum(clicks) AS lost FROM producer_drops GROUP BY producer) drops USING (producer)),
    (SELECT concat_ws(' ', sum(stored), sum(duplicate), sum(dead_lettered)) FROM producers),
    (SELECT string_agg(reason || ' ' || clicks, ' ' ORDER BY reason)
     FROM (SELECT reason, sum(clicks) AS clicks FROM producer_drops GROUP BY reason) AS drops))";

#[tokio::test]
async fn silent_producers_are_folded_into_one() {
    let server = Server::new();
    let config = server.config(&[]);
    migrate::run(&config).await.unwrap();
    let mut analytics = server.connect("analytics").await;
    let add = "INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at)
               SELECT md5(n::text)::uuid, 10, 4 + n, n, 3, now() - interval '400 days', now() - make_interval(days => 20 * n)
               FROM generate_series(1, 9) n;
               INSERT INTO producer_drops
               SELECT md5(n::text)::uuid, reason, n FROM generate_series(2, 9, 2) n, (VALUES ('a'), ('b')) AS reasons (reason)";
    execute(&mut analytics, add).await;
    let accounting = async |analytics: &mut PgConnection| {
        sqlx::query_scalar::<_, String>(ACCOUNTING).fetch_one(analytics).await.unwrap()
    };
    let before = accounting(&mut analytics).await;
    let report = maintenance::run(&config).await.into_result().unwrap();
    // Of nine, those last active 20, 40 and 60 days ago are left.
    assert_eq!(report.producers_folded, 6);
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM producers").await, 4);
    assert_eq!(count(&mut analytics, "SELECT count(DISTINCT producer) FROM producer_drops").await, 2);
    assert_eq!(accounting(&mut analytics).await, before);
    execute(&mut analytics, &add.replace("20 * n", "100").replace("md5(n::text)", "md5('x' || n)")).await;
    let before = accounting(&mut analytics).await;
    assert_eq!(maintenance::run(&config).await.into_result().unwrap().producers_folded, 9);
    assert_eq!(accounting(&mut analytics).await, before);
    assert_eq!(maintenance::run(&config).await.into_result().unwrap().producers_folded, 0);
    analytics.close().await.unwrap();
    server.drop().await;
}
