//! A compiler that only records: it keeps what was recorded as text, and lets the interpreter go on.

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_trace::ir::text::{Names, Style, print};
use pseudo_trace::ir::trace::{SnapshotId, Trace};
use pseudo_trace::ir::types::{Const, Ty};
use pseudo_trace::ir::verify::verify;
use pseudo_trace::record::{
    Abort, ExitValue, Natives, Params, ParentExit, Recorder, Retry, RootLoop, Step, choice, passed_as,
};
use pseudo_vm::builtins;
use pseudo_vm::bytecode::ops::Op;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::interp::root_return;
use pseudo_vm::io::Output;
use pseudo_vm::jit::{Exited, FrameView, Hot, Jit, Position, Recording};
use pseudo_vm::syntax::source::Source;
use pseudo_vm::value::Value;
use pseudo_vm::vm::{Vm, VmOptions};
use rustc_hash::FxHashSet;

/// Rounds before a loop is recorded again, where that is worth while soon.
const SOON: u32 = 2;

/// What to do besides recording every hot loop.
#[derive(Clone, Copy, Default)]
pub struct Plan {
    /// A side trace to record: of this trace, from this exit, when the interpreter passes there for this time, from 1.
    pub side: Option<(u32, u32, usize)>,
    /// Traces to be recorded before that.
    pub after: usize,
    /// Whether a loop that is recorded becomes one whose header names its trace.
    pub link: bool,
    /// Whether both ways of conditionals are recorded where they can be.
    pub choose: bool,
    /// Whether hot functions are recorded, and called natively from then on; all give ints.
    pub functions: bool,
}

struct Log {
    text: String,
    traces: Vec<Trace>,
}

struct RecordOnly {
    plan: Plan,
    log: Rc<RefCell<Log>>,
    recorder: Option<Recorder>,
    natives: Rc<Natives>,
    /// Whether the function is recorded anew in the call that is made next.
    dives: bool,
    passed: usize,
    /// Register 0 of the frame in which the loop that has the exit was entered.
    entered: Option<*mut Value>,
}

impl RecordOnly {
    fn next_number(&self) -> u32 {
        self.log.borrow().traces.len() as u32 + 1
    }

    fn set_header(&self, vm: &Vm, pc: Pc, op: Op, counter: u32) {
        let proto = vm.proto(pc.function);
        let at = pc.at as usize;
        proto.patch(at, Word::header(op, proto.word(at).a() as u16, counter));
    }

    fn finished(&mut self, vm: &Vm, trace: Trace) {
        let effects = |index: u32| builtins::all().nth(index as usize).expect("a builtin").1.effect;
        if let Err(flaw) = verify(&trace, &effects) {
            panic!("{}", flaw.report(&trace));
        }
        let mut log = self.log.borrow_mut();
        log.text += &print(&trace, &mut Names::default(), Style::default());
        let proto = vm.proto(trace.pc.function);
        if trace.start == pseudo_trace::ir::trace::Start::Root
            && proto.word(trace.pc.at as usize).op() == Op::LoopHeader
        {
            if self.plan.link {
                proto.loops[proto.word(trace.pc.at as usize).a()].trace.set(trace.number);
                self.set_header(vm, trace.pc, Op::TraceHeader, 1);
            } else {
                self.set_header(vm, trace.pc, Op::LoopHeader, u32::MAX);
            }
        }
        if let Some(native) = Rc::make_mut(&mut self.natives).get_mut(trace.pc.function).filter(|_| trace.pc.at == 0) {
            (native.root, native.result) = (Some(trace.number), Some(Ty::Int));
        }
        log.traces.push(trace);
    }

    fn given_up(&mut self, vm: &Vm, start: Pc, abort: Abort) {
        let line = vm.proto(abort.pc.function).line(abort.pc.at as usize);
        let _ = writeln!(self.log.borrow_mut().text, "abandoned at line {line}: {abort}");
        let counter = if abort.reason.retry() == Retry::Soon { SOON } else { u32::MAX };
        if vm.proto(start.function).word(start.at as usize).op() == Op::LoopHeader {
            self.set_header(vm, start, Op::LoopHeader, counter);
        }
    }

