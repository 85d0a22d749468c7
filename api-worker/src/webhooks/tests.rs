//! What the sender does with leases, receivers that take their time, and an origin that is down.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures_executor::block_on;
use link_core::webhooks::Reply;

use super::*;

const UNTIL: UnixMillis = UnixMillis(1_000);

#[derive(Default)]
struct World {
    leases: RefCell<VecDeque<DeliveryList>>,
    leased: Cell<usize>,
    sent: RefCell<Vec<String>>,
    reported: RefCell<Vec<String>>,
    now: Cell<i64>,
    is_down: Cell<bool>,
}

fn delivery(name: &str) -> Delivery {
    Delivery {
        message: link_core::test_util::link_id().0,
        lease: link_core::test_util::link_id().0,
        url: name.to_owned(),
        headers: Vec::new(),
        body: String::new(),
    }
}

impl World {
    fn of(leases: &[(&[&str], bool)]) -> Self {
        let list = |(names, more): &(&[&str], bool)| DeliveryList {
            deliveries: names.iter().map(|name| delivery(name)).collect(),
            more: *more,
        };
        Self { leases: RefCell::new(leases.iter().map(list).collect()), ..Self::default() }
    }

    fn send(&self, sending: &Sending) -> Result<(), OriginError> {
        block_on(sending.send_due(self, self, self, UNTIL))
    }
}

impl Outbox for World {
    async fn lease(&self) -> Result<DeliveryList, OriginError> {
        self.leased.set(self.leased.get() + 1);
        if self.is_down.get() {
            return Err(OriginError::Unavailable("down".to_owned()));
        }
        Ok(self.leases.borrow_mut().pop_front().unwrap_or_default())
    }

    async fn report(&self, outcomes: &OutcomeList) -> Result<(), OriginError> {
        self.reported.borrow_mut().push(format!("{:?}", outcomes.outcomes.len()));
        Ok(())
    }
}

impl Receivers for World {
    async fn send(&self, delivery: &Delivery) -> Outcome {
        self.sent.borrow_mut().push(delivery.url.clone());
        self.now.set(self.now.get() + 100);
        let Delivery { message, lease, .. } = *delivery;
        Outcome { message, lease, reply: Reply::Status(204), retry_after_seconds: None }
    }
}

impl Clock for World {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    fn random(&self) -> f64 {
        0.0
    }
}

#[test]
fn everything_due_is_sent_and_reported() {
    let world = World::of(&[(&["a", "b", "c", "d", "e", "f"], true), (&["g"], false)]);
    world.send(&Sending::default()).unwrap();
    assert_eq!(*world.sent.borrow(), ["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(*world.reported.borrow(), ["5", "1", "1"]);
}

#[test]
fn nothing_begins_after_the_end() {
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::of(&[(&names, true), (&["late"], false)]);
    world.send(&Sending::default()).unwrap();
    assert_eq!(world.sent.borrow().len(), 10, "two times five take the second");
    assert_eq!(world.leased.get(), 1);
}

#[test]
fn second_sender_leaves_it_to_the_first() {
    let (world, sending) = (World::of(&[(&["a"], false)]), Sending::default());
    sending.until.set(Some(UNTIL));
    world.send(&sending).unwrap();
    assert_eq!((world.leased.get(), sending.asked_again.get()), (0, true));
    // The first was ended by the platform.
    world.now.set(UNTIL.0);
    world.send(&sending).unwrap();
    assert_eq!(*world.sent.borrow(), Vec::<String>::new(), "its own time is over, too");
    assert_eq!(sending.until.get(), None);
}

#[test]
fn failed_lease_lets_the_next_sender_try() {
    let (world, sending) = (World::of(&[(&["a"], false)]), Sending::default());
    world.is_down.set(true);
    assert!(world.send(&sending).is_err());
    world.is_down.set(false);
    world.send(&sending).unwrap();
    assert_eq!(*world.sent.borrow(), ["a"]);
}
