//! Reclassifies raw clicks that older rules classified: updates their rows and, by the difference, the roll-ups, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use classify::{Class, ClickAttributes, ClickEnricher};
use link_core::clicks::batch::{CacheTier, Click, Purpose, VisitorHash};
use link_core::clicks::roll_up::ALL_LINKS;
use link_core::record::user_agent::Device;
use link_core::record::{LinkId, RedirectStatus};
use link_core::redirect::referrer;
use link_core::time::UnixMillis;
use serde::de::value::Error as UnknownName;
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::types::time::OffsetDateTime;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use time::Date;
use tokio::time::Instant;
use uuid::Uuid;

use super::analytics::Store;
use super::error::StoreError;
use super::roll_ups::{self, LinkTotal};
use crate::plan::roll_up::{CountedClick, RollUp};

/// A partition of the raw clicks.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Partition {
    pub name: String,
    /// Blocks added later hold clicks that the current rules classified.
    pub blocks: i64,
}

/// Counts of reclassified clicks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReclassificationTally {
    /// Clicks that older rules had classified.
    pub clicks: usize,
    /// Clicks whose attributes changed.
    pub changed: usize,
    /// Changed clicks by old and new class.
    pub classes: BTreeMap<(String, &'static str), usize>,
}

impl ReclassificationTally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.clicks += other.clicks;
        self.changed += other.changed;
        for (classes, clicks) in &other.classes {
            *self.classes.entry(classes.clone()).or_default() += clicks;
        }
    }
}

/// The blocks of a partition to reclassify.
#[derive(Debug, Clone, Copy)]
pub struct BlockRange<'a> {
    pub partition: &'a Partition,
    pub from_block: i64,
    pub to_block: i64,
    /// Clicks of lower rule versions are reclassified.
    pub rule: i16,
}

