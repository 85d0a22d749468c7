//! Consumers, their real binary, behind a Runtime API and a queue in memory, on a Postgres of their own. For what a cloud's
//! emulator is too slow for. Empty at the start, gone at the end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::sync::Mutex;

use super::click_feed::{ClickFeed, Life};
use super::folder;
use super::postgres::{Durability, Postgres};
use super::process::{Process, Spec};
use super::runtime_api::RuntimeApi;
use crate::checkout::Checkout;

/// Names only: a stand-in answers for both.
const CLICK_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks";
const DEAD_LETTER_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks-dead";

/// Fields are in the order in which the parts end when it is dropped.
#[derive(Debug)]
pub(crate) struct ConsumerStack {
    consumers: Vec<Mutex<Consumer>>,
    pub(crate) postgres: Postgres,
    recipe: Recipe,
    folder: folder::RunFolder,
}

#[derive(Debug)]
struct Consumer {
    process: Process,
    life: Life,
    _api: RuntimeApi,
}

#[derive(Debug)]
struct Recipe {
    binaries: Vec<PathBuf>,
    feed: Arc<ClickFeed>,
    log: PathBuf,
    links_database_url: String,
    analytics_database_url: String,
}

impl ConsumerStack {
    /// Consumers of several builds take turns.
    pub(crate) async fn start(
        binaries: Vec<PathBuf>,
        consumers: usize,
        durability: Durability,
        feed: Arc<ClickFeed>,
    ) -> Result<Self> {
        let checkout = Checkout::here();
        let folder = folder::RunFolder::create(&checkout, "consumers")?;
        super::prepare(folder.path(), &folder.path().join("logs"))?;
        // Nobody listens: whoever uses a part that has died is told by its own error.
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let postgres = Postgres::start(&checkout, folder.path(), durability, failures).await?;
        if binaries.len() > 1 {
            postgres.as_on_the_day_of_a_deployment().await?;
        }
        let recipe = Recipe {
            binaries,
            feed,
            log: folder.path().join("logs/consumers.log"),
            links_database_url: postgres.links_database_url.clone(),
            analytics_database_url: postgres.analytics_database_url.clone(),
        };
        let mut started = Vec::with_capacity(consumers);
        for number in 0..consumers {
            started.push(Mutex::new(recipe.start(number).await?));
        }
        Ok(Self { consumers: started, postgres, recipe, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn consumers(&self) -> usize {
        self.consumers.len()
    }

    /// `kill -9`, wherever it is just now, and another one in its place.
    pub(crate) async fn kill(&self, number: usize) -> Result<()> {
        let mut consumer = self.consumers.get(number).context("no such consumer")?.lock().await;
        consumer.process.kill().await;
        self.recipe.feed.end_life(consumer.life);
        *consumer = self.recipe.start(number).await?;
        Ok(())
    }

    /// An error where one has ended by itself.
    pub(crate) async fn check(&self) -> Result<()> {
        for consumer in &self.consumers {
            let consumer = consumer.lock().await;
            if !consumer.process.is_alive() {
                bail!("{}", consumer.process.last_words());
            }
        }
        Ok(())
    }

    /// A program with the consumer's environment, run to its end. Its queue is the stand-in of the first consumer.
    pub(crate) async fn command(&self, program: &Path) -> Result<Command> {
        let first = self.consumers.first().context("no consumer")?.lock().await;
        let mut command = Command::new(program);
        self.recipe.environment(&mut command, &first._api);
        Ok(command)
    }

    pub(crate) async fn stop(&self) {
        for consumer in &self.consumers {
            consumer.lock().await.process.end().await;
        }
        self.postgres.part.stop().await;
    }
}

impl Recipe {
    async fn start(&self, number: usize) -> Result<Consumer> {
        let binary = self.binaries.iter().cycle().nth(number).context("no consumer's binary")?;
        let life = self.feed.begin_life();
        let api = RuntimeApi::start(Arc::clone(&self.feed), life).await?;
        let mut command = Command::new(binary);
        self.environment(&mut command, &api);
        let spec = Spec {
            name: "log-consumer".into(),
            command,
            log: self.log.clone(),
            stop: Signal::SIGTERM,
            grace: Duration::from_secs(2),
        };
        Ok(Consumer { process: Process::start(spec)?, life, _api: api })
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
    }
}
