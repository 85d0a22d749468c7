//! `cargo xtask bench origin`: the origin's overhead over its database. Compares resolve and create over HTTP with
//! pgbench's select and insert, in turn in each round, on one Postgres.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use local_stack::checkout::Checkout;
use local_stack::{DEFAULT_DOMAIN, OriginStack, artifacts, unless_interrupted};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::pgbench::{PgbenchRunner, Script};
use super::report::{Comparison, Report};
use crate::load::measurement::Measurement;
use crate::load::{self, ExpectedAnswer, Load, LoadProfile, Pace, Requests};

/// Relative to pgbench's prepared point select and single-row insert; the rest is for HTTP, JSON, the log and
/// authentication.
const RESOLVE_GOAL: f64 = 0.5;
const CREATE_GOAL: f64 = 0.7;

/// Codes are consecutive numbers, so that pgbench can pick one too.
const FIRST_CODE: u32 = 1_000_000;

const POINT_SELECT: &str = "\\set code random(:first, :last)
SELECT url FROM links WHERE domain = :domain AND code = :code;
";

/// Prepared requests; with more links, these are of links at equal distances.
const MAX_REQUESTS: u32 = 100_000;

/// Inserts one row into a copy of the links table, with all its checks and indices. A create writes two rows, the link
/// and its publication; the goal compares both with this one.
///
/// Codes are unordered and unique, as the origin's: each client permutes its own numbers. They are longer than a code,
/// but the padded index entry takes the same space.
const SINGLE_ROW_INSERT: &str = "\\set n :n + 1
\\set code 1000000000000 + permute(:n * :clients + :client_id, 9000000000000, 1)
INSERT INTO plain_inserts (domain, code, url, status, created_at, updated_at)
VALUES (:domain, :code, 'https://example.com/landing/page', 302, now(), now());
";
/// Numbers per client and round: more than can be inserted in the longest round.
const NUMBERS_PER_ROUND: u64 = 100_000_000;
const CREATE_BODY: &str = r#"{"url":"https://example.com/landing/page"}"#;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seconds per measurement; a round has four
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Number of rounds; medians are reported
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: u16,
    /// Number of connections to the origin, and of pgbench's to Postgres
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=128))]
    pub connections: u16,
    /// Number of links
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=50_000_000))]
    pub links: u32,
}

impl Options {
    fn last_code(&self) -> u32 {
        FIRST_CODE + self.links - 1
    }
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    // One thread for all connections wakes up for batches of events, which costs the least CPU.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let stack = OriginStack::start(artifacts::release(checkout, "origin-lambda")).await?;
    let mut database = PgConnection::connect(&stack.postgres.links_database_url).await?;
    fill(&mut database, options).await.context("cannot create the links")?;
    let postgres = sqlx::query_scalar("SHOW server_version").fetch_one(&mut database).await?;
    database.close().await?;

    let bench = Bench::of(checkout, &stack, options)?;
    let pgbench = bench.pgbench.version().await?;
    let rounds = bench.rounds(options.rounds).await?;
    stack.stop().await;
    let report = Report {
        comparisons: rounds.comparisons()?,
        latencies: Vec::new(),
        conditions: conditions(options, postgres, pgbench),
    };
    print!("\n{report}");
    Ok(())
}

async fn fill(database: &mut PgConnection, options: &Options) -> Result<()> {
    for statement in [
        format!(
            "INSERT INTO links (domain, code, url, status, created_at, updated_at)
             SELECT '{DEFAULT_DOMAIN}', code::text, 'https://example.com/landing/' || code, 302, now(), now()
             FROM generate_series({FIRST_CODE}, {last}) code",
            last = options.last_code()
        ),
        "INSERT INTO publications (domain, code, revision, published_revision)
         SELECT domain, code, revision, revision FROM links"
            .to_owned(),
        "CREATE TABLE plain_inserts (LIKE links INCLUDING ALL)".to_owned(),
        // So that the indices have the same depth.
        "INSERT INTO plain_inserts (domain, code, url, status, created_at, updated_at)
         SELECT domain, code, url, status, created_at, updated_at FROM links"
            .to_owned(),
        "VACUUM ANALYZE links".to_owned(),
        "VACUUM ANALYZE publications".to_owned(),
        "VACUUM ANALYZE plain_inserts".to_owned(),
    ] {
        // The statement contains only numbers and a constant.
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *database).await?;
    }
    Ok(())
}

#[derive(Debug)]
struct Bench {
    resolve: Arc<Load>,
    create: Arc<Load>,
    pgbench: PgbenchRunner,
    profile: LoadProfile,
    last_code: u32,
}

