//! The redirect decision: a link's record and the time → what the visitor gets. Pure; every hit passes through
//! here, whichever cache it came from. Does not say how the answer is written.

use crate::destination::Destination;
use crate::record::{LinkRecord, RedirectStatus};
use crate::time::UnixMillis;

#[derive(Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    Redirect { status: RedirectStatus, location: &'a Destination },
    Gone,
}

pub fn decide(record: &LinkRecord, now: UnixMillis) -> Decision<'_> {
    if record.expires_at.is_some_and(|expiry| now >= expiry) {
        return Decision::Gone;
    }
    Decision::Redirect { status: record.status, location: &record.url }
}

/// What a browser may keep of the answer. A permanent redirect is by default kept for as long as the browser likes,
/// and an edit would never reach it: five minutes spare a returning visitor the trip and bound the staleness.
pub fn browser_cache_control(status: RedirectStatus) -> &'static str {
    match status {
        RedirectStatus::MovedPermanently | RedirectStatus::PermanentRedirect => "private, max-age=300",
        RedirectStatus::Found | RedirectStatus::TemporaryRedirect => "private, no-store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;

    #[test]
    fn a_link_redirects_until_the_moment_it_expires() {
        let expiry = UnixMillis(1_000);
        let expiring = LinkRecord { expires_at: Some(expiry), ..record() };
        let redirect = Decision::Redirect { status: RedirectStatus::Found, location: &expiring.url };
        assert_eq!(decide(&expiring, expiry.plus_millis(-1)), redirect);
        assert_eq!(decide(&expiring, expiry), Decision::Gone);
        assert_eq!(decide(&expiring, expiry.plus_millis(1)), Decision::Gone);
    }

    #[test]
    fn a_link_without_expiry_redirects_for_ever() {
        let record = record();
        assert!(matches!(decide(&record, UnixMillis(i64::MAX)), Decision::Redirect { .. }));
    }

    #[test]
    fn temporary_redirects_are_never_kept_by_a_browser_and_permanent_ones_not_for_long() {
        assert_eq!(browser_cache_control(RedirectStatus::Found), "private, no-store");
        assert_eq!(browser_cache_control(RedirectStatus::TemporaryRedirect), "private, no-store");
        assert_eq!(browser_cache_control(RedirectStatus::MovedPermanently), "private, max-age=300");
        assert_eq!(browser_cache_control(RedirectStatus::PermanentRedirect), "private, max-age=300");
    }
}
