//! Draws a QR code as SVG or PNG, with the quiet zone that ISO/IEC 18004 requires.

use std::fmt::Write;

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};
use thiserror::Error;

/// Light modules on every side.
const QUIET_ZONE: usize = 4;

#[derive(Debug, Error)]
pub(crate) enum QrRenderError {
    #[error(transparent)]
    Code(#[from] QrError),
    #[error(transparent)]
    Png(#[from] png::EncodingError),
}

#[derive(Debug)]
pub(crate) struct Qr {
    /// Row by row, true for dark.
    modules: Vec<Vec<bool>>,
}

impl Qr {
    /// Level M, which reads with a sixth of the code damaged.
    pub(crate) fn encode(text: &str) -> Result<Self, QrRenderError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
        let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { modules: dark.chunks(code.width()).map(<[bool]>::to_vec).collect() })
    }

    fn width(&self) -> usize {
        self.modules.len() + 2 * QUIET_ZONE
    }

    pub(crate) fn svg(&self, pixels: usize) -> String {
        let width = self.width();
        let mut dark = String::new();
        for (y, row) in self.modules.iter().enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                let _ = write!(dark, "M{} {}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
        }
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 {width} {width}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{dark}"/></svg>"##
        )
    }

    /// Exactly `pixels` wide. Modules have whole pixels; the remainder widens the quiet zone.
    pub(crate) fn png(&self, pixels: usize) -> Result<Vec<u8>, QrRenderError> {
        let scale = (pixels / self.width()).max(1);
        let margin = pixels.saturating_sub(scale * self.modules.len()) / 2;
        let is_dark = |x: usize, y: usize| -> bool {
            let module = |pixel: usize| pixel.checked_sub(margin).map(|pixel| pixel / scale);
            let row = module(y).and_then(|y| self.modules.get(y));
            row.zip(module(x)).and_then(|(row, x)| row.get(x)).copied().unwrap_or(false)
        };
        // One bit per pixel, each row padded to whole bytes; 1 is white.
        let byte = |x: usize, y: usize| {
            (0..8).fold(0_u8, |byte, bit| byte << 1 | u8::from(!is_dark(x * 8 + bit, y)))
        };
        let data: Vec<u8> = (0..pixels)
            .flat_map(|y| (0..pixels.div_ceil(8)).map(move |x| (x, y)))
            .map(|(x, y)| byte(x, y))
            .collect();
        let mut png = Vec::new();
        let side = u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut png, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.write_header()?.write_image_data(&data)?;
        Ok(png)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MAX_QR_PIXELS, MIN_QR_PIXELS};

    /// The text that a scanner reads from the picture.
    fn scan(png: &[u8]) -> String {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bits = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bits).unwrap();
        let row_bytes = info.line_size;
        let (width, height) = (info.width as usize, info.height as usize);
        let light = |x: usize, y: usize| bits[y * row_bytes + x / 8] >> (7 - x % 8) & 1 == 1;
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| u8::from(light(x, y)) * 255);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn scanner_reads_the_encoded_text() {
        let (short, alias) =
            ("https://go.example.com/7G6HVhV", "http://127.0.0.1:8787/sommer/gr%C3%BC%C3%9Fe");
        let longest = format!("https://{}/{}", "d".repeat(253), "%C3%BC".repeat(128));
        for (text, pixels) in [
            (short, MIN_QR_PIXELS),
            (alias, MIN_QR_PIXELS),
            (alias, 333),
            (short, MAX_QR_PIXELS),
            (&longest, MAX_QR_PIXELS),
        ] {
            let png = Qr::encode(text).unwrap().png(pixels).unwrap();
            assert_eq!(scan(&png), *text, "{pixels}");
        }
    }

    #[test]
    fn svg_has_the_same_modules_as_png() {
        let qr = Qr::encode("https://go.example.com/7G6HVhV").unwrap();
        let dark = qr.modules.iter().flatten().filter(|dark| **dark).count();
        let svg = qr.svg(512);
        assert_eq!(svg.matches("h1v1h-1z").count(), dark);
        assert!(
            svg.starts_with("<svg ") && svg.contains(r#"width="512" height="512" viewBox="0 0 37 37""#),
            "{svg}"
        );
    }
}
