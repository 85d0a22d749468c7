//! `GET /api/v1/links/{id}/history`: what became of a link since its creation, also of a deleted one.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use link_core::record::LinkId;

use super::link_id;
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds};
use crate::controllers::audit::{ActorJson, BulkJson, EntryJson, SubjectJson, page_of};
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{self, Problem};
use crate::http::timestamp;
use crate::store::audit::{Actor, AuditEntry, AuditKind, Changes, HistoryScope};

pub(crate) async fn history(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<EntryJson>>, Problem> {
    let id = link_id(path)?;
    let page = Page::read(&mut fields);
    let before = page.before_id(&mut fields);
    fields.finish(Some(()))?;
    let bounds = bounds.links;
    let scope = app.links.history_scope(id).await?;
    let scope = scope.filter(|scope| bounds.include(&scope.domain, scope.created_by));
    let scope = scope.ok_or_else(problem::link_not_found)?;
    let entries = app.links.link_history(id, &bounds, before, page.rows()).await?;
    let is_last = entries.len() <= page.size();
    let entries = entries.into_iter().map(|entry| shown(entry, &bounds));
    let creation = is_last.then(|| creation(id, scope));
    page_of(&page, entries.chain(creation)).map(Json)
}

fn shown(entry: AuditEntry, bounds: &LinkBounds) -> EntryJson {
    let shown = EntryJson::from(entry);
    // The other links of a bulk change may be out of bounds.
    let bulk = shown.bulk.map(|bulk| if bounds.are_all() { bulk } else { BulkJson::without_details(bulk) });
    EntryJson { bulk, ..shown }
}

/// Told by the link itself. An entry for each creation would add a third row and four index entries to a write of which there are
/// thousands a second, and say nothing more.
fn creation(id: LinkId, scope: HistoryScope) -> EntryJson {
    // Without a key also if it is from before keys were noted.
    let actor = scope.created_by.map_or(Actor::Bootstrap, Actor::Key);
    EntryJson {
        id: None,
        time: timestamp::format(scope.created_at),
        actor: ActorJson::new(actor, None),
        kind: AuditKind::Link.as_str().to_owned(),
        action: "created".to_owned(),
        subject: Some(SubjectJson { id: id.to_string(), name: None }),
        changes: Changes::default(),
        bulk: None,
    }
}
