//! The further names of a link, as a client sends them: `[{"domain": …, "code": …}]`.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use serde_json::Value;

use super::context::ValidationContext;
use super::values;
use crate::http::fields::Fields;
use crate::http::host_input;
use crate::http::problem::ProblemCode;
use crate::limits::MAX_ALIASES;
use crate::store::links::LinkName;

/// Where a value is invalid, after `aliases`, and why.
type Invalid = (String, String);

/// `base` is what the link has. `first` is its domain and, unless it is to be generated, its code: no further name.
pub(super) fn merged(
    fields: &mut Fields,
    base: &[LinkName],
    first: (&Domain, Option<&Slug>),
    context: ValidationContext<'_>,
) -> Vec<LinkName> {
    let mut aliases = match fields.take("aliases") {
        None => base.to_vec(),
        Some(Value::Null) => Vec::new(),
        Some(value) => list(value, base, first.0, context).unwrap_or_else(|(path, detail)| {
            fields.reject(ProblemCode::InvalidAliases, format!("aliases{path}"), detail);
            Vec::new()
        }),
    };
    aliases.retain(|name| (&name.domain, Some(&name.code)) != first);
    aliases
}

/// Each name once.
fn list(
    value: Value,
    base: &[LinkName],
    default_domain: &Domain,
    context: ValidationContext<'_>,
) -> Result<Vec<LinkName>, Invalid> {
    let names = match value {
        Value::Array(names) if names.len() <= MAX_ALIASES => names,
        _ => return Err((String::new(), format!("must be a list of at most {MAX_ALIASES} names"))),
    };
    let mut read = Vec::with_capacity(names.len());
    for (position, name) in names.into_iter().enumerate() {
        let at = |(field, detail): (&str, String)| (format!("[{position}]{field}"), detail);
        let name = self::name(name, base, default_domain, context).map_err(at)?;
        if !read.contains(&name) {
            read.push(name);
        }
    }
    Ok(read)
}

/// What the link has is not checked again: it may be a name that the rules of today refuse, or on a domain that the key may not see.
fn name(
    value: Value,
    base: &[LinkName],
    default_domain: &Domain,
    context: ValidationContext<'_>,
) -> Result<LinkName, (&'static str, String)> {
    let form = || ("", "must be an object with code and, if not the link's own, domain".to_owned());
    let Value::Object(mut name) = value else { return Err(form()) };
    let (domain, code) = (name.remove("domain").unwrap_or_default(), name.remove("code").unwrap_or_default());
    if code.is_null() || !name.is_empty() {
        return Err(form());
    }
    if let Some(known) = known_name(&domain, &code, base) {
        return Ok(known);
    }
    let domain = match domain {
        Value::Null => default_domain.clone(),
        domain => context.known_domain(&domain).map_err(|detail| (".domain", detail))?,
    };
    Ok(LinkName { domain, code: values::alias(code).map_err(|detail| (".code", detail))? })
}

fn known_name(domain: &Value, code: &Value, base: &[LinkName]) -> Option<LinkName> {
    let name = LinkName { domain: host_input::domain(domain).ok()?, code: values::code(code.clone()).ok()? };
    base.contains(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value, base: &[LinkName]) -> Result<Vec<String>, Invalid> {
        let domain: Domain = "go.example.com".parse().unwrap();
        let own_hosts = crate::config::own_hosts::OwnHosts::fixture();
        let domains = [domain.clone(), "s.brand.example".parse().unwrap()];
        let context = ValidationContext {
            default_domain: &domain,
            own_hosts: &own_hosts,
            allowed_schemes: &crate::config::allowed_schemes::AllowedSchemes::default(),
            now: link_core::time::UnixMillis(0),
            domains: &domains,
        };
        let names = list(value, base, &domain, context)?;
        Ok(names.into_iter().map(|name| format!("{}/{}", name.domain, name.code)).collect())
    }

    #[test]
    fn name_without_a_domain_is_on_the_links_own() {
        let names = json!([{"code": "Sale"}, {"domain": "S.brand.example", "code": "a"}, {"code": "Sale"}]);
        assert_eq!(read(names, &[]).unwrap(), ["go.example.com/Sale", "s.brand.example/a"]);
    }

    #[test]
    fn invalid_name_is_refused_with_its_place() {
        for (value, place) in [
            (json!("a"), ""),
            (json!(vec![json!({"code": "a"}); MAX_ALIASES + 1]), ""),
            (json!(["a"]), "[0]"),
            (json!([{"code": "a"}, {"domain": "go.example.com"}]), "[1]"),
            (json!([{"code": "a", "url": "b"}]), "[0]"),
            (json!([{"code": "api/x"}]), "[0].code"),
            (json!([{"code": 1}]), "[0].code"),
            (json!([{"code": "a", "domain": "other.example"}]), "[0].domain"),
        ] {
            assert_eq!(read(value.clone(), &[]).unwrap_err().0, place, "{value}");
        }
    }

    #[test]
    fn name_that_the_link_has_stays() {
        let old = LinkName { domain: "other.example".parse().unwrap(), code: "api".parse().unwrap() };
        assert_eq!(read(json!([old]), std::slice::from_ref(&old)).unwrap(), ["other.example/api"]);
    }
}
