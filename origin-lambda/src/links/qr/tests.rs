//! A decoder reads what is drawn.

use std::io::Cursor;

use ::png::Transformations;
use ::qrcode::EcLevel;
use link_core::record::domain::DomainSettings;

use super::*;
use crate::limits::{MAX_QR_MARGIN, MAX_QR_PIXELS, MIN_QR_PIXELS};

const SHORT: &str = "https://go.example.com/7G6HVhV";
const ALIAS: &str = "http://127.0.0.1:8787/sommer/gr%C3%BC%C3%9Fe";

fn style(foreground: &str, background: &str) -> QrStyle {
    let (foreground, background) = (foreground.parse().unwrap(), background.parse().unwrap());
    QrStyle::new(&DomainSettings::default(), Some(&foreground), Some(&background)).unwrap()
}

fn plain() -> QrStyle {
    style("000000", "ffffff")
}

/// A picture of noise in all colors, dark ones too.
fn logo(width: u32, height: u32) -> Logo {
    let mut png = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut png, width, height);
    encoder.set_color(::png::ColorType::Rgba);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut state = 1_u32;
    let data: Vec<u8> = (0..width * height * 4)
        .map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if at % 4 == 3 { 255 } else { state.to_be_bytes()[0] }
        })
        .collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    Logo::read(png).unwrap()
}

/// Width, height and RGB of each pixel.
fn pixels(png: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
    let mut decoder = ::png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, ::png::ColorType::Rgb);
    let pixels = bytes[..info.buffer_size()].chunks(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect();
    (info.width as usize, info.height as usize, pixels)
}

/// The text that a scanner reads from the picture, by its luma (Rec. 601), as cameras deliver it.
fn scan(png: &[u8]) -> String {
    let (width, height, pixels) = pixels(png);
    let luma = |[red, green, blue]: [u8; 3]| {
        let weighted = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
        u8::try_from(weighted / 1_000).unwrap()
    };
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma(pixels[y * width + x]));
    let grids = image.detect_grids();
    grids.first().unwrap_or_else(|| panic!("no code in {width} pixels")).decode().unwrap().1
}

#[test]
fn scanner_reads_the_encoded_text() {
    let longest = format!("https://{}/{}", "d".repeat(253), "%C3%BC".repeat(128));
    for (text, pixels) in [
        (SHORT, MIN_QR_PIXELS),
        (ALIAS, MIN_QR_PIXELS),
        (ALIAS, 333),
        (SHORT, MAX_QR_PIXELS),
        (&longest, 1_024),
    ] {
        let png = Qr::encode(text, plain()).unwrap().png(pixels).unwrap();
        assert_eq!(scan(&png), *text, "{pixels}");
    }
}

#[test]
fn scanner_reads_every_level_margin_and_allowed_color() {
    for error_correction in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        for margin in [1, 4, MAX_QR_MARGIN] {
            let style = QrStyle { margin, error_correction, ..plain() };
            assert_eq!(scan(&Qr::encode(SHORT, style).unwrap().png(512).unwrap()), SHORT, "{margin}");
        }
    }
    // The last ones have hardly more contrast than what is refused.
    for (foreground, background) in [
        ("1d4ed8", "ffffff"),
        ("ff0000", "ffffff"),
        ("7a0000", "ffd700"),
        ("c9c9c9", "ffffff"),
        ("000000", "aaaaaa"),
    ] {
        let png = Qr::encode(SHORT, style(foreground, background)).unwrap().png(512).unwrap();
        assert_eq!(scan(&png), SHORT, "{foreground} {background}");
    }
}

#[test]
fn scanner_reads_a_code_with_a_logo() {
    for (text, pixels) in [(SHORT, 256), (SHORT, 512), (ALIAS, 1_024)] {
        for (width, height) in [(1, 1), (512, 512), (300, 100), (3, 200)] {
            let style = style("1d4ed8", "ffffff").with_logo(logo(width, height));
            let png = Qr::encode(text, style).unwrap().png(pixels).unwrap();
            assert_eq!(scan(&png), text, "{pixels} {width} {height}");
        }
    }
}

#[test]
fn picture_has_the_colors_and_the_logo_in_its_middle() {
    let red = |alpha: u8| {
        let mut png = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut png, 1, 1);
        encoder.set_color(::png::ColorType::Rgba);
        encoder.set_depth(::png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(&[255, 0, 0, alpha]).unwrap();
        Logo::read(png).unwrap()
    };
    let middle = |style: QrStyle| {
        let (width, _, pixels) = pixels(&Qr::encode(SHORT, style).unwrap().png(300).unwrap());
        (pixels[0], pixels[width * width / 2 + width / 2])
    };
    let colors = || style("000080", "eeeeff");
    let background = [0xee, 0xee, 0xff];
    assert_eq!(middle(colors().with_logo(red(255))), (background, [255, 0, 0]));
    assert_eq!(middle(colors().with_logo(red(0))), (background, background));
    let (corner, _) = middle(colors());
    assert_eq!(corner, background);
}

#[test]
fn svg_has_the_same_modules_as_png() {
    let qr = Qr::encode(SHORT, plain()).unwrap();
    let dark = qr.modules.iter().flatten().filter(|dark| **dark).count();
    let svg = qr.svg(512);
    assert_eq!(svg.matches("h1v1h-1z").count(), dark);
    let start = r##"<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512" viewBox="0 0 37 37""##;
    assert!(svg.starts_with(start) && !svg.contains("<image"), "{svg}");
    let styled = QrStyle { margin: 0, ..style("1d4ed8", "eeeeff") }.with_logo(logo(2, 2));
    let svg = Qr::encode(SHORT, styled).unwrap().svg(512);
    assert!(svg.contains(r##"fill="#1d4ed8""##) && svg.contains(r##"fill="#eeeeff""##));
    // Level H needs a larger code, here without a margin.
    assert!(
        svg.contains(r#"href="data:image/png;base64,iVBORw0KGgo"#) && svg.contains(r#"viewBox="0 0 33 33""#)
    );
}
