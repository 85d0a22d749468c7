//! `cargo xtask dev`: runs the whole system on this machine until Ctrl-C.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use local_stack::checkout::Checkout;
use local_stack::dev_options::{DevOptions, lock};
use local_stack::observe::Observer;
use local_stack::{OriginMode, Stack, StackOptions, format, interrupt};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    dev: DevOptions,
    /// The time that tools and builds have taken, which is shown with the start's own
    #[arg(long, hide = true, default_value_t = 0)]
    prepared_in_ms: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let dev = &options.dev;
    let folder = dev.folder(&Checkout::here())?;
    let _lock = lock(&folder)?;
    dev.check_port()?;
    if dev.fresh {
        clear(&folder)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stack_options = StackOptions {
        data_dir: Some(folder),
        edge_port: dev.port,
        origins: OriginMode::Servers(dev.origins.into()),
        admin_key: std::env::var("SHORTLINE_ADMIN_KEY").ok().filter(|key| !key.is_empty()),
        client_address: Some("127.0.0.1".into()),
        worker_bindings: BTreeMap::from([("COMPATIBLE_APIS".to_owned(), "shlink,yourls".to_owned())]),
        dashboard: true,
        on_step: |step| println!("      {step}"),
        ..StackOptions::default()
    };
    let took = || Duration::from_millis(options.prepared_in_ms) + started.elapsed();
    runtime.block_on(serve(stack_options, dev.observe, took))
}

async fn serve(mut options: StackOptions, observe: bool, took: impl Fn() -> Duration) -> Result<()> {
    let interrupt = interrupt()?;
    tokio::pin!(interrupt);
    options.traces = variables_of_opentelemetry();
    let has_collector = options.traces.keys().any(|name| name.ends_with("_ENDPOINT"));
    let mut observer = if observe && !has_collector { Some(Observer::start().await?) } else { None };
    if let Some(observer) = &observer {
        options.traces.insert("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), observer.url.clone());
    }
    let stack = tokio::select! {
        stack = Stack::start(options) => stack?,
        // Dropping the started parts stops them.
        () = &mut interrupt => return Ok(()),
    };
    print_overview(&stack, observer.as_ref(), took())?;
    if let Some(observer) = &mut observer {
        observer.print();
    } else if observe {
        println!("\nTraces go to the collector of OTEL_EXPORTER_OTLP_ENDPOINT.");
    }
    let failure = tokio::select! {
        () = interrupt => None,
        failure = stack.wait_for_failure() => Some(failure),
        () = maintain_hourly(&stack) => None,
    };
    println!("\nstopping …");
    stack.stop().await;
    match failure {
        None => Ok(()),
        Some(failure) => bail!("{} failed, so everything was stopped. {}", failure.part, failure.exit_report),
    }
}

/// A collector of one's own gets the traces, with the options that its variables give.
fn variables_of_opentelemetry() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, value)| name.starts_with("OTEL_") && !value.is_empty()).collect()
}

/// Creates the next days' partitions for a stack that runs for days. Never returns.
async fn maintain_hourly(stack: &Stack) {
    loop {
        tokio::time::sleep(Duration::from_secs(60 * 60)).await;
        if let Err(error) = stack.postgres.maintain().await {
            eprintln!("maintenance of the click tables failed; next attempt in an hour: {error:#}");
        }
    }
}

fn print_overview(stack: &Stack, observer: Option<&Observer>, took: Duration) -> Result<()> {
    let mut rows =
        vec![("dashboard", format!("{}/dashboard/", stack.edge_url)), ("edge", stack.edge_url.clone())];
    rows.extend(stack.origin_urls.iter().map(|url| ("origin", url.clone())));
    rows.extend(observer.map(|observer| ("traces", observer.url.clone())));
    rows.extend([
        ("links database", stack.links_database_url.clone()),
        ("analytics database", stack.analytics_database_url.clone()),
        ("click queue", stack.click_queue_url.clone()),
        ("dead letters", stack.dead_letter_queue_url.clone()),
        ("logs", stack.logs.display().to_string()),
        ("admin key", stack.admin_key.clone()),
    ]);
    let edge = &stack.edge_url;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nShortline is running (started in {}).\n", format::duration(took))?;
    for (what, where_) in rows {
        writeln!(out, "  {what:<20}{where_}")?;
    }
    // Each line works on its own in any shell: a file passes the result to the next one, since `jq` may not be
    // installed.
    writeln!(
        out,
        r#"
Try it in another terminal: create a link, follow it, read its clicks.

  curl -sw '\n' {edge}/api/v1/links -H "Authorization: Bearer {key}" -H "Content-Type: application/json" -d '{{"url":"https://example.com/"}}' | tee {link}
  curl -si "$(sed -E 's/.*"short_url":"([^"]+)".*/\1/' {link})"
  curl -sw '\n' "{edge}/api/v1/links/$(sed -E 's/.*"id":"([^"]+)".*/\1/' {link})/stats" -H "Authorization: Bearer {key}"

Press Ctrl-C to stop everything. The data stays."#,
        key = stack.admin_key,
        link = std::env::temp_dir().join("shortline-link.json").display(),
    )?;
    out.flush()?;
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot clear {}", folder.display()))
        }
        _ => Ok(()),
    }
}
