//! Postgres 18 with both databases migrated. Decides where the data lies, under which user the server runs, and how it
//! is started after an ungraceful end. The schema is in `migrations/`, the queries in the other crates.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use migrate::maintenance::MaintenanceReport;
use nix::sys::signal::Signal;
use sqlx::{Connection, PgConnection};

use super::part::{Failures, Part, Probe};
use super::postgres_user;
use super::process::Spec;
use super::{folder, ports};
use crate::checkout::Checkout;

#[derive(Debug)]
pub struct Postgres {
    pub part: Part,
    pub links_database_url: String,
    pub analytics_database_url: String,
    /// Of a stand-alone throw-away server; its folder goes with it. Last, so that the server ends before.
    _folder: Option<folder::RunFolder>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was acknowledged survives a power cut.
    Kept,
    /// Quick, for data that is thrown away with the server. It survives a kill of the server, no power cut.
    ThrowAway,
}

impl Postgres {
    /// A server of one's own for an integration test, both databases migrated; gone when it is dropped.
    pub async fn start_throwaway() -> Result<Self> {
        let checkout = Checkout::here();
        let run = folder::RunFolder::create(&checkout, "postgres")?;
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let mut server = Self::start(&checkout, run.path(), Durability::ThrowAway, failures).await?;
        server._folder = Some(run);
        Ok(server)
    }

    pub(super) async fn start(
        checkout: &Checkout,
        stack_folder: &Path,
        durability: Durability,
        failures: Failures,
    ) -> Result<Self> {
        let native = checkout.postgres();
        if !native.join("bin/postgres").exists() {
            bail!("there is no Postgres in {}; `cargo xtask tools` installs it", native.display());
        }
        let data = stack_folder.join("postgres");
        let log = stack_folder.join("logs/postgres.log");
        let port = ports::free_port()?;
        if !data.join("PG_VERSION").exists() {
            initialise(&native, &data, durability)?;
        }
        postgres_user::own(&data)?;

        let recipe = {
            let (native, data) = (native.clone(), data.clone());
            move || {
                clear_stale_lock(&data)?;
                Ok(Spec {
                    name: "postgres".into(),
                    command: server_command(&native, &data, port, durability)?,
                    log: log.clone(),
                    // Fast shutdown: connections are cut, what is committed is written out.
                    stop: Signal::SIGINT,
                    grace: Duration::from_secs(15),
                })
            }
        };
        let part = Part::start("postgres", Probe::Postgres(url(port, "postgres")), failures, recipe).await?;
        let server = Self {
            part,
            links_database_url: url(port, "links"),
            analytics_database_url: url(port, "analytics"),
            _folder: None,
        };
        server.migrate().await.context("the databases cannot be migrated (`--fresh` starts empty)")?;
        Ok(server)
    }

    /// Ends all its processes at once and writes nothing out: the next start recovers from its log. Unlike `kill`, which only
    /// reaches the first of them, it leaves none behind that holds the data.
    pub async fn crash(&self) {
        self.part.end_by(Signal::SIGQUIT).await;
    }

    /// As a deployment does, and the first maintenance after it, by the same code.
    async fn migrate(&self) -> Result<()> {
        migrate::run(&self.config(&self.analytics_database_url)?).await?;
        self.maintain().await?;
        Ok(())
    }

    /// As the deployed function does by the hour.
    pub(crate) async fn maintain(&self) -> Result<MaintenanceReport> {
        maintain(&self.config(&self.analytics_database_url)?).await
    }

    /// Makes an installation of an empty one, whose consumers of before have not gone yet.
    pub(crate) async fn as_on_the_day_of_a_deployment(&self) -> Result<()> {
        let mut analytics = PgConnection::connect(&self.analytics_database_url).await?;
        sqlx::query("UPDATE pipeline_state SET claims_ahead_from = now() + interval '1 day'")
            .execute(&mut analytics)
            .await?;
        Ok(analytics.close().await?)
    }

    /// Another analytics database on this server, with the same tables and partitions and nothing in them. Returns its URL.
    pub(crate) async fn another_analytics(&self, name: &str) -> Result<String> {
        let url = self.analytics_database_url.replace("/analytics", &format!("/{name}"));
        let config = self.config(&url)?;
        migrate::run(&config).await?;
        maintain(&config).await?;
        Ok(url)
    }

    fn config(&self, analytics_database_url: &str) -> Result<migrate::config::Config> {
        migrate::config::Config::from_lookup(|name| match name {
            "DATABASE_URL" => Some(self.links_database_url.clone()),
            "ANALYTICS_DATABASE_URL" => Some(analytics_database_url.to_owned()),
            // Loopback is trusted, whatever the password.
            "LISTS_LOGINS" => Some(format!(r#"{{"{LISTS_USER}":"{LISTS_USER}"}}"#)),
            _ => None,
        })
    }
}

async fn maintain(config: &migrate::config::Config) -> Result<MaintenanceReport> {
    migrate::maintenance::run(config).await.into_result().context("the click tables cannot be maintained")
}

/// The login that reads lists, as in an installation.
const LISTS_USER: &str = "shortline_lists";

/// The same database, for lists.
pub(super) fn lists_url(links_database_url: &str) -> String {
    links_database_url.replacen("//postgres@", &format!("//{LISTS_USER}@"), 1)
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

fn initialise(native: &Path, data: &Path, durability: Durability) -> Result<()> {
    // A folder without PG_VERSION is what an interrupted attempt left behind.
    if data.exists() {
        std::fs::remove_dir_all(data).with_context(|| format!("cannot clear {}", data.display()))?;
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    postgres_user::own(data)?;
    let mut command = postgres_user::command(&native.join("bin/initdb"))?;
    command.arg("--pgdata").arg(data).args([
        "--username=postgres",
        // Loopback only, and only what the owner of this machine may do anyway.
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]);
    if durability == Durability::ThrowAway {
        command.arg("--no-sync");
    }
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("initdb failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn server_command(native: &Path, data: &Path, port: u16, durability: Durability) -> Result<Command> {
    let mut command = postgres_user::command(&native.join("bin/postgres"))?;
    command.arg("-D").arg(data).args(["-p", &port.to_string()]);
    let mut settings = vec![
        "listen_addresses=127.0.0.1",
        // A socket's path may not be longer than about 100 bytes; a checkout's may.
        "unix_socket_directories=",
        "max_connections=200",
        // The default of 128 MB is less than the click tables of a busy day; RDS gives a quarter of the memory.
        "shared_buffers=512MB",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    if durability == Durability::ThrowAway {
        // Commits still reach the system's memory before they are acknowledged: a killed server loses none.
        settings.extend(["fsync=off", "full_page_writes=off"]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// A server that was killed leaves its lock file. Postgres trusts it as soon as *any* process has the recorded id,
/// so it is removed unless that process is a Postgres; one that is still shutting down is waited for.
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
            bail!("another Postgres (process {pid}) runs on {}; end it first", data.display());
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
