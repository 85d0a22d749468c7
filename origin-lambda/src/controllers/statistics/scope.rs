//! The links whose clicks are counted.

use link_core::clicks::roll_up::ALL_LINKS;
use link_core::record::LinkId;
use uuid::Uuid;

use super::StatsError;
use crate::app::App;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_SELECTED_LINKS;
use crate::statistics::request::Selection;

#[derive(Debug)]
pub(crate) enum Scope {
    Link(LinkId),
    All(Selection),
}

impl Scope {
    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Self::All(selection) if *selection == Selection::default())
    }

    pub(super) async fn links(&self, app: &App) -> Result<Vec<Uuid>, StatsError> {
        match self {
            Self::Link(id) => Ok(vec![id.0]),
            Self::All(_) if self.is_everything() => Ok(vec![ALL_LINKS]),
            Self::All(Selection { domain, tag, bounds }) => {
                let most = MAX_SELECTED_LINKS;
                let links =
                    app.reader.select_links(domain.as_ref(), tag.as_deref(), bounds, most + 1).await?;
                check_link_count(links.len())?;
                Ok(links)
            }
        }
    }
}

pub(super) fn check_link_count(links: usize) -> Result<(), StatsError> {
    if i64::try_from(links).is_ok_and(|links| links <= MAX_SELECTED_LINKS) {
        return Ok(());
    }
    let detail = format!("more than {MAX_SELECTED_LINKS} links match; select a tag or domain with fewer");
    Err(StatsError::Rejected(Problem::new(ProblemCode::TooManyLinks, detail)))
}
