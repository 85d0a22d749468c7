//! A visitor sends a link's password: the origin judges it, and the visitor goes on with a cookie. Decides nothing about where.

use link_core::record::LinkRecord;

use super::Visiting;
use crate::answer::Answer;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::runtime;
use crate::isolate::Isolate;

/// A password may have 128 characters, each up to twelve bytes as a form encodes them.
const MAX_FORM_BYTES: usize = 2_048;

pub(super) async fn unlock(
    isolate: &Isolate,
    visiting: Visiting<'_>,
    record: &LinkRecord,
    request_id: &str,
) -> Answer {
    let now = runtime::now();
    if let Err(retry_after_seconds) = isolate.passwords.borrow_mut().admit(visiting.address(), now) {
        return Answer::too_many_requests(retry_after_seconds);
    }
    let Some(password) = password(&visiting).await else { return Answer::password_wanted(true) };
    let origin = SignedOrigin { isolate, request_id };
    match origin.unlocks(&record.domain, &record.code, &password).await {
        Ok(true) => {
            let is_https = visiting.url.starts_with("https:");
            match isolate.unlock_key.cookie(record, now, is_https) {
                Some(cookie) => Answer::unlocked(&visiting.path_and_query(), &cookie),
                None => Answer::unavailable(),
            }
        }
        Ok(false) => Answer::password_wanted(true),
        Err(error) => {
            tracing::error!(request_id, %error, "a password could not be judged");
            Answer::unavailable()
        }
    }
}

async fn password(visiting: &Visiting<'_>) -> Option<String> {
    let mut request = visiting.request.clone().ok()?;
    let form = runtime::body_up_to(&mut request, MAX_FORM_BYTES).await.ok()??;
    let mut fields = form_urlencoded::parse(&form);
    fields.find(|(name, _)| name == "password").map(|(_, value)| value.into_owned())
}
