//! The engine: decides what is recorded (`hot_loops`, `native`, `hot_exits`), drives a recording through passes and code generation
//! into place (`recordings`, `finish`), enters compiled code and picks up what it leaves (`entries`).
//!
//! ```text
//! hot loop -> Recorder -> Trace -> passes -> compile -> header patched            (root trace)
//! hot exit -> Recorder -> Trace -> passes -> compile -> parent's exit patched     (side trace)
//! anything that goes wrong -> Abandoned, tried again after a wait that grows each time; what cannot be done, never again
//! ```
//!
//! Loops are told apart by function and number, never by a hash of their address: the same program makes the same traces.

mod entries;
mod events;
mod failures;
mod finish;
mod hot_exits;
mod hot_loops;
mod joins;
mod levels;
mod methods;
mod native;
mod outgrown;
mod pace;
mod params;
mod paths;
mod pieces;
mod profile;
mod recordings;
mod report;
mod shared;
mod short;
mod stats;
mod targets;
mod unwind;
mod warmup;
mod watch;

use std::rc::Rc;
use std::time::{Duration, Instant};

use pseudo_snapshots::Pc;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::opt::PassSet;
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::record::{Natives, Params as Limits, RootLoop};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::jit::{Exited, FrameView, Hot, Jit, Position, Recording};
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use crate::compile::CompiledTrace;
use crate::exits::Exit;
use crate::helpers::Helpers;
use crate::{CodeMemory, Context};

pub use events::{Consequence, Event, ExitReport, Observer};
use hot_loops::LoopState;
pub use methods::Tier;
use native::{Astray, FunctionState, is_function};
pub use params::{PARAMS, ParamInfo, Params};
use paths::{Path, Wanted};
pub use pieces::{Piece, PieceOf};
use profile::Profiler;
pub use profile::{Profile, ProfiledTrace, Ran, StackOf};
use recordings::Underway;
pub use report::{ExitCount, TraceKind, TraceReport, TraceState};
pub use stats::{MemoryUse, Stats, Times, median};
use targets::Memory;
pub use targets::builtin_effect;
use warmup::Warmup;
use watch::{Conditionals, Watch};

/// How an exit has fared.
#[derive(Clone, Copy, Debug, Default)]
struct ExitState {
    /// Times it was taken to the interpreter.
    count: u64,
    /// At which count a side trace is recorded next; 0: never.
    hot_at: u64,
    /// Recordings given up.
    failures: u32,
    /// The side trace that it leads to.
    side: Option<u32>,
    /// The loop along the path that it leads to.
    path: Path,
    /// Attempts to record that loop.
    tries: u32,
    /// Whether a limit has kept it from having a side trace.
    limited: bool,
}

/// A trace that runs.
#[derive(Debug)]
struct Installed {
    trace: Trace,
    kind: TraceKind,
    code: CompiledTrace,
    exits: Vec<ExitState>,
    /// The root trace that it descends from; itself for a root.
    root: u32,
    /// Side traces that descend from it, if it is a root.
    sides: u32,
    /// Of these, the ones that begin where an object is of another class than was expected, or a function another one.
    dispatches: u32,
    /// Those that end with the call of a function, itself included.
    calling: u32,
    /// What its preamble has read that its loop relies on.
    hoisted: Memory,
    /// What has been written on the way to its end since the loop of its root, if it is a side trace.
    changes: Memory,
    /// The function whose native frame it may run in.
    native: Option<u32>,
    /// The global that holds the closure of the frame that it was entered with, where that need not be in memory.
    home: Option<u32>,
    /// Words above the base that it, or those that it hangs from, have made sure of on the register stack.
    room: i32,
    /// Its loop, as side traces need to know it to go back.
    root_loop: Option<RootLoop>,
    /// Whether its entry skips rounds.
    closed: bool,
    /// The header of its loop; of a shared end, that of the loop in whose middle it begins.
    header: Pc,
    /// If its side traces share their ends, what they come back to.
    way: Option<shared::Way>,
}

/// A tracing just-in-time compiler for one machine.
pub struct Engine {
    params: Params,
    passes: PassSet,
    scratch: Scratch,
    memory: Option<CodeMemory>,
    context: Option<Box<Context>>,
    helpers: Helpers,
    /// By number; number 0 is never used.
    traces: Vec<Option<Installed>>,
    recorder: Option<Underway>,
    record_began: Instant,
    /// What is to be recorded when the header of its loop is reached.
    wanted: Option<Wanted>,
    /// A loop whose conditionals are being watched.
    watch: Option<Watch>,
    conditionals: Conditionals,
    /// How often the traces that begin somewhere were recorded anew for having come to a limit; all, where none begins.
    outgrown: FxHashMap<Option<Pc>, u32>,
    /// Ends that side traces share, by where they begin; none where there can't be one.
    ends: FxHashMap<Pc, Option<u32>>,
    loops: FxHashMap<(u32, u16), LoopState>,
    functions: FxHashMap<u32, FunctionState>,
    /// Calls that the recording of a function has followed to where it returns.
    dives: u32,
    /// See [`Engine::went_astray`].
    astray: Astray,
    /// What is agreed on between functions and their callers.
    natives: Rc<Natives>,
    /// The traces that end with the call of a function, by the address that it returns to.
    sites: FxHashMap<u64, u32>,
    /// The most that any of these calls takes of the native stack for each word of the register stack, in sixteenths.
    native_cost: usize,
    guards: u32,
    tier: Tier,
    warmup: Warmup,
    methods: methods::Methods,
    stats: Stats,
    clock: Option<Clock>,
    profiler: Option<Box<Profiler>>,
    observer: Option<Box<dyn Observer>>,
}

