//! The entry point: one consumer, under the Lambda runtime or as a process that polls the queue itself.

// Its futures are nested deeper than the default of 128 when rustc optimises.
#![recursion_limit = "256"]

use std::collections::hash_map::RandomState;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{LambdaEvent, service_fn};
use link_core::time::UnixMillis;
use log_consumer::config::Config;
use log_consumer::invocation::Consumer;
use log_consumer::message::Message;
use log_consumer::polling::{self, DeadLetterCount};
use log_consumer::queue::SqsQueue;
use log_consumer::store::{Links, Store};
use log_consumer::time_limits::Deadlines;
use startup::{environment, log_levels};
use telemetry::traces::{LAMBDA_FLUSH, SHUTDOWN_FLUSH, Traces};
use telemetry::{Metrics, Program, endpoint};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tracing::info;

// Lambda runs one invocation at a time, and it mostly waits for I/O: a second thread would be idle.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    startup::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let metrics_address = endpoint::address(&environment)?;
    let metrics = Arc::new(metrics_address.map(|_| Metrics::of(Program::Consumer)).unwrap_or_default());
    let (traces, log) = Traces::start_with_log(&environment, Program::Consumer, &metrics)?;
    let config = Config::from_lookup(&environment)?;
    let queue = || SqsQueue::new(config.click_queue_url.clone(), config.dead_letter_queue_url.clone());
    let store = Store::connect_lazily(config.analytics_database.clone(), config.raw_click_days);
    let links = Links::connect_lazily(config.links_database.clone());
    let raised_by = links.clone();
    tokio::spawn(log_levels::follow(log, async move || raised_by.raised_log_levels().await));
    // Keyed at random in each process, so that consumers that fail together return their messages at different times.
    let consumer = Consumer::new(store, links, queue(), RandomState::new(), Arc::clone(&metrics));
    if environment("AWS_LAMBDA_RUNTIME_API").is_some() {
        let serving = lambda_runtime::run(service_fn(|event| invoke(&consumer, &traces, event)));
        return serving.await.map_err(anyhow::Error::from_boxed);
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    if let Some(address) = metrics_address {
        let listener = TcpListener::bind(address).await;
        let listener = listener
            .with_context(|| format!("cannot listen on {address}: set METRICS_ADDR to a free address"))?;
        tokio::spawn(endpoint::serve(listener, Arc::clone(&metrics), DeadLetterCount(queue())));
    }
    traces.send_in_background();
    info!("polling the click queue");
    let stopped = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping: the messages that were received are stored first");
    };
    polling::poll(&consumer, &metrics, now, stopped).await;
    traces.flush(SHUTDOWN_FLUSH).await;
    info!("stopped");
    Ok(())
}

fn now() -> UnixMillis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(since_epoch.as_millis().try_into().unwrap_or(i64::MAX))
}

async fn invoke(
    consumer: &Consumer<SqsQueue, RandomState>,
    traces: &Traces,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let remaining = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let deadlines = Deadlines::new(Instant::now(), remaining);
    let messages: Vec<Message> = event.payload.records.into_iter().map(Message::from).collect();
    let outcome = consumer.consume(&messages, deadlines).await;
    // Nobody waits for the answer, and after it the process is frozen. What must be returned is more urgent.
    traces.flush(LAMBDA_FLUSH.min(deadlines.answer_by.saturating_duration_since(Instant::now()))).await;
    Ok(outcome.into_response())
}
