//! Raw clicks that were read by older rules, read again: their rows, and by what that changes the roll-ups, in one transaction. Does
//! not decide how many at a time.

use std::collections::{BTreeMap, BTreeSet};

use classify::{Class, ClickAttributes, ClickReader};
use link_core::click_batch::{CacheTier, Click, Purpose, VisitorHash};
use link_core::record::{LinkId, RedirectStatus};
use link_core::referrer;
use link_core::roll_up::ALL_LINKS;
use link_core::time::UnixMillis;
use link_core::user_agent::Device;
use serde::de::value::Error as UnknownName;
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::types::time::OffsetDateTime;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use time::Date;
use tokio::time::Instant;
use uuid::Uuid;

use super::{LinkTotal, Store, StoreError, roll_ups};
use crate::rollup::{Counted, RollUp};

/// A partition of the raw clicks.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Partition {
    pub name: String,
    /// What is added later was read by the rules of now.
    pub blocks: i64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reclassified {
    /// How many clicks had been read by older rules.
    pub clicks: usize,
    /// How many of them say something else now.
    pub changed: usize,
    /// Of which class they were, and are.
    pub classes: BTreeMap<(String, &'static str), usize>,
}

/// Where, and by which rules.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    pub partition: &'a Partition,
    pub from_block: i64,
    pub to_block: i64,
    pub rule: i16,
}

impl Store {
    pub async fn click_partitions(&self, by: Instant) -> Result<Vec<Partition>, StoreError> {
        self.in_one_transaction(by, async |connection| {
            let query = sqlx::query_as(
                "SELECT child.relname::text AS name,
                        pg_relation_size(child.oid) / current_setting('block_size')::bigint AS blocks
                 FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
                 WHERE inhparent = 'clicks'::regclass ORDER BY name",
            );
            Ok(query.persistent(false).fetch_all(connection).await?)
        })
        .await
    }

    /// Of up to `limit` links, in the order of their ids.
    pub async fn totals_after(
        &self,
        after: Uuid,
        limit: i64,
        by: Instant,
    ) -> Result<Vec<LinkTotal>, StoreError> {
        self.in_one_transaction(by, async |connection| {
            let query = sqlx::query_as(
                // Locked, so that `as_of` tells whether an erasure is in them.
                "SELECT link_id, clicks, human, bot, last_click_at, clock_timestamp() AS as_of FROM link_totals
                 WHERE link_id > $1 AND link_id <> $2 ORDER BY link_id LIMIT $3 FOR SHARE",
            );
            let query = query.bind(after).bind(ALL_LINKS).bind(limit);
            Ok(query.persistent(false).fetch_all(connection).await?)
        })
        .await
    }

    /// Only looks where `dry_run`.
    pub async fn reclassify(
        &self,
        stretch: Stretch<'_>,
        reader: &ClickReader,
        dry_run: bool,
        by: Instant,
    ) -> Result<Reclassified, StoreError> {
        self.in_one_transaction(by, async |connection| reclassify(connection, stretch, reader, dry_run).await)
            .await
    }
}

#[derive(Debug, FromRow)]
struct StoredClick {
    place: String,
    time: OffsetDateTime,
    link_id: Uuid,
    status: i16,
    head: bool,
    tier: String,
    country: Option<String>,
    agent: Option<String>,
    referrer: Option<String>,
    visitor: Option<Uuid>,
    network: Option<i64>,
    rule: i16,
    new_to_link: bool,
    new_to_all: bool,
    class: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device: Option<String>,
    language: Option<String>,
    destination: Option<String>,
    domain: Option<String>,
    purpose: Option<String>,
}

/// A click with what it said before, and what it says now.
struct Reading {
    place: String,
    click: Click,
    new_to_link: bool,
    new_to_all: bool,
    /// `None` where no rules had read it: then no roll-up has it.
    before: Option<ClickAttributes>,
    now: ClickAttributes,
}

async fn reclassify(
    connection: &mut PgConnection,
    stretch: Stretch<'_>,
    reader: &ClickReader,
    dry_run: bool,
) -> Result<Reclassified, StoreError> {
    let readings: Vec<Reading> = read(connection, stretch, dry_run)
        .await?
        .into_iter()
        .filter_map(|stored| stored.read(reader))
        .collect();
    let changed: Vec<&Reading> = readings.iter().filter(|reading| reading.changes()).collect();
    let mut outcome =
        Reclassified { clicks: readings.len(), changed: changed.len(), ..Reclassified::default() };
    for reading in &changed {
        let before = reading.before.as_ref().map_or("none", |attributes| attributes.class.as_str());
        *outcome.classes.entry((before.to_owned(), reading.now.class.as_str())).or_default() += 1;
    }
    if dry_run || readings.is_empty() {
        return Ok(outcome);
    }
    write(connection, stretch, &readings).await?;
    // The order of a consumer's own writes.
    let links = difference(&changed, |reading| (reading.click.link.0, reading.new_to_link));
    let all = difference(&changed, |reading| (ALL_LINKS, reading.new_to_all));
    let kept = days_with_minutes(connection, &links).await?;
    for sums in [links, all] {
        let mut sums = sums.without_zeros();
        sums.minutes.retain(|key, _| kept.contains(&key.day));
        roll_ups::correct(connection, sums).await?;
    }
    Ok(outcome)
}

