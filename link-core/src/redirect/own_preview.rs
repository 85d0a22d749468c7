//! The page that is read for a link's own preview, in place of its destination: tags for messengers and networks. People never see it,
//! so it has no words and no language of ours.

use std::fmt::Write;

use super::PageContext;
use super::page::escaped;
use crate::names::destination::Destination;
use crate::record::preview::LinkPreview;

/// Open Graph (ogp.me) and the card tags of X, which messengers read too.
#[inline]
pub(super) fn html(preview: &LinkPreview, context: PageContext<'_>) -> String {
    let site = context.domain.and_then(|settings| settings.name.as_deref()).map(escaped);
    let title = preview.title.as_deref().map(escaped).or_else(|| site.clone()).unwrap_or_default();
    let description = preview.description.as_deref().map(escaped);
    let image = preview.image.as_ref().map(Destination::as_str).map(escaped);
    let card = if image.is_some() { "summary_large_image" } else { "summary" };
    let mut html = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta property=\"og:type\" content=\"website\"><meta name=\"twitter:card\" content=\"{card}\">"
    );
    let mut tag = |names: &[&str], text: Option<&str>| {
        let Some(text) = text else { return };
        for name in names {
            let attribute = if name.starts_with("og:") { "property" } else { "name" };
            // Writing to a `String` never fails.
            let _ = write!(html, "<meta {attribute}=\"{name}\" content=\"{text}\">");
        }
    };
    tag(&["og:site_name"], site.as_deref());
    tag(&["og:title", "twitter:title"], Some(title.as_str()).filter(|title| !title.is_empty()));
    tag(&["og:description", "twitter:description", "description"], description.as_deref());
    tag(&["og:image", "twitter:image"], image.as_deref());
    let description = description.unwrap_or_default();
    html.push_str(&format!("</head><body><h1>{title}</h1><p>{description}</p></body></html>"));
    html
}
