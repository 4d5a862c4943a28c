//! The recorder: turns what the interpreter does into a trace.
//!
//! It is shown each bytecode instruction just before the interpreter runs it, looks at the values that the instruction
//! is about to read, and writes down what happens for values like these, with guards for all that it took for granted.
//! Calls are followed, so that a trace knows only the frames that an exit has to rebuild; save those of recursive functions,
//! which have traces of their own. Recording ends when the loop comes round, when another trace is reached that can go on, or with an
//! [`Abort`].
//!
//! Nothing is optimised here. Constants are looked at only where they decide what is recorded.
//!
//! | file | what |
//! |---|---|
//! | `emit` | instructions under construction, and their final order |
//! | `slots` | the value of each register and global; first reads, types |
//! | `snapshot`, `frames` | what an exit needs to know |
//! | `variables`, `arith`, `compare`, `matching`, `loops`, `arrays`, `strings`, `dicts` | the opcodes, by family |
//! | `fields`, `members` | what stands behind a dot |
//! | `choices` | branches both ways of which are recorded |
//! | `calls`, `builtins`, `construct` | calls of functions, of builtins and of classes |
//! | `stacks`, `texts` | `push` and `pop`; texts of objects |
//! | `exceptions` | what is thrown and caught |
//! | `native`, `natives` | calls of functions with a trace of their own, and returns to them |
//! | `close` | the end of a recording: phis, links |
//! | `rejoin` | side traces that share their ends |
//! | `nest` | a loop around a loop, from the traces that there are |
//! | `aborts` | the reasons to give up |
//!
//! A side trace counts slots from where its parent does, so that an exit's snapshot is the side trace's state at entry
//! as it stands.

mod aborts;
mod arith;
mod arrays;
mod builtins;
mod calls;
mod choices;
mod close;
mod compare;
mod construct;
mod dicts;
mod emit;
mod exceptions;
mod exit;
mod fields;
mod frames;
mod loops;
mod matching;
mod members;
mod native;
mod natives;
mod nest;
mod rejoin;
mod slots;
mod snapshot;
mod stacks;
mod strings;
mod texts;
mod variables;

use std::rc::Rc;

use pseudo_snapshots::{Pc, Slot, Snapshot};
use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::bytecode::ops::{Flow, Op, RunsIn};
use pseudo_vm::bytecode::proto::Proto;
use pseudo_vm::bytecode::word::Word;
use pseudo_vm::faults::{self, Fault};
use pseudo_vm::jit::{FrameView, Position};
use pseudo_vm::value::Value;
use pseudo_vm::vm::Vm;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::trace::{Link, SnapshotId, Start, Trace};
use crate::ir::types::{Const, Ref, Ty};

pub use aborts::{Abort, Reason, Retry};
pub use choices::{Choice, choice};
use emit::Emitter;
use exceptions::Thrown;
use frames::{Frame, Frames};
pub use native::CLOSURES;
pub use natives::{Native, Natives, Wish, passed_as};
pub use nest::{IsLive, nest};
use rejoin::Back;
pub use rejoin::{Rejoin, way_of};
use slots::Slots;
use snapshot::Snapshots;

/// Limits of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Params {
    /// Most bytecode instructions.
    pub maxrecord: usize,
    /// Most IR instructions.
    pub maxtrace: usize,
    /// Most snapshots.
    pub maxsnap: usize,
    /// Most calls that are inlined into one another.
    pub maxdepth: usize,
    /// Most frames of one function among them.
    pub maxrecursion: usize,
    /// Most of these of the function whose native frame the trace runs in.
    pub levels: usize,
    /// Most rounds of a loop without a trace of its own that are followed.
    pub maxunroll: usize,
    /// Most returns to frames below the one that a trace began in.
    pub maxreturns: usize,
    /// Rounds of its loop that a root trace has in its body.
    pub rounds: usize,
    /// Shapes of instances at one place, besides the first, from which on fields are looked up by their names.
    pub maxshapes: u32,
    /// Whether the recording of a function may begin anew in a call of itself.
    pub dives: bool,
}

