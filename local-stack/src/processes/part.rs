//! A part of the stack that can be stopped, killed, paused and restarted: a process with a readiness probe.

use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::processes::process::{Process, ProcessSpec};

/// The time limit from a part's start until it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(crate) enum Probe {
    /// Ready when a GET answers 200.
    Http(String),
    /// Ready when a connection answers a query.
    Postgres(String),
}

/// A part that ended unexpectedly.
#[derive(Debug)]
pub struct Failure {
    pub part: String,
    pub exit_report: String,
}

pub(crate) type Failures = mpsc::UnboundedSender<Failure>;

type SpecFactory = Box<dyn Fn() -> Result<ProcessSpec> + Send + Sync>;

pub struct Part {
    name: String,
    spec_factory: SpecFactory,
    probe: Probe,
    failures: Failures,
    process: Mutex<Option<Arc<Process>>>,
    /// Set while a stop is requested, so that it is not reported as a failure.
    stop_requested: Arc<Mutex<bool>>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("probe", &self.probe).finish_non_exhaustive()
    }
}

impl Part {
    /// Starts the part and waits until it is ready.
    pub(crate) async fn start(
        name: impl Into<String>,
        probe: Probe,
        failures: Failures,
        spec_factory: impl Fn() -> Result<ProcessSpec> + Send + Sync + 'static,
    ) -> Result<Self> {
        let part = Self {
            name: name.into(),
            spec_factory: Box::new(spec_factory),
            probe,
            failures,
            process: Mutex::new(None),
            stop_requested: Arc::default(),
        };
        part.up().await?;
        Ok(part)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn pid(&self) -> Option<u32> {
        self.running().map(|process| process.pid())
    }

    /// Starts it again with the same settings; no effect while it runs.
    pub async fn up(&self) -> Result<()> {
        if self.running().is_some_and(|process| process.is_alive()) {
            return Ok(());
        }
        self.set_stop_requested(false);
        let process = Arc::new(Process::start((self.spec_factory)()?)?);
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&process));
        let ready = self.wait_until_ready(&process).await;
        if ready.is_err() {
            self.set_stop_requested(true);
        }
        ready?;
        // Only now, since an earlier end is the error above.
        self.report_end(&process);
        Ok(())
    }

    /// Stops it gracefully, or by force after its grace period.
    pub async fn stop(&self) {
        self.set_stop_requested(true);
        if let Some(process) = self.take() {
            process.end().await;
        }
    }

    /// Kills it and all its children with `SIGKILL`, like a power cut.
    pub async fn kill(&self) {
        self.set_stop_requested(true);
        if let Some(process) = self.take() {
            process.kill().await;
        }
    }

    /// Ends it with another signal than the one for a graceful stop.
    pub(crate) async fn end_with(&self, signal: Signal) {
        self.set_stop_requested(true);
        if let Some(process) = self.take() {
            process.signal(signal);
            process.exited().await;
        }
    }

    pub async fn restart(&self) -> Result<()> {
        self.stop().await;
        self.up().await
    }

    /// Suspends it: it keeps its connections and answers nothing, like a network that drops packets.
    pub fn pause(&self) {
        if let Some(process) = self.running() {
            process.signal_group(Signal::SIGSTOP);
        }
    }

    pub fn resume(&self) {
        if let Some(process) = self.running() {
            process.signal_group(Signal::SIGCONT);
        }
    }

    fn running(&self) -> Option<Arc<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self) -> Option<Arc<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set_stop_requested(&self, down: bool) {
        *self.stop_requested.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    async fn wait_until_ready(&self, process: &Process) -> Result<()> {
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let answers = tokio::time::timeout(Duration::from_secs(5), self.probe.answers());
            if answers.await.unwrap_or(false) {
                return Ok(());
            }
            if !process.is_alive() {
                bail!("{} did not start: {}", self.name, process.exit_report());
            }
            if Instant::now() > deadline {
                bail!("{} is not ready after {READY_TIMEOUT:?}: {}", self.name, process.exit_report());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn report_end(&self, process: &Arc<Process>) {
        let mut exit: watch::Receiver<Option<ExitStatus>> = process.exit_watch();
        let process = Arc::downgrade(process);
        let stop_requested = Arc::clone(&self.stop_requested);
        let failures = self.failures.clone();
        let part = self.name.clone();
        // A thread instead of a task: the part may outlive the runtime that started it.
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
            let _ = runtime.block_on(exit.wait_for(Option::is_some));
            let is_expected = *stop_requested.lock().unwrap_or_else(PoisonError::into_inner);
            if let (false, Some(process)) = (is_expected, process.upgrade()) {
                let _ = failures.send(Failure { part, exit_report: process.exit_report() });
            }
        });
    }
}

impl Probe {
    async fn answers(&self) -> bool {
        match self {
            Self::Http(url) => get(url).await.is_ok_and(|answer| answer.status() == 200),
            Self::Postgres(url) => ask_postgres(url).await.is_ok(),
        }
    }
}

async fn get(url: &str) -> Result<reqwest::Response, reqwest::Error> {
    // A proxy from the environment cannot reach our loopback.
    reqwest::Client::builder().no_proxy().build()?.get(url).send().await
}

async fn ask_postgres(url: &str) -> Result<()> {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.context("cannot connect")?;
    connection.ping().await.context("no answer")?;
    Ok(connection.close().await?)
}
