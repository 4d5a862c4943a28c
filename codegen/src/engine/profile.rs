//! Where a program's time goes, from samples ([`crate::sampler`]): which code ran, at which line, called by which functions.
//!
//! A sample has a place in machine code, or the instruction that was interpreted. The functions that had called it are looked
//! up later: when compiled code has been left, below the frame that it was entered with, and else where the program comes to a
//! loop or call next. What has returned until then is missing between the place and its callers. Functions that compiled code
//! has inlined are known from where it was recorded; of native frames only the innermost is known.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::{Origin, Start, Trace};
use pseudo_vm::interp::root_return;
use pseudo_vm::jit::{FRAME_LINK, FrameView, Position};
use pseudo_vm::phase::Phase;
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use super::{Engine, Piece};
use crate::compile::{CompiledTrace, MapEntry};
use crate::sampler::{Sample, Sampler};

/// Frames that are walked for a sample, at most.
const FRAMES: usize = 1000;

/// What ran when a sample was taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Ran {
    /// A trace: an index in [`Profile::traces`].
    Trace(usize),
    /// A helper that it had called.
    Helper(usize),
    /// Machine code of a whole function.
    Method,
    /// Handlers of instructions, and builtins.
    Interpreter,
    /// The compiler to bytecode.
    Reading,
    /// What records traces, and the interpreter while it does.
    Recording,
    /// Passes and code generation.
    Compiling,
    /// The collector.
    Collecting,
    /// Entering traces, and making the interpreter's frames of what they leave.
    Exit,
}

/// What was running: a line of a profile.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StackOf {
    /// The functions that were called, the outermost first, by their numbers. A function that calls itself is there once.
    pub functions: Rc<[u32]>,
    /// What ran.
    pub ran: Ran,
    /// The instruction, of the last of the functions; if it is known.
    pub at: Option<Pc>,
}

/// A trace that samples were taken in.
#[derive(Clone, Debug)]
pub struct ProfiledTrace {
    /// Its number. Numbers begin anew when all traces are dropped.
    pub number: u32,
    /// How often all traces had been dropped before it was made.
    pub generation: u32,
    /// How it begins.
    pub start: Start,
    /// Where.
    pub pc: Pc,
}

/// Where time went.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Samples in a second of processor time.
    pub hertz: u32,
    /// How often what was found running; the order is that of the keys.
    pub stacks: Vec<(StackOf, u64)>,
    /// Samples that there was no room for.
    pub lost: u64,
    /// The traces that there have been.
    pub traces: Vec<ProfiledTrace>,
}

/// A trace, as it is needed to say what its code belongs to.
struct Known {
    info: ProfiledTrace,
    origins: Vec<Origin>,
    /// The functions in whose frames it begins, as far as they were inlined by its parents: the outermost first.
    above: Vec<u32>,
    /// The origin of each exit.
    exits: Vec<Option<u32>>,
}

/// What lies in a piece of code memory.
enum Code {
    /// Of a trace: which origin its code belongs to from which byte on.
    Trace(usize, Vec<(u32, Option<u32>)>),
    /// Of a whole function: which instruction.
    Method(Vec<(u32, Pc)>),
}

/// A place that a sample was taken at.
struct Found {
    ran: Ran,
    at: Option<Pc>,
    /// The functions that are inlined there, with the one that is entered first.
    inlined: Vec<u32>,
}

/// Takes samples and counts them.
pub(super) struct Profiler {
    sampler: Sampler,
    hertz: u32,
    traces: Vec<Known>,
    /// The traces that run, by their numbers.
    running: FxHashMap<u32, usize>,
    generation: u32,
    /// By address.
    code: BTreeMap<u64, (u64, Code)>,
    /// Samples whose callers have not been looked up.
    waiting: Vec<Found>,
    counts: FxHashMap<StackOf, u64>,
    /// Functions by where their code begins.
    functions: BTreeMap<u64, u32>,
}

impl Profiler {
    fn new(vm: &Vm, hertz: u32) -> io::Result<Profiler> {
        Ok(Profiler {
            sampler: Sampler::new(vm, hertz)?,
            hertz,
            traces: Vec::new(),
            running: FxHashMap::default(),
            generation: 0,
            code: BTreeMap::new(),
            waiting: Vec::new(),
            counts: FxHashMap::default(),
            functions: BTreeMap::new(),
        })
    }

