//! Numbers for repeated answers: reading a string out of wasm costs JavaScript more than composing it, and visitors of one
//! link mostly get the same answer.

use std::collections::HashMap;

const MAX_ANSWERS: i32 = 1_000;
/// A redirect has some 300 bytes, one of our pages at most 3 KB. A longer answer holds the visitor's input (the preview of a
/// long path has up to 82 KB): each numbered answer is kept here and in JavaScript, which would exceed an isolate's 128 MB.
const MAX_BYTES: usize = 4_096;

#[derive(Debug, Default)]
pub struct AnswerNumbers {
    numbers: HashMap<String, i32>,
}

/// The number of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum AnswerNumber {
    /// It stands for the same answer as last time.
    Known(i32),
    /// It may have stood for another answer before.
    New(i32),
    /// The answer is too long to be kept.
    None,
}

impl AnswerNumbers {
    pub fn number_of(&mut self, text: &str) -> AnswerNumber {
        if text.len() > MAX_BYTES {
            return AnswerNumber::None;
        }
        if let Some(number) = self.numbers.get(text) {
            return AnswerNumber::Known(*number);
        }
        let mut next = i32::try_from(self.numbers.len()).unwrap_or(MAX_ANSWERS);
        if next >= MAX_ANSWERS {
            self.numbers.clear();
            next = 0;
        }
        self.numbers.insert(text.to_owned(), next);
        AnswerNumber::New(next)
    }
}

#[cfg(test)]
mod tests {
    use link_core::clicks::batch::CacheTier;

    use super::*;
    use link_core::redirect::{Answer, PageContext};

    use crate::responses::entry_answer::to_json;

    #[test]
    fn answer_keeps_its_number_until_there_are_too_many() {
        let mut numbers = AnswerNumbers::default();
        for number in 0..MAX_ANSWERS {
            assert_eq!(numbers.number_of(&number.to_string()), AnswerNumber::New(number));
        }
        assert_eq!(numbers.number_of("7"), AnswerNumber::Known(7));
        assert_eq!(numbers.number_of("one more"), AnswerNumber::New(0));
        assert_eq!(numbers.number_of("7"), AnswerNumber::New(1));
        assert_eq!(numbers.number_of("one more"), AnswerNumber::Known(0));
    }

    #[test]
    fn long_answer_has_no_number() {
        let mut numbers = AnswerNumbers::default();
        let long = "x".repeat(MAX_BYTES + 1);
        (0..10).for_each(|_| assert_eq!(numbers.number_of(&long), AnswerNumber::None));
        assert_eq!(numbers.number_of("short"), AnswerNumber::New(0));
    }

    #[test]
    fn constant_pages_have_a_number() {
        let context = PageContext::of(Some("de"), None);
        for page in [
            Answer::not_found(context),
            Answer::removed(context),
            Answer::password_wrong(context),
            Answer::unavailable(context),
        ] {
            let page = to_json(&page.served_from(CacheTier::Memory, 0), true);
            assert_eq!(
                AnswerNumbers::default().number_of(&page),
                AnswerNumber::New(0),
                "{} bytes",
                page.len()
            );
        }
    }
}
