//! The options of `cargo xtask dev`, which `xtask` checks before it builds and hands to the program `local-stack`.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::checkout::Checkout;

#[derive(Clone, Debug, clap::Args)]
pub struct DevOptions {
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
    /// Show the traces of origin and consumer here and as a page
    #[arg(long)]
    pub observe: bool,
}

impl DevOptions {
    pub fn folder(&self, checkout: &Checkout) -> Result<PathBuf> {
        match &self.data {
            Some(folder) => std::path::absolute(folder).context("invalid --data"),
            None => Ok(checkout.dev_data()),
        }
    }

    /// Fails if the port is in use.
    pub fn check_port(&self) -> Result<()> {
        let port = self.port;
        ensure!(
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(),
            "port {port} is in use on 127.0.0.1; choose another with `--port`"
        );
        Ok(())
    }

    /// As arguments of a program with the same options.
    pub fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--port".into(),
            self.port.to_string().into(),
            "--origins".into(),
            self.origins.to_string().into(),
            "--data".into(),
            folder.into(),
        ];
        arguments.extend(self.fresh.then(|| "--fresh".into()));
        arguments.extend(self.observe.then(|| "--observe".into()));
        arguments
    }
}

/// Reserves a data folder for one `dev` at a time, until the file is closed.
pub fn lock(folder: &Path) -> Result<File> {
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
