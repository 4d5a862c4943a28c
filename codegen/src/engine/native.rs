//! Functions that have traces of their own: which do, how they are entered from the interpreter, and how the interpreter's
//! frames are made of native ones when compiled code is left.

use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_snapshots::packed::Loc;
use pseudo_snapshots::restore;
use pseudo_trace::ir::ops::Op as IrOp;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_trace::ir::types::{Ref, Ty};
use pseudo_trace::record::{CLOSURES, Reason, Recorder, Wish, passed_as};
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::jit::{Exited, FrameView, Hot, Position, Recording, return_from};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;

use super::events::Consequence;
use super::hot_loops::LoopState;
use super::recordings::Attempt;
use super::{Engine, Limits, Tier, pc_of};
use crate::code_memory::RETURNED_BETWEEN;
use crate::exits::kind_of;
use crate::regalloc::registers::{BASE, RSP, parameter_places, parameters, result_place};

/// Frames that are looked through for one of the same function.
const LOOK_BACK: usize = 64;
/// By how much longer a function waits that was looked at and did not call itself.
const PATIENCE: u32 = 4;
/// Calls that the recording of a function follows at most to one that returns before it calls.
const DIVES: u32 = 1000;
/// Returns that went astray until all traces are made anew.
const ASTRAY_MAX: u32 = 200;
/// Parts of a word, in [`Engine::native_cost`].
const PARTS: usize = 16;

/// How a function has fared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FunctionState {
    /// Recordings given up.
    failures: u32,
    /// What its counter was last set to.
    pub(super) counter: u32,
    /// Calls until its counter is out, while it has not been out for a trace's sake.
    passed: u32,
    /// Whether another trace waits for it to have one.
    wanted: bool,
    /// Levels of it that a trace has at most, if not as many as any function's.
    pub(super) levels: Option<u32>,
    /// The trace that is entered until there is one with fewer levels.
    before: Option<u32>,
}

/// Returns that went astray since all traces were made anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Astray {
    count: u32,
    /// Whether one of them was a function's that is called from now on.
    news: bool,
}

/// Whether a root trace is a function's: a loop's header is never the first instruction.
pub(super) fn is_function(pc: Pc) -> bool {
    pc.at == 0
}

/// Whether a function calls others in its own place.
fn calls_in_place(proto: &Proto) -> bool {
    (0..proto.len()).any(|at| matches!(proto.word(at).op(), Op::TailCall | Op::TailCallMethod))
}

/// Whether the running function is running further down as well, or many other closures of its code are.
fn is_open(vm: &Vm, at: Position) -> bool {
    let frame = FrameView::new(vm, at);
    let callers = std::iter::successors(frame.caller(), |caller| caller.frame.caller()).take(LOOK_BACK);
    let mut same = callers.map(|caller| caller.frame).filter(|below| below.proto().id == frame.proto().id);
    let mut others = 0;
    same.any(|below| {
        others += 1;
        below.closure_value() == frame.closure_value() || others == CLOSURES
    })
}

/// The global that holds a frame's closure for good, if the function's code never looks at its closure: which of its closures
/// runs makes no difference then.
fn home_of(vm: &Vm, frame: &FrameView<'_>) -> Option<u32> {
    let proto = frame.proto();
    if !proto.captures.is_empty() || (0..proto.len()).any(|at| proto.word(at).op() == Op::LoadSelf) {
        return None;
    }
    let closure = frame.closure_value();
    let home = vm.globals.values().iter().position(|&global| global == closure)? as u32;
    (!vm.globals.info(home).reassigned).then_some(home)
}

impl Engine {
    /// Sets a function's counter.
    pub(super) fn set_call_counter(&mut self, vm: &Vm, function: u32, counter: u32) {
        let proto = vm.proto(function);
        let word = proto.word(0);
        self.functions.entry(function).or_default().counter = counter;
        proto.patch(0, Word::entry(Op::FuncHeader, word.params(), word.frame() as u16, counter));
    }

