//! A QR code as SVG: one path for all modules, and the logo as a PNG inside.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use link_core::hex::hex;

use super::{LogoPlace, Qr};

impl Qr {
    pub(crate) fn svg(&self, pixels: usize) -> String {
        let (width, margin) = (self.width(), self.style.margin);
        let mut dark = String::new();
        for (y, row) in self.modules.iter().enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                // Writing to a `String` never fails.
                let _ = write!(dark, "M{} {}h1v1h-1z", x + margin, y + margin);
            }
        }
        let (foreground, background) = (hex(&self.style.foreground), hex(&self.style.background));
        let logo = self.logo().map(|LogoPlace { logo, start, side }| {
            let (at, png) = (start + margin, STANDARD.encode(&logo.png));
            format!(
                r#"<image x="{at}" y="{at}" width="{side}" height="{side}" href="data:image/png;base64,{png}"/>"#
            )
        });
        let logo = logo.unwrap_or_default();
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 {width} {width}" shape-rendering="crispEdges"><path fill="#{background}" d="M0 0h{width}v{width}H0z"/><path fill="#{foreground}" d="{dark}"/>{logo}</svg>"##
        )
    }
}
