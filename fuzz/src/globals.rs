//! What a machine's globals hold at the end of a program, as text: all that can be reached from them, with fields, captured
//! variables and who is whom, which what a program prints does not show.
//!
//! ```text
//! v1 = [1, 2, #1]
//! v2 = #1
//! #1 = <C3> {f2: 0.5, link: #2}
//! #2 = <C3> {f2: -0.0, link: nil}
//! ```
//!
//! Arrays, dicts, instances, closures and bound methods are numbered as they are met; everything else is written where it
//! stands. Nothing depends on an address, nor on how a container keeps its elements. No code of the program runs.

use std::collections::VecDeque;
use std::fmt::Write as _;

use pseudo_vm::heap::Heap;
use pseudo_vm::heap::array::Elements;
use pseudo_vm::text::display::{text_of, write_quoted};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

/// Objects that are written at most. What lies beyond is not compared.
const OBJECTS_MOST: usize = 20_000;

/// The text.
pub fn text(vm: &Vm) -> String {
    let mut graph =
        Graph { heap: &vm.heap, numbers: FxHashMap::default(), waiting: VecDeque::new(), text: String::new() };
    let values = vm.globals.values();
    for (name, slot) in vm.top_level().sorted() {
        let value = values[slot as usize];
        if !value.is_undef() {
            let _ = write!(graph.text, "{name} = ");
            graph.value(value);
            graph.text.push('\n');
        }
    }
    while let Some((number, object)) = graph.waiting.pop_front() {
        let _ = write!(graph.text, "#{number} = ");
        graph.object(object);
        graph.text.push('\n');
    }
    graph.text
}

struct Graph<'h> {
    heap: &'h Heap,
    /// By address.
    numbers: FxHashMap<u64, usize>,
    waiting: VecDeque<(usize, Value)>,
    text: String,
}

impl Graph<'_> {
    /// A value where it stands: an object by its number.
    fn value(&mut self, value: Value) {
        let is_object = value.as_array().is_some()
            || value.as_dict().is_some()
            || value.as_instance().is_some()
            || value.as_closure().is_some()
            || value.as_bound().is_some()
            || value.as_cell().is_some();
        if !is_object {
            return self.leaf(value);
        }
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(value.0).or_insert(next);
        let _ = write!(self.text, "#{number}");
        if number == next && number <= OBJECTS_MOST {
            self.waiting.push_back((number, value));
        }
    }

    fn leaf(&mut self, value: Value) {
        match (value.as_string(), text_of(value, self.heap)) {
            (Some(_), Ok(text)) => write_quoted(&mut self.text, &text),
            (_, Ok(text)) => self.text.push_str(&text),
            (_, Err(_)) => self.text.push('?'),
        }
    }

    /// What an object is and holds.
    fn object(&mut self, value: Value) {
        if let Some(array) = value.as_array() {
            let elements = array.elements(self.heap);
            self.list("[", (0..array.len()).map(|index| Part::of(&elements, index)), "]");
        } else if let Some(dict) = value.as_dict() {
            self.text.push('{');
            for (index, entry) in dict.entries(self.heap).enumerate() {
                self.text.push_str(if index > 0 { ", " } else { "" });
                self.value(entry.key);
                self.text.push_str(": ");
                self.value(entry.value);
            }
            self.text.push('}');
        } else if let Some(instance) = value.as_instance() {
            let class = text_of(instance.class(self.heap).name(), self.heap).unwrap_or_default();
            let _ = write!(self.text, "<{class}> {{");
            // By name: which slot a field has depends on the order in which they were added.
            let mut fields: Vec<(String, Part)> = instance
                .field_names(self.heap)
                .filter_map(|name| {
                    let slot = instance.field_slot(self.heap, name)?;
                    let name = text_of(name, self.heap).unwrap_or_default();
                    // Those without room in the instance are in an array.
                    let overflow = || {
                        let (array, index) = instance.overflow_place(slot)?;
                        let elements = array.as_array()?.elements(self.heap);
                        Some(Part::of(&elements, index))
                    };
                    let part = instance.field_at(slot).map(Part::Value).or_else(overflow)?;
                    (!matches!(part, Part::Value(value) if value.is_undef())).then_some((name, part))
                })
                .collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            for (index, (name, field)) in fields.into_iter().enumerate() {
                let _ = write!(self.text, "{}{name}: ", if index > 0 { ", " } else { "" });
                self.part(field);
            }
            self.text.push('}');
        } else if let Some(closure) = value.as_closure() {
            self.leaf(value);
            self.list(" (", (0..closure.capture_count()).map(|index| Part::Value(closure.capture(index))), ")");
        } else if let Some((receiver, method)) = value.as_bound() {
            self.list("bound (", [receiver, method].into_iter().map(Part::Value), ")");
        } else if let Some(cell) = value.as_cell() {
            self.list("variable (", std::iter::once(Part::Value(cell.get())), ")");
        }
    }

    fn list(&mut self, open: &str, parts: impl Iterator<Item = Part>, close: &str) {
        self.text.push_str(open);
        for (index, part) in parts.enumerate() {
            self.text.push_str(if index > 0 { ", " } else { "" });
            self.part(part);
        }
        self.text.push_str(close);
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Value(value) => self.value(value),
            Part::Int(int) => {
                let _ = write!(self.text, "{int}");
            }
        }
    }
}

/// An element, which may have no form as a value.
enum Part {
    Value(Value),
    Int(i64),
}

impl Part {
    fn of(elements: &Elements<'_>, index: usize) -> Part {
        match elements {
            Elements::Bools(bools) => Part::Value(Value::bool(bools[index])),
            Elements::Ints(ints) => Part::Int(ints[index]),
            Elements::Floats(floats) => Part::Value(Value::float(floats[index])),
            Elements::Values(values) => Part::Value(values[index]),
        }
    }
}

#[cfg(test)]
mod tests {
    use pseudo::{RunOptions, Session};
    use pseudo_vm::syntax::source::Source;

    fn after(program: &str) -> String {
        let mut session = Session::new(RunOptions { capture: true, ..RunOptions::default() }).expect("a machine");
        assert_eq!(session.run(Source::new("p", program)).message, "");
        super::text(session.vm())
    }

    #[test]
    fn objects_are_told_apart_and_shown_with_what_they_hold() {
        let text = after(
            "class C\n  let b = nil\n  let a = 1\n  fn to_string() return \"seen\" end\nend\n\
             let x = C()\nx.b = x\nlet y = [1, -0.0, x]\nlet z = {k: y, (y): 2}\nlet n = 0\n\
             let f = fn() n += 1 end\n fn g() let c = 1; return fn() c += 1; return c end end\nlet h = g()\nh()",
        );
        for line in [
            "x = #1",
            "y = #2",
            "#1 = <C> {a: 1, b: #1}",
            "#2 = [1, -0.0, #1]",
            "#3 = {\"k\": #2, #2: 2}",
            "n = 0",
            "variable (2)",
        ] {
            assert!(text.contains(line), "no {line:?} in\n{text}");
        }
        assert!(!text.contains("seen"), "{text}");
    }
}
