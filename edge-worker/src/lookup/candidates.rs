//! Which of the links that a path may mean is meant: the exact name, else the longest one before a slash that forwards
//! paths. Decides the order and when to stop; how a name is looked up is decided in the lookup.

use std::cell::Cell;
use std::rc::Rc;

use link_core::domain::Domain;
use link_core::link_path::Candidate;
use link_core::record::Resolution;

use super::{Found, Key, NoAnswer, Origin};

/// A name that was looked up, and what the path holds beyond it.
#[derive(Debug)]
pub struct Meant<'a> {
    pub found: Found,
    pub rest: &'a str,
}

/// The link that is meant; where there is none, what became of the exact name. A candidate that cannot be looked up
/// does not hide a shorter one, but without any the answer is unknown.
pub async fn meant<'a>(
    domain: &Domain,
    candidates: &[Candidate<'a>],
    look_up: impl AsyncFn(&Key) -> Result<Found, NoAnswer>,
) -> Result<Meant<'a>, NoAnswer> {
    let mut exact = None;
    let mut unavailable = None;
    for (position, candidate) in candidates.iter().enumerate() {
        let key = Key { domain: domain.clone(), code: candidate.slug.clone() };
        let found = match look_up(&key).await {
            Ok(found) => found,
            Err(error) => {
                unavailable = Some(error);
                continue;
            }
        };
        let meant = Meant { found, rest: candidate.rest };
        match &meant.found.copy.resolution {
            Resolution::Found { record } if record.is_meant_with(candidate.rest) => return Ok(meant),
            _ if position == 0 => exact = Some(meant),
            _ => {}
        }
    }
    match (unavailable, exact) {
        (None, Some(exact)) => Ok(exact),
        (Some(error), _) => Err(error),
        (None, None) => Err(NoAnswer::Unavailable("the path has no candidate".to_owned())),
    }
}

/// An origin that is not asked again for this request once it could not answer: a visitor waits for one timeout, not for
/// one with each candidate.
#[derive(Debug)]
pub struct AskedUntilSilent<O> {
    origin: O,
    silent: Rc<Cell<bool>>,
}

impl<O> AskedUntilSilent<O> {
    /// `silent` is the visitor's, for all names of the path.
    pub fn new(origin: O, silent: Rc<Cell<bool>>) -> Self {
        Self { origin, silent }
    }
}

impl<O: Origin> Origin for AskedUntilSilent<O> {
    async fn resolve(&self, key: &Key) -> Result<Resolution, NoAnswer> {
        if self.silent.get() {
            return Err(NoAnswer::Unavailable("it did not answer for a longer name".to_owned()));
        }
        let outcome = self.origin.resolve(key).await;
        self.silent.set(matches!(&outcome, Err(error) if !matches!(error, NoAnswer::NotWorthAsking)));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_executor::block_on;
    use link_core::click_batch::CacheTier;
    use link_core::link_path::link_path;
    use link_core::record::{LinkRecord, Revision};

    use super::*;
    use crate::lookup::fixtures::{copy, record};

    enum Known {
        Link,
        Forwarding,
        Deleted,
        Unreachable,
    }

    /// The name and the rest that answered, or what became of the exact name; and which names were looked up.
    fn follow(path: &str, names: &[(&str, Known)]) -> (String, Vec<String>) {
        let asked = RefCell::new(Vec::new());
        let look_up = async |key: &Key| {
            asked.borrow_mut().push(key.code.to_string());
            let known = names.iter().find(|(name, _)| *name == key.code.as_str()).map(|(_, known)| known);
            let forward_path = matches!(known, Some(Known::Forwarding));
            let resolution = match known {
                None => Resolution::NotFound,
                Some(Known::Unreachable) => return Err(NoAnswer::Unavailable("down".into())),
                Some(Known::Deleted) => Resolution::Deleted { revision: Revision(1) },
                Some(_) => {
                    let code = key.code.clone();
                    Resolution::Found {
                        record: LinkRecord { code, forward_path, ..record("https://a.test/") },
                    }
                }
            };
            Ok(Found { copy: copy(resolution, 0), tier: CacheTier::Origin, fill_colo: false })
        };
        let path = link_path(path, str::to_owned).unwrap();
        let domain = "go.example.com".parse().unwrap();
        let said = match block_on(meant(&domain, &path.candidates, look_up)) {
            Err(_) => "unknown".to_owned(),
            Ok(meant) => match &meant.found.copy.resolution {
                Resolution::Found { record } => format!("{} and {:?}", record.code, meant.rest),
                Resolution::Deleted { .. } => "deleted".to_owned(),
                Resolution::NotFound => "none".to_owned(),
            },
        };
        (said, asked.into_inner())
    }

    #[test]
    fn the_exact_name_wins_and_nothing_else_is_looked_up() {
        let names = [("a/b", Known::Link), ("a", Known::Forwarding)];
        assert_eq!(follow("/a/b", &names), ("a/b and \"\"".into(), vec!["a/b".into()]));
    }

    #[test]
    fn a_shorter_name_counts_only_where_it_forwards_paths() {
        for (names, said) in [
            (vec![("a", Known::Forwarding)], "a and \"/b/c\""),
            (vec![("a", Known::Link)], "none"),
            (vec![("a/b", Known::Link), ("a", Known::Forwarding)], "a and \"/b/c\""),
            (vec![("a/b", Known::Forwarding), ("a", Known::Forwarding)], "a/b and \"/c\""),
            (vec![("a/b", Known::Deleted), ("a", Known::Link)], "none"),
        ] {
            assert_eq!(follow("/a/b/c", &names).0, said);
        }
    }

    #[test]
    fn a_deleted_name_says_so_unless_a_shorter_one_forwards() {
        assert_eq!(follow("/a/b", &[("a/b", Known::Deleted)]).0, "deleted");
        let names = [("a/b", Known::Deleted), ("a", Known::Forwarding)];
        assert_eq!(follow("/a/b", &names).0, "a and \"/b\"");
    }

    #[test]
    fn four_names_are_looked_up_at_most() {
        let (said, asked) = follow("/a/b/c/d/e/f", &[]);
        assert_eq!((said.as_str(), asked.len()), ("none", 4));
    }

    #[test]
    fn what_could_not_be_looked_up_is_never_no_such_link() {
        assert_eq!(follow("/a", &[("a", Known::Unreachable)]).0, "unknown");
        assert_eq!(follow("/a/b", &[("a", Known::Unreachable)]).0, "unknown");
        let names = [("a/b", Known::Unreachable), ("a", Known::Forwarding)];
        assert_eq!(follow("/a/b", &names).0, "a and \"/b\"");
    }

    #[test]
    fn an_origin_that_did_not_answer_is_not_asked_again() {
        struct Dead(Cell<u32>);
        impl Origin for Dead {
            async fn resolve(&self, _: &Key) -> Result<Resolution, NoAnswer> {
                self.0.set(self.0.get() + 1);
                Err(NoAnswer::Unavailable("down".into()))
            }
        }
        let origin = AskedUntilSilent::new(Dead(Cell::new(0)), Rc::default());
        for _ in 0..4 {
            assert!(block_on(origin.resolve(&crate::lookup::fixtures::key(1))).is_err());
        }
        assert_eq!(origin.origin.0.get(), 1);
    }
}
