//! Which parts of a dump are shown, and of which traces.

use super::record::{Place, Record};

macro_rules! define_parts {
    ($($part:ident $name:literal $about:literal;)*) => {
        /// A part of what is told of each trace.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Part {
            $(#[doc = $about] $part,)*
        }

        impl Part {
            /// All parts: names, and what they are.
            pub const ALL: &'static [(Part, &'static str, &'static str)] = &[$((Part::$part, $name, $about)),*];
        }
    };
}

define_parts! {
    Events    "events"    "what happened: recordings begun and given up, conditionals watched, traces dropped";
    Bytecode  "bytecode"  "the bytecode that was recorded";
    Source    "source"    "source lines, beside bytecode and machine code";
    Ir        "ir"        "the IR as recorded, and after all passes with registers and exits";
    Passes    "passes"    "what each pass has changed, with the rule that did";
    Stages    "stages"    "the whole IR as recorded, and after each pass that has changed it";
    Snapshots "snapshots" "what exits restore, with the IR";
    Asm       "asm"       "machine code";
    Exits     "exits"     "exits, and at the end how often each was taken";
    Links     "links"     "where a trace goes on at its end";
    Summary   "summary"   "a table of all traces at the end";
}

/// A set of parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts(u32);

impl Default for Parts {
    /// All but what is told of each pass.
    fn default() -> Self {
        Parts(Parts::ALL.0 & !(1 << Part::Passes as u32 | 1 << Part::Stages as u32))
    }
}

impl Parts {
    /// Every part.
    pub const ALL: Parts = Parts((1 << Part::ALL.len()) - 1);

    /// Whether a part is in it.
    pub fn has(self, part: Part) -> bool {
        self.0 >> part as u32 & 1 == 1
    }

    /// Reads `all`, or a list of parts.
    ///
    /// # Errors
    ///
    /// What is no part, and what there are.
    pub fn parse(list: &str) -> Result<Parts, String> {
        let mut parts = Parts(0);
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match Part::ALL.iter().find(|(_, name, _)| *name == word) {
                Some((part, ..)) => parts.0 |= 1 << *part as u32,
                None if word == "all" => parts = Parts::ALL,
                None => {
                    let names: Vec<&str> = Part::ALL.iter().map(|(_, name, _)| *name).collect();
                    return Err(format!(
                        "no part of a trace dump is called `{word}`; there are {} and `all`, or `json` or `html` instead",
                        names.join(", ")
                    ));
                }
            }
        }
        if parts.0 == 0 { Err("a trace dump without any part: name one, or `all`".to_string()) } else { Ok(parts) }
    }
}

/// Which records are shown: those that fit one of each kind of condition that is given.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Filter {
    functions: Vec<String>,
    /// From and to, both included.
    lines: Vec<(u32, u32)>,
    traces: Vec<u32>,
    events: Vec<String>,
}

impl Filter {
    /// Whether everything is shown.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Adds conditions: `function=NAME`, `line=N` or `line=N..M`, `trace=N`, `event=NAME`, with commas between them.
    ///
    /// # Errors
    ///
    /// What is no condition, and what was expected.
    pub fn add(&mut self, conditions: &str) -> Result<(), String> {
        for condition in conditions.split(',').map(str::trim).filter(|condition| !condition.is_empty()) {
            let expected = "expected `function=NAME`, `line=N`, `line=N..M`, `trace=N` or `event=NAME`";
            let Some((key, value)) = condition.split_once('=') else {
                return Err(format!("`{condition}` is no condition of a trace dump; {expected}"));
            };
            let number =
                |text: &str| text.parse::<u32>().map_err(|_| format!("`{condition}`: a number expected, not `{text}`"));
            match key {
                "function" => self.functions.push(value.to_string()),
                "line" => {
                    let (from, to) = value.split_once("..").unwrap_or((value, value));
                    self.lines.push((number(from)?, number(to)?));
                }
                "trace" => self.traces.push(number(value)?),
                "event" if Record::EVENTS.contains(&value) => self.events.push(value.to_string()),
                "event" => {
                    let known = Record::EVENTS.join(", ");
                    return Err(format!("no event is called `{value}`; there are {known}"));
                }
                _ => return Err(format!("`{condition}` is no condition of a trace dump; {expected}")),
            }
        }
        Ok(())
    }

    /// Whether a record's event is shown. What a dump begins with and the files that it names always are.
    pub fn shows_event(&self, record: &Record) -> bool {
        let framing = matches!(record, Record::Begin { .. } | Record::File { .. });
        self.events.is_empty() || framing || self.events.iter().any(|event| event == record.event())
    }

    /// Whether a trace that goes through these places is shown, and what happened to it.
    pub fn shows_trace(&self, number: Option<u32>, places: &[&Place]) -> bool {
        let function = |place: &&Place| self.functions.is_empty() || self.functions.contains(&place.function);
        let line = |place: &&Place| {
            self.lines.is_empty() || self.lines.iter().any(|(from, to)| (from..=to).contains(&&place.line))
        };
        (self.traces.is_empty() || number.is_some_and(|number| self.traces.contains(&number)))
            && (self.functions.is_empty() && self.lines.is_empty()
                || places.iter().any(|place| function(place) && line(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        assert_eq!(Parts::parse("all"), Ok(Parts::ALL));
        let parts = Parts::parse("ir, asm").unwrap();
        assert!(parts.has(Part::Ir) && parts.has(Part::Asm) && !parts.has(Part::Exits));
        assert!(!Parts::default().has(Part::Passes) && !Parts::default().has(Part::Stages));
        assert!(Parts::default().has(Part::Summary));
        assert!(Parts::parse("ir,mir").unwrap_err().contains("called `mir`; there are events, bytecode, source, ir,"));
        assert!(Parts::parse("").is_err());
    }

    #[test]
    fn filters_are_read_and_applied() {
        let mut filter = Filter::default();
        assert!(filter.is_empty() && filter.shows_trace(Some(3), &[]));
        filter.add("function=f,line=3..5").unwrap();
        filter.add("line=9").unwrap();
        let place = |function: &str, line| Place {
            function: function.to_string(),
            file: "a".to_string(),
            line,
            pc: "f0:0".to_string(),
        };
        assert!(filter.shows_trace(None, &[&place("g", 1), &place("f", 4)]));
        assert!(filter.shows_trace(None, &[&place("f", 9)]));
        assert!(!filter.shows_trace(None, &[&place("f", 6), &place("g", 4)]));
        filter.add("trace=2").unwrap();
        assert!(!filter.shows_trace(None, &[&place("f", 9)]) && filter.shows_trace(Some(2), &[&place("f", 9)]));
        for (bad, message) in [
            ("lines=3", "expected `function=NAME`"),
            ("3", "expected `function=NAME`"),
            ("line=x", "a number expected, not `x`"),
            ("event=begun", "there are begin, file, recording_started"),
        ] {
            assert!(filter.add(bad).unwrap_err().contains(message), "{bad}");
        }
    }
}
