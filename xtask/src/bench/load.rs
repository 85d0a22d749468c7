//! Load over HTTP/1.1, from loopback to loopback: connections that are kept, each with one request on the way at a time.
//! As lean as it gets, since it shares the processor with what it measures. Decides when it ends (in time and in number)
//! and which answer counts; what is asked is decided elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::measurement::{Measurement, Percentiles};
use super::response;

/// Of a round, all connections together. No machine gets there; it bounds the memory that the times take.
const MAX_REQUESTS: usize = 50_000_000;
/// To connect, and for the last answers of a round.
const GRACE: Duration = Duration::from_secs(10);
const MAX_RESPONSE_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Load {
    pub(super) server: SocketAddr,
    /// Whole requests as they go over the wire, none of them HEAD; each is as likely as the others.
    pub(super) requests: Vec<Vec<u8>>,
    pub(super) expected: Expected,
}

/// What every answer must be: a server that fails quickly is not quick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// How its body begins.
    pub(super) body: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) connections: u16,
    pub(super) time: Duration,
}

/// One round. Ends by itself, and at once when it is dropped.
pub(super) async fn run(load: &Arc<Load>, effort: Effort) -> Result<Measurement> {
    tokio::time::timeout(effort.time + GRACE, measure(load, effort))
        .await
        .context("the server does not answer any more")?
}

async fn measure(load: &Arc<Load>, effort: Effort) -> Result<Measurement> {
    let mut connections = Vec::new();
    for _ in 0..effort.connections {
        connections.push(Connection::open(load.server).await?);
    }
    let most = MAX_REQUESTS / connections.len().max(1);
    let began = Instant::now();
    let mut drivers = JoinSet::new();
    for connection in connections {
        let (load, choice) = (Arc::clone(load), Choice::new()?);
        drivers.spawn(drive(load, connection, choice, began + effort.time, most));
    }
    let mut micros = Vec::new();
    while let Some(driver) = drivers.join_next().await {
        micros.append(&mut driver??);
    }
    let seconds = began.elapsed().as_secs_f64();
    let per_second = micros.len() as f64 / seconds;
    Ok(Measurement { per_second, latency: Percentiles::of_micros(micros)? })
}

/// Returns what each request took, in microseconds.
async fn drive(
    load: Arc<Load>,
    mut connection: Connection,
    mut choice: Choice,
    until: Instant,
    most: usize,
) -> Result<Vec<u32>> {
    let mut micros = Vec::new();
    let mut sent = Instant::now();
    while sent < until && micros.len() < most {
        let request = choice.of(&load.requests).context("there is nothing to ask")?;
        connection.ask(request, load.expected).await?;
        let answered = Instant::now();
        micros.push(u32::try_from((answered - sent).as_micros()).unwrap_or(u32::MAX));
        sent = answered;
    }
    Ok(micros)
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr) -> Result<Self> {
        ensure!(server.ip().is_loopback(), "{server} is not on this machine");
        let stream =
            TcpStream::connect(server).await.with_context(|| format!("cannot connect to {server}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 << 10] })
    }

    async fn ask(&mut self, request: &[u8], expected: Expected) -> Result<()> {
        self.stream.write_all(request).await.context("the server took no more requests")?;
        let mut filled = 0;
        loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room).await.context("an answer broke off")?;
            ensure!(read > 0, "the server closed a connection");
            filled += read;
            let answer = self.buffer.get(..filled).unwrap_or_default();
            if is_complete(answer, expected)? {
                return Ok(());
            }
            if filled == self.buffer.len() {
                ensure!(filled < MAX_RESPONSE_BYTES, "an answer of more than {MAX_RESPONSE_BYTES} bytes");
                self.buffer.resize(2 * filled, 0);
            }
        }
    }
}

/// An error where it is not as expected.
fn is_complete(answer: &[u8], expected: Expected) -> Result<bool> {
    let Some(head) = response::head(answer)? else { return Ok(false) };
    let whole = head.head_bytes + head.body_bytes;
    ensure!(answer.len() <= whole, "the server said more than was asked");
    if answer.len() < whole {
        return Ok(false);
    }
    let body = answer.get(head.head_bytes..).unwrap_or_default();
    if head.status != expected.status || !body.starts_with(expected.body.as_bytes()) {
        let body = String::from_utf8_lossy(body);
        let shown: String = body.chars().take(300).collect();
        bail!("expected {} {}…, got {} {shown}", expected.status, expected.body, head.status);
    }
    Ok(true)
}

/// Which request is next, at random: xorshift64*, one of its own for each connection.
#[derive(Debug)]
struct Choice(u64);

impl Choice {
    fn new() -> Result<Self> {
        // Zero would stay zero.
        Ok(Self(getrandom::u64().context("no randomness")? | 1))
    }

    fn of<'a>(&mut self, requests: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let draw = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        // The upper bits of the product are spread evenly over the requests, of which there are far less than 2^32.
        let index = (draw * u64::try_from(requests.len()).ok()?) >> 32;
        requests.get(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Expected = Expected { status: 200, body: "{\"outcome\":\"found\"" };

    #[test]
    fn only_the_expected_answer_counts_and_only_when_it_is_whole() {
        let found = "HTTP/1.1 200 OK\r\ncontent-length: 19\r\n\r\n{\"outcome\":\"found\"}";
        assert!(is_complete(found.as_bytes(), EXPECTED).unwrap());
        assert!(!is_complete(&found.as_bytes()[..found.len() - 1], EXPECTED).unwrap());
        assert!(is_complete(format!("{found}HTTP/1.1").as_bytes(), EXPECTED).is_err());
        let missing = found.replace("found", "gone!");
        assert!(is_complete(missing.as_bytes(), EXPECTED).is_err());
        let failing = found.replace("200 OK", "503 Service Unavailable");
        let error = is_complete(failing.as_bytes(), EXPECTED).unwrap_err().to_string();
        assert!(error.contains("got 503 {\"outcome\""), "{error}");
    }

    #[test]
    fn every_request_has_its_turn() {
        let requests: Vec<Vec<u8>> = (0..10).map(|number| vec![number]).collect();
        let mut choice = Choice::new().unwrap();
        let mut turns = [0; 10];
        for _ in 0..10_000 {
            turns[usize::from(choice.of(&requests).unwrap()[0])] += 1;
        }
        assert!(turns.iter().all(|turns| (500..2_000).contains(turns)), "{turns:?}");
        assert_eq!(choice.of(&[]), None);
    }

    #[tokio::test]
    async fn a_server_on_another_machine_is_left_alone() {
        let error = Connection::open(([192, 0, 2, 1], 80).into()).await.unwrap_err();
        assert!(error.to_string().contains("not on this machine"), "{error}");
    }
}
