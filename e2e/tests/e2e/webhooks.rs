//! Webhooks, from a write at the edge to a receiver that fails at first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use local_stack::checkout::Checkout;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::shared::{System, on_no_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_no_stack("webhook_arrives_signed_after_its_receiver_was_down", delivered),
        on_no_stack("webhooks_arrive_after_a_day_of_outage", delivered_after_a_day),
    ]
}

/// Answers 503 until it works, then 204.
#[derive(Default)]
struct Receiver {
    works: AtomicBool,
    messages: Mutex<Vec<Message>>,
}

#[derive(Clone)]
struct Message {
    headers: HeaderMap,
    body: String,
    accepted: bool,
}

impl Receiver {
    /// Starts it, and a system whose webhooks to `https://receiver.example` reach it.
    async fn start() -> Result<(Arc<Self>, System)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port().to_string();
        let receiver = Arc::new(Self::default());
        let serving = Arc::clone(&receiver);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let receiver = Arc::clone(&serving);
                tokio::spawn(async move { receiver.answer(connection).await });
            }
        });
        let entry = include_str!("webhook-api-entry.js").replace("@PORT@", &port);
        let options = StackOptions { api_worker_entry: Some(entry.leak()), ..StackOptions::default() };
        Ok((receiver, System::start(options).await?))
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn accepted(&self) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.accepted).collect()
    }

    async fn answer(&self, mut connection: TcpStream) -> Result<()> {
        let mut received = Vec::new();
        let message = loop {
            if connection.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
            if let Some(message) = Message::parse(&received) {
                break message;
            }
        };
        let accepted = self.works.load(Ordering::Relaxed);
        let messages = || self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages().push(Message { accepted, ..message });
        let status = if accepted { "204 No Content" } else { "503 Service Unavailable" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        connection.write_all(answer.as_bytes()).await?;
        Ok(())
    }
}

impl Message {
    /// `None` until the whole request has arrived.
    fn parse(request: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(request).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ")?;
            headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
        }
        let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
        (body.len() >= length).then(|| Self { headers, body: body.to_owned(), accepted: false })
    }

    /// The link and what happened to it.
    fn event(&self) -> Result<(String, String)> {
        let event: Value = serde_json::from_str(&self.body)?;
        let text = |pointer| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        text("/data/link/id").zip(text("/type")).with_context(|| self.body.clone())
    }

    fn id(&self) -> Option<&HeaderValue> {
        self.headers.get("webhook-id")
    }
}

async fn delivered() -> Result<()> {
    let (receiver, system) = Receiver::start().await?;
    let (id, secret) = endpoint(&system, &["link.created"]).await?;

    system.client.create(json!({ "url": "https://example.com/", "password": "kept-secret" })).await?;
    eventually("the write itself sends it", async || Ok(!receiver.messages().is_empty())).await?;
    receiver.works.store(true, Ordering::Relaxed);
    eventually("the schedule sends it again", async || {
        system.stack.edge.run_schedule().await?;
        Ok(receiver.messages().len() > 1)
    })
    .await?;
    let messages = receiver.messages();
    let [first, second, ..] = messages.as_slice() else { anyhow::bail!("{} messages", messages.len()) };
    ensure!(first.id() == second.id() && first.body == second.body, "another message came");
    Webhook::new(&secret)?.verify(second.body.as_bytes(), &second.headers)?;
    verify_in_node(&secret, second)?;
    let altered = Message { body: second.body.replace("link.created", "link.deleted"), ..second.clone() };
    ensure!(verify_in_node(&secret, &altered).is_err(), "an altered message passes");
    ensure!(second.body.contains("link.created") && !second.body.contains("kept-secret"), "{}", second.body);

    let deliveries = format!("/api/v1/webhooks/{id}/deliveries");
    eventually("the log tells of the delivery", async || {
        let log = send(system.client.request(Method::GET, &deliveries).bearer_auth(&system.stack.admin_key));
        Ok(log.await?.body.contains("\"delivered\""))
    })
    .await?;
    system.stack.stop().await;
    Ok(())
}

