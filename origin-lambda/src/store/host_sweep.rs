//! Judges links that exist by the hosts that none may lead to any more, or may again. Does not decide how long that may
//! take.
//!
//! A link is judged when it is written, by the statement that writes it, and here. In between nothing slips through: a
//! host is added under [`refuse_meanwhile`], which waits for the writes that cannot see it yet, and the links that those
//! have left are then there to be judged.

use link_core::time::UnixMillis;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};
use crate::own_hosts::OwnHosts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    More,
    Done,
}

/// Writes that refer to a table of hosts wait until this transaction has ended, and it waits for those under way.
/// Reading and dumping the table go on. The sweep's row comes first: a sweep holds it while it waits for links that such
/// writes may hold.
macro_rules! refuse_meanwhile {
    ($connection:expr, $table:literal) => {{
        sqlx::query("SELECT FROM host_sweep FOR UPDATE").execute(&mut *$connection).await?;
        sqlx::query(concat!("LOCK TABLE ", $table, " IN EXCLUSIVE MODE")).execute(&mut *$connection).await?;
    }};
}

pub(super) use refuse_meanwhile;

/// In the transaction that has changed the hosts.
pub(super) async fn begin_sweep(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    advance(connection, Some(Uuid::nil())).await
}

impl LinksDatabase {
    /// The next links. Those that change are published like any other change.
    pub(crate) async fn sweep_hosts(
        &self,
        links: i64,
        own_hosts: &OwnHosts,
        now: UnixMillis,
    ) -> Result<Sweep, StoreError> {
        self.0
            .run(async {
                let place = sqlx::query_scalar::<_, Option<Uuid>>("SELECT judged_to FROM host_sweep");
                if place.fetch_one(&self.0.pool).await?.is_none() {
                    return Ok(Sweep::Done);
                }
                let mut transaction = self.0.pool.begin().await?;
                let judged_to: Option<Uuid> =
                    sqlx::query_scalar("SELECT judged_to FROM host_sweep FOR UPDATE")
                        .fetch_one(&mut *transaction)
                        .await?;
                let Some(judged_to) = judged_to else { return Ok(Sweep::Done) };
                let own = own_hosts_led_to(&mut transaction, judged_to, links, own_hosts).await?;
                let judgement = judge(&mut transaction, judged_to, links, &own).await?;
                let changed = carry_out(&mut transaction, &judgement, now).await?;
                let left_to_do = if changed == judgement.ids.len() {
                    advance(&mut transaction, judgement.last).await?;
                    judgement.last
                } else {
                    // Some were written meanwhile: they are judged once more.
                    Some(judged_to)
                };
                transaction.commit().await?;
                Ok(left_to_do.map_or(Sweep::Done, |_| Sweep::More))
            })
            .await
    }
}

/// Of a page of links: those that are blocked and should not be, or the other way round.
#[derive(sqlx::FromRow)]
struct Judgement {
    ids: Vec<Uuid>,
    /// As they were judged.
    revisions: Vec<i64>,
    refused: Vec<bool>,
    /// Of the page, where there may be another.
    last: Option<Uuid>,
}

/// Of the hosts that a page of links leads to: those that are ours without a row among the domains.
async fn own_hosts_led_to(
    connection: &mut PgConnection,
    after: Uuid,
    links: i64,
    own_hosts: &OwnHosts,
) -> Result<Vec<String>, sqlx::Error> {
    let hosts = sqlx::query_scalar(
        "SELECT DISTINCT host
         FROM (SELECT hosts FROM links WHERE id > $1 ORDER BY id LIMIT $2) page CROSS JOIN unnest(page.hosts) AS host",
    );
    let mut hosts: Vec<String> = hosts.bind(after).bind(links).fetch_all(connection).await?;
    hosts.retain(|host| own_hosts.contains(host));
    Ok(hosts)
}

/// A statement of its own, begun after the sweep's row was locked: it sees every host that was added before.
async fn judge(
    connection: &mut PgConnection,
    after: Uuid,
    links: i64,
    own: &[String],
) -> Result<Judgement, sqlx::Error> {
    sqlx::query_as(
        "WITH page AS (
             SELECT id, revision, hosts, blocked FROM links WHERE id > $1 ORDER BY id LIMIT $2
         ), named AS (
             SELECT DISTINCT host FROM page CROSS JOIN unnest(page.hosts) AS host
         ), refused AS (
             SELECT host FROM named WHERE host = ANY($3)
             UNION
             SELECT host FROM named JOIN domains ON domains.name IN (named.host, regexp_replace(named.host, '^www[.]', ''))
             UNION
             SELECT named.host FROM named
             CROSS JOIN string_to_array(named.host, '.') AS labels
             CROSS JOIN generate_subscripts(labels, 1) AS first
             JOIN blocked_hosts blocked
                 ON blocked.host = array_to_string(labels[first:], '.') AND (first = 1 OR blocked.subdomains)
         ), misjudged AS (
             SELECT page.id, page.revision, NOT page.blocked AS refused
             FROM page CROSS JOIN unnest(page.hosts) AS led_to LEFT JOIN refused ON refused.host = led_to
             GROUP BY page.id, page.revision, page.blocked
             HAVING bool_or(refused.host IS NOT NULL) <> page.blocked
         )
         SELECT coalesce(array_agg(id ORDER BY id), '{}') AS ids,
                coalesce(array_agg(revision ORDER BY id), '{}') AS revisions,
                coalesce(array_agg(refused ORDER BY id), '{}') AS refused,
                (SELECT CASE WHEN count(*) = $2 THEN (array_agg(id ORDER BY id DESC))[1] END FROM page) AS last
         FROM misjudged",
    )
    .bind(after)
    .bind(links)
    .bind(own)
    .fetch_one(connection)
    .await
}

/// How many links are still as they were judged, and have been changed.
async fn carry_out(
    connection: &mut PgConnection,
    judgement: &Judgement,
    now: UnixMillis,
) -> Result<usize, sqlx::Error> {
    if judgement.ids.is_empty() {
        return Ok(0);
    }
    let changed: i64 = sqlx::query_scalar(
        "WITH changed AS (
             UPDATE links link SET blocked = judged.refused, revision = DEFAULT, updated_at = $4
             FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) AS judged(id, revision, refused)
             WHERE link.id = judged.id AND link.revision = judged.revision
             RETURNING link.domain, link.code, link.revision
         ), publication AS (
             INSERT INTO publications (domain, code, revision)
             SELECT domain, code, revision FROM changed ORDER BY domain, code
             ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision
         )
         SELECT count(*) FROM changed",
    )
    .bind(&judgement.ids)
    .bind(&judgement.revisions)
    .bind(&judgement.refused)
    .bind(now.date_time())
    .fetch_one(connection)
    .await?;
    Ok(usize::try_from(changed).unwrap_or(0))
}

async fn advance(connection: &mut PgConnection, judged_to: Option<Uuid>) -> Result<(), sqlx::Error> {
    let advance = sqlx::query("UPDATE host_sweep SET judged_to = $1").bind(judged_to);
    advance.execute(connection).await.map(drop)
}
