//! The machine lists against whole published corpora: user agents of people, of which none may be a machine, and published crawlers,
//! each of which must be one. What differs is in `corpora/exceptions.tsv`, one by one, with the reason.
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
    Machine,
}

/// A user agent of a corpus starts with it, and is of the other kind than the corpus says.
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
            assert!(!reason.is_empty(), "no reason: {line:?}");
            let kind = if kind == "machine" { Kind::Machine } else { Kind::Person };
            Exception { kind, start }
        })
        .collect()
}

fn kind(classifier: &Classifier, user_agent: &str) -> Kind {
    let input = ClassifierInput { head: false, purpose: None, user_agent: Some(user_agent), asn: None };
    match classifier.class(input) {
        Class::Bot | Class::Preview => Kind::Machine,
        _ => Kind::Person,
    }
}

/// Fails with each user agent that is of another kind, and names the exceptions that are none any more.
fn hold(corpora: &[(Kind, BTreeSet<String>)]) {
    let (classifier, exceptions) = (Classifier::default(), exceptions());
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (expected, user_agents) in corpora {
        assert!(!user_agents.is_empty());
        for user_agent in user_agents {
            let is = kind(&classifier, user_agent);
            if is == *expected {
                continue;
            }
            let known = exceptions
                .iter()
                .position(|exception| exception.kind == is && user_agent.starts_with(exception.start));
            match known {
                Some(number) => {
                    used.insert(number);
                }
                None => wrong.push(format!("{is:?}\t{user_agent}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} user agents are taken for:\n{}", wrong.len(), wrong.join("\n"));
    let unused = exceptions.iter().enumerate().filter(|(number, _)| !used.contains(number));
    let unused: Vec<_> = unused.map(|(_, exception)| exception).collect();
    assert!(unused.is_empty(), "no exceptions any more: {unused:#?}");
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

/// Where cargo has put the sources of the parser, in which the cases of uap-core lie.
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

/// What uap-core calls a machine among devices.
const SPIDER: &str = "Spider";

/// Of the cases about devices all are held; of those about browsers and systems, which tell of many programs too, what begins like
/// a browser and is no spider by uap-core's own expressions.
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
    let machines = spiders.into_iter().map(|case| case.user_agent_string);
    [(Kind::Person, people.collect()), (Kind::Machine, machines.collect())]
}

#[test]
fn no_person_is_a_machine_and_each_crawler_is_one() {
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
    hold(&[(Kind::Person, visitors), (Kind::Machine, crawlers), people, spiders]);
}

#[test]
fn lists_are_those_of_the_pinned_packages() {
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
        assert!(list.starts_with(&first), "run `cargo xtask refresh-user-agents`: {first:?} expected");
    }
}
