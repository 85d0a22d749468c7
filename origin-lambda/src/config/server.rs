//! Reads where the plain HTTP server listens. Not used under the Lambda runtime.

use std::net::SocketAddr;

use startup::{ConfigError, Lookup, Variable};

const LISTEN_ADDR: Variable = Variable {
    name: "LISTEN_ADDR",
    expected: "the address and port to listen on, such as 127.0.0.1:8080 (port 0 picks a free one)",
};

pub fn from_lookup(lookup: &Lookup<'_>) -> Result<SocketAddr, ConfigError> {
    LISTEN_ADDR.require_parsed(lookup, "is not an IP address and a port", |text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_address_needs_a_port() {
        let read = |value: &str| from_lookup(&|_| Some(value.to_owned())).map_err(|error| error.to_string());
        assert_eq!(read("127.0.0.1:0"), Ok(([127, 0, 0, 1], 0).into()));
        assert!(
            read("127.0.0.1").unwrap_err().starts_with("LISTEN_ADDR is not an IP address and a port. Set it")
        );
        assert!(read("").unwrap_err().starts_with("LISTEN_ADDR is not set"));
    }
}
