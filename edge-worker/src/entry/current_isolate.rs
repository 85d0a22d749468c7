//! The state of this isolate, created by its first request.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use crate::config::Config;
use crate::isolate::Isolate;
use edge_runtime::bindings::{console, runtime};
use edge_runtime::config::ConfigError;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// Created by the first request: variables and randomness are not available at global scope.
pub fn isolate(env: &Env) -> Result<Rc<Isolate>, ConfigError> {
    if let Some(isolate) = current_isolate() {
        return Ok(isolate);
    }
    console::install();
    runtime::stay_down_after_a_trap();
    let isolate =
        Isolate::new(Config::read(|name| runtime::variable(env, name))?, runtime::random_producer());
    Ok(ISOLATE.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(isolate)))))
}

/// `None` before the first request.
pub fn current_isolate() -> Option<Rc<Isolate>> {
    ISOLATE.with(|cell| cell.get().map(Rc::clone))
}
