//! Remembers the call with visits that was sent last, so that a run that goes on repeats it as it was, whatever the source gives meanwhile:
//! a visit that is located later, or one less.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::row::hash;
use crate::config::file::{read_if_there, write_private};
use crate::error::CliError;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitCall {
    pub number: u64,
    /// None once it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visits: Option<Vec<Value>>,
}

#[derive(Debug)]
pub struct LastCall {
    /// None where there is no folder for it.
    path: Option<PathBuf>,
}

impl LastCall {
    pub fn of(folder: Option<&Path>, import: &str) -> Self {
        Self { path: folder.map(|folder| folder.join("imports").join(format!("{}.visits", hash(import)))) }
    }

    pub fn read(&self) -> Result<Option<VisitCall>, CliError> {
        let text = self.path.as_deref().map(read_if_there).transpose()?.flatten();
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Before it is sent: what is remembered is never behind what was sent.
    pub fn keep(&self, call: &VisitCall) -> Result<(), CliError> {
        let Some(path) = &self.path else { return Ok(()) };
        let text = serde_json::to_string(call).map_err(|error| CliError::Other(error.to_string()))?;
        write_private(path, &text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn last_call_of_an_import_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let call = |number, visits| VisitCall { number, visits };
        let last = LastCall::of(Some(folder.path()), "i1");
        assert_eq!(last.read().unwrap(), None);
        for call in [call(1, Some(vec![json!({"row_id": "a"})])), call(2, None)] {
            last.keep(&call).unwrap();
            assert_eq!(LastCall::of(Some(folder.path()), "i1").read().unwrap(), Some(call));
        }
        assert_eq!(LastCall::of(Some(folder.path()), "i2").read().unwrap(), None);
        let nowhere = LastCall::of(None, "i1");
        nowhere.keep(&call(1, None)).unwrap();
        assert_eq!(nowhere.read().unwrap(), None);
    }
}