/// The id of an endpoint at the receiver, and its secret.
async fn endpoint(system: &System, events: &[&str]) -> Result<(String, String)> {
    let wanted = json!({ "url": "https://receiver.example/hooks?a=b", "events": events });
    let created = system.client.api_post("/api/v1/webhooks", &wanted).await?;
    ensure!(created.status == 201, "{created:?}");
    let created = created.json()?;
    let field = |name| created.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok((field("id").context("no id")?, field("secret").context("no secret")?))
}

async fn delivered_after_a_day() -> Result<()> {
    let (receiver, system) = Receiver::start().await?;
    let (_, secret) = endpoint(&system, &["link.created", "link.updated"]).await?;
    let mut links = Vec::new();
    for number in 0..3 {
        links.push(system.client.create(json!({ "url": format!("https://example.com/{number}") })).await?);
    }
    for link in &links {
        let change = system.client.request(Method::PATCH, &format!("/api/v1/links/{}", link.id));
        let changed =
            send(change.bearer_auth(&system.stack.admin_key).json(&json!({ "title": "New" }))).await?;
        ensure!(changed.status == 200, "{changed:?}");
    }
    let origin = &system.stack.origins.first().context("no origin")?.part;
    origin.kill().await;
    system.stack.edge.part.kill().await;
    origin.up().await?;
    system.stack.edge.part.up().await?;
    for _ in 0..12 {
        two_hours_pass(&system).await?;
    }
    let attempts = receiver.messages().len();
    ensure!(attempts > 6 && receiver.accepted().is_empty(), "{attempts} attempts while it was down");

    receiver.works.store(true, Ordering::Relaxed);
    let expected: BTreeSet<_> = links
        .iter()
        .flat_map(|link| ["link.created", "link.updated"].map(|kind| (link.id.clone(), kind.to_owned())))
        .collect();
    let mut arrived = Vec::new();
    eventually("each event arrives", async || {
        two_hours_pass(&system).await?;
        arrived = receiver.accepted().iter().map(Message::event).collect::<Result<Vec<_>>>()?;
        Ok(arrived.iter().cloned().collect::<BTreeSet<_>>() == expected)
    })
    .await?;
    for message in receiver.accepted() {
        Webhook::new(&secret)?.verify(message.body.as_bytes(), &message.headers)?;
    }
    for link in &links {
        let kinds: Vec<_> = arrived.iter().filter(|(id, _)| *id == link.id).map(|(_, kind)| kind).collect();
        ensure!(kinds.first().is_some_and(|kind| *kind == "link.created"), "out of order: {kinds:?}");
    }
    system.stack.stop().await;
    Ok(())
}

/// Moves what has been written into the past, since the real clock stays; then the schedule runs.
async fn two_hours_pass(system: &System) -> Result<()> {
    let mut database = PgConnection::connect(&system.stack.links_database_url).await?;
    for statement in [
        "UPDATE webhook_messages SET created_at = created_at - interval '2 hours',
             next_attempt_at = next_attempt_at - interval '2 hours', leased_until = leased_until - interval '2 hours'",
        "UPDATE webhook_endpoints SET failing_since = failing_since - interval '2 hours'",
    ] {
        sqlx::query(statement).execute(&mut database).await?;
    }
    database.close().await?;
    system.stack.edge.run_schedule().await
}

/// By the library of npm, as most receivers do.
fn verify_in_node(secret: &str, message: &Message) -> Result<()> {
    let headers = message.headers.iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?)));
    let headers: BTreeMap<_, _> = headers.collect::<Result<_>>()?;
    let input = json!({ "secret": secret, "headers": headers, "body": message.body }).to_string();
    let mut node = Command::new("node")
        .args(["-e", include_str!("verify-webhook.cjs")])
        .current_dir(Checkout::here().root())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    node.stdin.take().context("no stdin")?.write_all(input.as_bytes())?;
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
