//! Answers that are remembered by user agent, in bounded memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A campaign meets a few hundred user agents; what one visitor makes up cannot fill the memory.
const MAX_REMEMBERED: usize = 4_096;

#[derive(Debug)]
pub(crate) struct Remembered<T>(Mutex<HashMap<String, T>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    /// Holds no lock while it reads, so that one slow user agent makes no other request wait.
    pub(crate) fn get_or_read(&self, user_agent: &str, read: impl FnOnce(&str) -> T) -> T {
        if let Some(known) = self.lock().get(user_agent) {
            return known.clone();
        }
        let new = read(user_agent);
        let mut remembered = self.lock();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(user_agent.to_owned(), new.clone());
        new
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_stays_bounded() {
        let remembered = Remembered::default();
        for number in 0..=MAX_REMEMBERED {
            remembered.get_or_read(&number.to_string(), str::len);
        }
        assert_eq!(remembered.lock().len(), 1);
    }

    #[test]
    fn a_user_agent_is_read_once() {
        let remembered = Remembered::default();
        assert_eq!(remembered.get_or_read("curl/8.5.0", str::len), 10);
        assert_eq!(remembered.get_or_read("curl/8.5.0", |_| 0), 10);
    }
}
