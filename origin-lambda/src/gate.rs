//! Gives leave to follow links with a maximum of clicks: classifies visits, and counts those of a moment together. How they are
//! counted is decided by the store; which link asks for leave, by its record.

use classify::{Class, Classifier, ClassifierInput};
use link_core::gate::GateAnswer;

use crate::gathering::Gathering;
use crate::store::links::GatedVisit;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug)]
pub struct Gate {
    links: LinksDatabase,
    classifier: Classifier,
    visits: Gathering<GatedVisit, Result<GateAnswer, StoreError>>,
}

impl Gate {
    pub fn new(links: LinksDatabase) -> Self {
        Self { links, classifier: Classifier::default(), visits: Gathering::default() }
    }

    pub async fn ask(
        &self,
        visit: GatedVisit,
        visitor: ClassifierInput<'_>,
    ) -> Result<GateAnswer, StoreError> {
        if let Some(machine) = machine(self.classifier.class(visitor)) {
            return Ok(machine);
        }
        let links = self.links.clone();
        let grant = move |visits: Vec<GatedVisit>| {
            let links = links.clone();
            async move { links.grant(&visits).await }
        };
        self.links.in_turn(self.visits.ask(visit, grant)).await?
    }
}

/// Classes that use nothing up. A suspect looks like a browser and calls from a data centre: it may be a person behind a VPN.
fn machine(class: Class) -> Option<GateAnswer> {
    match class {
        Class::Prefetch => Some(GateAnswer::Prefetch),
        Class::Head | Class::Preview | Class::Bot => Some(GateAnswer::Machine),
        Class::Suspect | Class::Human => None,
    }
}