    /// What [`pseudo_vm::jit::Jit::hot_function`] answers.
    pub(super) fn look_at_function(&mut self, vm: &mut Vm, at: Position) -> Hot {
        let pc = pc_of(vm, at);
        let function = pc.function;
        if self.tier == Tier::Interp {
            self.set_call_counter(vm, function, u32::MAX);
            return Hot::Continue;
        }
        let first = self.params.first_calls(self.tier);
        if let Some(calls) = self.function_warms_up(vm, function) {
            self.set_call_counter(vm, function, calls);
            return Hot::Continue;
        }
        let passed = self.functions.get(&function).map_or(0, |state| state.passed);
        let passed = passed.max(first);
        if let Some(counter) = self.look_at_method(vm, at, passed, self.params.hotcall) {
            self.set_call_counter(vm, function, counter);
            let state = self.functions.entry(function).or_default();
            state.passed = passed.saturating_add(counter);
            return Hot::Continue;
        }
        if vm.limits_depth() || self.next_number() >= self.params.maxtrace || !self.prepare(vm) {
            self.set_call_counter(vm, function, u32::MAX);
            return Hot::Continue;
        }
        let hotcall = self.params.hotcall;
        if self.recorder.is_some() {
            self.set_call_counter(vm, function, hotcall);
            return Hot::Continue;
        }
        let proto = FrameView::new(vm, at).proto();
        let state = *self.functions.entry(function).or_default();
        let known = self.natives.get(function);
        let is_recursive = known.is_some_and(|native| native.recursive) || is_open(vm, at);
        if (proto.hidden && !state.wanted) || known.is_some_and(|native| native.failed) {
            self.set_call_counter(vm, function, u32::MAX);
            return Hot::Continue;
        }
        // A loop made of calls in place of one another has no header, but most such calls are in the round of a loop that is
        // about to be hot itself.
        let patient = hotcall.max(self.params.hotloop).saturating_mul(PATIENCE);
        let is_loop = calls_in_place(proto) && (state.counter >= patient || hotcall == 1);
        if !is_recursive && !state.wanted && !is_loop {
            self.set_call_counter(vm, function, state.counter.saturating_mul(PATIENCE).max(patient));
            return Hot::Continue;
        }
        let Some(recorder) = self.recorder_of(vm, at, is_recursive, true) else {
            self.set_call_counter(vm, function, u32::MAX);
            return Hot::Continue;
        };
        self.set_call_counter(vm, function, hotcall);
        self.begin(vm, Attempt { start: Start::Root, from: pc, wanted: None, rounds: 1 }, recorder);
        Hot::Record
    }

    /// A recorder for the function that has just been called. None if compiled code cannot pass so many parameters.
    fn recorder_of(&mut self, vm: &Vm, at: Position, recursive: bool, dives: bool) -> Option<Recorder> {
        let frame = FrameView::new(vm, at);
        let proto = frame.proto();
        let count = usize::from(proto.params) + usize::from(proto.rest);
        let passed: Vec<Ty> = (0..count).map(|index| passed_as(frame.register(index))).collect();
        let wanted = self.functions.get(&proto.id).is_some_and(|state| state.wanted);
        if self.natives.get(proto.id).is_none() {
            self.retire_loops(vm, proto.id);
        }
        let natives = Rc::make_mut(&mut self.natives);
        natives.enabled = true;
        let native = natives.entry(proto.id, || passed.clone());
        if native.root.is_none() {
            native.home = home_of(vm, &frame);
        }
        for (known, &now) in native.params.iter_mut().zip(&passed) {
            if *known != now {
                *known = Ty::Any;
            }
        }
        native.recursive |= recursive;
        native.wanted |= wanted;
        native.failed = parameter_places(&native.params).is_none();
        let failed = native.failed;
        let limits = Limits { dives, levels: self.levels_of(vm, proto.id), ..self.limits(vm) };
        (!failed).then(|| Recorder::root(vm, self.next_number(), at, limits, self.natives.clone()))
    }

    /// Begins the recording of a function anew: it has called itself.
    pub(super) fn dive(&mut self, vm: &Vm, at: Position) -> Recording {
        self.dives += 1;
        let recorder = self.recorder_of(vm, at, true, self.dives < DIVES);
        match (recorder, &mut self.recorder) {
            (Some(recorder), Some(underway)) => {
                underway.recorder = recorder;
                underway.dives = false;
                Recording::Continue
            }
            _ => Recording::Stop,
        }
    }

