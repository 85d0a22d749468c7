//! Reads what a new key is bound to.

use std::collections::BTreeSet;

use link_core::names::domain::Domain;
use serde_json::Value;

use crate::auth::{Right, Role};
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::problem::ProblemCode;
use crate::limits::MAX_KEY_DOMAINS;
use crate::links::input::values::boolean;

/// The bounds as a client writes them. `own_links` becomes the id of the key when it is stored.
#[derive(Debug, Default)]
pub(super) struct NewBounds {
    pub(super) domains: Vec<Domain>,
    pub(super) own_links: bool,
    pub(super) actions: Vec<Right>,
}

impl NewBounds {
    /// Rejects what the role contradicts.
    pub(super) fn read(fields: &mut Fields, role: Option<Role>) -> Self {
        let domains = fields.optional("domains", ProblemCode::InvalidDomains, domains).unwrap_or_default();
        let own_links =
            fields.optional("own_links", ProblemCode::InvalidOwnLinks, boolean).unwrap_or_default();
        let actions = fields.optional("actions", ProblemCode::InvalidActions, actions).unwrap_or_default();
        let bounds = Self { domains, own_links, actions };
        match role {
            Some(Role::Admin) if bounds.is_bound() => {
                let detail =
                    "must be editor or reader for a bound key: an admin could create a key without bounds";
                fields.reject(ProblemCode::InvalidRole, "role".to_owned(), detail.to_owned());
            }
            Some(role) => bounds.check_actions(fields, role),
            None => {}
        }
        bounds
    }

    pub(super) fn is_bound(&self) -> bool {
        !self.domains.is_empty() || self.own_links || !self.actions.is_empty()
    }

    fn check_actions(&self, fields: &mut Fields, role: Role) {
        let denied = self.actions.iter().find(|action| action.role() > role);
        if let Some((name, needed)) = denied.and_then(|action| Some((action.action()?, action.role()))) {
            let detail = format!("{name} needs the role {}", needed.as_str());
            fields.reject(ProblemCode::InvalidActions, "actions".to_owned(), detail);
        }
    }
}

/// In the order in which they are given, each once: the first one is the default.
fn domains(value: Value) -> Result<Vec<Domain>, String> {
    let invalid = || format!("must be a list of 1 to {MAX_KEY_DOMAINS} domains; null stands for all");
    let Value::Array(values) = value else { return Err(invalid()) };
    if values.is_empty() || values.len() > MAX_KEY_DOMAINS {
        return Err(invalid());
    }
    let mut domains: Vec<Domain> = Vec::with_capacity(values.len());
    for value in &values {
        let domain = host_input::domain(value).map_err(|error| error.to_string())?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    Ok(domains)
}

fn actions(value: Value) -> Result<Vec<Right>, String> {
    let invalid = || {
        let names: Vec<_> = Right::ACTIONS.iter().filter_map(|right| right.action()).collect();
        format!("must be a list of at least one of: {}; null stands for all", names.join(", "))
    };
    let Value::Array(values) = value else { return Err(invalid()) };
    let actions: Option<BTreeSet<Right>> =
        values.into_iter().map(|value| Right::from_action(&text(value).ok()?)).collect();
    let actions = actions.filter(|actions| !actions.is_empty()).ok_or_else(invalid)?;
    Ok(actions.into_iter().collect())
}
