//! Webhooks, from a write at the edge to a receiver that fails at first.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use local_stack::checkout::Checkout;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::shared::{System, on_no_stack};

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("webhook_arrives_signed_after_its_receiver_was_down", delivered)]
}

/// The first answers 503, the others 204.
#[derive(Default)]
struct Receiver(Mutex<Vec<Message>>);

#[derive(Clone)]
struct Message {
    headers: HeaderMap,
    body: String,
}

impl Receiver {
    fn messages(&self) -> Vec<Message> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        let count = {
            let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            messages.push(message);
            messages.len()
        };
        let status = if count == 1 { "503 Service Unavailable" } else { "204 No Content" };
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
        (body.len() >= length).then(|| Self { headers, body: body.to_owned() })
    }

    fn id(&self) -> Option<&HeaderValue> {
        self.headers.get("webhook-id")
    }
}

async fn delivered() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port().to_string();
    let receiver = Arc::new(Receiver::default());
    let serving = Arc::clone(&receiver);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let receiver = Arc::clone(&serving);
            tokio::spawn(async move { receiver.answer(connection).await });
        }
    });
    let entry = include_str!("webhook-api-entry.js").replace("@PORT@", &port);
    let options = StackOptions { api_worker_entry: Some(entry.leak()), ..StackOptions::default() };
    let system = System::start(options).await?;
    let wanted = json!({ "url": "https://receiver.example/hooks?a=b", "events": ["link.created"] });
    let created = system.client.api_post("/api/v1/webhooks", &wanted).await?;
    ensure!(created.status == 201, "{created:?}");
    let secret = created.json()?.get("secret").and_then(Value::as_str).map(str::to_owned);
    let secret = secret.context("no secret")?;

    system.client.create(json!({ "url": "https://example.com/", "password": "kept-secret" })).await?;
    eventually("the write itself sends it", async || Ok(!receiver.messages().is_empty())).await?;
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

    let id = created.json()?.get("id").and_then(Value::as_str).map(str::to_owned).context("no id")?;
    let deliveries = format!("/api/v1/webhooks/{id}/deliveries");
    eventually("the log tells of the delivery", async || {
        let log = send(system.client.request(Method::GET, &deliveries).bearer_auth(&system.stack.admin_key));
        Ok(log.await?.body.contains("\"delivered\""))
    })
    .await?;
    system.stack.stop().await;
    Ok(())
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
