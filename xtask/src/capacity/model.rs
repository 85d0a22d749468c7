//! What a rate of redirects asks of each part, and what carries it. Beyond the machine of two cores on which rates were
//! measured, everything is extrapolated.

use std::fmt;

use anyhow::{Context, Result, ensure};
use local_stack::format::with_thousands;
use serde::Deserialize;

use crate::cost::{self, CONSUMERS, CORES_PER_FUNCTION};

const SECONDS_PER_DAY: f64 = 86_400.0;
const HOURS_PER_MONTH: f64 = 730.0;
/// A database that is busier answers its slowest queries too late.
const MAX_USE: f64 = 0.7;
/// Assumed: consumers lock the rows of the sums that they change, so more cores help less and less (docs/adr/0004).
const MAX_CORES_OF_CLICKS: f64 = 32.0;

/// What `infra/` makes by default: cores of the server that links and clicks share, its largest disk, and origins. Of
/// these there may be 200, for which 400 connections do not suffice (infra/database.tf).
const CORES: f64 = 2.0;
const DISK_GB: f64 = 500.0;
const ORIGINS: f64 = 43.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    measured_on: String,
    resolves: f64,
    creates: f64,
    clicks: f64,
    block_rows: f64,
    block_bytes_per_click: f64,
    servers: Servers,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Servers {
    vcpus: Vec<u32>,
    usd_per_vcpu_hour: f64,
    max_bytes: f64,
    clickhouse_usd_per_vcpu_hour: f64,
    object_gb_month: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) redirects: f64,
    pub(super) hit_rate: f64,
    pub(super) clicks_per_message: f64,
    pub(super) redirects_per_link: f64,
    pub(super) kept_days: f64,
}

/// What a rate asks of one part.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) part: &'static str,
    unit: &'static str,
    asked: f64,
    /// As `infra/` makes the part by default.
    carries: f64,
    pub(super) carried_by: String,
    usd_a_month: f64,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) redirects: f64,
    demands: [Demand; 5],
}

#[derive(Debug)]
pub(super) struct Model {
    measured: Measured,
    usage: cost::Measured,
    prices: cost::Prices,
}

impl Demand {
    /// Of what the part carries by default.
    pub(super) fn used(&self) -> f64 {
        self.asked / self.carries
    }
}

impl Plan {
    /// The fullest first.
    pub(super) fn by_use(&self) -> [&Demand; 5] {
        let mut demands = self.demands.each_ref();
        demands.sort_by(|one, other| other.used().total_cmp(&one.used()));
        demands
    }

    pub(super) fn usd_a_month(&self) -> f64 {
        self.demands.iter().map(|demand| demand.usd_a_month).sum()
    }
}

impl Load {
    fn check(&self) -> Result<()> {
        ensure!((0.0..=1.0).contains(&self.hit_rate), "--hit-rate must be from 0 to 1");
        ensure!(
            (1.0..=100.0).contains(&self.clicks_per_message),
            "--clicks-per-message must be from 1 to 100"
        );
        ensure!(self.redirects_per_link >= 1.0, "--redirects-per-link must be at least 1");
        ensure!((30.0..=730.0).contains(&self.kept_days), "--kept-days must be from 30 to 730");
        Ok(())
    }

    fn misses(&self) -> f64 {
        self.redirects * (1.0 - self.hit_rate)
    }

    fn created(&self) -> f64 {
        self.redirects / self.redirects_per_link
    }
}

impl Model {
    pub(super) fn recorded() -> Result<Self> {
        let measured = toml::from_str(include_str!("measured.toml"))
            .context("xtask/src/capacity/measured.toml does not have its format")?;
        let (usage, prices) = cost::recorded()?;
        Ok(Self { measured, usage, prices })
    }

    pub(super) fn basis(&self) -> String {
        format!(
            "Rates of a core measured {} on two cores; everything beyond them, and all prices, are extrapolated. Traffic at this\n\
             rate day and night. What each line stands on: docs/capacity.md.",
            self.measured.measured_on
        )
    }

