//! Sends webhooks: leases what is due at the origin, sends it, and reports how each receiver answered. What is never reported
//! becomes due again when its lease runs out.

use std::cell::Cell;

use edge_runtime::lookup::OriginError;
use edge_runtime::timing::clock::Clock;
use futures_util::future::join_all;
use link_core::time::UnixMillis;
use link_core::webhooks::{Delivery, DeliveryList, Outcome, OutcomeList};

/// Sent at once. A request may have six connections open (Workers platform limits), and one is the origin's.
const AT_ONCE: usize = 5;

pub trait Outbox {
    async fn lease(&self) -> Result<DeliveryList, OriginError>;
    async fn report(&self, outcomes: &OutcomeList) -> Result<(), OriginError>;
}

pub trait Receivers {
    async fn send(&self, delivery: &Delivery) -> Outcome;
}

/// Whether an invocation of this isolate is sending, so that many writes at once make one sender.
#[derive(Debug, Default)]
pub struct Sending {
    /// An invocation that the platform ended is forgotten after this.
    until: Cell<Option<UnixMillis>>,
    asked_again: Cell<bool>,
}

impl Sending {
    /// Sends what is due, unless another invocation does; that one then looks once more. Nothing begins after `until`.
    pub async fn send_due(
        &self,
        outbox: &impl Outbox,
        receivers: &impl Receivers,
        clock: &impl Clock,
        until: UnixMillis,
    ) -> Result<(), OriginError> {
        if self.until.get().is_some_and(|until| clock.now() < until) {
            self.asked_again.set(true);
            return Ok(());
        }
        self.until.set(Some(until));
        let mut sent = Ok(());
        loop {
            self.asked_again.set(false);
            let more = send_lease(outbox, receivers, clock, until).await;
            let again = *more.as_ref().unwrap_or(&false) || self.asked_again.get();
            sent = sent.and(more.map(drop));
            if !again || sent.is_err() || clock.now() >= until {
                break;
            }
        }
        self.until.set(None);
        sent
    }
}

/// Whether more may be due.
async fn send_lease(
    outbox: &impl Outbox,
    receivers: &impl Receivers,
    clock: &impl Clock,
    until: UnixMillis,
) -> Result<bool, OriginError> {
    let list = outbox.lease().await?;
    for some in list.deliveries.chunks(AT_ONCE) {
        if clock.now() >= until {
            break;
        }
        let outcomes = join_all(some.iter().map(|delivery| receivers.send(delivery))).await;
        outbox.report(&OutcomeList { outcomes }).await?;
    }
    Ok(list.more)
}

#[cfg(test)]
mod tests;
