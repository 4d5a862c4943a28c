//! What becomes of a recording that has come to its end: passes, code, its place among the others; or another recording.

use std::time::Instant;

use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_trace::ir::types::Ty;
use pseudo_trace::opt;
use pseudo_trace::record::{Natives, Reason, Retry, RootLoop, nest};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::vm::Vm;

use super::events::Event;
use super::native::is_function;
use super::paths::{self, Path, Purpose, Wanted};
use super::recordings::{Attempt, Underway};
use super::shared::Way;
use super::targets::{Memory, VmAddresses, builtin_effect};
use super::{Engine, ExitState, Installed, Piece, PieceOf, TraceKind};
use crate::compile::{self, Calls, CompileError, CompiledTrace, ParentExit, Target};
use crate::disassemble::disassemble;

impl Engine {
    /// Whether a loop is better not compiled as it was recorded, for the sake of its rounds being skipped. Draws the
    /// consequences if so.
    fn is_to_be_recorded_otherwise(&mut self, vm: &Vm, what: Attempt, trace: &Trace) -> bool {
        let pc = what.from;
        if what.wanted.is_some_and(|wanted| wanted.purpose != Purpose::Path) {
            return false;
        }
        if trace.skips_rounds {
            let Some(wanted) = what.wanted else { return false };
            let known = self.traces.iter().flatten().find(|other| other.closed && paths::same(&other.trace, trace));
            let Some(known) = known.map(|known| known.code.number) else { return false };
            self.abandon(vm, what, pc, Reason::SamePath.text(), Retry::Never);
            self.set_path(wanted, Path::Loop(known));
            return true;
        }
        let period = trace.period;
        if what.rounds == 1 && period > 1 {
            if let Some(wanted) = what.wanted {
                self.abandon(vm, what, pc, Reason::Period.text(), Retry::Soon);
                // One round of the period has gone by.
                self.wanted = Some(Wanted { rounds: period, wait: period - 1, ..wanted });
                return true;
            }
            let word = vm.proto(pc.function).word(pc.at as usize);
            let state = self.loops.entry((pc.function, word.a() as u16)).or_default();
            if state.rounds.is_none() {
                state.rounds = Some(period);
                self.abandon(vm, what, pc, Reason::Period.text(), Retry::Soon);
                return true;
            }
        }
        let is_open = what.rounds > 1 || what.wanted.is_some();
        if is_open {
            self.abandon(vm, what, pc, Reason::Open.text(), Retry::Later);
        }
        is_open
    }

    /// Passes, compiles and installs what was recorded.
    pub(super) fn finish(&mut self, vm: &mut Vm, underway: Underway) {
        let Underway { recorder, what, .. } = underway;
        vm.activity.set(Doing::of(Phase::Compiling, self.next_number()));
        self.stats.record_times.push(self.record_began.elapsed());
        let began = Instant::now();
        let native = recorder.native();
        let mut trace = recorder.finish();
        if let Some(Purpose::Entry { cautious }) = what.wanted.map(|wanted| wanted.purpose) {
            (trace.beside, trace.cautious) = (true, cautious);
        }
        let pc = trace.pc;
        self.stats.instructions.0 += trace.insts.len();
        self.tell(vm, &Event::Recorded { trace: &trace });

        self.optimise(vm, &mut trace);
        if let Some(nested) = self.nested(vm, &trace) {
            trace = nested;
        }
        if what.start == Start::Root && !is_function(pc) && self.is_to_be_recorded_otherwise(vm, what, &trace) {
            return;
        }
        if !self.agree(&trace) {
            self.abandon(vm, what, pc, Reason::Widens.text(), Retry::Soon);
            return;
        }
        match self.compile(vm, &trace, native) {
            Ok(code) => {
                self.stats.compile_times.push(began.elapsed());
                self.stats.instructions.1 += trace.insts.len();
                self.install(vm, trace, code, native, what.wanted);
            }
            Err(CompileError::CodeMemory) => {
                self.abandon(vm, what, pc, CompileError::CodeMemory.text(), Retry::Later);
                self.flush(vm);
            }
            Err(error) => self.abandon(vm, what, pc, error.text(), Retry::Never),
        }
    }

    fn optimise(&mut self, vm: &Vm, trace: &mut Trace) {
        let mut observer = self.observer.take();
        let options = opt::Options { passes: self.passes, verify: self.params.verify == 1, effects: &builtin_effect };
        let report = opt::optimise(trace, &options, &mut self.scratch, &mut |ran, trace| {
            if let (true, Some(observer)) = (ran.changed, &mut observer) {
                observer.event(vm, &Event::Optimised { pass: ran.pass, fired: ran.fired, trace });
            }
        });
        self.observer = observer;
        for run in report.runs {
            let entry = self.stats.passes.entry(run.pass).or_default();
            entry.0 += run.changed as u32;
            entry.1 += run.time;
        }
        for (rule, &count) in opt::fold::rules().iter().zip(&report.counts.rules).filter(|(_, count)| **count > 0) {
            *self.stats.rules.entry(rule.name).or_default() += count;
        }
    }

