//! Numbers for answers that are given again and again: to read a text out of wasm costs JavaScript more than to make it, and
//! the visitors of one link mostly get the same. Decides which answers still have their number.

use std::collections::HashMap;

const MAX_ANSWERS: i32 = 1_000;
/// A redirect has some 300 bytes, a page of ours hardly 3 KB. What is longer holds what a visitor made up, as the preview of
/// a long path does, with up to 82 KB: each answer is kept here and in JavaScript, which would be more than an isolate's 128 MB.
const MAX_BYTES: usize = 4_096;

#[derive(Debug, Default)]
pub struct AnswerNumbers {
    numbers: HashMap<String, i32>,
}

/// The number of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Number {
    /// It stands for the same text as the last time.
    Known(i32),
    /// It may have stood for another text before.
    New(i32),
    /// The answer is too long for one.
    None,
}

impl AnswerNumbers {
    pub fn of(&mut self, text: &str) -> Number {
        if text.len() > MAX_BYTES {
            return Number::None;
        }
        if let Some(number) = self.numbers.get(text) {
            return Number::Known(*number);
        }
        let mut next = i32::try_from(self.numbers.len()).unwrap_or(MAX_ANSWERS);
        if next >= MAX_ANSWERS {
            self.numbers.clear();
            next = 0;
        }
        self.numbers.insert(text.to_owned(), next);
        Number::New(next)
    }
}

#[cfg(test)]
mod tests {
    use link_core::click_batch::CacheTier;

    use super::*;
    use crate::answer::Answer;

    #[test]
    fn an_answer_keeps_its_number_until_there_are_too_many() {
        let mut numbers = AnswerNumbers::default();
        for number in 0..MAX_ANSWERS {
            assert_eq!(numbers.of(&number.to_string()), Number::New(number));
        }
        assert_eq!(numbers.of("7"), Number::Known(7));
        assert_eq!(numbers.of("one more"), Number::New(0));
        assert_eq!(numbers.of("7"), Number::New(1));
        assert_eq!(numbers.of("one more"), Number::Known(0));
    }

    #[test]
    fn an_answer_that_is_too_long_has_no_number_and_takes_no_room() {
        let mut numbers = AnswerNumbers::default();
        let long = "x".repeat(MAX_BYTES + 1);
        (0..10).for_each(|_| assert_eq!(numbers.of(&long), Number::None));
        assert_eq!(numbers.of("short"), Number::New(0));
    }

    #[test]
    fn every_page_that_says_nothing_of_the_visitors_has_a_number() {
        for page in [Answer::not_found(), Answer::removed(), Answer::password_wrong(), Answer::unavailable()]
        {
            let page = page.served_from(CacheTier::Memory, 0).to_json(true);
            assert_eq!(AnswerNumbers::default().of(&page), Number::New(0), "{} bytes", page.len());
        }
    }
}