/// What measures time in compiled code.
#[derive(Clone, Copy, Debug)]
struct Clock {
    began: Instant,
    compiled: Duration,
}

impl Engine {
    /// An engine with these parameters and passes.
    pub fn new(params: Params, passes: PassSet, observer: Option<Box<dyn Observer>>) -> Engine {
        let has_vectors = params.avx == 1 && std::is_x86_feature_detected!("avx2");
        let passes = if has_vectors { passes } else { passes.without("vector") };
        Engine {
            params,
            passes,
            scratch: Scratch::default(),
            memory: None,
            context: None,
            helpers: crate::runtime::helpers(),
            traces: vec![None],
            recorder: None,
            record_began: Instant::now(),
            wanted: None,
            watch: None,
            conditionals: Conditionals::default(),
            outgrown: FxHashMap::default(),
            ends: FxHashMap::default(),
            loops: FxHashMap::default(),
            functions: FxHashMap::default(),
            dives: 0,
            astray: Astray::default(),
            natives: Rc::default(),
            sites: FxHashMap::default(),
            native_cost: 0,
            guards: 0,
            tier: Tier::Trace,
            warmup: Warmup::default(),
            methods: methods::Methods::default(),
            stats: Stats::default(),
            clock: None,
            profiler: None,
            observer,
        }
    }

    /// Says what compiles programs, which else is traces alone: to be said before any runs. A machine must know as well if
    /// functions are to be compiled as a whole ([`Vm::run_native`]).
    pub fn set_tier(&mut self, tier: Tier) {
        self.tier = tier;
        self.warmup = Warmup::new(self.params.warmup_steps(tier));
    }

    /// Measures from now on where time goes. Not done unless asked for: it takes two looks at the clock each time that
    /// compiled code is entered.
    pub fn measure_time(&mut self) {
        self.clock = Some(Clock { began: Instant::now(), compiled: Duration::ZERO });
    }

    /// What was counted until now.
    pub fn stats(&self, vm: &Vm) -> Stats {
        let mut stats = self.stats.clone();
        stats.traces = self.trace_reports(vm);
        stats.memory = Some(self.memory_use(vm));
        stats.caches = vm.cache_uses();
        stats.times = self.clock.map(|clock| Times {
            running: clock.began.elapsed(),
            compiled: clock.compiled,
            collecting: vm.collecting(),
        });
        for id in 0..vm.proto_count() {
            let proto = vm.proto(id);
            for (number, info) in proto.loops.iter().enumerate() {
                let word = proto.word(info.header);
                if word.op() == Op::LoopHeader {
                    let set = self.loops.get(&(id, number as u16)).map_or(self.first_rounds(), |state| state.counter);
                    stats.interpreted_rounds += set.saturating_sub(word.counter()) as u64;
                }
            }
        }
        stats
    }

    fn memory_use(&self, vm: &Vm) -> MemoryUse {
        let of = |memory: Option<&CodeMemory>| memory.map_or((0, 0), |memory| (memory.used(), memory.size()));
        let heap = vm.heap.statistics();
        MemoryUse {
            trace_code: of(self.memory.as_ref()),
            method_code: of(self.methods.memory()),
            allocated: heap.allocated_bytes,
            promoted: heap.promoted_bytes,
            minor_collections: heap.minor_collections,
            major_collections: heap.major_collections,
            collecting: vm.collecting(),
        }
    }

