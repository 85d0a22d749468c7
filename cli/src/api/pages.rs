//! Reads a list page by page.

use serde_json::Value;

use super::client::{Call, Client};
use crate::error::CliError;

/// The largest page of most lists.
pub const PAGE: u64 = 100;

/// The items of a list, requested as they are needed.
#[derive(Debug)]
pub struct Items<'a> {
    client: &'a Client,
    call: Call,
    page: std::vec::IntoIter<Value>,
    cursor: Option<String>,
    is_last: bool,
    left: Option<u64>,
    page_size: u64,
}

impl<'a> Items<'a> {
    /// At most `max` items; all with `None`.
    pub fn new(client: &'a Client, call: Call, max: Option<u64>) -> Self {
        Self::with_page_size(client, call, max, PAGE)
    }

    pub fn with_page_size(client: &'a Client, call: Call, max: Option<u64>, page_size: u64) -> Self {
        Self {
            client,
            call,
            page: Vec::new().into_iter(),
            cursor: None,
            is_last: false,
            left: max,
            page_size,
        }
    }

    /// Whether the list goes on after the items that were read.
    pub fn has_more(&self) -> bool {
        !self.page.as_slice().is_empty() || !self.is_last
    }

    fn read_page(&mut self) -> Result<(), CliError> {
        let size = self.left.map_or(self.page_size, |left| left.min(self.page_size));
        let call = self.call.clone().query("limit", size).maybe("cursor", self.cursor.take());
        let mut page = self.client.json(&call)?;
        self.cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        self.is_last = self.cursor.is_none();
        let items = page.get_mut("data").map(Value::take);
        let Some(Value::Array(items)) = items else {
            let found = "a list without data".to_owned();
            return Err(CliError::NotShortline { server: self.client.server(), found });
        };
        self.page = items.into_iter();
        Ok(())
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Value, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == Some(0) {
            return None;
        }
        loop {
            if let Some(item) = self.page.next() {
                self.left = self.left.map(|left| left - 1);
                return Some(Ok(item));
            }
            if self.is_last {
                return None;
            }
            if let Err(error) = self.read_page() {
                self.is_last = true;
                return Some(Err(error));
            }
        }
    }
}