impl Default for Params {
    fn default() -> Params {
        Params {
            maxrecord: 4000,
            maxtrace: 4000,
            maxsnap: 1000,
            maxdepth: 20,
            maxrecursion: 3,
            levels: 1,
            maxunroll: 15,
            maxreturns: 3,
            rounds: 1,
            maxshapes: 3,
            dives: false,
        }
    }
}

/// Whether recording goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It does.
    Continue,
    /// The trace is complete: [`Recorder::finish`].
    Finished,
    /// The function calls itself, and what it gives is not known yet: it had better be recorded anew in that call, until one
    /// returns before it calls.
    Dive,
    /// It is no use going on before there is a trace that begins at the instruction that was shown, for this one to end there
    /// ([`Recorder::rejoin`]).
    EndWanted,
}

/// The root trace that a side trace descends from: what it needs to link back to its loop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RootLoop {
    /// Its number.
    pub trace: u32,
    /// Its header.
    pub pc: Pc,
    /// Slots that the loop carries, with the types of their phis.
    pub carried: Vec<(Slot, Ty)>,
    /// Whether side traces go back to it though its header enters another trace ([`Trace::beside`]).
    pub beside: bool,
}

impl RootLoop {
    /// Of a loop, as it was recorded or after any passes. None if it is no loop.
    pub fn of(trace: &Trace) -> Option<RootLoop> {
        let start = trace.loop_start()?;
        let poll = trace.insts[start..].iter().find(|inst| inst.op == crate::ir::ops::Op::Poll)?;
        let entries = &trace.snapshots[poll.snapshot.0 as usize].entries;
        let carried = entries.iter().map(|&(slot, value)| (slot, trace.ty(value.into()))).collect();
        Some(RootLoop { trace: trace.number, pc: trace.pc, carried, beside: trace.beside })
    }
}

/// A value in the snapshot of an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitValue {
    /// One that the side trace takes over.
    Inherited(Ty),
    /// The same, boxed; this slot was found to hold it at the parent's entry.
    Found(Slot),
    /// A constant.
    Constant(Const),
    /// Boxed, of an object that the parent may have made or not: nil now.
    Missing,
    /// The same, and the object is there.
    Present,
}

/// The exit that a side trace begins at.
#[derive(Clone, Copy, Debug)]
pub struct ParentExit<'a> {
    /// Number of the parent.
    pub trace: u32,
    /// The exit.
    pub exit: u32,
    /// Its snapshot.
    pub snapshot: &'a Snapshot,
    /// The values of the snapshot's entries.
    pub values: &'a [ExitValue],
    /// The loop to link back to.
    pub root: Option<&'a RootLoop>,
    /// The trace to go on with instead when that loop's header is reached.
    pub next: Option<u32>,
    /// Words above the base that the parent has made sure of on the stack.
    pub room: i32,
    /// The function whose native frame the parent runs in, as far as it knows ([`Recorder::native`]).
    pub native: Option<u32>,
    /// Whether the exit is the one behind the call of a function.
    pub after_call: bool,
}

/// What kind of trace is being recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    /// One that begins at a header.
    Root {
        /// Of a loop header: the instructions of its loop.
        extent: Option<std::ops::RangeInclusive<usize>>,
        /// Of a counted loop: the first of its registers.
        counted: Option<u16>,
    },
    /// One that begins at an exit.
    Side {
        /// The loop to link back to.
        root: Option<RootLoop>,
        /// The trace to go on with instead.
        next: Option<u32>,
        /// Of a loop whose header enters another trace, the instructions of the loop: when they have been left, and it
        /// is begun anew, it is for its header to say which trace to enter.
        extent: Option<std::ops::RangeInclusive<usize>>,
    },
}

/// Something that can be said of an instruction only after it has run.
#[derive(Clone, Debug)]
enum Pending {
    /// It jumps to `target` if `condition` is `wanted`.
    Branch { condition: Ref, wanted: bool, target: usize, snapshot: SnapshotId },
    /// It put the value of a builtin into a register.
    Builtin { slot: Slot },
    /// The same of a builtin that was bound to a receiver.
    BoundBuiltin { slot: Slot, receiver: Ref },
    /// It throws.
    Throws(Thrown),
}

