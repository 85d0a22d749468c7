//! Unlock cookies: a visitor enters a link's password in a form, and then a cookie keeps the link open.
//!
//! The cookie is bound to the link, its password and an expiry, and only the edge's secret can sign one. Does not check passwords; the
//! origin's database does.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Answer, PageContext};
use crate::hex::{from_hex, hex};
use crate::record::{LinkRecord, PasswordMark};
use crate::redirect::visit::Method;
use crate::time::UnixMillis;

const COOKIE_SECONDS: i64 = 15 * 60;
const COOKIE_NAME: &str = "shortline_unlocked";
/// The size limit of a password form.
pub const MAX_FORM_BYTES: usize = 4_096;

/// Whether a visit may pass a link's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    Open,
    /// The password in this request opened the link; the cookie keeps it open.
    JustOpened {
        cookie: String,
    },
    /// A cookie opened the link, so the form in this request is not read.
    AlreadyOpen,
    Closed,
}

impl Lock {
    pub fn is_open(&self) -> bool {
        *self != Self::Closed
    }

    /// The method that decides: a form with the password counts as GET.
    pub fn method(&self, sent: Method) -> Method {
        match self {
            Self::JustOpened { .. } | Self::AlreadyOpen => Method::Get,
            Self::Open | Self::Closed => sent,
        }
    }

    #[inline]
    pub fn finish(self, response: Answer, accepts_pages: bool, context: PageContext<'_>) -> Answer {
        match self {
            Self::JustOpened { cookie } => {
                response.after_form(accepts_pages, context).with("set-cookie", cookie)
            }
            Self::AlreadyOpen => response.after_form(accepts_pages, context),
            Self::Open | Self::Closed => response,
        }
    }
}

/// Signs and verifies unlock cookies.
pub struct UnlockCookies(Vec<u8>);

impl UnlockCookies {
    pub fn new(edge_secret: &[u8]) -> Self {
        Self([b"shortline unlock key\n", edge_secret].concat())
    }

    /// `None` if the request is a form: then its password decides.
    #[inline]
    pub fn lock(&self, record: &LinkRecord, cookies: &str, method: Method, now: UnixMillis) -> Option<Lock> {
        if record.password.is_none() {
            return Some(Lock::Open);
        }
        match (self.open(record, cookies, now), method == Method::Post) {
            (true, true) => Some(Lock::AlreadyOpen),
            (true, false) => Some(Lock::Open),
            (false, true) => None,
            (false, false) => Some(Lock::Closed),
        }
    }

    /// The value of `Set-Cookie`. Browsers send the cookie only to this link, hide it from scripts, and do not send it in frames of
    /// other sites. `name` is the link's name with its slash, as the request encoded it. It must not contain the text after the name, or
    /// a visitor could add attributes.
    #[inline]
    pub fn cookie(&self, record: &LinkRecord, name: &str, is_https: bool, now: UnixMillis) -> Option<String> {
        let expiry = now.plus_millis(COOKIE_SECONDS * 1_000);
        let tag = hex(&self.mac(record, expiry)?.finalize().into_bytes());
        let secure = if is_https { "; Secure" } else { "" };
        Some(format!(
            "{COOKIE_NAME}={}.{tag}; Path={name}; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}",
            expiry.0
        ))
    }

    fn open(&self, record: &LinkRecord, cookies: &str, now: UnixMillis) -> bool {
        let mut values = cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
        values.any(|value| self.is_valid(record, value, now).unwrap_or(false))
    }

    fn is_valid(&self, record: &LinkRecord, value: &str, now: UnixMillis) -> Option<bool> {
        let (expiry, tag) = value.split_once('.')?;
        let expiry = UnixMillis(expiry.parse().ok()?);
        // The library compares in constant time.
        Some(now < expiry && self.mac(record, expiry)?.verify_slice(&from_hex(tag)?).is_ok())
    }

    #[inline]
    fn mac(&self, record: &LinkRecord, expiry: UnixMillis) -> Option<Hmac<Sha256>> {
        let PasswordMark(password) = record.password.as_ref()?;
        let mut mac = Hmac::new_from_slice(&self.0).ok()?;
        mac.update(format!("{}\n{password}\n{}", record.id, expiry.0).as_bytes());
        Some(mac)
    }
}

impl fmt::Debug for UnlockCookies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UnlockCookies")
    }
}

/// The password of a submitted form (WHATWG URL, section 5.1).
pub fn password_of(form: &[u8]) -> Option<String> {
    let field = form_urlencoded::parse(form).find(|(name, _)| name == "password");
    field.map(|(_, value)| value.into_owned())
}

/// Whether the client shows pages. Browsers list HTML in their `Accept` header; other programs usually accept anything.
pub fn accepts_pages(accept: &str) -> bool {
    accept.contains("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;

    fn locked(mark: &str) -> LinkRecord {
        LinkRecord { password: Some(PasswordMark(mark.into())), ..record() }
    }

    fn cookie_of(record: &LinkRecord) -> String {
        let set = UnlockCookies::new(b"s").cookie(record, "/a", true, UnixMillis(0)).unwrap();
        assert!(set.ends_with("; Path=/a; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{set}");
        set.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn cookie_opens_its_link_until_it_expires() {
        let (cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let sent = format!("a=b; {}; c", cookie_of(&record));
        assert!(cookies.open(&record, &sent, UnixMillis(899_999)));
        assert!(!cookies.open(&record, &sent, UnixMillis(900_000)));
    }

    #[test]
    fn cookie_is_bound_to_link_password_and_secret() {
        let (cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let cookie = cookie_of(&record);
        let other =
            LinkRecord { id: "0198c0de-0000-7000-8000-000000000002".parse().unwrap(), ..record.clone() };
        assert!(!cookies.open(&other, &cookie, UnixMillis(0)));
        assert!(!cookies.open(&locked("q"), &cookie, UnixMillis(0)));
        assert!(!UnlockCookies::new(b"t").open(&record, &cookie, UnixMillis(0)));
    }

    #[test]
    fn forged_cookie_opens_nothing() {
        let (cookies, record) = (UnlockCookies::new(b"s"), locked("p"));
        let later = cookie_of(&record).replace("=900000.", "=999999999.");
        for sent in
            ["", "shortline_unlocked", "shortline_unlocked=", "shortline_unlocked=9e9.é", later.as_str()]
        {
            assert!(!cookies.open(&record, sent, UnixMillis(0)), "{sent}");
        }
    }

    #[test]
    fn form_decides_unless_a_cookie_opens_the_link() {
        let (cookies, locked) = (UnlockCookies::new(b"s"), locked("p"));
        let sent = cookie_of(&locked);
        let lock = |cookie: &str, method| cookies.lock(&locked, cookie, method, UnixMillis(0));
        assert_eq!(lock("", Method::Get), Some(Lock::Closed));
        assert_eq!(lock("", Method::Post), None);
        assert_eq!(lock(&sent, Method::Get), Some(Lock::Open));
        assert_eq!(lock(&sent, Method::Post), Some(Lock::AlreadyOpen));
        assert_eq!(cookies.lock(&record(), "", Method::Post, UnixMillis(0)), Some(Lock::Open));
    }

    #[test]
    fn password_is_read_from_a_form() {
        assert_eq!(password_of(b"x=1&password=a+b%26%C3%BC").as_deref(), Some("a b&ü"));
        assert_eq!(password_of(b"pass=1"), None);
    }
}
