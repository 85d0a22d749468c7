//! Pages by number, with their totals.

use serde::Serialize;
use serde_json::{Value, json};

use super::error::ShlinkError;
use super::query::Query;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    number: usize,
    pub(super) size: usize,
}

impl Page {
    /// A longer page than `most` becomes shorter, and the answer says so.
    pub(super) fn read(query: &Query, default: usize, most: usize) -> Result<Self, ShlinkError> {
        let size = query.number("itemsPerPage")?.unwrap_or(default).min(most);
        Ok(Self { number: query.number("page")?.unwrap_or(1), size })
    }

    /// Items before it.
    pub(super) fn offset(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The rows of a list that is known whole.
    pub(super) fn of<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.offset()).take(self.size).collect()
    }

    pub(super) fn list<T: Serialize>(self, data: Vec<T>, total: usize) -> Value {
        let items = data.len();
        json!({
            "data": data,
            "pagination": {
                "currentPage": self.number,
                "pagesCount": total.div_ceil(self.size),
                "itemsPerPage": self.size,
                "itemsInCurrentPage": items,
                "totalItems": total,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_tell_how_many_there_are() {
        let page = Page::read(&Query::read("page=2&itemsPerPage=3"), 10, 5).unwrap();
        let list = page.list(page.of((0..7).collect()), 7);
        assert_eq!(list["data"], json!([3, 4, 5]));
        assert_eq!(
            list["pagination"],
            json!({"currentPage": 2, "pagesCount": 3, "itemsPerPage": 3, "itemsInCurrentPage": 3, "totalItems": 7})
        );
        let longest = Page::read(&Query::read("itemsPerPage=5000"), 10, 5).unwrap();
        assert_eq!((longest.offset(), longest.size), (0, 5));
        assert!(Page::read(&Query::read("page=0"), 10, 5).is_err());
    }
}