/// The instruction that is about to run.
struct Now<'vm> {
    vm: &'vm Vm,
    frame: FrameView<'vm>,
    proto: &'vm Proto,
    at: usize,
    word: Word,
}

impl Now<'_> {
    /// The value that a register has now.
    fn register(&self, register: usize) -> Value {
        self.frame.register(register)
    }

    /// The constant that an operand reaches back to.
    fn constant(&self, distance: usize) -> Value {
        self.proto.constant(self.at, distance)
    }
}

/// Records one trace.
#[derive(Debug)]
pub struct Recorder {
    params: Params,
    kind: Kind,
    out: Emitter,
    slots: Slots,
    snapshots: Snapshots,
    frames: Frames,
    start_frames: Frames,
    /// Address of the register 0 that slots are counted from.
    entry_base: usize,
    /// Stack slots below this one lie under the frames that the trace was entered with.
    entry_bottom: i32,
    /// Words above the entry frame's register 0 that inlined frames take.
    room: i32,
    /// Of these, the words that are known to be there.
    known_room: i32,
    /// Whether a call may have changed how arrays keep their elements.
    changes_arrays: bool,
    /// Values that methods were looked up of: whoever calls them has a receiver.
    receivers: FxHashSet<Ref>,
    /// Receiver and method of the bound methods that the trace has made.
    bound: FxHashMap<Ref, (Ref, Ref)>,
    /// Values that are known to be closures of a function.
    functions: FxHashMap<Ref, u32>,
    returns: usize,
    /// Rounds that a root trace is still to record.
    rounds: usize,
    /// Times that the headers of other loops were passed.
    unrolled: FxHashMap<Pc, usize>,
    recorded: usize,
    pending: Option<Pending>,
    /// The call of a builtin that the running instruction has recorded last.
    last_call: Option<usize>,
    /// Where to choose.
    choices: FxHashSet<Pc>,
    /// The instruction that recording goes on at: the interpreter is on one of two ways that have been recorded.
    skips_to: Option<usize>,
    /// How a side trace ends where it comes back to its root's way.
    rejoin: Option<Rejoin>,
    /// Whether it has left that way.
    strayed: bool,
    finished: Option<Trace>,
    /// Functions that are called natively.
    natives: Rc<Natives>,
    /// The function that the native frame was made for, if it is one of these.
    native: Option<u32>,
    /// Whether the function whose trace this is calls itself.
    recursive: bool,
    /// Whether it begins behind the call of a function.
    after_call: bool,
    /// Whether it looks at its entry whether something is pending.
    polls: bool,
    /// Whether to record the function anew in the call that is about to be made.
    dive: bool,
    /// What is to be changed before the next attempt.
    wish: Option<Wish>,
}

impl Recorder {
    /// Begins a root trace at a loop's or function's header, in which case the first instruction to be shown is the one
    /// after it; or anywhere else, at the first instruction to be shown.
    pub fn root(vm: &Vm, number: u32, at: Position, params: Params, natives: Rc<Natives>) -> Recorder {
        let proto = FrameView::new(vm, at).proto();
        let header = proto.index_of(at.pc);
        let word = proto.word(header);
        let kind = match word.op() {
            Op::LoopHeader | Op::TraceHeader => {
                Kind::Root { extent: Some(header..=loop_end(proto, header)), counted: proto.loops[word.a()].counted }
            }
            _ => Kind::Root { extent: None, counted: None },
        };
        let frame = Frame { function: proto.id, base: 0, at: header };
        let pc = Pc { function: proto.id, at: header as u32 };
        let state = Snapshot { pc, base: 0, entries: Vec::new() };
        let trace = Trace::new(number, Start::Root, pc);
        let mut recorder = Recorder::new(trace, kind, Frames::new(vec![frame]), state, at, params, natives);
        let known = recorder.natives.get(proto.id);
        // Loops of a function that is yet to have a trace will be come to from there.
        recorder.native = known.is_some().then_some(proto.id);
        if recorder.own_function().is_some() {
            recorder.recursive = known.is_some_and(|native| native.recursive || native.wanted);
            recorder.take_parameters();
        }
        recorder
    }