    /// The loop around a loop, in place of a side trace that leads from the one round of the inner loop to the next: if
    /// its rounds can be skipped.
    fn nested(&mut self, vm: &Vm, side: &Trace) -> Option<Trace> {
        let Start::Exit { parent, exit } = side.start else { return None };
        let inner = self.traces[parent as usize].as_ref()?;
        let leads_back = matches!(side.link, Link::Trace(to) | Link::Root(to) if to == parent);
        if !inner.closed || inner.trace.start != Start::Root || is_function(inner.trace.pc) || !leads_back {
            return None;
        }
        let snapshot = inner.code.exits[exit as usize].snapshot;
        let mut nested = nest(side, &inner.trace, snapshot, &|snapshot, slot| paths::is_live(vm, snapshot, slot))?;
        self.tell(vm, &Event::Nested { trace: &nested });
        self.optimise(vm, &mut nested);
        nested.skips_rounds.then_some(nested)
    }

    fn compile(&mut self, vm: &Vm, trace: &Trace, native: Option<u32>) -> Result<CompiledTrace, CompileError> {
        let installed = |number: u32| self.traces[number as usize].as_ref().expect("links lead to traces that run");
        let natives = self.natives.clone();
        let parent = match trace.start {
            Start::Root => None,
            Start::Exit { parent, exit } => Some(ParentExit { trace: &installed(parent).code, exit: exit as usize }),
        };
        let target = match trace.link {
            Link::Trace(number) | Link::Root(number) => {
                let target = installed(number);
                let params = is_function(target.trace.pc).then(|| params_of(&natives, target.trace.pc.function));
                Some(Target { trace: Some(&target.code), may_join: self.may_join(trace, number), params })
            }
            Link::Loop | Link::Interpreter | Link::Return => None,
        };
        let options = compile::Options {
            registers: self.params.registers as usize,
            spill_slots: self.params.spillslots as usize,
            check: self.params.verify == 1,
            exit_stress: self.params.exitstress != 0,
            force_exit: self.params.forceexit.checked_sub(1),
            first_guard: self.guards,
            notes_calls: self.profiler.as_ref().and(self.memory.as_ref()).map(|memory| memory.range().start),
            ..compile::Options::default()
        };
        let call = trace.insts.last().filter(|inst| inst.op == IrOp::CallFn);
        let called = call.map(|inst| trace.snapshots[inst.snapshot.0 as usize].pc.function);
        let is_own = is_function(trace.pc) && trace.start == Start::Root;
        let calls = Calls {
            params: if is_own { params_of(&natives, trace.pc.function) } else { &[] },
            home: native.and_then(|function| natives.home(function)),
            callee: called.and_then(|function| natives.root(function)).map(|root| installed(root).code.entry),
        };
        let memory = self.memory.as_mut().expect("made before the recording began");
        let code = compile::compile(trace, parent, target, calls, &VmAddresses(vm), &self.helpers, &options, memory)?;
        self.guards += code.guards;
        Ok(code)
    }

