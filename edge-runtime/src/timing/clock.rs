//! The clock and the randomness of the runtime, or of a test.

use link_core::time::UnixMillis;

pub trait Clock {
    fn now(&self) -> UnixMillis;
    /// In [0, 1); for balancing and jitter, not for secrets.
    fn random(&self) -> f64;
}

#[cfg(any(test, feature = "test-util"))]
pub mod fixtures {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// A clock that a test sets; `random` is always 0.5.
    #[derive(Debug, Default)]
    pub struct TestClock(pub Cell<i64>);

    impl Clock for TestClock {
        fn now(&self) -> UnixMillis {
            UnixMillis(self.0.get())
        }

        fn random(&self) -> f64 {
            0.5
        }
    }

    impl<K: Clock> Clock for Rc<K> {
        fn now(&self) -> UnixMillis {
            (**self).now()
        }

        fn random(&self) -> f64 {
            (**self).random()
        }
    }
}
