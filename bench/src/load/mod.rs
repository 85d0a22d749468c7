//! An HTTP/1.1 load generator on loopback: kept-alive connections, each with one request in flight. Minimal, since it
//! shares the CPU with what it measures.

pub(crate) mod measurement;
pub(crate) mod response;

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::random::Random;
use measurement::{Measurement, Percentiles};
use response::ExpectedHeader;

/// Per round, all connections together. No machine reaches it; it bounds the memory for latencies.
const MAX_REQUESTS: usize = 50_000_000;
/// To connect, and for the last answers of a round.
const GRACE: Duration = Duration::from_secs(10);
const FILL_TIMEOUT: Duration = Duration::from_secs(120);
const MAX_RESPONSE_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) server: SocketAddr,
    pub(crate) requests: Requests,
    pub(crate) expected: ExpectedAnswer,
    /// Expected answers of all rounds.
    pub(crate) answered: AtomicU64,
}

/// Raw requests, none of them HEAD.
pub(crate) enum Requests {
    /// Picked uniformly at random.
    Random(Vec<Vec<u8>>),
    /// Numbered across all connections and rounds.
    Sequential { request: Box<dyn Fn(u64) -> Vec<u8> + Send + Sync>, next: AtomicU64 },
}

/// What every answer must be: a server that fails quickly is not fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedAnswer {
    pub(crate) status: u16,
    /// The beginning of the body.
    pub(crate) body: &'static str,
    /// A header that nearly every answer carries.
    pub(crate) header: Option<ExpectedHeader>,
}

/// The share of a round's answers that must carry the expected header: a lookup before the copy is cached has another
/// tier.
const MIN_MATCHING_SHARE: f64 = 0.98;

#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadProfile {
    pub(crate) connections: u16,
    pub(crate) time: Duration,
    pub(crate) pace: Pace,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Sends the next request once the last answer has arrived.
    ClosedLoop,
    /// Requests a second of all connections on a fixed schedule. Latency counts from the time a request was due, even
    /// if it was sent late ("coordinated omission").
    OpenLoop(f64),
}

impl Load {
    pub(crate) fn new(server: SocketAddr, requests: Requests, expected: ExpectedAnswer) -> Arc<Self> {
        Arc::new(Self { server, requests, expected, answered: AtomicU64::new(0) })
    }
}

impl Requests {
    pub(crate) fn sequential(request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::Sequential { request: Box::new(request), next: AtomicU64::new(0) }
    }

    fn next(&self, picker: &mut Random) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Random(requests) => picker.pick(requests).map(|request| Cow::Borrowed(request.as_slice())),
            Self::Sequential { request, next } => {
                Some(Cow::Owned(request(next.fetch_add(1, Ordering::Relaxed))))
            }
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random(_) => "Random",
            Self::Sequential { .. } => "Sequential",
        })
    }
}

/// Runs one round. Dropping the future ends it.
pub(crate) async fn run(load: &Arc<Load>, profile: LoadProfile) -> Result<Measurement> {
    tokio::time::timeout(profile.time + GRACE, measure(load, profile))
        .await
        .context("the server stopped answering")?
}

/// Sends this many requests without measuring, to fill caches before a round.
pub(crate) async fn run_through(load: &Arc<Load>, connections: u16, requests: u64) -> Result<()> {
    let share = usize::try_from(requests.div_ceil(connections.max(1).into()))?;
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let profile = LoadProfile { connections, time: FILL_TIMEOUT, pace: Pace::ClosedLoop };
        let schedule = Schedule::of(profile, Instant::now(), 0);
        let connection = Connection::open(load.server).await?;
        tasks.spawn(run_connection(Arc::clone(load), connection, picker()?, schedule, share));
    }
    let filled = async {
        while let Some(task) = tasks.join_next().await {
            ensure!(task??.micros.len() == share, "the caches were not filled within {FILL_TIMEOUT:?}");
        }
        Ok(())
    };
    tokio::time::timeout(FILL_TIMEOUT + GRACE, filled).await.context("the server stopped answering")?
}

async fn measure(load: &Arc<Load>, profile: LoadProfile) -> Result<Measurement> {
    let mut connections = Vec::new();
    for _ in 0..profile.connections {
        connections.push(Connection::open(load.server).await?);
    }
    let max_requests = MAX_REQUESTS / connections.len().max(1);
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, connection) in connections.into_iter().enumerate() {
        let schedule = Schedule::of(profile, started, number);
        tasks.spawn(run_connection(Arc::clone(load), connection, picker()?, schedule, max_requests));
    }
    let mut all = ConnectionResult::default();
    while let Some(task) = tasks.join_next().await {
        let mut result = task??;
        all.micros.append(&mut result.micros);
        all.matching += result.matching;
    }
    let seconds = started.elapsed().as_secs_f64();
    let answered = all.micros.len() as f64;
    ensure!(
        load.expected.header.is_none() || all.matching as f64 >= MIN_MATCHING_SHARE * answered,
        "of {answered} answers only {} carry the expected header {:?}",
        all.matching,
        load.expected.header
    );
    Ok(Measurement { per_second: answered / seconds, latency: Percentiles::of_micros(all.micros)? })
}

/// The times at which the requests of a connection are due.
#[derive(Debug)]
struct Schedule {
    next: Option<Instant>,
    between: Duration,
    until: Instant,
}

impl Schedule {
    fn of(profile: LoadProfile, started: Instant, connection: usize) -> Self {
        let until = started + profile.time;
        match profile.pace {
            Pace::ClosedLoop => Self { next: None, between: Duration::ZERO, until },
            Pace::OpenLoop(per_second) => {
                let between = Duration::from_secs_f64(f64::from(profile.connections) / per_second.max(1.0));
                let offset = between.mul_f64(connection as f64 / f64::from(profile.connections.max(1)));
                Self { next: Some(started + offset), between, until }
            }
        }
    }

