//! Pinned tools, builds and the local stack: what `cargo xtask dev`, e2e tests and benchmarks start. No product logic.

pub mod artifacts;
pub mod checkout;
pub mod dev_options;
pub mod format;
pub mod tools;

#[cfg(feature = "stack")]
mod aws;
#[cfg(feature = "stack")]
mod edge;
#[cfg(feature = "stack")]
mod fault_proxy;
#[cfg(feature = "stack")]
mod lambda;
#[cfg(feature = "stack")]
mod postgres;
#[cfg(feature = "stack")]
mod processes;
#[cfg(feature = "stack")]
mod stacks;

#[cfg(feature = "stack")]
pub use {
    aws::client::AwsClient,
    aws::emulator::Aws,
    edge::cloudflare::Cloudflare,
    edge::worker::{CACHE_SERVICE, Edge},
    edge::worker_config::{CF_BLOB_HEADER, V8_FLAGS},
    fault_proxy::{FaultMode, FaultProxy, Upstream, body_of, forward, json_answer},
    lambda::click_feed::{ClickFeed, Progress, QueueMessage},
    lambda::lambda_process::{InvocationResult, LambdaProcess, http_event},
    postgres::{Durability, Postgres},
    processes::interrupt::{interrupt, unless_interrupted},
    processes::one_shot::run_one_shot,
    processes::part::{Failure, Part},
    processes::ports::free_port,
    stacks::blue_green::BlueGreen,
    stacks::consumer_stack::ConsumerStack,
    stacks::edge_stack::EdgeStack,
    stacks::options::{OriginMode, StackOptions},
    stacks::origin::Origin,
    stacks::origin_stack::OriginStack,
    stacks::settings::{DEFAULT_DOMAIN, FAILOVER_DOMAIN},
    stacks::stack::Stack,
};