impl Bench {
    fn of(checkout: &Checkout, stack: &OriginStack, options: &Options) -> Result<Self> {
        let address = stack.origin.url.trim_start_matches("http://");
        let server: SocketAddr = address.parse().context("the origin has no address")?;
        let distance = usize::try_from(options.links.div_ceil(MAX_REQUESTS))?;
        let codes = (FIRST_CODE..=options.last_code()).step_by(distance);
        let resolve = Load::new(
            server,
            Requests::Random(codes.map(|code| resolve_request(address, stack, code)).collect()),
            ExpectedAnswer { status: 200, body: r#"{"outcome":"found""#, header: None },
        );
        let create = Load::new(
            server,
            Requests::Random(vec![create_request(address, stack)]),
            ExpectedAnswer { status: 201, body: "{", header: None },
        );
        let pgbench =
            PgbenchRunner::new(checkout, &stack.postgres.links_database_url, stack.folder().join("pgbench"));
        let profile = LoadProfile {
            connections: options.connections,
            time: Duration::from_secs(options.seconds.into()),
            pace: Pace::ClosedLoop,
        };
        Ok(Self { resolve, create, pgbench, profile, last_code: options.last_code() })
    }

    async fn rounds(&self, count: u16) -> Result<Rounds> {
        let mut rounds = Rounds::default();
        println!("      warm-up round");
        self.round(0, &mut Rounds::default()).await?;
        for number in 1..=count {
            self.round(number, &mut rounds).await?;
            println!("      round {number} of {count}: {}", rounds.last());
        }
        Ok(rounds)
    }

    /// The order alternates, so that neither side always finds the caches as the other left them.
    async fn round(&self, number: u16, rounds: &mut Rounds) -> Result<()> {
        let ours_first = number.is_multiple_of(2);
        let order = [ours_first, !ours_first];
        for ours in order {
            if ours {
                rounds.resolve.push(load::run(&self.resolve, self.profile).await.context("resolve")?);
            } else {
                rounds.point_select.push(self.point_select().await.context("point select")?);
            }
        }
        for ours in order {
            if ours {
                rounds.create.push(load::run(&self.create, self.profile).await.context("create")?);
            } else {
                rounds.single_row_insert.push(self.single_row_insert(number).await.context("insert")?);
            }
        }
        Ok(())
    }

    async fn point_select(&self) -> Result<Measurement> {
        let variables = [
            ("domain", DEFAULT_DOMAIN.to_owned()),
            ("first", FIRST_CODE.to_string()),
            ("last", self.last_code.to_string()),
        ];
        let script = Script { name: "point-select", text: POINT_SELECT, variables: &variables };
        self.pgbench.run(&script, self.profile).await
    }

    async fn single_row_insert(&self, round: u16) -> Result<Measurement> {
        let variables = [
            ("domain", DEFAULT_DOMAIN.to_owned()),
            ("clients", self.profile.connections.to_string()),
            ("n", (u64::from(round) * NUMBERS_PER_ROUND).to_string()),
        ];
        let script = Script { name: "single-row-insert", text: SINGLE_ROW_INSERT, variables: &variables };
        self.pgbench.run(&script, self.profile).await
    }
}

/// The edge's request without its signature, which AWS strips.
fn resolve_request(host: &str, stack: &OriginStack, code: u32) -> Vec<u8> {
    format!(
        "GET /internal/v1/links/{DEFAULT_DOMAIN}/{code} HTTP/1.1\r\nhost: {host}\r\n\
         x-shortline-edge-secret: {secret}\r\nx-request-id: {code:032}\r\n\r\n",
        secret = stack.edge_secret
    )
    .into_bytes()
}

fn create_request(host: &str, stack: &OriginStack) -> Vec<u8> {
    format!(
        "POST /api/v1/links HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{CREATE_BODY}",
        key = stack.admin_key,
        length = CREATE_BODY.len()
    )
    .into_bytes()
}

#[derive(Debug, Default)]
struct Rounds {
    resolve: Vec<Measurement>,
    point_select: Vec<Measurement>,
    create: Vec<Measurement>,
    single_row_insert: Vec<Measurement>,
}

impl Rounds {
    fn comparisons(&self) -> Result<Vec<Comparison>> {
        Ok(vec![
            Comparison::of("resolve", &self.resolve)?.against(
                "point select",
                &self.point_select,
                Some(RESOLVE_GOAL),
            )?,
            Comparison::of("create", &self.create)?.against(
                "single-row insert",
                &self.single_row_insert,
                Some(CREATE_GOAL),
            )?,
        ])
    }

    fn last(&self) -> String {
        let rate = |rounds: &[Measurement]| rounds.last().map_or(String::new(), Measurement::rate);
        format!(
            "resolve {} against {} selects a second, create {} against {} inserts",
            rate(&self.resolve),
            rate(&self.point_select),
            rate(&self.create),
            rate(&self.single_row_insert),
        )
    }
}

fn conditions(options: &Options, postgres: String, pgbench: String) -> Vec<String> {
    let Options { seconds, rounds, connections, links } = options;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    vec![
        format!("{rounds} rounds of {seconds} s per line, in turn; medians, with the"),
        "lowest and highest round in brackets.".to_owned(),
        format!(
            "{connections} connections on either side, one request in flight each; {links} links, picked at random."
        ),
        format!(
            "{cores} cores ({system} {machine}), shared by the load, the origin and Postgres, all on loopback."
        ),
        "A create writes two rows, the link and its publication; the insert writes only the first."
            .to_owned(),
        format!("Postgres {postgres} without fsync; {pgbench}, prepared statements; the origin is a release"),
        "build running as an HTTP server with log level info.".to_owned(),
    ]
}
