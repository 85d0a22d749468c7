//! Free ports on loopback, for parts that cannot be told "any" and asked afterwards.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

/// Below the range that systems give to outgoing connections, so that no connection takes a port between the moment
/// it is chosen and the moment the part listens.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port that nobody listens on and that this process has not given out before.
pub fn free_port() -> Result<u16> {
    let start = u16::try_from(getrandom::u32().context("no randomness")? % u32::from(LAST - FIRST + 1))?;
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let candidates = (FIRST + start..=LAST).chain(FIRST..FIRST + start);
    for port in candidates {
        if !given.contains(&port) && is_free(port) {
            given.insert(port);
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {LAST} on 127.0.0.1")
}

pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