    fn record_function(&mut self, vm: &Vm, at: Position) {
        let frame = FrameView::new(vm, at);
        let natives = Rc::make_mut(&mut self.natives);
        natives.enabled = true;
        let params = || (0..frame.proto().params).map(|index| passed_as(frame.register(index.into()))).collect();
        natives.entry(frame.proto().id, params).recursive = true;
        let params = Params { dives: true, ..Params::default() };
        self.recorder = Some(Recorder::root(vm, self.next_number(), at, params, self.natives.clone()));
    }

    /// Begins the side trace of the plan if the interpreter is where its exit leads to.
    fn look_for_exit(&mut self, vm: &Vm, at: Position) {
        let Some((parent, exit, visit)) = self.plan.side else { return };
        let log = self.log.borrow();
        let trace = &log.traces[parent as usize - 1];
        let snapshot = &trace.snapshots[exit as usize];
        let proto = FrameView::new(vm, at).proto();
        let base = self.entered.map(|entry| entry.wrapping_offset(snapshot.base as isize));
        if (proto.id, proto.index_of(at.pc)) != (snapshot.pc.function, snapshot.pc.at as usize) || base != Some(at.base)
        {
            return;
        }
        if !fits(vm, at, snapshot, &ExitValue::of(trace, SnapshotId(exit), &|_| true)) {
            return;
        }
        self.passed += 1;
        if self.passed == visit {
            let values = ExitValue::of(trace, SnapshotId(exit), &|_| true);
            let root = RootLoop::of(trace);
            let native = self.natives.root(trace.pc.function).is_some().then_some(trace.pc.function);
            let (root, next, after_call) = (root.as_ref(), None, false);
            let (values, room) = (&*values, 0);
            let parent = ParentExit { trace: parent, exit, snapshot, values, root, next, room, native, after_call };
            let number = log.traces.len() as u32 + 1;
            let recorder = Recorder::side(vm, number, &parent, at, Params::default(), self.natives.clone());
            drop(log);
            self.recorder = Some(recorder);
            self.entered = None;
        }
    }
}

/// Whether the interpreter is in a state that a snapshot describes.
fn fits(vm: &Vm, at: Position, snapshot: &Snapshot, values: &[ExitValue]) -> bool {
    let mut frame = FrameView::new(vm, at);
    let mut base = snapshot.base;
    loop {
        for (&(slot, _), value) in snapshot.entries.iter().zip(values) {
            let Slot::Stack(offset) = slot else { continue };
            if (base..base + frame.proto().frame_size as i32).contains(&offset)
                && !has_type(frame.register((offset - base) as usize), *value)
            {
                return false;
            }
        }
        let Some(link) = snapshot.get(Slot::Stack(base - 2)) else { return true };
        let index = snapshot.entries.iter().position(|entry| entry.1 == link).expect("it was found");
        let Some(caller) = frame.caller() else { return false };
        let proto = caller.frame.proto();
        let pc = Pc { function: proto.id, at: proto.index_of(caller.return_address) as u32 };
        if !matches!(values[index], ExitValue::Constant(Const::Pc(expected)) if expected == pc) {
            return false;
        }
        base -= 2 + caller.window as i32;
        frame = caller.frame;
    }
}

fn has_type(value: Value, expected: ExitValue) -> bool {
    let ty = match expected {
        ExitValue::Inherited(ty) => ty,
        ExitValue::Found(_) | ExitValue::Missing | ExitValue::Present => Ty::Any,
        ExitValue::Constant(constant) => constant.ty(),
    };
    match ty {
        Ty::Int => value.is_int(),
        Ty::Float => value.is_float(),
        Ty::Bool => value.is_bool(),
        Ty::Nil => value.is_nil(),
        Ty::Undef => value.is_undef(),
        Ty::Str => value.as_string().is_some(),
        Ty::Fn => value.as_closure().is_some(),
        Ty::Range => value.as_range().is_some(),
        _ => true,
    }
}

/// All conditionals both ways of which can be recorded.
fn conditionals(vm: &Vm) -> FxHashSet<Pc> {
    let of = |function: u32| {
        let proto = vm.proto(function);
        (0..proto.len()).filter(|&at| choice(proto, at).is_some()).map(move |at| Pc { function, at: at as u32 })
    };
    (0..vm.proto_count()).flat_map(of).collect()
}