impl Store {
    pub async fn click_partitions(&self, by: Instant) -> Result<Vec<Partition>, StoreError> {
        self.in_transaction(by, async |connection| {
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

    /// The totals of up to `limit` links, ordered by id.
    pub async fn totals_after(
        &self,
        after: Uuid,
        limit: i64,
        by: Instant,
    ) -> Result<Vec<LinkTotal>, StoreError> {
        self.in_transaction(by, async |connection| {
            let query = sqlx::query_as(
                // Locked, so that `as_of` says which erasures they include.
                "SELECT link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, clock_timestamp() AS as_of
                 FROM link_totals
                 WHERE link_id > $1 AND link_id <> $2 ORDER BY link_id LIMIT $3 FOR SHARE",
            );
            let query = query.bind(after).bind(ALL_LINKS).bind(limit);
            Ok(query.persistent(false).fetch_all(connection).await?)
        })
        .await
    }

    /// Writes nothing if `dry_run`.
    pub async fn reclassify(
        &self,
        range: BlockRange<'_>,
        enricher: &ClickEnricher,
        dry_run: bool,
        by: Instant,
    ) -> Result<ReclassificationTally, StoreError> {
        self.in_transaction(by, async |connection| reclassify(connection, range, enricher, dry_run).await)
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
    region: Option<String>,
    city: Option<String>,
    agent: Option<String>,
    referrer: Option<String>,
    visitor: Option<Uuid>,
    network: Option<i64>,
    rule: i16,
    new_to_link: bool,
    new_to_all: bool,
    class: Option<String>,
    browser: Option<String>,
    browser_version: Option<String>,
    os: Option<String>,
    os_version: Option<String>,
    device: Option<String>,
    language: Option<String>,
    destination: Option<String>,
    domain: Option<String>,
    purpose: Option<String>,
    utm: Option<String>,
}

/// A click with its attributes before and after.
struct ReclassifiedClick {
    place: String,
    click: Click,
    new_to_link: bool,
    new_to_all: bool,
    /// `None` if no rules had classified it; then no roll-up counts it.
    before: Option<ClickAttributes>,
    after: ClickAttributes,
}

async fn reclassify(
    connection: &mut PgConnection,
    range: BlockRange<'_>,
    enricher: &ClickEnricher,
    dry_run: bool,
) -> Result<ReclassificationTally, StoreError> {
    let clicks: Vec<ReclassifiedClick> = select_clicks(connection, range, dry_run)
        .await?
        .into_iter()
        .filter_map(|stored| stored.reclassified(enricher))
        .collect();
    let changed: Vec<&ReclassifiedClick> = clicks.iter().filter(|click| click.is_changed()).collect();
    let mut tally = ReclassificationTally {
        clicks: clicks.len(),
        changed: changed.len(),
        ..ReclassificationTally::default()
    };
    for click in &changed {
        let before = click.before.as_ref().map_or("none", |attributes| attributes.class.as_str());
        *tally.classes.entry((before.to_owned(), click.after.class.as_str())).or_default() += 1;
    }
    if dry_run || clicks.is_empty() {
        return Ok(tally);
    }
    update_clicks(connection, range, &clicks).await?;
    // In the order in which consumers write.
    let links = difference(&changed, |click| (click.click.link.0, click.new_to_link));
    let all = difference(&changed, |click| (ALL_LINKS, click.new_to_all));
    let kept = days_with_minutes(connection, &links).await?;
    for sums in [links, all] {
        let mut sums = sums.without_zeros();
        sums.minutes.retain(|key, _| kept.contains(&key.day));
        roll_ups::correct(connection, sums).await?;
    }
    Ok(tally)
}

/// The partition's name comes from the catalogue, and our own migrations chose it.
async fn select_clicks(
    connection: &mut PgConnection,
    BlockRange { partition, from_block, to_block, rule }: BlockRange<'_>,
    dry_run: bool,
) -> Result<Vec<StoredClick>, StoreError> {
    let lock = if dry_run { "" } else { "FOR UPDATE" };
    let statement = format!(
        "SELECT ctid::text AS place, time, link_id, status, head, tier, country, region, city, agent, referrer, visitor,
                network, rule, new_to_link, new_to_all, class, browser, browser_version, os, os_version, device, language,
                destination, domain, purpose, utm
         FROM \"{}\" WHERE ctid >= '({from_block},0)' AND ctid < '({to_block},0)' AND rule < $1 {lock}",
        partition.name
    );
    let query = sqlx::query_as(AssertSqlSafe(statement)).bind(rule);
    Ok(query.persistent(false).fetch_all(connection).await?)
}

async fn update_clicks(
    connection: &mut PgConnection,
    BlockRange { partition, from_block, to_block, rule }: BlockRange<'_>,
    clicks: &[ReclassifiedClick],
) -> Result<(), StoreError> {
    let statement = format!(
        "UPDATE \"{}\" stored SET rule = $1, class = sent.class, browser = sent.browser, os = sent.os, device = sent.device,
                                  language = sent.language, referrer = sent.referrer,
                                  browser_version = sent.browser_version, os_version = sent.os_version
         FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
              AS sent (place, class, browser, os, device, language, referrer, browser_version, os_version)
         WHERE stored.ctid = sent.place::tid AND stored.ctid >= '({from_block},0)' AND stored.ctid < '({to_block},0)'",
        partition.name
    );
    let texts = |value: fn(&ClickAttributes) -> Option<&str>| -> Vec<Option<&str>> {
        clicks.iter().map(|click| value(&click.after)).collect()
    };
    // Older consumers stored referrers with query and user info.
    let referrers: Vec<Option<&str>> = clicks.iter().map(|click| click.click.referrer.as_deref()).collect();
    let places: Vec<&str> = clicks.iter().map(|click| click.place.as_str()).collect();
    sqlx::query(AssertSqlSafe(statement))
        .bind(rule)
        .bind(places)
        .bind(texts(|attributes| Some(attributes.class.as_str())))
        .bind(texts(|attributes| attributes.browser.as_deref()))
        .bind(texts(|attributes| attributes.os.as_deref()))
        .bind(texts(|attributes| attributes.device))
        .bind(texts(|attributes| attributes.language.as_deref()))
        .bind(referrers)
        .bind(texts(|attributes| attributes.browser_version.as_deref()))
        .bind(texts(|attributes| attributes.os_version.as_deref()))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

fn difference(clicks: &[&ReclassifiedClick], scope: impl Fn(&ReclassifiedClick) -> (Uuid, bool)) -> RollUp {
    let mut sums = RollUp::default();
    for reclassified in clicks {
        let (link, new_visitor) = scope(reclassified);
        let click = &reclassified.click;
        if let Some(before) = &reclassified.before {
            sums.add(link, CountedClick { click, attributes: before, new_visitor, by_minute: true }, -1);
        }
        sums.add(
            link,
            CountedClick { click, attributes: &reclassified.after, new_visitor, by_minute: true },
            1,
        );
    }
    sums
}

/// Minutes are kept for a few days only, and a difference must not recreate the rows of a deleted day.
async fn days_with_minutes(
    connection: &mut PgConnection,
    sums: &RollUp,
) -> Result<BTreeSet<Date>, StoreError> {
    let days: BTreeSet<Date> = sums.minutes.keys().map(|key| key.day).collect();
    let query = sqlx::query_scalar(
        "SELECT day FROM UNNEST($1::date[]) AS requested (day)
         WHERE EXISTS (SELECT FROM link_minutes known WHERE known.day = requested.day AND known.link_id = $2)",
    );
    let query = query.bind(days.into_iter().collect::<Vec<_>>()).bind(ALL_LINKS);
    let kept: Vec<Date> = query.persistent(false).fetch_all(connection).await?;
    Ok(kept.into_iter().collect())
}

impl ReclassifiedClick {
    fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

impl StoredClick {
    /// `None` for a click that a newer consumer stored.
    fn reclassified(self, enricher: &ClickEnricher) -> Option<ReclassifiedClick> {
        let click = Click {
            time: UnixMillis::from(self.time),
            link: LinkId(self.link_id),
            status: RedirectStatus::try_from(u16::try_from(self.status).ok()?).ok()?,
            tier: from_name::<CacheTier>(&self.tier)?,
            head: self.head,
            request_id: String::new(),
            country: self.country,
            region: self.region,
            city: self.city,
            user_agent: self.agent,
            referrer: self.referrer.as_deref().and_then(referrer::without_secrets),
            domain: self.domain,
            purpose: match &self.purpose {
                Some(purpose) => Some(from_name::<Purpose>(purpose)?),
                None => None,
            },
            asn: self.network.and_then(|asn| u32::try_from(asn).ok()),
            language: self.language.clone(),
            destination: self.destination,
            visitor: self.visitor.map(VisitorHash),
            utm: self.utm,
            trace: None,
        };
        let after = enricher.enrich(&click);
        let device =
            |name: &str| Device::ALL.iter().map(|device| device.as_str()).find(|known| *known == name);
        let before = match &self.class {
            Some(class) if self.rule > 0 => Some(ClickAttributes {
                class: Class::from_name(class)?,
                browser: self.browser,
                browser_version: self.browser_version,
                os: self.os,
                os_version: self.os_version,
                device: self.device.as_deref().and_then(device),
                language: self.language,
                // Not stored, and no rules have changed it yet. Rules that change it need the host they replace.
                referrer: after.referrer.clone(),
            }),
            _ => None,
        };
        let Self { place, new_to_link, new_to_all, .. } = self;
        Some(ReclassifiedClick { place, click, new_to_link, new_to_all, before, after })
    }
}

/// The tables store the names of the wire format.
fn from_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<UnknownName>::into_deserializer(name)).ok()
}
