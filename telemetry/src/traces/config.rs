//! OpenTelemetry's standard variables, as far as they make sense here.
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>

use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use link_core::otlp::pairs;
use link_core::trace_context::SampleRatio;
use startup::{ConfigError, Lookup, Variable};

const DISABLED: Variable =
    Variable { name: "OTEL_SDK_DISABLED", expected: "true to send no traces, or unset it" };
const TRACES_ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    expected: "the whole URL for traces, such as http://collector.internal:4318/v1/traces, or unset it",
};
const ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    expected: "the collector's URL for OTLP over HTTP, such as http://collector.internal:4318, or unset it",
};
const PROTOCOL: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    expected: "http/protobuf, the only protocol of this program, or unset it",
};
const TRACES_HEADERS: Variable = Variable { name: "OTEL_EXPORTER_OTLP_TRACES_HEADERS", ..HEADERS };
const HEADERS: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    expected: "headers for the collector, such as x-api-key=secret,x-tenant=a, or unset it",
};
const TRACES_TIMEOUT: Variable = Variable { name: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", ..TIMEOUT };
const TIMEOUT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TIMEOUT",
    expected: "the milliseconds that a call to the collector may take, or unset it for 10000",
};
const SERVICE_NAME: Variable =
    Variable { name: "OTEL_SERVICE_NAME", expected: "the name of this program in traces, or unset it" };
const RESOURCE: Variable = Variable {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    expected: "attributes of every span, such as deployment.environment.name=production, or unset it",
};
const SAMPLER: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER",
    expected: "always_on, always_off, traceidratio, or one of these after parentbased_, or unset it",
};
const SAMPLER_ARG: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER_ARG",
    expected: "the share of traces to send, from 0 to 1, or unset it for 1",
};
const FUNCTION_NAME: Variable = Variable { name: "AWS_LAMBDA_FUNCTION_NAME", expected: "" };
const REGION: Variable = Variable { name: "AWS_REGION", expected: "" };

/// The default of the protocol.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub(super) struct TracesConfig {
    pub(super) endpoint: Uri,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) timeout: Duration,
    pub(super) sampling: Sampling,
    pub(super) resource: Vec<(String, String)>,
}

/// Which traces are sent if nothing in them fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sampling {
    pub(super) ratio: SampleRatio,
    /// The edge's decision counts. Nobody else's does.
    pub(super) by_parent: bool,
}

/// `None` if no traces are sent.
pub(super) fn from_lookup(
    lookup: &Lookup<'_>,
    default_name: &str,
) -> Result<Option<TracesConfig>, ConfigError> {
    if DISABLED.get(lookup).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let Some(endpoint) = endpoint(lookup)? else { return Ok(None) };
    if PROTOCOL.get(lookup).is_some_and(|value| value != "http/protobuf") {
        return Err(PROTOCOL.invalid("is not supported"));
    }
    let headers = if TRACES_HEADERS.get(lookup).is_some() { TRACES_HEADERS } else { HEADERS };
    let timeout = if TRACES_TIMEOUT.get(lookup).is_some() { TRACES_TIMEOUT } else { TIMEOUT };
    let headers = headers.get_parsed(lookup, "is not a list of headers", |text| {
        pairs(text)?
            .into_iter()
            .map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            .collect::<Option<Vec<_>>>()
    })?;
    let timeout = timeout.get_parsed(lookup, "is not a number of milliseconds", |text| text.parse().ok())?;
    Ok(Some(TracesConfig {
        endpoint,
        headers: headers.unwrap_or_default(),
        timeout: timeout.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
        sampling: sampling(lookup)?,
        resource: resource(lookup, default_name)?,
    }))
}

fn endpoint(lookup: &Lookup<'_>) -> Result<Option<Uri>, ConfigError> {
    let parse = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        (is_http && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))).then_some(uri)
    };
    let problem = "is not an http:// or https:// URL";
    if let Some(uri) = TRACES_ENDPOINT.get_parsed(lookup, problem, parse)? {
        return Ok(Some(uri));
    }
    ENDPOINT.get_parsed(lookup, problem, |text| parse(&format!("{}/v1/traces", text.trim_end_matches('/'))))
}

fn sampling(lookup: &Lookup<'_>) -> Result<Sampling, ConfigError> {
    let ratio = SAMPLER_ARG.get_parsed(lookup, "is not a number from 0 to 1", |text| text.parse().ok())?;
    let sampler = SAMPLER.get_parsed(lookup, "is not a sampler of this program", |text| {
        let (by_parent, name) = match text.strip_prefix("parentbased_") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let ratio = match name {
            "always_on" => SampleRatio::ALL,
            "always_off" => SampleRatio::NONE,
            "traceidratio" => ratio.unwrap_or(SampleRatio::ALL),
            _ => return None,
        };
        Some(Sampling { ratio, by_parent })
    })?;
    Ok(sampler.unwrap_or(Sampling { ratio: SampleRatio::ALL, by_parent: true }))
}