    /// The exits of every trace that runs, by trace number.
    pub fn exits(&self) -> impl Iterator<Item = (u32, Vec<ExitReport>)> + '_ {
        self.traces.iter().flatten().map(|installed| {
            let report = |(exit, state): (&Exit, &ExitState)| ExitReport {
                inst: exit.inst,
                count: state.count,
                side: state.side,
            };
            (installed.code.number, installed.code.exits.iter().zip(&installed.exits).map(report).collect())
        })
    }

    /// Replaces who is told of what happens from now on.
    pub fn set_observer(&mut self, observer: Option<Box<dyn Observer>>) {
        self.observer = observer;
    }

    /// Has somebody else told as well.
    pub fn add_observer(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(match self.observer.take() {
            Some(first) => Box::new(events::Both(first, observer)),
            None => observer,
        });
    }

    /// Tells the observer that the program has ended.
    pub fn tell_end(&mut self, vm: &Vm) {
        let exits: Vec<_> = self.exits().collect();
        let profile = self.profile_so_far();
        self.tell(vm, &Event::Ended { exits: &exits, profile: profile.as_ref() });
    }

    /// Number of guards in all code that was compiled.
    pub fn guards(&self) -> u32 {
        self.guards
    }

    fn tell(&mut self, vm: &Vm, event: &Event<'_>) {
        if let Some(observer) = &mut self.observer {
            observer.event(vm, event);
        }
    }

    /// The context and code memory, made when first needed: a program without hot loops pays for neither.
    fn prepare(&mut self, vm: &mut Vm) -> bool {
        if self.memory.is_none() {
            self.memory = CodeMemory::new(self.params.maxmcode as usize * 1024, &self.helpers).ok();
            if let Some(routines) = self.memory.as_ref().map(CodeMemory::routines) {
                self.tell_routines(vm, routines);
            }
        }
        let (exitstress, pending) = (self.params.exitstress, vm.pending.as_ptr().cast_const());
        if self.context.is_none() {
            self.context = Context::new(vm, vm.globals_base(), vm.stack_limit(), pending).ok();
            if let Some(context) = self.context.as_mut().filter(|_| exitstress != 0) {
                (context.countdown, context.period) = (exitstress, exitstress);
            }
        }
        self.show_sampler_around();
        self.memory.is_some() && self.context.is_some()
    }

    fn next_number(&self) -> u32 {
        self.traces.len() as u32
    }

    /// Drops all compiled code. No compiled code is running: it never calls back into the engine.
    fn flush(&mut self, vm: &Vm) {
        let traces = self.traces.iter().flatten().count();
        self.stats.flushes += u32::from(traces > 0);
        self.stats.flushed_traces += traces as u32;
        // Where there was none, no number is used a second time.
        if let Some(profiler) = self.profiler.as_mut().filter(|_| traces > 0) {
            profiler.forget_traces();
        }
        let exits: Vec<_> = if self.observer.is_some() { self.exits().collect() } else { Vec::new() };
        for installed in self.traces.iter_mut().filter_map(Option::take) {
            if installed.trace.start == Start::Root && !is_function(installed.trace.pc) {
                let pc = installed.trace.pc;
                let proto = vm.proto(pc.function);
                let word = proto.word(pc.at as usize);
                if !matches!(word.op(), Op::LoopHeader | Op::TraceHeader) {
                    // An end that side traces share.
                    continue;
                }
                proto.patch(pc.at as usize, Word::header(Op::LoopHeader, word.a() as u16, self.params.hotloop));
                if let Some(state) = self.loops.get_mut(&(pc.function, word.a() as u16)) {
                    *state = LoopState { failures: 0, counter: self.params.hotloop, beside: 0, ..*state };
                }
            }
        }
        self.forget_functions(vm);
        self.ends.clear();
        if let Some(memory) = &mut self.memory {
            memory.flush();
        }
        if self.recorder.is_none() && self.watch.is_none() {
            // Nothing knows of the numbers any more, so that they begin anew: `maxtrace` is for traces that there are.
            self.traces.truncate(1);
            self.wanted = None;
        }
        if traces > 0 {
            self.tell(vm, &Event::Flushed { traces, exits: &exits });
        }
    }
}

/// The instruction at a position.
fn pc_of(vm: &Vm, at: Position) -> Pc {
    let proto = FrameView::new(vm, at).proto();
    Pc { function: proto.id, at: proto.index_of(at.pc) as u32 }
}

impl Jit for Engine {
    fn hot_loop(&mut self, vm: &mut Vm, at: Position) -> Hot {
        self.look_at_loop(vm, at)
    }

    fn hot_function(&mut self, vm: &mut Vm, at: Position) -> Hot {
        self.look_at_function(vm, at)
    }

    fn reconsider(&mut self, vm: &mut Vm, function: u32) {
        self.reconsider_method(vm, function);
    }

    fn looked(&mut self, vm: &mut Vm, at: Position) {
        self.method_looked_at(vm, at);
    }

    fn record(&mut self, vm: &mut Vm, at: Position) -> Recording {
        let recording = self.record_next(vm, at);
        self.say_whether_recording(vm);
        recording
    }

    fn globals_reassigned(&mut self, vm: &mut Vm) {
        self.forget_homes();
        self.flush(vm);
    }

    fn threw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording {
        let recording = self.record_throw(vm, at, caught);
        self.say_whether_recording(vm);
        recording
    }

    fn sampled(&mut self, vm: &mut Vm, at: Position) {
        self.take_samples(vm, Some(at), None);
    }

    fn enter(&mut self, vm: &mut Vm, at: Position, trace: u32) -> Exited {
        let before = vm.activity.get();
        let exited = self.enter_compiled(vm, at, trace);
        if vm.activity.get().phase == Phase::Exit {
            vm.activity.set(if self.recorder.is_some() { before } else { Doing::RUNNING });
        }
        if self.profiler.is_some() {
            self.take_samples(vm, Some(exited.at), Some(at));
        }
        exited
    }
}
