//! Numbers for answers that are given again and again: to read a text out of wasm costs JavaScript more than to make it, and
//! the visitors of one link mostly get the same. Decides which answers still have their number.

use std::collections::HashMap;

/// Of some 300 bytes each, a page now and then 3 KB.
const MAX_ANSWERS: i32 = 1_000;

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
}

impl AnswerNumbers {
    pub fn of(&mut self, text: &str) -> Number {
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
    use super::*;

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
}
