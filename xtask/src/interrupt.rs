//! Defers the signals that ask this program to end (SIGINT, SIGTERM and SIGHUP), for work that must not end between two
//! steps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

#[derive(Debug)]
pub(crate) struct Interrupts {
    seen: Arc<AtomicBool>,
    receiver: mpsc::Receiver<()>,
}

impl Interrupts {
    /// Prints `answer` at each signal.
    pub(crate) fn listen(answer: &'static str) -> Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
        let seen = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let seen_in_thread = Arc::clone(&seen);
        std::thread::spawn(move || {
            for _ in signals.forever() {
                eprintln!("{answer}");
                seen_in_thread.store(true, Ordering::SeqCst);
                // An error means that nobody waits any more.
                let _ = sender.send(());
            }
        });
        Ok(Self { seen, receiver })
    }

    pub(crate) fn any(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Waits for a signal for at most this time.
    pub(crate) fn within(&self, time: Duration) -> bool {
        self.any() || self.receiver.recv_timeout(time).is_ok()
    }
}
