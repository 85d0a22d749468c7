//! The description of a measurement.

/// A program that measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Origin,
    Consumer,
    /// Each of them measures it.
    Both,
}

impl Program {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Consumer => "consumer",
            Self::Both => "origin and consumer",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Where CloudWatch has the same figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudWatch {
    pub namespace: &'static str,
    pub name: &'static str,
}

#[derive(Debug)]
pub struct Measurement {
    /// As Prometheus has it: a counter ends with `_total`, a unit stands before that.
    pub name: &'static str,
    pub kind: Kind,
    pub program: Program,
    pub labels: &'static [&'static str],
    /// One sentence, without a full stop.
    pub help: &'static str,
    pub cloudwatch: Option<CloudWatch>,
}

/// Each kind is a type of its own, so that a counter cannot be set.
#[derive(Debug)]
pub struct Counter(pub(crate) Measurement);
#[derive(Debug)]
pub struct Gauge(pub(crate) Measurement);
#[derive(Debug)]
pub struct Histogram(pub(crate) Measurement);

impl Counter {
    pub const fn measurement(&self) -> &Measurement {
        &self.0
    }
}

impl Gauge {
    pub const fn measurement(&self) -> &Measurement {
        &self.0
    }
}

impl Histogram {
    pub const fn measurement(&self) -> &Measurement {
        &self.0
    }
}
