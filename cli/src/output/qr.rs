//! Draws a QR code in the terminal: two modules per character, with the quiet zone that ISO/IEC 18004 requires.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::CliError;

/// Light modules on every side.
const QUIET_ZONE: usize = 4;

/// For a dark background: light modules are drawn. `inverted` is for a light one.
pub fn draw(text: &str, inverted: bool) -> Result<String, CliError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| CliError::Other(format!("{text} does not fit into a QR code: {error}")))?;
    let width = code.width();
    let colours = code.to_colors();
    let is_light = |x: usize, y: usize| {
        let inside = x.checked_sub(QUIET_ZONE).zip(y.checked_sub(QUIET_ZONE));
        let module = inside.filter(|(x, y)| *x < width && *y < width);
        module.and_then(|(x, y)| colours.get(y * width + x)).is_none_or(|colour| *colour == Color::Light)
    };
    let size = width + 2 * QUIET_ZONE;
    let is_drawn = |x: usize, y: usize| y < size && is_light(x, y) != inverted;
    let mut drawn = String::new();
    for y in (0..size).step_by(2) {
        for x in 0..size {
            drawn.push(match (is_drawn(x, y), is_drawn(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawn.push('\n');
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_drawn_with_its_quiet_zone() {
        let drawn = draw("https://go.example.com/7G6HVhV", false).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width), "{drawn}");
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines[..2].iter().all(|line| line.chars().all(|character| character == '█')), "{drawn}");
        let inverted = draw("https://go.example.com/7G6HVhV", true).unwrap();
        assert!(inverted.starts_with(&" ".repeat(width)), "{inverted}");
    }

    #[test]
    fn too_long_text_is_an_error() {
        assert!(draw(&"x".repeat(5_000), false).is_err());
    }
}