    /// What becomes of a function whose recording came to nothing.
    pub(super) fn function_failed(
        &mut self,
        vm: &Vm,
        function: u32,
        reason: Option<Reason>,
        never: bool,
        at_once: bool,
    ) -> Consequence {
        let (limit, hotcall) = (self.params.retries, self.params.hotcall);
        let state = self.functions.entry(function).or_default();
        state.failures += u32::from(!at_once);
        let failures = state.failures;
        if let Some(before) = self.functions.entry(function).or_default().before.take() {
            // What it had was better than nothing.
            self.enter_at_call(vm, function, before);
            return Consequence::Retry(1);
        }
        if never || failures > limit {
            if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
                native.failed = reason != Some(Reason::NotRecursive);
            }
            self.stats.blacklisted += 1;
            self.set_call_counter(vm, function, u32::MAX);
            return Consequence::Blacklisted;
        }
        let counter = hotcall.saturating_mul(1 << if at_once { 0 } else { failures.min(16) });
        self.set_call_counter(vm, function, counter);
        Consequence::Retry(counter)
    }

    /// Does what a recording has asked for before it is tried again.
    pub(super) fn grant(&mut self, vm: &Vm, wish: Wish) {
        match wish {
            Wish::Root { function, recursive } => {
                self.functions.entry(function).or_default().wanted = true;
                if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
                    native.recursive |= recursive;
                }
                if vm.proto(function).word(0).op() == Op::FuncHeader {
                    self.set_call_counter(vm, function, 1);
                }
            }
            Wish::Param(function, index) => {
                if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
                    native.params[index] = Ty::Any;
                }
                self.flush(vm);
            }
            Wish::Result(function) => {
                if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
                    native.result = Some(Ty::Any);
                }
                self.flush(vm);
            }
        }
    }

    /// No global is sure to keep its closure any more.
    pub(super) fn forget_homes(&mut self) {
        Rc::make_mut(&mut self.natives).all_mut().for_each(|native| native.home = None);
    }

    /// The function whose native frame a trace runs in.
    pub(super) fn function_of(&self, trace: &Trace) -> u32 {
        let root = match trace.start {
            Start::Root => None,
            Start::Exit { parent, .. } => {
                self.traces[parent as usize].as_ref().and_then(|parent| self.traces[parent.root as usize].as_ref())
            }
        };
        root.map_or(trace.pc.function, |root| root.trace.pc.function)
    }

    /// Agrees on how results are given that a trace gives or takes. False if it was recorded for something else.
    pub(super) fn agree(&mut self, trace: &Trace) -> bool {
        let own = self.function_of(trace);
        let call = trace.insts.last().filter(|inst| inst.op == IrOp::CallFn);
        let called = call.map(|inst| (trace.snapshots[inst.snapshot.0 as usize].pc.function, inst.ty));
        let returned = trace.end.filter(|_| trace.link == Link::Return).and_then(|end| {
            let end = &trace.snapshots[end.0 as usize];
            let ty = trace.ty(Ref::from(end.get(pseudo_snapshots::Slot::Stack(end.base - 2))?));
            Some((own, if matches!(ty, Ty::Int | Ty::Float) { ty } else { Ty::Any }))
        });
        // What goes on as another function gives what that one does.
        let next = match trace.link {
            Link::Trace(number) => self.traces[number as usize].as_ref().map(|next| next.trace.pc),
            _ => None,
        };
        let next = next.filter(|&pc| is_function(pc) && pc.function != own).map(|pc| pc.function);
        let given = next.map(|next| self.natives.result(own).or(self.natives.result(next)).unwrap_or(Ty::Any));
        let continued = next.into_iter().flat_map(|next| [own, next]).zip(given.into_iter().cycle());
        let natives = Rc::make_mut(&mut self.natives);
        for (function, ty) in called.into_iter().chain(returned).chain(continued) {
            let Some(native) = natives.get_mut(function) else { return false };
            native.recursive |= called.is_some_and(|(called, _)| called == own && called == function);
            if *native.result.get_or_insert(ty) != ty {
                return false;
            }
        }
        true
    }

    /// A function's trace is there: its calls enter it from now on, those in code that enters the one before it as well.
    pub(super) fn install_function(&mut self, vm: &Vm, function: u32, number: u32, entry: u64) {
        let before = self.functions.entry(function).or_default().before.take();
        if let (Some(before), Some(memory)) = (before, &mut self.memory)
            && let Some(before) = &self.traces[before as usize]
        {
            memory.redirect(before.code.entry, entry);
        }
        self.enter_at_call(vm, function, number);
    }

    /// Has the loops of a function recorded anew that is to be called natively: the traces that they have know nothing of native
    /// frames. They go on to run where the function was inlined.
    fn retire_loops(&mut self, vm: &Vm, function: u32) {
        for (number, info) in vm.proto(function).loops.iter().enumerate() {
            if vm.proto(function).word(info.header).op() == Op::TraceHeader {
                self.set_counter(vm, Pc { function, at: info.header as u32 }, 1);
                if let Some(state) = self.loops.get_mut(&(function, number as u16)) {
                    *state = LoopState { failures: 0, beside: 0, ..*state };
                }
            }
        }
        self.ends.retain(|pc, _| pc.function != function);
    }

    fn enter_at_call(&mut self, vm: &Vm, function: u32, number: u32) {
        let proto = vm.proto(function);
        let word = proto.word(0);
        proto.trace.set(number);
        proto.patch(0, Word::entry(Op::FuncTrace, word.params(), word.frame() as u16, 1));
        if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
            native.root = Some(number);
        }
    }

    /// Has a function recorded anew when it is called next from the interpreter. Its trace goes on to be entered from code.
    pub(super) fn replace_function(&mut self, vm: &Vm, function: u32, root: u32, levels: u32) {
        let state = self.functions.entry(function).or_default();
        (state.levels, state.before) = (Some(levels), Some(root));
        if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(function) {
            native.root = None;
        }
        self.set_call_counter(vm, function, 1);
    }

    /// Forgets all compiled code of functions.
    pub(super) fn forget_functions(&mut self, vm: &Vm) {
        let natives = Rc::make_mut(&mut self.natives);
        natives.all_mut().for_each(|native| native.root = None);
        self.sites.clear();
        self.functions.values_mut().for_each(|state| state.before = None);
        for function in 0..vm.proto_count() {
            if vm.proto(function).word(0).op() == Op::FuncTrace {
                self.set_call_counter(vm, function, self.params.hotcall);
            }
        }
    }

    /// Words above the base that a trace, or those that it hangs from, make sure of on the register stack.
    pub(super) fn room_of(&self, trace: &Trace) -> i32 {
        let before = match trace.start {
            Start::Exit { parent, .. } => self.traces[parent as usize].as_ref().map_or(0, |parent| parent.room),
            Start::Root => 0,
        };
        let guards = trace.insts.iter().filter(|inst| inst.op == IrOp::GuardStack);
        guards.map(|guard| guard.a.0 as i32).fold(before, i32::max)
    }

    /// Notes the call that a trace ends with.
    pub(super) fn note_call(&mut self, number: u32) {
        let Some(installed) = &self.traces[number as usize] else { return };
        if let Some(call) = &installed.code.call {
            self.sites.insert(call.returns_to, number);
            let cost = (usize::from(installed.code.frame) + 1) * PARTS;
            self.native_cost = self.native_cost.max(cost.div_ceil(call.base as usize));
        }
    }

    /// Where frames must end that are called from the one at `base`: also so that the native stack has room for them.
    pub(super) fn stack_limit(&self, vm: &Vm, base: *mut Value) -> *mut Value {
        let words = self.context.as_ref().map_or(0, |context| context.native.words());
        let limit = base.wrapping_add(words * PARTS / self.native_cost.max(PARTS));
        vm.stack_limit_at(base).min(limit)
    }

    /// Brings a function's parameters to the registers that its trace takes them from. False if one has another type.
    pub(super) fn pass_parameters(&mut self, vm: &Vm, at: Position, function: u32) -> bool {
        let (Some(native), Some(context)) = (self.natives.get(function), &mut self.context) else { return false };
        let frame = FrameView::new(vm, at);
        for (index, (&ty, place)) in native.params.iter().zip(parameters(&native.params)).enumerate() {
            let value = frame.register(index);
            let word = match ty {
                Ty::Int => value.as_int().map(|int| int as u64),
                Ty::Float => value.is_float().then_some(value.0),
                _ => Some(value.0),
            };
            let Some(word) = word else { return false };
            match place {
                Some(Loc::Gpr(reg)) => context.gpr[reg as usize] = word,
                Some(Loc::Xmm(reg)) => context.xmm[reg as usize] = word,
                Some(Loc::Spill(_) | Loc::Const(_)) | None => return false,
            }
        }
        true
    }

    /// A call from the interpreter passes what the function's trace does not take. After a few times it takes anything.
    pub(super) fn parameters_differ(&mut self, vm: &Vm, at: Position, function: u32) {
        let hotexit = self.params.hotexit;
        let natives = Rc::make_mut(&mut self.natives);
        let Some(native) = natives.get_mut(function) else { return };
        native.declined += 1;
        if native.declined < hotexit || self.recorder.is_some() {
            return;
        }
        native.declined = 0;
        let frame = FrameView::new(vm, at);
        for (index, known) in native.params.iter_mut().enumerate() {
            if *known != passed_as(frame.register(index)) {
                *known = Ty::Any;
            }
        }
        self.flush(vm);
    }

    /// A function with loops was to return to a native frame from a trace of such a loop: whoever led there had inlined it, and ought
    /// to call it. When that has happened often enough, to however many functions, all traces are made anew, and do. Whether
    /// they have been dropped.
    fn went_astray(&mut self, vm: &Vm, function: u32) -> bool {
        if vm.proto(function).loops.is_empty() {
            return false;
        }
        if !self.natives.called.contains(&function) {
            Rc::make_mut(&mut self.natives).called.insert(function);
            self.astray.news = true;
        }
        self.astray.count += 1;
        let drops = self.astray.news && self.astray.count >= ASTRAY_MAX && self.recorder.is_none();
        if drops {
            self.astray = Astray::default();
            self.flush(vm);
        }
        drops
    }

    /// An exit was taken above native frames: whether that is since it would have returned to one ([`Engine::went_astray`]), and
    /// its trace has been dropped.
    pub(super) fn cannot_return(&mut self, vm: &Vm, number: u32, exit: u32) -> bool {
        let Some(left) = &self.traces[number as usize] else { return false };
        let guard = left.trace.insts.get(left.code.exits[exit as usize].inst as usize);
        let root = self.traces[left.root as usize].as_ref().filter(|_| guard.is_some_and(|it| it.op == IrOp::GuardPc));
        root.map(|root| root.trace.pc.function).is_some_and(|function| self.went_astray(vm, function))
    }

    /// Compiled code has returned from a frame to the interpreter.
    pub(super) fn returned(&mut self, vm: &mut Vm) -> Exited {
        let context = self.context.as_ref().expect("compiled code has run");
        let base = context.gpr[BASE as usize] as *mut Value;
        let mut between = false;
        if context.exit == RETURNED_BETWEEN {
            let at = context.gpr[RSP as usize];
            let below = base.wrapping_sub(context.native.slice(at, 1)[0] as usize);
            self.unwind(vm, None, below, at + 8);
            between = true;
        }
        let function = FrameView::new(vm, Position { pc: std::ptr::null(), base }).proto().id;
        let ty = self.natives.result(function).unwrap_or(Ty::Any);
        let context = self.context.as_ref().expect("compiled code has run");
        let word = context.machine(&[], 0).word(result_place(ty));
        let value = restore::value(kind_of(ty).expect("results have boxed forms"), word, &mut vm.heap);
        // SAFETY: the frame is the one that has returned, and is linked in memory: it was entered by the interpreter, or from
        // a frame that has written all slots.
        let at = unsafe { return_from(base, value) };
        if between {
            self.went_astray(vm, function);
        }
        Exited { at, record: false }
    }
}
