//! Which operation a path means. A short code may have slashes, so what follows it is looked for first.

use axum::http::Method;
use link_core::compatible_apis::SHLINK_PREFIX;
use percent_encoding::percent_decode_str;

use crate::auth::Right;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Health,
    MercureInfo,
    ListShortUrls,
    CreateShortUrl,
    Shorten,
    ReadShortUrl(String),
    EditShortUrl(String),
    DeleteShortUrl(String),
    ReadRules(String),
    SetRules(String),
    VisitsOfShortUrl(String),
    DeleteVisits(String),
    VisitsOverview,
    NonOrphanVisits,
    VisitsOfTag(String),
    VisitsOfDomain(String),
    OrphanVisits,
    DeleteOrphanVisits,
    ListTags,
    TagsStats,
    RenameTag,
    DeleteTags,
    ListDomains,
    EditRedirects,
}

impl Endpoint {
    /// The versions differ in nothing that clients of today see.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix(SHLINK_PREFIX)?.trim_end_matches('/');
        let decoded = |segment: &str| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
        let segments: Vec<String> = path.split('/').map(decoded).collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["health"] => (method == Method::GET).then_some(Self::Health),
            ["v1" | "v2" | "v3", rest @ ..] => Self::of_segments(method, rest),
            _ => None,
        }
    }

    fn of_segments(method: &Method, segments: &[&str]) -> Option<Self> {
        let (get, delete) = (method == Method::GET, method == Method::DELETE);
        match segments {
            ["health"] => get.then_some(Self::Health),
            ["mercure-info"] => get.then_some(Self::MercureInfo),
            ["short-urls"] if get => Some(Self::ListShortUrls),
            ["short-urls"] => (method == Method::POST).then_some(Self::CreateShortUrl),
            ["short-urls", "shorten"] if get => Some(Self::Shorten),
            ["short-urls", code @ .., "visits"] if !code.is_empty() => {
                let code = code.join("/");
                if get {
                    Some(Self::VisitsOfShortUrl(code))
                } else {
                    delete.then_some(Self::DeleteVisits(code))
                }
            }
            ["short-urls", code @ .., "redirect-rules"] if !code.is_empty() => {
                let code = code.join("/");
                if get {
                    Some(Self::ReadRules(code))
                } else {
                    (method == Method::POST).then_some(Self::SetRules(code))
                }
            }
            ["short-urls", code @ ..] => Self::of_short_url(method, code.join("/")),
            ["visits"] => get.then_some(Self::VisitsOverview),
            ["visits", "non-orphan"] => get.then_some(Self::NonOrphanVisits),
            ["visits", "orphan"] if get => Some(Self::OrphanVisits),
            ["visits", "orphan"] => delete.then_some(Self::DeleteOrphanVisits),
            ["tags"] if get => Some(Self::ListTags),
            ["tags"] if delete => Some(Self::DeleteTags),
            ["tags"] => (method == Method::PUT).then_some(Self::RenameTag),
            ["tags", "stats"] => get.then_some(Self::TagsStats),
            ["tags", tag, "visits"] => get.then(|| Self::VisitsOfTag((*tag).to_owned())),
            ["domains"] => get.then_some(Self::ListDomains),
            ["domains", "redirects"] => (method == Method::PATCH).then_some(Self::EditRedirects),
            ["domains", domain, "visits"] => get.then(|| Self::VisitsOfDomain((*domain).to_owned())),
            _ => None,
        }
    }

    fn of_short_url(method: &Method, code: String) -> Option<Self> {
        match *method {
            Method::GET => Some(Self::ReadShortUrl(code)),
            // Shlink has taken PUT too.
            Method::PATCH | Method::PUT => Some(Self::EditShortUrl(code)),
            Method::DELETE => Some(Self::DeleteShortUrl(code)),
            _ => None,
        }
    }

    pub(super) fn right(&self) -> Right {
        match self {
            Self::Health | Self::MercureInfo => Right::OwnKey,
            Self::CreateShortUrl | Self::Shorten => Right::Create,
            Self::ListShortUrls
            | Self::ReadShortUrl(_)
            | Self::ReadRules(_)
            | Self::ListTags
            | Self::ListDomains => Right::Read,
            Self::EditShortUrl(_) | Self::SetRules(_) | Self::RenameTag | Self::DeleteTags => Right::Change,
            Self::DeleteShortUrl(_) => Right::Delete,
            Self::VisitsOfShortUrl(_)
            | Self::VisitsOverview
            | Self::NonOrphanVisits
            | Self::VisitsOfTag(_)
            | Self::VisitsOfDomain(_)
            | Self::OrphanVisits
            | Self::TagsStats => Right::Statistics,
            Self::DeleteVisits(_) | Self::DeleteOrphanVisits | Self::EditRedirects => Right::Administer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_with_slashes_is_told_from_what_follows_it() {
        let endpoint = |method: Method, path: &str| Endpoint::of(&method, &format!("/rest/{path}"));
        let get = |path: &str| endpoint(Method::GET, path);
        for version in ["v1", "v2", "v3"] {
            let read = get(&format!("{version}/short-urls/a/b%20c/"));
            assert_eq!(read, Some(Endpoint::ReadShortUrl("a/b c".into())));
        }
        assert_eq!(get("v3/short-urls/a/b/visits"), Some(Endpoint::VisitsOfShortUrl("a/b".into())));
        assert_eq!(get("v3/short-urls/visits"), Some(Endpoint::ReadShortUrl("visits".into())));
        assert_eq!(get("v3/short-urls/a/redirect-rules"), Some(Endpoint::ReadRules("a".into())));
        assert_eq!(get("v3/tags/gr%C3%BC%C3%9Fe/visits"), Some(Endpoint::VisitsOfTag("grüße".into())));
        assert_eq!((get("health"), get("v3/health")), (Some(Endpoint::Health), Some(Endpoint::Health)));
        for other in ["v4/short-urls", "short-urls", "v3", "v3/tags/a", "v3/visits/other", "v3/%FF"] {
            assert_eq!(get(other), None, "{other}");
        }
        assert_eq!(endpoint(Method::POST, "v3/tags"), None);
    }
}
