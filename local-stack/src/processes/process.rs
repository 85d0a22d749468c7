//! A child process that cannot outlive this one: its process group, log and end.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct ProcessSpec {
    pub(crate) name: String,
    pub(crate) command: Command,
    pub(crate) log: PathBuf,
    /// The signal for a graceful stop; also sent when this process dies.
    pub(crate) stop: Signal,
    pub(crate) grace: Duration,
}

/// Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    pid: Pid,
    log: PathBuf,
    stop: Signal,
    grace: Duration,
    /// Locked while the child is reaped, so that no signal goes to a reused process id.
    alive: Arc<Mutex<bool>>,
    exit: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    pub(crate) fn start(mut spec: ProcessSpec) -> Result<Self> {
        let log = open_log(&spec.log)?;
        spec.command
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share the log file")?)
            .stderr(log);
        own_group_and_death_signal(&mut spec.command, spec.stop);

        let alive = Arc::new(Mutex::new(true));
        let (exit_sender, exit) = watch::channel(None);
        let (started_sender, started) = std::sync::mpsc::sync_channel(1);
        let reaper_alive = Arc::clone(&alive);
        let mut command = spec.command;
        // The death signal is bound to the thread that forks, so this thread lives as long as the child and waits for
        // it. Runtimes and test threads may end earlier.
        std::thread::Builder::new()
            .name(format!("wait-{}", spec.name))
            .spawn(move || {
                let mut child = match command.spawn() {
                    Ok(child) => child,
                    Err(error) => return drop(started_sender.send(Err((error, command)))),
                };
                let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
                let _ = started_sender.send(Ok(pid));
                wait_without_reaping(pid);
                let mut alive = reaper_alive.lock().unwrap_or_else(PoisonError::into_inner);
                // Kill what is left of its group.
                let _ = killpg(pid, Signal::SIGKILL);
                let status = child.wait();
                reap_orphans_of(pid);
                *alive = false;
                drop(alive);
                let _ = exit_sender.send(status.ok());
            })
            .context("cannot start a thread for a child process")?;

        let pid = match started.recv().context("the thread of the child process died")? {
            Ok(pid) => pid,
            Err((error, command)) => {
                return Err(error).with_context(|| format!("cannot start {}: {command:?}", spec.name));
            }
        };
        Ok(Self { name: spec.name, pid, log: spec.log, stop: spec.stop, grace: spec.grace, alive, exit })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    pub(crate) fn is_alive(&self) -> bool {
        *self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signals only the process, not its children.
    pub(crate) fn signal(&self, signal: Signal) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if *alive {
            let _ = kill(self.pid, signal);
        }
    }

    /// Signals the whole process group.
    pub(crate) fn signal_group(&self, signal: Signal) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if *alive && killpg(self.pid, signal) == Err(Errno::ESRCH) {
            let _ = kill(self.pid, signal);
        }
    }

    /// A watch on its exit that does not keep the process alive.
    pub(crate) fn exit_watch(&self) -> watch::Receiver<Option<ExitStatus>> {
        self.exit.clone()
    }

    pub(crate) async fn exited(&self) {
        let mut exit = self.exit.clone();
        // An error means that the waiting thread has ended, and so has the child.
        let _ = exit.wait_for(Option::is_some).await;
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.exit.borrow().is_some_and(|status| status.success())
    }

    /// Stops it gracefully, or kills it after the grace period.
    pub(crate) async fn end(&self) {
        self.request_stop();
        if tokio::time::timeout(self.grace, self.exited()).await.is_err() {
            self.signal_group(Signal::SIGKILL);
            self.exited().await;
        }
    }

    pub(crate) async fn kill(&self) {
        self.signal_group(Signal::SIGKILL);
        self.exited().await;
    }

    /// The exit status and the end of the log, for an error message.
    pub(crate) fn exit_report(&self) -> String {
        let status = match *self.exit.borrow() {
            Some(status) => format!("{} ended ({status})", self.name),
            None => format!("{} is running", self.name),
        };
        format!("{status}; last lines of {}:\n{}", self.log.display(), tail(&self.log, 30))
    }

    fn request_stop(&self) {
        self.signal(self.stop);
        // A suspended process handles the signal only after SIGCONT.
        self.signal_group(Signal::SIGCONT);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.request_stop();
        let deadline = Instant::now() + self.grace;
        while self.is_alive() {
            if Instant::now() > deadline {
                self.signal_group(Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn open_log(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let options = OpenOptions::new().create(true).append(true).open(path);
    options.with_context(|| format!("cannot write {}", path.display()))
}

fn own_group_and_death_signal(command: &mut Command, signal: Signal) {
    use std::os::unix::process::CommandExt;
    // Ctrl-C in the terminal must reach only this process, which stops the parts in order.
    command.process_group(0);
    #[cfg(target_os = "linux")]
    {
        // Orphans of a part become our children: in a container there may be no init that reaps them.
        let _ = nix::sys::prctl::set_child_subreaper(true);
        let parent = nix::unistd::getpid();
        let in_child = move || {
            nix::sys::prctl::set_pdeathsig(signal)?;
            // The parent may have died between the fork and the line above.
            if nix::unistd::getppid() != parent {
                return Err(std::io::Error::from(Errno::ESRCH));
            }
            Ok(())
        };
        // SAFETY: between fork and exec only async-signal-safe calls are allowed; `prctl` and `getppid` are plain
        // system calls, and nothing is allocated or locked.
        #[allow(unsafe_code)]
        unsafe {
            command.pre_exec(in_child);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
}

/// Reaps orphans of its group, see `own_group_and_death_signal`; all have been killed.
fn reap_orphans_of(leader: Pid) {
    while nix::sys::wait::waitpid(Pid::from_raw(-leader.as_raw()), None).is_ok() {}
}

#[cfg(target_os = "linux")]
fn wait_without_reaping(pid: Pid) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
}

/// Other systems cannot wait without reaping, so this polls.
#[cfg(not(target_os = "linux"))]
fn wait_without_reaping(pid: Pid) {
    let stat = pid.to_string();
    loop {
        let state = Command::new("ps").args(["-o", "stat=", "-p", &stat]).output();
        let zombie = state.is_ok_and(|out| out.stdout.is_empty() || out.stdout.starts_with(b"Z"));
        if zombie {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The last lines of a log; empty if there is none.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    let from = all.len().saturating_sub(lines);
    all.get(from..).unwrap_or_default().join("\n")
}
