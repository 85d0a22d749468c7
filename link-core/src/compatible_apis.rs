//! Which other shorteners' APIs are served beside ours, and at which paths. Edge and origin read the same setting.

use std::str::FromStr;

use thiserror::Error;

/// The one path of YOURLS' API.
pub const YOURLS_PATH: &str = "/yourls-api.php";
/// Every path of Shlink's API begins like this.
pub const SHLINK_PREFIX: &str = "/rest/";
/// The header with the key of a call to Shlink's API.
pub const SHLINK_KEY: &str = "x-api-key";

/// The default serves none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CompatibleApis {
    pub yourls: bool,
    pub shlink: bool,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("names an API other than shlink and yourls")]
pub struct UnknownApi;

impl CompatibleApis {
    /// Whether a path is that of a served API. Its query may hold a key.
    pub fn serve(self, path: &str) -> bool {
        self.yourls && path == YOURLS_PATH || self.shlink && path.starts_with(SHLINK_PREFIX)
    }
}

/// Names separated by commas.
impl FromStr for CompatibleApis {
    type Err = UnknownApi;

    fn from_str(list: &str) -> Result<Self, UnknownApi> {
        let mut apis = Self::default();
        for name in list.split(',').map(str::trim) {
            match name {
                "" => {}
                "yourls" => apis.yourls = true,
                "shlink" => apis.shlink = true,
                _ => return Err(UnknownApi),
            }
        }
        Ok(apis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_apis_are_served() {
        for (list, yourls, shlink) in [
            ("", false, false),
            ("yourls", true, false),
            ("shlink", false, true),
            (" shlink , yourls,", true, true),
        ] {
            let apis: CompatibleApis = list.parse().unwrap();
            assert_eq!((apis.serve("/yourls-api.php"), apis.serve("/rest/v3/short-urls")), (yourls, shlink));
            for path in ["/", "/rest", "/restful/a", "/REST/v3", "/yourls-api.php/a", "/api/v1/links"] {
                assert!(!apis.serve(path), "{path}");
            }
        }
        assert_eq!("shlink,bitly".parse::<CompatibleApis>(), Err(UnknownApi));
    }
}
