//! The click queue throttles, refuses and is silent under load, and comes back: every click is stored or declared dropped.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use e2e::{Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::{Mood, QueueFront, StackOptions, hand_on};

use crate::shared::{System, on_no_stack};

/// A batch is sealed when it has so many.
const CLICKS_A_BATCH: usize = 100;
/// With a referrer and an agent as long as are kept: some 17 MB, twice of what an isolate keeps for a queue that is away.
const MORE_THAN_WAITS: usize = 9_000;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("every_click_is_stored_or_declared_though_the_queue_fails_in_every_way", every_way)]
}

struct Trouble {
    front: QueueFront,
    system: System,
    link: Link,
    visits: AtomicU64,
}

async fn every_way() -> Result<()> {
    let trouble = Trouble::start().await?;
    let outcome = trouble.run().await;
    trouble.system.stack.stop().await;
    outcome
}

impl Trouble {
    async fn start() -> Result<Self> {
        // Who is behind it is known only when the stack has started, and nobody clicks before.
        let emulator = std::sync::Arc::new(std::sync::OnceLock::new());
        let known = emulator.clone();
        let front = QueueFront::start(std::sync::Arc::new(move |request| {
            let behind = known.get().map(|address| hand_on(*address)(request));
            Box::pin(async move { behind?.await })
        }))
        .await?;
        let options = StackOptions {
            client_address: Some("127.0.0.1".to_owned()),
            worker_bindings: [("CLICK_QUEUE_URL".to_owned(), front.click_queue_url())].into(),
            ..StackOptions::default()
        };
        let system = System::start(options).await?;
        let endpoint = system.stack.aws_client.endpoint.trim_start_matches("http://").parse();
        let _ = emulator.set(endpoint.context("the emulator has no address")?);
        let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
        Ok(Self { front, system, link, visits: AtomicU64::new(0) })
    }

    async fn run(&self) -> Result<()> {
        self.follow(CLICKS_A_BATCH).await?;
        self.system.client.wait_for_clicks(&self.link, CLICKS_A_BATCH as u64).await?;

        self.front.set(Mood::Answering(400, "InvalidMessageContents")).await?;
        self.follow(2 * CLICKS_A_BATCH).await?;
        eventually("the refused batches are given up", async || {
            Ok(self.edge_log()?.matches("queue refused a batch").count() >= 2)
        })
        .await?;

        self.front.set(Mood::Answering(429, "RequestThrottled")).await?;
        self.follow(5 * CLICKS_A_BATCH).await?;
        eventually("five batches in a row have failed", async || {
            Ok(self.edge_log()?.matches("a batch of clicks has to wait").count() >= 5)
        })
        .await?;
        self.front.set(Mood::Silent).await?;
        let before = self.front.asked();
        self.follow(MORE_THAN_WAITS).await?;
        // Ninety batches were sealed meanwhile. The breaker lets probes through, one at a time.
        let asked = self.front.asked() - before;
        ensure!(asked < 10, "the queue was asked {asked} times while the breaker was to keep it alone");

        self.front.set(Mood::Gone).await?;
        self.follow(CLICKS_A_BATCH).await?;
        self.front.set(Mood::Healthy).await?;
        self.books_add_up().await
    }

    async fn books_add_up(&self) -> Result<()> {
        let mut books = Value::Null;
        let closed = eventually("nothing is missing", async || {
            // An isolate that nobody asks for anything sends nothing.
            self.follow(1).await?;
            books = self.system.client.api_get("/api/v1/pipeline").await?.json()?;
            Ok(total(&books, "missing") == Some(0)
                && total(&books, "produced") >= Some(MORE_THAN_WAITS as u64))
        });
        closed.await.with_context(|| format!("the books: {books}"))?;
        let visits = self.visits.load(Ordering::Relaxed);
        eventually("the last click is in the books", async || {
            books = self.system.client.api_get("/api/v1/pipeline").await?.json()?;
            Ok(total(&books, "produced") == Some(visits) && total(&books, "missing") == Some(0))
        })
        .await
        .with_context(|| format!("{visits} redirects, and the books: {books}"))?;
        let dropped = |reason: &str| total(&books, &format!("dropped/{reason}")).unwrap_or_default();
        ensure!(dropped("queue_refused") > 0 && dropped("buffer_full") > 0, "{books}");
        let stored = visits - dropped("queue_refused") - dropped("buffer_full");
        ensure!(total(&books, "stored") == Some(stored), "{visits} redirects, and the books: {books}");
        ensure!(self.system.click_rows(&self.link).await? == stored, "{books}");
        Ok(())
    }

    /// Every one of them is redirected.
    async fn follow(&self, visits: usize) -> Result<()> {
        let (agent, referrer) = ("a".repeat(512), format!("https://news.example/{}", "b".repeat(1_000)));
        for at in (0..visits).step_by(CLICKS_A_BATCH) {
            let at_once = CLICKS_A_BATCH.min(visits - at);
            let visit = async || {
                let request = self.system.client.request(Method::GET, &format!("/{}", self.link.code));
                send(request.header("user-agent", &agent).header("referer", &referrer)).await
            };
            for answer in try_join_all((0..at_once).map(|_| visit())).await? {
                ensure!(answer.status == 302, "{answer:?}");
            }
            self.visits.fetch_add(at_once as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    fn edge_log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.system.stack.logs.join("edge.log"))?)
    }
}

fn total(books: &Value, path: &str) -> Option<u64> {
    books.pointer(&format!("/total/{path}")).and_then(Value::as_u64)
}
