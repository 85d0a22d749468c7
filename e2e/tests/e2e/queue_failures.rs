//! The click queue throttles, refuses, hangs and recovers under load: every click is stored or declared dropped.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use e2e::{Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::{FaultMode, FaultProxy, StackOptions, forward};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_no_stack};

/// The edge seals a batch at this size.
const CLICKS_PER_BATCH: usize = 100;
/// With a referrer and a user agent of maximum length: about 17 MB, twice the isolate's buffer for an unavailable
/// queue.
const MORE_THAN_THE_BUFFER_HOLDS: usize = 9_000;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("clicks_are_stored_or_declared_in_every_queue_failure", every_failure)]
}

struct FaultyQueue {
    proxy: FaultProxy,
    system: System,
    link: Link,
    visits: AtomicU64,
}

async fn every_failure() -> Result<()> {
    let queue = FaultyQueue::start().await?;
    let outcome = queue.run().await;
    queue.system.stack.stop().await;
    outcome
}

impl FaultyQueue {
    async fn start() -> Result<Self> {
        // The emulator's address is known only once the stack has started; there are no clicks before that.
        let emulator = std::sync::Arc::new(std::sync::OnceLock::new());
        let known = emulator.clone();
        let proxy = FaultProxy::start(std::sync::Arc::new(move |request| {
            let upstream = known.get().map(|address| forward(*address)(request));
            Box::pin(async move { upstream?.await })
        }))
        .await?;
        let options = StackOptions {
            client_address: Some("127.0.0.1".to_owned()),
            worker_bindings: [("CLICK_QUEUE_URL".to_owned(), proxy.click_queue_url())].into(),
            ..StackOptions::default()
        };
        let system = System::start(options).await?;
        let endpoint = system.stack.aws_client.endpoint.trim_start_matches("http://").parse();
        let _ = emulator.set(endpoint.context("the emulator has no address")?);
        let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
        Ok(Self { proxy, system, link, visits: AtomicU64::new(0) })
    }

    async fn run(&self) -> Result<()> {
        self.follow(CLICKS_PER_BATCH).await?;
        self.system.client.wait_for_clicks(&self.link, CLICKS_PER_BATCH as u64).await?;

        self.proxy.set(FaultMode::Failing(400, "InvalidMessageContents")).await?;
        self.follow(2 * CLICKS_PER_BATCH).await?;
        eventually("the refused batches are dropped", async || {
            Ok(self.edge_log()?.matches("queue refused a batch").count() >= 2)
        })
        .await?;

        self.proxy.set(FaultMode::Failing(429, "RequestThrottled")).await?;
        self.follow(5 * CLICKS_PER_BATCH).await?;
        eventually("five batches in a row have failed", async || {
            Ok(self.edge_log()?.matches("a batch of clicks has to wait").count() >= 5)
        })
        .await?;
        self.proxy.set(FaultMode::Silent).await?;
        let before = self.proxy.request_count();
        self.follow(MORE_THAN_THE_BUFFER_HOLDS).await?;
        // Ninety batches were sealed during this. The breaker lets one probe through at a time.
        let request_count = self.proxy.request_count() - before;
        ensure!(
            request_count < 10,
            "the queue received {request_count} requests though the breaker was open"
        );

        self.proxy.set(FaultMode::Down).await?;
        self.follow(CLICKS_PER_BATCH).await?;
        self.proxy.set(FaultMode::Healthy).await?;
        self.check_accounting().await
    }

    async fn check_accounting(&self) -> Result<()> {
        let mut accounting = Value::Null;
        let closed = eventually("nothing is missing", async || {
            // An idle isolate sends nothing.
            self.follow(1).await?;
            accounting = self.system.client.api_get("/api/v1/pipeline").await?.json()?;
            Ok(total(&accounting, "missing") == Some(0)
                && total(&accounting, "produced") >= Some(MORE_THAN_THE_BUFFER_HOLDS as u64))
        });
        closed.await.with_context(|| format!("click accounting: {accounting}"))?;
        let visits = self.visits.load(Ordering::Relaxed);
        eventually("the last click is accounted for", async || {
            accounting = self.system.client.api_get("/api/v1/pipeline").await?.json()?;
            Ok(total(&accounting, "produced") == Some(visits) && total(&accounting, "missing") == Some(0))
        })
        .await
        .with_context(|| format!("{visits} redirects, click accounting: {accounting}"))?;
        let dropped = |reason: &str| total(&accounting, &format!("dropped/{reason}")).unwrap_or_default();
        ensure!(dropped("queue_refused") > 0 && dropped("buffer_full") > 0, "{accounting}");
        let stored = visits - dropped("queue_refused") - dropped("buffer_full");
        ensure!(
            total(&accounting, "stored") == Some(stored),
            "{visits} redirects, click accounting: {accounting}"
        );
        ensure!(self.system.click_rows(&self.link).await? == stored, "{accounting}");
        Ok(())
    }

    /// Follows the link this often; every visit must be redirected.
    async fn follow(&self, visits: usize) -> Result<()> {
        let (user_agent, referrer) = ("a".repeat(512), format!("https://news.example/{}", "b".repeat(1_000)));
        for at in (0..visits).step_by(CLICKS_PER_BATCH) {
            let concurrent = CLICKS_PER_BATCH.min(visits - at);
            let visit = async || {
                let request = self.system.client.request(Method::GET, &format!("/{}", self.link.code));
                send(request.header("user-agent", &user_agent).header("referer", &referrer)).await
            };
            for answer in try_join_all((0..concurrent).map(|_| visit())).await? {
                ensure!(answer.status == 302, "{answer:?}");
            }
            self.visits.fetch_add(concurrent as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    fn edge_log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.system.stack.logs.join("edge.log"))?)
    }
}

fn total(accounting: &Value, path: &str) -> Option<u64> {
    accounting.pointer(&format!("/total/{path}")).and_then(Value::as_u64)
}
