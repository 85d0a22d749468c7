//! The wish to end this program: Ctrl-C, a polite `kill`, the terminal's end. Does not decide what has to be put in order
//! before.

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Resolves at the first of them; from now on none of them ends this process by itself.
pub fn interrupt() -> Result<impl Future<Output = ()>> {
    let mut ctrl_c = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for a request to end")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot listen for the terminal's end")?;
    Ok(async move {
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
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
