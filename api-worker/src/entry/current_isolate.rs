//! The state of this isolate, created by its first request.

use std::cell::OnceCell;
use std::rc::Rc;

use edge_runtime::bindings::{console, runtime};
use edge_runtime::config::ConfigError;
use worker::Env;

use crate::config::Config;
use crate::isolate::Isolate;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// Created by the first request: variables and randomness are not available at global scope.
pub fn isolate(env: &Env) -> Result<Rc<Isolate>, ConfigError> {
    if let Some(isolate) = ISOLATE.with(|cell| cell.get().map(Rc::clone)) {
        return Ok(isolate);
    }
    console::install();
    runtime::stay_down_after_a_trap();
    let config = Config::read(|name| runtime::variable(env, name))?;
    let isolate = Isolate::new(config, &runtime::random_producer().to_string());
    Ok(ISOLATE.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(isolate)))))
}