    /// Begins a side trace at an exit that has been taken: the interpreter is in the state of the exit's snapshot, and
    /// the first instruction to be shown is the one at `at`.
    pub fn side(
        vm: &Vm,
        number: u32,
        parent: &ParentExit<'_>,
        at: Position,
        params: Params,
        natives: Rc<Natives>,
    ) -> Recorder {
        let mut view = FrameView::new(vm, at);
        let mut function = view.proto();
        let mut base = parent.snapshot.base;
        let mut frames = vec![Frame { function: function.id, base, at: function.index_of(at.pc) }];
        // Frames that the parent has inlined are linked by its snapshot.
        while parent.snapshot.get(Slot::Stack(base - 2)).is_some()
            && let Some(caller) = view.caller()
        {
            base -= 2 + caller.window as i32;
            view = caller.frame;
            function = view.proto();
            frames.push(Frame { function: function.id, base, at: function.index_of(caller.return_address) });
        }
        frames.reverse();
        let start = Start::Exit { parent: parent.trace, exit: parent.exit };
        let trace = Trace::new(number, start, parent.snapshot.pc);
        let extent = parent.root.filter(|root| root.beside).map(|root| {
            let header = root.pc.at as usize;
            header..=loop_end(vm.proto(root.pc.function), header)
        });
        let kind = Kind::Side { root: parent.root.cloned(), next: parent.next, extent };
        let state = Snapshot { entries: Vec::new(), ..*parent.snapshot };
        let mut recorder = Recorder::new(trace, kind, Frames::new(frames), state, at, params, natives);
        recorder.native = parent.native;
        recorder.after_call = parent.after_call;
        recorder.known_room = parent.room;
        for (index, (&(slot, _), value)) in parent.snapshot.entries.iter().zip(parent.values).enumerate() {
            let value = match *value {
                ExitValue::Constant(constant) => recorder.out.trace.constant(constant),
                ExitValue::Inherited(ty) => recorder.out.inherit(index, ty),
                ExitValue::Found(_) | ExitValue::Missing | ExitValue::Present => recorder.out.inherit(index, Ty::Any),
            };
            recorder.out.trace.snapshots[0].entries.push((slot, value.into()));
        }
        let is_in_front =
            |root: &RootLoop| root.trace == parent.trace && root.pc == parent.snapshot.pc && parent.snapshot.base == 0;
        if parent.root.is_some_and(is_in_front) {
            // It may go round by the entry of a loop that is never come to, whose head does not poll then.
            recorder.out.push(emit::Section::Preamble, crate::ir::ops::Op::Poll, &[], emit::AT_ENTRY);
        }
        recorder.take_over(vm, parent);
        recorder
    }

    fn new(
        trace: Trace,
        kind: Kind,
        frames: Frames,
        state: Snapshot,
        at: Position,
        params: Params,
        natives: Rc<Natives>,
    ) -> Recorder {
        let mut snapshots = Snapshots::default();
        snapshots.note(frames.clone());
        let entry_base = (at.base as usize).wrapping_sub_signed(state.base as isize * size_of::<Value>() as isize);
        let mut out = Emitter::new(trace);
        out.trace.snapshots.push(state);
        Recorder {
            params,
            kind,
            out,
            slots: Slots::default(),
            snapshots,
            start_frames: frames.clone(),
            entry_base,
            entry_bottom: frames.lowest().base - 2,
            frames,
            room: 0,
            known_room: 0,
            changes_arrays: false,
            receivers: FxHashSet::default(),
            bound: FxHashMap::default(),
            functions: FxHashMap::default(),
            returns: 0,
            rounds: params.rounds,
            unrolled: FxHashMap::default(),
            recorded: 0,
            pending: None,
            last_call: None,
            choices: FxHashSet::default(),
            skips_to: None,
            rejoin: None,
            strayed: false,
            finished: None,
            natives,
            native: None,
            recursive: false,
            after_call: false,
            polls: false,
            dive: false,
            wish: None,
        }
    }

