//! Options of the ledger.

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of clicks
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub clicks: u32,
    /// Seed of clicks, batch outcomes and order
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of consumers
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub consumers: u8,
    /// Number of links; a third of the clicks is on the first
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub links: u32,
    /// The store of clicks: the product's, or the one that was tried for more clicks than one Postgres takes
    #[arg(long, value_enum, default_value_t = ClickStore::Postgres)]
    pub store: ClickStore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ClickStore {
    Postgres,
    /// Immutable blocks, ClickHouse for statistics, and Postgres as their ledger
    Blocks,
}

impl Options {
    /// Options of a run that takes seconds.
    pub fn small() -> Self {
        Self { clicks: 20_000, seed: 1, consumers: 4, links: 20, store: ClickStore::Postgres }
    }
}
