//! The local stack of `cargo xtask dev`, e2e and load tests: Postgres, the AWS emulator with the consumer, origins, and
//! the Worker on workerd. Several can run side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{Mutex, mpsc};

use crate::artifacts::Artifacts;
use crate::checkout::Checkout;
use crate::parts::aws::client::AwsClient;
use crate::parts::aws::emulator::Aws;
use crate::parts::aws::functions::{self, FunctionPackage};
use crate::parts::aws::identities;
use crate::parts::aws::queues::Queues;
use crate::parts::edge::cloudflare::Cloudflare;
use crate::parts::edge::worker::{Edge, EdgeOptions};
use crate::parts::lambda::lambda_process::LambdaProcess;
use crate::parts::postgres::{Durability, Postgres};
use crate::processes::descendants;
use crate::processes::part::Failure;
use crate::processes::ports::free_port;
use crate::processes::run_folder::{RunFolder, prepare};
use crate::stacks::options::{OriginMode, StackOptions};
use crate::stacks::origin::Origin;
use crate::stacks::secrets::Secrets;
use crate::stacks::settings::Settings;

/// A running stack. Call `stop`; dropping it also stops it, but blocks and reports nothing. Parts stop in the order of
/// the fields: the edge first, the stores last.
#[derive(Debug)]
pub struct Stack {
    pub edge_url: String,
    /// The origin's servers, or its function URL.
    pub origin_urls: Vec<String>,
    pub admin_key: String,
    pub links_database_url: String,
    pub analytics_database_url: String,
    pub click_queue_url: String,
    pub dead_letter_queue_url: String,
    /// Calls AWS as the account's root, which may do everything.
    pub aws_client: AwsClient,
    pub logs: PathBuf,

    pub edge: Edge,
    /// Further data centres.
    pub other_edges: Vec<Edge>,
    pub cloudflare: Cloudflare,
    /// Empty where the origin is a function.
    pub origins: Vec<Origin>,
    pub aws: Aws,
    pub postgres: Postgres,

    settings: Settings,
    consumer: FunctionPackage,
    origin_function: Option<FunctionPackage>,
    failures: Mutex<mpsc::UnboundedReceiver<Failure>>,
    _folder: Option<RunFolder>,
}

impl Stack {
    /// Starts all parts, concurrently where they are independent, and waits until each is ready.
    pub async fn start(options: StackOptions) -> Result<Self> {
        let checkout = Checkout::here();
        let (run, folder, durability) = match &options.data_dir {
            Some(folder) => (None, folder.clone(), Durability::Durable),
            None => {
                let run = RunFolder::create(&checkout, "stack")?;
                let path = run.path().to_path_buf();
                (Some(run), path, Durability::Throwaway)
            }
        };
        let logs = folder.join("logs");
        prepare(&folder, &logs)?;
        let secrets = Secrets::load_or_create(&folder)?;
        let artifacts = options.artifacts.clone().unwrap_or_else(|| Artifacts::in_place(&checkout));
        artifacts.check()?;
        let edge_port = if options.edge_port == 0 { free_port()? } else { options.edge_port };
        let (failures, failures_receiver) = mpsc::unbounded_channel();
        let step = options.on_step;

        let start_postgres = async {
            let server = Postgres::start(&checkout, &folder, durability, failures.clone()).await?;
            step("Postgres: links and analytics, migrated");
            anyhow::Ok(server)
        };
        let start_aws = async {
            let aws = Aws::start(&checkout, &folder, &secrets, failures.clone()).await?;
            let queues = Queues::ensure(&aws.client, options.visibility_timeout_seconds).await?;
            let edge_access_key = identities::create_edge_user(&aws.client).await?;
            step("SQS: the click queue and its dead-letter queue");
            anyhow::Ok((aws, queues, edge_access_key))
        };
        let (postgres, (aws, queues, edge_access_key)) = tokio::try_join!(start_postgres, start_aws)?;

        let settings = Settings::new(&options, &secrets, &postgres, &aws.client, &queues, edge_port);
        let scratch = folder.join("lambda");
        let consumer = FunctionPackage::of(&artifacts.log_consumer, &scratch)?;
        let origin_function = match options.origins {
            OriginMode::Servers(_) => None,
            OriginMode::FunctionUrl => Some(FunctionPackage::of(&artifacts.origin_lambda, &scratch)?),
        };

        let deploy = async {
            let url = deploy(&aws.client, &settings, &consumer, origin_function.as_ref()).await?;
            step("Lambda: the click consumer behind the queue");
            anyhow::Ok(url)
        };
        let environment = settings.origin_server_environment(&edge_access_key);
        let start_origins = async {
            let origins = start_origins(&options, &artifacts, &environment, &folder, &failures).await?;
            if !origins.is_empty() {
                step("origin: the API of record");
            }
            anyhow::Ok(origins)
        };
        let (function_url, origins) = tokio::try_join!(deploy, start_origins)?;

        let emulator =
            function_url.as_ref().map(|_| aws.client.endpoint.trim_start_matches("http://").to_owned());
        let origin_urls: Vec<String> =
            origins.iter().map(|origin| origin.url.clone()).chain(function_url).collect();
        let cache_ports = (0..options.edges.max(1)).map(|_| free_port()).collect::<Result<Vec<_>>>()?;
        let cloudflare = Cloudflare::start(&checkout, &folder, &cache_ports, failures.clone()).await?;
        let bindings = settings.worker_bindings(&origin_urls, &edge_access_key, &cloudflare);
        let mut edges = Vec::new();
        for (number, cache_port) in cache_ports.into_iter().enumerate() {
            let edge_options = EdgeOptions {
                number,
                port: if number == 0 { edge_port } else { free_port()? },
                cache_port,
                kv_address: cloudflare.kv_address.clone(),
                counter_address: cloudflare.counter_address.clone(),
                bindings: bindings.clone(),
                client_address: options.client_address.clone(),
                entry: options.worker_entry,
                api_entry: options.api_worker_entry,
                emulator: emulator.clone(),
                serves_assets: options.dashboard,
            };
            edges.push(Edge::start(&checkout, &folder, edge_options, failures.clone()).await?);
        }
        let other_edges = edges.split_off(1);
        let edge = edges.pop().context("a stack has an edge")?;
        step("edge: the Workers on workerd");

        Ok(Self {
            edge_url: edge.url.clone(),
            origin_urls,
            admin_key: settings.admin_key.clone(),
            links_database_url: postgres.links_database_url.clone(),
            analytics_database_url: postgres.analytics_database_url.clone(),
            click_queue_url: queues.click_queue_url,
            dead_letter_queue_url: queues.dead_letter_queue_url,
            aws_client: aws.client.clone(),
            logs,
            edge,
            other_edges,
            cloudflare,
            origins,
            aws,
            postgres,
            settings,
            consumer,
            origin_function,
            failures: Mutex::new(failures_receiver),
            _folder: run,
        })
    }