    /// A trace is installed.
    pub(super) fn know_trace(&mut self, trace: &Trace, code: &CompiledTrace) {
        let origin_of = |inst: u32| {
            let origin = trace.insts.get(inst as usize)?.origin;
            trace.origins.get(origin as usize).map(|_| origin)
        };
        let above = match trace.start {
            Start::Root => Vec::new(),
            Start::Exit { parent, exit } => {
                let parent = self.running.get(&parent).map(|&index| &self.traces[index]);
                parent.map_or(Vec::new(), |parent| {
                    let origin = parent.exits.get(exit as usize).copied().flatten();
                    let mut chain = origin.map_or(parent.above.clone(), |origin| parent.chain(origin));
                    if chain.last() == Some(&trace.pc.function) {
                        chain.pop();
                    }
                    chain
                })
            }
        };
        let map = code.map.iter().map(|&(offset, entry)| {
            let origin = match entry {
                MapEntry::Inst(inst) => origin_of(inst),
                MapEntry::Stub(exit) => code.exits.get(exit as usize).and_then(|exit| origin_of(exit.inst)),
                MapEntry::Entry | MapEntry::End | MapEntry::Tail | MapEntry::Data => None,
            };
            (offset, origin)
        });
        let index = self.traces.len();
        self.code.insert(code.entry, (code.size as u64, Code::Trace(index, map.collect())));
        self.running.insert(trace.number, index);
        self.traces.push(Known {
            info: ProfiledTrace { number: trace.number, generation: self.generation, start: trace.start, pc: trace.pc },
            origins: trace.origins.clone(),
            above,
            exits: code.exits.iter().map(|exit| origin_of(exit.inst)).collect(),
        });
    }

    /// A whole function is installed.
    pub(super) fn know_method(&mut self, piece: &Piece<'_>, range: Range<u64>) {
        self.sampler.methods_at(range);
        self.code.insert(piece.start, (piece.bytes.len() as u64, Code::Method(piece.places())));
    }

    /// All traces are about to be dropped: what has been sampled in them is looked up before.
    pub(super) fn forget_traces(&mut self) {
        self.look_up();
        self.code.retain(|_, (_, code)| matches!(code, Code::Method(_)));
        self.running.clear();
        self.generation += 1;
    }

    /// Takes the samples, and finds out what ran.
    fn look_up(&mut self) {
        for sample in self.sampler.take() {
            let found = self.find(&sample);
            self.waiting.push(found);
        }
    }

    fn find(&self, sample: &Sample) -> Found {
        let nowhere = |ran: Ran| Found { ran, at: None, inlined: Vec::new() };
        let ran = match sample.doing.phase {
            Phase::Running | Phase::Compiled => Ran::Interpreter,
            Phase::Reading => Ran::Reading,
            Phase::Recording => Ran::Recording,
            Phase::Compiling => Ran::Compiling,
            Phase::Collecting => Ran::Collecting,
            Phase::Exit => Ran::Exit,
        };
        if sample.bytecode != 0 {
            return Found { at: self.instruction(sample.bytecode), ..nowhere(ran) };
        }
        if sample.code == 0 {
            return nowhere(ran);
        }
        let piece = self.code.range(..=sample.code).next_back();
        let Some((&start, (size, code))) = piece.filter(|(start, (size, _))| sample.code - **start < *size) else {
            // A bridge between two traces, or a routine that code of whole functions calls.
            return nowhere(if sample.doing.phase == Phase::Compiled { Ran::Exit } else { ran });
        };
        debug_assert!(sample.code - start < *size);
        let offset = (sample.code - start) as u32;
        match code {
            Code::Trace(index, map) => {
                let trace = &self.traces[*index];
                let behind = map.partition_point(|&(from, _)| from <= offset);
                let origin = behind.checked_sub(1).and_then(|at| map[at].1);
                let ran = if sample.in_helper { Ran::Helper(*index) } else { Ran::Trace(*index) };
                match origin {
                    Some(origin) => {
                        let at = trace.origins[origin as usize].pc;
                        Found { ran, at: Some(at), inlined: trace.chain(origin) }
                    }
                    None => {
                        let mut inlined = trace.above.clone();
                        inlined.push(trace.info.pc.function);
                        Found { ran, at: Some(trace.info.pc), inlined }
                    }
                }
            }
            Code::Method(places) => {
                let behind = places.partition_point(|&(from, _)| from <= offset);
                let at = behind.checked_sub(1).map(|at| places[at].1);
                let ran = if sample.doing.phase == Phase::Recording { ran } else { Ran::Method };
                Found { ran, at, inlined: Vec::new() }
            }
        }
    }

    /// The instruction before an address: handlers have that of the next one.
    fn instruction(&self, address: u64) -> Option<Pc> {
        let (&start, &function) = self.functions.range(..=address).next_back()?;
        Some(Pc { function, at: (((address - start) / 8) as u32).saturating_sub(1) })
    }

