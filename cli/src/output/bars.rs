//! Bars and sparklines of block characters.

const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar of up to `width` characters for the share of `value` in `max`. A value above zero is always visible.
pub fn bar(value: u64, max: u64, width: usize) -> String {
    let (value, max) = (u128::from(value), u128::from(max.max(1)));
    let width = u128::try_from(width).unwrap_or(u128::MAX);
    let eighths = value.min(max).saturating_mul(width).saturating_mul(8) / max;
    let eighths = if value > 0 { eighths.max(1) } else { 0 };
    let full = usize::try_from(eighths / 8).unwrap_or_default();
    let rest = usize::try_from(eighths % 8).unwrap_or_default();
    let mut text = "█".repeat(full);
    text.extend(rest.checked_sub(1).and_then(|index| EIGHTHS.get(index)));
    text
}

/// One character per value, at most `width`: neighbours are added up beyond that.
pub fn sparkline(values: &[u64], width: usize) -> String {
    let per_character = values.len().div_ceil(width.max(1)).max(1);
    let sums: Vec<u64> = values.chunks(per_character).map(|chunk| chunk.iter().sum()).collect();
    let max = u128::from(sums.iter().copied().max().unwrap_or_default());
    let height = |sum: &u64| {
        let sum = u128::from(*sum);
        // Zero is the lowest line, and the least above zero is higher.
        let step = if sum == 0 { 0 } else { 1 + (sum * 6) / max.max(1) };
        HEIGHTS.get(usize::try_from(step).unwrap_or_default()).copied().unwrap_or('█')
    };
    sums.iter().map(height).collect()
}

/// Whole percent; a part that is not zero is at least `<1`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    match (u128::from(part) * 100 + u128::from(whole) / 2) / u128::from(whole) {
        0 if part > 0 => "<1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_shows_the_share() {
        assert_eq!(bar(0, 10, 8), "");
        assert_eq!(bar(10, 10, 8), "████████");
        assert_eq!(bar(5, 10, 8), "████");
        assert_eq!(bar(1, 1_000_000, 8), "▏");
        assert_eq!(bar(3, 16, 8), "█▌");
        assert_eq!(bar(20, 10, 4), "████");
        assert_eq!(bar(0, 0, 4), "");
    }

    #[test]
    fn sparkline_has_the_width_and_tells_zero_from_little() {
        assert_eq!(sparkline(&[0, 1, 50, 100], 10), "▁▂▅█");
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[0, 0], 10), "▁▁");
        assert_eq!(sparkline(&[1; 100], 10).chars().count(), 10);
    }

    #[test]
    fn percent_is_rounded() {
        assert_eq!(percent(1, 3), "33 %");
        assert_eq!(percent(2, 3), "67 %");
        assert_eq!(percent(1, 1_000), "<1 %");
        assert_eq!((percent(0, 5), percent(1, 0)), ("0 %".into(), String::new()));
    }
}