    /// Stops all parts without losing clicks: senders before receivers.
    pub async fn stop(&self) {
        // A click stays in the isolate for up to half a second, and workerd does not wait for it when it stops.
        if self.edge.part.pid().is_some() {
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        self.edge.part.stop().await;
        for edge in &self.other_edges {
            edge.part.stop().await;
        }
        self.cloudflare.part.stop().await;
        for origin in &self.origins {
            origin.part.stop().await;
        }
        self.aws.part.stop().await;
        self.postgres.part.stop().await;
    }

    /// Starts the origin as an additional function on the stack's databases.
    pub async fn start_origin_function(
        &self,
        binary: &Path,
        environment: &[(&str, &str)],
    ) -> Result<LambdaProcess> {
        let mut all = self.settings.origin_environment();
        all.extend(self.settings.function_identity());
        all.extend(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        LambdaProcess::start(binary, &all, &self.logs.join("origin-function.log")).await
    }

    /// Starts an additional consumer on the stack's databases, which only the caller invokes.
    pub async fn start_consumer_function(&self, binary: &Path) -> Result<LambdaProcess> {
        let mut environment = self.settings.consumer_environment();
        environment.extend(self.settings.function_identity());
        LambdaProcess::start(binary, &environment, &self.logs.join("consumer-function.log")).await
    }

    /// The secret that the edge sends to origins.
    pub fn edge_secret(&self) -> &str {
        self.settings.edge_secret()
    }

    /// Returns when a part ends unexpectedly.
    pub async fn wait_for_failure(&self) -> Failure {
        match self.failures.lock().await.recv().await {
            Some(failure) => failure,
            // All parts were stopped on request.
            None => std::future::pending().await,
        }
    }

    /// Restarts a stopped emulator with its queues and deploys its functions again. A killed emulator loses everything,
    /// unlike SQS: to test an outage, stop or pause it.
    pub async fn restart_aws(&self) -> Result<()> {
        self.aws.part.up().await?;
        let has_state = identities::has_edge_user(&self.aws_client).await?;
        anyhow::ensure!(
            has_state,
            "the AWS emulator was killed and has lost its queues and keys: stop or pause it instead"
        );
        Queues::ensure(&self.aws_client, self.settings.visibility_timeout_seconds).await?;
        deploy(&self.aws_client, &self.settings, &self.consumer, self.origin_function.as_ref()).await?;
        Ok(())
    }

    /// The consumer's current processes: none before the first click, several under load.
    pub fn consumer_pids(&self) -> Vec<u32> {
        self.aws
            .part
            .pid()
            .map(|aws| descendants::matching_descendants(aws, &self.consumer.sha256))
            .unwrap_or_default()
    }

    /// Kills all consumer processes with `kill -9`. Returns how many there were.
    pub fn kill_consumers(&self) -> usize {
        let pids = self.consumer_pids();
        for pid in &pids {
            descendants::kill(*pid);
        }
        pids.len()
    }
}

/// Returns the origin's function URL, if it has one.
async fn deploy(
    aws: &AwsClient,
    settings: &Settings,
    consumer: &FunctionPackage,
    origin: Option<&FunctionPackage>,
) -> Result<Option<String>> {
    identities::ensure_role(aws).await?;
    let environment = settings.consumer_environment();
    let timeout = settings.consumer_timeout_seconds();
    functions::ensure_function(aws, functions::CONSUMER, consumer, &environment, timeout).await?;
    functions::ensure_mapping(aws).await?;
    let Some(origin) = origin else { return Ok(None) };
    functions::ensure_function(aws, functions::ORIGIN, origin, &settings.origin_environment(), 30).await?;
    let host = functions::ensure_function_url(aws).await?;
    let port = aws.endpoint.rsplit(':').next().unwrap_or_default();
    Ok(Some(format!("http://{host}.localhost:{port}")))
}

async fn start_origins(
    options: &StackOptions,
    artifacts: &Artifacts,
    environment: &BTreeMap<String, String>,
    folder: &Path,
    failures: &mpsc::UnboundedSender<Failure>,
) -> Result<Vec<Origin>> {
    let OriginMode::Servers(count) = options.origins else { return Ok(Vec::new()) };
    let mut origins = Vec::with_capacity(count);
    for number in 0..count {
        let (binary, environment) = (artifacts.origin_lambda.clone(), environment.clone());
        origins.push(Origin::start(number, binary, environment, folder, failures.clone()).await?);
    }
    Ok(origins)
}