    pub(super) fn plan(&self, load: &Load) -> Result<Plan> {
        load.check()?;
        let demands = [
            self.functions(load),
            self.links(load),
            self.consumers(load),
            self.clicks(load),
            self.raw_clicks(load),
        ];
        Ok(Plan { redirects: load.redirects, demands })
    }

    /// Everything that is paid by use: Workers, queue, functions, logs and transfer.
    fn functions(&self, load: &Load) -> Demand {
        let asked = load.misses() * self.usage.resolve_ms / 1e3 / CORES_PER_FUNCTION;
        let a_month = load.redirects * HOURS_PER_MONTH * 3_600.0;
        let traffic = cost::MonthlyTraffic {
            redirects: a_month,
            hit_rate: load.hit_rate,
            clicks_per_message: load.clicks_per_message,
            messages_per_receive: 1.0,
            links: 0.0,
            kept_days: 0.0,
        };
        let bill = cost::Bill::of(&traffic, &self.usage, &self.prices);
        Demand {
            part: "origin",
            unit: "functions at once",
            asked,
            carries: ORIGINS,
            carried_by: format!("{} functions at once", with_thousands(asked.ceil().max(1.0))),
            usd_a_month: bill.usd_per_million_redirects() * a_month / 1e6,
        }
    }

    fn links(&self, load: &Load) -> Demand {
        let cores = load.misses() / self.measured.resolves + load.created() / self.measured.creates;
        let (count, vcpus) = self.servers(cores, f64::INFINITY);
        let what = if count > 1.0 { " each: cells by the code's id (ADR 3)" } else { "" };
        Demand {
            part: "links database",
            unit: "cores",
            asked: cores,
            carries: CORES * MAX_USE,
            carried_by: format!("{count} × {vcpus} vCPU{what}"),
            usd_a_month: self.usd_of_servers(count * vcpus),
        }
    }

    fn consumers(&self, load: &Load) -> Demand {
        let asked = load.redirects * self.usage.consume_ms_per_click / 1e3 / CORES_PER_FUNCTION;
        Demand {
            part: "consumer",
            unit: "functions at once",
            asked,
            carries: CONSUMERS,
            carried_by: format!("{} functions at once", with_thousands(asked.ceil().max(1.0))),
            usd_a_month: 0.0, // In the bill above.
        }
    }

    fn clicks(&self, load: &Load) -> Demand {
        let cores = load.redirects / self.measured.clicks;
        let is_postgres = cores <= MAX_CORES_OF_CLICKS * MAX_USE;
        let (carried_by, usd_a_month) = if is_postgres {
            let (count, vcpus) = self.servers(cores, MAX_CORES_OF_CLICKS);
            (format!("{count} × {vcpus} vCPU of Postgres"), self.usd_of_servers(count * vcpus))
        } else {
            // At least two nodes: one may be away.
            let nodes = (load.redirects / self.measured.block_rows / MAX_USE / 16.0).ceil().max(2.0);
            let price = self.measured.servers.clickhouse_usd_per_vcpu_hour;
            (
                format!("{nodes} nodes of ClickHouse, 16 vCPU each (ADR 4)"),
                nodes * 16.0 * price * HOURS_PER_MONTH,
            )
        };
        Demand {
            part: "clicks: sums",
            unit: "cores",
            asked: cores,
            carries: CORES * MAX_USE,
            carried_by,
            usd_a_month,
        }
    }

    fn raw_clicks(&self, load: &Load) -> Demand {
        let kept = load.redirects * SECONDS_PER_DAY * load.kept_days;
        let asked = kept * self.usage.stored_bytes_per_click;
        let servers = &self.measured.servers;
        let (carried_by, usd_a_month) = if asked <= servers.max_bytes {
            (format!("{} GB of RDS", with_thousands(asked / 1e9)), self.prices.usd_of_storage(asked))
        } else {
            let bytes = kept * self.measured.block_bytes_per_click;
            let usd = bytes / 1e9 * servers.object_gb_month;
            (format!("{} TB of blocks in an object store (ADR 4)", with_thousands(bytes / 1e12)), usd)
        };
        Demand {
            part: "clicks: disk",
            unit: "GB",
            asked: asked / 1e9,
            carries: DISK_GB,
            carried_by,
            usd_a_month,
        }
    }

