//! Reads the environment and serves the router, under the Lambda runtime or as a plain HTTP server. Decides nothing about a
//! request.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::serve::ListenerExt;
use origin_lambda::app::App;
use origin_lambda::clock::Clock;
use origin_lambda::config::{self, Config};
use origin_lambda::controllers::metrics::MetricsCollector;
use origin_lambda::http::function_url;
use origin_lambda::http::request_metrics::EmbeddedMetrics;
use origin_lambda::limits;
use origin_lambda::links::codes::CodeError;
use origin_lambda::openapi;
use origin_lambda::redirect::shipping::sqs::SqsQueue;
use origin_lambda::redirect::shipping::{ClickQueue, Shipping};
use origin_lambda::router::router;
use origin_lambda::store::StoreError;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use startup::{LogFilter, log_levels};
use telemetry::traces::{LAMBDA_FLUSH_BEFORE_ANSWER, SHUTDOWN_FLUSH, Traces};
use telemetry::{Metrics, Program, endpoint};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing::{info, warn};

fn main() -> ExitCode {
    startup::exit_code(run())
}

fn run() -> anyhow::Result<()> {
    let lookup = startup::environment;
    let is_lambda = lookup("AWS_LAMBDA_RUNTIME_API").is_some();
    let metrics_address = if is_lambda { None } else { endpoint::address(&lookup)? };
    let metrics = Arc::new(metrics_address.map(|_| Metrics::of(Program::Origin)).unwrap_or_default());
    let (traces, log) = Traces::start_with_log(&lookup, Program::Origin, &metrics)?;
    let config = Config::from_lookup(&lookup)?;
    if is_lambda {
        // A Lambda serves one request at a time: one thread suffices and starts faster than several.
        let streams = lookup("RESPONSE_STREAM").is_some_and(|value| value == "true");
        let function_name = lookup("AWS_LAMBDA_FUNCTION_NAME");
        let serving = serve_lambda(config, streams, function_name, traces, log);
        runtime::Builder::new_current_thread().enable_all().build()?.block_on(serving)
    } else {
        let addresses =
            Addresses { requests: config::server::from_lookup(&lookup)?, metrics: metrics_address };
        let serving = serve_http(config, addresses, metrics, traces, log);
        runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serving)
    }
}

/// `streams` must match the function URL's invoke mode: each mode takes the other's responses for text. An HTTP API does not
/// stream, so the same package supports both.
async fn serve_lambda(
    config: Config,
    streams: bool,
    function_name: Option<String>,
    traces: Traces,
    log: LogFilter,
) -> anyhow::Result<()> {
    let mut app = App::new(config, limits::LAMBDA_POOLS, Clock::system(), Arc::default());
    app.export_timeout = limits::EXPORT_LAMBDA_TIMEOUT;
    app.click_queue = click_queue(&app);
    if let Some(queue) = app.click_queue.clone() {
        app.shipping = Shipping::synchronous(queue)?;
    }
    app.embedded_metrics = function_name.map(EmbeddedMetrics::new);
    app.traces = traces.clone();
    follow_log_levels(&app, log);
    let router = router(Arc::new(app), openapi::DESCRIPTION);
    let outcome = if streams {
        function_url::serve(router, &traces).await.map(|never| match never {})
    } else {
        lambda_http::run(flushing_before_answers(router, traces)).await
    };
    outcome.map_err(|error| anyhow!(error))
}

/// `lambda_http` asks for the next invocation as soon as an answer is sent, and with that Lambda freezes the process.
fn flushing_before_answers(router: Router, traces: Traces) -> Router {
    if !traces.are_on() {
        return router;
    }
    router.layer(from_fn(move |request: Request, next: Next| {
        let traces = traces.clone();
        async move {
            let response = next.run(request).await;
            traces.flush(LAMBDA_FLUSH_BEFORE_ANSWER).await;
            response
        }
    }))
}

