//! Handles the signals that ask this program to end: SIGINT, SIGTERM and SIGHUP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

struct Signals {
    ctrl_c: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From now on none of them ends this process directly.
    fn listen() -> Result<Self> {
        Ok(Self {
            ctrl_c: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            hang_up: signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Resolves at the first signal.
pub fn interrupt() -> Result<impl Future<Output = ()>> {
    let mut signals = Signals::listen()?;
    Ok(async move { signals.next().await })
}

/// Runs `work` until a signal arrives. For work without clean-up: dropping it stops everything it has started.
pub fn unless_interrupted<T>(runtime: &Runtime, work: impl Future<Output = Result<T>>) -> Result<T> {
    runtime.block_on(async {
        let interrupt = interrupt()?;
        tokio::select! {
            outcome = work => outcome,
            () = interrupt => bail!("interrupted; nothing is left running"),
        }
    })
}

/// For step-by-step work without a runtime that must not end between two steps.
#[derive(Debug)]
pub struct Interrupts {
    seen: Arc<AtomicBool>,
    receiver: mpsc::Receiver<()>,
}

impl Interrupts {
    /// Prints `answer` at each signal.
    pub fn listen(answer: &'static str) -> Result<Self> {
        let seen = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _runtime = runtime.enter();
            Signals::listen()?
        };
        let seen_in_thread = Arc::clone(&seen);
        std::thread::spawn(move || {
            loop {
                runtime.block_on(signals.next());
                eprintln!("{answer}");
                seen_in_thread.store(true, Ordering::SeqCst);
                // An error means that nobody waits any more.
                let _ = sender.send(());
            }
        });
        Ok(Self { seen, receiver })
    }

    pub fn any(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Waits for a signal for at most this time.
    pub fn within(&self, time: Duration) -> bool {
        self.any() || self.receiver.recv_timeout(time).is_ok()
    }
}
