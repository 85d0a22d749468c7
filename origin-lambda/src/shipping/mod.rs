//! Ships the clicks of the redirects that the origin answers itself. Decides when a batch leaves and what becomes of it;
//! how one is sealed and what its books say is the click buffer's to decide.

mod at_once;
mod in_background;
pub mod sqs;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use link_core::click_batch::{Click, Producer};
use link_core::click_buffer::{ClickBuffer, SealedBatch};
use link_core::time::UnixMillis;
use thiserror::Error;
use uuid::Uuid;

use crate::clock::Clock;
use at_once::AtOnce;
use in_background::InBackground;

/// Where sealed batches go. One that is handed over twice is stored once.
pub trait ClickQueue: fmt::Debug + Send + Sync {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>>;
}

#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum QueueError {
    #[error("the queue does not answer: {0}")]
    Unavailable(String),
    /// The same bytes would be refused again.
    #[error("the queue refuses: {0}")]
    Refused(String),
}

#[derive(Debug)]
pub enum Shipping {
    /// Without a queue, clicks are not counted.
    Off,
    AtOnce(Box<AtOnce>),
    InBackground(InBackground),
}

impl Shipping {
    /// For a process that is frozen between two requests: what it has not sent by then may never leave.
    pub fn at_once(queue: Arc<dyn ClickQueue>) -> Result<Self, getrandom::Error> {
        Ok(Self::AtOnce(Box::new(AtOnce::new(queue, ClickBuffer::new(random_producer()?)))))
    }

    /// For a process that runs on. Has to be called inside a Tokio runtime.
    pub fn in_background(queue: Arc<dyn ClickQueue>, clock: Clock) -> Result<Self, getrandom::Error> {
        Ok(Self::InBackground(InBackground::start(queue, ClickBuffer::new(random_producer()?), clock)))
    }

    /// Returns when the process may be frozen. Never fails: a visitor gets the redirect, whatever becomes of the click.
    pub async fn record(&self, click: &Click, now: UnixMillis) {
        match self {
            Self::Off => {}
            Self::AtOnce(shipping) => shipping.record(click, now).await,
            Self::InBackground(shipping) => shipping.record(click, now),
        }
    }

    /// A visit to a name that no link has. It is no click: at the latest the next one takes it along.
    pub async fn record_orphan_visit(&self, name: &str, now: UnixMillis) {
        match self {
            Self::Off => {}
            Self::AtOnce(shipping) => shipping.record_orphan_visit(name, now).await,
            Self::InBackground(shipping) => shipping.record_orphan_visit(name, now),
        }
    }

    /// Sends what is left, for so long at most. No click may be recorded afterwards.
    pub async fn finish(&self, patience: Duration) {
        if let Self::InBackground(shipping) = self {
            shipping.finish(patience).await;
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
