//! The wish to end this program: Ctrl-C, a polite `kill`, the terminal's end. Does not decide what has to be put in order
//! before.

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
    /// From now on none of them ends this process by itself.
    fn listen() -> Result<Self> {
        Ok(Self {
            ctrl_c: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for a request to end")?,
            hang_up: signal(SignalKind::hangup()).context("cannot listen for the terminal's end")?,
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

/// Resolves at the first of them.
pub fn interrupt() -> Result<impl Future<Output = ()>> {
    let mut signals = Signals::listen()?;
    Ok(async move { signals.next().await })
}

/// For what has nothing to put in order: all that it has started ends as it is dropped.
pub fn unless_interrupted<T>(runtime: &Runtime, work: impl Future<Output = Result<T>>) -> Result<T> {
    runtime.block_on(async {
        let interrupt = interrupt()?;
        tokio::select! {
            outcome = work => outcome,
            () = interrupt => bail!("interrupted; nothing is left running"),
        }
    })
}

/// For what goes step by step, without a runtime, and must not end between two of them.
#[derive(Debug)]
pub struct Interrupts {
    seen: Arc<AtomicBool>,
    told: mpsc::Receiver<()>,
}

impl Interrupts {
    /// Each is answered with these words.
    pub fn listen(answer: &'static str) -> Result<Self> {
        let seen = Arc::new(AtomicBool::new(false));
        let (tell, told) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _runtime = runtime.enter();
            Signals::listen()?
        };
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            loop {
                runtime.block_on(signals.next());
                eprintln!("{answer}");
                noted.store(true, Ordering::SeqCst);
                // Nobody waits any more where it cannot be told.
                let _ = tell.send(());
            }
        });
        Ok(Self { seen, told })
    }

    pub fn any(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Whether there is one before so much time has passed.
    pub fn within(&self, time: Duration) -> bool {
        self.any() || self.told.recv_timeout(time).is_ok()
    }
}
