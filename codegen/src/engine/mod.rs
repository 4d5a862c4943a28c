//! The engine: decides what is recorded, drives a recording through passes and code generation into place, enters
//! compiled code and picks up what it leaves.
//!
//! ```text
//! hot loop -> Recorder -> Trace -> passes -> compile -> header patched            (root trace)
//! hot exit -> Recorder -> Trace -> passes -> compile -> parent's exit patched     (side trace)
//! anything that goes wrong -> Abandoned, tried again after a wait that grows each time; what cannot be done, never again
//! ```
//!
//! Loops are told apart by function and number, never by a hash of their address: the same program makes the same traces.

mod events;
mod failures;
mod finish;
mod hot_exits;
mod joins;
mod levels;
mod methods;
mod native;
mod pace;
mod params;
mod paths;
mod pieces;
mod profile;
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
use pseudo_snapshots::restore::restore;
use pseudo_trace::ir::trace::{Start, Trace};
use pseudo_trace::opt::PassSet;
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::record::{
    Abort, ExitValue, Natives, Params as Limits, ParentExit as RecordedExit, Reason, Recorder, RootLoop, Step,
};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::jit::{Exited, FrameView, Hot, Jit, Position, Recording};
use pseudo_vm::phase::{Doing, Phase};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;
use rustc_hash::FxHashMap;

use crate::code_memory::{RETURNED, RETURNED_BETWEEN};
use crate::compile::CompiledTrace;
use crate::exits::Exit;
use crate::helpers::Helpers;
use crate::regalloc::registers::RSP;
use crate::{CodeMemory, Context};

pub use events::{Consequence, Event, ExitReport, Observer};
pub use methods::Tier;
use native::{Astray, FunctionState, is_function};
pub use params::{PARAMS, ParamInfo, Params};
use paths::{Path, Purpose, Wanted};
pub use pieces::{Piece, PieceOf};
use profile::Profiler;
pub use profile::{Profile, ProfiledTrace, Ran, StackOf};
pub use report::{ExitCount, TraceKind, TraceReport, TraceState};
pub use stats::{MemoryUse, Stats, Times, median};
use targets::Memory;
pub use targets::builtin_effect;
use warmup::Warmup;
use watch::{Conditionals, Judgement, Watch};

/// A recording that goes on.
#[derive(Debug)]
struct Underway {
    recorder: Recorder,
    what: Attempt,
    /// Whether the function is recorded anew from its entry on, which is shown next.
    dives: bool,
    /// The conditional that was shown last, if it matters which way it goes.
    conditional: Option<Pc>,
}

/// What a recording is of.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// A loop or an exit.
    start: Start,
    /// Where.
    from: Pc,
    /// For which exit of another trace a root trace is recorded beside that.
    wanted: Option<Wanted>,
    /// Rounds that a root trace has in its body.
    rounds: u32,
}

