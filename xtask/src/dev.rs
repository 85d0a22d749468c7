//! `cargo xtask dev`: runs the whole system on this machine until Ctrl-C.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::interrupt::interrupt;
use crate::stack::{self, OriginMode, Stack, StackOptions};
use crate::{artifacts, tools};

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Port of the edge on 127.0.0.1
    #[arg(long, default_value_t = 8787, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Delete the data of earlier runs first
    #[arg(long)]
    pub fresh: bool,
    /// Data folder [default: .shortline/dev in the checkout]
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Number of origins, all on one database
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub origins: u8,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let started = Instant::now();
    let folder = match &options.data {
        Some(folder) => std::path::absolute(folder).context("invalid --data")?,
        None => checkout.dev_data(),
    };
    let _lock = lock(&folder)?;
    // Checked before the build, which may take minutes.
    if !stack::is_free(options.port) {
        bail!("port {port} is in use on 127.0.0.1; choose another with `--port`", port = options.port);
    }
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build");
    let artifacts = artifacts::build(checkout)?;
    if options.fresh {
        clear(&folder)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stack_options = StackOptions {
        data_dir: Some(folder),
        artifacts: Some(artifacts),
        edge_port: options.port,
        origins: OriginMode::Servers(options.origins.into()),
        admin_key: std::env::var("SHORTLINE_ADMIN_KEY").ok().filter(|key| !key.is_empty()),
        client_address: Some("127.0.0.1".into()),
        on_step: |step| println!("      {step}"),
        ..StackOptions::default()
    };
    runtime.block_on(serve(stack_options, started))
}

async fn serve(options: StackOptions, started: Instant) -> Result<()> {
    println!("[3/3] start");
    let interrupt = interrupt()?;
    tokio::pin!(interrupt);
    let stack = tokio::select! {
        stack = Stack::start(options) => stack?,
        // Dropping the started parts stops them.
        () = &mut interrupt => return Ok(()),
    };
    print_overview(&stack, started)?;
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

/// Creates the next days' partitions for a stack that runs for days. Never returns.
async fn maintain_hourly(stack: &Stack) {
    loop {
        tokio::time::sleep(Duration::from_secs(60 * 60)).await;
        if let Err(error) = stack.postgres.maintain().await {
            eprintln!("maintenance of the click tables failed; next attempt in an hour: {error:#}");
        }
    }
}

fn print_overview(stack: &Stack, started: Instant) -> Result<()> {
    let mut rows = vec![("edge", stack.edge_url.clone())];
    rows.extend(stack.origin_urls.iter().map(|url| ("origin", url.clone())));
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
    writeln!(out, "\nShortline is running (started in {}).\n", tools::format_duration(started.elapsed()))?;
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

fn lock(folder: &Path) -> Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Next to the folder, not in it: `--fresh` must not remove the held lock.
    let path = folder.with_extension("lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    // A process that was just killed may hold the lock for another moment.
    let deadline = Instant::now() + Duration::from_millis(500);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                bail!("another `cargo xtask dev` is using this data ({} is locked)", path.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the data folder"),
        }
    }
}

fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot clear {}", folder.display()))
        }
        _ => Ok(()),
    }
}