    /// The instruction that the trace begins at.
    pub fn start(&self) -> Pc {
        self.out.trace.pc
    }

    /// The instruction that was shown last.
    pub fn pc(&self) -> Pc {
        self.frames.pc()
    }

    /// The function that the frame that it runs in may be a native one of.
    pub fn native(&self) -> Option<u32> {
        self.native
    }

    /// What is to be changed before the next attempt, after an abort.
    pub fn wish(&self) -> Option<Wish> {
        self.wish
    }

    /// Number of bytecode instructions so far.
    pub fn recorded(&self) -> usize {
        self.recorded
    }

    /// Records the instruction at `at`, which is about to run.
    ///
    /// # Errors
    ///
    /// If recording has to be given up; the recorder is of no more use then.
    pub fn step(&mut self, vm: &Vm, at: Position) -> Result<Step, Abort> {
        let base = self.offset_of(at.base);
        let frame = FrameView::new(vm, at);
        let proto = frame.proto();
        let index = proto.index_of(at.pc);
        let now = Now { vm, frame, proto, at: index, word: proto.word(index) };
        let top = self.frames.top();
        if top.base as isize != base || top.function != proto.id {
            // A builtin that meets an object with a `to_string` becomes a call of the prelude.
            if !proto.hidden || index != 0 {
                debug_assert!(false, "at register {base} in {} ({}), expected {top:?}", proto.name, proto.id);
                return Err(self.abort(Reason::Lost));
            }
            self.record_texts(&now, base as i32)?;
        }
        self.frames.top_mut().at = index;
        if self.skips_to.take_if(|to| *to == index).is_none() && self.skips_to.is_some() {
            return Ok(Step::Continue);
        }
        self.settle(&now)?;
        self.last_call = None;
        self.slots.begin();
        self.snapshots.begin();
        self.out.begin(self.frames.pc(), self.frames.depth());
        self.recorded += 1;
        self.check_limits()?;
        self.check_extent(&now)?;
        match self.comes_back(&now) {
            Back::No => {}
            Back::Ended => return Ok(Step::Finished),
            Back::EndWanted => return Ok(Step::EndWanted),
        }
        match self.record(&now) {
            Err(abort) if abort.reason == Reason::Throws => self.expect_error(&now, abort)?,
            recorded => recorded?,
        }
        Ok(match (self.dive, &self.finished) {
            (true, _) => Step::Dive,
            (false, Some(_)) => Step::Finished,
            (false, None) => Step::Continue,
        })
    }

    /// The trace, after [`Step::Finished`].
    ///
    /// # Panics
    ///
    /// If recording has not finished.
    pub fn finish(self) -> Trace {
        self.finished.expect("the last step finished the recording")
    }

    fn abort(&self, reason: Reason) -> Abort {
        Abort { reason, pc: self.frames.pc(), what: "" }
    }

    fn abort_at(&self, reason: Reason, what: &'static str) -> Abort {
        Abort { reason, pc: self.frames.pc(), what }
    }

    fn not_yet(&self, now: &Now<'_>) -> Abort {
        self.abort_at(Reason::NotYet, now.word.op().info().text)
    }

    fn check_limits(&self) -> Result<(), Abort> {
        if self.recorded > self.params.maxrecord {
            return Err(self.abort_at(Reason::TooLong, "maxrecord"));
        }
        if self.out.len() > self.params.maxtrace {
            return Err(self.abort_at(Reason::TooLarge, "maxir"));
        }
        if self.out.trace.snapshots.len() > self.params.maxsnap {
            return Err(self.abort_at(Reason::TooManySnapshots, "maxsnap"));
        }
        Ok(())
    }

