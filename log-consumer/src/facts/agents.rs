//! What a `User-Agent` says: browser, system, device, and whether it is a machine. The browsers are woothee's to know, the
//! machines those of `data/agents.tsv`.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use link_core::user_agent::Device;
use regex::RegexSet;
use woothee::parser::Parser;

const MACHINES: &str = include_str!("../../data/agents.tsv");
/// Agents whose reading is remembered. A campaign meets a few hundred; what one visitor makes up cannot fill the memory.
const MAX_REMEMBERED: usize = 4_096;
/// What woothee says when it does not know.
const UNKNOWN: &str = "UNKNOWN";

/// A client that says it is no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    Preview,
    Bot,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    pub machine: Option<Machine>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device: Option<&'static str>,
}

/// Reads agents, and remembers what it has read: 1,500 expressions and a parser are worth doing once an agent.
#[derive(Debug, Default)]
pub struct Agents {
    read: Mutex<HashMap<String, Agent>>,
}

impl Agents {
    pub fn read(&self, agent: &str) -> Agent {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(agent) {
            return known.clone();
        }
        let new = parse(agent);
        if read.len() >= MAX_REMEMBERED {
            read.clear();
        }
        read.insert(agent.to_owned(), new.clone());
        new
    }
}

fn parse(agent: &str) -> Agent {
    let parsed = Parser::new().parse(agent).unwrap_or_default();
    let known = |name: &str| (!name.is_empty() && name != UNKNOWN).then(|| name.to_owned());
    let machine = machine(agent).or((parsed.category == "crawler").then_some(Machine::Bot));
    if machine.is_some() {
        // Whom a machine pretends to be is nobody's browser.
        return Agent { machine, ..Agent::default() };
    }
    let os = known(parsed.os).map(|os| system(&os).to_owned());
    Agent {
        machine,
        browser: known(parsed.name),
        device: os.is_some().then(|| Device::of(agent).as_str()),
        os,
    }
}

/// One name for all versions of a system, as its maker writes it.
fn system(os: &str) -> &str {
    match os {
        "iPhone" | "iPad" | "iPod" => "iOS",
        "Mac OSX" => "macOS",
        _ if os.starts_with("Windows") && !os.contains("Phone") => "Windows",
        _ => os,
    }
}

fn machine(agent: &str) -> Option<Machine> {
    static SET: LazyLock<(RegexSet, Vec<Machine>)> = LazyLock::new(|| {
        let (machines, patterns): (Vec<_>, Vec<_>) = lines().unzip();
        // A test reads every line, so there is nothing here that could fail.
        (RegexSet::new(patterns).unwrap_or_else(|_| RegexSet::empty()), machines)
    });
    let (set, machines) = &*SET;
    set.matches(agent).iter().next().and_then(|first| machines.get(first)).copied()
}

fn lines() -> impl Iterator<Item = (Machine, &'static str)> {
    MACHINES.lines().filter_map(|line| {
        let (class, pattern) = line.split_once('\t')?;
        Some((if class == "preview" { Machine::Preview } else { Machine::Bot }, pattern))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_machines_is_read() {
        let patterns: Vec<_> = lines().map(|(_, pattern)| pattern).collect();
        assert!(patterns.len() > 1_000);
        assert_eq!(RegexSet::new(patterns).map(|set| set.len()).ok(), Some(lines().count()));
        let others = MACHINES.lines().filter(|line| !line.contains('\t'));
        assert!(others.into_iter().all(|line| line.starts_with('#')));
    }

    #[test]
    fn what_is_remembered_stays_bounded() {
        let agents = Agents::default();
        for number in 0..MAX_REMEMBERED + 10 {
            agents.read.lock().unwrap().insert(number.to_string(), Agent::default());
        }
        agents.read("curl/8.5.0");
        assert_eq!(agents.read.lock().unwrap().len(), 1);
    }
}