    /// Counts what waits. `running` are the functions that run where frames were looked at, `entered` those with which
    /// compiled code was entered last.
    fn count(&mut self, vm: &Vm, running: &[u32], entered: &[u32]) {
        for Found { ran, at, inlined } in std::mem::take(&mut self.waiting) {
            let mut functions: Vec<u32> = if inlined.is_empty() {
                let mut functions = running.to_vec();
                if let Some(at) = at {
                    // What runs is one of the functions that are open, or has returned since.
                    match functions.iter().rposition(|&function| function == at.function) {
                        Some(own) => functions.truncate(own + 1),
                        None => functions.push(at.function),
                    }
                }
                functions
            } else {
                let mut functions = entered.to_vec();
                if functions.last() == inlined.first() {
                    functions.pop();
                }
                functions.extend(inlined);
                functions
            };
            functions.dedup();
            functions.retain(|&function| !vm.proto(function).hidden);
            let stack = StackOf { functions: functions.into(), ran, at };
            *self.counts.entry(stack).or_default() += 1;
        }
    }
}

impl Known {
    /// The functions that are open at an origin, the outermost first. Which call an inlined function was called by is told by
    /// the order in which instructions were recorded.
    fn chain(&self, origin: u32) -> Vec<u32> {
        let mut chain = Vec::new();
        let mut depth = None;
        for origin in self.origins[..=origin as usize].iter().rev() {
            if depth.is_none_or(|depth| origin.depth < depth) {
                depth = Some(origin.depth);
                chain.push(origin.pc.function);
            }
        }
        chain.extend(self.above.iter().rev());
        chain.reverse();
        chain.dedup();
        chain
    }
}

/// The frames at a position and below, the outermost first: where register 0 lies, and the function.
fn frames_at(vm: &Vm, at: Position) -> Vec<(*const Value, u32)> {
    let mut frames = Vec::new();
    let mut next = Some((FrameView::new(vm, at), at.base.cast_const()));
    while let Some((frame, base)) = next.filter(|_| frames.len() < FRAMES) {
        frames.push((base, frame.proto().id));
        next = frame.caller().map(|caller| (caller.frame, base.wrapping_sub(FRAME_LINK + caller.window)));
    }
    frames.reverse();
    frames
}

impl Engine {
    /// Takes samples from now on, so many in a second of processor time. To be called on the thread that the machine runs on,
    /// which must stay the same.
    ///
    /// # Errors
    ///
    /// What the operating system says; or that another machine is profiled.
    pub fn profile(&mut self, vm: &Vm, hertz: u32) -> io::Result<()> {
        self.profiler = Some(Box::new(Profiler::new(vm, hertz)?));
        Ok(())
    }

    /// A program is about to be run by the function that calls this, if it is profiled.
    pub fn begin_profile(&mut self) {
        if let Some(profiler) = &self.profiler {
            profiler.sampler.resume();
        }
    }

    /// It has ended.
    pub fn end_profile(&mut self, vm: &Vm) {
        if let Some(profiler) = &self.profiler {
            profiler.sampler.pause();
        }
        self.take_samples(vm, None, None);
    }

    /// What was found until now, if the machine is profiled.
    pub fn profile_so_far(&self) -> Option<Profile> {
        let profiler = self.profiler.as_ref()?;
        let mut stacks: Vec<_> = profiler.counts.iter().map(|(stack, &count)| (stack.clone(), count)).collect();
        stacks.sort();
        Some(Profile {
            hertz: profiler.hertz,
            stacks,
            lost: profiler.sampler.lost(),
            traces: profiler.traces.iter().map(|known| known.info.clone()).collect(),
        })
    }

    /// Counts the samples that have been taken. `at` is where the program goes on, `entered` where compiled code was
    /// entered that has just been left.
    pub(super) fn take_samples(&mut self, vm: &Vm, at: Option<Position>, entered: Option<Position>) {
        let Some(profiler) = &mut self.profiler else { return };
        if profiler.functions.len() != vm.proto_count() as usize {
            profiler.sampler.know_functions(vm);
            profiler.functions = (0..vm.proto_count()).map(|id| (vm.proto(id).code() as u64, id)).collect();
        }
        if !profiler.sampler.has_samples() && profiler.waiting.is_empty() {
            return;
        }
        profiler.look_up();
        // Where a run ends, there is no frame.
        let at = at.filter(|at| at.pc != root_return());
        let frames = at.map_or(Vec::new(), |at| frames_at(vm, at));
        // The frame that code was entered with may have returned: those below it are its callers still.
        let below = |base: *const Value| entered.is_none_or(|entered| base <= entered.base.cast_const());
        let entered = frames.iter().filter(|frame| below(frame.0)).map(|frame| frame.1).collect::<Vec<_>>();
        let running: Vec<u32> = frames.iter().map(|frame| frame.1).collect();
        profiler.count(vm, &running, &entered);
    }

    /// Tells the sampler where compiled code lies.
    pub(super) fn show_sampler_around(&mut self) {
        if let (Some(profiler), Some(memory), Some(context)) = (&self.profiler, &self.memory, &mut self.context) {
            profiler.sampler.traces_at(memory.range(), memory.routines_end(), &raw mut context.helper_caller);
        }
    }
}