    /// A root trace of a loop that leaves the loop would be of use only once.
    fn check_extent(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let base = self.frames.top().base;
        match &mut self.kind {
            Kind::Root { extent: Some(extent), .. } if self.frames.len() == 1 && !extent.contains(&now.at) => {
                return Err(self.abort(Reason::LeftLoop));
            }
            Kind::Side { root, extent: Some(extent), .. } if base < 0 || base == 0 && !extent.contains(&now.at) => {
                *root = None;
            }
            Kind::Root { .. } | Kind::Side { .. } => {}
        }
        Ok(())
    }

    /// Completes the instruction before this one, now that it is known what it did.
    fn settle(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        match self.pending.take() {
            Some(Pending::Branch { condition, wanted, target, snapshot }) => {
                let jumped = (now.at == target) != faults::on(Fault::RecordBranch);
                self.guard_bool(condition, jumped == wanted, snapshot);
            }
            Some(Pending::Builtin { slot }) => self.settle_builtin(now, slot)?,
            Some(Pending::BoundBuiltin { slot, receiver }) => self.settle_bound_builtin(now, slot, receiver)?,
            // It was expected to throw, and has not.
            Some(Pending::Throws(_)) => return Err(self.abort(Reason::Lost)),
            None => {}
        }
        Ok(())
    }

    /// Guards that a condition is what it is now.
    fn guard_bool(&mut self, condition: Ref, outcome: bool, snapshot: SnapshotId) {
        if !condition.is_const() {
            let op = if outcome { crate::ir::ops::Op::GuardTrue } else { crate::ir::ops::Op::GuardFalse };
            self.out.push(emit::Section::Body, op, &[condition], snapshot);
        }
    }

    /// Adds a guard to the body.
    fn guard(&mut self, now: &Now<'_>, op: crate::ir::ops::Op, operands: &[Ref]) -> Ref {
        let snapshot = self.snapshot(now);
        self.out.push(emit::Section::Body, op, operands, snapshot)
    }

    /// Guards that a condition, whose value is known, stays what it is.
    fn guard_outcome(&mut self, now: &Now<'_>, condition: Ref, outcome: bool) {
        let snapshot = self.snapshot(now);
        self.guard_bool(condition, outcome, snapshot);
    }

    /// The type-guarded value of a register of the running frame.
    fn typed_register(&mut self, now: &Now<'_>, register: usize) -> Result<Ref, Abort> {
        self.typed(now, self.frames.slot(register))
    }

    /// The value of a register of the running frame, boxed or not.
    fn read_register(&mut self, now: &Now<'_>, register: usize) -> Result<Ref, Abort> {
        self.read(now, self.frames.slot(register))
    }

    fn write_register(&mut self, now: &Now<'_>, register: usize, value: Ref) {
        self.write(now, self.frames.slot(register), value);
    }

