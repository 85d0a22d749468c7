//! The expected content of the tables, computed from the traffic by the simplest means; compared with `stored`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use link_core::clicks::batch::Click;
use link_core::time::UnixMillis;
use sha2::{Digest, Sha256};
use time::Date;
use uuid::Uuid;

use super::figures::{ALL_LINKS, Figures};
use crate::traffic::{BatchOutcome, ExpectedAttributes, GeneratedBatch, PlannedBatch, Traffic, drop_reason};

const CLASSES: [&str; 6] = ["head", "prefetch", "preview", "bot", "suspect", "human"];
const MINUTE_MILLIS: i64 = 60_000;
const QUARTER_MILLIS: i64 = 15 * MINUTE_MILLIS;
const DAY_MILLIS: i64 = 96 * QUARTER_MILLIS;
/// The cardinality limit per link, day and dimension.
const MAX_VALUES: usize = 1_000;
/// The dimension with more values than the cardinality limit: which become `(other)` depends on the order.
const LIMITED_DIMENSION: &str = "referrer";
/// Dimensions that are the same for all clicks of a visitor, so the order of storing does not matter.
const VISITOR_DIMENSIONS: [&str; 6] = ["total", "country", "browser", "os", "device", "language"];

#[derive(Debug, Default)]
struct Sum {
    by_class: [i64; CLASSES.len()],
    visitors: i64,
}

