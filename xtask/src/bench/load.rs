//! Load over HTTP/1.1, from loopback to loopback: connections that are kept, each with one request on the way at a time.
//! As lean as it gets, since it shares the processor with what it measures. Decides when it ends (in time and in number)
//! and which answer counts; what is asked is decided elsewhere.

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

use super::measurement::{Measurement, Percentiles};
use super::response::{self, Mark};

/// Of a round, all connections together. No machine gets there; it bounds the memory that the times take.
const MAX_REQUESTS: usize = 50_000_000;
/// To connect, and for the last answers of a round.
const GRACE: Duration = Duration::from_secs(10);
const FILLED_WITHIN: Duration = Duration::from_secs(120);
const MAX_RESPONSE_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Load {
    pub(super) server: SocketAddr,
    pub(super) requests: Requests,
    pub(super) expected: Expected,
    /// Answers as expected, of all rounds.
    pub(super) answered: AtomicU64,
}

/// Whole requests as they go over the wire, none of them HEAD.
pub(super) enum Requests {
    /// Each is as likely as the others.
    AtRandom(Vec<Vec<u8>>),
    /// Numbered through all connections and rounds.
    InTurn { request: Box<dyn Fn(u64) -> Vec<u8> + Send + Sync>, next: AtomicU64 },
}

/// What every answer must be: a server that fails quickly is not quick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// How its body begins.
    pub(super) body: &'static str,
    /// A header that nearly every answer carries.
    pub(super) mark: Option<Mark>,
}

/// Of a round's answers. What is looked up before it is kept comes from elsewhere now and then.
const LEAST_MARKED: f64 = 0.98;

#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) connections: u16,
    pub(super) time: Duration,
    pub(super) pace: Pace,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// The next request goes out when the last answer is there.
    AtPeak,
    /// Requests a second of all connections, on a schedule that waits for nobody: what comes late, because an answer before
    /// it was late, counts from the time it was due ("coordinated omission").
    Steady(f64),
}

impl Load {
    pub(super) fn new(server: SocketAddr, requests: Requests, expected: Expected) -> Arc<Self> {
        Arc::new(Self { server, requests, expected, answered: AtomicU64::new(0) })
    }
}

impl Requests {
    pub(super) fn in_turn(request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::InTurn { request: Box::new(request), next: AtomicU64::new(0) }
    }

    fn next(&self, choice: &mut Choice) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::AtRandom(requests) => choice.of(requests).map(|request| Cow::Borrowed(request.as_slice())),
            Self::InTurn { request, next } => Some(Cow::Owned(request(next.fetch_add(1, Ordering::Relaxed)))),
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtRandom(_) => "AtRandom",
            Self::InTurn { .. } => "InTurn",
        })
    }
}

/// One round. Ends by itself, and at once when it is dropped.
pub(super) async fn run(load: &Arc<Load>, effort: Effort) -> Result<Measurement> {
    tokio::time::timeout(effort.time + GRACE, measure(load, effort))
        .await
        .context("the server does not answer any more")?
}

/// So many requests in turn, measuring nothing: what is filled before a round.
pub(super) async fn run_through(load: &Arc<Load>, connections: u16, requests: u64) -> Result<()> {
    let share = usize::try_from(requests.div_ceil(connections.max(1).into()))?;
    let mut drivers = JoinSet::new();
    for _ in 0..connections {
        let effort = Effort { connections, time: FILLED_WITHIN, pace: Pace::AtPeak };
        let timetable = Timetable::of(effort, Instant::now(), 0);
        let connection = Connection::open(load.server).await?;
        drivers.spawn(drive(Arc::clone(load), connection, Choice::new()?, timetable, share));
    }
    let filled = async {
        while let Some(driver) = drivers.join_next().await {
            ensure!(
                driver??.micros.len() == share,
                "what is to be measured was not filled in {FILLED_WITHIN:?}"
            );
        }
        Ok(())
    };
    tokio::time::timeout(FILLED_WITHIN + GRACE, filled)
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
    for (number, connection) in connections.into_iter().enumerate() {
        let timetable = Timetable::of(effort, began, number);
        drivers.spawn(drive(Arc::clone(load), connection, Choice::new()?, timetable, most));
    }
    let mut all = Driven::default();
    while let Some(driver) = drivers.join_next().await {
        let mut driven = driver??;
        all.micros.append(&mut driven.micros);
        all.marked += driven.marked;
    }
    let seconds = began.elapsed().as_secs_f64();
    let answered = all.micros.len() as f64;
    ensure!(
        load.expected.mark.is_none() || all.marked as f64 >= LEAST_MARKED * answered,
        "of {answered} answers only {} came from where they should: {:?}",
        all.marked,
        load.expected.mark
    );
    Ok(Measurement { per_second: answered / seconds, latency: Percentiles::of_micros(all.micros)? })
}

