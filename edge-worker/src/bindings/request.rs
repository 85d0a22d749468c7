//! Reads a request without `entry.js`.

use worker::Request;

use crate::requests::request_info::{Fields, HEADERS};

/// The fields of a [`crate::requests::request_info::RequestInfo`].
pub fn request_fields(request: &Request) -> Fields<String> {
    let cf = request.cf();
    let headers = request.headers();
    let header = |name| headers.get(name).ok().flatten().unwrap_or_default();
    let known = [
        // The raw method: workers-rs reads an unknown one as GET.
        request.inner().method(),
        request.inner().url(),
        cf.and_then(worker::Cf::country).unwrap_or_default(),
        cf.and_then(worker::Cf::asn).map(|number| number.to_string()).unwrap_or_default(),
        cf.and_then(worker::Cf::region_code).unwrap_or_default(),
        cf.and_then(worker::Cf::city).unwrap_or_default(),
    ];
    let mut fields = Fields::default();
    fields
        .iter_mut()
        .zip(known.into_iter().chain(HEADERS.map(header)))
        .for_each(|(field, fact)| *field = fact);
    fields
}
