//! Unlocks a link with a password: by a cookie, or by a form whose password the origin checks. Limits a network's attempts.

use std::rc::Rc;

use link_core::record::LinkRecord;
use link_core::redirect::{Answer, Lock, MAX_FORM_BYTES, PageContext, password_of};
use worker::{Env, Request};

use super::link_request::LinkRequest;
use crate::bindings::form::read_form;
use crate::bindings::rate_limit::RateLimits;
use crate::bindings::visit_calls;
use crate::isolate::Isolate;
use crate::visitors::shared_counter::SharedLimit;
use crate::visitors::visitor_limit::site_prefix;
use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::lookup::LinkKey;
use edge_runtime::origins::answers::PasswordCheck;
use edge_runtime::traces::RequestTrace;

/// `name` is the link's in the path, with its slash. `Err` holds the answer to a wrong password, or to one attempt too many.
pub(super) async fn unlock(
    isolate: &Isolate,
    (record, name): (&LinkRecord, &str),
    link_request: &LinkRequest<'_>,
    (request, context): (&mut Request, PageContext<'_>),
    (env, request_id, trace): (&Env, &str, Option<&Rc<RequestTrace>>),
) -> Result<Lock, Answer> {
    let cookies = request.headers().get("cookie").ok().flatten().unwrap_or_default();
    if let Some(lock) = isolate.unlock_cookies.lock(record, &cookies, link_request.method, runtime::now()) {
        return Ok(lock);
    }
    // A form that is too long or cut off holds no password.
    let form = read_form(request, MAX_FORM_BYTES).await.unwrap_or_default();
    let Some(password) = password_of(&form) else { return Err(Answer::password_wrong(context)) };
    let site = link_request.visitor.address.map(site_prefix);
    let attempts = SharedLimit {
        limit: &isolate.passwords,
        counter: RateLimits(env),
        secret: &isolate.config.origin.edge_secret.0,
        clock: &RuntimeClock,
    };
    let refused = |seconds| Answer::too_many_passwords(seconds, context);
    attempts.admit_password(site).await.map_err(refused)?;
    let key = LinkKey { domain: record.domain.clone(), code: record.code.clone() };
    match visit_calls::unlock(&isolate.origin(request_id, trace.map(Rc::as_ref)), &key, &password).await {
        Ok(PasswordCheck::Right) => {
            // Only failures count: an office behind one address may open many links.
            isolate.passwords.borrow_mut().give_back(site, 1, runtime::now());
            let cookie = isolate.unlock_cookies.cookie(record, name, link_request.is_https, runtime::now());
            cookie.map(|cookie| Lock::JustOpened { cookie }).ok_or_else(|| Answer::password_wrong(context))
        }
        Ok(PasswordCheck::Wrong) => Err(Answer::password_wrong(context)),
        Ok(PasswordCheck::TooManyAttempts(seconds)) => Err(Answer::too_many_passwords(seconds, context)),
        Err(error) => {
            tracing::error!(request_id, %error, "a password could not be checked");
            isolate.passwords.borrow_mut().give_back(site, 1, runtime::now());
            Err(Answer::unavailable(context))
        }
    }
}