/// A link (or all links), a day and a dimension.
type Group = (Uuid, Date, &'static str);

#[derive(Debug, Default)]
pub(super) struct Expected {
    batches: Figures,
    rows: HashMap<Uuid, (i128, i128)>,
    groups: HashMap<Group, HashMap<String, Sum>>,
    orphans: HashMap<(Date, String), i64>,
    quarters: HashMap<(Uuid, Date, i64, usize), i64>,
    minutes: HashMap<(i64, usize), i64>,
    last_clicks: HashMap<Uuid, UnixMillis>,
    visitors: HashSet<(Uuid, Date, Uuid)>,
    accounting: Figures,
}

impl Expected {
    pub(super) fn of(traffic: &Traffic) -> Self {
        let mut expected = Self::default();
        for (index, planned) in traffic.batches().iter().enumerate() {
            expected.add_to_accounting(planned);
            if planned.outcome.is_stored()
                && let Some(batch) = traffic.batch(index)
            {
                expected.add_batch(&batch);
            }
        }
        expected
    }

    /// Under the names that `stored` uses.
    pub(super) fn into_figures(self) -> BTreeMap<&'static str, Figures> {
        let mut figures = BTreeMap::new();
        let rows =
            self.rows.iter().map(|(producer, (rows, contents))| (producer.to_string(), *rows, *contents));
        let rows: Vec<(String, i128, i128)> = rows.collect();
        figures.insert("raw clicks", rows.iter().map(|(key, rows, _)| (key.clone(), *rows)).collect());
        figures.insert(
            "contents of raw clicks",
            rows.into_iter().map(|(key, _, contents)| (key, contents)).collect(),
        );
        figures.insert("batches", self.batches);
        figures.insert("click accounting", self.accounting);
        figures.insert("visitors known", visitors_by_link(&self.visitors));
        figures.insert("visitors marked in clicks", visitors_by_link(&self.visitors));
        figures.insert("visitors by value", visitors_by_value(&self.groups));
        figures.insert("values at the limit", values_at_the_limit(&self.groups));
        figures.insert("totals of links", totals(&self.groups, &self.last_clicks));
        let quarter = |((link, day, quarter, class), clicks): ((Uuid, Date, i64, usize), i64)| {
            (format!("{link} {day} {quarter} {}", class_name(class)), clicks.into())
        };
        figures.insert("quarters of an hour", self.quarters.into_iter().map(quarter).collect());
        let minute = |((minute, class), clicks): ((i64, usize), i64)| {
            (format!("{minute} {}", class_name(class)), clicks.into())
        };
        figures.insert("minutes, of all links", self.minutes.into_iter().map(minute).collect());
        let mut days = clicks_by_value(&self.groups);
        let orphan = |((day, name), visits): ((Date, String), i64)| {
            // Generated names are typos.
            let class = if name == "(other)" { "" } else { "person" };
            (format!("{ALL_LINKS} {day} orphan {name} {class}"), visits.into())
        };
        days.extend(self.orphans.into_iter().map(orphan));
        figures.insert("clicks by value and class", days);
        figures
    }

    fn add_batch(&mut self, batch: &GeneratedBatch) {
        let head = &batch.head;
        let key = format!("{} {} {} {}", head.producer.0, head.batch, head.day, batch.clicks.len());
        self.batches.insert(key, head.produced.into());
        for (position, (click, attributes)) in batch.clicks.iter().enumerate() {
            let row = self.rows.entry(head.producer.0).or_default();
            row.0 += 1;
            row.1 += row_hash(head.batch, position, click, attributes);
            self.add_click(click.link.0, click, attributes);
            self.add_click(ALL_LINKS, click, attributes);
        }
        for orphan in &head.orphan_visits.names {
            *self.orphans.entry((head.day, orphan.name.clone())).or_default() += i64::from(orphan.visits);
        }
        if head.orphan_visits.others > 0 {
            *self.orphans.entry((head.day, "(other)".to_owned())).or_default() +=
                i64::from(head.orphan_visits.others);
        }
    }

    fn add_click(&mut self, link: Uuid, click: &Click, attributes: &ExpectedAttributes) {
        let (day, time) = (click.time.day(), click.time.0);
        let Some(class) = CLASSES.iter().position(|class| *class == attributes.class) else { return };
        let is_new = click.visitor.is_some_and(|visitor| self.visitors.insert((link, day, visitor.0)));
        let values = [
            ("total", Some("")),
            ("country", click.country.as_deref()),
            ("referrer", attributes.referrer.as_deref()),
            ("browser", attributes.browser),
            ("os", attributes.os),
            ("device", attributes.device),
            ("language", attributes.language),
            ("destination", click.destination.as_deref()),
            ("tier", Some(click.tier.as_str())),
            ("domain", click.domain.as_deref().filter(|_| link == ALL_LINKS)),
        ];
        for (dimension, value) in values {
            let Some(value) = value else { continue };
            let group = self.groups.entry((link, day, dimension)).or_default();
            if !group.contains_key(value) {
                group.insert(value.to_owned(), Sum::default());
            }
            let Some(sum) = group.get_mut(value) else { continue };
            sum.visitors += i64::from(is_new);
            if let Some(clicks) = sum.by_class.get_mut(class) {
                *clicks += 1;
            }
        }
        let quarter = time.rem_euclid(DAY_MILLIS) / QUARTER_MILLIS;
        *self.quarters.entry((link, day, quarter, class)).or_default() += 1;
        if link == ALL_LINKS {
            *self.minutes.entry((time.div_euclid(MINUTE_MILLIS), class)).or_default() += 1;
        }
        let last = self.last_clicks.entry(link).or_insert(click.time);
        *last = (*last).max(click.time);
    }

    fn add_to_accounting(&mut self, planned: &PlannedBatch) {
        let clicks = i128::from(planned.clicks);
        let mut add = |name: &str| {
            *self.accounting.entry(format!("{} {name}", planned.producer.0)).or_default() += clicks
        };
        add("produced");
        match planned.outcome {
            BatchOutcome::Stored | BatchOutcome::Late => add("stored"),
            BatchOutcome::Dropped => add(drop_reason(planned.number).as_str()),
            BatchOutcome::Unreadable => add("dead-lettered"),
            BatchOutcome::Missing => {}
        }
    }
}

fn class_name(class: usize) -> &'static str {
    CLASSES.get(class).copied().unwrap_or_default()
}

fn by_class(sum: &Sum) -> impl Iterator<Item = (&'static str, i64)> {
    CLASSES.into_iter().zip(sum.by_class).filter(|(_, clicks)| *clicks > 0)
}

