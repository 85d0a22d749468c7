//! The alarms that stop a deployment. Decides which are watched and for how long; what is taken back is decided where it was
//! shipped.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde::Deserialize;

use super::cloud::{Call, Cloud};
use super::functions::parse;
use super::outputs::Outputs;

/// CloudWatch looks at a minute's points: asking more often tells nothing new.
const LOOK_EVERY: Duration = Duration::from_secs(15);

pub(super) struct Watch {
    /// By region.
    alarms: Vec<(String, Vec<String>)>,
    minutes: u32,
}

impl Watch {
    pub(super) fn over(outputs: &Outputs, ignored: &[String], minutes: u32) -> Result<Self> {
        let all: Vec<&String> = outputs.canary_alarms.values().flatten().collect();
        if let Some(unknown) = ignored.iter().find(|name| !all.contains(name)) {
            bail!("no alarm named {unknown} is watched; those that are: {all:?}");
        }
        let watched = outputs.canary_alarms.iter().map(|(region, names)| {
            let names = names.iter().filter(|name| !ignored.contains(name)).cloned().collect();
            (region.clone(), names)
        });
        Ok(Self { alarms: watched.filter(|(_, names): &(_, Vec<_>)| !names.is_empty()).collect(), minutes })
    }

    /// Before anything is shipped: an alarm that is on already would be taken for the new version's.
    pub(super) fn all_is_well(&self, cloud: &mut dyn Cloud) -> Result<()> {
        let on = self.on(cloud)?;
        ensure!(
            on.is_empty(),
            "alarms are on before anything was shipped: {}; docs/runbook.md has a page for each. What repairs it goes out with \
             `--ignore-alarm NAME` for each of them",
            on.join(", ")
        );
        Ok(())
    }

    /// Fails when an alarm goes on, or nobody can say whether one is.
    pub(super) fn look(&self, cloud: &mut dyn Cloud) -> Result<()> {
        let looks = u64::from(self.minutes) * 60 / LOOK_EVERY.as_secs();
        for _ in 0..looks {
            cloud.wait(LOOK_EVERY)?;
            let on = self.on(cloud)?;
            ensure!(on.is_empty(), "alarms are on: {}; docs/runbook.md has a page for each", on.join(", "));
        }
        Ok(())
    }

    fn on(&self, cloud: &mut dyn Cloud) -> Result<Vec<String>> {
        let mut on = Vec::new();
        for (region, names) in &self.alarms {
            let call = Call::new("aws")
                .args(["cloudwatch", "describe-alarms", "--region", region, "--output", "json"])
                .args(["--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-names"])
                .args(names.iter().cloned());
            let answer: Alarms = parse(&cloud.call(&call)?)?;
            let alarms: Vec<Alarm> =
                answer.metric_alarms.into_iter().chain(answer.composite_alarms).collect();
            if let Some(missing) = names.iter().find(|name| alarms.iter().all(|alarm| alarm.name != **name)) {
                bail!(
                    "CloudWatch in {region} knows no alarm {missing}: has somebody deleted it? `terraform apply` brings it back"
                );
            }
            on.extend(alarms.into_iter().filter(|alarm| alarm.state == "ALARM").map(|alarm| alarm.name));
        }
        Ok(on)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarms {
    #[serde(default)]
    metric_alarms: Vec<Alarm>,
    #[serde(default)]
    composite_alarms: Vec<Alarm>,
}

#[derive(Deserialize)]
struct Alarm {
    #[serde(rename = "AlarmName")]
    name: String,
    #[serde(rename = "StateValue")]
    state: String,
}
