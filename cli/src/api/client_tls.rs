//! Which certificate authorities are trusted: the Mozilla list, or those of `SSL_CERT_FILE` for a private one.

use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::error::CliError;

pub fn config() -> Result<TlsConfig, CliError> {
    let builder = TlsConfig::builder();
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(builder.build());
    };
    let pem = std::fs::read(&path).map_err(|error| CliError::file("read", &path, error))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| CliError::file("read", &path, error))?
        {
            certificates.push(certificate);
        }
    }
    Ok(builder.root_certs(RootCerts::Specific(Arc::new(certificates))).build())
}
