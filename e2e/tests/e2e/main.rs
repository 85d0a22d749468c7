//! Runs every journey and fault test over the real stack. Tests that leave the stack intact share one; a test that
//! breaks something starts its own.

mod api;
mod attacks;
mod cli;
mod cli_history;
mod cli_moves;
mod clicks;
mod compatible_apis;
mod conformance;
mod contract;
mod cost;
mod dashboard;
mod dev;
mod domains;
mod edge_traces;
mod faults;
mod functions;
mod gate;
mod hostile_visitors;
mod imports;
mod limits;
mod link_fields;
mod link_names;
mod load;
mod names;
mod origin_protection;
mod origins;
mod pages;
mod publishing;
mod queue_failures;
mod redirects;
mod rehearsal;
mod sessions;
mod shared;
mod traps;
mod webhooks;
mod writes;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A stack is eight processes: two at a time are enough for two cores.
    arguments.test_threads.get_or_insert(2);
    let trials: Vec<Trial> = [
        redirects::trials(),
        api::trials(),
        attacks::trials(),
        cli::trials(),
        cli_history::trials(),
        cli_moves::trials(),
        clicks::trials(),
        compatible_apis::trials(),
        conformance::trials(),
        contract::trials(),
        cost::trials(),
        dashboard::trials(),
        domains::trials(),
        origins::trials(),
        pages::trials(),
        publishing::trials(),
        queue_failures::trials(),
        rehearsal::trials(),
        faults::trials(),
        functions::trials(),
        gate::trials(),
        limits::trials(),
        link_fields::trials(),
        link_names::trials(),
        names::trials(),
        traps::trials(),
        hostile_visitors::trials(),
        imports::trials(),
        origin_protection::trials(),
        dev::trials(),
        edge_traces::trials(),
        sessions::trials(),
        webhooks::trials(),
        writes::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    shared::stop();
    conclusion.exit_code()
}