    /// How many servers, and of what size.
    fn servers(&self, cores: f64, max_cores: f64) -> (f64, f64) {
        let sizes = self.measured.servers.vcpus.iter().map(|vcpus| f64::from(*vcpus));
        let mut largest = CORES;
        for vcpus in sizes.filter(|vcpus| *vcpus <= max_cores) {
            if vcpus * MAX_USE >= cores {
                return (1.0, vcpus);
            }
            largest = vcpus;
        }
        ((cores / MAX_USE / largest).ceil(), largest)
    }

    fn usd_of_servers(&self, vcpus: f64) -> f64 {
        vcpus * self.measured.servers.usd_per_vcpu_hour * HOURS_PER_MONTH
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} redirects a second\n", with_thousands(self.redirects))?;
        writeln!(
            f,
            "{:<16}{:>22} {:<18}{:>6}  {:<58}{:>12}",
            "", "", "", "use", "what carries it", "USD a month"
        )?;
        for demand in &self.demands {
            let Demand { part, unit, asked, carried_by, usd_a_month, .. } = demand;
            let (asked, used) = (amount(*asked), use_of(demand.used()));
            let usd = with_thousands(*usd_a_month);
            writeln!(f, "{part:<16}{asked:>11} {unit:<18}{used:>8}  {carried_by:<50}{usd:>12}")?;
        }
        let usd = with_thousands(self.usd_a_month());
        let [first, ..] = self.by_use();
        writeln!(f, "\nFull first: {}. A month: {usd} USD.\n", first.part)
    }
}

/// Of what `infra/` makes with its defaults.
pub(super) fn use_of(share: f64) -> String {
    if share < 10.0 { format!("{:.0} %", share * 100.0) } else { format!("{}×", with_thousands(share)) }
}

fn amount(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { with_thousands(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(redirects: f64) -> Plan {
        let load = Load {
            redirects,
            hit_rate: 0.95,
            clicks_per_message: 30.0,
            redirects_per_link: 200.0,
            kept_days: 180.0,
        };
        Model::recorded().unwrap().plan(&load).unwrap()
    }

    fn carried_by(redirects: f64, part: &str) -> String {
        let plan = plan(redirects);
        plan.demands.iter().find(|demand| demand.part == part).unwrap().carried_by.clone()
    }

    #[test]
    fn defaults_carry_ten_redirects_a_second() {
        assert!(plan(10.0).by_use()[0].used() < 1.0, "{}", plan(10.0));
    }

    #[test]
    fn cost_and_use_grow_with_the_rate() {
        let plans = [1e1, 1e2, 1e3, 1e4].map(plan);
        for pair in plans.windows(2) {
            assert!(pair[0].usd_a_month() < pair[1].usd_a_month());
            assert!(pair[0].by_use()[0].used() < pair[1].by_use()[0].used());
        }
    }

    #[test]
    fn one_postgres_is_replaced_where_it_ends() {
        assert!(carried_by(1e4, "clicks: sums").contains("Postgres"));
        assert!(carried_by(1e6, "clicks: sums").contains("ADR 4"));
        assert!(carried_by(1e6, "clicks: disk").contains("ADR 4"));
        assert_eq!(carried_by(1e4, "links database"), "1 × 2 vCPU");
        assert!(carried_by(1e8, "links database").contains("ADR 3"));
    }

    #[test]
    fn server_is_the_smallest_that_stays_below_its_maximum_use() {
        let model = Model::recorded().unwrap();
        assert_eq!(model.servers(1.4, f64::INFINITY), (1.0, 2.0));
        assert_eq!(model.servers(1.5, f64::INFINITY), (1.0, 4.0));
        assert_eq!(model.servers(300.0, f64::INFINITY), (3.0, 192.0));
    }

    #[test]
    fn use_is_a_percentage_until_it_is_many_times_over() {
        assert_eq!([0.004, 0.5, 3.0, 71.6].map(use_of), ["0 %", "50 %", "300 %", "72×"]);
    }
}
