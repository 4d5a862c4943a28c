//! Everything that a dump tells as [`tracing`] events as well, so that any subscriber can have it.
//!
//! Each record is an event of the target `pseudo`, at the level `DEBUG`, with the fields `event` (its name), `trace` and `at`
//! (`main at file:3`) where it has them, and `record` (the record as JSON).

use pseudo_codegen::engine::{Event, Observer};
use pseudo_vm::vm::Vm;
use tracing::{Level, debug};

use super::collect::Collector;
use super::hold::{places_of, trace_of};
use super::record::Record;

/// The target of the events.
const TARGET: &str = "pseudo";

/// Turns what happens into events.
pub struct Events(Collector);

impl Events {
    /// If somebody has subscribed to them.
    pub fn if_wanted(begin: &dyn Fn() -> Record) -> Option<Events> {
        if !tracing::enabled!(target: TARGET, Level::DEBUG) {
            return None;
        }
        tell(&begin());
        Some(Events(Collector::default()))
    }
}

fn tell(record: &Record) {
    let places = places_of(record);
    let at = places.first().map(tracing::field::display);
    // A record is made of nothing that JSON has no form for.
    let json = serde_json::to_string(record).unwrap_or_default();
    debug!(target: TARGET, event = record.event(), trace = trace_of(record), at, record = json);
}

impl Observer for Events {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        self.0.records(vm, event).iter().for_each(tell);
    }
}
