//! What a redirect needs besides the store: resolving names, the gate, and shipping clicks. `link-core` decides the response.

pub mod click_lag;
pub mod gate;
pub mod resolver;
pub mod shipping;
