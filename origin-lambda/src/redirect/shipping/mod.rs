//! Ships the clicks of redirects that the origin answers. Decides when a batch is sent and retried; the click buffer of
//! `link-core` seals batches and accounts for drops.

mod background;
mod queue;
pub mod sqs;
mod synchronous;

use std::sync::Arc;
use std::time::Duration;

use link_core::clicks::batch::{Click, Producer};
use link_core::clicks::buffer::ClickBuffer;
use link_core::time::UnixMillis;
use uuid::Uuid;

use crate::clock::Clock;
use background::BackgroundShipping;
pub use queue::{ClickQueue, QueueError};
use synchronous::SynchronousShipping;

#[derive(Debug)]
pub enum Shipping {
    /// No queue: clicks are not counted.
    Off,
    Synchronous(Box<SynchronousShipping>),
    Background(BackgroundShipping),
}

impl Shipping {
    /// For a process that is frozen between requests: clicks that are not sent by then may never be.
    pub fn synchronous(queue: Arc<dyn ClickQueue>) -> Result<Self, getrandom::Error> {
        Ok(Self::Synchronous(Box::new(SynchronousShipping::new(queue, ClickBuffer::new(random_producer()?)))))
    }

    /// For a process that keeps running. Must be called in a Tokio runtime.
    pub fn background(queue: Arc<dyn ClickQueue>, clock: Clock) -> Result<Self, getrandom::Error> {
        Ok(Self::Background(BackgroundShipping::start(queue, ClickBuffer::new(random_producer()?), clock)))
    }

    /// Returns when the process may be frozen. Never fails: a visitor gets the redirect even if the click is lost.
    pub async fn record(&self, click: &Click, now: UnixMillis) {
        match self {
            Self::Off => {}
            Self::Synchronous(shipping) => shipping.record(click, now).await,
            Self::Background(shipping) => shipping.record(click, now),
        }
    }

    /// Records a visit to a name without a link, which is not a click: it is sent with the next click at the latest.
    pub async fn record_orphan_visit(&self, name: &str, now: UnixMillis) {
        match self {
            Self::Off => {}
            Self::Synchronous(shipping) => shipping.record_orphan_visit(name, now).await,
            Self::Background(shipping) => shipping.record_orphan_visit(name, now),
        }
    }

    /// Sends the remaining clicks, for at most `max_wait`. No click may be recorded afterwards.
    pub async fn finish(&self, max_wait: Duration) {
        if let Self::Background(shipping) = self {
            shipping.finish(max_wait).await;
        }
    }
}

fn random_producer() -> Result<Producer, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(Producer(Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod fixtures;
