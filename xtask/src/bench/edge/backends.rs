//! What the edge finds behind it: an origin that knows every name, and a queue that takes every message and counts what is
//! in it. Both on loopback and as small as they get. Decides what they answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server that ends when it is dropped.
#[derive(Debug)]
pub(in crate::bench) struct Backend {
    pub(in crate::bench) url: String,
    server: JoinHandle<()>,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Knows every name, and answers at once.
pub(in crate::bench) async fn origin() -> Result<Backend> {
    serve(|request| {
        let code = request.path.rsplit('/').next().unwrap_or_default();
        let body = format!(
            r#"{{"outcome":"found","record":{{"id":"0198c0de-0000-7000-8000-000000000001","domain":"localhost","code":"{code}","revision":1,"url":"https://example.com/landing/{code}","status":302}}}}"#
        );
        answer("application/json", &format!("x-request-id: {}\r\n", request.id), &body)
    })
    .await
}

/// What came in, so far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Messages {
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

/// SQS's `SendMessage`.
pub(super) async fn queue() -> Result<(Backend, Arc<Mutex<Messages>>)> {
    let messages = Arc::<Mutex<Messages>>::default();
    let taken = Arc::clone(&messages);
    let backend = serve(move |request| {
        if let Some(batch) = batch_of(&request.body) {
            let mut messages = taken.lock().unwrap_or_else(PoisonError::into_inner);
            // The same batch again is no new click.
            if messages.seen.insert((batch.producer, batch.batch)) {
                messages.clicks += u64::try_from(batch.clicks.len()).unwrap_or_default();
            }
        }
        answer("application/x-amz-json-1.0", "", r#"{"MessageId":"1"}"#)
    })
    .await?;
    Ok((backend, messages))
}

fn batch_of(message: &[u8]) -> Option<Batch> {
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
        // In a set, so that connections end with the server.
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            connections.spawn(converse(stream, Arc::clone(&respond)));
        }
    });
    Ok(Backend { url, server })
}

/// Until the other side has enough, or says what cannot be read.
async fn converse(
    mut stream: TcpStream,
    respond: Arc<impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut received = Vec::new();
    loop {
        while let Some((request, bytes)) = parsed(&received) {
            received.drain(..bytes);
            stream.write_all(&respond(&request)).await.ok()?;
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

/// The first request, and how many bytes it takes; `None` while it is not whole.
fn parsed(bytes: &[u8]) -> Option<(Request, usize)> {
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
    fn a_request_is_whole_with_its_body() {
        let bytes = b"POST /a HTTP/1.1\r\nX-Request-Id: 7\r\nContent-Length: 2\r\n\r\nokGET";
        let request = Request { path: "/a".into(), id: "7".into(), body: b"ok".to_vec() };
        assert_eq!(parsed(bytes), Some((request, bytes.len() - 3)));
        assert_eq!(parsed(&bytes[..bytes.len() - 4]), None);
        assert_eq!(parsed(b"GET / HT"), None);
    }

    #[test]
    fn the_clicks_of_a_message_are_counted_by_its_body() {
        let message = br#"{"MessageBody":"{\"producer\":\"a\",\"batch\":1,\"clicks\":[{\"b\":\"]\"},{}]}"}"#;
        assert_eq!(batch_of(message).unwrap().clicks.len(), 2);
        assert!(batch_of(b"{}").is_none());
    }
}
