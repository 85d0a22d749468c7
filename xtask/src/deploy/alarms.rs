//! Watches the alarms that stop a deployment.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde::Deserialize;

use super::cloud::{Cloud, CloudCommand, parse};
use super::outputs::Outputs;

/// CloudWatch evaluates one-minute points: polling more often shows nothing new.
const POLL_INTERVAL: Duration = Duration::from_secs(15);

pub(super) struct AlarmWatch {
    /// By region.
    alarms: Vec<(String, Vec<String>)>,
    time: Duration,
}

impl AlarmWatch {
    pub(super) fn over(outputs: &Outputs, ignored: &[String], minutes: f64) -> Result<Self> {
        let all: Vec<&String> = outputs.canary_alarms.values().flatten().collect();
        if let Some(unknown) = ignored.iter().find(|name| !all.contains(name)) {
            bail!("no alarm named {unknown} is watched; watched alarms: {all:?}");
        }
        let time = Duration::from_secs_f64(minutes * 60.0);
        let watched = outputs.canary_alarms.iter().map(|(region, names)| {
            let names = names.iter().filter(|name| !ignored.contains(name)).cloned().collect();
            (region.clone(), names)
        });
        Ok(Self { alarms: watched.filter(|(_, names): &(_, Vec<_>)| !names.is_empty()).collect(), time })
    }

    /// Checked before anything is deployed: an alarm that is on already would be attributed to the new version.
    pub(super) fn check_all_off(&self, cloud: &mut dyn Cloud) -> Result<()> {
        let on = self.active(cloud)?;
        ensure!(
            on.is_empty(),
            "alarms are on before the deployment: {}; see their pages in docs/runbook.md. To deploy the fix, \
             pass `--ignore-alarm NAME` for each",
            on.join(", ")
        );
        Ok(())
    }

    /// Fails when an alarm goes on or cannot be read.
    pub(super) fn watch(&self, cloud: &mut dyn Cloud) -> Result<()> {
        let mut left = self.time;
        while !left.is_zero() {
            let interval = left.min(POLL_INTERVAL);
            cloud.wait(interval)?;
            left -= interval;
            let on = self.active(cloud)?;
            ensure!(on.is_empty(), "alarms are on: {}; see their pages in docs/runbook.md", on.join(", "));
        }
        Ok(())
    }

    fn active(&self, cloud: &mut dyn Cloud) -> Result<Vec<String>> {
        let mut on = Vec::new();
        for (region, names) in &self.alarms {
            let call = CloudCommand::new("aws")
                .args(["cloudwatch", "describe-alarms", "--region", region, "--output", "json"])
                .args(["--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-names"])
                .args(names.iter().cloned());
            let answer: Alarms = parse(&cloud.call(&call)?)?;
            let alarms: Vec<Alarm> =
                answer.metric_alarms.into_iter().chain(answer.composite_alarms).collect();
            if let Some(missing) = names.iter().find(|name| alarms.iter().all(|alarm| alarm.name != **name)) {
                bail!(
                    "CloudWatch in {region} has no alarm {missing}. If it was deleted, `terraform apply` restores it"
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
