//! Formats numbers, bytes and durations as text.

use std::time::Duration;

/// Rounds to a whole number with thousands separators.
pub fn with_thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut formatted = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            formatted.push(',');
        }
        formatted.push(digit);
    }
    formatted
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (number, expected) in [(0.4, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.8, "1,234,568")]
        {
            assert_eq!(with_thousands(number), expected);
        }
    }

    #[test]
    fn durations_are_short() {
        for (seconds, expected) in [(1.25, "1.2 s"), (61.0, "61 s"), (125.0, "2 min 5 s")] {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), expected);
        }
    }
}
