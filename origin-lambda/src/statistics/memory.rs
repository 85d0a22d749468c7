//! The last answer to each question, for the time when the analytics database is slow or gone. Bounded in bytes; belongs to one
//! process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use link_core::time::UnixMillis;

use crate::limits::MAX_REMEMBERED_BYTES;

#[derive(Debug, Default)]
pub struct AnswerMemory(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    by_question: HashMap<String, Remembered>,
    /// Of questions and answers.
    bytes: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) at: UnixMillis,
    /// JSON.
    pub(crate) answer: Bytes,
}

impl AnswerMemory {
    pub(crate) fn get(&self, question: &str) -> Option<Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_question.get(question).cloned()
    }

    pub(crate) fn keep(&self, question: String, at: UnixMillis, answer: Bytes) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.forget(&question);
        answers.bytes += question.len() + answer.len();
        answers.by_question.insert(question, Remembered { at, answer });
        while answers.bytes > MAX_REMEMBERED_BYTES {
            let oldest = answers.by_question.iter().min_by_key(|(_, known)| known.at);
            let Some(oldest) = oldest.map(|(question, _)| question.clone()) else { return };
            answers.forget(&oldest);
        }
    }
}

impl Answers {
    fn forget(&mut self, question: &str) {
        if let Some(known) = self.by_question.remove(question) {
            self.bytes -= question.len() + known.answer.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_make_room() {
        let memory = AnswerMemory::default();
        let answer = Bytes::from(vec![b' '; MAX_REMEMBERED_BYTES / 10]);
        for number in 0..=10 {
            memory.keep(number.to_string(), UnixMillis(number), answer.clone());
            memory.keep(number.to_string(), UnixMillis(number), answer.clone());
        }
        let known: Vec<_> = (0..=10).filter(|number| memory.get(&number.to_string()).is_some()).collect();
        assert_eq!(known, (2..=10).collect::<Vec<_>>());
    }
}
