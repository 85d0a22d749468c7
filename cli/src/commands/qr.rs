//! `qr`: draws a link's code in the terminal, or saves it as an image.

use std::path::Path;

use super::link_reference;
use crate::api::client::{Call, segment};
use crate::app::App;
use crate::args::statistics::QrArgs;
use crate::error::CliError;
use crate::output::qr;

pub fn run(app: &mut App, arguments: &QrArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let link = link_reference::find(&client, &arguments.link, arguments.domain.as_deref())?;
    let short_url = link_reference::text(&link, "short_url");
    let Some(file) = &arguments.out else {
        let drawn = qr::draw(short_url, arguments.invert)?;
        return app.output.bytes(drawn.as_bytes());
    };
    let color = |text: &Option<String>| text.as_ref().map(|text| text.trim_start_matches('#').to_owned());
    let call = Call::get(format!("/links/{}/qr", segment(link_reference::text(&link, "id"))))
        .query("format", format(file)?)
        .maybe("size", arguments.size)
        .maybe("foreground", color(&arguments.foreground))
        .maybe("background", color(&arguments.background))
        .maybe("margin", arguments.margin)
        .maybe("error_correction", arguments.error_correction.as_ref().map(|level| level.to_uppercase()))
        .maybe("logo", arguments.logo.then_some(true));
    let image = client.send(&call)?.body;
    std::fs::write(file, image).map_err(|error| CliError::file("write", file, error))?;
    app.note(&format!("Wrote {} for {short_url}.", file.display()));
    Ok(())
}

fn format(file: &Path) -> Result<&'static str, CliError> {
    match file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok("svg"),
        Some("png") => Ok("png"),
        _ => Err(CliError::usage(format!("{} must end in .svg or .png", file.display()))),
    }
}
