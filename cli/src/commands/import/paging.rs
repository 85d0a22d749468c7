//! Reads the pages of a source's list as their rows are needed.

use std::collections::VecDeque;

use super::row::{RowIterator, SourceRow};
use crate::error::CliError;

/// `fetch` gets where a page begins, and returns its rows and where the next one begins.
pub fn rows<S: 'static>(
    first: S,
    mut fetch: impl FnMut(S) -> Result<(Vec<SourceRow>, Option<S>), CliError> + 'static,
) -> RowIterator {
    let mut next = Some(first);
    let mut page = VecDeque::new();
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(row) = page.pop_front() {
                return Some(Ok(row));
            }
            match fetch(next.take()?) {
                Ok((rows, following)) => {
                    page.extend(rows);
                    next = following;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}