/// The name is the catalogue's, and as we gave it.
async fn read(
    connection: &mut PgConnection,
    Stretch { partition, from_block, to_block, rule }: Stretch<'_>,
    dry_run: bool,
) -> Result<Vec<StoredClick>, StoreError> {
    let lock = if dry_run { "" } else { "FOR UPDATE" };
    let question = format!(
        "SELECT ctid::text AS place, time, link_id, status, head, tier, country, agent, referrer, visitor, network, rule,
                new_to_link, new_to_all, class, browser, os, device, language, destination, domain, purpose
         FROM \"{}\" WHERE ctid >= '({from_block},0)' AND ctid < '({to_block},0)' AND rule < $1 {lock}",
        partition.name
    );
    let query = sqlx::query_as(AssertSqlSafe(question)).bind(rule);
    Ok(query.persistent(false).fetch_all(connection).await?)
}

async fn write(
    connection: &mut PgConnection,
    Stretch { partition, from_block, to_block, rule }: Stretch<'_>,
    readings: &[Reading],
) -> Result<(), StoreError> {
    let statement = format!(
        "UPDATE \"{}\" stored SET rule = $1, class = sent.class, browser = sent.browser, os = sent.os, device = sent.device,
                                  language = sent.language, referrer = sent.referrer
         FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
              AS sent (place, class, browser, os, device, language, referrer)
         WHERE stored.ctid = sent.place::tid AND stored.ctid >= '({from_block},0)' AND stored.ctid < '({to_block},0)'",
        partition.name
    );
    let texts = |value: fn(&ClickAttributes) -> Option<&str>| -> Vec<Option<&str>> {
        readings.iter().map(|reading| value(&reading.now)).collect()
    };
    // Older consumers stored referrers with query and user info.
    let referrers: Vec<Option<&str>> =
        readings.iter().map(|reading| reading.click.referrer.as_deref()).collect();
    let places: Vec<&str> = readings.iter().map(|reading| reading.place.as_str()).collect();
    sqlx::query(AssertSqlSafe(statement))
        .bind(rule)
        .bind(places)
        .bind(texts(|attributes| Some(attributes.class.as_str())))
        .bind(texts(|attributes| attributes.browser.as_deref()))
        .bind(texts(|attributes| attributes.os.as_deref()))
        .bind(texts(|attributes| attributes.device))
        .bind(texts(|attributes| attributes.language.as_deref()))
        .bind(referrers)
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

fn difference(readings: &[&Reading], scope: impl Fn(&Reading) -> (Uuid, bool)) -> RollUp {
    let mut sums = RollUp::default();
    for reading in readings {
        let (link, new_visitor) = scope(reading);
        if let Some(before) = &reading.before {
            sums.add(link, Counted { click: &reading.click, attributes: before, new_visitor }, -1);
        }
        sums.add(link, Counted { click: &reading.click, attributes: &reading.now, new_visitor }, 1);
    }
    sums
}

/// Minutes are kept for some days only, and what has gone must not come back as a difference.
async fn days_with_minutes(
    connection: &mut PgConnection,
    sums: &RollUp,
) -> Result<BTreeSet<Date>, StoreError> {
    let days: BTreeSet<Date> = sums.minutes.keys().map(|key| key.day).collect();
    let query = sqlx::query_scalar(
        "SELECT day FROM UNNEST($1::date[]) AS asked (day)
         WHERE EXISTS (SELECT FROM link_minutes known WHERE known.day = asked.day AND known.link_id = $2)",
    );
    let query = query.bind(days.into_iter().collect::<Vec<_>>()).bind(ALL_LINKS);
    let kept: Vec<Date> = query.persistent(false).fetch_all(connection).await?;
    Ok(kept.into_iter().collect())
}

impl Reading {
    fn changes(&self) -> bool {
        self.before.as_ref() != Some(&self.now)
    }
}

impl StoredClick {
    /// `None` of a click that a newer consumer than this stored.
    fn read(self, reader: &ClickReader) -> Option<Reading> {
        let click = Click {
            time: UnixMillis::from(self.time),
            link: LinkId(self.link_id),
            status: RedirectStatus::try_from(u16::try_from(self.status).ok()?).ok()?,
            tier: named::<CacheTier>(&self.tier)?,
            head: self.head,
            request_id: String::new(),
            country: self.country,
            user_agent: self.agent,
            referrer: self.referrer.as_deref().and_then(referrer::without_secrets),
            domain: self.domain,
            purpose: match &self.purpose {
                Some(purpose) => Some(named::<Purpose>(purpose)?),
                None => None,
            },
            asn: self.network.and_then(|network| u32::try_from(network).ok()),
            language: self.language.clone(),
            destination: self.destination,
            visitor: self.visitor.map(VisitorHash),
        };
        let now = reader.read(&click);
        let device =
            |name: &str| Device::ALL.iter().map(|device| device.as_str()).find(|known| *known == name);
        let before = match &self.class {
            Some(class) if self.rule > 0 => Some(ClickAttributes {
                class: Class::named(class)?,
                browser: self.browser,
                os: self.os,
                device: self.device.as_deref().and_then(device),
                language: self.language,
                // Not stored: no rules have read a referrer differently yet. Those that do need the host they replace.
                referrer: now.referrer.clone(),
            }),
            _ => None,
        };
        let Self { place, new_to_link, new_to_all, .. } = self;
        Some(Reading { place, click, new_to_link, new_to_all, before, now })
    }
}

/// By its name on the wire, which is the one in the tables.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<UnknownName>::into_deserializer(name)).ok()
}
