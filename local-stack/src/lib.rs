//! Pinned tools, builds and the local stack: what `cargo xtask dev`, e2e tests and benchmarks start. No product logic.

pub mod artifacts;
pub mod checkout;
pub mod dev_options;
pub mod format;
pub mod tools;

#[cfg(feature = "stack")]
pub mod observe;
#[cfg(feature = "stack")]
mod parts;
#[cfg(feature = "stack")]
mod processes;
#[cfg(feature = "stack")]
mod stacks;

#[cfg(feature = "stack")]
pub use {
    parts::aws::client::AwsClient,
    parts::aws::emulator::Aws,
    parts::edge::cloudflare::Cloudflare,
    parts::edge::worker::{CACHE_SERVICE, Edge},
    parts::edge::worker_config::{CF_BLOB_HEADER, V8_FLAGS},
    parts::fault_proxy::{FaultMode, FaultProxy, Upstream, body_of, forward, json_answer},
    parts::lambda::click_feed::{ClickFeed, Progress, QueueMessage},
    parts::lambda::lambda_process::{InvocationResult, LambdaProcess, http_event},
    parts::postgres::{Durability, Postgres},
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