impl Jit for RecordOnly {
    fn hot_loop(&mut self, vm: &mut Vm, at: Position) -> Hot {
        let mut recorder = Recorder::root(vm, self.next_number(), at, Params::default(), self.natives.clone());
        if self.plan.choose {
            recorder.choose_at(&conditionals(vm));
        }
        self.recorder = Some(recorder);
        Hot::Record
    }

    fn hot_function(&mut self, vm: &mut Vm, at: Position) -> Hot {
        let proto = FrameView::new(vm, at).proto();
        let word = proto.word(0);
        proto.patch(0, Word::entry(word.op(), word.params(), word.frame() as u16, u32::MAX));
        if !self.plan.functions || self.recorder.is_some() {
            return Hot::Continue;
        }
        self.record_function(vm, at);
        Hot::Record
    }

    fn record(&mut self, vm: &mut Vm, at: Position) -> Recording {
        if at.pc == root_return() {
            return Recording::Stop;
        }
        if self.entered.is_some() {
            self.look_for_exit(vm, at);
            if self.entered.is_some() {
                return Recording::Continue;
            }
        }
        if std::mem::take(&mut self.dives) {
            self.record_function(vm, at);
            return Recording::Continue;
        }
        let Some(mut recorder) = self.recorder.take() else { return Recording::Stop };
        let start = recorder.start();
        match recorder.step(vm, at) {
            Ok(Step::EndWanted) => unreachable!("no trace shares its end"),
            Ok(Step::Continue) => {
                self.recorder = Some(recorder);
                Recording::Continue
            }
            Ok(Step::Finished) => {
                self.finished(vm, recorder.finish());
                Recording::Stop
            }
            Ok(Step::Dive) => {
                self.dives = true;
                Recording::Continue
            }
            Err(abort) => {
                self.given_up(vm, start, abort);
                Recording::Stop
            }
        }
    }

    fn globals_reassigned(&mut self, _vm: &mut Vm) {}

    fn threw(&mut self, vm: &mut Vm, at: Position, caught: Option<Position>) -> Recording {
        let Some(mut recorder) = self.recorder.take() else { return Recording::Stop };
        let start = recorder.start();
        match recorder.threw(vm, at, caught) {
            Ok(()) => {
                self.recorder = Some(recorder);
                Recording::Continue
            }
            Err(abort) => {
                self.given_up(vm, start, abort);
                Recording::Stop
            }
        }
    }

    fn enter(&mut self, _vm: &mut Vm, at: Position, trace: u32) -> Exited {
        // What was compiled would run here. Once, the way to the exit that is asked for is looked for instead.
        let enough = self.log.borrow().traces.len() >= self.plan.after;
        if enough && self.passed == 0 && self.plan.side.is_some_and(|(parent, ..)| parent == trace) {
            self.entered = Some(at.base);
        }
        Exited { at, record: self.entered.is_some() }
    }
}

/// Runs a program and shows what was recorded, then what it printed.
pub fn record_with(program: &str, plan: Plan) -> String {
    let hot_call = if plan.functions { 3 } else { u32::MAX };
    let options = VmOptions { hot_loop: 2, hot_call, ..VmOptions::default() };
    let mut vm = Vm::new(&options).expect("there is memory for a machine");
    vm.output = Output::memory();
    let log = Rc::new(RefCell::new(Log { text: String::new(), traces: Vec::new() }));
    vm.attach(Box::new(RecordOnly {
        plan,
        log: log.clone(),
        recorder: None,
        natives: Rc::default(),
        dives: false,
        passed: 0,
        entered: None,
    }));
    let result = vm.run(Source::new("test.pseudo", program));
    let mut text = log.borrow().text.clone();
    let _ = write!(text, "---\n{}", String::from_utf8_lossy(&vm.output.take()));
    if let Err(failure) = result {
        let _ = writeln!(text, "{failure:?}");
    }
    text
}

/// The same, recording hot loops only.
pub fn record(program: &str) -> String {
    record_with(program, Plan::default())
}
