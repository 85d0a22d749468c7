//! A part of the stack that can be stopped, killed, paused and started again: a recipe for a process and a probe that
//! tells when it serves. Decides what "ready" means; which parts there are is decided in `mod.rs`.

use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::process::{Process, Spec};

/// How long a part may take from its start until it serves.
const READY_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) enum Probe {
    /// A GET that answers 200.
    Http(String),
    /// A connection that answers a query.
    Postgres(String),
}

/// A part that ended although nobody asked it to.
#[derive(Debug)]
pub struct Failure {
    pub part: String,
    pub last_words: String,
}

pub(super) type Failures = mpsc::UnboundedSender<Failure>;

type Recipe = Box<dyn Fn() -> Result<Spec> + Send + Sync>;

pub struct Part {
    name: String,
    recipe: Recipe,
    probe: Probe,
    failures: Failures,
    process: Mutex<Option<Arc<Process>>>,
    /// Set while an end is wanted, so that it is not reported as a failure.
    wanted_down: Arc<Mutex<bool>>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("probe", &self.probe).finish_non_exhaustive()
    }
}

impl Part {
    /// Starts it and waits until it serves.
    pub(super) async fn start(
        name: impl Into<String>,
        probe: Probe,
        failures: Failures,
        recipe: impl Fn() -> Result<Spec> + Send + Sync + 'static,
    ) -> Result<Self> {
        let part = Self {
            name: name.into(),
            recipe: Box::new(recipe),
            probe,
            failures,
            process: Mutex::new(None),
            wanted_down: Arc::default(),
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

    /// Starts it again, as it was; no effect when it runs.
    pub async fn up(&self) -> Result<()> {
        if self.running().is_some_and(|process| process.is_alive()) {
            return Ok(());
        }
        self.want_down(false);
        let process = Arc::new(Process::start((self.recipe)()?)?);
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&process));
        let ready = self.wait_until_ready(&process).await;
        if ready.is_err() {
            self.want_down(true);
        }
        ready?;
        // From here on its end is news; before, it was the error above.
        self.report_end(&process);
        Ok(())
    }

    /// In good order, and by force after the time it is granted.
    pub async fn stop(&self) {
        self.want_down(true);
        if let Some(process) = self.take() {
            process.end().await;
        }
    }

    /// As a power cut would: `SIGKILL` to it and all its children.
    pub async fn kill(&self) {
        self.want_down(true);
        if let Some(process) = self.take() {
            process.kill().await;
        }
    }

    /// By a signal that is not the one it is asked with to end in good order.
    pub(super) async fn end_by(&self, signal: Signal) {
        self.want_down(true);
        if let Some(process) = self.take() {
            process.signal(signal);
            process.exited().await;
        }
    }

    pub async fn restart(&self) -> Result<()> {
        self.stop().await;
        self.up().await
    }

    /// It keeps its connections and answers nothing: what a network that swallows packets looks like.
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

    fn want_down(&self, down: bool) {
        *self.wanted_down.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    async fn wait_until_ready(&self, process: &Process) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let answers = tokio::time::timeout(Duration::from_secs(5), self.probe.answers());
            if answers.await.unwrap_or(false) {
                return Ok(());
            }
            if !process.is_alive() {
                bail!("{} did not start: {}", self.name, process.last_words());
            }
            if Instant::now() > deadline {
                bail!("{} is not ready after {READY_WITHIN:?}: {}", self.name, process.last_words());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn report_end(&self, process: &Arc<Process>) {
        let mut exit: watch::Receiver<Option<ExitStatus>> = process.exit_watch();
        let process = Arc::downgrade(process);
        let wanted_down = Arc::clone(&self.wanted_down);
        let failures = self.failures.clone();
        let part = self.name.clone();
        // A thread rather than a task: the runtime that started the part may be gone when it ends.
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
            let _ = runtime.block_on(exit.wait_for(Option::is_some));
            let wanted = *wanted_down.lock().unwrap_or_else(PoisonError::into_inner);
            if let (false, Some(process)) = (wanted, process.upgrade()) {
                let _ = failures.send(Failure { part, last_words: process.last_words() });
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
    // A proxy that the environment names does not know our loopback.
    reqwest::Client::builder().no_proxy().build()?.get(url).send().await
}

async fn ask_postgres(url: &str) -> Result<()> {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.context("cannot connect")?;
    connection.ping().await.context("no answer")?;
    Ok(connection.close().await?)
}