    fn install(
        &mut self,
        vm: &mut Vm,
        mut trace: Trace,
        mut code: CompiledTrace,
        native: Option<u32>,
        wanted: Option<Wanted>,
    ) {
        let number = trace.number;
        debug_assert_eq!(number, self.next_number(), "traces are numbered in the order of their installation");
        let memory = self.memory.as_mut().expect("the trace lies in it");
        let calls_function = code.call.is_some();
        let mut bridge = None;
        let (kind, root) = match trace.start {
            Start::Root if let Some(wanted) = wanted.filter(|_| trace.beside) => {
                // The loop is still entered where it was compiled first, and goes on here if it can't be.
                if let Some(first) = &mut self.traces[wanted.trace as usize]
                    && let Ok(address) = memory.install_bridge(first.code.frame, code.entry)
                {
                    bridge = Some((first.code.frame, address, (memory.next() - address) as usize));
                    memory.patch_exit(&first.code.exits[wanted.exit as usize], address);
                    first.exits[wanted.exit as usize].side = Some(number);
                }
                let word = vm.proto(trace.pc.function).word(trace.pc.at as usize);
                self.loops.entry((trace.pc.function, word.a() as u16)).or_default().beside += 1;
                self.stats.roots += 1;
                self.stats.beside += 1;
                (TraceKind::Beside, number)
            }
            Start::Root if let Some(wanted) = wanted.filter(|wanted| wanted.purpose == Purpose::Path) => {
                // Only the exit that it was recorded for leads here.
                self.set_path(wanted, Path::Loop(number));
                self.stats.roots += 1;
                (TraceKind::Path, number)
            }
            Start::Root if is_function(trace.pc) => {
                self.install_function(vm, trace.pc.function, number, code.entry);
                self.stats.functions += 1;
                (TraceKind::Function, number)
            }
            Start::Root if wanted.is_some_and(|wanted| wanted.purpose == Purpose::End) => {
                self.ends.insert(trace.pc, Some(number));
                self.stats.ends += 1;
                (TraceKind::End, number)
            }
            Start::Root => {
                let proto = vm.proto(trace.pc.function);
                let word = proto.word(trace.pc.at as usize);
                let before = proto.loops[word.a()].trace.replace(number);
                if wanted.is_some_and(|wanted| wanted.purpose == Purpose::Anew) {
                    let home = native.and_then(|function| self.natives.home(function));
                    self.take_over(before, code.entry, native, home);
                }
                // Counts what the interpreter has done until here, then hands the loop over.
                self.set_counter(vm, trace.pc, 1);
                // Those beside the one that it takes the place of are not come to.
                self.loops.entry((trace.pc.function, word.a() as u16)).or_default().beside = 0;
                vm.proto(trace.pc.function)
                    .patch(trace.pc.at as usize, Word::header(Op::TraceHeader, word.a() as u16, 1));
                self.stats.roots += 1;
                (TraceKind::Loop, number)
            }
            Start::Exit { parent, exit } => {
                let parent = self.traces[parent as usize].as_mut().expect("its parent runs");
                memory.patch_exit(&parent.code.exits[exit as usize], code.entry);
                parent.exits[exit as usize].side = Some(number);
                let root = parent.root;
                let guard = parent.trace.insts.get(parent.code.exits[exit as usize].inst as usize);
                let dispatches = guard.is_some_and(|it| matches!(it.op, IrOp::GuardShape | IrOp::GuardProto));
                if let Some(root) = &mut self.traces[root as usize] {
                    root.sides += 1;
                    root.dispatches += u32::from(dispatches);
                    root.calling += u32::from(calls_function);
                }
                self.stats.sides += 1;
                (TraceKind::Side, root)
            }
        };
        self.stats.code_bytes += code.size;
        if let Some(observer) = &mut self.observer {
            let memory = self.memory.as_ref().expect("the trace lies in it");
            let traces = &self.traces;
            let outside = |address: u64| name_of(traces, address);
            let listing = if observer.wants_listings() {
                disassemble(&trace, &code, memory, &self.helpers, &outside)
            } else {
                Vec::new()
            };
            observer.event(vm, &Event::Compiled { trace: &trace, code: &code, listing: &listing });
            if let Some((frame, start, size)) = bridge {
                let bytes = memory.code(start, size);
                observer.installed(vm, &Piece { of: PieceOf::Bridge(frame), start, bytes });
            }
            let bytes = memory.code(code.entry, code.size);
            observer.installed(vm, &Piece { of: PieceOf::Trace(&trace, &code), start: code.entry, bytes });
        }
        if let Some(profiler) = &mut self.profiler {
            profiler.know_trace(&trace, &code);
        }
        // It stays for as long as the machine does, or nearly so.
        trace.shrink();
        code.exits.shrink_to_fit();
        (code.map, code.places, code.exit_of) = (Vec::new(), Vec::new(), Vec::new());
        let hot_at = self.params.hotexit as u64;
        let exits = vec![ExitState { hot_at, ..ExitState::default() }; code.exits.len()];
        // What the root's own rounds write, its preamble has taken into account.
        let changes = if root == number { Memory::default() } else { self.changes_since_root(&trace) };
        let (hoisted, root_loop, closed) = (Memory::of(&trace), RootLoop::of(&trace), trace.skips_rounds);
        let end_in =
            wanted.filter(|wanted| wanted.purpose == Purpose::End).and_then(|wanted| self.way_around(wanted.trace));
        let (header, calls) = end_in.unwrap_or((trace.pc, false));
        let shares =
            end_in.is_some() || (root == number && !is_function(trace.pc) && self.loop_shares_ends(vm, header));
        let way = shares.then(|| Way::new(vm, &trace, header, calls));
        let home = native.and_then(|function| self.natives.home(function));
        let room = self.room_of(&trace);
        self.traces.push(Some(Installed {
            trace,
            kind,
            code,
            exits,
            root,
            sides: 0,
            dispatches: 0,
            calling: u32::from(calls_function),
            hoisted,
            changes,
            native,
            home,
            room,
            root_loop,
            closed,
            header,
            way,
        }));
        self.note_call(number);
    }
}

/// How a function takes its parameters.
fn params_of(natives: &Natives, function: u32) -> &[Ty] {
    natives.get(function).map_or(&[], |native| &native.params)
}

/// What another trace's code at an address is: its entry, or the head of its loop.
fn name_of(traces: &[Option<Installed>], address: u64) -> Option<String> {
    traces.iter().flatten().map(|installed| &installed.code).find_map(|code| {
        if code.entry == address {
            return Some(format!("trace {}", code.number));
        }
        let head = code.loop_entry.as_ref().filter(|entry| entry.trace == code.number && entry.head == address)?;
        Some(format!("loop of trace {}", head.trace))
    })
}
