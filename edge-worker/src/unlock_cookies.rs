//! Unlock cookies: a visitor who has shown a link's password gets a cookie with a MAC over link, password and expiry, under
//! the edge's secret. The origin checks passwords.

use hmac::{Hmac, Mac};
use link_core::record::{LinkRecord, PasswordMark};
use link_core::time::UnixMillis;
use sha2::Sha256;

const UNLOCKED_SECONDS: i64 = 15 * 60;
const COOKIE: &str = "shortline_unlocked";

/// Creates and verifies unlock cookies.
pub struct UnlockCookies(Vec<u8>);

impl UnlockCookies {
    pub fn new(secret: &[u8]) -> Self {
        Self([b"shortline unlock key\n", secret].concat())
    }

    /// The value of `Set-Cookie`: sent back to this link only, in no other site's frame, and hidden from scripts. `name` is
    /// the link's path, encoded as in the request and with its slash. It must end with the name: a visitor could append
    /// attributes.
    pub fn cookie(&self, record: &LinkRecord, name: &str, is_https: bool, now: UnixMillis) -> Option<String> {
        let end = now.plus_millis(UNLOCKED_SECONDS * 1_000);
        let mark = hex(&self.mark(record, end)?.finalize().into_bytes());
        let secure = if is_https { "; Secure" } else { "" };
        Some(format!(
            "{COOKIE}={}.{mark}; Path={name}; Max-Age={UNLOCKED_SECONDS}; HttpOnly; SameSite=Lax{secure}",
            end.0
        ))
    }

    /// Whether one of the cookies unlocks the link with its current password.
    pub fn unlocks(&self, record: &LinkRecord, cookies: &str, now: UnixMillis) -> bool {
        let values =
            cookies.split(';').filter_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        values.into_iter().any(|value| self.is_valid(record, value, now).unwrap_or(false))
    }

    fn is_valid(&self, record: &LinkRecord, value: &str, now: UnixMillis) -> Option<bool> {
        let (end, mark) = value.split_once('.')?;
        let end = UnixMillis(end.parse().ok()?);
        // `verify_slice` compares in constant time.
        Some(now < end && self.mark(record, end)?.verify_slice(&from_hex(mark)?).is_ok())
    }

    fn mark(&self, record: &LinkRecord, end: UnixMillis) -> Option<Hmac<Sha256>> {
        let PasswordMark(password) = record.password.as_ref()?;
        let mut mac = Hmac::new_from_slice(&self.0).ok()?;
        mac.update(format!("{}\n{password}\n{}", record.id, end.0).as_bytes());
        Some(mac)
    }
}

impl std::fmt::Debug for UnlockCookies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("UnlockCookies")
    }
}

/// The password of a posted form (WHATWG URL, section 5.1).
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

    fn cookie_for(record: &LinkRecord) -> String {
        let set = UnlockCookies::new(b"s").cookie(record, "/a", true, UnixMillis(0)).unwrap();
        assert!(set.ends_with("; Path=/a; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{set}");
        set.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn cookie_unlocks_its_link_until_it_expires() {
        let (unlock_cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let cookies = format!("a=b; {}; c", cookie_for(&record));
        assert!(unlock_cookies.unlocks(&record, &cookies, UnixMillis(899_999)));
        assert!(!unlock_cookies.unlocks(&record, &cookies, UnixMillis(900_000)));
    }

    #[test]
    fn cookie_is_bound_to_link_password_and_secret() {
        let (unlock_cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let cookie = cookie_for(&record);
        let other =
            LinkRecord { id: "0198c0de-0000-7000-8000-000000000002".parse().unwrap(), ..record.clone() };
        assert!(!unlock_cookies.unlocks(&other, &cookie, UnixMillis(0)));
        assert!(!unlock_cookies.unlocks(&locked("q"), &cookie, UnixMillis(0)));
        assert!(!UnlockCookies::new(b"t").unlocks(&record, &cookie, UnixMillis(0)));
    }

    #[test]
    fn forged_cookie_unlocks_nothing() {
        let (unlock_cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let later = cookie_for(&record).replace("=900000.", "=999999999.");
        for cookies in
            ["", "shortline_unlocked", "shortline_unlocked=", "shortline_unlocked=9e9.é", later.as_str()]
        {
            assert!(!unlock_cookies.unlocks(&record, cookies, UnixMillis(0)), "{cookies}");
        }
    }

    #[test]
    fn password_is_read_from_a_form() {
        assert_eq!(password_of(b"x=1&password=a+b%26%C3%BC").as_deref(), Some("a b&ü"));
        assert_eq!(password_of(b"pass=1"), None);
    }
}
