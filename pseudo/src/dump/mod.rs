//! The trace dump: what the engine tells, in the order in which it happened.
//!
//! ```text
//! event of the engine -> records (collect) -> those that are wanted (parts) -> text, JSON or a page
//! ```
//!
//! Nothing in it differs between two runs of a program: no addresses, no times, unless a profile is taken as well.

mod changes;
mod collect;
mod columns;
mod events;
mod hold;
pub mod html;
mod json;
mod parts;
mod places;
pub mod record;
mod summary;
mod text;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use pseudo_codegen::engine::{Event, Observer};
use pseudo_vm::vm::Vm;

use collect::Collector;
pub(crate) use events::Events;
use hold::Hold;
pub use parts::{Filter, Part, Parts};
pub(crate) use places::{place, start};
use record::Record;
use text::Text;

/// How a dump is written.
#[derive(Clone, Debug)]
pub enum Format {
    /// To be read.
    Text(Parts),
    /// To compute with.
    Json,
    /// To look at.
    Html,
    /// Not at all: the records are kept here.
    Kept(Rc<RefCell<Vec<Record>>>),
}

/// A dump that is wanted.
pub struct Request {
    /// Where it goes. What cannot be written is lost: the program goes on.
    pub writer: Box<dyn Write>,
    /// How it is written.
    pub format: Format,
    /// Which traces and events are in it.
    pub filter: Filter,
    /// Whether text is coloured.
    pub colour: bool,
}

impl Request {
    /// A dump as text, with what is usually wanted, of everything.
    pub fn text(writer: Box<dyn Write>) -> Request {
        Request { writer, format: Format::Text(Parts::default()), filter: Filter::default(), colour: false }
    }

    /// Everything, kept.
    pub fn kept(records: Rc<RefCell<Vec<Record>>>) -> Request {
        let writer = Box::new(io::sink());
        Request { writer, format: Format::Kept(records), filter: Filter::default(), colour: false }
    }
}

/// A form that records are written in.
trait Sink {
    /// Writes a record.
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()>;
}

/// One record a line.
struct Json;

impl Sink for Json {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        json::write(out, record)
    }
}

impl Sink for html::Page {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        html::Page::record(self, out, record)
    }
}

/// Keeps records.
struct Kept(Rc<RefCell<Vec<Record>>>);

impl Sink for Kept {
    fn record(&mut self, _: &mut dyn Write, record: &Record) -> io::Result<()> {
        self.0.borrow_mut().push(record.clone());
        Ok(())
    }
}

/// Writes every event as it happens.
pub struct Dump {
    writer: Box<dyn Write>,
    sink: Box<dyn Sink>,
    collector: Collector,
    hold: Hold,
}

impl Dump {
    /// A dump that begins with a record of how the program is run.
    pub fn new(request: Request, begin: Record) -> Dump {
        let Request { writer, format, filter, colour } = request;
        let sink: Box<dyn Sink> = match format {
            Format::Text(parts) => Box::new(Text::new(parts, colour)),
            Format::Json => Box::new(Json),
            Format::Html => Box::new(html::Page::default()),
            Format::Kept(records) => Box::new(Kept(records)),
        };
        let mut dump = Dump { writer, sink, collector: Collector::default(), hold: Hold::new(filter) };
        dump.write(begin);
        dump
    }

    fn write(&mut self, record: Record) {
        for record in self.hold.pass(record) {
            let _ = self.sink.record(&mut self.writer, &record);
        }
    }
}

impl Observer for Dump {
    fn event(&mut self, vm: &Vm, event: &Event<'_>) {
        for record in self.collector.records(vm, event) {
            self.write(record);
        }
        let _ = self.writer.flush();
    }
}
