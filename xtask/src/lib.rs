//! What `cargo xtask` is made of, as a library: e2e and load tests start the same stack as `cargo xtask dev`.
//! No product logic, and nothing that runs in production.

mod architecture;
pub mod artifacts;
pub mod bench;
pub mod checkout;
pub mod cost;
pub mod deploy;
pub mod dev;
mod figures;
mod infra;
mod interrupt;
pub mod ledger;
mod migration_lint;
pub mod package;
pub mod pipeline;
pub mod rehearsal;
pub mod stack;
pub mod test;
pub mod tools;
mod traffic;
pub mod user_agents;
mod wiring;
