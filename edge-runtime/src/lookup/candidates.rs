//! The candidates of one path while they are looked up. `link-core` decides which of them the path means.

use std::cell::RefCell;

use link_core::names::domain::Domain;
use link_core::redirect::link_path::{Known, LinkPath, Match, Suffix};
use link_core::time::UnixMillis;

use super::copies::{Found, from_memory};
use super::link_key::LinkKey;
use super::memory::Memory;
use super::systems::OriginError;

#[derive(Debug)]
pub struct Candidates<'p, 'a> {
    path: &'p LinkPath<'a>,
    pub keys: Vec<LinkKey>,
    found: Vec<Option<Result<Found, OriginError>>>,
}

/// A path whose candidates are looked up as far as needed.
#[derive(Debug)]
pub struct ResolvedPath<'a> {
    pub outcome: PathOutcome<'a>,
    /// The lookup of the candidate that decided; without a link, of the longest one.
    pub found: Found,
}

#[derive(Debug, PartialEq, Eq)]
pub enum PathOutcome<'a> {
    Link {
        suffix: Suffix<'a>,
        /// Where the link's name ends in the path.
        name_end: usize,
    },
    /// A link that was deleted.
    Removed,
    NotFound,
}

impl<'p, 'a> Candidates<'p, 'a> {
    pub fn new(domain: &Domain, path: &'p LinkPath<'a>) -> Self {
        let key = |code| LinkKey { domain: domain.clone(), code };
        let keys: Vec<_> = path.candidates.iter().map(|candidate| key(candidate.slug.clone())).collect();
        let found = keys.iter().map(|_| None).collect();
        Self { path, keys, found }
    }

    /// The first step of a lookup: takes the fresh copies in memory.
    pub fn read_memory(&mut self, memory: &RefCell<Memory>, now: UnixMillis) {
        for (key, place) in self.keys.iter().zip(&mut self.found) {
            *place = from_memory(memory, key, now).map(Ok);
        }
    }

    /// Whether any candidate was found.
    pub fn has_any(&self) -> bool {
        self.found.iter().any(Option::is_some)
    }

    /// Positions of the candidates that decide and are not looked up yet. When empty, call [`Self::resolved`].
    pub fn undecided(&self) -> Vec<usize> {
        match self.path.find_match(|position| self.known(position)) {
            Match::Undecided { before } => {
                let missing = self.found.iter().enumerate().take(before).filter(|(_, found)| found.is_none());
                missing.map(|(position, _)| position).collect()
            }
            _ => Vec::new(),
        }
    }

    pub fn set(&mut self, position: usize, found: Result<Found, OriginError>) {
        if let Some(place) = self.found.get_mut(position) {
            *place = Some(found);
        }
    }

    /// Replaces what was found of each candidate.
    pub fn replace_each(&mut self, renewed: impl Fn(&LinkKey, Found) -> Found) {
        for (key, place) in self.keys.iter().zip(&mut self.found) {
            *place = place.take().map(|found| found.map(|found| renewed(key, found)));
        }
    }

    #[cfg(any(test, feature = "test-util"))]
    pub fn found(&self, position: usize) -> Option<&Result<Found, OriginError>> {
        self.found.get(position)?.as_ref()
    }

    fn known(&self, position: usize) -> Known<'_> {
        match self.found.get(position) {
            Some(Some(Ok(found))) => Known::Resolved(&found.copy.resolution),
            Some(Some(Err(_))) => Known::Unavailable,
            Some(None) | None => Known::NotLookedUp,
        }
    }

    pub fn resolved(mut self) -> Result<ResolvedPath<'a>, OriginError> {
        let (position, outcome) = match self.path.find_match(|position| self.known(position)) {
            Match::Link { position, suffix } => {
                let name_end = self.path.candidates.get(position).map_or(0, |candidate| candidate.end);
                (position, PathOutcome::Link { suffix, name_end })
            }
            Match::Removed { position } => (position, PathOutcome::Removed),
            Match::NotFound => (0, PathOutcome::NotFound),
            Match::Unavailable | Match::Undecided { .. } => {
                let error = self.found.into_iter().flatten().find_map(Result::err);
                return Err(
                    error.unwrap_or_else(|| OriginError::Unavailable("the origin was not asked".to_owned()))
                );
            }
        };
        let found = self.found.get_mut(position).and_then(Option::take);
        let found =
            found.unwrap_or_else(|| Err(OriginError::Unavailable("the path has no candidate".to_owned())))?;
        Ok(ResolvedPath { outcome, found })
    }
}

#[cfg(test)]
mod tests {
    use link_core::clicks::batch::CacheTier;
    use link_core::record::{LinkRecord, Resolution};
    use link_core::redirect::link_path::link_path;

    use super::*;
    use crate::lookup::fixtures::{copy, record};

    fn found(forward_path: bool) -> Result<Found, OriginError> {
        let record = LinkRecord { forward_path, ..record("https://a.test/") };
        let copy = copy(Resolution::Found { record }, 0);
        Ok(Found { copy, tier: CacheTier::Memory, fill_colo: false })
    }

    fn missing(tier: CacheTier) -> Result<Found, OriginError> {
        Ok(Found { copy: copy(Resolution::NotFound, 0), tier, fill_colo: false })
    }

    fn on_path<A>(path: &str, then: impl FnOnce(Candidates<'_, '_>) -> A) -> A {
        let path = link_path(path, str::to_owned).unwrap();
        then(Candidates::new(&"go.example.com".parse().unwrap(), &path))
    }

    #[test]
    fn only_candidates_that_decide_are_looked_up() {
        on_path("/a/b/c", |mut names| {
            assert_eq!(names.undecided(), [0, 1, 2]);
            names.set(1, found(true));
            assert_eq!(names.undecided(), [0]);
            names.set(0, missing(CacheTier::Negative));
            assert!(names.undecided().is_empty());
            let PathOutcome::Link { suffix, name_end } = names.resolved().unwrap().outcome else { panic!() };
            assert_eq!((suffix.rest, name_end), ("/c", "/a/b".len()));
        });
        on_path("/a/b/c", |mut names| {
            names.set(0, found(false));
            assert!(names.undecided().is_empty());
        });
    }

    #[test]
    fn without_a_link_the_longest_name_gives_the_tier() {
        on_path("/a.", |mut names| {
            names.set(0, missing(CacheTier::Origin));
            names.set(1, missing(CacheTier::Negative));
            let resolved = names.resolved().unwrap();
            assert_eq!((resolved.outcome, resolved.found.tier), (PathOutcome::NotFound, CacheTier::Origin));
        });
    }

    #[test]
    fn unavailable_name_is_never_a_404() {
        on_path("/a/b", |mut names| {
            names.set(0, Err(OriginError::Unavailable("down".into())));
            names.set(1, missing(CacheTier::Colo));
            assert!(names.undecided().is_empty() && names.resolved().is_err());
        });
        on_path("/a/b", |mut names| {
            names.set(0, Err(OriginError::Unavailable("down".into())));
            names.set(1, found(true));
            assert!(names.resolved().is_ok());
        });
    }
}
