//! The interpreter's frames in place of native ones, where compiled code is left with calls under way.

use pseudo_snapshots::packed::PackedEntry;
use pseudo_snapshots::restore::restore_entries;
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::{Engine, Installed};
use crate::compile::CompiledTrace;

/// A trace that ends with a call: what its native frames are restored from. There may be hundreds of thousands of them.
struct Caller<'a> {
    trace: u32,
    code: &'a CompiledTrace,
    /// What the call's snapshot says.
    entries: Vec<PackedEntry>,
    /// Words from register 0 of its frame to that of the called one.
    distance: usize,
    /// The global that holds the closures of its frames.
    home: Option<u32>,
}

/// A native frame.
struct Frame {
    /// Which caller's.
    caller: u32,
    base: *mut Value,
    /// Where it lies on the native stack.
    at: u64,
}

impl Engine {
    /// Makes the interpreter's frames of the native ones below a frame, whose return address lies at `at` on the native
    /// stack. `trace` runs in it, unless its closure is in memory. Gives their number.
    pub(super) fn unwind(&self, vm: &mut Vm, trace: Option<u32>, mut base: *mut Value, mut at: u64) -> usize {
        let context = self.context.as_ref().expect("compiled code has run");
        let routines = self.memory.as_ref().expect("compiled code has run").routines();
        let globals = vm.globals_base();
        let set_closure = |base: *mut Value, home: Option<u32>| {
            let Some(home) = home else { return };
            // SAFETY: the word below a frame's register 0 lies in the register stack, and the global is declared.
            unsafe { *base.wrapping_sub(1) = *globals.wrapping_add(home as usize) };
        };
        let running = base;
        let mut callers: Vec<Caller<'_>> = Vec::new();
        let mut frames: Vec<Frame> = Vec::new();
        let mut last = (0, 0);
        loop {
            let returns_to = context.native.slice(at, 1)[0];
            if returns_to == routines.returned {
                break;
            }
            if returns_to == routines.returned_between {
                base = base.wrapping_sub(context.native.slice(at, 2)[1] as usize);
                at += 16;
                continue;
            }
            if last.0 != returns_to {
                let trace = self.sites[&returns_to];
                let known = callers.iter().position(|caller| caller.trace == trace);
                let caller = known.unwrap_or_else(|| {
                    callers.push(self.caller(trace));
                    callers.len() - 1
                });
                last = (returns_to, caller);
            }
            let code = callers[last.1].code;
            base = base.wrapping_sub(callers[last.1].distance);
            frames.push(Frame { caller: last.1 as u32, base, at: at + 8 });
            at += 8 * (1 + u64::from(code.frame));
        }
        // What snapshots say of closures is of frames that others have taken the place of.
        set_closure(running, trace.and_then(|trace| self.installed(trace).home));
        frames.iter().for_each(|frame| set_closure(frame.base, callers[frame.caller as usize].home));
        // A frame's own snapshot knows better than its caller's what the words say that link the two.
        for frame in frames.iter().rev() {
            let caller = &callers[frame.caller as usize];
            let mut machine = context.machine(&caller.code.constants, 0);
            machine.frame = context.native.slice(frame.at, caller.code.frame.into());
            // SAFETY: the snapshot is that of the call that the frame is in the middle of; all that it names lies in that
            // frame, and the stack's slots in the register stack.
            unsafe { restore_entries(&caller.entries, &machine, frame.base, globals, &mut vm.heap) };
        }
        frames.len()
    }

    fn caller(&self, trace: u32) -> Caller<'_> {
        let installed = self.installed(trace);
        let site = installed.code.call.as_ref().expect("it is in the middle of a call");
        let entries = site.packed.entries().collect();
        Caller { trace, code: &installed.code, entries, distance: site.base as usize, home: installed.home }
    }

    fn installed(&self, trace: u32) -> &Installed {
        self.traces[trace as usize].as_ref().expect("it runs, or is in the middle of a call")
    }
}