    /// The due time of the next request; `None` when the round is over.
    fn due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next.unwrap_or(now);
        self.next = self.next.map(|next| next + self.between);
        (due < self.until).then_some(due)
    }
}

#[derive(Debug, Default)]
struct ConnectionResult {
    /// Latency of each request.
    micros: Vec<u32>,
    matching: u64,
}

async fn run_connection(
    load: Arc<Load>,
    mut connection: Connection,
    mut picker: Random,
    mut schedule: Schedule,
    max_requests: usize,
) -> Result<ConnectionResult> {
    let mut result = ConnectionResult::default();
    while result.micros.len() < max_requests
        && let Some(due) = schedule.due(Instant::now())
    {
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let request = load.requests.next(&mut picker).context("there are no requests to send")?;
        result.matching += u64::from(connection.ask(&request, load.expected).await?);
        let micros = due.elapsed().as_micros();
        result.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
        load.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(result)
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

    /// Sends a request. Returns whether the answer carries the expected header.
    async fn ask(&mut self, request: &[u8], expected: ExpectedAnswer) -> Result<bool> {
        self.stream.write_all(request).await.context("the server accepts no more requests")?;
        let mut filled = 0;
        loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room).await.context("an answer was cut off")?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            let answer = self.buffer.get(..filled).unwrap_or_default();
            if let Some(has_expected_header) = complete(answer, expected)? {
                return Ok(has_expected_header);
            }
            if filled == self.buffer.len() {
                ensure!(filled < MAX_RESPONSE_BYTES, "an answer of more than {MAX_RESPONSE_BYTES} bytes");
                self.buffer.resize(2 * filled, 0);
            }
        }
    }
}

/// Whether a complete answer carries the expected header; an error if status or body are not as expected.
fn complete(answer: &[u8], expected: ExpectedAnswer) -> Result<Option<bool>> {
    let Some(head) = response::head(answer, expected.header)? else { return Ok(None) };
    let whole = head.head_bytes + head.body_bytes;
    ensure!(answer.len() <= whole, "the server sent more than one answer");
    if answer.len() < whole {
        return Ok(None);
    }
    let body = answer.get(head.head_bytes..).unwrap_or_default();
    if head.status != expected.status || !body.starts_with(expected.body.as_bytes()) {
        let body = String::from_utf8_lossy(body);
        let shown: String = body.chars().take(300).collect();
        bail!("expected {} {}…, got {} {shown}", expected.status, expected.body, head.status);
    }
    Ok(Some(head.has_expected_header))
}

/// One generator per connection.
fn picker() -> Result<Random> {
    Ok(Random::of(getrandom::u64().context("no randomness")?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM_MEMORY: ExpectedHeader = ExpectedHeader { name: "x-from", value: "memory" };
    const EXPECTED: ExpectedAnswer =
        ExpectedAnswer { status: 200, body: "{\"outcome\":\"found\"", header: Some(FROM_MEMORY) };

    #[test]
    fn only_a_complete_expected_answer_counts() {
        let found = "HTTP/1.1 200 OK\r\nX-From: memory\r\ncontent-length: 19\r\n\r\n{\"outcome\":\"found\"}";
        assert_eq!(complete(found.as_bytes(), EXPECTED).unwrap(), Some(true));
        assert_eq!(complete(found.replace("memory", "elsewhere").as_bytes(), EXPECTED).unwrap(), Some(false));
        assert_eq!(complete(&found.as_bytes()[..found.len() - 1], EXPECTED).unwrap(), None);
        assert!(complete(format!("{found}HTTP/1.1").as_bytes(), EXPECTED).is_err());
        let missing = found.replace("found", "gone!");
        assert!(complete(missing.as_bytes(), EXPECTED).is_err());
        let failing = found.replace("200 OK", "503 Service Unavailable");
        let error = complete(failing.as_bytes(), EXPECTED).unwrap_err().to_string();
        assert!(error.contains("got 503 {\"outcome\""), "{error}");
    }

    #[test]
    fn numbered_requests_never_repeat() {
        let requests = Requests::sequential(|number| vec![u8::try_from(number).unwrap()]);
        let mut picker = Random::of(1, 0);
        let asked: Vec<u8> = (0..3).map(|_| requests.next(&mut picker).unwrap()[0]).collect();
        assert_eq!(asked, [0, 1, 2]);
    }

    #[test]
    fn open_loop_schedule_ignores_late_answers() {
        let started = Instant::now();
        let profile =
            LoadProfile { connections: 2, time: Duration::from_millis(100), pace: Pace::OpenLoop(100.0) };
        let mut second = Schedule::of(profile, started, 1);
        let late = started + Duration::from_secs(9);
        let due = std::iter::from_fn(|| second.due(late)).map(|at| (at - started).as_millis());
        assert_eq!(due.collect::<Vec<_>>(), [10, 30, 50, 70, 90]);
    }

    #[test]
    fn requests_are_picked_uniformly() {
        let requests: Vec<Vec<u8>> = (0..10).map(|number| vec![number]).collect();
        let mut picker = Random::of(1, 0);
        let mut counts = [0; 10];
        for _ in 0..10_000 {
            counts[usize::from(picker.pick(&requests).unwrap()[0])] += 1;
        }
        assert!(counts.iter().all(|counts| (500..2_000).contains(counts)), "{counts:?}");
        assert_eq!(picker.pick::<Vec<u8>>(&[]), None);
    }

    #[tokio::test]
    async fn remote_server_is_refused() {
        let error = Connection::open(([192, 0, 2, 1], 80).into()).await.unwrap_err();
        assert!(error.to_string().contains("not on this machine"), "{error}");
    }
}
