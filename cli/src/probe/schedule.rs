//! Which request is next: one at a time for each host, with a pause after it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use super::finding::Finding;
use super::journey::{HostState, Journey, Step};

/// URLs of one host that end in 429 or 503, one after the other, until it is left alone.
const MAX_REFUSALS: u32 = 3;

#[derive(Debug, Default)]
pub struct Schedule {
    hosts: HashMap<String, Host>,
    /// Hosts with something to ask and no request under way, by the time when they may be asked.
    ready: BinaryHeap<Reverse<(Duration, u64, String)>>,
    entries: u64,
    requests: usize,
    /// By origin.
    unreachable: HashMap<String, HostState>,
    concluded: VecDeque<(Journey, HostState)>,
}

#[derive(Debug, Default)]
struct Host {
    waiting: VecDeque<Journey>,
    next_at: Duration,
    /// In `ready`, or with a request under way.
    is_taken: bool,
    refusals: u32,
    limits: Option<HostState>,
}

#[derive(Debug)]
pub enum Next {
    Ask(Journey),
    /// Nothing has to be asked.
    Conclude(Journey, HostState),
    /// Nothing may be asked before.
    Wait(Duration),
    /// Requests are under way, and may bring more.
    Idle,
    Finished,
}

impl Schedule {
    pub fn new(journeys: impl IntoIterator<Item = Journey>) -> Self {
        let mut schedule = Self::default();
        for journey in journeys {
            schedule.add(journey, false);
        }
        schedule
    }

    /// `now` is the time since the start.
    pub fn next(&mut self, now: Duration) -> Next {
        if let Some((journey, state)) = self.concluded.pop_front() {
            return Next::Conclude(journey, state);
        }
        while let Some(Reverse((at, _, name))) = self.ready.peek().cloned() {
            if at > now {
                return Next::Wait(at - now);
            }
            self.ready.pop();
            let Some(host) = self.hosts.get_mut(&name) else { continue };
            match host.waiting.pop_front() {
                Some(journey) => {
                    self.requests += 1;
                    return Next::Ask(journey);
                }
                // All were concluded.
                None => host.is_taken = false,
            }
        }
        if self.requests > 0 { Next::Idle } else { Next::Finished }
    }

    /// What came of a request to `host`.
    pub fn answered(
        &mut self,
        name: &str,
        origin: &str,
        step: Step,
        pause: Duration,
        now: Duration,
    ) -> Option<Finding> {
        self.requests = self.requests.saturating_sub(1);
        let host = self.hosts.entry(name.to_owned()).or_default();
        host.is_taken = false;
        host.next_at = now + pause;
        match step {
            Step::Ask { journey, wait } => {
                host.next_at = now + wait;
                let goes_on = wait <= pause;
                self.add(*journey, goes_on);
                self.queue(name);
                None
            }
            Step::Done { finding, host: state } => {
                if let HostState::Limits { wait, .. } = state {
                    host.next_at = now + wait.max(pause);
                }
                self.learn(name, origin, state);
                self.queue(name);
                Some(*finding)
            }
        }
    }

    fn learn(&mut self, name: &str, origin: &str, state: HostState) {
        let Some(host) = self.hosts.get_mut(name) else { return };
        match &state {
            HostState::Answers => host.refusals = 0,
            HostState::Limits { until, .. } => {
                host.refusals += 1;
                if until.is_some() || host.refusals >= MAX_REFUSALS {
                    host.limits = Some(state.clone());
                    self.concluded.extend(host.waiting.drain(..).map(|journey| (journey, state.clone())));
                }
            }
            HostState::Unreachable(_) => {
                let (same, others) = host.waiting.drain(..).partition(|journey| journey.origin() == origin);
                host.waiting = others;
                let same: VecDeque<Journey> = same;
                self.concluded.extend(same.into_iter().map(|journey| (journey, state.clone())));
                self.unreachable.insert(origin.to_owned(), state);
            }
        }
    }

    fn add(&mut self, journey: Journey, is_first: bool) {
        let name = journey.host();
        let host = self.hosts.entry(name.clone()).or_default();
        if let Some(state) = host.limits.as_ref().or_else(|| self.unreachable.get(&journey.origin())) {
            self.concluded.push_back((journey, state.clone()));
            return;
        }
        if is_first {
            host.waiting.push_front(journey);
        } else {
            host.waiting.push_back(journey);
        }
        self.queue(&name);
    }

