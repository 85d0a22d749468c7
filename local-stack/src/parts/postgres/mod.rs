//! Postgres 18 with both databases migrated.

mod user;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use migrate::maintenance::MaintenanceReport;
use nix::sys::signal::Signal;
use sqlx::{Connection, PgConnection};

use crate::checkout::Checkout;
use crate::processes::part::{Failures, Part, Probe};
use crate::processes::ports;
use crate::processes::process::ProcessSpec;
use crate::processes::run_folder::RunFolder;

#[derive(Debug)]
pub struct Postgres {
    pub part: Part,
    pub links_database_url: String,
    pub analytics_database_url: String,
    /// The folder of a standalone throwaway server. The last field, so that the server stops before the folder is
    /// deleted.
    _folder: Option<RunFolder>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Acknowledged writes survive a power cut.
    Durable,
    /// Fast, for temporary data. Acknowledged writes survive a kill of the server, but not a power cut.
    Throwaway,
}

impl Postgres {
    /// A server for an integration test, with both databases migrated; deleted when dropped.
    pub async fn start_throwaway() -> Result<Self> {
        let checkout = Checkout::here();
        let run = RunFolder::create(&checkout, "postgres")?;
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let mut server = Self::start(&checkout, run.path(), Durability::Throwaway, failures).await?;
        server._folder = Some(run);
        Ok(server)
    }

    pub(crate) async fn start(
        checkout: &Checkout,
        stack_folder: &Path,
        durability: Durability,
        failures: Failures,
    ) -> Result<Self> {
        let native = checkout.postgres();
        if !native.join("bin/postgres").exists() {
            bail!("there is no Postgres in {}; run `cargo xtask tools`", native.display());
        }
        let data = stack_folder.join("postgres");
        let log = stack_folder.join("logs/postgres.log");
        let port = ports::free_port()?;
        if !data.join("PG_VERSION").exists() {
            initialise(&native, &data, durability)?;
        }
        user::own(&data)?;

        let spec_factory = {
            let (native, data) = (native.clone(), data.clone());
            move || {
                clear_stale_lock(&data)?;
                Ok(ProcessSpec {
                    name: "postgres".into(),
                    command: server_command(&native, &data, port, durability)?,
                    log: log.clone(),
                    // Fast shutdown: closes connections and flushes committed data.
                    stop: Signal::SIGINT,
                    grace: Duration::from_secs(15),
                })
            }
        };
        let part =
            Part::start("postgres", Probe::Postgres(url(port, "postgres")), failures, spec_factory).await?;
        let server = Self {
            part,
            links_database_url: url(port, "links"),
            analytics_database_url: url(port, "analytics"),
            _folder: None,
        };
        server.migrate().await.context("cannot migrate the databases (`--fresh` starts with empty ones)")?;
        Ok(server)
    }

    /// Ends all server processes without flushing: the next start recovers from the WAL. Unlike `kill`, which only
    /// reaches the first process, it leaves none behind that holds the data.
    pub async fn crash(&self) {
        self.part.end_with(Signal::SIGQUIT).await;
    }

    /// Migrates as a deployment does, then runs the first maintenance.
    async fn migrate(&self) -> Result<()> {
        migrate::run(&self.config(&self.analytics_database_url)?).await?;
        self.maintain().await?;
        Ok(())
    }

    /// Runs the maintenance, as the deployed function does every hour.
    pub async fn maintain(&self) -> Result<MaintenanceReport> {
        maintain(&self.config(&self.analytics_database_url)?).await
    }

    /// Makes an empty installation look as if consumers of the previous release were still running.
    pub async fn expect_older_consumers(&self) -> Result<()> {
        let mut analytics = PgConnection::connect(&self.analytics_database_url).await?;
        sqlx::query("UPDATE pipeline_state SET claims_ahead_from = now() + interval '1 day'")
            .execute(&mut analytics)
            .await?;
        Ok(analytics.close().await?)
    }

    /// Creates another empty analytics database with the same tables and partitions. Returns its URL.
    pub async fn create_analytics(&self, name: &str) -> Result<String> {
        let url = self.analytics_database_url.replace("/analytics", &format!("/{name}"));
        let config = self.config(&url)?;
        migrate::run(&config).await?;
        maintain(&config).await?;
        Ok(url)
    }

    fn config(&self, analytics_database_url: &str) -> Result<migrate::config::Config> {
        Ok(migrate::config::Config::from_lookup(&|name| match name {
            "DATABASE_URL" => Some(self.links_database_url.clone()),
            "ANALYTICS_DATABASE_URL" => Some(analytics_database_url.to_owned()),
            // Connections from loopback need no password.
            "LISTS_LOGINS" => Some(format!(r#"{{"{LISTS_USER}":"{LISTS_USER}"}}"#)),
            _ => None,
        })?)
    }
}

async fn maintain(config: &migrate::config::Config) -> Result<MaintenanceReport> {
    migrate::maintenance::run(config).await.into_result().context("cannot maintain the click tables")
}

/// The login for list queries, as in production.
const LISTS_USER: &str = "shortline_lists";

/// The URL of the links database for list queries.
pub(crate) fn lists_url(links_database_url: &str) -> String {
    links_database_url.replacen("//postgres@", &format!("//{LISTS_USER}@"), 1)
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

fn initialise(native: &Path, data: &Path, durability: Durability) -> Result<()> {
    // A folder without PG_VERSION is left from an interrupted attempt.
    if data.exists() {
        std::fs::remove_dir_all(data).with_context(|| format!("cannot clear {}", data.display()))?;
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    user::own(data)?;
    let mut command = user::command(&native.join("bin/initdb"))?;
    command.arg("--pgdata").arg(data).args([
        "--username=postgres",
        // The server listens on loopback only.
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("initdb failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn server_command(native: &Path, data: &Path, port: u16, durability: Durability) -> Result<Command> {
    let mut command = user::command(&native.join("bin/postgres"))?;
    command.arg("-D").arg(data).args(["-p", &port.to_string()]);
    let mut settings = vec![
        "listen_addresses=127.0.0.1",
        // No Unix socket: its path is limited to about 100 bytes, which a checkout's path may exceed.
        "unix_socket_directories=",
        "max_connections=200",
        // The default of 128 MB is less than the click tables of a busy day; RDS uses a quarter of the memory.
        "shared_buffers=512MB",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    if durability == Durability::Throwaway {
        // Commits still reach the OS before they are acknowledged: a killed server loses none.
        settings.extend(["fsync=off", "full_page_writes=off"]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// Removes the lock file of a killed server. Postgres trusts it if *any* process has the recorded id, so it is removed
/// unless that process is a Postgres; waits for one that is still shutting down.
fn clear_stale_lock(data: &Path) -> Result<()> {
    let lock = data.join("postmaster.pid");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let Ok(text) = std::fs::read_to_string(&lock) else { return Ok(()) };
        let pid = text.lines().next().unwrap_or_default().trim().to_owned();
        if !program_of(&pid).contains("postgres") {
            return std::fs::remove_file(&lock).with_context(|| format!("cannot remove {}", lock.display()));
        }
        if Instant::now() > deadline {
            bail!("another Postgres (process {pid}) is using {}; stop it first", data.display());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn program_of(pid: &str) -> String {
    if cfg!(target_os = "linux") {
        return std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    }
    let output = Command::new("ps").args(["-o", "comm=", "-p", pid]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
