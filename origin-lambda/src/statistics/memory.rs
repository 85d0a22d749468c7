//! The last answer to each question, for the time when the analytics database is slow or gone. Bounded; belongs to one
//! process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use link_core::time::UnixMillis;
use serde_json::Value;

/// Some kilobytes each, a few hundred at most (see `MAX_SERIES_POINTS`).
const MAX_ANSWERS: usize = 500;

#[derive(Debug, Default)]
pub struct AnswerMemory(Mutex<HashMap<String, Remembered>>);

#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) at: UnixMillis,
    pub(crate) answer: Value,
}

impl AnswerMemory {
    pub(crate) fn get(&self, question: &str) -> Option<Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    pub(crate) fn keep(&self, question: String, at: UnixMillis, answer: Value) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_ANSWERS && !answers.contains_key(&question) {
            let oldest =
                answers.iter().min_by_key(|(_, known)| known.at).map(|(question, _)| question.clone());
            oldest.and_then(|oldest| answers.remove(&oldest));
        }
        answers.insert(question, Remembered { at, answer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answer_makes_room() {
        let memory = AnswerMemory::default();
        for number in 0..=500 {
            memory.keep(number.to_string(), UnixMillis(number), Value::Null);
        }
        assert!(memory.get("0").is_none() && memory.get("1").is_some() && memory.get("500").is_some());
    }
}
