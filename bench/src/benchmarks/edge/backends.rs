//! Minimal origin and queue behind the benchmarked edge: the origin knows every name, the queue accepts every message
//! and counts its clicks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server that stops when dropped.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) url: String,
    server: JoinHandle<()>,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts an origin that knows every name.
pub(crate) async fn origin() -> Result<Backend> {
    serve(|request| {
        let code = request.path.rsplit('/').next().unwrap_or_default();
        let body = format!(
            r#"{{"outcome":"found","record":{{"id":"0198c0de-0000-7000-8000-000000000001","domain":"localhost","code":"{code}","revision":1,"url":"https://example.com/landing/{code}","status":302}}}}"#
        );
        answer("application/json", &format!("x-request-id: {}\r\n", request.id), &body)
    })
    .await
}

/// What was received and could be parsed.
#[derive(Debug, Default)]
pub(super) struct ReceivedClicks {
    seen: HashSet<(String, u64)>,
    pub(super) clicks: u64,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "MessageBody")]
    body: String,
}

#[derive(Deserialize)]
struct Batch {
    producer: String,
    batch: u64,
    clicks: Vec<serde::de::IgnoredAny>,
}

/// Starts a queue that implements SQS's `SendMessage`.
pub(super) async fn queue() -> Result<(Backend, Arc<Mutex<ReceivedClicks>>)> {
    let messages = Arc::<Mutex<ReceivedClicks>>::default();
    let taken = Arc::clone(&messages);
    let backend = serve(move |request| {
        if let Some(batch) = parse_batch(&request.body) {
            let mut messages = taken.lock().unwrap_or_else(PoisonError::into_inner);
            // A repeated batch adds no clicks.
            if messages.seen.insert((batch.producer, batch.batch)) {
                messages.clicks += u64::try_from(batch.clicks.len()).unwrap_or_default();
            }
        }
        answer("application/x-amz-json-1.0", "", r#"{"MessageId":"1"}"#)
    })
    .await?;
    Ok((backend, messages))
}

fn parse_batch(message: &[u8]) -> Option<Batch> {
    let message: Message = serde_json::from_slice(message).ok()?;
    serde_json::from_str(&message.body).ok()
}

fn answer(kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[derive(Debug, PartialEq, Eq)]
struct Request {
    path: String,
    /// `x-request-id`, or empty.
    id: String,
    body: Vec<u8>,
}

async fn serve(respond: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Result<Backend> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port on loopback")?;
    let url = format!("http://{}", listener.local_addr()?);
    let respond = Arc::new(respond);
    let server = tokio::spawn(async move {
        // In a set, so that connections are closed with the server.
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            connections.spawn(handle_connection(stream, Arc::clone(&respond)));
        }
    });
    Ok(Backend { url, server })
}

/// Serves requests until the peer closes the connection or sends something invalid.
async fn handle_connection(
    mut stream: TcpStream,
    respond: Arc<impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut received = Vec::new();
    loop {
        while let Some((request, bytes)) = parse_request(&received) {
            received.drain(..bytes);
            stream.write_all(&respond(&request)).await.ok()?;
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

/// Parses the first request and returns its length; `None` while it is incomplete.
fn parse_request(bytes: &[u8]) -> Option<(Request, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head_bytes) = head.parse(bytes).ok()? else { return None };
    let header = |name: &str| {
        let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| str::from_utf8(header.value).ok()).unwrap_or_default()
    };
    let body_bytes = header("content-length").parse().unwrap_or(0);
    let body = bytes.get(head_bytes..head_bytes.checked_add(body_bytes)?)?;
    let request = Request {
        path: head.path.unwrap_or_default().to_owned(),
        id: header("x-request-id").to_owned(),
        body: body.to_vec(),
    };
    Some((request, head_bytes + body_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_is_complete_with_its_body() {
        let bytes = b"POST /a HTTP/1.1\r\nX-Request-Id: 7\r\nContent-Length: 2\r\n\r\nokGET";
        let request = Request { path: "/a".into(), id: "7".into(), body: b"ok".to_vec() };
        assert_eq!(parse_request(bytes), Some((request, bytes.len() - 3)));
        assert_eq!(parse_request(&bytes[..bytes.len() - 4]), None);
        assert_eq!(parse_request(b"GET / HT"), None);
    }

    #[test]
    fn clicks_are_counted_from_the_message_body() {
        let message = br#"{"MessageBody":"{\"producer\":\"a\",\"batch\":1,\"clicks\":[{\"b\":\"]\"},{}]}"}"#;
        assert_eq!(parse_batch(message).unwrap().clicks.len(), 2);
        assert!(parse_batch(b"{}").is_none());
    }
}
