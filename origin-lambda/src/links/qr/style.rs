//! What a QR code looks like, and whether scanners can read it.

use ::qrcode::EcLevel;
use thiserror::Error;

use crate::limits::{DEFAULT_QR_MARGIN, MIN_QR_CONTRAST};
use crate::links::logo::Logo;
use link_core::hex::from_hex;
use link_core::record::domain::{Color, DomainSettings};

pub(super) type Rgb = [u8; 3];

#[derive(Debug)]
pub(crate) struct QrStyle {
    pub(super) foreground: Rgb,
    pub(super) background: Rgb,
    /// Light modules on each side.
    pub(super) margin: usize,
    pub(super) error_correction: EcLevel,
    /// Covers a part of the code, so the level is H.
    pub(super) logo: Option<Logo>,
}

/// In percent of the light that white reflects.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "scanners cannot read these colors: the foreground must be darker than the background by {MIN_QR_CONTRAST} % of white's \
     luminance, and {0}"
)]
pub(crate) struct LowContrast(Measured);

#[derive(Debug, Error, PartialEq, Eq)]
enum Measured {
    #[error("it is darker by {0} %")]
    Darker(u32),
    #[error("it is lighter")]
    Lighter,
}

impl QrStyle {
    /// Of the domain's settings, with these colors instead of its own.
    pub(crate) fn new(
        settings: &DomainSettings,
        foreground: Option<&Color>,
        background: Option<&Color>,
    ) -> Result<Self, LowContrast> {
        let default = Self::default();
        let foreground = foreground.or(settings.qr_foreground.as_ref()).map_or(default.foreground, rgb);
        let background = background.or(settings.qr_background.as_ref()).map_or(default.background, rgb);
        check_contrast(foreground, background)?;
        Ok(Self { foreground, background, ..default })
    }

    /// With another margin than usual, and another level if one is given.
    pub(crate) fn with_layout(self, margin: usize, error_correction: Option<EcLevel>) -> Self {
        let error_correction = error_correction.unwrap_or(self.error_correction);
        Self { margin, error_correction, ..self }
    }

    pub(crate) fn with_logo(self, logo: Logo) -> Self {
        Self { logo: Some(logo), error_correction: EcLevel::H, ..self }
    }
}

impl Default for QrStyle {
    fn default() -> Self {
        let (margin, error_correction) = (DEFAULT_QR_MARGIN, EcLevel::M);
        Self { foreground: [0; 3], background: [255; 3], margin, error_correction, logo: None }
    }
}

fn rgb(color: &Color) -> Rgb {
    // A color is six hexadecimal digits.
    from_hex(color.as_str()).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

fn check_contrast(foreground: Rgb, background: Rgb) -> Result<(), LowContrast> {
    let (dark, light) = (luminance(foreground), luminance(background));
    if dark >= light {
        return Err(LowContrast(Measured::Lighter));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
    let percent = ((light - dark) * 100.0) as u32;
    if percent < MIN_QR_CONTRAST { Err(LowContrast(Measured::Darker(percent))) } else { Ok(()) }
}

/// The share of light that a surface of this color reflects: the relative luminance of WCAG 2.2.
fn luminance(color: Rgb) -> f64 {
    let [red, green, blue] = color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_that_scanners_cannot_tell_apart_are_refused() {
        let style = |foreground: &str, background: &str| {
            let (foreground, background) = (foreground.parse().unwrap(), background.parse().unwrap());
            QrStyle::new(&DomainSettings::default(), Some(&foreground), Some(&background)).map(|_| ())
        };
        for (foreground, background) in [
            ("000000", "ffffff"),
            ("1d4ed8", "ffffff"),
            ("ff0000", "ffffff"),
            ("7a0000", "ffd700"),
            ("00008b", "aaaaff"),
        ] {
            assert_eq!(style(foreground, background), Ok(()), "{foreground} {background}");
        }
        let low = |percent| Err(LowContrast(Measured::Darker(percent)));
        assert_eq!(style("ffff00", "ffffff"), low(7));
        assert_eq!(style("333333", "555555"), low(5));
        assert_eq!(style("d8d8d8", "ffffff"), low(31));
        for (foreground, background) in [("ffffff", "000000"), ("ffffff", "ffffff"), ("000001", "000000")] {
            assert_eq!(style(foreground, background), Err(LowContrast(Measured::Lighter)));
        }
        assert!(style("ffff00", "ffffff").unwrap_err().to_string().ends_with("it is darker by 7 %"));
    }

    #[test]
    fn colors_of_the_domain_are_the_default() {
        let settings = DomainSettings {
            qr_foreground: Some("00008b".parse().unwrap()),
            qr_background: Some("ffd700".parse().unwrap()),
            ..DomainSettings::default()
        };
        let style = |foreground: Option<&str>| {
            let foreground = foreground.map(|color| color.parse().unwrap());
            QrStyle::new(&settings, foreground.as_ref(), None)
                .map(|style| (style.foreground, style.background))
        };
        assert_eq!(style(None), Ok(([0, 0, 0x8b], [0xff, 0xd7, 0])));
        assert_eq!(style(Some("000000")), Ok(([0; 3], [0xff, 0xd7, 0])));
        assert!(style(Some("eeeeee")).is_err());
    }
}
