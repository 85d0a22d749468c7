//! The names that one path may mean, while they are looked up. Which of them is meant is decided in `link-core`; how a name is
//! looked up is decided in the lookup.

use link_core::domain::Domain;
use link_core::link_path::{Known, LinkPath, Match, Suffix};

use super::{Found, Key, NoAnswer};

#[derive(Debug)]
pub struct Names<'p, 'a> {
    path: &'p LinkPath<'a>,
    pub keys: Vec<Key>,
    found: Vec<Option<Result<Found, NoAnswer>>>,
}

/// A path whose names were looked up as far as it takes.
#[derive(Debug)]
pub struct Resolved<'a> {
    pub outcome: Outcome<'a>,
    /// Of the name that decided; where there is no link, of the longest one.
    pub found: Found,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    Link {
        suffix: Suffix<'a>,
        /// Where the link's name ends in the path.
        name_end: usize,
    },
    /// There was one.
    Removed,
    NotFound,
}

impl<'p, 'a> Names<'p, 'a> {
    pub fn of(domain: &Domain, path: &'p LinkPath<'a>) -> Self {
        let key = |code| Key { domain: domain.clone(), code };
        let keys: Vec<_> = path.candidates.iter().map(|candidate| key(candidate.slug.clone())).collect();
        let found = keys.iter().map(|_| None).collect();
        Self { path, keys, found }
    }

    /// Positions of the names that decide and were not looked up so far. None: [`Self::resolved`] tells.
    pub fn wanted(&self) -> Vec<usize> {
        match self.path.find_match(|position| self.known(position)) {
            Match::Undecided { before } => {
                let missing = self.found.iter().enumerate().take(before).filter(|(_, found)| found.is_none());
                missing.map(|(position, _)| position).collect()
            }
            _ => Vec::new(),
        }
    }

    pub fn learn(&mut self, position: usize, found: Result<Found, NoAnswer>) {
        if let Some(place) = self.found.get_mut(position) {
            *place = Some(found);
        }
    }

    /// For what was found of each name, once all are.
    pub fn renew(&mut self, renewed: impl Fn(&Key, Found) -> Found) {
        for (key, place) in self.keys.iter().zip(&mut self.found) {
            *place = place.take().map(|found| found.map(|found| renewed(key, found)));
        }
    }

    fn known(&self, position: usize) -> Known<'_> {
        match self.found.get(position) {
            Some(Some(Ok(found))) => Known::Resolved(&found.copy.resolution),
            Some(Some(Err(_))) => Known::Unavailable,
            Some(None) | None => Known::NotLookedUp,
        }
    }

    pub fn resolved(mut self) -> Result<Resolved<'a>, NoAnswer> {
        let (position, outcome) = match self.path.find_match(|position| self.known(position)) {
            Match::Link { position, suffix } => {
                let name_end = self.path.candidates.get(position).map_or(0, |candidate| candidate.end);
                (position, Outcome::Link { suffix, name_end })
            }
            Match::Removed { position } => (position, Outcome::Removed),
            Match::NotFound => (0, Outcome::NotFound),
            Match::Unavailable | Match::Undecided { .. } => {
                let error = self.found.into_iter().flatten().find_map(Result::err);
                return Err(error.unwrap_or_else(|| NoAnswer::Unavailable("it was not asked".to_owned())));
            }
        };
        let found = self.found.get_mut(position).and_then(Option::take);
        let found =
            found.unwrap_or_else(|| Err(NoAnswer::Unavailable("the path has no candidate".to_owned())))?;
        Ok(Resolved { outcome, found })
    }
}

#[cfg(test)]
mod tests {
    use link_core::click_batch::CacheTier;
    use link_core::link_path::link_path;
    use link_core::record::{LinkRecord, Resolution};

    use super::*;
    use crate::lookup::fixtures::{copy, record};

    fn found(forward_path: bool) -> Result<Found, NoAnswer> {
        let record = LinkRecord { forward_path, ..record("https://a.test/") };
        let copy = copy(Resolution::Found { record }, 0);
        Ok(Found { copy, tier: CacheTier::Memory, fill_colo: false })
    }

    fn missing(tier: CacheTier) -> Result<Found, NoAnswer> {
        Ok(Found { copy: copy(Resolution::NotFound, 0), tier, fill_colo: false })
    }

    fn on_path<A>(path: &str, then: impl FnOnce(Names<'_, '_>) -> A) -> A {
        let path = link_path(path, str::to_owned).unwrap();
        then(Names::of(&"go.example.com".parse().unwrap(), &path))
    }

    #[test]
    fn only_names_that_decide_are_wanted() {
        on_path("/a/b/c", |mut names| {
            assert_eq!(names.wanted(), [0, 1, 2]);
            names.learn(1, found(true));
            assert_eq!(names.wanted(), [0]);
            names.learn(0, missing(CacheTier::Negative));
            assert!(names.wanted().is_empty());
            let Outcome::Link { suffix, name_end } = names.resolved().unwrap().outcome else { panic!() };
            assert_eq!((suffix.rest, name_end), ("/c", "/a/b".len()));
        });
        on_path("/a/b/c", |mut names| {
            names.learn(0, found(false));
            assert!(names.wanted().is_empty());
        });
    }

    #[test]
    fn without_a_link_the_longest_name_tells_how_it_was_found() {
        on_path("/a.", |mut names| {
            names.learn(0, missing(CacheTier::Origin));
            names.learn(1, missing(CacheTier::Negative));
            let resolved = names.resolved().unwrap();
            assert_eq!((resolved.outcome, resolved.found.tier), (Outcome::NotFound, CacheTier::Origin));
        });
    }

    #[test]
    fn an_unreachable_name_is_never_no_such_link() {
        on_path("/a/b", |mut names| {
            names.learn(0, Err(NoAnswer::Unavailable("down".into())));
            names.learn(1, missing(CacheTier::Colo));
            assert!(names.wanted().is_empty() && names.resolved().is_err());
        });
        on_path("/a/b", |mut names| {
            names.learn(0, Err(NoAnswer::Unavailable("down".into())));
            names.learn(1, found(true));
            assert!(names.resolved().is_ok());
        });
    }
}
