//! Stands before the click queue, or an origin, and fails as these may: late, refusing, throttling, silent or gone. What it lets
//! through is handed on. Decides how each failure looks from outside; when it fails is the test's affair.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Healthy,
    /// Takes the message, and says so after this time.
    Late(Duration),
    /// SQS's error of this name; the message goes nowhere.
    Answering(u16, &'static str),
    /// Accepts connections and requests, and says nothing.
    Silent,
    /// Nobody listens, and connections that were open are cut.
    Gone,
}

/// What becomes of a request that is let through: it comes whole, head and body, and what is returned is sent back.
pub type Behind = Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

/// Ends when it is dropped.
pub struct QueueFront {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    mood: Mutex<Mood>,
    behind: Behind,
    asked: AtomicU64,
}

impl std::fmt::Debug for QueueFront {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueFront").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for QueueFront {
    fn drop(&mut self) {
        self.end();
    }
}

impl QueueFront {
    pub async fn start(behind: Behind) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port on loopback")?;
        let address = listener.local_addr()?;
        let shared = Shared { mood: Mutex::new(Mood::Healthy), behind, asked: AtomicU64::new(0) };
        let shared = Arc::new(shared);
        let server = Mutex::new(Some(tokio::spawn(serve(listener, Arc::clone(&shared)))));
        Ok(Self { address, shared, server })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// As the stack names its click queue, but through here.
    pub fn click_queue_url(&self) -> String {
        format!("http://{}/{}/{}", self.address, super::aws_client::ACCOUNT, super::queues::CLICKS)
    }

    /// Requests that came, whatever became of them.
    pub fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }

    /// From the next request on.
    pub async fn set(&self, mood: Mood) -> Result<()> {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
        if mood == Mood::Gone {
            self.end();
        } else if self.server.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            let listener = TcpListener::bind(self.address).await.context("the queue's port is taken")?;
            let server = tokio::spawn(serve(listener, Arc::clone(&self.shared)));
            *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        }
        Ok(())
    }

    fn end(&self) {
        if let Some(server) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            server.abort();
        }
    }
}

/// Hands requests on to an HTTP server, byte for byte: they are signed. A connection for each.
pub fn hand_on(server: SocketAddr) -> Behind {
    Arc::new(move |request| Box::pin(async move { handed_on(server, &request).await.ok() }))
}

async fn handed_on(server: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    // Right after the first line, which no signature covers: the answer then ends with the connection.
    let first_line = request.iter().position(|byte| *byte == b'\n').context("no request")? + 1;
    let (first_line, rest) = request.split_at(first_line);
    stream.write_all(first_line).await?;
    stream.write_all(b"connection: close\r\n").await?;
    stream.write_all(rest).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // In a set, so that connections end with the server.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(converse(stream, Arc::clone(&shared)));
    }
}

/// Until the other side has enough, or says what cannot be read.
async fn converse(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut received = Vec::new();
    loop {
        while let Some(bytes) = whole(&received) {
            let request: Vec<u8> = received.drain(..bytes).collect();
            shared.asked.fetch_add(1, Ordering::Relaxed);
            stream.write_all(&shared.answer(request).await?).await.ok()?;
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

impl Shared {
    async fn answer(&self, request: Vec<u8>) -> Option<Vec<u8>> {
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood {
            Mood::Healthy => (self.behind)(request).await,
            Mood::Late(by) => {
                let answer = (self.behind)(request).await;
                tokio::time::sleep(by).await;
                answer
            }
            Mood::Answering(status, error) => {
                Some(json_answer(status, &format!(r#"{{"__type":"com.amazonaws.sqs#{error}"}}"#)))
            }
            Mood::Silent | Mood::Gone => std::future::pending().await,
        }
    }
}

/// As SQS answers.
pub(crate) fn json_answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} As it is\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How many bytes the first request takes, head and body; `None` while it is not whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head_bytes) = head.parse(bytes).ok()? else { return None };
    let length = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body_bytes = length.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);
    head_bytes.checked_add(body_bytes).filter(|whole| bytes.len() >= *whole)
}

/// The body of a request that came whole.
pub(crate) fn body_of(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n");
    end.and_then(|end| request.get(end + 4..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(front: &QueueFront) -> Result<String> {
        let mut stream = TcpStream::connect(front.address).await?;
        stream.write_all(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok").await?;
        let mut answer = vec![0; 1_024];
        let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut answer)).await??;
        Ok(String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).into_owned())
    }

    #[tokio::test]
    async fn each_failure_looks_as_it_should_and_ends() {
        let echo: Behind = Arc::new(|request| {
            Box::pin(async move { Some(json_answer(200, str::from_utf8(body_of(&request)).ok()?)) })
        });
        let front = QueueFront::start(echo).await.unwrap();
        assert!(ask(&front).await.unwrap().ends_with("\r\n\r\nok"));
        front.set(Mood::Gone).await.unwrap();
        // The listener is gone once its task has been dropped.
        while TcpStream::connect(front.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        front.set(Mood::Answering(429, "RequestThrottled")).await.unwrap();
        let answer = ask(&front).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("sqs#RequestThrottled"), "{answer}");
        front.set(Mood::Silent).await.unwrap();
        assert!(ask(&front).await.is_err());
        front.set(Mood::Healthy).await.unwrap();
        assert!(ask(&front).await.unwrap().ends_with("\r\n\r\nok"));
        assert_eq!(front.asked(), 4);
    }

    #[test]
    fn a_request_is_whole_with_its_body() {
        let bytes = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nokGET";
        assert_eq!(whole(bytes), Some(bytes.len() - 3));
        assert_eq!(whole(&bytes[..bytes.len() - 4]), None);
        assert_eq!(body_of(&bytes[..bytes.len() - 3]), b"ok");
    }
}
