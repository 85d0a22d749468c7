//! Measures Shortline and checks it by running: benchmarks, the usage of a redirect, the ledger, the rehearsal.

pub mod benchmarks;
pub mod ledger;
mod load;
mod optimised;
mod random;
pub mod rehearsal;
mod traffic;
pub mod usage;
