//! Decides which visits may follow a link with a maximum of clicks, and which get a link's own preview: classifies them, and counts
//! concurrent ones together. The store counts them; a link's record says whether it is gated.

use classify::{Class, Classifier, ClassifierInput};
use link_core::redirect::gate::GateAnswer;

use crate::store::batcher::Batcher;
use crate::store::links::GatedVisit;
use crate::store::{LinksDatabase, StoreError};

/// What is asked of a visit.
#[derive(Debug, Clone, Copy)]
pub struct GateQuestion {
    pub visit: GatedVisit,
    /// The link has a preview of its own, so that [`GateAnswer::Preview`] is an answer.
    pub own_preview: bool,
    /// The link has no gate, so that nothing is counted.
    pub uncounted: bool,
}

#[derive(Debug)]
pub struct Gate {
    links: LinksDatabase,
    classifier: Classifier,
    visits: Batcher<GatedVisit, Result<GateAnswer, StoreError>>,
}

impl Gate {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, classifier: Classifier::default(), visits: Batcher::default() }
    }

    pub async fn ask(
        &self,
        GateQuestion { visit, own_preview, uncounted }: GateQuestion,
        visitor: ClassifierInput<'_>,
    ) -> Result<GateAnswer, StoreError> {
        let class = self.classifier.class(visitor);
        if own_preview && class == Class::Preview {
            return Ok(GateAnswer::Preview);
        }
        if uncounted {
            return Ok(GateAnswer::Granted);
        }
        if let Some(answer) = uncounted_answer(class) {
            return Ok(answer);
        }
        let links = self.links.clone();
        let grant = move |visits: Vec<GatedVisit>| {
            let links = links.clone();
            async move { links.grant(&visits).await }
        };
        self.links.run_batched(self.visits.run(visit, grant)).await?
    }
}

/// The answer to classes that do not count. A suspect looks like a browser and comes from a data centre: it may be a person
/// behind a VPN, so it counts.
fn uncounted_answer(class: Class) -> Option<GateAnswer> {
    match class {
        Class::Prefetch => Some(GateAnswer::Prefetch),
        Class::Head | Class::Preview | Class::Bot => Some(GateAnswer::Machine),
        Class::Suspect | Class::Human => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use link_core::record::user_agent::may_be_preview;
    use serde_json::Value;

    use super::*;

    /// Every text in the file of a package, at any depth, that can be a user agent.
    fn texts(package: &str, file: &str) -> BTreeSet<String> {
        fn collect(value: Value, found: &mut BTreeSet<String>) {
            match value {
                Value::String(text) => drop(found.insert(text)),
                Value::Array(values) => values.into_iter().for_each(|value| collect(value, found)),
                Value::Object(values) => values.into_iter().for_each(|(_, value)| collect(value, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules");
        let path = packages.join(package).join(file);
        let json = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}. Install the corpora with `cargo xtask tools`", path.display())
        });
        let mut found = BTreeSet::new();
        collect(serde_json::from_str(&json).unwrap(), &mut found);
        found
    }

    /// The edge has no lists, and asks the origin about those that its few words let through.
    #[test]
    fn edge_asks_about_every_preview_and_about_no_browser() {
        let classifier = Classifier::default();
        let class = |user_agent: &str| {
            let user_agent = Some(user_agent);
            classifier.class(ClassifierInput { head: false, purpose: None, user_agent, asn: None })
        };
        let crawlers = texts("crawler-user-agents", "crawler-user-agents.json");
        let previews: Vec<_> = crawlers.iter().filter(|text| class(text) == Class::Preview).collect();
        assert!(previews.len() > 100, "{}", previews.len());
        let missed: Vec<_> = previews.iter().filter(|text| !may_be_preview(text)).collect();
        assert!(missed.is_empty(), "{missed:?}");
        let people = texts("user-agents", "dist/user-agents.json");
        let browsers = people.iter().filter(|text| text.starts_with("Mozilla/"));
        let asked: Vec<_> = browsers.filter(|text| may_be_preview(text)).collect();
        assert!(people.len() > 1_000 && asked.is_empty(), "{asked:?}");
    }
}
