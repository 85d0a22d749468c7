//! The details of a request that the redirect decision uses, and the assignment of visitors to the branches of a split.
//! Stores nothing: a visitor's address is only hashed.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode;
use sha2::{Digest, Sha256};

use crate::names::destination::Destination;
use crate::record::LinkId;
use crate::redirect::gate::GateAnswer;
use crate::time::UnixMillis;

/// The methods that can follow a link (RFC 9110, section 9.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// `None` if the method cannot follow any link.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    /// Whether the method only reads, and so can follow every link.
    pub fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Visit<'a> {
    pub method: Method,
    /// The path to forward; see [`crate::redirect::link_path::Suffix`].
    pub rest: &'a str,
    /// The query without the question mark; see [`crate::redirect::link_path::Suffix::query`].
    pub query: &'a str,
    /// The visitor asks where the link leads.
    pub preview: bool,
    /// The visitor has entered the link's password.
    pub unlocked: bool,
    /// The link has a preview of its own, and the visitor may be one for which it is meant; see [`crate::redirect::VisitorRequest::may_be_preview`].
    pub may_be_preview: bool,
    /// The gate's answer; `None` if the gate was not asked.
    pub gate: Option<GateAnswer>,
    pub country: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// The `Accept-Language` header.
    pub languages: Option<&'a str>,
    pub visitor: Option<Visitor<'a>>,
    /// Where the domain sends visitors of ended links; `None` also if the domain was not looked up.
    pub expired_url: Option<&'a Destination>,
}

impl<'a> Visit<'a> {
    /// The first tag with the highest quality.
    pub fn preferred_language(&self) -> Option<&'a str> {
        preferred_language(self.languages.unwrap_or_default(), |_| true)
    }

    /// Names and values of the query, decoded like a form (WHATWG URL, section 5.1).
    pub fn parameters(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decoded(name), form_decoded(value))
        })
    }
}

/// Of the tags in an `Accept-Language` header that are known, the first with the highest quality (RFC 9110, section 12.5.4).
pub(super) fn preferred_language(header: &str, is_known: fn(&str) -> bool) -> Option<&str> {
    let mut best: Option<(&str, u16)> = None;
    for entry in header.split(',') {
        let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let quality = parameters.trim().strip_prefix("q=").map_or(1_000, |q| thousandths(q.trim()));
        let tag = tag.trim();
        let is_better = quality > best.map_or(0, |(_, quality)| quality);
        if !tag.is_empty() && tag != "*" && is_better && is_known(tag) {
            best = Some((tag, quality));
        }
    }
    best.map(|(tag, _)| tag)
}

/// A quality such as `0`, `0.7` or `1.000` in thousandths; malformed values count as zero (RFC 9110, section 12.4.2). Written without
/// the library's parser of floats, which would add 15 KB to the edge's bundle.
fn thousandths(quality: &str) -> u16 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let is_short = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" if is_short => 1_000,
        "0" if is_short => {
            let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
            digits.fold(0, |sum, digit| 10 * sum + u16::from(digit - b'0'))
        }
        _ => 0,
    }
}

pub(crate) fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned())
}

/// The key that assigns visitors to the branches of a split. It is derived from a secret, so that nobody can compute the branch of an
/// address.
#[derive(Clone)]
pub struct SplitKey([u8; 32]);

impl SplitKey {
    // Once an isolate: compiled with the Worker, for size.
    #[inline]
    pub fn derived_from(secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update("shortline split key\n").chain_update(secret).finalize().into())
    }
}

impl fmt::Debug for SplitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SplitKey")
    }
}

/// The address of a visitor, and the key that assigns it to a branch.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    pub key: &'a SplitKey,
    pub address: IpAddr,
}

impl Visitor<'_> {
    /// A number below `total`, evenly distributed over visitors. It is the same for a visitor, link and rule during one UTC day, at
    /// every edge.
    pub fn share(&self, user_agent: &str, link: LinkId, rule: usize, now: UnixMillis, total: u32) -> u32 {
        let digest = Sha256::new()
            .chain_update(self.key.0)
            .chain_update(now.day().to_julian_day().to_be_bytes())
            .chain_update(link.0.as_bytes())
            .chain_update(u64::try_from(rule).unwrap_or(u64::MAX).to_be_bytes())
            .chain_update(ip_prefix(self.address))
            .chain_update(user_agent)
            .finalize();
        let draw = digest.iter().take(8).fold(0u64, |draw, byte| draw << 8 | u64::from(*byte));
        u32::try_from(draw % u64::from(total.max(1))).unwrap_or(0)
    }
}

/// An IPv4 address, or the /64 prefix of an IPv6 address: the other bits change during the day (RFC 8981).
pub fn ip_prefix(address: IpAddr) -> [u8; 8] {
    let mut prefix = [0; 8];
    let octets: &[u8] = match &address.to_canonical() {
        IpAddr::V4(address) => &address.octets(),
        IpAddr::V6(address) => &address.octets(),
    };
    for (kept, octet) in prefix.iter_mut().zip(octets) {
        *kept = *octet;
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_with_the_highest_quality_is_preferred() {
        for (languages, preferred) in [
            ("de-DE,de;q=0.9,en;q=0.8", Some("de-DE")),
            ("en;q=0.5, pt-BR, *", Some("pt-BR")),
            ("en;q=0.5,fr; q=0.51 ,de;q=0.509", Some("fr")),
            ("en;q=0.9,fr;q=1.000", Some("fr")),
            ("en;q=0.9,fr;q=1.", Some("fr")),
            ("en;q=0,fr;q=0.001", Some("fr")),
            ("en;q=0.000", None),
            ("en;q=2,fr;q=-1,de;q=0.1234,es;q=0.a,it;q=,pt;q=0.5", Some("pt")),
            ("*", None),
            ("", None),
        ] {
            let visit = Visit { languages: Some(languages), ..Visit::default() };
            assert_eq!(visit.preferred_language(), preferred, "{languages}");
        }
    }
}
