//! The table `clicks`: the raw clicks of new batches.

use classify::RULES_VERSION;
use link_core::clicks::batch::CacheTier;
use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::plan::ClickRow;
use crate::store::error::StoreError;

/// Statements gain little speed beyond a thousand rows, and this many wide rows take a few megabytes of memory in client and server.
/// A Lambda event (6 MB) holds some 20,000 clicks.
const ROWS_PER_STATEMENT: usize = 5_000;

/// Imported visits from before the last `kept_days` are left out, which the maintenance would delete within the hour.
pub(super) async fn insert(
    connection: &mut PgConnection,
    rows: &[ClickRow<'_>],
    kept_days: i32,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        insert_chunk(connection, chunk, kept_days).await?;
    }
    Ok(())
}

fn texts<'a>(
    rows: &'a [ClickRow<'_>],
    value: impl Fn(&'a ClickRow<'_>) -> Option<&'a str>,
) -> Vec<Option<&'a str>> {
    rows.iter().map(value).collect()
}

async fn insert_chunk(
    connection: &mut PgConnection,
    rows: &[ClickRow<'_>],
    kept_days: i32,
) -> Result<(), StoreError> {
    let times: Vec<OffsetDateTime> = rows.iter().map(|row| row.click.time.date_time()).collect();
    let batches: Vec<i64> = rows.iter().map(|row| i64::from(row.batch.batch)).collect();
    let links: Vec<Uuid> = rows.iter().map(|row| row.click.link.0).collect();
    let producers: Vec<Uuid> = rows.iter().map(|row| row.batch.producer).collect();
    let positions: Vec<i32> = rows.iter().map(|row| row.position).collect();
    // Wider than the column, so that the conversion cannot fail.
    let statuses: Vec<i32> = rows.iter().map(|row| i32::from(u16::from(row.click.status))).collect();
    let heads: Vec<bool> = rows.iter().map(|row| row.click.head).collect();
    let visitors: Vec<Option<Uuid>> =
        rows.iter().map(|row| row.click.visitor.map(|visitor| visitor.0)).collect();
    let asns: Vec<Option<i64>> = rows.iter().map(|row| row.click.asn.map(i64::from)).collect();
    let new_to_link: Vec<bool> = rows.iter().map(|row| row.new_to_link).collect();
    let new_to_all: Vec<bool> = rows.iter().map(|row| row.new_to_all).collect();
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, visitor, network, rule,
                             new_to_link, new_to_all, tier, request, country, agent, referrer, class, browser, os, device,
                             language, destination, domain, purpose, utm, region, city, browser_version, os_version)
         SELECT time, batch, link_id, producer, (time AT TIME ZONE 'UTC')::date, position, status, head, visitor, network,
                $25, new_to_link, new_to_all, tier, request, country, agent, referrer, class, browser, os, device,
                language, destination, domain, purpose, utm, region, city, browser_version, os_version
         FROM UNNEST($1::timestamptz[], $2::bigint[], $3::uuid[], $4::uuid[], $5::integer[], $6::integer[],
                     $7::boolean[], $8::uuid[], $9::bigint[], $10::boolean[], $11::boolean[], $12::text[], $13::text[],
                     $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[],
                     $21::text[], $22::text[], $23::text[], $24::text[], $26::text[],
                     $27::text[], $28::text[], $29::text[], $30::text[])
              AS sent (time, batch, link_id, producer, position, status, head, visitor, network, new_to_link, new_to_all,
                       tier, request, country, agent, referrer, class, browser, os, device, language, destination, domain,
                       purpose, utm, region, city, browser_version, os_version)
         WHERE tier <> $31 OR (time AT TIME ZONE 'UTC')::date >= (now() AT TIME ZONE 'UTC')::date - $32::integer",
    )
    .bind(times)
    .bind(batches)
    .bind(links)
    .bind(producers)
    .bind(positions)
    .bind(statuses)
    .bind(heads)
    .bind(visitors)
    .bind(asns)
    .bind(new_to_link)
    .bind(new_to_all)
    .bind(texts(rows, |row| Some(row.click.tier.as_str())))
    .bind(texts(rows, |row| Some(&row.click.request_id)))
    .bind(texts(rows, |row| row.click.country.as_deref()))
    .bind(texts(rows, |row| row.click.user_agent.as_deref()))
    .bind(texts(rows, |row| row.click.referrer.as_deref()))
    .bind(texts(rows, |row| Some(row.attributes.class.as_str())))
    .bind(texts(rows, |row| row.attributes.browser.as_deref()))
    .bind(texts(rows, |row| row.attributes.os.as_deref()))
    .bind(texts(rows, |row| row.attributes.device))
    .bind(texts(rows, |row| row.attributes.language.as_deref()))
    .bind(texts(rows, |row| row.click.destination.as_deref()))
    .bind(texts(rows, |row| row.click.domain.as_deref()))
    .bind(texts(rows, |row| row.click.purpose.map(|purpose| purpose.as_str())))
    .bind(RULES_VERSION)
    .bind(texts(rows, |row| row.click.utm.as_deref()))
    .bind(texts(rows, |row| row.click.region.as_deref()))
    .bind(texts(rows, |row| row.click.city.as_deref()))
    .bind(texts(rows, |row| row.attributes.browser_version.as_deref()))
    .bind(texts(rows, |row| row.attributes.os_version.as_deref()))
    .bind(CacheTier::Imported.as_str())
    .bind(kept_days)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
