//! Checks a link's password, and limits how often all visitors together may try. How often one visitor may is the edge's
//! decision.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use tracing::warn;

use crate::app::App;
use crate::auth::password::Password;
use crate::http::problem::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordCheck {
    Right,
    Wrong,
    /// Strangers tried too often: nothing was checked.
    TooMany,
    /// There is no such link, or it has no password.
    NoPassword,
}

pub(crate) async fn check_password(
    app: &App,
    domain: &Domain,
    code: &Slug,
    typed: &str,
) -> Result<PasswordCheck, Problem> {
    let Some((link, hash)) = app.links.password_of(domain, code).await? else {
        return Ok(PasswordCheck::NoPassword);
    };
    let tried_at = app.clock.now();
    if !app.links.start_password_attempt(link, tried_at).await? {
        return Ok(PasswordCheck::TooMany);
    }
    let is_right = hash.verify(Password::normalized(typed)).await;
    if !matches!(is_right, Ok(false))
        && let Err(error) = app.links.retract_password_failure(link, tried_at).await
    {
        // The visitor does not pay for that: the link only slows strangers down a little sooner.
        warn!(%error, "a correct password counts as a failed attempt");
    }
    Ok(if is_right? { PasswordCheck::Right } else { PasswordCheck::Wrong })
}
