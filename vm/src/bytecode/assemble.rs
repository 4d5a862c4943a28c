//! Puts a function's bytecode together: words, jumps, constants, and the tables that words refer to by number.
//!
//! Constants lie before the code in reverse order of their first use, so that the distance from an instruction to a
//! constant (place of the instruction + number of the constant + 2) is known when the instruction is emitted, however
//! many constants follow. Nothing is rewritten at the end but jumps to labels that were not bound yet.
//!
//! The builder follows whether the next instruction can be reached at all, and drops those that cannot: after a
//! `return`, a `jump`, or a branch on a constant. A label that something jumps to makes the code after it reachable.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ops::{Flow, Op, Role, Shape};
use super::proto::{Cache, CatchRange, LoopInfo, Proto, Site};
use super::word::{JUMP_RANGE, PARAMS_SLOW, Word};
use crate::heap::class::ClassInfo;
use crate::heap::shape::NO_SHAPE;
use crate::syntax::source::{Source, Span};
use crate::value::Value;

/// The number of a register in its frame.
pub type Register = u16;

/// A place in the code that may be jumped to, perhaps one that is not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// The number of a constant of the function, in order of first use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConstantId(u32);

/// What a function can have too much of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// A branch that compares reaches 2^23 instructions.
    Code,
    /// Loops are numbered in 16 bits.
    Loops,
    /// Inline caches are reached by 23 bits.
    Sites,
    /// Classes are numbered in 23 bits.
    Classes,
}

impl Limit {
    /// What is wrong with the function, in words.
    pub fn text(self) -> &'static str {
        match self {
            Limit::Code => "this function is too long: a jump in it would span more than 8388607 instructions",
            Limit::Loops => "this function has too many loops: 65536 are possible",
            Limit::Sites => "this function is too long: a field's or method's cache is more than 8388607 words away",
            Limit::Classes => "this function has too many classes: 8388608 are possible",
        }
    }
}

/// What of a function does not follow from its code.
#[derive(Debug)]
pub struct FunctionInfo {
    /// See [`Proto::id`].
    pub id: u32,
    /// See [`Proto::name`].
    pub name: Box<str>,
    /// See [`Proto::source`].
    pub source: Rc<Source>,
    /// See [`Proto::span`].
    pub span: Span,
    /// See [`Proto::params`].
    pub params: u16,
    /// See [`Proto::required`].
    pub required: u16,
    /// See [`Proto::rest`].
    pub rest: bool,
    /// See [`Proto::method`].
    pub method: bool,
    /// See [`Proto::hidden`].
    pub hidden: bool,
}

#[derive(Debug, Default)]
struct LabelState {
    position: Option<usize>,
    /// Jumps that wait for the position.
    waiting: Vec<usize>,
}

/// A function being assembled.
#[derive(Debug)]
pub struct FunctionBuilder {
    code: Vec<Word>,
    spans: Vec<Span>,
    reachable: bool,
    labels: Vec<LabelState>,
    constants: Vec<Value>,
    constants_by_bits: FxHashMap<u64, ConstantId>,
    #[expect(clippy::vec_box, reason = "closures point at prototypes, which must not move")]
    protos: Vec<Box<Proto>>,
    loops: Vec<LoopInfo>,
    sites: Vec<Site>,
    classes: Vec<ClassInfo>,
    handlers: Vec<CatchRange>,
    exceeded: Option<Limit>,
}

impl FunctionBuilder {
    /// A function that has its header and nothing else.
    pub fn new(span: Span) -> FunctionBuilder {
        FunctionBuilder {
            // Parameters, frame size and counter are filled in at the end.
            code: vec![Word::entry(Op::FuncHeader, 0, 0, 0)],
            spans: vec![span],
            reachable: true,
            labels: Vec::new(),
            constants: Vec::new(),
            constants_by_bits: FxHashMap::default(),
            protos: Vec::new(),
            loops: Vec::new(),
            sites: Vec::new(),
            classes: Vec::new(),
            handlers: Vec::new(),
            exceeded: None,
        }
    }

    /// Whether the next instruction can be reached.
    pub fn reachable(&self) -> bool {
        self.reachable
    }

    /// Appends an instruction, if it can be reached. Its run-time errors are reported at `span`.
    pub fn emit(&mut self, word: Word, span: Span) {
        if !self.reachable {
            return;
        }
        self.code.push(word);
        self.spans.push(span);
        match word.op().info().flow {
            Flow::Next | Flow::Branch => {}
            Flow::Jump | Flow::End => self.reachable = false,
        }
    }

