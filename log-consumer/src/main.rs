//! The Lambda's entry point: configuration, logs and one consumer.

use std::collections::hash_map::RandomState;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{LambdaEvent, service_fn};
use log_consumer::config::Config;
use log_consumer::invocation::Consumer;
use log_consumer::message::Message;
use log_consumer::queue::SqsQueue;
use log_consumer::store::{Links, Store};
use log_consumer::time_limits::Deadlines;
use startup::environment;
use tokio::time::Instant;

// Lambda runs one invocation at a time, and it mostly waits for I/O: a second thread would be idle.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    startup::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    startup::start_log(&environment)?;
    let config = Config::from_lookup(&environment)?;
    let store = Store::connect_lazily(config.analytics_database);
    let links = Links::connect_lazily(config.links_database);
    let queue = SqsQueue::new(config.click_queue_url, config.dead_letter_queue_url);
    // Keyed at random in each process, so that consumers that fail together return their messages at different times.
    let consumer = Consumer::new(store, links, queue, RandomState::new());
    lambda_runtime::run(service_fn(|event| invoke(&consumer, event))).await.map_err(anyhow::Error::from_boxed)
}

async fn invoke(
    consumer: &Consumer<SqsQueue, RandomState>,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let remaining = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let deadlines = Deadlines::new(Instant::now(), remaining);
    let messages: Vec<Message> = event.payload.records.into_iter().map(Message::from).collect();
    Ok(consumer.consume(&messages, deadlines).await.into_response())
}
