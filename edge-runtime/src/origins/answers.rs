//! What the origin's answers to the edge's own calls mean.

use link_core::record::Resolution;
use serde::de::DeserializeOwned;

use crate::lookup::OriginError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    Right,
    Wrong,
    /// Too many attempts, so nothing was checked. Holds the seconds to wait.
    TooManyAttempts(u32),
}

pub fn password_check(status: u16, retry_after: Option<&str>) -> Result<PasswordCheck, OriginError> {
    match status {
        204 => Ok(PasswordCheck::Right),
        // 404: the link or its password is gone. 422: no link can have such a password.
        403 | 404 | 422 => Ok(PasswordCheck::Wrong),
        429 => {
            let seconds = retry_after.and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
            Ok(PasswordCheck::TooManyAttempts(seconds))
        }
        _ => Err(unexpected(status)),
    }
}

/// The body of a 200.
pub fn parse_json<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, OriginError> {
    if status != 200 {
        return Err(unexpected(status));
    }
    serde_json::from_slice(body).map_err(|error| OriginError::Unavailable(error.to_string()))
}

/// The resolutions, if there is one for each name.
pub fn checked(resolutions: Vec<Resolution>, names: usize) -> Result<Vec<Resolution>, OriginError> {
    if resolutions.len() == names {
        return Ok(resolutions);
    }
    let error = format!("it answered {} names instead of {names}", resolutions.len());
    Err(OriginError::Unavailable(error))
}

pub fn unexpected(status: u16) -> OriginError {
    OriginError::Unavailable(format!("it answered {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_check_follows_the_status() {
        for (status, retry_after, expected) in [
            (204, None, Some(PasswordCheck::Right)),
            (403, None, Some(PasswordCheck::Wrong)),
            (404, None, Some(PasswordCheck::Wrong)),
            (429, Some("7"), Some(PasswordCheck::TooManyAttempts(7))),
            (429, None, Some(PasswordCheck::TooManyAttempts(1))),
            (500, None, None),
            (200, None, None),
        ] {
            assert_eq!(password_check(status, retry_after).ok(), expected, "{status}");
        }
    }

    #[test]
    fn only_a_200_has_a_body_to_parse() {
        assert_eq!(parse_json::<u8>(200, b"7").unwrap(), 7);
        for (status, body) in [(200, "x"), (404, "7"), (503, "7")] {
            assert!(matches!(parse_json::<u8>(status, body.as_bytes()), Err(OriginError::Unavailable(_))));
        }
    }

    #[test]
    fn missing_resolution_is_an_error() {
        assert!(checked(vec![Resolution::NotFound; 2], 2).is_ok());
        assert!(checked(vec![Resolution::NotFound], 2).is_err());
    }
}