    fn queue(&mut self, name: &str) {
        let Some(host) = self.hosts.get_mut(name) else { return };
        if host.is_taken || host.waiting.is_empty() {
            return;
        }
        host.is_taken = true;
        self.entries += 1;
        self.ready.push(Reverse((host.next_at, self.entries, name.to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::fetch::{Failure, Reply};
    use super::super::journey::{Context, Goal};
    use super::*;

    const PAUSE: Duration = Duration::from_secs(1);

    fn context() -> Context {
        Context { now: datetime!(2026-11-29 15:04:05 UTC), pause: PAUSE }
    }

    fn schedule(urls: &[&str]) -> Schedule {
        Schedule::new(urls.iter().map(|url| Journey::new(url, Goal::End, context().now).unwrap()))
    }

    fn asked(schedule: &mut Schedule, now: u64) -> Option<Journey> {
        match schedule.next(Duration::from_secs(now)) {
            Next::Ask(journey) => Some(journey),
            _ => None,
        }
    }

    fn answer(
        schedule: &mut Schedule,
        journey: Journey,
        answer: Result<Reply, Failure>,
        now: u64,
    ) -> Option<Finding> {
        let (host, origin) = (journey.host(), journey.origin());
        let step = journey.after(answer, &context());
        schedule.answered(&host, &origin, step, PAUSE, Duration::from_secs(now))
    }

    fn status(status: u16) -> Result<Reply, Failure> {
        Ok(Reply { status, ..Reply::default() })
    }

    #[test]
    fn host_gets_one_request_at_a_time_with_a_pause() {
        let mut schedule =
            schedule(&["https://a.example/1", "https://a.example:8443/2", "https://b.example/"]);
        let first = asked(&mut schedule, 0).unwrap();
        let other = asked(&mut schedule, 0).unwrap();
        assert_eq!((first.host(), other.host()), ("a.example".into(), "b.example".into()));
        assert!(matches!(schedule.next(Duration::from_secs(9)), Next::Idle));
        assert!(answer(&mut schedule, first, status(200), 10).is_some());
        assert!(matches!(schedule.next(Duration::from_secs(10)), Next::Wait(wait) if wait == PAUSE));
        let second = asked(&mut schedule, 11).unwrap();
        answer(&mut schedule, second, status(200), 11);
        answer(&mut schedule, other, status(200), 11);
        assert!(matches!(schedule.next(Duration::from_secs(11)), Next::Finished));
    }

    #[test]
    fn redirect_waits_for_the_host_it_leads_to() {
        let mut schedule = schedule(&["https://a.example/", "https://b.example/"]);
        let (a, b) = (asked(&mut schedule, 0).unwrap(), asked(&mut schedule, 0).unwrap());
        let redirect =
            Reply { status: 302, location: Some("https://b.example/2".into()), ..Reply::default() };
        assert!(answer(&mut schedule, a, Ok(redirect), 0).is_none());
        assert!(matches!(schedule.next(Duration::from_secs(9)), Next::Idle));
        answer(&mut schedule, b, status(200), 9);
        assert!(matches!(schedule.next(Duration::from_secs(9)), Next::Wait(_)));
        assert_eq!(asked(&mut schedule, 10).unwrap().request().1.as_str(), "https://b.example/2");
    }

    #[test]
    fn retry_after_holds_the_whole_host() {
        let mut schedule = schedule(&["https://a.example/1", "https://a.example/2"]);
        let first = asked(&mut schedule, 0).unwrap();
        let limited = Reply { status: 429, retry_after: Some("60".into()), ..Reply::default() };
        assert!(answer(&mut schedule, first, Ok(limited.clone()), 0).is_none());
        assert!(matches!(schedule.next(Duration::from_secs(1)), Next::Wait(wait) if wait.as_secs() == 59));
        let second = asked(&mut schedule, 60).unwrap();
        // An hour is not waited for: neither URL is asked again.
        let long = Reply { retry_after: Some("3600".into()), ..limited };
        let finding = answer(&mut schedule, second, Ok(long), 60).unwrap();
        assert_eq!(finding.retry_at.as_deref(), Some("2026-11-29T16:04:05Z"));
        let Next::Conclude(journey, state) = schedule.next(Duration::from_secs(60)) else { panic!() };
        let finding = journey.conclude(&state, context().now);
        assert_eq!(finding.detail.as_deref(), Some("not asked: a.example limits requests"));
        assert_eq!(finding.retry_at.as_deref(), Some("2026-11-29T16:04:05Z"));
        assert!(matches!(schedule.next(Duration::from_secs(60)), Next::Finished));
    }

    #[test]
    fn retry_after_of_the_last_answer_holds_the_host_too() {
        let mut schedule = schedule(&["https://a.example/1", "https://a.example/2"]);
        let limited = Ok(Reply { status: 503, retry_after: Some("60".into()), ..Reply::default() });
        for now in [0, 60] {
            let journey = asked(&mut schedule, now).unwrap();
            assert!(answer(&mut schedule, journey, limited.clone(), now).is_none());
        }
        let again = asked(&mut schedule, 120).unwrap();
        assert!(answer(&mut schedule, again, limited, 120).is_some());
        assert!(matches!(schedule.next(Duration::from_secs(121)), Next::Wait(wait) if wait.as_secs() == 59));
    }

    #[test]
    fn host_that_keeps_refusing_is_left_alone() {
        let urls: Vec<String> = (0..9).map(|number| format!("https://a.example/{number}")).collect();
        let mut schedule = schedule(&urls.iter().map(String::as_str).collect::<Vec<_>>());
        let (mut requests, mut concluded) = (0, 0);
        for now in (0..).step_by(100) {
            match schedule.next(Duration::from_secs(now)) {
                Next::Ask(journey) => {
                    requests += 1;
                    answer(&mut schedule, journey, status(429), now);
                }
                Next::Conclude(journey, state) => {
                    concluded += 1;
                    assert!(!journey.conclude(&state, context().now).is_lasting);
                }
                Next::Finished => break,
                other => panic!("{other:?}"),
            }
        }
        // Every URL is tried again once, after the others.
        assert_eq!((requests, concluded), (12, 6));
    }

    #[test]
    fn unreachable_host_is_asked_once_for_all_its_urls() {
        let mut schedule = schedule(&[
            "https://a.example/1",
            "https://a.example/2",
            "http://a.example/",
            "https://a.example/3",
        ]);
        let first = asked(&mut schedule, 0).unwrap();
        assert!(answer(&mut schedule, first, Err(Failure::NoSuchHost), 0).is_some());
        for _ in 0..2 {
            let Next::Conclude(journey, state) = schedule.next(Duration::ZERO) else { panic!() };
            assert_eq!(state, HostState::Unreachable(Failure::NoSuchHost));
            assert_eq!(journey.origin(), "https://a.example");
        }
        assert_eq!(asked(&mut schedule, 1).unwrap().origin(), "http://a.example");
    }
}
