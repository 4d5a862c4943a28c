//! Folded stacks: a line for each way to what ran, `main;f;[trace 3: loop, f.pseudo:4];f.pseudo:5 17`; and the flame graph that
//! is drawn of them. The format is that of Brendan Gregg's `stackcollapse` scripts, which other programs read as well.

use std::collections::BTreeMap;
use std::io::{self, Write};

use pseudo_codegen::engine::Profile;
use pseudo_vm::vm::Vm;

use super::{function_name, line_of, trace_name, trace_of, what_ran};

/// The lines, in alphabetical order.
pub fn stacks(vm: &Vm, profile: &Profile) -> Vec<String> {
    let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
    for (stack, count) in &profile.stacks {
        let mut frames: Vec<String> =
            stack.functions.iter().map(|&function| function_name(vm, function).to_string()).collect();
        let ran = match trace_of(stack.ran) {
            Some(trace) => trace_name(vm, profile, trace),
            None => what_ran(stack.ran).to_string(),
        };
        frames.push(format!("[{ran}]"));
        frames.extend(stack.at.map(|pc| line_of(vm, pc)));
        if matches!(stack.ran, pseudo_codegen::engine::Ran::Helper(_)) {
            frames.push("[helper]".to_string());
        }
        *stacks.entry(frames.iter().map(|frame| plain(frame)).collect::<Vec<_>>().join(";")).or_default() += count;
    }
    stacks.into_iter().map(|(stack, count)| format!("{stack} {count}")).collect()
}

/// A frame's text without what separates frames.
fn plain(frame: &str) -> String {
    frame.replace([';', '\n', '\r'], "_")
}

/// Writes the lines.
pub fn write(stacks: &[String], writer: &mut dyn Write) -> io::Result<()> {
    stacks.iter().try_for_each(|stack| writeln!(writer, "{stack}"))
}

/// Writes a flame graph.
pub fn flame_graph(stacks: &[String], writer: &mut dyn Write) -> io::Result<()> {
    let mut options = inferno::flamegraph::Options::default();
    options.title = "Where time went".to_string();
    options.count_name = "samples".to_string();
    if stacks.is_empty() {
        return writeln!(writer, "<svg xmlns=\"http://www.w3.org/2000/svg\"><text y=\"20\">no samples</text></svg>");
    }
    inferno::flamegraph::from_lines(&mut options, stacks.iter().map(String::as_str), writer).map_err(io::Error::other)
}
