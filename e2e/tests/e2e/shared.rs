//! How a test gets its stack: the shared one, started by the first who asks, or one of its own. Decides what a test is
//! handed; how a stack starts is decided in `xtask`.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use e2e::Client;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::runtime::Runtime;
use xtask::stack::{OriginMode, Stack, StackOptions};

#[expect(clippy::expect_used, reason = "nothing can be tested without one")]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
/// Started once; `stop` takes it out again, so that its processes and its folder go with the tests.
static SHARED: Mutex<Option<Arc<System>>> = Mutex::new(None);

/// A running stack with a client at its edge.
#[derive(Debug)]
pub struct System {
    pub stack: Stack,
    pub client: Client,
    /// At the edge that is furthest away: another data centre, where there are several.
    pub far: Client,
    pub analytics: PgPool,
}

impl System {
    pub async fn start(options: StackOptions) -> Result<Self> {
        let stack = Stack::start(options).await?;
        let client = Client::new(&stack.edge_url, &stack.admin_key)?;
        let far = stack.other_edges.last().unwrap_or(&stack.edge);
        let far = Client::new(&far.url, &stack.admin_key)?;
        let analytics =
            PgPoolOptions::new().max_connections(2).connect_lazy(&stack.analytics_database_url)?;
        Ok(Self { stack, client, far, analytics })
    }

    /// Rows of raw clicks of a link.
    pub async fn click_rows(&self, link: &e2e::Link) -> Result<u64> {
        let rows = sqlx::query_scalar("SELECT count(*) FROM clicks WHERE link_id = $1::uuid");
        let rows: i64 =
            rows.bind(&link.id).fetch_one(&self.analytics).await.context("cannot count clicks")?;
        Ok(u64::try_from(rows)?)
    }

    /// Messages in the click queue, those in a consumer's hands included.
    pub async fn messages_waiting(&self) -> Result<u64> {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let ask = json!({ "QueueUrl": self.stack.click_queue_url, "AttributeNames": names });
        let answer = self.stack.aws_client.sqs("GetQueueAttributes", ask).await?;
        let number = |name: &str| {
            let text = answer.pointer(&format!("/Attributes/{name}")).and_then(Value::as_str);
            text.and_then(|text| text.parse::<u64>().ok())
        };
        names.into_iter().map(|name| number(name).with_context(|| format!("no {name}: {answer}"))).sum()
    }

    /// What stands in for Cloudflare behaves so from now on; its calls are counted anew.
    pub async fn cloudflare_behaves(&self, behaviour: Value) -> Result<()> {
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

/// Two origins, so that every test also finds out when one of them answers differently from the other; two edges, so that
/// there is one that does not know yet what was written through the other.
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

/// Ends the shared stack's processes.
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
