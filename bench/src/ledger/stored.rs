//! Reads the content of the tables after a run; compared with `expected`. Uses its own SQL, so that it finds errors in
//! the product's.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::figures::Figures;

/// Each query returns keys and numbers, both as text. Regions and what stands behind a tab, which are versions, are left out: the
/// previous release, which a rehearsal runs beside this one, does not count them.
const QUERIES: [(&str, &str); 12] = [
    ("raw clicks", "SELECT producer::text, count(*)::text FROM clicks GROUP BY producer"),
    (
        "contents of raw clicks",
        "SELECT producer::text, sum(('x' || encode(substr(sha256(convert_to(concat_ws('|',
             (extract(epoch FROM time) * 1000)::bigint, link_id, batch, position, status, head, tier, request,
             coalesce(country, '~'), coalesce(agent, '~'), coalesce(referrer, '~'), coalesce(class, '~'),
             coalesce(browser, '~'), coalesce(os, '~'), coalesce(device, '~'), coalesce(language, '~'),
             coalesce(destination, '~'), coalesce(domain, '~'), coalesce(purpose, '~'), coalesce(visitor::text, '~'),
             coalesce(network::text, '~')), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint)::text
         FROM clicks GROUP BY producer",
    ),
    ("batches", "SELECT concat_ws(' ', producer, batch, day, clicks), produced::text FROM batches"),
    (
        "click accounting",
        "SELECT concat_ws(' ', producer, name), number::text FROM producers,
                LATERAL (VALUES ('produced', produced), ('stored', stored), ('dead-lettered', dead_lettered)) AS known (name, number)
         WHERE number <> 0
         UNION ALL SELECT concat_ws(' ', producer, reason), clicks::text FROM producer_drops WHERE clicks <> 0",
    ),
    (
        "clicks by value and class",
        "SELECT concat_ws(' ', link_id, day, dimension,
                          CASE dimension WHEN 'referrer' THEN '(all)' ELSE split_part(value, E'\\t', 1) END, class),
                sum(clicks)::text
         FROM link_days WHERE dimension <> 'region' GROUP BY 1",
    ),
    (
        "values at the limit",
        "SELECT concat_ws(' ', link_id, day), count(DISTINCT value)::text FROM link_days
         WHERE dimension = 'referrer' AND value <> '(other)' GROUP BY 1",
    ),
    (
        "visitors by value",
        "SELECT concat_ws(' ', link_id, day, dimension, split_part(value, E'\\t', 1)), sum(visitors)::text FROM link_days
         WHERE dimension IN ('total', 'country', 'browser', 'os', 'device', 'language')
         GROUP BY 1 HAVING sum(visitors) <> 0",
    ),
    ("visitors known", "SELECT concat_ws(' ', link_id, day), count(*)::text FROM visitors GROUP BY 1"),
    (
        "visitors marked in clicks",
        "SELECT concat_ws(' ', link_id, day), count(*)::text FROM clicks WHERE new_to_link GROUP BY 1
         UNION ALL
         SELECT concat_ws(' ', 'ffffffff-ffff-ffff-ffff-ffffffffffff', day), count(*)::text FROM clicks
         WHERE new_to_all GROUP BY 1",
    ),
    (
        "quarters of an hour",
        "SELECT concat_ws(' ', link_id, day, quarter, class), quarter_clicks[quarter]::text
         FROM link_days, LATERAL generate_subscripts(quarter_clicks, 1) AS quarter
         WHERE dimension = 'total' AND quarter_clicks[quarter] IS NOT NULL",
    ),
    (
        "minutes, of all links",
        "SELECT concat_ws(' ', (extract(epoch FROM minute) / 60)::bigint, class), clicks::text FROM link_minutes
         WHERE link_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    ),
    (
        "totals of links",
        "SELECT concat_ws(' ', link_id, name), number::text FROM link_totals,
                LATERAL (VALUES ('clicks', clicks), ('human', human), ('bot', bot),
                                ('last', (extract(epoch FROM last_click_at) * 1000)::bigint)) AS known (name, number)
         WHERE number <> 0",
    ),
];

pub(super) async fn figures(database: &mut PgConnection) -> Result<BTreeMap<&'static str, Figures>> {
    let mut all = BTreeMap::new();
    for (name, query) in QUERIES {
        let rows: Vec<(String, String)> =
            sqlx::query_as(query).fetch_all(&mut *database).await.with_context(|| name.to_owned())?;
        let mut figures = Figures::new();
        for (key, number) in rows {
            *figures.entry(key).or_default() += number.parse::<i128>().context("not a number")?;
        }
        all.insert(name, figures);
    }
    Ok(all)
}

/// Clicks in repeated messages, by producer. Their number depends on the consumers' deaths.
pub(super) async fn duplicates(database: &mut PgConnection) -> Result<BTreeMap<Uuid, i64>> {
    let rows = sqlx::query_as("SELECT producer, duplicate FROM producers").fetch_all(database).await?;
    Ok(rows.into_iter().collect())
}
