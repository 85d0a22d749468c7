//! What a visitor who knew a link's password has to show for it: a cookie that is bound to the link, to its password and to a time.
//! Does not know the password; the origin does.

use hmac::{Hmac, Mac};
use link_core::publication::cache_tag;
use link_core::record::LinkRecord;
use link_core::time::UnixMillis;
use sha2::{Digest, Sha256};

/// Long enough to come back from a detour, short enough for a shared computer.
const LIFETIME_SECONDS: i64 = 15 * 60;

#[derive(Debug)]
pub struct UnlockKey([u8; 32]);

impl UnlockKey {
    pub fn derived_from(edge_secret: &[u8]) -> Self {
        let derived = Sha256::new().chain_update("shortline unlocked links\n").chain_update(edge_secret);
        Self(derived.finalize().into())
    }

    /// `Set-Cookie`. Scripts never see it, and other sites' requests do not carry it, but for a click on a link.
    pub fn cookie(&self, record: &LinkRecord, now: UnixMillis, is_https: bool) -> Option<String> {
        let until = now.0 / 1_000 + LIFETIME_SECONDS;
        let proof = hex(&self.mac(record, until)?.finalize().into_bytes());
        let secure = if is_https { "; Secure" } else { "" };
        let name = name(record);
        Some(format!(
            "{name}={until}.{proof}; Path=/; Max-Age={LIFETIME_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        ))
    }

    /// `cookies` is the request's header.
    pub fn opens(&self, record: &LinkRecord, cookies: &str, now: UnixMillis) -> bool {
        let name = name(record);
        let shown = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        shown
            .filter(|(given, _)| *given == name)
            .any(|(_, value)| self.proves(record, value, now) == Some(true))
    }

    fn proves(&self, record: &LinkRecord, value: &str, now: UnixMillis) -> Option<bool> {
        let (until, proof) = value.split_once('.')?;
        let until: i64 = until.parse().ok()?;
        let is_right = self.mac(record, until)?.verify_slice(&bytes(proof)?).is_ok();
        Some(is_right && now.0 / 1_000 < until && until <= now.0 / 1_000 + LIFETIME_SECONDS)
    }

    fn mac(&self, record: &LinkRecord, until: i64) -> Option<Hmac<Sha256>> {
        let mark = &record.password.as_ref()?.0;
        let bound = format!("{}\n{}\n{mark}\n{until}", record.domain, record.code);
        Some(Hmac::<Sha256>::new_from_slice(&self.0).ok()?.chain_update(bound))
    }
}

/// Of its own for each link, so that one does not put out another.
fn name(record: &LinkRecord) -> String {
    format!("shortline-{}", cache_tag(&record.domain, &record.code))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use link_core::record::PasswordMark;

    use super::*;
    use crate::lookup::fixtures::record;

    const NOW: UnixMillis = UnixMillis(1_795_478_400_000);

    fn protected(mark: &str) -> LinkRecord {
        LinkRecord { password: Some(PasswordMark(mark.into())), ..record("https://example.com/") }
    }

    fn key(secret: &str) -> UnlockKey {
        UnlockKey::derived_from(secret.as_bytes())
    }

    /// As a browser sends it back, between others.
    fn sent_back(cookie: &str) -> String {
        format!("a=b; {}; c=d", cookie.split(';').next().unwrap())
    }

    #[test]
    fn a_cookie_opens_its_link_until_its_time_is_over() {
        let cookie = key("secret").cookie(&protected("m"), NOW, true).unwrap();
        let sent = sent_back(&cookie);
        let opens = |now: i64| key("secret").opens(&protected("m"), &sent, UnixMillis(NOW.0 + now));
        assert!(opens(0) && opens(LIFETIME_SECONDS * 1_000 - 1));
        assert!(!opens(LIFETIME_SECONDS * 1_000));
        assert!(cookie.ends_with("; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        assert!(!key("secret").cookie(&protected("m"), NOW, false).unwrap().contains("Secure"));
    }

    #[test]
    fn it_opens_no_other_link_password_or_edge() {
        let sent = sent_back(&key("secret").cookie(&protected("m"), NOW, true).unwrap());
        let other = LinkRecord { code: "other".parse().unwrap(), ..protected("m") };
        assert!(!key("secret").opens(&other, &sent, NOW));
        assert!(!key("secret").opens(&protected("changed"), &sent, NOW));
        assert!(!key("another").opens(&protected("m"), &sent, NOW));
        assert!(!key("secret").opens(&record("https://example.com/"), &sent, NOW));
    }

    #[test]
    fn what_a_visitor_makes_up_opens_nothing() {
        let record = protected("m");
        let cookie = key("secret").cookie(&record, NOW, true).unwrap();
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let (_, proof) = value.split_once('.').unwrap();
        let later = NOW.0 / 1_000 + LIFETIME_SECONDS + 1;
        for forged in [
            "",
            ".",
            "1.",
            "x.y",
            "9999999999.00",
            &format!("{later}.{proof}"),
            &format!("-1.{proof}"),
            &format!("{value}0"),
            "é.é",
        ] {
            assert!(!key("secret").opens(&record, &format!("{name}={forged}"), NOW), "{forged}");
        }
        assert!(!key("secret").opens(&record, "", NOW));
    }
}
