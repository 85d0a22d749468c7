//! Builds the click of a redirect, for edge and origin.

use crate::click_batch::{
    CacheTier, Click, MAX_DESTINATION_BYTES, MAX_LANGUAGE_BYTES, MAX_USER_AGENT_BYTES, Purpose, VisitorHash,
    truncated,
};
use crate::decision::chosen_by_rule;
use crate::record::{LinkRecord, RedirectStatus};
use crate::referrer;
use crate::time::UnixMillis;
use crate::visit::{Method, Visit};

/// A redirect that is about to be answered.
#[derive(Debug)]
pub struct ClickInput<'a> {
    pub record: &'a LinkRecord,
    pub visit: &'a Visit<'a>,
    pub status: RedirectStatus,
    pub tier: CacheTier,
    pub now: UnixMillis,
    pub request_id: String,
    /// The `Referer` header, as it was sent.
    pub referrer: Option<&'a str>,
    pub purpose: Option<Purpose>,
    /// The number of the autonomous system.
    pub asn: Option<u32>,
    pub visitor: Option<VisitorHash>,
}

impl ClickInput<'_> {
    pub fn click(self) -> Click {
        let Self { record, visit, .. } = self;
        Click {
            time: self.now,
            link: record.id,
            status: self.status,
            tier: self.tier,
            head: visit.method == Method::Head,
            request_id: self.request_id,
            country: visit.country.and_then(|country| truncated(country, 2)),
            user_agent: visit.user_agent.and_then(|agent| truncated(agent, MAX_USER_AGENT_BYTES)),
            referrer: self.referrer.and_then(referrer::without_secrets),
            domain: Some(record.domain.as_str().to_owned()),
            purpose: self.purpose,
            asn: self.asn,
            language: visit.preferred_language().and_then(|language| truncated(language, MAX_LANGUAGE_BYTES)),
            destination: chosen_by_rule(record, visit, self.now)
                .and_then(|destination| truncated(destination.as_str(), MAX_DESTINATION_BYTES)),
            visitor: self.visitor,
        }
    }
}
