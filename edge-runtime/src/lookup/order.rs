//! The order of a lookup, written once: memory, then the colo, then the origin, which concurrent lookups ask together.

use std::rc::Rc;

use futures_util::future::join_all;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::redirect::link_path::LinkPath;

use super::candidates::Candidates;
use super::copies::{Found, from_colo, newest_seen};
use super::from_origin::{ColoMiss, Lookup};
use super::shared::SharedLookups;
use super::systems::{Colo, Origin, OriginError, Replica, Tasks};
use crate::timing::clock::Clock;

impl<C, O, R, K> Lookup<C, O, R, K>
where
    C: Colo + Clone + 'static,
    O: Origin + Clone + 'static,
    R: Replica + Clone + 'static,
    K: Clock + Clone + 'static,
{
    /// Looks up the candidates that decide: in memory, then in the colo, then with one call to the origin that concurrent
    /// lookups share.
    pub async fn look_up<T: Tasks>(
        &self,
        candidates: &mut Candidates<'_, '_>,
        shared: &Rc<SharedLookups<T::Task>>,
        tasks: &T,
    ) {
        candidates.read_memory(&self.memory, self.clock.now());
        let misses = self.read_colo(candidates).await;
        if !misses.is_empty() {
            let (positions, misses): (Vec<_>, Vec<_>) = misses.into_iter().unzip();
            let found = self.share(misses, shared, tasks).await;
            for (position, found) in positions.into_iter().zip(found) {
                candidates.set(position, found);
            }
        }
        candidates.replace_each(|key, found| newest_seen(&self.memory, key, found));
    }

    /// Looks up a document of a domain, or a picture, in the same order.
    pub async fn look_up_document<T: Tasks>(
        &self,
        domain: &Domain,
        name: Slug,
        shared: &Rc<SharedLookups<T::Task>>,
        tasks: &T,
    ) -> Result<Found, OriginError> {
        let path = LinkPath::of_document(name);
        let mut candidates = Candidates::new(domain, &path);
        self.look_up(&mut candidates, shared, tasks).await;
        candidates.resolved().map(|resolved| resolved.found)
    }

    /// Reads all undecided candidates concurrently. Returns those that still decide and have no fresh copy.
    async fn read_colo(&self, candidates: &mut Candidates<'_, '_>) -> Vec<(usize, ColoMiss)> {
        let keys = candidates.undecided().into_iter().filter_map(|position| {
            let key = candidates.keys.get(position)?.clone();
            Some(async move {
                let copy = match self.colo.take_entry_read(&key) {
                    Some(copy) => copy,
                    None => self.colo.get(&key).await.map(Rc::new),
                };
                (position, from_colo(&self.memory, &key, copy, self.clock.now()), key)
            })
        });
        let mut misses = Vec::new();
        for (position, read, key) in join_all(keys).await {
            match read {
                Ok(found) => candidates.set(position, Ok(found)),
                Err(stale) => misses.push((position, (key, stale))),
            }
        }
        let undecided = candidates.undecided();
        misses.retain(|(position, _)| undecided.contains(position));
        misses
    }
}
