//! Checks the bot lists against published corpora: no person's user agent may be a bot, and each published crawler must be one.
//! `corpora/exceptions.tsv` lists each exception with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy.toml lifts these in test functions, not in what they share"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use classify::{Class, Classifier, ClassifierInput};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const EXCEPTIONS: &str = include_str!("corpora/exceptions.tsv");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Person,
    Bot,
}

/// User agents that start with `start` are of `kind`, although the corpus says otherwise.
#[derive(Debug)]
struct Exception {
    kind: Kind,
    start: &'static str,
}

fn exceptions() -> Vec<Exception> {
    let lines = EXCEPTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            let [kind, start, reason] = fields[..] else { panic!("three columns: {line:?}") };
            assert!(!reason.is_empty(), "give a reason: {line:?}");
            let kind = if kind == "bot" { Kind::Bot } else { Kind::Person };
            Exception { kind, start }
        })
        .collect()
}

fn kind(classifier: &Classifier, user_agent: &str) -> Kind {
    let input = ClassifierInput { head: false, purpose: None, user_agent: Some(user_agent), asn: None };
    match classifier.class(input) {
        Class::Bot | Class::Preview => Kind::Bot,
        _ => Kind::Person,
    }
}

/// Fails if a user agent is of the wrong kind without an exception, or if an exception is no longer needed.
fn check(corpora: &[(Kind, BTreeSet<String>)]) {
    let (classifier, exceptions) = (Classifier::default(), exceptions());
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (expected, user_agents) in corpora {
        assert!(!user_agents.is_empty());
        for user_agent in user_agents {
            let actual = kind(&classifier, user_agent);
            if actual == *expected {
                continue;
            }
            let known = exceptions
                .iter()
                .position(|exception| exception.kind == actual && user_agent.starts_with(exception.start));
            match known {
                Some(number) => {
                    used.insert(number);
                }
                None => wrong.push(format!("{actual:?}\t{user_agent}")),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} user agents are classified wrongly, as:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let unused = exceptions.iter().enumerate().filter(|(number, _)| !used.contains(number));
    let unused: Vec<_> = unused.map(|(_, exception)| exception).collect();
    assert!(unused.is_empty(), "exceptions that are no longer needed: {unused:#?}");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| {
        panic!("{}: {error}. Install the corpora with `cargo xtask tools`", path.display())
    })
}

fn json<T: DeserializeOwned>(package: &str, file: &str) -> T {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules");
    serde_json::from_str(&read(&packages.join(package).join(file))).unwrap()
}

/// The folder of uap-core in the parser's sources, which cargo has downloaded.
fn uap_core() -> PathBuf {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        manifest_path: PathBuf,
    }
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "host-tuple"]);
    let output = metadata.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let parser = metadata.packages.into_iter().find(|package| package.name == "ua-parser").unwrap();
    parser.manifest_path.with_file_name("uap-core")
}

#[derive(Deserialize)]
struct Cases {
    test_cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    user_agent_string: String,
    family: Option<String>,
}

fn cases(folder: &Path, file: &str) -> Vec<Case> {
    serde_yaml_ng::from_str::<Cases>(&read(&folder.join("tests").join(file))).unwrap().test_cases
}

/// uap-core's device name for bots.
const SPIDER: &str = "Spider";

/// Uses all device cases. Of the browser and system cases, which include many programs, uses those that start like a browser and are
/// not spiders by uap-core's own expressions.
fn uap_core_corpora() -> [(Kind, BTreeSet<String>); 2] {
    let folder = uap_core();
    let (spiders, devices): (Vec<_>, Vec<_>) = cases(&folder, "test_device.yaml")
        .into_iter()
        .partition(|case| case.family.as_deref() == Some(SPIDER));
    let expressions: ua_parser::Regexes<'_> =
        serde_yaml_ng::from_str(&read(&folder.join("regexes.yaml"))).unwrap();
    let builder = ua_parser::device::Builder::new().push_all(expressions.device_parsers).unwrap();
    let device = builder.build().unwrap();
    let is_browser = |case: &Case| {
        let user_agent = &case.user_agent_string;
        (user_agent.starts_with("Mozilla/") || user_agent.starts_with("Opera/"))
            && device.extract(user_agent).is_none_or(|found| found.device != SPIDER)
    };
    let browsers = ["test_ua.yaml", "test_os.yaml"].into_iter().flat_map(|file| cases(&folder, file));
    let people = devices.into_iter().chain(browsers.filter(is_browser)).map(|case| case.user_agent_string);
    let bots = spiders.into_iter().map(|case| case.user_agent_string);
    [(Kind::Person, people.collect()), (Kind::Bot, bots.collect())]
}

#[test]
fn no_person_is_a_bot_and_each_crawler_is_one() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Visitor {
        user_agent: String,
    }
    #[derive(Deserialize)]
    struct Crawler {
        instances: Vec<String>,
    }
    let visitors: Vec<Visitor> = json("user-agents", "dist/user-agents.json");
    let crawlers: Vec<Crawler> = json("crawler-user-agents", "crawler-user-agents.json");
    let visitors = visitors.into_iter().map(|visitor| visitor.user_agent).collect();
    let crawlers = crawlers.into_iter().flat_map(|crawler| crawler.instances).collect();
    let [people, spiders] = uap_core_corpora();
    check(&[(Kind::Person, visitors), (Kind::Bot, crawlers), people, spiders]);
}

#[test]
fn lists_match_the_pinned_packages() {
    #[derive(Deserialize)]
    struct Manifest {
        version: String,
    }
    for (package, list) in [
        ("crawler-user-agents", include_str!("../data/crawler-user-agents.tsv")),
        ("isbot", include_str!("../data/isbot.txt")),
    ] {
        let Manifest { version } = json(package, "package.json");
        let first = format!("# {package} {version}, fetched on ");
        assert!(list.starts_with(&first), "run `cargo xtask refresh-user-agents`: expected {first:?}");
    }
}
