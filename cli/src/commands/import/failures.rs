//! The file of rows that failed: their own columns, and the reason. It can be repaired and imported again.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::row::{RowProblem, SourceRow};
use crate::error::CliError;
use crate::output::csv::write_row;

/// What the file has beside the row's own columns.
pub const COLUMNS: [&str; 2] = ["import_code", "import_reason"];

/// Written beside its place and moved there at the end, so that a file of an earlier run stays whole until then.
#[derive(Debug)]
pub struct FailuresFile {
    path: PathBuf,
    /// None for what is no file, such as a pipe.
    place: Option<PathBuf>,
    file: BufWriter<File>,
    columns: usize,
}

impl FailuresFile {
    /// Written anew: every run sees every row.
    pub fn create(path: &Path, source: &str, columns: &[String]) -> Result<Self, CliError> {
        if let (Ok(one), Ok(other)) = (path.canonicalize(), Path::new(source).canonicalize())
            && one == other
        {
            return Err(CliError::usage("--failures must not be the file that is imported"));
        }
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let place = (!place.exists() || place.is_file()).then_some(place);
        let path = match &place {
            Some(place) => {
                let mut name = place.as_os_str().to_owned();
                name.push(format!(".{}.part", std::process::id()));
                PathBuf::from(name)
            }
            None => path.to_owned(),
        };
        let wrong = |error: std::io::Error| CliError::file("write", &path, error);
        let mut options = OpenOptions::new();
        // Destinations may be secret.
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(wrong)?;
        let mut file = BufWriter::new(file);
        let names = columns.iter().map(String::as_str).chain(COLUMNS);
        write_row(&mut file, names.map(|name| (name.to_owned(), true))).map_err(wrong)?;
        Ok(Self { path, place, file, columns: columns.len() })
    }

    pub fn add(&mut self, row: &SourceRow, problem: &RowProblem) -> Result<(), CliError> {
        let own = row.original.iter().map(String::as_str).chain(std::iter::repeat("")).take(self.columns);
        let fields = own.chain([problem.code.as_str(), problem.reason.as_str()]);
        write_row(&mut self.file, fields.map(|text| (text.to_owned(), true)))
            .map_err(|error| CliError::file("write", &self.path, error))
    }

    pub fn finish(&mut self) -> Result<(), CliError> {
        let wrong = |error| CliError::file("write", &self.path, error);
        self.file.flush().map_err(wrong)?;
        match &self.place {
            Some(place) => std::fs::rename(&self.path, place).map_err(wrong),
            None => Ok(()),
        }
    }
}
