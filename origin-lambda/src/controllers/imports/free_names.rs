//! Finds aliases for names that are taken: `-2`, `-3` and so on, until one is free.

use std::collections::{BTreeMap, HashSet, VecDeque};

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;

use crate::limits::{MAX_SUFFIX_CANDIDATES, MAX_SUFFIX_LOOKUPS};
use crate::store::{StoreError, WriteSession};

pub(super) type Name = (Domain, Slug);

/// The free aliases of each name, the lowest first: as many as are wanted, or fewer where too many are taken or too long. Others may
/// take them until they are inserted.
pub(super) async fn free_names(
    session: &mut WriteSession,
    wanted: &BTreeMap<Name, usize>,
) -> Result<BTreeMap<Name, VecDeque<Slug>>, StoreError> {
    let mut free: BTreeMap<Name, VecDeque<Slug>> = BTreeMap::new();
    let mut first = 2;
    for lookup in 0..MAX_SUFFIX_LOOKUPS {
        let lacking = |free: &BTreeMap<Name, VecDeque<Slug>>, name: &Name, count: usize| {
            count.saturating_sub(free.get(name).map_or(0, VecDeque::len))
        };
        let missing: Vec<_> = wanted
            .iter()
            .map(|(name, count)| (name, lacking(&free, name, *count)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let most = missing.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let width = (most + (8 << lookup)).min(MAX_SUFFIX_CANDIDATES / missing.len().max(1)).max(1);
        let numbers = first..first + width;
        let candidates: Vec<(&Name, Slug)> = missing
            .iter()
            .flat_map(|(name, _)| numbered(&name.1, numbers.clone()).map(move |slug| (*name, slug)))
            .collect();
        if candidates.is_empty() {
            break;
        }
        let names: Vec<_> = candidates.iter().map(|(name, slug)| (&name.0, slug)).collect();
        let taken = session.taken_names(&names).await?;
        let wanted: BTreeMap<_, _> = missing.into_iter().collect();
        take_free(&mut free, candidates, &taken, &wanted);
        first += width;
    }
    Ok(free)
}

/// Those that are not too long.
fn numbered(alias: &Slug, numbers: std::ops::Range<usize>) -> impl Iterator<Item = Slug> {
    numbers.map_while(move |number| format!("{alias}-{number}").parse().ok())
}

fn take_free(
    free: &mut BTreeMap<Name, VecDeque<Slug>>,
    candidates: Vec<(&Name, Slug)>,
    taken: &HashSet<(String, String)>,
    missing: &BTreeMap<&Name, usize>,
) {
    let mut found: BTreeMap<&Name, usize> = BTreeMap::new();
    for (name, slug) in candidates {
        let found = found.entry(name).or_default();
        let is_enough = missing.get(name).is_none_or(|missing| *found >= *missing);
        if is_enough || taken.contains(&(name.0.to_string(), slug.to_string())) {
            continue;
        }
        *found += 1;
        free.entry(name.clone()).or_default().push_back(slug);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_appended_while_the_alias_may_be_that_long() {
        let of = |alias: &str, numbers| {
            let alias: Slug = alias.parse().unwrap();
            numbered(&alias, numbers).map(|slug| slug.as_str().len()).collect::<Vec<_>>()
        };
        assert_eq!(of("summer", 2..5), [8, 8, 8]);
        assert_eq!(of(&"a".repeat(126), 9..11), [128]);
        assert!(of(&"a".repeat(127), 2..5).is_empty());
    }

    #[test]
    fn lowest_free_numbers_are_taken() {
        let name: Name = ("go.example.com".parse().unwrap(), "a".parse().unwrap());
        let candidates = numbered(&name.1, 2..9).map(|slug| (&name, slug)).collect();
        let taken = HashSet::from([("go.example.com".to_owned(), "a-3".to_owned())]);
        let mut free = BTreeMap::new();
        take_free(&mut free, candidates, &taken, &BTreeMap::from([(&name, 3)]));
        let free: Vec<_> = free.into_values().flatten().map(|slug: Slug| slug.to_string()).collect();
        assert_eq!(free, ["a-2", "a-4", "a-5"]);
    }
}
