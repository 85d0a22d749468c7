//! Decides which visits may follow a link with a maximum of clicks: classifies them, and counts concurrent ones together. The
//! store counts them; a link's record says whether it is gated.

use classify::{Class, Classifier, ClassifierInput};
use link_core::redirect::gate::GateAnswer;

use crate::store::batcher::Batcher;
use crate::store::links::GatedVisit;
use crate::store::{LinksDatabase, StoreError};

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
        visit: GatedVisit,
        visitor: ClassifierInput<'_>,
    ) -> Result<GateAnswer, StoreError> {
        if let Some(answer) = uncounted_answer(self.classifier.class(visitor)) {
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
