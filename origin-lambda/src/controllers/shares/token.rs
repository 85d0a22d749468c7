//! The token in a share's address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::problem::{self, Problem};

/// As many as of a random UUID, which RFC 9562 (section 8) does not recommend as a secret, since it has six bits less.
const RANDOM_BYTES: usize = 16;

pub(super) fn new_token() -> Result<String, Problem> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// Whether a share may have it, so that no other text reaches the database.
pub(super) fn may_be_token(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|random| random.len() == RANDOM_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_of_a_tokens_form_are_looked_up() {
        let token = new_token().unwrap();
        assert!(may_be_token(&token) && token.len() == 22);
        let too_long = format!("{token}A");
        for other in ["", "AAAA", too_long.as_str(), "!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAA\0"] {
            assert!(!may_be_token(other), "{other:?}");
        }
    }
}
