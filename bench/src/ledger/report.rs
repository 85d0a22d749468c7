//! Compares figures of the ledger with stored ones.

use std::collections::BTreeMap;

use super::figures::Figures;

pub(super) const DIFFERENCES_SHOWN: usize = 10;

/// Prints what is compared. Returns the number of figures that differ.
pub(super) fn report(
    expected: &BTreeMap<&'static str, Figures>,
    stored: &BTreeMap<&'static str, Figures>,
) -> usize {
    let mut wrong = 0;
    for (name, expected) in expected {
        let none = Figures::new();
        let differences = differences(expected, stored.get(name).unwrap_or(&none));
        let verdict =
            if differences.is_empty() { "equal".to_owned() } else { format!("{} DIFFER", differences.len()) };
        println!("      {name:<28}{:>10} figures  {verdict}", expected.len());
        for difference in differences.iter().take(DIFFERENCES_SHOWN) {
            println!("        {difference}");
        }
        wrong += differences.len();
    }
    wrong
}

fn differences(expected: &Figures, stored: &Figures) -> Vec<String> {
    let missing_or_wrong = expected.iter().filter_map(|(key, expected)| match stored.get(key) {
        Some(stored) if stored == expected => None,
        stored => Some(format!("{key}: expected {expected}, stored {}", stored.copied().unwrap_or(0))),
    });
    let unexpected = stored
        .iter()
        .filter(|(key, _)| !expected.contains_key(*key))
        .map(|(key, stored)| format!("{key}: expected nothing, stored {stored}"));
    missing_or_wrong.chain(unexpected).collect()
}