/// Values of the limited dimension are summed under one name.
fn clicks_by_value(groups: &HashMap<Group, HashMap<String, Sum>>) -> Figures {
    let mut figures = Figures::new();
    for ((link, day, dimension), values) in groups {
        for (value, sum) in values {
            let value = if *dimension == LIMITED_DIMENSION { "(all)" } else { value };
            for (class, clicks) in by_class(sum) {
                let key = format!("{link} {day} {dimension} {value} {class}");
                *figures.entry(key).or_default() += i128::from(clicks);
            }
        }
    }
    figures
}

fn values_at_the_limit(groups: &HashMap<Group, HashMap<String, Sum>>) -> Figures {
    let limited = groups.iter().filter(|((.., dimension), _)| *dimension == LIMITED_DIMENSION);
    let count = |((link, day, _), values): (&Group, &HashMap<String, Sum>)| {
        (format!("{link} {day}"), i128::try_from(values.len().min(MAX_VALUES)).unwrap_or(0))
    };
    limited.map(count).collect()
}

fn visitors_by_value(groups: &HashMap<Group, HashMap<String, Sum>>) -> Figures {
    let mut figures = Figures::new();
    for ((link, day, dimension), values) in groups {
        for (value, sum) in values.iter().filter(|(_, sum)| sum.visitors > 0) {
            if VISITOR_DIMENSIONS.contains(dimension) {
                figures.insert(format!("{link} {day} {dimension} {value}"), sum.visitors.into());
            }
        }
    }
    figures
}

fn visitors_by_link(visitors: &HashSet<(Uuid, Date, Uuid)>) -> Figures {
    let mut counts: HashMap<(Uuid, Date), i128> = HashMap::new();
    for (link, day, _) in visitors {
        *counts.entry((*link, *day)).or_default() += 1;
    }
    counts.into_iter().map(|((link, day), visitors)| (format!("{link} {day}"), visitors)).collect()
}

fn totals(groups: &HashMap<Group, HashMap<String, Sum>>, last_clicks: &HashMap<Uuid, UnixMillis>) -> Figures {
    let mut figures = Figures::new();
    for ((link, _, _), values) in groups.iter().filter(|((.., dimension), _)| *dimension == "total") {
        for (class, clicks) in values.values().flat_map(by_class) {
            let mut add =
                |name: &str| *figures.entry(format!("{link} {name}")).or_default() += i128::from(clicks);
            add("clicks");
            match class {
                "human" | "bot" => add(class),
                _ => {}
            }
        }
    }
    figures.extend(last_clicks.iter().map(|(link, last)| (format!("{link} last"), last.0.into())));
    figures
}

/// The first eight bytes of a hash over all stored fields of a click, the same as in the SQL of `stored`. The sum over
/// rows reveals extra rows, missing rows and wrong fields.
fn row_hash(batch: u32, position: usize, click: &Click, attributes: &ExpectedAttributes) -> i128 {
    let mut row = format!(
        "{}|{}|{batch}|{position}|{}|{}|{}|{}",
        click.time.0,
        click.link.0,
        u16::from(click.status),
        if click.head { 't' } else { 'f' },
        click.tier.as_str(),
        click.request_id,
    );
    let texts = [
        click.country.as_deref(),
        click.user_agent.as_deref(),
        // The referrer's query is not stored.
        click.referrer.as_deref().and_then(|referrer| referrer.split('?').next()),
        Some(attributes.class),
        attributes.browser,
        attributes.os,
        attributes.device,
        attributes.language,
        click.destination.as_deref(),
        click.domain.as_deref(),
        click.purpose.map(|purpose| purpose.as_str()),
    ];
    for text in texts {
        row.push('|');
        row.push_str(text.unwrap_or("~"));
    }
    let visitor = click.visitor.map_or_else(|| "~".to_owned(), |visitor| visitor.0.to_string());
    let asn = click.asn.map_or_else(|| "~".to_owned(), |asn| asn.to_string());
    // Writing to a string cannot fail.
    let _ = write!(row, "|{visitor}|{asn}");
    let hash = Sha256::digest(row.as_bytes());
    let bytes = hash.first_chunk::<8>().copied().unwrap_or_default();
    i64::from_be_bytes(bytes).into()
}
