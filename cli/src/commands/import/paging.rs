//! Reads the pages of a source's list as their rows are needed.

use std::collections::VecDeque;

use super::row::{RowIterator, SourceRow};
use crate::error::CliError;

/// What a page has, and where the next one begins.
pub type Page<T, S> = Result<(Vec<T>, Option<S>), CliError>;

/// `fetch` gets where a page begins.
pub fn items<T, S>(
    first: S,
    mut fetch: impl FnMut(S) -> Page<T, S>,
) -> impl Iterator<Item = Result<T, CliError>> {
    let mut next = Some(first);
    let mut page = VecDeque::new();
    std::iter::from_fn(move || {
        loop {
            if let Some(item) = page.pop_front() {
                return Some(Ok(item));
            }
            match fetch(next.take()?) {
                Ok((items, following)) => {
                    page.extend(items);
                    next = following;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    })
}

pub fn rows<S: 'static>(first: S, fetch: impl FnMut(S) -> Page<SourceRow, S> + 'static) -> RowIterator {
    Box::new(items(first, fetch))
}
