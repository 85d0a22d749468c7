//! What the origin has said about clients that may fetch a preview, kept for a minute: an application that follows a link a thousand
//! times a second must not call the origin as often.

use link_core::redirect::gate::{GateAnswer, GateRequest};
use link_core::time::UnixMillis;

const TTL_MILLIS: i64 = 60_000;
/// Most such visitors of an isolate have one of a few user agents. All are compared with each visit.
const MAX_KNOWN: usize = 32;

#[derive(Debug)]
struct Known {
    request: GateRequest,
    answer: GateAnswer,
    at: UnixMillis,
}

/// The oldest first.
#[derive(Debug, Default)]
pub struct VisitorClasses(Vec<Known>);

impl VisitorClasses {
    /// `None` too for a visit that a gate counts.
    pub fn get(&self, request: &GateRequest, now: UnixMillis) -> Option<GateAnswer> {
        let is_known = |known: &&Known| {
            now.millis_since(known.at) < TTL_MILLIS
                && request.uncounted
                && request.user_agent == known.request.user_agent
                && request.asn == known.request.asn
                && request.purpose == known.request.purpose
                && request.head == known.request.head
        };
        self.0.iter().find(is_known).map(|known| known.answer)
    }

    pub fn keep(&mut self, request: GateRequest, answer: GateAnswer, now: UnixMillis) {
        if request.uncounted {
            if self.0.len() >= MAX_KNOWN {
                self.0.remove(0);
            }
            self.0.push(Known { request, answer, at: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use link_core::redirect::gate::VisitToken;

    use super::*;

    fn request(user_agent: &str, uncounted: bool, now: i64) -> GateRequest {
        GateRequest {
            token: VisitToken::new(UnixMillis(now), [0; 10]),
            own_preview: true,
            uncounted,
            head: false,
            purpose: None,
            user_agent: Some(user_agent.to_owned()),
            asn: Some(1),
        }
    }

    #[test]
    fn second_visit_of_a_user_agent_asks_no_origin() {
        let mut classes = VisitorClasses::default();
        let first = request("okhttp/4.12", true, 0);
        assert_eq!(classes.get(&first, UnixMillis(0)), None);
        classes.keep(first, GateAnswer::Granted, UnixMillis(0));
        let later = |millis| request("okhttp/4.12", true, millis);
        assert_eq!(classes.get(&later(59_999), UnixMillis(59_999)), Some(GateAnswer::Granted));
        assert_eq!(classes.get(&later(60_000), UnixMillis(60_000)), None);
        assert_eq!(classes.get(&request("curl/8", true, 1), UnixMillis(1)), None);
        assert_eq!(classes.get(&GateRequest { asn: None, ..later(1) }, UnixMillis(1)), None);
    }

    #[test]
    fn visits_that_a_gate_counts_are_never_answered() {
        let mut classes = VisitorClasses::default();
        classes.keep(request("a", true, 0), GateAnswer::Granted, UnixMillis(0));
        assert_eq!(classes.get(&request("a", false, 1), UnixMillis(1)), None);
        classes.keep(request("b", false, 0), GateAnswer::Granted, UnixMillis(0));
        assert_eq!(classes.get(&request("b", true, 1), UnixMillis(1)), None);
    }

    #[test]
    fn oldest_classes_are_forgotten_first() {
        let mut classes = VisitorClasses::default();
        for number in 0..=MAX_KNOWN {
            classes.keep(request(&number.to_string(), true, 0), GateAnswer::Granted, UnixMillis(0));
        }
        assert_eq!(classes.0.len(), MAX_KNOWN);
        assert_eq!(classes.get(&request("0", true, 0), UnixMillis(0)), None);
    }
}
