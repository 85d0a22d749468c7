//! A minimal AWS client: signed calls to SQS, Lambda and IAM of the emulator.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Method;
use serde_json::Value;

pub const REGION: &str = "us-east-1";
/// The account of the emulator's root key.
pub(crate) const ACCOUNT: &str = "000000000000";

#[derive(Clone, Debug)]
pub struct AwsClient {
    pub endpoint: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    http: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct AwsResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl AwsClient {
    pub fn new(endpoint: String, access_key_id: String, secret_access_key: String) -> Self {
        // No connection is kept alive, since the emulator waits for open ones when it stops.
        let http =
            reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap_or_default();
        Self { endpoint, access_key_id, secret_access_key, http }
    }

    /// Calls an SQS action, such as `ReceiveMessage`, with parameters of the service's JSON protocol.
    pub async fn sqs(&self, action: &str, parameters: Value) -> Result<Value> {
        let headers = [
            ("content-type", "application/x-amz-json-1.0".into()),
            ("x-amz-target", format!("AmazonSQS.{action}")),
        ];
        let answer = self.call("sqs", Method::POST, "/", &headers, parameters.to_string()).await?;
        answer.json().with_context(|| format!("SQS refused {action}"))
    }

    /// Calls Lambda's REST API.
    pub(crate) async fn lambda(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<AwsResponse> {
        let headers = [("content-type", "application/json".into())];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.call("lambda", method, path, &headers, body).await
    }

    /// Calls an IAM action with its query protocol.
    pub(crate) async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<AwsResponse> {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", percent_encoded(value)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded".into())];
        self.call("iam", Method::POST, "/", &headers, body).await
    }

    async fn call(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<AwsResponse> {
        let url = format!("{}{path}", self.endpoint);
        let host = self.endpoint.trim_start_matches("http://");
        let identity =
            Credentials::new(&self.access_key_id, &self.secret_access_key, None, None, "local").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signed_headers =
            headers.iter().map(|(name, value)| (*name, value.as_str())).chain([("host", host)]);
        let signable = SignableRequest::new(
            method.as_str(),
            &url,
            signed_headers,
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &params)?.into_parts();

        let mut request = self.http.request(method, &url).timeout(Duration::from_secs(30));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        for (name, value) in instructions.headers() {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.with_context(|| format!("no answer from {url}"))?;
        let status = answer.status().as_u16();
        Ok(AwsResponse { status, body: answer.text().await.context("the answer was cut off")? })
    }
}

impl AwsResponse {
    pub(crate) fn json(&self) -> Result<Value> {
        if !(200..300).contains(&self.status) {
            bail!("{}: {}", self.status, self.body);
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: {}", self.body))
    }

    /// For calls that create something that may exist already.
    pub(crate) fn created_or_exists(&self) -> Result<()> {
        match self.status {
            200..300 | 409 => Ok(()),
            _ => Err(anyhow!("{}: {}", self.status, self.body)),
        }
    }
}

/// Reads a required text field of an answer.
pub(crate) fn text_of<'a>(answer: &'a Value, field: &str) -> Result<&'a str> {
    answer.get(field).and_then(Value::as_str).with_context(|| format!("no {field} in {answer}"))
}

fn percent_encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode =
        |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
