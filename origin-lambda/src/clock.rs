//! The clock that handlers read, so that a test can set the time.

use std::fmt;
use std::sync::Arc;

use link_core::time::UnixMillis;
use time::OffsetDateTime;

#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixMillis + Send + Sync>);

impl Clock {
    pub fn system() -> Self {
        Self(Arc::new(|| OffsetDateTime::now_utc().into()))
    }

    pub fn fixed(moment: UnixMillis) -> Self {
        Self(Arc::new(move || moment))
    }

    pub fn now(&self) -> UnixMillis {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