/// Where the plain HTTP server listens.
struct Addresses {
    requests: SocketAddr,
    metrics: Option<SocketAddr>,
}

async fn serve_http(
    config: Config,
    addresses: Addresses,
    metrics: Arc<Metrics>,
    traces: Traces,
    log: LogFilter,
) -> anyhow::Result<()> {
    // First: a signal during startup must stop the origin too.
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut app = App::new(config, limits::SERVER_POOLS, Clock::system(), metrics);
    app.traces = traces.clone();
    traces.send_in_background();
    app.click_queue = click_queue(&app);
    if let Some(queue) = app.click_queue.clone() {
        app.shipping = Shipping::background(queue, app.clock.clone())?;
    }
    let app = Arc::new(app);
    follow_log_levels(&app, log);
    check_code_key(&app).await?;
    if let Some(address) = addresses.metrics {
        let listener = listen("METRICS_ADDR", address).await?;
        tokio::spawn(endpoint::serve(listener, Arc::clone(&app.metrics), MetricsCollector(Arc::clone(&app))));
    }
    let listener = listen("LISTEN_ADDR", addresses.requests).await?;
    info!(address = %listener.local_addr()?, "listening");

    // Responses are small and written completely; waiting for more data would only delay them.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&*connection).set_tcp_user_timeout(Some(limits::STALLED_READER_TIMEOUT));
    });
    let (stopping, stopped) = oneshot::channel();
    let service =
        router(app.clone(), openapi::DESCRIPTION).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        stop_signal(terminate, interrupt).await;
        info!("stopping: no new connections, waiting for requests in progress");
        let _ = stopping.send(());
    });
    let grace_period = async {
        let _ = stopped.await;
        tokio::time::sleep(limits::SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        result = server => result?,
        () = grace_period => {
            warn!("stopped with requests still in progress");
            app.shipping.finish(limits::SHIPPING_GRACE).await;
            return Ok(());
        }
    }
    app.shipping.finish(limits::SHIPPING_GRACE).await;
    traces.flush(SHUTDOWN_FLUSH).await;
    // Closes the connections properly; otherwise Postgres logs a lost client for each.
    app.links.close().await;
    app.reader.close().await;
    app.analytics.close().await;
    info!("stopped");
    Ok(())
}

async fn listen(variable: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}: set {variable} to a free address"))
}

/// Under Lambda this stands still between invocations, and goes on with the next one.
fn follow_log_levels(app: &App, log: LogFilter) {
    let (reader, clock) = (app.reader.clone(), app.clock.clone());
    let read = async move || {
        let now = clock.now();
        let levels = reader.log_levels(now).await?;
        Ok::<_, StoreError>(levels.into_iter().map(|level| level.raised(now)).collect())
    };
    tokio::spawn(log_levels::follow(log, read));
}

fn click_queue(app: &App) -> Option<Arc<dyn ClickQueue>> {
    let Some(url) = &app.redirects.click_queue_url else {
        info!(
            "CLICK_QUEUE_URL is not set: redirects by the origin are not counted, and only an edge takes the visits of imports"
        );
        return None;
    };
    Some(Arc::new(SqsQueue::new(url.clone())))
}

/// Refuses to start with another code key, which would issue codes that are already taken. Starts while the database is
/// unavailable, so that an origin that restarts during an outage recovers; every lease checks the key again.
async fn check_code_key(app: &App) -> anyhow::Result<()> {
    match app.link_creator.check_code_key().await {
        Ok(()) => Ok(()),
        Err(CodeError::Store(error @ StoreError::Unavailable { .. })) => {
            warn!(%error, "starting without the links database; see DATABASE_URL if this stays");
            Ok(())
        }
        Err(CodeError::Store(error)) => Err(error)
            .context("the links database does not look as expected: apply migrations/links to DATABASE_URL"),
        Err(error) => Err(error.into()),
    }
}

async fn stop_signal(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
