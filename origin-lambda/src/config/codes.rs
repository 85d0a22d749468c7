//! Reads the key that codes are made with and how many may be issued. Does not compare the key with the database's.

use link_core::names::code::{CodeKey, DEFAULT_CEILING, SPACE};
use startup::{ConfigError, Lookup, Variable};

pub(super) const CODE_KEY: Variable = Variable {
    name: "CODE_KEY",
    expected: "the 64 hexadecimal digits that this database's codes are made with; for a new database, the output of \
               `openssl rand -hex 32`, which must never change",
};
const CODE_CEILING: Variable = Variable {
    name: "CODE_CEILING",
    expected: "how many codes may be issued, from 1 to 3521614606208, or unset it for 1000000000",
};

#[derive(Debug)]
pub struct CodesConfig {
    pub key: CodeKey,
    /// Exclusive upper bound of the ids that may be issued.
    pub ceiling: u64,
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<CodesConfig, ConfigError> {
    let key = CODE_KEY.require_parsed(lookup, "is not 64 hexadecimal digits", |text| text.parse().ok())?;
    let parse = |text: &str| text.parse().ok().filter(|ceiling| (1..=SPACE).contains(ceiling));
    let ceiling = CODE_CEILING.get_parsed(lookup, "is not a number of codes", parse)?;
    Ok(CodesConfig { key, ceiling: ceiling.unwrap_or(DEFAULT_CEILING) })
}
