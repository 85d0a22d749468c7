//! Generates a long history of clicks inside Postgres: the rows that the consumer would have written, without the
//! clicks behind them.

use anyhow::{Context, Result};
use local_stack::{DEFAULT_DOMAIN, Postgres};
use sqlx::{Connection, PgConnection};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

/// Number of links in the links database. Most have only a total.
pub(super) const LINKS: i32 = 100_000;
/// Has a third of all clicks, and each open dimension is at its cardinality limit.
pub(super) const HOT: i32 = 1;
/// Each has [`COLD_CLICKS_PER_DAY`], in all dimensions. They take a third of the clicks, up to this many links:
/// roll-ups of more links would fill the disk and affect no query.
const COLD: std::ops::RangeInclusive<i32> = 2..=101;
const COLD_CLICKS_PER_DAY: i64 = 50;
/// Tagged `few`.
const FEW: std::ops::RangeInclusive<i32> = 2..=51;
/// Tagged `campaign`: nearly as many as one answer may add up. They have only totals, of the last days.
const CAMPAIGN: std::ops::RangeInclusive<i32> = 1_001..=9_900;
const CAMPAIGN_DAYS: u16 = 60;
/// The retention of raw clicks (`migrate::maintenance`), with at most this many per day: more would only take disk
/// space.
pub(super) const RAW_DAYS: u16 = 180;
pub(super) const MAX_RAW_PER_DAY: i64 = 20_000;
/// Days with roll-ups per minute, today included.
const MINUTE_DAYS: u16 = 3;
/// Days that are sealed and vacuumed together. A real installation seals each day separately and vacuums after a few,
/// so its rows reuse the space of older ones.
const SEALED_TOGETHER: u16 = 30;
/// The tables of a history.
const TABLES: [&str; 8] = [
    "link_days",
    "link_months",
    "sealed_quarters",
    "link_minutes",
    "link_totals",
    "clicks",
    "producers",
    "producer_drops",
];
/// Clicks per isolate.
const CLICKS_PER_PRODUCER: i64 = 1_000;

#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    pub(super) clicks: i64,
    pub(super) days: u16,
}

/// Row counts and size of a generated history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HistorySize {
    /// Per day and month.
    pub(super) roll_ups: i64,
    pub(super) raw_clicks: i64,
    pub(super) producers: i64,
    pub(super) bytes: i64,
}

pub(super) fn link(number: i32) -> Uuid {
    Uuid::from_u128(FIRST_LINK + u128::from(number.unsigned_abs()))
}

const FIRST_LINK: u128 = 0x0198_c0de_0000_7000_8000_0000_0000_0000;
const LINK_ID: &str = "('0198c0de-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid";

/// Creates the links, which all histories share.
pub(super) async fn make_links(postgres: &Postgres) -> Result<()> {
    let mut links = PgConnection::connect(&postgres.links_database_url).await?;
    for statement in [
        format!(
            "INSERT INTO links (id, domain, code, url, status, tags, created_at, updated_at)
             SELECT {LINK_ID}, '{DEFAULT_DOMAIN}', 'link-' || number, 'https://example.com/landing/' || number, 302,
                    CASE WHEN number BETWEEN {} AND {} THEN ARRAY['few']
                         WHEN number BETWEEN {} AND {} THEN ARRAY['campaign'] ELSE '{{}}' END, now(), now()
             FROM generate_series(1, {LINKS}) number",
            FEW.start(),
            FEW.end(),
            CAMPAIGN.start(),
            CAMPAIGN.end()
        ),
        format!(
            "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at)
             SELECT {LINK_ID}, 100000000 / number, 80000000 / number, 12000000 / number, now()
             FROM generate_series(1, {LINKS}) number"
        ),
        "VACUUM ANALYZE links".to_owned(),
        "VACUUM ANALYZE link_totals".to_owned(),
    ] {
        run(&mut links, statement).await?;
    }
    links.close().await?;
    Ok(())
}

