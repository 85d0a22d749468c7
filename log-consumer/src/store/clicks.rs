//! The table `clicks`: the raw clicks of batches that are known to be new.

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::plan::ClickRow;
use crate::store::StoreError;

/// Beyond a thousand rows a statement gets hardly faster; this many wide ones are a few megabytes, in the client's memory
/// and in the server's. An event of Lambda's (6 MB) holds some 20,000 clicks.
const ROWS_A_STATEMENT: usize = 5_000;

pub(super) async fn insert(connection: &mut PgConnection, rows: &[ClickRow<'_>]) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        insert_chunk(connection, chunk).await?;
    }
    Ok(())
}

async fn insert_chunk(connection: &mut PgConnection, rows: &[ClickRow<'_>]) -> Result<(), StoreError> {
    let times: Vec<OffsetDateTime> = rows.iter().map(|row| row.click.time.date_time()).collect();
    let batches: Vec<i64> = rows.iter().map(|row| i64::from(row.batch)).collect();
    let links: Vec<Uuid> = rows.iter().map(|row| row.click.link.0).collect();
    let producers: Vec<Uuid> = rows.iter().map(|row| row.producer).collect();
    let positions: Vec<i32> = rows.iter().map(|row| row.position).collect();
    // Wider than the column: it takes a status without a conversion that could fail.
    let statuses: Vec<i32> = rows.iter().map(|row| i32::from(u16::from(row.click.status))).collect();
    let heads: Vec<bool> = rows.iter().map(|row| row.click.head).collect();
    let tiers: Vec<&str> = rows.iter().map(|row| row.click.tier.as_str()).collect();
    let requests: Vec<&str> = rows.iter().map(|row| row.click.request.as_str()).collect();
    let countries: Vec<Option<&str>> = rows.iter().map(|row| row.click.country.as_deref()).collect();
    let agents: Vec<Option<&str>> = rows.iter().map(|row| row.click.agent.as_deref()).collect();
    let referrers: Vec<Option<&str>> = rows.iter().map(|row| row.click.referrer.as_deref()).collect();
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, country,
                             agent, referrer)
         SELECT time, batch, link_id, producer, (time AT TIME ZONE 'UTC')::date, position, status, head, tier, request,
                country, agent, referrer
         FROM UNNEST($1::timestamptz[], $2::bigint[], $3::uuid[], $4::uuid[], $5::integer[], $6::integer[],
                     $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
              AS sent (time, batch, link_id, producer, position, status, head, tier, request, country, agent, referrer)",
    )
    .bind(times)
    .bind(batches)
    .bind(links)
    .bind(producers)
    .bind(positions)
    .bind(statuses)
    .bind(heads)
    .bind(tiers)
    .bind(requests)
    .bind(countries)
    .bind(agents)
    .bind(referrers)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
