//! An endpoint's secret, derived so that none is stored, and the signatures of a message.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::auth::secret::hmac_sha256;

/// Derives the secrets of all endpoints.
pub struct SigningKey(Vec<u8>);

/// A secret of one endpoint.
pub struct EndpointSecret([u8; 32]);

impl SigningKey {
    pub fn new(signing_secret: &str) -> Self {
        Self([b"shortline webhooks\n", signing_secret.as_bytes()].concat())
    }

    pub(crate) fn secret(&self, endpoint: Uuid, generation: i32) -> EndpointSecret {
        let text = format!("{endpoint}\n{generation}");
        EndpointSecret(hmac_sha256(&self.0, text.as_bytes()))
    }
}

impl EndpointSecret {
    /// As receivers configure it.
    pub(crate) fn text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The symmetric scheme of the specification.
    pub(crate) fn sign(&self, id: &str, unix_seconds: i64, body: &str) -> String {
        let signed = format!("{id}.{unix_seconds}.{body}");
        format!("v1,{}", STANDARD.encode(hmac_sha256(&self.0, signed.as_bytes())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EndpointSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_and_generation_has_its_own_secret() {
        let key = SigningKey::new("a-signing-secret");
        let secret = |endpoint, generation| key.secret(Uuid::from_u128(endpoint), generation).text();
        assert_eq!(secret(1, 1), secret(1, 1));
        assert!(secret(1, 1).starts_with("whsec_") && secret(1, 1).len() == 50);
        for other in [secret(1, 2), secret(2, 1), SigningKey::new("x").secret(Uuid::from_u128(1), 1).text()] {
            assert_ne!(secret(1, 1), other);
        }
        assert_eq!(format!("{key:?} {:?}", key.secret(Uuid::nil(), 1)), "SigningKey EndpointSecret");
    }

    /// The example of the reference implementation's tests (standard-webhooks).
    #[test]
    fn signature_is_that_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let text = br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#;
        assert_eq!(format!("v1,{}", STANDARD.encode(hmac_sha256(&key, text))), expected);
    }
}
