//! The attacks: loops of requests that a stranger or the holder of a limited key can send.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use local_stack::Stack;
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::interval;

/// More than any attack sends in the longest run.
const MAX_REQUESTS: u32 = 200_000;
const UNKNOWN_KEY: &str = "slk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The attacked stack and the attackers' keys.
#[derive(Clone, Debug)]
pub(super) struct AttackTarget {
    pub(super) http: reqwest::Client,
    pub(super) edge: String,
    admin_key: String,
    reader_key: String,
    editor_key: String,
    /// A link with a password.
    protected_path: String,
    protected_id: String,
}

pub(super) struct Attack {
    pub(super) name: &'static str,
    /// Of all loops together.
    requests_per_second: u32,
    loops: u32,
    /// Called with the loop's number and its iteration.
    send: fn(&AttackTarget, u32, u32) -> Sent,
}

type Sent = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "long queries without a key",
        requests_per_second: 24,
        loops: 6,
        send: |target, _, _| {
            target.ask(Method::GET, &format!("/api/v1/links?q={}", "!".repeat(23_000)), "203.0.113.1")
        },
    },
    Attack {
        name: "uploads that stall",
        requests_per_second: 24,
        loops: 24,
        send: |target, number, _| stalled_upload(target.clone(), number),
    },
    Attack {
        name: "keys that do not exist",
        requests_per_second: 200,
        loops: 20,
        send: |target, number, iteration| {
            let address = format!("203.0.113.{}", (number * 7 + iteration) % 250);
            let request = target.request(Method::GET, "/api/v1/links", &address);
            finish(request.bearer_auth(UNKNOWN_KEY))
        },
    },
    Attack {
        name: "readiness",
        requests_per_second: 200,
        loops: 20,
        send: |target, _, _| target.ask(Method::GET, "/readyz", "203.0.113.1"),
    },
    Attack {
        name: "deep paths",
        requests_per_second: 45,
        loops: 5,
        send: |target, number, iteration| {
            target.ask(Method::GET, &format!("/d{iteration}/a{number}/b/c"), &format!("203.0.113.{number}"))
        },
    },
    Attack {
        name: "passwords from one /48",
        requests_per_second: 40,
        loops: 10,
        send: |target, number, iteration| {
            let address = format!("2001:db8:0:{number:x}{iteration:x}::1");
            let address = address.get(..address.len().min(39)).unwrap_or_default();
            let request = target.request(Method::POST, &target.protected_path, address);
            let form = "application/x-www-form-urlencoded";
            finish(request.header("content-type", form).body(format!("password=guess{iteration}")))
        },
    },
    Attack {
        name: "an editor's changes of passwords",
        requests_per_second: 24,
        loops: 24,
        send: |target, _, iteration| {
            let path = format!("/api/v1/links/{}", target.protected_id);
            let request = target.request(Method::PATCH, &path, "127.0.0.1").bearer_auth(&target.editor_key);
            let request = request.header("content-type", "application/json");
            finish(request.body(json!({ "password": format!("another {iteration}") }).to_string()))
        },
    },
    Attack {
        name: "a reader's searches",
        requests_per_second: 10,
        loops: 4,
        send: |target, _, _| {
            let request = target.request(Method::GET, "/api/v1/links?search=%E2%98%83", "127.0.0.1");
            finish(request.bearer_auth(&target.reader_key))
        },
    },
];

impl Attack {
    /// Starts the attack; dropping the set ends it.
    pub(super) fn start(&self, target: &AttackTarget) -> JoinSet<()> {
        let every = Duration::from_secs(1) * self.loops / self.requests_per_second;
        let mut loops = JoinSet::new();
        for number in 0..self.loops {
            let (target, send) = (target.clone(), self.send);
            loops.spawn(async move {
                let mut due = interval(every);
                for iteration in 0..MAX_REQUESTS / 100 {
                    due.tick().await;
                    send(&target, number, iteration).await;
                }
            });
        }
        loops
    }
}

impl AttackTarget {
    pub(super) async fn prepare(stack: &Stack) -> Result<Self> {
        // Shorter than workerd's idle timeout: a request on a connection that is being closed would count as failed.
        let idle = Duration::from_secs(2);
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).pool_idle_timeout(idle);
        let http = http.build()?;
        let (edge, admin_key) = (stack.edge.url.clone(), stack.admin_key.clone());
        let empty = String::new;
        let mut target = Self {
            http,
            edge,
            admin_key,
            reader_key: empty(),
            editor_key: empty(),
            protected_path: empty(),
            protected_id: empty(),
        };
        target.reader_key = target.key("reader").await?;
        target.editor_key = target.key("editor").await?;
        let body = json!({ "url": "https://example.com/locked", "password": "correct horse" });
        let (_, link) = target.created("/api/v1/links", &body).await?;
        target.protected_path = format!("/{}", field(&link, "code")?);
        target.protected_id = field(&link, "id")?;
        Ok(target)
    }

    /// Calls the API with the admin key.
    pub(super) async fn call(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.edge));
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.bearer_auth(&self.admin_key).send().await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    async fn key(&self, role: &str) -> Result<String> {
        let (_, key) = self.created("/api/v1/keys", &json!({ "name": role, "role": role })).await?;
        field(&key, "key")
    }

    async fn created(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let (status, body) = self.call("POST", path, body).await?;
        ensure!(status == 201, "{path} answered {status}: {body}");
        Ok((status, body))
    }

    fn request(&self, method: Method, path: &str, address: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.edge)).header("cf-connecting-ip", address)
    }

    fn ask(&self, method: Method, path: &str, address: &str) -> Sent {
        finish(self.request(method, path, address))
    }
}

fn field(body: &Value, name: &str) -> Result<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no {name} in {body}"))
}

/// Sends the request and ignores the answer.
fn finish(request: reqwest::RequestBuilder) -> Sent {
    Box::pin(async move {
        if let Ok(answer) = request.timeout(Duration::from_secs(20)).send().await {
            let _ = answer.bytes().await;
        }
    })
}

/// Announces five megabytes, sends one, and waits for an answer.
fn stalled_upload(target: AttackTarget, number: u32) -> Sent {
    let send = async move {
        let server: SocketAddr = target.edge.trim_start_matches("http://").parse()?;
        ensure!(server.ip().is_loopback(), "{server} is not on this machine");
        let mut stream = TcpStream::connect(server).await?;
        let head = format!(
            "POST /api/v1/links/bulk HTTP/1.1\r\nhost: {server}\r\ncf-connecting-ip: 203.0.113.{number}\r\n\
             authorization: Bearer {UNKNOWN_KEY}\r\ncontent-type: application/json\r\ncontent-length: 4900000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&vec![b'a'; 1 << 20]).await?;
        let mut answer = [0; 1_024];
        stream.read(&mut answer).await.context("no answer")
    };
    Box::pin(async move {
        let _: Result<usize> = tokio::time::timeout(Duration::from_secs(20), send).await.unwrap_or(Ok(0));
    })
}
