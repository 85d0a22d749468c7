//! Reads a logo that an administrator uploads, and writes it anew, so that nothing but its pixels is kept; and reads it again for a QR
//! code.

use std::io::Cursor;

use link_core::hex::from_hex;
use png::{
    ColorType, Compression, DecodeOptions, Decoder, Encoder, Filter, Limits, OutputInfo, Reader,
    Transformations,
};
use thiserror::Error;

use crate::limits::{MAX_LOGO_BYTES, MAX_LOGO_PIXELS};

type Input<'a> = Cursor<&'a [u8]>;

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum InvalidLogo {
    #[error("must be a PNG")]
    NotAPng,
    #[error("must be at most {MAX_LOGO_PIXELS} pixels wide and high")]
    TooLarge,
    #[error("must have at most {MAX_LOGO_BYTES} bytes")]
    TooManyBytes,
}

/// The picture without metadata. A palette stays one: in other forms the picture may take several times as many bytes.
pub(crate) fn rewritten(png: &[u8]) -> Result<Vec<u8>, InvalidLogo> {
    if png.len() > MAX_LOGO_BYTES {
        return Err(InvalidLogo::TooManyBytes);
    }
    let mut decoder = decoder(png);
    let header = decoder.read_header_info().map_err(|_| InvalidLogo::NotAPng)?;
    let has_palette = header.color_type == ColorType::Indexed;
    decoder.set_transformations(if has_palette {
        Transformations::IDENTITY
    } else {
        Transformations::normalize_to_color8()
    });
    let (reader, frame, pixels) = decoded(decoder)?;
    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, frame.width, frame.height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(frame.bit_depth);
    encoder.set_compression(Compression::High);
    if has_palette {
        encoder.set_filter(Filter::NoFilter);
        let info = reader.info();
        encoder.set_palette(info.palette.clone().unwrap_or_default());
        if let Some(alpha) = &info.trns {
            encoder.set_trns(alpha.clone());
        }
    }
    let write = |encoder: Encoder<'_, _>| encoder.write_header()?.write_image_data(&pixels);
    write(encoder).map_err(|_| InvalidLogo::NotAPng)?;
    if written.len() > MAX_LOGO_BYTES { Err(InvalidLogo::TooManyBytes) } else { Ok(written) }
}

fn decoder(png: &[u8]) -> Decoder<Input<'_>> {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(png), options);
    // A picture of that size, with room for the decoder's own buffers.
    decoder.set_limits(Limits { bytes: 8 * MAX_LOGO_PIXELS as usize * MAX_LOGO_PIXELS as usize });
    decoder
}

fn decoded(decoder: Decoder<Input<'_>>) -> Result<(Reader<Input<'_>>, OutputInfo, Vec<u8>), InvalidLogo> {
    let mut reader = decoder.read_info().map_err(|_| InvalidLogo::NotAPng)?;
    let (width, height) = (reader.info().width, reader.info().height);
    if width > MAX_LOGO_PIXELS || height > MAX_LOGO_PIXELS {
        return Err(InvalidLogo::TooLarge);
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(InvalidLogo::TooLarge)?];
    let frame = reader.next_frame(&mut pixels).map_err(|_| InvalidLogo::NotAPng)?;
    pixels.truncate(frame.buffer_size());
    Ok((reader, frame, pixels))
}

/// A logo as it is stored, with its pixels.
#[derive(Debug)]
pub(crate) struct Logo {
    pub(crate) png: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Grey and alpha, or red, green, blue and alpha.
    pixels: Vec<u8>,
}

impl Logo {
    /// The document is hexadecimal.
    pub(crate) fn of_document(document: &str) -> Option<Self> {
        Self::read(from_hex(document)?)
    }

    pub(crate) fn read(png: Vec<u8>) -> Option<Self> {
        let mut decoder = decoder(&png);
        // With 8 bits a sample, and with alpha.
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let (_, frame, pixels) = decoded(decoder).ok()?;
        Some(Self { width: frame.width as usize, height: frame.height as usize, png, pixels })
    }

    /// Red, green, blue and alpha; transparent beyond the edges.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> [u8; 4] {
        let samples = self.pixels.len() / (self.width * self.height).max(1);
        let start = (y * self.width + x) * samples;
        match self.pixels.get(start..start + samples) {
            Some([grey, alpha]) => [*grey, *grey, *grey, *alpha],
            Some([red, green, blue, alpha]) => [*red, *green, *blue, *alpha],
            _ => [0; 4],
        }
    }
}

#[cfg(test)]
mod tests {
    use png::BitDepth;

    use super::*;

    fn png(side: u32, color: ColorType, text: bool) -> Vec<u8> {
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, side, side);
        encoder.set_color(color);
        encoder.set_depth(BitDepth::Eight);
        if text {
            encoder.add_text_chunk("Comment".to_owned(), "<script>".to_owned()).unwrap();
        }
        let data = vec![200; (side * side) as usize * color.samples()];
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        png
    }

    #[test]
    fn logo_is_written_anew_without_metadata() {
        let with_text = png(16, ColorType::Rgb, true);
        assert!(with_text.windows(8).any(|part| part == b"<script>"));
        let written = rewritten(&with_text).unwrap();
        assert!(!written.windows(8).any(|part| part == b"<script>"));
        assert_eq!(rewritten(&written), Ok(written.clone()), "the same again is the same");
        assert_eq!(rewritten(&png(512, ColorType::Grayscale, false)).map(|_| ()), Ok(()));
    }

    #[test]
    fn palette_within_the_limit_stays_within_it() {
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, 512, 512);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Four);
        encoder.set_palette((0..48).map(|sample| sample * 5).collect::<Vec<u8>>());
        encoder.set_trns(vec![0]);
        // 16 colors at random in 220 rows.
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        });
        let mut data: Vec<u8> = noise.take(220 * 256).collect();
        data.resize(512 * 256, 0);
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        assert!(png.len() > 50_000 && png.len() <= MAX_LOGO_BYTES, "{}", png.len());
        let written = rewritten(&png).unwrap();
        let (before, after) = (Logo::read(png).unwrap(), Logo::read(written).unwrap());
        assert!(before.pixels == after.pixels && before.pixel(0, 511)[3] == 0);
    }

    #[test]
    fn what_is_no_small_png_is_refused() {
        assert_eq!(rewritten(&png(513, ColorType::Grayscale, false)), Err(InvalidLogo::TooLarge));
        assert_eq!(rewritten(b"<svg onload=alert(1)>"), Err(InvalidLogo::NotAPng));
        assert_eq!(rewritten(&[]), Err(InvalidLogo::NotAPng));
        let cut = png(16, ColorType::Rgb, false);
        assert_eq!(rewritten(&cut[..cut.len() - 30]), Err(InvalidLogo::NotAPng));
        assert_eq!(rewritten(&vec![0; MAX_LOGO_BYTES + 1]), Err(InvalidLogo::TooManyBytes));
    }
}
