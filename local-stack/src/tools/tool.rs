//! What an installer must provide.

use anyhow::Result;

use crate::checkout::Checkout;

/// A tool to install.
pub(super) trait Tool: Sync {
    fn title(&self) -> String;
    /// Tells the user what to expect.
    fn expectation(&self) -> &'static str;
    /// Whether it is compiled, which needs the CPU; others are downloaded at the same time.
    fn is_compiled(&self) -> bool {
        false
    }
    fn is_present(&self, checkout: &Checkout) -> bool;
    fn install(&self, checkout: &Checkout) -> Result<()>;
}
