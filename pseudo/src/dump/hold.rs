//! Holds back what happens to a trace until it is known where it goes, if only some traces are shown.

use std::collections::HashSet;

use super::parts::Filter;
use super::record::{Place, Record};

/// Lets records through.
pub struct Hold {
    filter: Filter,
    /// What is held, from the beginning of a recording.
    held: Vec<Record>,
    /// Traces that are shown, with their generations.
    shown: HashSet<(u32, u32)>,
    generation: u32,
}

impl Hold {
    /// Lets through what a filter shows.
    pub fn new(filter: Filter) -> Hold {
        Hold { filter, held: Vec::new(), shown: HashSet::new(), generation: 0 }
    }

    /// The records that can be written now that another one has come.
    pub fn pass(&mut self, record: Record) -> Vec<Record> {
        if self.filter.is_empty() {
            return vec![record];
        }
        let begins = matches!(record, Record::RecordingStarted { .. });
        let ends = matches!(record, Record::Compiled { .. } | Record::RecordingAbandoned { .. } | Record::Ended { .. });
        let mut out = if begins { self.release() } else { Vec::new() };
        if begins || !self.held.is_empty() {
            self.held.push(record);
            if ends {
                out.extend(self.release());
            }
        } else {
            let shows = self.filter.shows_trace(trace_of(&record), &places_of(&record));
            out.extend(self.alone(record, shows));
        }
        out.retain(|record| self.filter.shows_event(record));
        out
    }

    /// What was held, without what is not to be shown.
    fn release(&mut self) -> Vec<Record> {
        let held = std::mem::take(&mut self.held);
        let number = held.first().and_then(trace_of);
        let places: Vec<&Place> = held.iter().filter(|record| trace_of(record) == number).flat_map(places_of).collect();
        let shows = self.filter.shows_trace(number, &places);
        if let (true, Some(number)) = (shows, number) {
            self.shown.insert((self.generation, number));
        }
        let mut out = Vec::new();
        for record in held {
            let shows = match trace_of(&record) {
                of if of.is_some() && of == number => shows,
                of => self.filter.shows_trace(of, &places_of(&record)),
            };
            out.extend(self.alone(record, shows));
        }
        out
    }

    /// A record, if it is shown; of counts, those of traces that are shown.
    fn alone(&mut self, mut record: Record, shows: bool) -> Option<Record> {
        if let Record::Flushed { exits, .. } | Record::Ended { exits, .. } = &mut record {
            exits.retain(|taken| self.shown.contains(&(self.generation, taken.trace)));
        }
        match &record {
            Record::Flushed { generation, .. } => self.generation = *generation,
            Record::Begin { .. } | Record::File { .. } | Record::Times { .. } | Record::Ended { .. } => {}
            _ if shows => {}
            _ => return None,
        }
        Some(record)
    }
}

/// The trace that a record is about.
pub(super) fn trace_of(record: &Record) -> Option<u32> {
    match *record {
        Record::RecordingStarted { trace, .. }
        | Record::RecordingAbandoned { trace, .. }
        | Record::Recorded { trace, .. }
        | Record::Nested { trace, .. }
        | Record::Pass { trace, .. }
        | Record::Compiled { trace, .. } => Some(trace),
        Record::Begin { .. }
        | Record::File { .. }
        | Record::LoopWaits { .. }
        | Record::Limited { .. }
        | Record::ConditionalWatched { .. }
        | Record::FunctionCompiled { .. }
        | Record::Flushed { .. }
        | Record::Times { .. }
        | Record::Ended { .. } => None,
    }
}

/// The places that a record names.
pub(super) fn places_of(record: &Record) -> Vec<&Place> {
    match record {
        Record::RecordingStarted { at, .. }
        | Record::LoopWaits { at, .. }
        | Record::Limited { at, .. }
        | Record::ConditionalWatched { at, .. }
        | Record::Compiled { at, .. } => vec![at],
        Record::RecordingAbandoned { from, at, .. } => vec![from, at],
        Record::Recorded { bytecode, .. } | Record::Nested { bytecode, .. } => {
            bytecode.iter().map(|line| &line.at).collect()
        }
        Record::FunctionCompiled { at, parts, .. } => {
            [at].into_iter().chain(parts.iter().filter_map(|part| part.at.as_ref())).collect()
        }
        Record::Begin { .. }
        | Record::File { .. }
        | Record::Pass { .. }
        | Record::Flushed { .. }
        | Record::Times { .. }
        | Record::Ended { .. } => Vec::new(),
    }
}
