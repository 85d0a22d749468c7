//! The commands of `cargo xtask`. No product logic, and nothing that runs in production.

mod architecture;
pub mod artifacts;
pub mod bench;
pub mod checkout;
pub mod cost;
pub mod deploy;
pub mod dev;
mod infra;
mod interrupt;
pub mod ledger;
mod migration_lint;
mod number_format;
pub mod package;
pub mod pipeline;
pub mod rehearsal;
pub mod stack;
pub mod test;
pub mod tools;
mod traffic;
pub mod user_agents;
mod wiring;
