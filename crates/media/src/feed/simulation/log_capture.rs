//! Keeps what this thread logs, as the log would print it.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::dispatcher::with_default;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

use crate::lock::lock;

/// Lines not yet taken. Clones share them.
#[derive(Clone, Default)]
pub(super) struct LogCapture(Arc<Mutex<Vec<(Level, String)>>>);

impl LogCapture {
    /// Keeps what this thread logs meanwhile.
    pub fn during<T>(&self, run: impl FnOnce() -> T) -> T {
        let kept = Dispatch::new(self.clone());
        // While there is a single one, the thread that comes to a line first is asked whether anybody is to be
        // told of it, and in another test nobody is.
        let _second = Dispatch::new(NoSubscriber::default());
        with_default(&kept, run)
    }

    pub fn take(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut lock(&self.0))
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").expect("a string takes all");
        }
    }
}

impl Subscriber for LogCapture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        lock(&self.0).push((*event.metadata().level(), message.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
