//! Random ids, drawn many at a time: a call into the runtime costs more than a redirect from memory.

use std::cell::RefCell;

use link_core::trace_context::{SpanId, TraceId};

pub const DRAWN_BYTES: usize = 1_024;

pub type Draw = fn() -> [u8; DRAWN_BYTES];

#[derive(Debug)]
pub struct Ids {
    draw: Draw,
    drawn: RefCell<Vec<u8>>,
}

impl Ids {
    pub fn new(draw: Draw) -> Self {
        Self { draw, drawn: RefCell::default() }
    }

    pub fn trace_id(&self) -> TraceId {
        TraceId::from_random(self.take())
    }

    pub fn span_id(&self) -> SpanId {
        SpanId::from_random(self.take())
    }

    fn take<const N: usize>(&self) -> [u8; N] {
        let mut drawn = self.drawn.borrow_mut();
        if drawn.len() < N {
            *drawn = (self.draw)().to_vec();
        }
        let mut bytes = [0; N];
        let rest = drawn.len().saturating_sub(N);
        drawn.drain(rest..).zip(&mut bytes).for_each(|(random, byte)| *byte = random);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;

    use super::*;

    thread_local! {
        static DRAWS: Cell<u8> = const { Cell::new(0) };
    }

    fn draw() -> [u8; DRAWN_BYTES] {
        let number = DRAWS.get() + 1;
        DRAWS.set(number);
        std::array::from_fn(|index| if index % 8 < 4 { number } else { u8::try_from(index / 8).unwrap() })
    }

    #[test]
    fn bytes_are_used_once_and_drawn_many_at_a_time() {
        let ids = Ids::new(draw);
        let drawn: HashSet<SpanId> = (0..2 * DRAWN_BYTES / 8).map(|_| ids.span_id()).collect();
        assert_eq!((drawn.len(), DRAWS.get()), (2 * DRAWN_BYTES / 8, 2));
        assert!(ids.trace_id().to_bytes() != ids.trace_id().to_bytes());
        assert_eq!(DRAWS.get(), 3);
    }
}
