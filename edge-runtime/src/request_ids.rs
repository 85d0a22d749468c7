//! The ids of an isolate's requests: unique among all isolates without a call into the runtime.

use std::cell::Cell;

#[derive(Debug)]
pub struct RequestIds {
    isolate: String,
    requests: Cell<u64>,
}

impl RequestIds {
    /// `isolate` begins with twelve random characters.
    pub fn new(isolate: &str) -> Self {
        Self { isolate: isolate.chars().take(12).collect(), requests: Cell::new(0) }
    }

    pub fn next(&self) -> String {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        format!("{}-{number}", self.isolate)
    }
}