/// When the requests of a connection are due.
#[derive(Debug)]
struct Timetable {
    next: Option<Instant>,
    between: Duration,
    until: Instant,
}

impl Timetable {
    fn of(effort: Effort, began: Instant, connection: usize) -> Self {
        let until = began + effort.time;
        match effort.pace {
            Pace::AtPeak => Self { next: None, between: Duration::ZERO, until },
            Pace::Steady(per_second) => {
                let between = Duration::from_secs_f64(f64::from(effort.connections) / per_second.max(1.0));
                let offset = between.mul_f64(connection as f64 / f64::from(effort.connections.max(1)));
                Self { next: Some(began + offset), between, until }
            }
        }
    }

    /// The time from which the next request counts; `None` when the round is over.
    fn due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next.unwrap_or(now);
        self.next = self.next.map(|next| next + self.between);
        (due < self.until).then_some(due)
    }
}

#[derive(Debug, Default)]
struct Driven {
    /// What each request took.
    micros: Vec<u32>,
    marked: u64,
}

async fn drive(
    load: Arc<Load>,
    mut connection: Connection,
    mut choice: Choice,
    mut timetable: Timetable,
    most: usize,
) -> Result<Driven> {
    let mut driven = Driven::default();
    while driven.micros.len() < most
        && let Some(due) = timetable.due(Instant::now())
    {
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let request = load.requests.next(&mut choice).context("there is nothing to ask")?;
        driven.marked += u64::from(connection.ask(&request, load.expected).await?);
        let micros = due.elapsed().as_micros();
        driven.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
        load.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(driven)
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

    /// Whether the answer carries the expected mark.
    async fn ask(&mut self, request: &[u8], expected: Expected) -> Result<bool> {
        self.stream.write_all(request).await.context("the server took no more requests")?;
        let mut filled = 0;
        loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room).await.context("an answer broke off")?;
            ensure!(read > 0, "the server closed a connection");
            filled += read;
            let answer = self.buffer.get(..filled).unwrap_or_default();
            if let Some(is_marked) = complete(answer, expected)? {
                return Ok(is_marked);
            }
            if filled == self.buffer.len() {
                ensure!(filled < MAX_RESPONSE_BYTES, "an answer of more than {MAX_RESPONSE_BYTES} bytes");
                self.buffer.resize(2 * filled, 0);
            }
        }
    }
}

/// Whether a whole answer carries the expected mark; an error where the rest is not as expected.
fn complete(answer: &[u8], expected: Expected) -> Result<Option<bool>> {
    let Some(head) = response::head(answer, expected.mark)? else { return Ok(None) };
    let whole = head.head_bytes + head.body_bytes;
    ensure!(answer.len() <= whole, "the server said more than was asked");
    if answer.len() < whole {
        return Ok(None);
    }
    let body = answer.get(head.head_bytes..).unwrap_or_default();
    if head.status != expected.status || !body.starts_with(expected.body.as_bytes()) {
        let body = String::from_utf8_lossy(body);
        let shown: String = body.chars().take(300).collect();
        bail!("expected {} {}…, got {} {shown}", expected.status, expected.body, head.status);
    }
    Ok(Some(head.is_marked))
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

    const MARK: Mark = Mark { name: "x-from", value: "memory" };
    const EXPECTED: Expected = Expected { status: 200, body: "{\"outcome\":\"found\"", mark: Some(MARK) };

    #[test]
    fn only_the_expected_answer_counts_and_only_when_it_is_whole() {
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
        let requests = Requests::in_turn(|number| vec![u8::try_from(number).unwrap()]);
        let mut choice = Choice::new().unwrap();
        let asked: Vec<u8> = (0..3).map(|_| requests.next(&mut choice).unwrap()[0]).collect();
        assert_eq!(asked, [0, 1, 2]);
    }

    #[test]
    fn a_schedule_waits_for_nobody() {
        let began = Instant::now();
        let effort = Effort { connections: 2, time: Duration::from_millis(100), pace: Pace::Steady(100.0) };
        let mut second = Timetable::of(effort, began, 1);
        let late = began + Duration::from_secs(9);
        let due = std::iter::from_fn(|| second.due(late)).map(|at| (at - began).as_millis());
        assert_eq!(due.collect::<Vec<_>>(), [10, 30, 50, 70, 90]);
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
