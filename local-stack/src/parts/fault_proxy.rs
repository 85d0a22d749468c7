//! A fault proxy before the click queue or an origin: forwards requests, or fails on demand by delays, errors, hanging
//! or refused connections.

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
pub enum FaultMode {
    Healthy,
    /// Forwards the request and delays the answer by this time.
    Delayed(Duration),
    /// Answers with this status and SQS error, without forwarding.
    Failing(u16, &'static str),
    /// Accepts connections and requests, but never answers.
    Silent,
    /// Refuses connections and closes open ones.
    Down,
}

/// Handles a forwarded request, given complete with head and body, and returns the raw answer.
pub type Upstream = Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

/// Stops when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    mode: Mutex<FaultMode>,
    upstream: Upstream,
    request_count: AtomicU64,
}

impl std::fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.end();
    }
}

impl FaultProxy {
    pub async fn start(upstream: Upstream) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port on loopback")?;
        let address = listener.local_addr()?;
        let shared =
            Shared { mode: Mutex::new(FaultMode::Healthy), upstream, request_count: AtomicU64::new(0) };
        let shared = Arc::new(shared);
        let server = Mutex::new(Some(tokio::spawn(serve(listener, Arc::clone(&shared)))));
        Ok(Self { address, shared, server })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The click queue's URL through this proxy.
    pub fn click_queue_url(&self) -> String {
        format!(
            "http://{}/{}/{}",
            self.address,
            crate::parts::aws::client::ACCOUNT,
            crate::parts::aws::queues::CLICKS
        )
    }

    /// The number of received requests.
    pub fn request_count(&self) -> u64 {
        self.shared.request_count.load(Ordering::Relaxed)
    }

    /// Applies from the next request on.
    pub async fn set(&self, mode: FaultMode) -> Result<()> {
        *self.shared.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
        if mode == FaultMode::Down {
            self.end();
        } else if self.server.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            let listener = TcpListener::bind(self.address).await.context("the proxy's port is taken")?;
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

/// Forwards requests unchanged, since they are signed, each on its own connection.
pub fn forward(server: SocketAddr) -> Upstream {
    Arc::new(move |request| Box::pin(async move { forward_raw(server, &request).await.ok() }))
}

async fn forward_raw(server: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    // Inserted after the first line, outside the signature, so that the answer ends with the connection.
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
    // In a set, so that connections are closed with the server.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(handle_connection(stream, Arc::clone(&shared)));
    }
}

/// Serves requests until the peer closes the connection or sends something invalid.
async fn handle_connection(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut received = Vec::new();
    loop {
        while let Some(bytes) = complete_length(&received) {
            let request: Vec<u8> = received.drain(..bytes).collect();
            shared.request_count.fetch_add(1, Ordering::Relaxed);
            stream.write_all(&shared.answer(request).await?).await.ok()?;
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

impl Shared {
    async fn answer(&self, request: Vec<u8>) -> Option<Vec<u8>> {
        let mode = *self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        match mode {
            FaultMode::Healthy => (self.upstream)(request).await,
            FaultMode::Delayed(by) => {
                let answer = (self.upstream)(request).await;
                tokio::time::sleep(by).await;
                answer
            }
            FaultMode::Failing(status, error) => {
                Some(json_answer(status, &format!(r#"{{"__type":"com.amazonaws.sqs#{error}"}}"#)))
            }
            FaultMode::Silent | FaultMode::Down => std::future::pending().await,
        }
    }
}

/// An answer in SQS's format.
pub fn json_answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The length of the first request with its body; `None` while it is incomplete.
fn complete_length(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head_bytes) = head.parse(bytes).ok()? else { return None };
    let length = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body_bytes = length.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);
    head_bytes.checked_add(body_bytes).filter(|complete_length| bytes.len() >= *complete_length)
}

/// The body of a complete request.
pub fn body_of(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n");
    end.and_then(|end| request.get(end + 4..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(proxy: &FaultProxy) -> Result<String> {
        let mut stream = TcpStream::connect(proxy.address).await?;
        stream.write_all(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok").await?;
        let mut answer = vec![0; 1_024];
        let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut answer)).await??;
        Ok(String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).into_owned())
    }

    #[tokio::test]
    async fn each_fault_mode_is_visible_and_ends() {
        let echo: Upstream = Arc::new(|request| {
            Box::pin(async move { Some(json_answer(200, str::from_utf8(body_of(&request)).ok()?)) })
        });
        let proxy = FaultProxy::start(echo).await.unwrap();
        assert!(ask(&proxy).await.unwrap().ends_with("\r\n\r\nok"));
        proxy.set(FaultMode::Down).await.unwrap();
        // The listener closes once its task is dropped.
        while TcpStream::connect(proxy.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        proxy.set(FaultMode::Failing(429, "RequestThrottled")).await.unwrap();
        let answer = ask(&proxy).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("sqs#RequestThrottled"), "{answer}");
        proxy.set(FaultMode::Silent).await.unwrap();
        assert!(ask(&proxy).await.is_err());
        proxy.set(FaultMode::Healthy).await.unwrap();
        assert!(ask(&proxy).await.unwrap().ends_with("\r\n\r\nok"));
        assert_eq!(proxy.request_count(), 4);
    }

    #[test]
    fn request_is_complete_with_its_body() {
        let bytes = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nokGET";
        assert_eq!(complete_length(bytes), Some(bytes.len() - 3));
        assert_eq!(complete_length(&bytes[..bytes.len() - 4]), None);
        assert_eq!(body_of(&bytes[..bytes.len() - 3]), b"ok");
    }
}
