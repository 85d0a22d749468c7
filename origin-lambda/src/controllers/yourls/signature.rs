//! Who calls: `signature` is an API key, the key's secret, or a hash of that secret and the time. Users and passwords do not exist here.

use link_core::time::UnixMillis;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use uuid::Uuid;

use super::parameters::Parameters;
use crate::app::App;
use crate::auth::AccessDenied;
use crate::auth::yourls_secret::{SECRET_DIGITS, YourlsSecret, YourlsSecrets};
use crate::caller::{self, Caller};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{MAX_YOURLS_KEYS, SIGNATURE_WAIT, YOURLS_SIGNATURE_SECONDS};
use crate::store::StoreError;

pub(super) async fn identify(app: &App, parameters: &Parameters) -> Result<Caller, Problem> {
    let (signature, timestamp) = (parameters.get("signature"), parameters.get("timestamp"));
    if signature.is_empty() {
        return Err(AccessDenied::MissingKey.into());
    }
    let now = app.clock.now();
    if !timestamp.is_empty() {
        check_time(timestamp, now)?;
        let (timestamp, signature) = (timestamp.to_owned(), signature.to_owned());
        return with_secret(app, move |secret| secret.has_signed(&timestamp, &signature)).await;
    }
    match app.access.key(signature.as_bytes()) {
        Ok(credential) => caller::with_key(app, credential, now).await,
        Err(_) if signature.len() == SECRET_DIGITS => {
            let signature = signature.to_owned();
            with_secret(app, move |secret| secret.is(&signature)).await
        }
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

/// Secrets are stored nowhere, so those of all keys are derived and compared.
async fn with_secret(
    app: &App,
    proves: impl Fn(&YourlsSecret) -> bool + Send + 'static,
) -> Result<Caller, Problem> {
    let secrets = app.compatible_apis.yourls_secrets.clone().ok_or(AccessDenied::InvalidKey)?;
    let id = search(secrets, app.links.live_key_ids(MAX_YOURLS_KEYS), proves).await?;
    // Read now: nothing of a key is known from earlier requests.
    caller::of_stored_key(app.links.stored_key_by_id(id).await?, app.clock.now())
}

/// One at a time: anyone may send signatures that are refused, and each makes us read and derive ten thousand keys.
static SEARCHES: Semaphore = Semaphore::const_new(1);

/// Runs on a blocking thread, and holds its permit until it ends, even if the caller gives up.
async fn search(
    secrets: YourlsSecrets,
    keys: impl Future<Output = Result<Vec<Uuid>, StoreError>>,
    proves: impl Fn(&YourlsSecret) -> bool + Send + 'static,
) -> Result<Uuid, Problem> {
    let busy = || Problem::new(ProblemCode::Overloaded, "too many signatures are being checked");
    let permit =
        timeout(SIGNATURE_WAIT, SEARCHES.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
    let keys = keys.await?;
    let search = spawn_blocking(move || {
        let _permit = permit;
        // Each of them, so that the time does not tell which one matched.
        let matching =
            |found: Option<Uuid>, key: Uuid| if proves(&secrets.secret_of(key)) { Some(key) } else { found };
        keys.into_iter().fold(None, matching)
    });
    let found = search.await.map_err(problem::internal)?;
    Ok(found.ok_or(AccessDenied::InvalidKey)?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn other_requests_go_on_while_secrets_are_derived() {
        let (sender, receiver) = mpsc::channel();
        let secrets = YourlsSecrets::new("a-signing-secret");
        let keys = [1, 2].map(Uuid::from_u128);
        let expected = secrets.secret_of(keys[0]);
        let proves = move |secret: &YourlsSecret| {
            receiver.recv().unwrap();
            secret.is(expected.expose())
        };
        let search = search(secrets, async { Ok(keys.to_vec()) }, proves);
        let (found, ()) = tokio::join!(search, async { keys.iter().for_each(|_| sender.send(()).unwrap()) });
        assert_eq!(found.unwrap(), keys[0]);
    }
}