    fn record(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        match now.word.op() {
            Op::Halt
            | Op::ExtendArray
            | Op::NewEnum
            | Op::DefMember
            | Op::NewClass
            | Op::DefMethod
            | Op::DefStatic
            | Op::DefFields => {
                debug_assert_ne!(now.word.op().info().runs_in, RunsIn::Traces);
                Err(self.not_yet(now))
            }

            Op::FuncHeader | Op::FuncTrace => self.record_function_header(now),
            Op::LoopHeader | Op::TraceHeader => self.record_loop_header(now),
            Op::Move
            | Op::LoadInt
            | Op::LoadConst
            | Op::LoadNil
            | Op::LoadFalse
            | Op::LoadTrue
            | Op::LoadUndef
            | Op::LoadBuiltin
            | Op::LoadSelf
            | Op::GetGlobal
            | Op::SetGlobal
            | Op::DefGlobal
            | Op::GetCapture
            | Op::GetCellCapture
            | Op::SetCellCapture
            | Op::NewCell
            | Op::GetCell
            | Op::SetCell
            | Op::Closure => self.record_variable(now),

            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::FloorDiv | Op::Mod => self.record_binary(now, false),
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr => self.record_binary(now, false),
            Op::AddK | Op::SubK | Op::MulK | Op::DivK | Op::FloorDivK | Op::ModK => self.record_binary(now, true),
            Op::BitAndK | Op::BitOrK | Op::BitXorK | Op::ShlK | Op::ShrK => self.record_binary(now, true),
            Op::Neg | Op::BitNot => self.record_unary(now),
            Op::Not => self.record_not(now),

            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => self.record_comparison(now),
            Op::In => self.record_in(now),
            Op::Jump | Op::LoopBack => Ok(()),
            Op::JumpIf | Op::JumpIfNot => self.record_jump_if(now),
            Op::JumpIfUndef => self.record_jump_if_undef(now),
            Op::JumpIfNotArray => self.record_jump_if_not_array(now),
            Op::JumpIfNotDict => self.record_jump_if_not_dict(now),
            Op::JumpEq | Op::JumpNe | Op::JumpLt | Op::JumpLe | Op::JumpGt | Op::JumpGe => {
                self.record_compare_jump(now, false)
            }
            Op::JumpNotLt | Op::JumpNotLe | Op::JumpNotGt | Op::JumpNotGe => self.record_compare_jump(now, false),
            Op::JumpEqK | Op::JumpNeK | Op::JumpLtK | Op::JumpLeK | Op::JumpGtK | Op::JumpGeK => {
                self.record_compare_jump(now, true)
            }
            Op::JumpNotLtK | Op::JumpNotLeK | Op::JumpNotGtK | Op::JumpNotGeK => self.record_compare_jump(now, true),

            Op::ForPrep => self.record_for_prep(now, false),
            Op::ForPrepTo => self.record_for_prep(now, true),
            Op::ForLoop | Op::ForLoop1 => self.record_for_loop(now),
            Op::IterPrep => self.record_iter_prep(now),
            Op::IterNext => self.record_iter_next(now, false),
            Op::IterNext2 => self.record_iter_next(now, true),

            Op::NewArray => self.record_new_array(now),
            Op::ExtendDict => self.record_extend_dict(now),
            Op::NewDict => self.record_new_dict(now),
            Op::MatchKey => self.record_match_key(now),
            Op::NewRange => self.record_new_range(now),
            Op::GetIndex => self.record_get_index(now),
            Op::SetIndex => self.record_set_index(now),
            Op::Unpack => self.record_unpack(now),
            Op::ToStr => self.record_to_str(now),
            Op::Concat => self.record_concat(now),

            Op::Call => self.record_call(now, now.word.b(), 0),
            Op::CallMethod => self.record_method_call(now),
            Op::TailCall => self.record_tail_call(now, now.word.b(), 0),
            Op::TailCallMethod => self.record_tail_method_call(now),
            Op::CallBuiltin => self.record_call_builtin(now),
            Op::GetField => self.record_get_field(now),
            Op::SetField => self.record_set_field(now),
            Op::GetSuper => self.record_get_super(now),
            Op::Bind => self.record_bind(now),
            Op::Throw | Op::Rethrow => self.record_throw(now),
            Op::GetMethod => self.record_get_method(now),
            Op::Return => {
                let value = self.read_register(now, now.word.a())?;
                self.record_return(now, value, Some(now.register(now.word.a())))
            }
            Op::ReturnNil => {
                let nil = self.out.trace.constant(Const::Nil);
                self.record_return(now, nil, None)
            }
        }
    }

    /// Ends the trace here, for something else to go on from the state before this instruction.
    fn end(&mut self, now: &Now<'_>, link: Link) {
        let end = self.capture(now.vm);
        self.out.trace.end = Some(end);
        self.out.trace.link = link;
        self.complete(&[]);
    }
}

/// The last instruction of a loop: the farthest that jumps back to its header.
pub fn loop_end(proto: &Proto, header: usize) -> usize {
    let back = |&at: &usize| {
        let word = proto.word(at);
        word.op().info().flow != Flow::Next && jump_target(word, at).is_some_and(|to| to == header + 1 || to == header)
    };
    (header..proto.len()).rev().find(back).unwrap_or(proto.len() - 1)
}
