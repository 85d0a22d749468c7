//! Who calls: `signature` is an API key, the key's secret, or a hash of that secret and the time. Users and passwords do not exist here.

use link_core::time::UnixMillis;
use uuid::Uuid;

use super::parameters::Parameters;
use crate::app::App;
use crate::auth::AccessDenied;
use crate::auth::yourls_secret::{SECRET_DIGITS, YourlsSecret};
use crate::caller::{self, Caller};
use crate::http::problem::Problem;
use crate::limits::{MAX_YOURLS_KEYS, YOURLS_SIGNATURE_SECONDS};

pub(super) async fn identify(app: &App, parameters: &Parameters) -> Result<Caller, Problem> {
    let (signature, timestamp) = (parameters.get("signature"), parameters.get("timestamp"));
    if signature.is_empty() {
        return Err(AccessDenied::MissingKey.into());
    }
    let now = app.clock.now();
    if !timestamp.is_empty() {
        check_time(timestamp, now)?;
        return with_secret(app, |secret| secret.has_signed(timestamp, signature)).await;
    }
    match app.access.key(signature.as_bytes()) {
        Ok(credential) => caller::with_key(app, credential, now).await,
        Err(_) if signature.len() == SECRET_DIGITS => with_secret(app, |secret| secret.is(signature)).await,
        Err(denied) => Err(denied.into()),
    }
}

/// Half a day, as at YOURLS.
fn check_time(timestamp: &str, now: UnixMillis) -> Result<(), AccessDenied> {
    let seconds: i64 = timestamp.parse().map_err(|_| AccessDenied::InvalidKey)?;
    let apart = seconds.checked_sub(now.0 / 1_000).and_then(i64::checked_abs);
    if apart.is_some_and(|apart| apart < YOURLS_SIGNATURE_SECONDS) {
        Ok(())
    } else {
        Err(AccessDenied::InvalidKey)
    }
}

/// Secrets are stored nowhere, so those of all keys are derived and compared. Each of them, so that the time does not tell which
/// one matched.
async fn with_secret(app: &App, proves: impl Fn(&YourlsSecret) -> bool) -> Result<Caller, Problem> {
    let secrets = app.compatible_apis.yourls_secrets.as_ref().ok_or(AccessDenied::InvalidKey)?;
    let keys = app.links.live_key_ids(MAX_YOURLS_KEYS).await?;
    let matching =
        |found: Option<Uuid>, key: &Uuid| if proves(&secrets.secret_of(*key)) { Some(*key) } else { found };
    let id = keys.iter().fold(None, matching).ok_or(AccessDenied::InvalidKey)?;
    // Read now: nothing of a key is known from earlier requests.
    caller::of_stored_key(app.links.stored_key_by_id(id).await?, app.clock.now())
}
