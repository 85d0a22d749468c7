//! Answers the name of a QR code's picture like a document: drawn in the domain's style, if the link exists.

use link_core::hex::hex;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::domain::{DomainDocument, DomainSettings};
use link_core::record::{Resolution, Revision};
use link_core::redirect::qr_image::QrImage;

use crate::app::App;
use crate::http::problem::Problem;
use crate::links::json::short_url;
use crate::links::letter_case::fold;
use crate::links::logo::Logo;
use crate::links::qr::{Qr, QrStyle, draw};
use crate::store::StoreError;

/// The settings of a domain, and their revision.
pub(crate) async fn domain_settings(
    app: &App,
    domain: &Domain,
) -> Result<(DomainSettings, Option<Revision>), StoreError> {
    Ok(match app.resolver.resolve_document(domain, DomainDocument::Settings).await? {
        Resolution::Document { document, revision } => (DomainSettings::parse(&document), Some(revision)),
        Resolution::Deleted { revision } => (DomainSettings::default(), Some(revision)),
        Resolution::Found { .. } | Resolution::NotFound => (DomainSettings::default(), None),
    })
}

/// `None` if the domain has none.
pub(crate) async fn domain_logo(app: &App, domain: &Domain) -> Result<Option<Logo>, StoreError> {
    Ok(match app.resolver.resolve_document(domain, DomainDocument::Logo).await? {
        Resolution::Document { document, .. } => Logo::of_document(&document),
        _ => None,
    })
}

pub(crate) async fn qr_document(app: &App, domain: &Domain, image: &QrImage) -> Result<Resolution, Problem> {
    let (settings, settings_revision) = domain_settings(app, domain).await?;
    let link = match resolve_in_any_case(app, (domain, &settings, settings_revision), &image.code).await? {
        Resolution::Found { record } => record,
        other => return Ok(other),
    };
    // Colors that were stored are readable.
    let mut style = QrStyle::new(&settings, None, None).unwrap_or_default();
    if settings.logo.is_some()
        && let Some(logo) = domain_logo(app, domain).await?
    {
        style = style.with_logo(logo);
    }
    // Under the name that was asked for, which may be any of the link's.
    let text = short_url(&app.site, domain, &image.code);
    let (pixels, is_png) = (usize::from(image.pixels), image.is_png);
    let document = draw(move || {
        let qr = Qr::encode(&text, style)?;
        Ok(if is_png { hex(&qr.png(pixels)?) } else { qr.svg(pixels) })
    })
    .await?;
    // Of what it shows, the newest.
    let revision = settings_revision.map_or(link.revision, |settings| settings.max(link.revision));
    Ok(Resolution::Document { revision, document })
}

/// On a domain that tells case, a spelling of another name is gone instead of unknown: a copy from when the domain ignored case ends
/// with a newer revision only.
async fn resolve_in_any_case(
    app: &App,
    (domain, settings, revision): (&Domain, &DomainSettings, Option<Revision>),
    code: &Slug,
) -> Result<Resolution, StoreError> {
    let asked = app.resolver.resolve(domain, code, app.clock.now()).await?;
    if matches!(asked, Resolution::Found { .. }) {
        return Ok(asked);
    }
    let Some(folded) = code.folded(&fold) else { return Ok(asked) };
    let spelling = app.resolver.resolve(domain, &folded, app.clock.now()).await?;
    match (&spelling, revision) {
        (Resolution::NotFound, _) => Ok(asked),
        (Resolution::Found { record }, Some(revision)) if !settings.ignore_case => {
            Ok(Resolution::Deleted { revision: revision.max(record.revision) })
        }
        (Resolution::Found { .. }, None) => Ok(asked),
        _ => Ok(spelling),
    }
}
