//! For unit tests: an output that can be read back, and an application without an installation.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

use time::macros::datetime;

use crate::app::App;
use crate::args::GlobalArgs;
use crate::config::Environment;
use crate::config::file::ConfigFile;
use crate::output::Output;

#[derive(Clone, Default)]
pub struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn app(output: Output) -> App {
    App {
        output,
        global: GlobalArgs { quiet: true, ..GlobalArgs::default() },
        environment: Environment::default(),
        config: ConfigFile::default(),
        now: datetime!(2026-11-29 15:04:05 UTC),
    }
}
