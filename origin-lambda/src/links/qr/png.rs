//! A QR code as PNG, row by row: the largest picture with a logo would have 50 MB at once.

use std::io::Write;

use ::png::{BitDepth, ColorType, Encoder};

use super::{LogoPlace, Qr, QrRenderError};
use crate::links::logo::Logo;

/// How modules become pixels.
struct Scale {
    /// Pixels of a module.
    module: usize,
    /// Pixels before the first module.
    margin: usize,
}

impl Scale {
    fn module_at(&self, pixel: usize) -> Option<usize> {
        pixel.checked_sub(self.margin).map(|pixel| pixel / self.module)
    }

    /// Whether a row shows the same modules as the row above.
    fn repeats(&self, y: usize) -> bool {
        y > 0 && self.module_at(y) == self.module_at(y - 1)
    }
}

impl Qr {
    /// Exactly `pixels` wide. Modules have whole pixels; the remainder widens the margin.
    pub(crate) fn png(&self, pixels: usize) -> Result<Vec<u8>, QrRenderError> {
        let module = (pixels / self.width()).max(1);
        let scale = Scale { module, margin: pixels.saturating_sub(module * self.modules.len()) / 2 };
        let mut png = Vec::new();
        let side = u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut encoder = Encoder::new(&mut png, side, side);
        if let Some(place) = self.logo() {
            encoder.set_color(ColorType::Rgb);
            encoder.set_depth(BitDepth::Eight);
            let logo = FittedLogo::new(&place, &scale);
            let repeats = |y: usize| scale.repeats(y) && !logo.has_row(y) && !logo.has_row(y - 1);
            write_rows(encoder, pixels, repeats, |y, row| self.colored_row(y, pixels, &scale, &logo, row))?;
        } else {
            encoder.set_color(ColorType::Indexed);
            encoder.set_depth(BitDepth::One);
            encoder.set_palette([self.style.background, self.style.foreground].concat());
            let repeats = |y: usize| scale.repeats(y);
            write_rows(encoder, pixels, repeats, |y, row| self.two_colored_row(y, pixels, &scale, row))?;
        }
        Ok(png)
    }

    /// One bit per pixel, padded to whole bytes; 1 is dark.
    fn two_colored_row(&self, y: usize, pixels: usize, scale: &Scale, row: &mut Vec<u8>) {
        let dark =
            |x: usize| scale.module_at(x).zip(scale.module_at(y)).is_some_and(|(x, y)| self.is_dark(x, y));
        row.extend(
            (0..pixels.div_ceil(8))
                .map(|byte| (0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(dark(8 * byte + bit)))),
        );
    }

    fn colored_row(&self, y: usize, pixels: usize, scale: &Scale, logo: &FittedLogo<'_>, row: &mut Vec<u8>) {
        let style = &self.style;
        for x in 0..pixels {
            let dark = scale.module_at(x).zip(scale.module_at(y)).is_some_and(|(x, y)| self.is_dark(x, y));
            let below = if dark { style.foreground } else { style.background };
            row.extend(logo.over(x, y, below));
        }
    }
}

/// `repeats` tells whether a row is the same as the row above, so that `fill` need not draw it.
fn write_rows<W: Write>(
    encoder: Encoder<'_, W>,
    pixels: usize,
    repeats: impl Fn(usize) -> bool,
    fill: impl Fn(usize, &mut Vec<u8>),
) -> Result<(), QrRenderError> {
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    let mut row = Vec::new();
    for y in 0..pixels {
        if !repeats(y) {
            row.clear();
            fill(y, &mut row);
        }
        stream.write_all(&row).map_err(::png::EncodingError::from)?;
    }
    Ok(stream.finish()?)
}

/// A logo at its place in the picture, in pixels, with its proportions.
struct FittedLogo<'a> {
    logo: &'a Logo,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl<'a> FittedLogo<'a> {
    fn new(place: &LogoPlace<'a>, scale: &Scale) -> Self {
        let (logo, side) = (place.logo, place.side * scale.module);
        let longest = logo.width.max(logo.height).max(1);
        let (width, height) = (side * logo.width / longest, side * logo.height / longest);
        let start = scale.margin + place.start * scale.module;
        Self { logo, left: start + (side - width) / 2, top: start + (side - height) / 2, width, height }
    }

    fn has_row(&self, y: usize) -> bool {
        (self.top..self.top + self.height).contains(&y)
    }

    /// The color of a pixel: the mean of the logo's pixels that it covers, over what is below.
    fn over(&self, x: usize, y: usize, below: [u8; 3]) -> [u8; 3] {
        let inside = |at: usize, start: usize, length: usize| at.checked_sub(start).filter(|at| *at < length);
        let (Some(x), Some(y)) = (inside(x, self.left, self.width), inside(y, self.top, self.height)) else {
            return below;
        };
        // At least one pixel, where the logo is enlarged.
        let span = |at: usize, of: usize, length: usize| {
            let start = at * of / length;
            start..((at + 1) * of / length).max(start + 1)
        };
        let (mut sums, mut weight, mut count) = ([0_u32; 3], 0_u32, 0_u32);
        for row in span(y, self.logo.height, self.height) {
            for column in span(x, self.logo.width, self.width) {
                let [red, green, blue, alpha] = self.logo.pixel(column, row);
                for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
                    *sum += u32::from(value) * u32::from(alpha);
                }
                (weight, count) = (weight + u32::from(alpha), count + 1);
            }
        }
        let whole = 255 * count.max(1);
        let mut mixed = below;
        for (value, sum) in mixed.iter_mut().zip(sums) {
            let blended = (sum + u32::from(*value) * (whole - weight)) / whole;
            *value = u8::try_from(blended).unwrap_or(u8::MAX);
        }
        mixed
    }
}
