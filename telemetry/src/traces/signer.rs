//! Signs calls to X-Ray's OTLP endpoint, which takes nothing without AWS Signature Version 4.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html>

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::CONTENT_TYPE;
use http::{Request, Uri};
use startup::{ConfigError, Lookup, Variable};

/// Set by Lambda, for the function's role.
const ACCESS_KEY_ID: Variable =
    Variable { name: "AWS_ACCESS_KEY_ID", expected: "the key of a role that may write to X-Ray" };
const SECRET_ACCESS_KEY: Variable =
    Variable { name: "AWS_SECRET_ACCESS_KEY", expected: "the secret of AWS_ACCESS_KEY_ID" };
const SESSION_TOKEN: Variable = Variable { name: "AWS_SESSION_TOKEN", expected: "the role's session token" };

#[derive(Debug)]
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    /// `None` for any other collector.
    pub(super) fn for_endpoint(endpoint: &Uri, lookup: &Lookup<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(region) = xray_region(endpoint.host().unwrap_or_default()) else { return Ok(None) };
        let credentials = Credentials::new(
            ACCESS_KEY_ID.require(lookup)?,
            SECRET_ACCESS_KEY.require(lookup)?,
            SESSION_TOKEN.get(lookup),
            None,
            "environment",
        );
        Ok(Some(Self { credentials, region: region.to_owned() }))
    }

    pub(super) fn sign<B>(&self, request: &mut Request<B>, body: &[u8]) -> Result<(), String> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("xray")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let signed_headers = [("host", host.as_str()), ("content-type", content_type.unwrap_or_default())];
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            signed_headers.into_iter(),
            SignableBody::Bytes(body),
        );
        let signable = signable.map_err(|error| error.to_string())?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| error.to_string())?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// The region in `xray.eu-central-1.amazonaws.com`.
fn xray_region(host: &str) -> Option<&str> {
    let region = host.strip_prefix("xray.")?.strip_suffix(".amazonaws.com")?;
    let is_region =
        region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (is_region && !region.is_empty()).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(endpoint: &str) -> Result<Option<Signer>, ConfigError> {
        let lookup = |name: &str| (name != "AWS_SESSION_TOKEN").then(|| format!("example-{name}"));
        Signer::for_endpoint(&endpoint.parse().unwrap(), &lookup)
    }

    #[test]
    fn only_calls_to_xray_are_signed() {
        for (endpoint, region) in [
            ("https://xray.eu-central-1.amazonaws.com/v1/traces", Some("eu-central-1")),
            ("http://collector.internal:4318/v1/traces", None),
            ("https://xray.evil.example/v1/traces", None),
            ("https://xray..amazonaws.com/v1/traces", None),
            ("https://xray.a.b.amazonaws.com/v1/traces", None),
        ] {
            let signer = signer(endpoint).unwrap();
            assert_eq!(signer.as_ref().map(|signer| signer.region.as_str()), region, "{endpoint}");
        }
    }

    #[test]
    fn signature_covers_body_and_content_type() {
        let endpoint = "https://xray.eu-central-1.amazonaws.com/v1/traces";
        let signer = signer(endpoint).unwrap().unwrap();
        let mut request =
            Request::post(endpoint).header(CONTENT_TYPE, "application/x-protobuf").body(()).unwrap();
        signer.sign(&mut request, b"spans").unwrap();
        let authorization = request.headers().get("authorization").unwrap().to_str().unwrap();
        let credential = "AWS4-HMAC-SHA256 Credential=example-AWS_ACCESS_KEY_ID/";
        assert!(authorization.starts_with(credential), "{authorization}");
        assert!(authorization.contains("/eu-central-1/xray/aws4_request"), "{authorization}");
        assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date"), "{authorization}");
    }

    #[test]
    fn xray_needs_credentials() {
        let endpoint = "https://xray.eu-central-1.amazonaws.com/v1/traces".parse().unwrap();
        let error = Signer::for_endpoint(&endpoint, &|_| None).unwrap_err().to_string();
        assert!(error.starts_with("AWS_ACCESS_KEY_ID is not set"), "{error}");
    }
}
