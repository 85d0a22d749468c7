//! Finds free ports on loopback, for parts that cannot pick one themselves.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

/// Below the range of outgoing connections, so that none takes the port before the part listens.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

static RESERVED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port that is free and that this process has not returned before.
pub fn free_port() -> Result<u16> {
    let start = u16::try_from(getrandom::u32().context("no randomness")? % u32::from(LAST - FIRST + 1))?;
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    let candidates = (FIRST + start..=LAST).chain(FIRST..FIRST + start);
    for port in candidates {
        if !reserved.contains(&port) && is_free(port) {
            reserved.insert(port);
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {LAST} on 127.0.0.1")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