    /// A label that is not bound yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(LabelState::default());
        Label(self.labels.len() as u32 - 1)
    }

    /// Makes a label the place of the next instruction.
    pub fn bind(&mut self, label: Label) {
        let here = self.code.len();
        let state = &mut self.labels[label.0 as usize];
        debug_assert!(state.position.is_none(), "{label:?} is bound twice");
        state.position = Some(here);
        for at in std::mem::take(&mut state.waiting) {
            self.reachable = true;
            self.set_jump(at, here);
        }
    }

    /// Appends a jump or branch to a label. The word's own distance does not matter.
    pub fn emit_jump(&mut self, word: Word, label: Label, span: Span) {
        if !self.reachable {
            return;
        }
        let at = self.code.len();
        self.emit(word, span);
        match self.labels[label.0 as usize].position {
            Some(target) => self.set_jump(at, target),
            None => self.labels[label.0 as usize].waiting.push(at),
        }
    }

    fn set_jump(&mut self, at: usize, target: usize) {
        let word = self.code[at];
        let distance = target as i64 - (at as i64 + 1);
        let info = word.op().info();
        debug_assert!(info.roles.contains(&Role::Jump), "{} does not jump", info.text);
        self.code[at] = match info.shape {
            Shape::Ax => Word::ax(info.op, word.a() as u16, distance),
            Shape::Abj if JUMP_RANGE.contains(&distance) => {
                Word::abj(info.op, word.a() as u16, word.b() as u16, distance as i32)
            }
            Shape::Abj => return self.exceed(Limit::Code),
            Shape::Abc | Shape::Header | Shape::Entry => unreachable!("the shape of {} has no jump", info.text),
        };
    }

    /// Appends a loop header, which begins a loop of the table, and a label for the back edge: just after the header.
    pub fn emit_loop_header(&mut self, span: Span, counted: Option<Register>, hot_loop: u32) -> Label {
        debug_assert!(self.reachable, "a loop that is never entered");
        let number = self.loops.len();
        if number > u16::MAX as usize {
            self.exceed(Limit::Loops);
        }
        self.loops.push(LoopInfo { header: self.code.len(), span, counted, step: None, trace: Cell::new(0) });
        self.emit(Word::header(Op::LoopHeader, number as u16, hot_loop), span);
        let after = self.label();
        self.bind(after);
        after
    }

    /// Says what the step of the loop whose header was appended last is, if the program has it as a number.
    pub fn set_step(&mut self, step: Option<i64>) {
        if let Some(info) = self.loops.last_mut() {
            info.step = step;
        }
    }

    /// The number of a constant. Equal bits are one constant.
    pub fn constant(&mut self, value: Value) -> ConstantId {
        let constants = &mut self.constants;
        *self.constants_by_bits.entry(value.0).or_insert_with(|| {
            constants.push(value);
            ConstantId(constants.len() as u32 - 1)
        })
    }

    /// The distance of a constant from the next instruction to be emitted.
    pub fn distance(&self, id: ConstantId) -> usize {
        self.code.len() + id.0 as usize + 2
    }

    /// The distance of a constant, if a 16-bit field of the next instruction can hold it.
    pub fn short_distance(&self, id: ConstantId) -> Option<u16> {
        u16::try_from(self.distance(id)).ok()
    }

    /// Adds a nested function and gives its number.
    pub fn proto(&mut self, proto: Box<Proto>) -> usize {
        self.protos.push(proto);
        self.protos.len() - 1
    }

    /// Adds an access site and gives the distance of its inline cache from the next instruction to be emitted. `key` is
    /// the name as a constant string, `value` the builtin of that name if it is one in Rust.
    pub fn site(&mut self, name: &str, key: Value, builtin: Option<u16>, value: Option<Value>) -> i32 {
        let first = ConstantId(self.constants.len() as u32);
        for word in 0..Cache::WORDS {
            self.constants.push(Value(match word {
                word if word == Cache::Key as usize => NO_SHAPE.into(),
                word if word == Cache::Site as usize => self.sites.len() as u64,
                word if word == Cache::Builtin as usize => value.map_or(0, |value| value.0),
                _ => 0,
            }));
        }
        self.sites.push(Site::new(name.into(), key, builtin));
        let distance = self.distance(first);
        if distance as i64 > *JUMP_RANGE.end() {
            self.exceed(Limit::Sites);
            return 0;
        }
        distance as i32
    }

    /// The distance of a constant, if the last field of an `Abj` word of the next instruction can hold it.
    pub fn long_distance(&mut self, id: ConstantId) -> i32 {
        let distance = self.distance(id);
        if distance as i64 > *JUMP_RANGE.end() {
            self.exceed(Limit::Code);
            return 0;
        }
        distance as i32
    }

    /// Adds a class and gives its number.
    pub fn class(&mut self, info: ClassInfo) -> i32 {
        if self.classes.len() as i64 > *JUMP_RANGE.end() {
            self.exceed(Limit::Classes);
            return 0;
        }
        self.classes.push(info);
        self.classes.len() as i32 - 1
    }

    /// The index of the next instruction: where a guarded range begins.
    pub fn here(&self) -> usize {
        self.code.len()
    }

    /// Ends a range that began at `start`, and makes the next instruction the place where to go on when one of the range
    /// throws. Ranges are ended from the inside out. Nothing falls through to here.
    pub fn bind_handler(&mut self, start: usize, end: usize, register: Register, finally: bool) {
        debug_assert!(!self.reachable, "a handler that is fallen into");
        if start < end {
            self.handlers.push(CatchRange { start, end, target: self.code.len(), register, finally });
            self.reachable = true;
        }
    }

    fn exceed(&mut self, limit: Limit) {
        self.exceeded.get_or_insert(limit);
    }

    /// The finished function, without captures, or what it has too much of. All labels that are jumped to are bound,
    /// and the code's end cannot be reached.
    pub fn finish(mut self, info: FunctionInfo, frame_size: u16, hot_call: u32) -> Result<Box<Proto>, Limit> {
        debug_assert!(!self.reachable, "{} runs off its end", info.name);
        debug_assert!(
            self.labels.iter().all(|label| label.waiting.is_empty()),
            "a label of {} is not bound",
            info.name
        );
        if let Some(limit) = self.exceeded {
            return Err(limit);
        }
        let plain = !info.rest && info.required == info.params && info.params < PARAMS_SLOW as u16;
        let params = if plain { info.params as u8 } else { PARAMS_SLOW };
        self.code[0] = Word::entry(Op::FuncHeader, params, frame_size, hot_call);
        let constants = self.constants.iter().rev().map(|value| value.0);
        let code = self.code.iter().map(|word| word.0);
        Ok(Box::new(Proto {
            id: info.id,
            name: info.name,
            source: info.source,
            span: info.span,
            params: info.params,
            required: info.required,
            rest: info.rest,
            frame_size,
            buffer: constants.chain(code).map(Cell::new).collect(),
            constants: self.constants.len(),
            spans: self.spans.into(),
            captures: Box::default(),
            protos: self.protos.into(),
            loops: self.loops.into(),
            sites: self.sites.into(),
            classes: self.classes.into(),
            handlers: self.handlers.into(),
            trace: Cell::new(0),
            native: crate::native::NativeCode::default(),
            method: info.method,
            hidden: info.hidden,
            liveness: OnceCell::new(),
            profile: OnceCell::new(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(builder: FunctionBuilder) -> Result<Box<Proto>, Limit> {
        let info = FunctionInfo {
            id: 0,
            name: "main".into(),
            source: Rc::new(Source::new("test", "")),
            span: Span::default(),
            params: 0,
            required: 0,
            rest: false,
            method: false,
            hidden: false,
        };
        builder.finish(info, 2, 7)
    }

    #[test]
    fn a_constant_is_found_however_many_follow() {
        let mut builder = FunctionBuilder::new(Span::default());
        for int in 0..100 {
            let id = builder.constant(Value::small_int(int));
            assert_eq!(builder.constant(Value::small_int(int)), id);
            let distance = builder.short_distance(id).unwrap();
            builder.emit(Word::abc(Op::AddK, 0, 0, distance), Span::default());
        }
        builder.emit(Word::abc(Op::ReturnNil, 0, 0, 0), Span::default());
        let proto = finish(builder).unwrap();
        for int in 0..100 {
            let at = int + 1;
            assert_eq!(proto.constant(at, proto.word(at).c()), Value::small_int(int as i64));
        }
        assert_eq!(proto.constants().count(), 100);
    }

    #[test]
    fn a_constant_is_out_of_short_reach_after_much_code() {
        let mut builder = FunctionBuilder::new(Span::default());
        let id = builder.constant(Value::NIL);
        for _ in 0..65_532 {
            builder.emit(Word::abc(Op::LoadNil, 0, 0, 0), Span::default());
        }
        assert_eq!(builder.short_distance(id), Some(65_535));
        builder.emit(Word::abc(Op::LoadNil, 0, 0, 0), Span::default());
        assert_eq!(builder.short_distance(id), None);
        assert_eq!(builder.distance(id), 65_536);
    }

    #[test]
    fn a_compare_that_jumps_too_far_is_refused() {
        let mut builder = FunctionBuilder::new(Span::default());
        let far = builder.label();
        builder.emit_jump(Word::abj(Op::JumpLt, 0, 1, 0), far, Span::default());
        for _ in 0..1 << 23 {
            builder.emit(Word::abc(Op::LoadNil, 0, 0, 0), Span::default());
        }
        builder.bind(far);
        builder.emit(Word::abc(Op::ReturnNil, 0, 0, 0), Span::default());
        assert_eq!(finish(builder).unwrap_err(), Limit::Code);
    }

    #[test]
    fn what_cannot_be_reached_is_dropped() {
        let mut builder = FunctionBuilder::new(Span::default());
        let used = builder.label();
        let unused = builder.label();
        builder.emit_jump(Word::ax(Op::Jump, 0, 0), used, Span::default());
        builder.emit(Word::abc(Op::LoadNil, 0, 0, 0), Span::default());
        builder.emit_jump(Word::ax(Op::Jump, 0, 0), unused, Span::default());
        builder.bind(unused);
        assert!(!builder.reachable());
        builder.bind(used);
        assert!(builder.reachable());
        builder.emit(Word::abc(Op::ReturnNil, 0, 0, 0), Span::default());
        let ops: Vec<Op> =
            finish(builder).map(|proto| (0..proto.len()).map(|at| proto.word(at).op()).collect()).unwrap();
        assert_eq!(ops, [Op::FuncHeader, Op::Jump, Op::ReturnNil]);
    }
}
