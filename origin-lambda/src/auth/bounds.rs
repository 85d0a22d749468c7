//! What a key is bound to: domains, links that it created, actions. What is out of bounds does not exist for the key.

use link_core::names::domain::Domain;
use uuid::Uuid;

use super::right::Right;

/// In the extensions of every request with a key. The default is unbound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyBounds {
    pub links: LinkBounds,
    /// Sorted. Empty: all that the key's role allows.
    pub actions: Vec<Right>,
}

/// The links that exist for a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkBounds {
    /// Empty: all. New links that name no domain get the first one, unless the default domain is among them.
    pub domains: Vec<Domain>,
    /// The key that has created them. `None`: any.
    pub creator: Option<Uuid>,
}

impl KeyBounds {
    pub fn is_bound(&self) -> bool {
        !self.links.are_all() || !self.actions.is_empty()
    }

    pub fn allow(&self, right: Right) -> bool {
        match right {
            Right::OwnKey => true,
            // An administrator could make a key without bounds.
            Right::Administer => !self.is_bound(),
            right => self.actions.is_empty() || self.actions.contains(&right),
        }
    }
}

impl LinkBounds {
    /// Whether every link exists for the key.
    pub fn are_all(&self) -> bool {
        self.domains.is_empty() && self.creator.is_none()
    }

    pub fn include(&self, domain: &Domain, created_by: Option<Uuid>) -> bool {
        self.include_domain(domain) && (self.creator.is_none() || self.creator == created_by)
    }

    pub fn include_domain(&self, domain: &Domain) -> bool {
        self.domains.is_empty() || self.domains.contains(domain)
    }

    /// For SQL.
    pub(crate) fn domain_names(&self) -> Vec<&str> {
        self.domains.iter().map(Domain::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(name: &str) -> Domain {
        name.parse().unwrap()
    }

    #[test]
    fn link_must_be_within_every_bound() {
        let key = Uuid::from_u128(1);
        let (ours, other) = (domain("a.example"), domain("b.example"));
        assert!(LinkBounds::default().include(&other, None));
        let by_domain = LinkBounds { domains: vec![ours.clone()], creator: None };
        assert!(by_domain.include(&ours, None) && !by_domain.include(&other, Some(key)));
        let by_creator = LinkBounds { domains: Vec::new(), creator: Some(key) };
        assert!(by_creator.include(&other, Some(key)) && !by_creator.include(&other, None));
        assert!(!by_creator.include(&other, Some(Uuid::from_u128(2))));
        let by_both = LinkBounds { domains: vec![ours.clone()], creator: Some(key) };
        assert!(by_both.include(&ours, Some(key)));
        assert!(!by_both.include(&ours, None) && !by_both.include(&other, Some(key)));
    }

    #[test]
    fn bound_key_never_administers() {
        assert!(KeyBounds::default().allow(Right::Administer));
        let bounds = [
            KeyBounds { actions: vec![Right::Read], ..KeyBounds::default() },
            KeyBounds {
                links: LinkBounds { domains: vec![domain("a.example")], creator: None },
                ..KeyBounds::default()
            },
        ];
        for bounds in bounds {
            assert!(!bounds.allow(Right::Administer) && bounds.allow(Right::OwnKey));
            assert!(bounds.allow(Right::Read));
            assert_eq!(bounds.allow(Right::Delete), bounds.actions.is_empty());
        }
    }
}
