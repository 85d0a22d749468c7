//! What an installer must provide.

use anyhow::Result;

use crate::checkout::Checkout;

/// A tool to install.
pub(super) trait Tool: Sync {
    fn title(&self) -> String;
    fn is_present(&self, checkout: &Checkout) -> bool;
    fn install(&self, checkout: &Checkout) -> Result<()>;
}
