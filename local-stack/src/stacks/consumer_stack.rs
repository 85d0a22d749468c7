//! Real consumer binaries behind a Runtime API and an in-memory queue, with their own Postgres: for loads that the AWS
//! emulator is too slow for. Deleted at the end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::sync::Mutex;

use crate::checkout::Checkout;
use crate::parts::lambda::click_feed::{ClickFeed, ConsumerInstance};
use crate::parts::lambda::runtime_api::RuntimeApi;
use crate::parts::postgres::{Durability, Postgres};
use crate::processes::process::{Process, ProcessSpec};
use crate::processes::run_folder::{RunFolder, prepare};

/// Only names: a stand-in answers for both.
const CLICK_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks";
const DEAD_LETTER_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks-dead";

/// Parts stop in the order of the fields when it is dropped.
#[derive(Debug)]
pub struct ConsumerStack {
    consumers: Vec<Mutex<Consumer>>,
    pub postgres: Postgres,
    factory: ConsumerFactory,
    folder: RunFolder,
}

#[derive(Debug)]
struct Consumer {
    process: Process,
    instance: ConsumerInstance,
    _api: RuntimeApi,
}

#[derive(Debug)]
struct ConsumerFactory {
    binaries: Vec<PathBuf>,
    feed: Arc<ClickFeed>,
    log: PathBuf,
    temporary: PathBuf,
    links_database_url: String,
    analytics_database_url: String,
}

impl ConsumerStack {
    /// With several binaries, consumers alternate between them.
    pub async fn start(
        binaries: Vec<PathBuf>,
        consumers: usize,
        durability: Durability,
        feed: Arc<ClickFeed>,
    ) -> Result<Self> {
        let checkout = Checkout::here();
        let folder = RunFolder::create(&checkout, "consumers")?;
        prepare(folder.path(), &folder.path().join("logs"))?;
        // Nobody listens: a caller of a dead part gets an error anyway.
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let postgres = Postgres::start(&checkout, folder.path(), durability, failures).await?;
        if binaries.len() > 1 {
            postgres.expect_older_consumers().await?;
        }
        let factory = ConsumerFactory {
            binaries,
            feed,
            log: folder.path().join("logs/consumers.log"),
            temporary: folder.path().to_path_buf(),
            links_database_url: postgres.links_database_url.clone(),
            analytics_database_url: postgres.analytics_database_url.clone(),
        };
        let mut started = Vec::with_capacity(consumers);
        for number in 0..consumers {
            started.push(Mutex::new(factory.start(number).await?));
        }
        Ok(Self { consumers: started, postgres, factory, folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn consumers(&self) -> usize {
        self.consumers.len()
    }

    /// Kills a consumer with `kill -9` and starts another one.
    pub async fn kill(&self, number: usize) -> Result<()> {
        let mut consumer = self.consumers.get(number).context("no such consumer")?.lock().await;
        consumer.process.kill().await;
        self.factory.feed.end_instance(consumer.instance);
        *consumer = self.factory.start(number).await?;
        Ok(())
    }

    /// Fails if a consumer has ended by itself.
    pub async fn check(&self) -> Result<()> {
        for consumer in &self.consumers {
            let consumer = consumer.lock().await;
            if !consumer.process.is_alive() {
                bail!("{}", consumer.process.exit_report());
            }
        }
        Ok(())
    }

    /// A command with the consumer's environment and the first consumer's queue stand-in.
    pub async fn command(&self, program: &Path) -> Result<Command> {
        let first = self.consumers.first().context("no consumer")?.lock().await;
        let mut command = Command::new(program);
        self.factory.environment(&mut command, &first._api);
        Ok(command)
    }

    pub async fn stop(&self) {
        for consumer in &self.consumers {
            consumer.lock().await.process.end().await;
        }
        self.postgres.part.stop().await;
    }
}

impl ConsumerFactory {
    async fn start(&self, number: usize) -> Result<Consumer> {
        let binary = self.binaries.iter().cycle().nth(number).context("no consumer's binary")?;
        let instance = self.feed.start_instance();
        let api = RuntimeApi::start(Arc::clone(&self.feed), instance).await?;
        let mut command = Command::new(binary);
        self.environment(&mut command, &api);
        let spec = ProcessSpec {
            name: "log-consumer".into(),
            command,
            log: self.log.clone(),
            stop: Signal::SIGTERM,
            grace: Duration::from_secs(2),
        };
        Ok(Consumer { process: Process::start(spec)?, instance, _api: api })
    }

    fn environment(&self, command: &mut Command, api: &RuntimeApi) {
        let address = api.address.to_string();
        command.env_clear().envs([
            ("ANALYTICS_DATABASE_URL", self.analytics_database_url.as_str()),
            ("LINKS_DATABASE_URL", &self.links_database_url),
            ("CLICK_QUEUE_URL", CLICK_QUEUE_URL),
            ("DEAD_LETTER_QUEUE_URL", DEAD_LETTER_QUEUE_URL),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_LAMBDA_RUNTIME_API", &address),
            ("AWS_LAMBDA_FUNCTION_NAME", "log-consumer"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ]);
        // What they write is deleted with the stack.
        command.env("TMPDIR", &self.temporary);
    }
}
