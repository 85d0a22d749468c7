//! The names of a link: its domain and code, its further names, and the spellings of all of them without regard to case.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use serde::{Deserialize, Serialize};

use crate::links::letter_case::fold;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkName {
    pub domain: Domain,
    pub code: Slug,
}

/// What the code of a link is: a generated one is found as it is only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOrigin {
    Generated,
    Chosen,
}

/// The spellings of the names without regard to case, as far as they are no names themselves.
pub fn folded_names(domain: &Domain, code: &Slug, origin: CodeOrigin, aliases: &[LinkName]) -> Vec<LinkName> {
    let first = (origin == CodeOrigin::Chosen).then_some((domain, code));
    let further = aliases.iter().map(|name| (&name.domain, &name.code));
    let mut folded: Vec<LinkName> = Vec::new();
    for (of, code_of) in first.into_iter().chain(further) {
        let Some(spelling) = code_of.folded(&fold) else { continue };
        let name = LinkName { domain: of.clone(), code: spelling };
        let is_first = name.domain == *domain && name.code == *code;
        if !is_first && !aliases.contains(&name) && !folded.contains(&name) {
            folded.push(name);
        }
    }
    folded
}

/// A name that a statement takes for a link, as `taken_name` in SQL reads it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct WantedName<'a> {
    pub(super) domain: &'a Domain,
    pub(super) code: &'a Slug,
    pub(super) folded: bool,
    /// 0 for the first name, counted on through the aliases; that of the name which a spelling is of.
    pub(super) position: usize,
}

/// A wanted name that another link has, or whose domain is unknown.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RefusedName {
    pub(super) domain: Domain,
    pub(super) code: Slug,
    pub(super) position: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(domain: &str, code: &str) -> LinkName {
        LinkName { domain: domain.parse().unwrap(), code: code.parse().unwrap() }
    }

    #[test]
    fn only_spellings_that_are_no_names_are_kept() {
        let of = |code: &str, origin, aliases: &[LinkName]| {
            let first = name("a.example", code);
            let folded = folded_names(&first.domain, &first.code, origin, aliases);
            folded.into_iter().map(|name| format!("{}/{}", name.domain, name.code)).collect::<Vec<_>>()
        };
        assert_eq!(of("Sale", CodeOrigin::Chosen, &[]), ["a.example/sale"]);
        assert_eq!(of("AbCdEfG", CodeOrigin::Generated, &[]), <[String; 0]>::default());
        assert_eq!(of("AbCdEfG", CodeOrigin::Chosen, &[]), ["a.example/abcdefg"]);
        assert_eq!(of("sale", CodeOrigin::Chosen, &[name("a.example", "SALE")]), <[String; 0]>::default());
        let aliases = [name("a.example", "SALE"), name("b.example", "Sale"), name("b.example", "SALE")];
        assert_eq!(of("Sale", CodeOrigin::Chosen, &aliases), ["a.example/sale", "b.example/sale"]);
    }
}
