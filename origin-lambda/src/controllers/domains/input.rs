//! Reads what an administrator sets of a domain.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use link_core::hex::hex;
use link_core::names::destination::Destination;
use link_core::record::domain::{Color, DomainSettings, LogoMark, NotAColor, NotFoundUrl, Robots};
use serde_json::Value;

use crate::app::App;
use crate::auth::LinkBounds;
use crate::config::own_hosts::own_host_error;
use crate::http::fields::{Fields, text};
use crate::http::problem::{FieldError, Problem, ProblemCode as Code};
use crate::http::trimming::trimmed;
use crate::limits::{MAX_ASSOCIATION_BYTES, MAX_DOMAIN_NAME_CHARACTERS};
use crate::links::input::values::{boolean, destination};
use crate::links::input::{ValidationContext, single_line};
use crate::links::logo;
use crate::links::qr::QrStyle;
use crate::store::WriteSession;
use crate::store::domain_documents::{DomainDocuments, ForbiddenHost};
use crate::store::links::settings_row::{own_names, parents};

pub(super) fn change(
    mut fields: Fields,
    old: DomainDocuments,
    (app, bounds): (&App, &LinkBounds),
) -> Result<DomainDocuments, Problem> {
    let context = ValidationContext::new(&app.site, bounds, app.clock.now());
    let url = |value| destination(value, context).map(Some);
    let some_color = |value| color(value).map(Some);
    let DomainDocuments { settings, apple_app_site_association, asset_links, logo: old_logo } = old;
    let mut mark = settings.logo;
    let logo = fields.merged("logo", Code::InvalidLogo, old_logo.clone(), |value| logo(value).map(Some));
    if logo != old_logo {
        mark = logo.as_ref().map(|text| LogoMark::of(text.as_bytes()));
    }
    let settings = DomainSettings {
        home_url: fields.merged("home_url", Code::InvalidHomeUrl, settings.home_url, url),
        not_found_url: fields.merged(
            "not_found_url",
            Code::InvalidNotFoundUrl,
            settings.not_found_url,
            |value| not_found_url(value, context).map(Some),
        ),
        expired_url: fields.merged("expired_url", Code::InvalidExpiredUrl, settings.expired_url, url),
        robots: fields.merged("robots", Code::InvalidRobots, settings.robots, robots),
        ignore_case: fields.merged("ignore_case", Code::InvalidIgnoreCase, settings.ignore_case, boolean),
        name: fields.merged("name", Code::InvalidName, settings.name, |value| {
            single_line(value, MAX_DOMAIN_NAME_CHARACTERS)
        }),
        color: fields.merged("color", Code::InvalidColor, settings.color, some_color),
        qr_foreground: fields.merged("qr_foreground", Code::InvalidColor, settings.qr_foreground, some_color),
        qr_background: fields.merged("qr_background", Code::InvalidColor, settings.qr_background, some_color),
        logo: mark,
    };
    if let Err(error) = QrStyle::new(&settings, None, None) {
        let field = if settings.qr_foreground.is_some() { "qr_foreground" } else { "qr_background" };
        fields.reject(Code::LowContrast, field.to_owned(), error.to_string());
    }
    let apple_app_site_association = fields.merged(
        "apple_app_site_association",
        Code::InvalidAppleAppSiteAssociation,
        apple_app_site_association,
        |value| association(value, Value::is_object, "must be a JSON object").map(Some),
    );
    let asset_links = fields.merged("assetlinks", Code::InvalidAssetlinks, asset_links, |value: Value| {
        let is_list = |value: &Value| {
            value.as_array().is_some_and(|statements| statements.iter().all(Value::is_object))
        };
        association(value, is_list, "must be a list of JSON objects").map(Some)
    });
    fields.finish(Some(DomainDocuments { settings, apple_app_site_association, asset_links, logo }))
}

/// Refuses hosts that only the database knows. A setting that stays is not checked again: an edit of another one must not fail.
pub(super) async fn check_hosts(
    session: &mut WriteSession,
    old: &DomainSettings,
    new: &DomainSettings,
) -> Result<(), Problem> {
    let destinations = [
        ("home_url", Code::InvalidHomeUrl, new.home_url.clone().filter(|_| new.home_url != old.home_url)),
        (
            "not_found_url",
            Code::InvalidNotFoundUrl,
            new.not_found_url
                .as_ref()
                .filter(|_| new.not_found_url != old.not_found_url)
                .and_then(|url| url.with_path("/")),
        ),
        (
            "expired_url",
            Code::InvalidExpiredUrl,
            new.expired_url.clone().filter(|_| new.expired_url != old.expired_url),
        ),
    ];
    for (field, code, url) in destinations {
        let Some(url) = url else { continue };
        let hosts = [url.comparable_host().into_owned()];
        let above: Vec<_> = hosts.iter().flat_map(|host| parents(host)).map(str::to_owned).collect();
        let detail = match session.forbidden_host(&hosts, &own_names(&hosts), &above).await? {
            None => continue,
            Some(ForbiddenHost::Own(host)) => own_host_error(&host),
            Some(ForbiddenHost::Blocked(host)) => format!("must not point to {host}, which is blocked"),
        };
        return Err(Problem::from_fields(code, vec![FieldError { field: field.to_owned(), detail }]));
    }
    Ok(())
}

fn not_found_url(value: Value, context: ValidationContext<'_>) -> Result<NotFoundUrl, String> {
    let url = NotFoundUrl::parse(trimmed(&text(value)?)).map_err(|error| error.to_string())?;
    let host = url.with_path("/").as_ref().map(Destination::comparable_host).map(|host| host.into_owned());
    match host.filter(|host| context.own_hosts.contains(host)) {
        Some(host) => Err(own_host_error(&host)),
        None => Ok(url),
    }
}

fn robots(value: Value) -> Result<Robots, &'static str> {
    match value.as_str() {
        Some("allow") => Ok(Robots::Allow),
        Some("disallow") => Ok(Robots::Disallow),
        _ => Err("must be allow or disallow"),
    }
}

/// With or without `#`, as people copy it.
fn color(value: Value) -> Result<Color, String> {
    let text = text(value)?;
    text.strip_prefix('#').unwrap_or(&text).parse().map_err(|error: NotAColor| error.to_string())
}

/// The upload's PNG, written anew, as hexadecimal digits.
fn logo(value: Value) -> Result<String, String> {
    let text = text(value)?;
    // As browsers make it of a file.
    let text = trimmed(&text);
    let text = text.strip_prefix("data:image/png;base64,").unwrap_or(text);
    let png = STANDARD.decode(text).map_err(|_| "must be a PNG in base64".to_owned())?;
    let png = logo::rewritten(&png).map_err(|error| error.to_string())?;
    Ok(hex(&png))
}

/// A file as it is served.
fn association(
    value: Value,
    has_form: impl Fn(&Value) -> bool,
    form: &'static str,
) -> Result<String, String> {
    if !has_form(&value) {
        return Err(form.to_owned());
    }
    let text = value.to_string();
    if text.len() > MAX_ASSOCIATION_BYTES {
        return Err(format!(
            "must have at most {MAX_ASSOCIATION_BYTES} bytes as JSON; this has {}",
            text.len()
        ));
    }
    Ok(text)
}
