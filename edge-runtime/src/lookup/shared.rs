//! Concurrent lookups of a name share one call to the origin. The first request leads: its lookup runs as a task of its own, which
//! outlives its answer. The others follow for [`FOLLOWER_WAIT`], then one of them takes over, since the leader may hang or be
//! gone. A leader looks up all candidates of its path together, and each of them may be followed separately.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use link_core::time::UnixMillis;

use super::copies::{Found, from_memory};
use super::from_origin::{ColoMiss, Lookup, fill};
use super::link_key::LinkKey;
use super::single_flight::SingleFlight;
use super::systems::{Colo, Origin, OriginError, Replica, Tasks};
use crate::timing::clock::Clock;
use crate::timing::timeouts::{FOLLOWER_WAIT, LOOKUP, millis};

type Answer = Result<Found, OriginError>;

/// The lookups under way in an isolate. `T` is the runtime's task.
#[derive(Debug)]
pub struct SharedLookups<T> {
    lookups: RefCell<SingleFlight<SharedLookup<T>>>,
    /// Lookups that the origin may skip: only visitors whose own lookup may be skipped follow them.
    skippable: RefCell<SingleFlight<SharedLookup<T>>>,
}

impl<T> Default for SharedLookups<T> {
    fn default() -> Self {
        Self { lookups: RefCell::default(), skippable: RefCell::default() }
    }
}

/// A lookup that is under way or finished.
#[derive(Debug, Clone)]
struct SharedLookup<T> {
    task: T,
    /// Empty while it is under way.
    answers: Rc<RefCell<Vec<(LinkKey, Answer)>>>,
}

#[derive(Debug, Clone, Copy)]
enum Role {
    /// Does not take over from itself, but checks whether an earlier leader has finished first.
    Leads,
    FollowsUntil(UnixMillis),
}

/// A name that this request waits for.
struct AwaitedName<T> {
    miss: ColoMiss,
    lookup: Option<(SharedLookup<T>, Role)>,
    answer: Option<Answer>,
}

impl<C, O, R, K> Lookup<C, O, R, K>
where
    C: Colo + Clone + 'static,
    O: Origin + Clone + 'static,
    R: Replica + Clone + 'static,
    K: Clock + Clone + 'static,
{
    /// Looks the names up at the origin, with this request's lookup or another's. The answers are in the names' order.
    pub(super) async fn share<T: Tasks>(
        &self,
        misses: Vec<ColoMiss>,
        shared: &Rc<SharedLookups<T::Task>>,
        tasks: &T,
    ) -> Vec<Answer> {
        let may_skip = self.origin.may_skip();
        let give_up_at = self.clock.now().plus_millis(millis(LOOKUP));
        let awaited = |miss| AwaitedName { miss, lookup: None, answer: None };
        let mut names: Vec<AwaitedName<T::Task>> = misses.into_iter().map(awaited).collect();
        loop {
            let now = self.clock.now();
            let from_memory = |key: &LinkKey| from_memory(&self.memory, key, now);
            names.iter_mut().for_each(|name| name.check(now, &from_memory));
            if names.iter().all(|name| name.answer.is_some()) || now >= give_up_at {
                let timeout = || Err(OriginError::Unavailable("no lookup finished in time".to_owned()));
                return names.into_iter().map(|name| name.answer.unwrap_or_else(timeout)).collect();
            }
            names.iter_mut().for_each(|name| name.follow(shared, may_skip, now));
            let mut led: Vec<_> =
                names.iter_mut().filter(|name| name.answer.is_none() && name.lookup.is_none()).collect();
            if !led.is_empty() {
                let misses: Vec<ColoMiss> = led.iter().map(|name| name.miss.clone()).collect();
                let lookup = self.lead(misses, shared, may_skip, tasks);
                led.iter_mut().for_each(|name| name.lookup = Some((lookup.clone(), Role::Leads)));
            }
            let mut unanswered = names.iter().filter(|name| name.answer.is_none());
            let Some((lookup, role)) = unanswered.find_map(|name| name.lookup.clone()) else { continue };
            let until = match role {
                Role::Leads => now.plus_millis(millis(FOLLOWER_WAIT / 2)),
                Role::FollowsUntil(until) => until,
            };
            let wait = until.min(give_up_at).millis_since(now).unsigned_abs();
            tasks.wait(lookup.task, Duration::from_millis(wait)).await;
        }
    }

    fn lead<T: Tasks>(
        &self,
        misses: Vec<ColoMiss>,
        shared: &Rc<SharedLookups<T::Task>>,
        may_skip: bool,
        tasks: &T,
    ) -> SharedLookup<T::Task> {
        let keys: Vec<LinkKey> = misses.iter().map(|(key, _)| key.clone()).collect();
        let number = shared.table(may_skip).borrow_mut().number();
        let answers = Rc::<RefCell<Vec<(LinkKey, Answer)>>>::default();
        let task = tasks.start({
            let (lookup, shared) = (self.clone(), Rc::clone(shared));
            let (keys, answers) = (keys.clone(), Rc::clone(&answers));
            async move {
                let found = lookup.fetch_from_origin(misses).await;
                *answers.borrow_mut() = keys.iter().cloned().zip(found).collect();
                let mut table = shared.table(may_skip).borrow_mut();
                keys.iter().for_each(|key| table.finish(key, number));
            }
        });
        tasks.after(&task, {
            let (colo, clock, answers) = (self.colo.clone(), self.clock.clone(), Rc::clone(&answers));
            async move {
                let answers = answers.borrow().clone();
                let fills = answers.iter().map(async |(key, answer)| {
                    if let Ok(Found { copy, fill_colo: true, .. }) = answer {
                        fill(&colo, key, copy, &clock).await;
                    }
                });
                join_all(fills).await;
            }
        });
        let lookup = SharedLookup { task, answers };
        let (mut table, now) = (shared.table(may_skip).borrow_mut(), self.clock.now());
        keys.into_iter().for_each(|key| table.lead(key, number, lookup.clone(), now));
        lookup
    }
}

impl<T> SharedLookups<T> {
    fn table(&self, may_skip: bool) -> &RefCell<SingleFlight<SharedLookup<T>>> {
        if may_skip { &self.skippable } else { &self.lookups }
    }
}

impl<T: Clone> AwaitedName<T> {
    fn check(&mut self, now: UnixMillis, from_memory: &impl Fn(&LinkKey) -> Option<Found>) {
        if self.answer.is_some() {
            return;
        }
        let (key, _) = &self.miss;
        if let Some((lookup, role)) = &self.lookup {
            let answers = lookup.answers.borrow();
            self.answer = answers.iter().find(|(name, _)| name == key).map(|(_, answer)| answer.clone());
            let is_given_up = matches!(role, Role::FollowsUntil(until) if now >= *until);
            drop(answers);
            if is_given_up {
                self.lookup = None;
            }
        }
        if self.answer.is_none() {
            self.answer = from_memory(key).map(Ok);
        }
    }

    fn follow(&mut self, shared: &SharedLookups<T>, may_skip: bool, now: UnixMillis) {
        if self.answer.is_some() || self.lookup.is_some() {
            return;
        }
        let (key, _) = &self.miss;
        let mut joined = shared.lookups.borrow().join(key, now);
        if joined.is_none() && may_skip {
            joined = shared.skippable.borrow().join(key, now);
        }
        self.lookup = joined.map(|(lookup, until)| (lookup, Role::FollowsUntil(until)));
    }
}

#[cfg(test)]
mod tests;