impl History {
    /// Replaces the previous history.
    pub(super) async fn make(self, postgres: &Postgres) -> Result<HistorySize> {
        let mut analytics = PgConnection::connect(&postgres.analytics_database_url).await?;
        for table in TABLES {
            run(&mut analytics, format!("TRUNCATE {table}")).await?;
        }
        self.make_shapes(&mut analytics).await.context("cannot create the shapes of a day")?;
        let today = OffsetDateTime::now_utc().date();
        for ago in (0..self.days).rev() {
            let day = today - Duration::days(ago.into());
            self.make_day(&mut analytics, day, ago)
                .await
                .with_context(|| format!("cannot create the roll-ups of {day}"))?;
            if ago % SEALED_TOGETHER == 0 {
                seal(postgres, &mut analytics).await?;
            }
        }
        self.make_producers(&mut analytics).await.context("cannot create the producers")?;
        postgres.maintain().await?;
        for table in TABLES {
            run(&mut analytics, format!("VACUUM ANALYZE {table}")).await?;
        }
        run(&mut analytics, "CHECKPOINT".to_owned()).await?;
        let (roll_ups, raw_clicks, producers, bytes) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM link_days) + (SELECT count(*) FROM link_months), (SELECT count(*) FROM clicks), (SELECT count(*) FROM producers),
                    pg_database_size(current_database())",
        )
        .fetch_one(&mut analytics)
        .await?;
        analytics.close().await?;
        Ok(HistorySize { roll_ups, raw_clicks, producers, bytes })
    }

    pub(super) fn clicks_per_day(self) -> i64 {
        self.clicks / i64::from(self.days)
    }

    fn cold_links(self) -> i64 {
        let most = i64::from(COLD.end() - COLD.start() + 1);
        (self.clicks_per_day() / 3 / COLD_CLICKS_PER_DAY).clamp(1, most)
    }

    /// Creates a day's rows of `link_days` per kind of link; all days are alike. The n-th value of a dimension has a
    /// share of 1/n; less than half a click makes no row.
    async fn make_shapes(self, analytics: &mut PgConnection) -> Result<()> {
        let quarters = |count: &str| {
            // Spread evenly over the day.
            format!(
                "('[0:95]=' || (SELECT array_agg(nullif({count} * (q + 1) / 96 - {count} * q / 96, 0) ORDER BY q)
                                FROM generate_series(0, 95) q)::text)::integer[]"
            )
        };
        let (clicks, visitors) = (quarters("clicks"), quarters("visitors"));
        let all = self.clicks_per_day();
        let hot = all / 3;
        let last_cold = i64::from(*COLD.start()) + self.cold_links() - 1;
        for statement in [
            "DROP TABLE IF EXISTS shapes, members".to_owned(),
            format!(
                "CREATE TEMP TABLE shapes AS
                 SELECT kind, dimension, CASE dimension WHEN 'total' THEN '' ELSE dimension || '-' || n END AS value, class,
                        clicks, visitors, {clicks} AS quarter_clicks, {visitors} AS quarter_visitors
                 FROM (VALUES ('hot', {hot}), ('all', {all}), ('cold', {COLD_CLICKS_PER_DAY})) AS kinds (kind, a_day),
                      (VALUES ('total', 1), ('country', 1000), ('referrer', 1000), ('language', 1000),
                              ('destination', 1000), ('browser', 12), ('os', 8), ('device', 4), ('tier', 5),
                              ('domain', 20)) AS dimensions (dimension, vals),
                      (VALUES ('human', 0.85), ('bot', 0.12), ('preview', 0.03)) AS classes (class, part),
                      LATERAL (SELECT n, (1.0 / n) / sum(1.0 / n) OVER () AS weight
                               FROM generate_series(1, vals) n) AS spread,
                      LATERAL (SELECT round(a_day * part * weight)::bigint AS clicks) AS counted,
                      LATERAL (SELECT clicks * 6 / 10 AS visitors) AS seen
                 WHERE clicks > 0 AND (kind = 'all' OR dimension <> 'domain')"
            ),
            format!(
                "CREATE TEMP TABLE members AS
                 SELECT 'hot' AS kind, '{}'::uuid AS link_id UNION ALL SELECT 'all', '{}'
                 UNION ALL SELECT 'cold', {LINK_ID} FROM generate_series({}, {last_cold}) number",
                link(HOT),
                link_core::clicks::roll_up::ALL_LINKS,
                COLD.start()
            ),
            "ANALYZE shapes".to_owned(),
            "ANALYZE members".to_owned(),
        ] {
            run(analytics, statement).await?;
        }
        Ok(())
    }

    async fn make_day(self, analytics: &mut PgConnection, day: Date, ago: u16) -> Result<()> {
        let columns =
            "link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors";
        // In the order in which the consumer writes.
        run(
            analytics,
            format!(
                "INSERT INTO link_days ({columns})
                 SELECT link_id, dimension, '{day}', value, class, clicks, visitors, quarter_clicks, quarter_visitors
                 FROM shapes JOIN members USING (kind) ORDER BY link_id, dimension, value, class"
            ),
        )
        .await?;
        run(
            analytics,
            format!(
                "INSERT INTO link_days ({columns})
                 SELECT '{}', 'orphan', '{day}', 'example.com/misprint-' || number, '', 1001 - number, 0,
                        ARRAY[1001 - number], '{{}}'
                 FROM generate_series(1, 1000) number",
                link_core::clicks::roll_up::ALL_LINKS
            ),
        )
        .await?;
        if ago < CAMPAIGN_DAYS {
            let (first, last) = (CAMPAIGN.start(), CAMPAIGN.end());
            run(
                analytics,
                format!(
                    "INSERT INTO link_days ({columns})
                     SELECT {LINK_ID}, 'total', '{day}', '', 'human', 5, 3, '[40:44]={{1,1,1,1,1}}', '[40:42]={{1,1,1}}'
                     FROM generate_series({first}, {last}) number"
                ),
            )
            .await?;
        }
        if ago < MINUTE_DAYS {
            run(analytics, format!("SELECT make_day_partition('link_minutes', '{day}')")).await?;
            run(
                analytics,
                format!(
                    "INSERT INTO link_minutes (day, link_id, minute, class, clicks, visitors)
                     SELECT '{day}', link_id, '{day}'::timestamptz + make_interval(mins => minute), class,
                            greatest(clicks / 1440, 1), greatest(clicks / 2400, 1)
                     FROM shapes JOIN members USING (kind), generate_series(0, 1439) minute
                     WHERE dimension = 'total' AND (clicks >= 1440 OR minute % (1440 / clicks) = 0)"
                ),
            )
            .await?;
        }
        if ago < RAW_DAYS { self.make_raw_clicks(analytics, day).await } else { Ok(()) }
    }

    /// A third on the hot link, the others on the cold links in turn.
    async fn make_raw_clicks(self, analytics: &mut PgConnection, day: Date) -> Result<()> {
        let clicks = self.clicks_per_day().min(MAX_RAW_PER_DAY);
        let cold = self.cold_links();
        let first_cold = COLD.start();
        run(analytics, format!("SELECT make_day_partition('clicks', '{day}')")).await?;
        run(
            analytics,
            format!(
                "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, country,
                                     agent, referrer, visitor, network, rule, new_to_link, new_to_all, class, browser, os,
                                     device, language, domain)
                 SELECT '{day}'::timestamptz + make_interval(secs => n * 86400.0 / {clicks}), n / 100, {LINK_ID},
                        md5('{day}' || n % 50)::uuid, '{day}', n % 100, 302, false, 'memory', md5(n::text), 'DE',
                        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36',
                        'https://www.example.org/', gen_random_uuid(), 64496, 1, true, true, 'human', 'Chrome', 'Linux',
                        'desktop', 'de-DE', '{DEFAULT_DOMAIN}'
                 FROM generate_series(1, {clicks}) AS n,
                      LATERAL (SELECT CASE WHEN n % 3 = 0 THEN {HOT} ELSE {first_cold} + (n / 3 % {cold})::integer END
                               AS number) AS chosen"
            ),
        )
        .await
    }

    /// One in a hundred producers dropped clicks.
    async fn make_producers(self, analytics: &mut PgConnection) -> Result<()> {
        let producers = (self.clicks / CLICKS_PER_PRODUCER).max(1);
        for statement in [
            format!(
                "INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                                        last_click_at, complete_until)
                 SELECT md5(n::text)::uuid, {CLICKS_PER_PRODUCER}, {CLICKS_PER_PRODUCER} - 100 * (n % 100 = 0)::integer, 0, 0,
                        at, at, at, at
                 FROM generate_series(1, {producers}) n,
                      LATERAL (SELECT now() - make_interval(secs => n * 86400.0 * {} / {producers}) AS at) AS lived",
                self.days
            ),
            format!(
                "INSERT INTO producer_drops (producer, reason, clicks)
                 SELECT md5(n::text)::uuid, 'queue_unavailable', 100 FROM generate_series(100, {producers}, 100) n"
            ),
            "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at)
             SELECT link_id, 1000, 1000, 0, now() FROM members"
                .to_owned(),
        ] {
            run(analytics, statement).await?;
        }
        Ok(())
    }
}

/// Runs the product's maintenance.
async fn seal(postgres: &Postgres, analytics: &mut PgConnection) -> Result<()> {
    while postgres.maintain().await?.sealed.days_left > 0 {}
    for table in ["link_days", "link_months", "sealed_quarters"] {
        run(analytics, format!("VACUUM ANALYZE {table}")).await?;
    }
    Ok(())
}

/// Statements contain only constants and numbers of this file.
async fn run(connection: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}
