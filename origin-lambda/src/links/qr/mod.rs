//! Draws a QR code as SVG or PNG, in the colors and with the logo of a domain.

mod drawing;
mod png;
mod style;
mod svg;

use ::qrcode::types::QrError;
use ::qrcode::{Color, QrCode};
use thiserror::Error;

pub(crate) use drawing::{DrawingError, draw};
pub(crate) use style::QrStyle;

use crate::links::logo::Logo;

#[derive(Debug, Error)]
pub(crate) enum QrRenderError {
    #[error(transparent)]
    Code(#[from] QrError),
    #[error(transparent)]
    Png(#[from] ::png::EncodingError),
}

#[derive(Debug)]
pub(crate) struct Qr {
    /// Row by row, true for dark. Those below the logo are light.
    modules: Vec<Vec<bool>>,
    style: QrStyle,
}

impl Qr {
    pub(crate) fn encode(text: &str, style: QrStyle) -> Result<Self, QrRenderError> {
        let code = QrCode::with_error_correction_level(text, style.error_correction)?;
        let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        let mut modules: Vec<_> = dark.chunks(code.width()).map(<[bool]>::to_vec).collect();
        if let Some(LogoPlace { start, side, .. }) = LogoPlace::of(&modules, &style) {
            // One module more on each side, so that no module touches the logo.
            for row in modules.iter_mut().skip(start - 1).take(side + 2) {
                row.iter_mut().skip(start - 1).take(side + 2).for_each(|dark| *dark = false);
            }
        }
        Ok(Self { modules, style })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.modules.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false)
    }

    /// Modules on each side, with the margin.
    fn width(&self) -> usize {
        self.modules.len() + 2 * self.style.margin
    }

    fn logo(&self) -> Option<LogoPlace<'_>> {
        LogoPlace::of(&self.modules, &self.style)
    }
}

/// The square in the middle that the logo is fitted into, in modules without the margin.
struct LogoPlace<'a> {
    logo: &'a Logo,
    start: usize,
    side: usize,
}

impl<'a> LogoPlace<'a> {
    /// A quarter of each side: with its border some 8 % of the area, a quarter of what level H restores. A code has an odd number of
    /// modules, and so has the square.
    fn of(modules: &[Vec<bool>], style: &'a QrStyle) -> Option<Self> {
        let side = (modules.len() / 4).saturating_sub(1) | 1;
        Some(Self { logo: style.logo.as_ref()?, start: (modules.len() - side) / 2, side })
    }
}

#[cfg(test)]
mod tests;