/// How a loop has fared.
#[derive(Clone, Copy, Debug, Default)]
struct LoopState {
    /// Recordings given up.
    failures: u32,
    /// What its counter was last set to.
    counter: u32,
    /// Rounds until its counter is out, while it has not been out for a trace's sake.
    passed: u32,
    /// Rounds to have in the body of its trace, once something is known of it.
    rounds: Option<u32>,
    /// Whether it has so few rounds that it is left to the loop around it.
    length: short::Rounds,
    /// About how many instructions a round takes, once that was asked for.
    steps: Option<u32>,
    /// Whether its side traces share their ends.
    shares_ends: bool,
    /// Traces of it that are entered from the exit in front of another one.
    beside: u32,
}

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

    fn limits(&self, vm: &Vm) -> Limits {
        let limits = Limits::default();
        Limits {
            // Where the depth of calls is limited, frames are counted from the one that a trace was entered with.
            maxreturns: if vm.limits_depth() { 0 } else { limits.maxreturns },
            maxrecord: self.params.maxrecord as usize,
            maxtrace: self.params.maxir as usize,
            maxsnap: self.params.maxsnap as usize,
            maxdepth: self.params.maxdepth as usize,
            maxrecursion: self.params.recunroll as usize,
            maxunroll: self.params.loopunroll as usize,
            ..limits
        }
    }

    /// Sets a loop's counter, and keeps account of the rounds that it has counted.
    fn set_counter(&mut self, vm: &Vm, pc: Pc, counter: u32) {
        let proto = vm.proto(pc.function);
        let word = proto.word(pc.at as usize);
        debug_assert!(matches!(word.op(), Op::LoopHeader | Op::TraceHeader), "{:?} heads no loop", word.op());
        let first = self.first_rounds();
        let state = self.loops.entry((pc.function, word.a() as u16)).or_default();
        let set = if state.counter == 0 { first } else { state.counter };
        if word.op() == Op::LoopHeader {
            self.stats.interpreted_rounds += set.saturating_sub(word.counter()) as u64;
        }
        state.counter = counter;
        proto.patch(pc.at as usize, Word::header(Op::LoopHeader, word.a() as u16, counter));
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

    fn begin(&mut self, vm: &Vm, what: Attempt, mut recorder: Recorder) {
        let Attempt { start, from: pc, .. } = what;
        recorder.choose_at(&self.conditionals.chosen);
        self.recorder = Some(Underway { recorder, what, dives: false, conditional: None });
        self.dives = 0;
        self.record_began = Instant::now();
        self.stats.recordings += 1;
        let number = self.next_number();
        vm.activity.set(Doing::of(Phase::Recording, number));
        self.tell(vm, &Event::Started { number, start, pc });
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
        let pc = pc_of(vm, at);
        if self.tier == Tier::Interp {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        let number = vm.proto(pc.function).word(pc.at as usize).a() as u16;
        if let Some(rounds) = self.loop_warms_up(vm, pc, number, at) {
            self.set_counter(vm, pc, rounds);
            return Hot::Continue;
        }
        let passed = self.loops.get(&(pc.function, number)).map_or(0, |state| state.passed);
        let passed = passed.max(self.first_rounds());
        let hot = self.rounds_before_trace(vm, pc, number, at);
        if let Some(counter) = self.look_at_method(vm, at, passed, hot) {
            self.set_counter(vm, pc, counter);
            let state = self.loops.entry((pc.function, number)).or_default();
            state.passed = passed.saturating_add(counter);
            return Hot::Continue;
        }
        if self.recorder.is_some() || self.watch.is_some() {
            self.set_counter(vm, pc, self.params.hotloop.max(2));
            return Hot::Continue;
        }
        if self.next_number() >= self.params.maxtrace {
            self.set_counter(vm, pc, u32::MAX);
            self.limited(vm, Some(pc), "maxtrace");
            return Hot::Continue;
        }
        if !self.prepare(vm) {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        if self.loops.get(&(pc.function, number)).is_some_and(|state| state.counter == u32::MAX) {
            self.set_counter(vm, pc, u32::MAX);
            return Hot::Continue;
        }
        if let Some(wait) = self.wait_for_outer_loop(vm, pc, number, at) {
            self.set_counter(vm, pc, wait);
            return Hot::Continue;
        }
        // So that a round that begins while this one is recorded does not find the loop hot again.
        let hotloop = self.params.hotloop.max(2);
        self.set_counter(vm, pc, hotloop);
        let rounds = self.loops.get(&(pc.function, number)).and_then(|state| state.rounds).unwrap_or(1);
        let levels = self.levels_of(vm, pc.function);
        let limits = Limits { rounds: rounds as usize, levels, ..self.limits(vm) };
        let recorder = Recorder::root(vm, self.next_number(), at, limits, self.natives.clone());
        self.begin(vm, Attempt { start: Start::Root, from: pc, wanted: None, rounds }, recorder);
        Hot::Record
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

impl Engine {
    /// A recording goes on or has ended.
    fn say_whether_recording(&self, vm: &Vm) {
        if self.recorder.is_none() {
            vm.activity.set(Doing::RUNNING);
        }
    }

    fn record_next(&mut self, vm: &mut Vm, at: Position) -> Recording {
        if self.recorder.as_ref().is_some_and(|underway| underway.dives) {
            return self.dive(vm, at);
        }
        if self.goes_rarely(vm, at) {
            let recorder = self.recorder.take().expect("it is to record the instruction");
            let abort = Abort { reason: Reason::RarerWay, pc: recorder.recorder.pc(), what: "" };
            self.give_up(vm, &recorder, abort);
            return Recording::Stop;
        }
        let Some(recorder) = &mut self.recorder else {
            return self.observe(vm, at);
        };
        match recorder.recorder.step(vm, at) {
            Ok(Step::Continue) => Recording::Continue,
            Ok(Step::Dive) => {
                recorder.dives = true;
                Recording::Continue
            }
            Ok(Step::EndWanted) => {
                self.record_end(vm, at);
                self.record_next(vm, at)
            }
            Ok(Step::Finished) => {
                let recorder = self.recorder.take().expect("it has just made a step");
                self.finish(vm, recorder);
                Recording::Stop
            }
            Err(abort) => {
                let recorder = self.recorder.take().expect("it has just made a step");
                self.give_up(vm, &recorder, abort);
                Recording::Stop
            }
        }
    }

    fn record_throw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording {
        if self.watch.is_some() {
            return self.observe_throw(vm, caught.is_some());
        }
        let Some(mut underway) = self.recorder.take() else { return Recording::Stop };
        let threw = if underway.dives {
            // The call that was to be recorded has not come about.
            Err(Abort { reason: Reason::Throws, pc: underway.recorder.pc(), what: "" })
        } else {
            underway.recorder.threw(vm, at, caught)
        };
        match threw {
            Ok(()) => {
                self.recorder = Some(underway);
                Recording::Continue
            }
            Err(abort) => {
                self.give_up(vm, &underway, abort);
                Recording::Stop
            }
        }
    }

    fn enter_compiled(&mut self, vm: &mut Vm, at: Position, trace: u32) -> Exited {
        if self.traces.get(trace as usize).is_none_or(Option::is_none) {
            return Exited { at, record: false };
        }
        let header = pc_of(vm, at);
        if is_function(header) {
            if !self.pass_parameters(vm, at, header.function) {
                self.parameters_differ(vm, at, header.function);
                return Exited { at, record: false };
            }
        } else if let Some(record) = self.passes_header(vm, at) {
            return Exited { at, record };
        } else {
            self.stats.interpreted_rounds += 1;
        }
        self.stats.entries += 1;
        let stack_limit = self.stack_limit(vm, at.base);
        let context = self.context.as_mut().expect("made before the trace was recorded");
        let memory = self.memory.as_ref().expect("the trace lies in it");
        context.set_stack_limit(stack_limit);
        let installed = self.traces[trace as usize].as_ref().expect("it is there");
        context.vm = vm;
        context.nursery = &raw mut vm.heap.nursery;
        context.helper_caller = 0;
        vm.activity.set(Doing::of(Phase::Compiled, trace));
        let entered = self.clock.map(|_| Instant::now());
        // SAFETY: the entry is that of a root trace for this header, compiled for this machine; `at.base` is the frame
        // whose header it is, and the stack has its reserve above the limit for the frames that a trace may inline.
        unsafe { crate::code_memory::enter(memory, installed.code.entry, at.base, &mut **context) };
        if let (Some(clock), Some(entered)) = (&mut self.clock, entered) {
            clock.compiled += entered.elapsed();
        }
        self.stats.exits += 1;
        let (number, exit) = (context.trace, context.exit);
        vm.activity.set(Doing::of(Phase::Exit, number));
        if let Some(observer) = self.observer.as_mut().filter(|_| !matches!(exit, RETURNED | RETURNED_BETWEEN)) {
            observer.event(vm, &Event::Left { trace: number, exit });
        }

        if context.countdown == 0 {
            context.countdown = context.period;
        }
        if matches!(exit, RETURNED | RETURNED_BETWEEN) {
            return self.returned(vm);
        }
        let (base, rsp) = (context.base(), context.gpr[RSP as usize]);
        let frame = self.traces[number as usize].as_ref().expect("it has just run").code.frame;
        let native = self.unwind(vm, Some(number), base, rsp + 8 * u64::from(frame));
        let context = self.context.as_ref().expect("it has just run");
        let left = self.traces[number as usize].as_ref().expect("it has just run");
        let packed = &left.code.exits[exit as usize].packed;
        let machine = context.machine(&left.code.constants, left.code.frame.into());
        let globals = vm.globals_base();
        let heap = &mut vm.heap;
        // SAFETY: the snapshot belongs to the exit that was taken, whose registers `machine` holds.
        let resume = unsafe { restore(packed, &machine, base, globals, heap) };
        let pc = vm.proto(resume.pc.function).code().wrapping_add(resume.pc.at as usize);
        let at = Position { pc, base: resume.base };

        if native > 0 && self.cannot_return(vm, number, exit) {
            return Exited { at, record: false };
        }
        if vm.pending.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            // It was left for a collection, or to be interrupted: that says nothing of the way that the program goes.
            if let Some(state) = self.exit_state(number, exit) {
                state.count += 1;
                state.hot_at += u64::from(state.hot_at != 0);
            }
            return Exited { at, record: false };
        }
        let hot = self.exit_is_hot(vm, number, exit, native);
        if !hot || self.recorder.is_some() {
            return Exited { at, record: false };
        }
        match self.judge(vm, number, exit) {
            Judgement::Side => {}
            judgement => return Exited { at, record: judgement == Judgement::Watched },
        }
        self.begin_side(vm, number, exit, at);
        Exited { at, record: true }
    }

    /// Whether the recording of a loop that is to go the commoner way at each conditional has just gone the rarer one.
    fn goes_rarely(&mut self, vm: &Vm, at: Position) -> bool {
        let Some(underway) = &mut self.recorder else { return false };
        if underway.what.wanted.is_none_or(|wanted| wanted.purpose != Purpose::Anew) {
            return false;
        }
        let pc = pc_of(vm, at);
        let before = underway.conditional.take();
        if watch::is_conditional(vm.proto(pc.function).word(pc.at as usize)) {
            underway.conditional = Some(pc);
        }
        before.is_some_and(|jump| self.conditionals.is_rarer(jump, pc))
    }

    /// Begins the recording of a side trace from an exit that has just been taken, and restored at a position.
    fn begin_side(&mut self, vm: &mut Vm, number: u32, exit: u32, at: Position) {
        let left = self.traces[number as usize].as_ref().expect("it has just run");
        let Exit { snapshot, ref packed, .. } = left.code.exits[exit as usize];
        let from = packed.pc();
        let root = self.traces[left.root as usize].as_ref().and_then(|root| root.root_loop.as_ref());
        let context = self.context.as_ref().expect("the trace was entered with it");
        let machine = context.machine(&left.code.constants, left.code.frame.into());
        let parent = RecordedExit {
            trace: number,
            exit,
            snapshot: &left.trace.snapshots[snapshot.0 as usize],
            values: &ExitValue::of(&left.trace, snapshot, &|index| {
                packed.entries().nth(index).is_some_and(|entry| Value(machine.word(entry.loc)).is_nil())
            }),
            root,
            next: match left.exits[exit as usize].path {
                Path::Loop(next) => Some(next),
                Path::None | Path::Unknown => None,
            },
            room: left.room,
            native: left.native,
            after_call: left.code.call.is_some()
                && left.code.exits[exit as usize].inst as usize == left.trace.insts.len(),
        };
        let limits = Limits { levels: self.levels_of(vm, self.function_of(&left.trace)), ..self.limits(vm) };
        let limits = match left.exits[exit as usize].failures {
            0 => Limits { maxunroll: self.params.sideunroll.min(self.params.loopunroll) as usize, ..limits },
            _ => limits,
        };
        let mut recorder = Recorder::side(vm, self.next_number(), &parent, at, limits, self.natives.clone());
        if let Some(rejoin) = self.ends_of(left.root) {
            recorder.rejoin(rejoin);
        }
        let start = Start::Exit { parent: number, exit };
        self.begin(vm, Attempt { start, from, wanted: None, rounds: 1 }, recorder);
    }

    /// Rounds of a loop before it is recorded. The first ones are often not like most: what is looked up is not there yet, lists
    /// are empty. So of one that is known to go round very often a small part goes by first, as a whole function's code. Not of one
    /// with other loops in it, which would be recorded before it.
    fn rounds_before_trace(&self, vm: &Vm, pc: Pc, number: u16, at: Position) -> u32 {
        let hotloop = self.params.hotloop;
        let proto = vm.proto(pc.function);
        let info = &proto.loops[usize::from(number)];
        if self.params.warmup_steps(self.tier) == 0 || !short::is_innermost(info, proto) {
            return hotloop;
        }
        let left = short::rounds_left(info, FrameView::new(vm, at));
        let part = left.unwrap_or_default() / warmup::PART_OF_ROUNDS;
        hotloop.max(part.min(warmup::ROUNDS_MOST) as u32)
    }

    /// After how many rounds to look at a hot loop again, if it seems to have few.
    fn wait_for_outer_loop(&mut self, vm: &Vm, pc: Pc, number: u16, at: Position) -> Option<u32> {
        let info = &vm.proto(pc.function).loops[usize::from(number)];
        let length = &mut self.loops.entry((pc.function, number)).or_default().length;
        let wait = length.look(info, FrameView::new(vm, at), &self.params)?;
        if length.waits() {
            self.tell(vm, &Event::Waits { pc, rounds: wait });
        }
        Some(wait)
    }

    /// Whether the interpreter goes on at the header of a loop that has a trace already, instead of entering that; and
    /// whether what it does is recorded.
    fn passes_header(&mut self, vm: &mut Vm, at: Position) -> Option<bool> {
        if self.watch.is_some() {
            return Some(true);
        }
        if let Some(underway) = &self.recorder {
            let Attempt { start, from, wanted, .. } = underway.what;
            let goes_round = wanted.is_some() || start != Start::Root;
            return (goes_round && from == pc_of(vm, at)).then_some(true);
        }
        let wanted = self.wanted?;
        let pc = pc_of(vm, at);
        let root = self.traces[wanted.trace as usize].as_ref().map(|left| left.root);
        let root = root.and_then(|root| self.traces[root as usize].as_ref());
        if root.is_some_and(|root| root.trace.pc != pc) {
            // The way there leads through other loops.
            return None;
        }
        self.wanted = None;
        if root.is_none() || self.next_number() >= self.params.maxtrace {
            return None;
        }
        if wanted.wait > 0 {
            self.wanted = Some(Wanted { wait: wanted.wait - 1, ..wanted });
            return Some(false);
        }
        let limits = Limits { rounds: wanted.rounds as usize, ..self.limits(vm) };
        let recorder = Recorder::root(vm, self.next_number(), at, limits, self.natives.clone());
        let what = Attempt { start: Start::Root, from: pc, wanted: Some(wanted), rounds: wanted.rounds };
        self.begin(vm, what, recorder);
        Some(true)
    }
}
