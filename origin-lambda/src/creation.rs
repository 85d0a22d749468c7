//! Gives a new link its name and stores it, or says why not. Does not read what the client wrote, nor who asks.

use link_core::domain::Domain;
use link_core::slug::Slug;
use thiserror::Error;

use crate::app::App;
use crate::codes::CodesError;
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::store::StoreError;
use crate::store::links::{Link, LinkSettings, NewLink, Refusal};

#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) domain: Domain,
    /// Without one the link gets a code that was never issued before.
    pub(crate) alias: Option<Slug>,
    pub(crate) settings: LinkSettings,
}

#[derive(Debug, Error)]
pub(crate) enum CreationError {
    #[error(transparent)]
    Codes(#[from] CodesError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the link was refused: {0:?}")]
    Refused(Refusal, Box<LinkSettings>),
    #[error("{MAX_CODE_ATTEMPTS} codes in a row were taken")]
    EveryCodeTaken,
}

pub(crate) async fn create(app: &App, wish: Wish) -> Result<Link, CreationError> {
    let default_domain = &app.site.default_domain;
    for _ in 0..MAX_CODE_ATTEMPTS {
        let code = match &wish.alias {
            Some(alias) => alias.clone(),
            None => app.codes.next().await?.into(),
        };
        let new = [NewLink { domain: wish.domain.clone(), code, settings: wish.settings.clone() }];
        // Asking first would leave a gap; the statement that inserts decides.
        if let Some(link) = app.links.insert_links(&new, default_domain, app.clock.now()).await?.pop() {
            return Ok(link);
        }
        let refusals = app.links.refusals(&new, default_domain).await?;
        match refusals.into_values().next().unwrap_or(Refusal::Nothing) {
            // An alias may have the shape of a code.
            Refusal::NameTaken if wish.alias.is_none() => {}
            Refusal::Nothing => {}
            refusal => return Err(CreationError::Refused(refusal, Box::new(wish.settings))),
        }
    }
    Err(CreationError::EveryCodeTaken)
}