fn resource(lookup: &Lookup<'_>, default_name: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let mut resource = RESOURCE.get_parsed(lookup, "is not a list of attributes", pairs)?.unwrap_or_default();
    let mut set = |name: &str, value: Option<String>, replaces: bool| {
        let known = resource.iter().position(|(known, _)| known == name);
        match (known.and_then(|position| resource.get_mut(position)), value) {
            (Some((_, known)), Some(value)) if replaces => *known = value,
            (None, Some(value)) => resource.push((name.to_owned(), value)),
            _ => {}
        }
    };
    set("service.name", SERVICE_NAME.get(lookup), true);
    set("service.name", Some(default_name.to_owned()), false);
    set("service.namespace", Some("shortline".to_owned()), false);
    set("service.version", Some(env!("CARGO_PKG_VERSION").to_owned()), false);
    set("faas.name", FUNCTION_NAME.get(lookup), false);
    set("cloud.region", REGION.get(lookup), false);
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<TracesConfig>, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        from_lookup(&lookup, "shortline-origin").map_err(|error| error.to_string())
    }

    fn with_endpoint<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")], more].concat()
    }

    #[test]
    fn without_an_endpoint_nothing_is_sent() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("OTEL_TRACES_SAMPLER", "always_on")]).unwrap().is_none());
        assert!(read(&with_endpoint(&[("OTEL_SDK_DISABLED", "true")])).unwrap().is_none());
        assert!(read(&with_endpoint(&[("OTEL_SDK_DISABLED", "false")])).unwrap().is_some());
    }

    #[test]
    fn endpoint_for_traces_is_used_as_it_is() {
        let endpoint = |variables: &[_]| read(variables).unwrap().unwrap().endpoint.to_string();
        assert_eq!(endpoint(&with_endpoint(&[])), "http://collector:4318/v1/traces");
        let slash = [("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector/otlp/")];
        assert_eq!(endpoint(&slash), "https://collector/otlp/v1/traces");
        let both = with_endpoint(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/x")]);
        assert_eq!(endpoint(&both), "http://other/x");
    }

    #[test]
    fn invalid_variable_is_named_and_its_value_is_not() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://hunter2"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@collector"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "hunter2"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
            ("OTEL_RESOURCE_ATTRIBUTES", "hunter2"),
        ] {
            let others = with_endpoint(&[]).into_iter().filter(|(other, _)| *other != name);
            let error = read(&others.chain([(name, value)]).collect::<Vec<_>>()).unwrap_err();
            assert!(error.starts_with(name) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn headers_are_decoded_and_those_for_traces_win() {
        let headers = |variables: &[_]| {
            let config = read(&with_endpoint(variables)).unwrap().unwrap();
            config
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect::<Vec<_>>()
        };
        let general = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20abc, x-tenant=a");
        assert_eq!(headers(&[general]), ["authorization: Basic abc", "x-tenant: a"]);
        assert_eq!(headers(&[general, ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=1")]), ["x-key: 1"]);
    }

    #[test]
    fn sampler_says_whose_decision_counts() {
        let sampling = |sampler: &str, ratio: &str| {
            let variables = [("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", ratio)];
            read(&with_endpoint(&variables)).unwrap().unwrap().sampling
        };
        let quarter = "0.25".parse::<SampleRatio>().unwrap();
        for (sampler, ratio, by_parent) in [
            ("", SampleRatio::ALL, true),
            ("always_on", SampleRatio::ALL, false),
            ("always_off", SampleRatio::NONE, false),
            ("traceidratio", quarter, false),
            ("parentbased_traceidratio", quarter, true),
            ("parentbased_always_off", SampleRatio::NONE, true),
        ] {
            assert_eq!(sampling(sampler, "0.25"), Sampling { ratio, by_parent }, "{sampler}");
        }
    }

    #[test]
    fn service_name_has_three_sources() {
        let name = |variables: &[_]| {
            let config = read(&with_endpoint(variables)).unwrap().unwrap();
            let names: Vec<_> =
                config.resource.into_iter().filter(|(name, _)| name == "service.name").collect();
            assert_eq!(names.len(), 1);
            names[0].1.clone()
        };
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=second,host.name=a%2Cb");
        assert_eq!(name(&[]), "shortline-origin");
        assert_eq!(name(&[attributes]), "second");
        assert_eq!(name(&[attributes, ("OTEL_SERVICE_NAME", "first")]), "first");
    }
}
