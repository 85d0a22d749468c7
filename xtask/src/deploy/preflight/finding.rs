//! What the preflight found: problems with what mends each, and checks that could not be made.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) what: String,
    /// A command or a setting.
    pub(super) remedy: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) check: String,
    pub(super) reason: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) skipped: Vec<Skipped>,
}

impl Findings {
    pub(super) fn problem(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem { what: what.into(), remedy: remedy.into() });
    }

    pub(super) fn skip(&mut self, check: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skipped { check: check.into(), reason: reason.into() });
    }

    pub(super) fn add(&mut self, others: Self) {
        self.problems.extend(others.problems);
        self.skipped.extend(others.skipped);
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { what, remedy }) in self.problems.iter().enumerate() {
            writeln!(f, "\n{}. {what}", index + 1)?;
            for line in remedy.lines() {
                writeln!(f, "   → {line}")?;
            }
        }
        if !self.skipped.is_empty() {
            writeln!(f, "\nNot checked:")?;
        }
        for Skipped { check, reason } in &self.skipped {
            writeln!(f, "  - {check}: {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_numbers_problems_and_names_skipped_checks() {
        let mut findings = Findings::default();
        findings.problem("the bucket keeps no versions", "run this\nor that");
        findings.skip("the quota", "access denied");
        let report = findings.to_string();
        assert_eq!(
            report,
            "\n1. the bucket keeps no versions\n   → run this\n   → or that\n\nNot checked:\n  - the quota: access denied\n"
        );
    }
}
