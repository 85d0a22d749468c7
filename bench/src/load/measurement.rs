//! The result of one round of load, and medians over rounds.

use anyhow::{Context, Result};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Percentiles {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) per_second: f64,
    pub(crate) latency: Percentiles,
}

impl Percentiles {
    pub(crate) fn of_micros(mut micros: Vec<u32>) -> Result<Self> {
        micros.sort_unstable();
        let ms = |per_cent| nearest_rank(&micros, per_cent).map(|micros| f64::from(micros) / 1e3);
        let (p50_ms, p99_ms) = ms(50).zip(ms(99)).context("nothing was measured")?;
        Ok(Self { p50_ms, p99_ms })
    }
}

impl Measurement {
    /// The median of each number over the rounds.
    pub(crate) fn median(rounds: &[Self]) -> Result<Self> {
        let of = |number: fn(&Self) -> f64| {
            median(rounds.iter().map(number).collect()).context("nothing was measured")
        };
        Ok(Self {
            per_second: of(|round| round.per_second)?,
            latency: Percentiles {
                p50_ms: of(|round| round.latency.p50_ms)?,
                p99_ms: of(|round| round.latency.p99_ms)?,
            },
        })
    }
}

/// The nearest-rank percentile. No interpolation: it is a time that occurred.
fn nearest_rank(sorted: &[u32], per_cent: usize) -> Option<u32> {
    let rank = (sorted.len() * per_cent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get(values.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let to_hundred: Vec<u32> = (1..=100).rev().collect();
        let percentiles = Percentiles::of_micros(to_hundred).unwrap();
        assert_eq!(percentiles, Percentiles { p50_ms: 0.05, p99_ms: 0.099 });
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[7], 99), Some(7));
        assert_eq!(nearest_rank(&[1, 2, 3], 50), Some(2));
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(nearest_rank(&[1, 2, 3, 4], 99), Some(4));
        assert!(Percentiles::of_micros(Vec::new()).is_err());
    }

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![5.0]), Some(5.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn median_is_taken_per_number() {
        let round =
            |per_second, p50_ms, p99_ms| Measurement { per_second, latency: Percentiles { p50_ms, p99_ms } };
        let rounds = [round(100.0, 3.0, 9.0), round(300.0, 1.0, 8.0), round(200.0, 2.0, 7.0)];
        assert_eq!(Measurement::median(&rounds).unwrap(), round(200.0, 2.0, 8.0));
        assert!(Measurement::median(&[]).is_err());
    }
}
