//! Blocks and unblocks existing links after own or blocked hosts have changed. Does not decide how long a sweep may take.
//!
//! A link is checked by the statement that writes it, and here. Nothing slips through in between: a host is added under
//! [`lock_host_table`], which waits for writes that cannot see it yet, so that their links exist when the sweep starts.

use link_core::time::UnixMillis;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};
use crate::config::own_hosts::OwnHosts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepProgress {
    More,
    Done,
}

/// Makes writes that check a host table wait until this transaction ends, and waits for those in progress. Reads and dumps
/// continue. The sweep's row is locked first: a sweep holds it while it waits for links that such writes may hold.
macro_rules! lock_host_table {
    ($connection:expr, $table:literal) => {{
        sqlx::query("SELECT FROM host_sweep FOR UPDATE").execute(&mut *$connection).await?;
        sqlx::query(concat!("LOCK TABLE ", $table, " IN EXCLUSIVE MODE")).execute(&mut *$connection).await?;
    }};
}

pub(super) use lock_host_table;

/// Must run in the transaction that changes the hosts.
pub(super) async fn start_sweep(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    advance(connection, Some(Uuid::nil())).await
}

impl LinksDatabase {
    /// Checks the next links. Links that change are published like any other change.
    pub(crate) async fn sweep_hosts(
        &self,
        links: i64,
        own_hosts: &OwnHosts,
        now: UnixMillis,
    ) -> Result<SweepProgress, StoreError> {
        self.0
            .run(async {
                let pending = sqlx::query_scalar::<_, Option<Uuid>>("SELECT judged_to FROM host_sweep");
                if pending.fetch_one(&self.0.pool).await?.is_none() {
                    return Ok(SweepProgress::Done);
                }
                let mut transaction = self.0.pool.begin().await?;
                let judged_to: Option<Uuid> =
                    sqlx::query_scalar("SELECT judged_to FROM host_sweep FOR UPDATE")
                        .fetch_one(&mut *transaction)
                        .await?;
                let Some(judged_to) = judged_to else { return Ok(SweepProgress::Done) };
                let own = own_hosts_linked_to(&mut transaction, judged_to, links, own_hosts).await?;
                let corrections = find_corrections(&mut transaction, judged_to, links, &own).await?;
                let changed = apply(&mut transaction, &corrections, now).await?;
                let next_start = if changed == corrections.ids.len() {
                    advance(&mut transaction, corrections.last).await?;
                    corrections.last
                } else {
                    // Some links were written in the meantime: check this page again.
                    Some(judged_to)
                };
                transaction.commit().await?;
                Ok(next_start.map_or(SweepProgress::Done, |_| SweepProgress::More))
            })
            .await
    }
}

/// The links of a page whose `blocked` is wrong.
#[derive(sqlx::FromRow)]
struct Corrections {
    ids: Vec<Uuid>,
    /// The checked revisions.
    revisions: Vec<i64>,
    blocked: Vec<bool>,
    /// The last link of the page; `None` if there is no further page.
    last: Option<Uuid>,
}

/// The destination hosts of a page of links that are ours without a row in `domains`.
async fn own_hosts_linked_to(
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

/// A separate statement, started after the sweep's row was locked: it sees every host that was added before.
async fn find_corrections(
    connection: &mut PgConnection,
    after: Uuid,
    links: i64,
    own: &[String],
) -> Result<Corrections, sqlx::Error> {
    sqlx::query_as(
        "WITH page AS (
             SELECT id, revision, hosts, blocked FROM links WHERE id > $1 ORDER BY id LIMIT $2
         ), named AS (
             SELECT DISTINCT host FROM page CROSS JOIN unnest(page.hosts) AS host
         ), forbidden AS (
             SELECT host FROM named WHERE host = ANY($3)
             UNION
             SELECT host FROM named JOIN domains ON domains.name IN (named.host, regexp_replace(named.host, '^www[.]', ''))
             UNION
             SELECT named.host FROM named
             CROSS JOIN string_to_array(named.host, '.') AS labels
             CROSS JOIN generate_subscripts(labels, 1) AS first
             JOIN blocked_hosts blocked
                 ON blocked.host = array_to_string(labels[first:], '.') AND (first = 1 OR blocked.subdomains)
         ), wrong AS (
             SELECT page.id, page.revision, NOT page.blocked AS new_blocked
             FROM page CROSS JOIN unnest(page.hosts) AS linked_host LEFT JOIN forbidden ON forbidden.host = linked_host
             GROUP BY page.id, page.revision, page.blocked
             HAVING bool_or(forbidden.host IS NOT NULL) <> page.blocked
         )
         SELECT coalesce(array_agg(id ORDER BY id), '{}') AS ids,
                coalesce(array_agg(revision ORDER BY id), '{}') AS revisions,
                coalesce(array_agg(new_blocked ORDER BY id), '{}') AS blocked,
                (SELECT CASE WHEN count(*) = $2 THEN (array_agg(id ORDER BY id DESC))[1] END FROM page) AS last
         FROM wrong",
    )
    .bind(after)
    .bind(links)
    .bind(own)
    .fetch_one(connection)
    .await
}

/// Returns how many links still had the checked revision and were changed.
async fn apply(
    connection: &mut PgConnection,
    corrections: &Corrections,
    now: UnixMillis,
) -> Result<usize, sqlx::Error> {
    if corrections.ids.is_empty() {
        return Ok(0);
    }
    let changed: i64 = sqlx::query_scalar(
        "WITH changed AS (
             UPDATE links link SET blocked = checked.blocked, revision = DEFAULT, updated_at = $4
             FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) AS checked(id, revision, blocked)
             WHERE link.id = checked.id AND link.revision = checked.revision
             RETURNING link.id, link.domain, link.code, link.revision, link.blocked
         ), whole AS (
             -- Without a key: that of the entry about the host is the one that asked for it.
             INSERT INTO audit_entries (kind, action, bulk)
             SELECT 'link', CASE WHEN blocked THEN 'blocked' ELSE 'unblocked' END, jsonb_build_object('count', count(*))
             FROM changed GROUP BY blocked
             RETURNING id, action
         ), entry AS (
             INSERT INTO audit_entries (kind, action, link, name, domain, part_of)
             SELECT 'link', whole.action, changed.id, domain || '/' || code, domain, whole.id
             FROM changed JOIN whole ON changed.blocked = (whole.action = 'blocked')
         ), publication AS (
             INSERT INTO publications (domain, code, revision)
             SELECT domain, code, revision FROM changed ORDER BY domain, code
             ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision
         )
         SELECT count(*) FROM changed",
    )
    .bind(&corrections.ids)
    .bind(&corrections.revisions)
    .bind(&corrections.blocked)
    .bind(now.date_time())
    .fetch_one(connection)
    .await?;
    Ok(usize::try_from(changed).unwrap_or(0))
}

async fn advance(connection: &mut PgConnection, judged_to: Option<Uuid>) -> Result<(), sqlx::Error> {
    let advance = sqlx::query("UPDATE host_sweep SET judged_to = $1").bind(judged_to);
    advance.execute(connection).await.map(drop)
}
