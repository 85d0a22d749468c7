//! What a visitor keeps who has shown a link's password: a mark bound to the link, the password and an end, which nobody
//! without the edge's secret can make. Does not check passwords; the origin does.

use hmac::{Hmac, Mac};
use link_core::record::{LinkRecord, PasswordMark};
use link_core::time::UnixMillis;
use sha2::Sha256;

const SECONDS: i64 = 15 * 60;
const NAME: &str = "shortline_unlocked";

/// Makes and knows the marks.
pub struct Locksmith(Vec<u8>);

impl Locksmith {
    pub fn new(secret: &[u8]) -> Self {
        Self([b"shortline unlock key\n", secret].concat())
    }

    /// `Set-Cookie`, sent back to this link alone, in no other site's frame and to no script. `name` is the link's, encoded
    /// as in the request and with its slash. Nothing that follows it there may be in it: a visitor could add attributes.
    pub fn cookie(&self, record: &LinkRecord, name: &str, is_https: bool, now: UnixMillis) -> Option<String> {
        let end = now.plus_millis(SECONDS * 1_000);
        let mark = hex(&self.mark(record, end)?.finalize().into_bytes());
        let secure = if is_https { "; Secure" } else { "" };
        Some(format!(
            "{NAME}={}.{mark}; Path={name}; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}",
            end.0
        ))
    }

    /// Whether one of the cookies opens the link as it is now.
    pub fn opens(&self, record: &LinkRecord, cookies: &str, now: UnixMillis) -> bool {
        let values =
            cookies.split(';').filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='));
        values.into_iter().any(|value| self.is_valid(record, value, now).unwrap_or(false))
    }

    fn is_valid(&self, record: &LinkRecord, value: &str, now: UnixMillis) -> Option<bool> {
        let (end, mark) = value.split_once('.')?;
        let end = UnixMillis(end.parse().ok()?);
        // In constant time, as the library compares.
        Some(now < end && self.mark(record, end)?.verify_slice(&from_hex(mark)?).is_ok())
    }

    fn mark(&self, record: &LinkRecord, end: UnixMillis) -> Option<Hmac<Sha256>> {
        let PasswordMark(password) = record.password.as_ref()?;
        let mut mac = Hmac::new_from_slice(&self.0).ok()?;
        mac.update(format!("{}\n{password}\n{}", record.id, end.0).as_bytes());
        Some(mac)
    }
}

impl std::fmt::Debug for Locksmith {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Locksmith")
    }
}

/// The field of a form that was sent (WHATWG URL, section 5.1).
pub fn password_of(form: &[u8]) -> Option<String> {
    let field = form_urlencoded::parse(form).find(|(name, _)| name == "password");
    field.map(|(_, value)| value.into_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::record;

    fn locked(mark: &str) -> LinkRecord {
        LinkRecord { password: Some(PasswordMark(mark.into())), ..record("https://a.test/") }
    }

    fn cookie_of(record: &LinkRecord) -> String {
        let set = Locksmith::new(b"s").cookie(record, "/a", true, UnixMillis(0)).unwrap();
        assert!(set.ends_with("; Path=/a; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{set}");
        set.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn it_opens_its_link_until_its_end() {
        let (smith, record) = (Locksmith::new(b"s"), locked("p"));
        let cookies = format!("a=b; {}; c", cookie_of(&record));
        assert!(smith.opens(&record, &cookies, UnixMillis(899_999)));
        assert!(!smith.opens(&record, &cookies, UnixMillis(900_000)));
    }

    #[test]
    fn another_link_another_password_and_another_secret_stay_locked() {
        let (smith, record) = (Locksmith::new(b"s"), locked("p"));
        let cookie = cookie_of(&record);
        let other =
            LinkRecord { id: "0198c0de-0000-7000-8000-000000000002".parse().unwrap(), ..record.clone() };
        assert!(!smith.opens(&other, &cookie, UnixMillis(0)));
        assert!(!smith.opens(&locked("q"), &cookie, UnixMillis(0)));
        assert!(!Locksmith::new(b"t").opens(&record, &cookie, UnixMillis(0)));
    }

    #[test]
    fn what_was_made_up_opens_nothing() {
        let (smith, record) = (Locksmith::new(b"s"), locked("p"));
        let later = cookie_of(&record).replace("=900000.", "=999999999.");
        for cookies in
            ["", "shortline_unlocked", "shortline_unlocked=", "shortline_unlocked=9e9.é", later.as_str()]
        {
            assert!(!smith.opens(&record, cookies, UnixMillis(0)), "{cookies}");
        }
    }

    #[test]
    fn a_form_gives_its_password() {
        assert_eq!(password_of(b"x=1&password=a+b%26%C3%BC").as_deref(), Some("a b&ü"));
        assert_eq!(password_of(b"pass=1"), None);
    }
}
