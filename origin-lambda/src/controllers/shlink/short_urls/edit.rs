//! `PATCH /short-urls/{shortCode}`. What is left out stays, and `null` removes it.

use super::super::call::Call;
use super::super::error::Outcome;
use super::super::short_url::written;
use super::settings;
use crate::controllers::links::change::LinkChange;
use crate::controllers::links::count_change;
use crate::http::etag::Precondition;

pub(crate) async fn edit(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    let change = LinkChange {
        id: link.id,
        principal: call.principal,
        bounds: &call.bounds.links,
        precondition: &Precondition::None,
        patch: settings(&mut call.body()?)?,
        external_id: None,
    };
    let changed = count_change(call.app, call.principal, change.apply(call.app)).await?;
    Ok(written(call.app, &changed.link, changed.changes))
}
