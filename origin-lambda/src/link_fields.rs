//! What a client may write into each field of a link. Does not decide which fields a route takes.

use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::record::{NotARedirect, RedirectStatus};
use link_core::time::UnixMillis;
use serde_json::Value;

use crate::fields::text;
use crate::timestamp;

pub(crate) fn url(value: Value, own: &Domain) -> Result<Destination, String> {
    Destination::parse(&text(value)?, own).map_err(|error| error.to_string())
}

pub(crate) fn status(value: Value) -> Result<RedirectStatus, NotARedirect> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    number.ok_or(NotARedirect).and_then(RedirectStatus::try_from)
}

pub(crate) fn expires_at(value: Value, now: UnixMillis) -> Result<UnixMillis, String> {
    let moment = timestamp::parse(&text(value)?).map_err(|error| error.to_string())?;
    if moment > now { Ok(moment) } else { Err("must lie in the future".to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_is_one_of_the_four_redirects_as_a_number() {
        assert_eq!(status(json!(308)), Ok(RedirectStatus::PermanentRedirect));
        for value in
            [json!("302"), json!(302.0), json!(303), json!(-302), json!(65_838), json!(u64::MAX), json!([])]
        {
            assert_eq!(status(value.clone()), Err(NotARedirect), "{value}");
        }
    }

    #[test]
    fn an_expiry_must_lie_in_the_future_to_the_millisecond() {
        let now = timestamp::parse("2026-11-23T18:00:00.500Z").unwrap();
        let read = |text: &str| expires_at(json!(text), now);
        assert_eq!(read("2026-11-23T18:00:00.501Z"), Ok(now.plus_millis(1)));
        assert_eq!(read("2026-11-23T19:00:00.501+01:00"), Ok(now.plus_millis(1)));
        for past in ["2026-11-23T18:00:00.500Z", "2026-11-23T18:00:00.500999Z", "0000-01-01T00:00:00Z"] {
            assert_eq!(read(past), Err("must lie in the future".to_owned()), "{past}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let own = "go.example.com".parse().unwrap();
        for value in [json!(null), json!(1), json!(true), json!({}), json!([])] {
            assert!(url(value.clone(), &own).unwrap_err().starts_with("must be "), "{value}");
            assert!(expires_at(value.clone(), UnixMillis(0)).unwrap_err().starts_with("must be "), "{value}");
        }
    }
}
