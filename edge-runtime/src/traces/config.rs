//! Where traces go, by OpenTelemetry's standard variables as far as they make sense here.
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use link_core::otlp::pairs;
use link_core::trace_context::SampleRatio;

use crate::config::{ConfigError, Redacted, Variables};

const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const RATIO: &str = "OTEL_TRACES_SAMPLER_ARG";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

#[derive(Debug)]
pub struct TracesConfig {
    /// The whole URL for traces.
    pub endpoint: String,
    pub headers: Vec<(String, Redacted)>,
    /// The share of traces that is sent although nothing failed.
    pub ratio: SampleRatio,
    pub service_name: String,
}

impl TracesConfig {
    /// `None` without a collector: then nothing is recorded.
    pub fn read(
        variables: &Variables<impl Fn(&str) -> Option<String>>,
        service_name: &str,
    ) -> Result<Option<Self>, ConfigError> {
        let endpoint = if variables.optional(TRACES_ENDPOINT).is_some() {
            variables.http_url(TRACES_ENDPOINT)?
        } else if variables.optional(ENDPOINT).is_some() {
            format!("{}/v1/traces", variables.http_url(ENDPOINT)?)
        } else {
            return Ok(None);
        };
        let malformed = |name, reason: &str| ConfigError::Malformed { name, reason: reason.to_owned() };
        let headers = variables.optional(HEADERS).map(|text| headers(&text));
        let headers = headers.unwrap_or(Some(Vec::new()));
        let ratio = variables.optional(RATIO).map_or(Ok(SampleRatio::HUNDREDTH), |text| text.trim().parse());
        Ok(Some(Self {
            endpoint,
            // Without the value: it is a secret.
            headers: headers
                .ok_or_else(|| malformed(HEADERS, "not a list such as x-api-key=…,x-tenant=a"))?,
            ratio: ratio.map_err(|_| malformed(RATIO, "not a decimal number from 0 to 1"))?,
            service_name: variables.optional(SERVICE_NAME).unwrap_or_else(|| service_name.to_owned()),
        }))
    }
}

fn headers(text: &str) -> Option<Vec<(String, Redacted)>> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_header =
        |(name, value): &(String, String)| name.bytes().all(is_name) && !value.contains(char::is_control);
    let headers = pairs(text)?;
    let are_headers = headers.iter().all(is_header);
    are_headers.then(|| headers.into_iter().map(|(name, value)| (name, Redacted(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<TracesConfig>, String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        TracesConfig::read(&Variables(variable), "shortline-edge").map_err(|error| error.to_string())
    }

    const COLLECTOR: (&str, &str) = (ENDPOINT, "http://collector:4318/");

    #[test]
    fn without_a_collector_nothing_is_recorded() {
        for variables in [&[][..], &[(ENDPOINT, "")], &[(HEADERS, "a=b"), (RATIO, "1")]] {
            assert!(read(variables).unwrap().is_none(), "{variables:?}");
        }
    }

    #[test]
    fn endpoint_for_traces_is_the_whole_url() {
        let endpoint = |variables: &[_]| read(variables).unwrap().unwrap().endpoint;
        assert_eq!(endpoint(&[COLLECTOR]), "http://collector:4318/v1/traces");
        assert_eq!(endpoint(&[COLLECTOR, (TRACES_ENDPOINT, "https://other/x")]), "https://other/x");
    }

    #[test]
    fn defaults_are_a_small_ratio_and_the_workers_name() {
        let config = read(&[COLLECTOR]).unwrap().unwrap();
        assert_eq!((config.ratio, config.service_name.as_str()), (SampleRatio::HUNDREDTH, "shortline-edge"));
        let config = read(&[COLLECTOR, (RATIO, "0.5"), (SERVICE_NAME, "x")]).unwrap().unwrap();
        assert_eq!((config.ratio, config.service_name.as_str()), ("0.5".parse().unwrap(), "x"));
    }

    #[test]
    fn headers_are_decoded_and_not_shown() {
        let config = read(&[COLLECTOR, (HEADERS, "authorization=Basic%20abc, x-tenant=a")]).unwrap().unwrap();
        let headers: Vec<_> =
            config.headers.iter().map(|(name, value)| (name.as_str(), value.0.as_str())).collect();
        assert_eq!(headers, [("authorization", "Basic abc"), ("x-tenant", "a")]);
        assert!(!format!("{config:?}").contains("Basic"));
    }

    #[test]
    fn malformed_variable_is_named_and_a_secret_is_not_shown() {
        for (name, value) in [
            (ENDPOINT, "collector:4318"),
            (TRACES_ENDPOINT, "ftp://collector"),
            (HEADERS, "hunter2"),
            (HEADERS, "a b=hunter2"),
            (HEADERS, "a=hunter2%0A"),
            (RATIO, "2"),
            (RATIO, "few"),
        ] {
            let others = [COLLECTOR].into_iter().filter(|(other, _)| *other != name);
            let error = read(&others.chain([(name, value)]).collect::<Vec<_>>()).unwrap_err();
            assert!(error.contains(name) && !error.contains("hunter2"), "{error}");
        }
    }
}
