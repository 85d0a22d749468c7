//! Gives each test its stack: the shared one, which the first test starts, or its own.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use e2e::Client;
use libtest_mimic::{Failed, Trial};
use local_stack::{OriginMode, Stack, StackOptions};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::runtime::Runtime;

#[expect(clippy::expect_used, reason = "no test can run without one")]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("the runtime starts"));
/// Started once. `stop` takes it out, so that its processes and folder are removed after the tests.
static SHARED: Mutex<Option<Arc<System>>> = Mutex::new(None);

/// A running stack with clients at its edges.
#[derive(Debug)]
pub struct System {
    pub stack: Stack,
    pub client: Client,
    /// At the last edge: another data centre, if there are several.
    pub other_edge: Client,
    pub analytics: PgPool,
}

impl System {
    pub async fn start(options: StackOptions) -> Result<Self> {
        let stack = Stack::start(options).await?;
        let client = Client::new(&stack.edge_url, &stack.admin_key)?;
        let other_edge = stack.other_edges.last().unwrap_or(&stack.edge);
        let other_edge = Client::new(&other_edge.url, &stack.admin_key)?;
        let analytics =
            PgPoolOptions::new().max_connections(2).connect_lazy(&stack.analytics_database_url)?;
        Ok(Self { stack, client, other_edge, analytics })
    }

    /// The number of stored raw clicks of a link.
    pub async fn click_rows(&self, link: &e2e::Link) -> Result<u64> {
        let rows = sqlx::query_scalar("SELECT count(*) FROM clicks WHERE link_id = $1::uuid");
        let rows: i64 =
            rows.bind(&link.id).fetch_one(&self.analytics).await.context("cannot count clicks")?;
        Ok(u64::try_from(rows)?)
    }

    /// Messages in the click queue, including those that a consumer is processing.
    pub async fn messages_waiting(&self) -> Result<u64> {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let request = json!({ "QueueUrl": self.stack.click_queue_url, "AttributeNames": names });
        let answer = self.stack.aws_client.sqs("GetQueueAttributes", request).await?;
        let number = |name: &str| {
            let text = answer.pointer(&format!("/Attributes/{name}")).and_then(Value::as_str);
            text.and_then(|text| text.parse::<u64>().ok())
        };
        names.into_iter().map(|name| number(name).with_context(|| format!("no {name}: {answer}"))).sum()
    }

    /// Sets how the Cloudflare stand-in behaves and resets its call counts.
    pub async fn set_cloudflare_behaviour(&self, behaviour: Value) -> Result<()> {
        let url = format!("{}/behaviour", self.stack.cloudflare.api_url);
        let answer = reqwest::Client::new().put(url).body(behaviour.to_string()).send().await?;
        ensure!(answer.status() == 200);
        Ok(())
    }

    pub async fn cloudflare_calls(&self, what: &str) -> Result<u64> {
        let url = format!("{}/behaviour", self.stack.cloudflare.api_url);
        let calls: Value = serde_json::from_str(&reqwest::get(url).await?.text().await?)?;
        calls.get(what).and_then(Value::as_u64).with_context(|| format!("no {what}: {calls}"))
    }
}

/// Two origins, so that tests notice when they answer differently; two edges, so that one does not yet know what was
/// written through the other.
fn shared() -> Result<Arc<System>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(system) = &*shared {
        return Ok(Arc::clone(system));
    }
    let options = StackOptions {
        origins: OriginMode::Servers(2),
        edges: 2,
        client_address: Some("127.0.0.1".to_owned()),
        ..StackOptions::default()
    };
    let system = Arc::new(RUNTIME.block_on(System::start(options))?);
    *shared = Some(Arc::clone(&system));
    Ok(system)
}

/// Stops the shared stack.
pub fn stop() {
    if let Some(system) = SHARED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        RUNTIME.block_on(system.stack.stop());
    }
}

pub fn on_shared_stack(
    name: &'static str,
    test: impl AsyncFn(&System) -> Result<()> + Send + 'static,
) -> Trial {
    Trial::test(name, move || finish(shared().and_then(|system| RUNTIME.block_on(test(&system)))))
}

pub fn on_own_stack(
    name: &'static str,
    options: fn() -> StackOptions,
    test: impl AsyncFn(&System) -> Result<()> + Send + 'static,
) -> Trial {
    let run = async move || {
        let system = System::start(options()).await?;
        let outcome = test(&system).await;
        system.stack.stop().await;
        outcome
    };
    Trial::test(name, move || finish(RUNTIME.block_on(run())))
}

pub fn on_no_stack(name: &'static str, test: impl AsyncFn() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || finish(RUNTIME.block_on(test())))
}

fn finish(outcome: Result<()>) -> Result<(), Failed> {
    outcome.map_err(|error| Failed::from(format!("{error:#}")))
}
