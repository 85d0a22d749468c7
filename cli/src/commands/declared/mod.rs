//! Links as code: `apply` brings an installation to what a file declares, `export` writes such a file.

mod apply;
mod export;
mod file;
mod normal;
mod plan;

pub use apply::run as apply;
pub use export::run as export;

/// The tag of the links that a file owns.
fn managed_tag(name: &str) -> String {
    format!("managed:{name}")
}
