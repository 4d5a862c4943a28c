//! The opcodes: one row each, from which enum, names, operand formats, data flow and documentation follow.
//!
//! # Columns
//!
//! - **op**: the variant of [`Op`].
//! - **text**: its name in listings.
//! - **shape**: how the 64-bit word is cut ([`Shape`]).
//! - **operands**: a [`Role`] for each field of the shape, in the order `a`, `b`, `c` (or `j`, `x` for the last).
//!   Roles say what the field is and what the instruction reads and writes; liveness, the disassembler and the
//!   bytecode verifier are derived from them.
//! - **runs_in**: [`RunsIn`], which says whether traces have it.
//! - **meaning**: pseudo-code. `R[x]` is register x of the frame, `K` a constant, `G[x]` a global, `U[x]` a captured
//!   variable of the running closure, `pc += j` counts from the next instruction.
//!
//! # Windows
//!
//! A call has its operands in consecutive registers: `R[a]` gets the result (and holds the return address while the
//! callee runs), `R[a+1]` the callee, `R[a+2]` and up the arguments. `R[a+2]` is register 0 of the new frame, so a
//! call copies nothing.

/// How a word is cut into fields. Bits 0..8 are always the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `a` 8..24, `b` 24..40, `c` 40..56, all unsigned.
    Abc,
    /// `a` 8..24, `b` 24..40, `j` 40..64 signed.
    Abj,
    /// `a` 8..24, `x` 24..64 signed.
    Ax,
    /// `a` 8..24 (the loop's number in its function), counter 32..64. See [`super::word::Word::counter`].
    Header,
    /// Parameter count 8..16 (255: not a plain count), frame size 16..32, counter 32..64.
    Entry,
}

/// What a field of a word is, and what the instruction does with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Not used; zero.
    None,
    /// A register that is written.
    Def,
    /// A register that is read.
    Use,
    /// A register that is read, and written.
    Update,
    /// A constant, as its distance in words before the next instruction.
    Const,
    /// A signed number.
    Int,
    /// An unsigned count.
    Count,
    /// Index of a global.
    Global,
    /// Index of a captured variable.
    Capture,
    /// Index of a function nested in this one.
    Proto,
    /// Index of a builtin.
    Builtin,
    /// The inline cache of an access site, as its distance in words before the next instruction
    /// ([`super::proto::Cache`]); it has the site's index in `Proto::sites`.
    Site,
    /// Index of a class of this function (`Proto::classes`).
    Class,
    /// Index of a loop of this function (`Proto::loops`).
    Loop,
    /// Jump distance from the next instruction, in words.
    Jump,
    /// First register of a call window whose argument count is field `b`: reads `a+1 ..= a+1+b`, writes `a`.
    CallWindow,
    /// Like [`Role::CallWindow`] with a receiver more: reads `a+1 ..= a+2+b`, writes `a`.
    MethodWindow,
    /// First of `c` argument registers: reads `a .. a+c`, writes `a`.
    Arguments,
    /// First of a run of registers read; their count is field `c`.
    Elements,
    /// First of a run of registers written; their count is field `c`.
    Targets,
    /// First of the four registers of a counted loop (index, last, step, variable): reads the first three, writes all.
    ForSetup,
    /// The same at the back edge: reads index, last and step, writes index and variable.
    ForState,
    /// First of the registers of a loop over a container (container, position, variable): reads the first two, writes
    /// position and variable.
    IterState,
    /// The same with two variables.
    IterState2,
    /// First of two registers written: callee and receiver of a method call, which are `a+1` and `a+2`.
    MethodPair,
}

/// What may follow an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// The next one.
    Next,
    /// The next one or the jump's target.
    Branch,
    /// The jump's target.
    Jump,
    /// Nothing in this function.
    End,
}

/// Where an instruction may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunsIn {
    /// In the interpreter, and in traces.
    Traces,
    /// In programs, but in no trace: a recording that comes to it is given up.
    Interpreter,
    /// In code of the machine's own alone.
    Machine,
}

/// Calls a macro with the rows of the opcode table.
#[macro_export]
macro_rules! for_each_op {
    ($macro:ident) => {
        $macro! {
//  op            text            shape   operands                       flow    runs_in      meaning
    FuncHeader    "func"          Entry   (None, None, None)             Next    Traces       "first word of every function: counts calls; a trace may start here";
    FuncTrace     "func.trace"    Entry   (None, None, None)             Next    Traces       "the first word of a function whose trace is entered";
    LoopHeader    "loop"          Header  (Loop, None, None)             Next    Traces       "target of a loop's back edge: counts rounds; a trace may start here";
    TraceHeader   "loop.trace"    Header  (Loop, None, None)             Next    Traces       "a loop header whose trace is entered";
    Halt          "halt"          Ax      (None, None, None)             End     Machine      "leave the interpreter; what a root frame returns to";

    Move          "move"          Abc     (Def, Use, None)               Next    Traces       "R[a] = R[b]";
    LoadInt       "load.int"      Ax      (Def, Int, None)               Next    Traces       "R[a] = x";
    LoadConst     "load.const"    Ax      (Def, Const, None)             Next    Traces       "R[a] = K";
    LoadNil       "load.nil"      Abc     (Def, None, None)              Next    Traces       "R[a] = nil";
    LoadFalse     "load.false"    Abc     (Def, None, None)              Next    Traces       "R[a] = false";
    LoadTrue      "load.true"     Abc     (Def, None, None)              Next    Traces       "R[a] = true";
    LoadUndef     "load.undef"    Abc     (Def, None, None)              Next    Traces       "R[a] = the mark of a variable whose definition has not run";
    LoadBuiltin   "load.builtin"  Ax      (Def, Builtin, None)           Next    Traces       "R[a] = the builtin function x";
    LoadSelf      "load.callee"   Abc     (Def, None, None)              Next    Traces       "R[a] = the closure that is running";
    GetGlobal     "get.global"    Ax      (Def, Global, None)            Next    Traces       "R[a] = G[x]; throws name if it is not defined yet";
    SetGlobal     "set.global"    Ax      (Use, Global, None)            Next    Traces       "G[x] = R[a]; throws name if it is not defined yet";
    DefGlobal     "def.global"    Ax      (Use, Global, None)            Next    Traces       "G[x] = R[a], its definition";
    GetCapture    "get.capture"   Ax      (Def, Capture, None)           Next    Traces       "R[a] = U[x], captured by value";
    GetCellCapture "get.cellcap"  Ax      (Def, Capture, None)           Next    Traces       "R[a] = the content of the cell U[x]; throws name if it is not defined yet";
    SetCellCapture "set.cellcap"  Ax      (Use, Capture, None)           Next    Traces       "content of the cell U[x] = R[a]";
    NewCell       "new.cell"      Abc     (Def, Use, None)               Next    Traces       "R[a] = a new cell that holds R[b]";
    GetCell       "get.cell"      Abc     (Def, Use, None)               Next    Traces       "R[a] = content of the cell R[b]; throws name if it is not defined yet";
    SetCell       "set.cell"      Abc     (Use, Use, None)               Next    Traces       "content of the cell R[a] = R[b]";
    Closure       "closure"       Ax      (Def, Proto, None)             Next    Traces       "R[a] = a closure of the nested function x; captures as its prototype lists them";

    Add           "add"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] + R[c]";
    Sub           "sub"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] - R[c]";
    Mul           "mul"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] * R[c]";
    Div           "div.float"     Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] / R[c]";
    FloorDiv      "div"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] div R[c]";
    Mod           "mod"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] % R[c]";
    BitAnd        "and"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] & R[c]";
    BitOr         "or"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] | R[c]";
    BitXor        "xor"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] ^ R[c]";
    Shl           "shl"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] << R[c]";
    Shr           "shr"           Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] >> R[c]";
    AddK          "add.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] + K";
    SubK          "sub.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] - K";
    MulK          "mul.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] * K";
    DivK          "div.float.k"   Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] / K";
    FloorDivK     "div.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] div K";
    ModK          "mod.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] % K";
    BitAndK       "and.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] & K";
    BitOrK        "or.k"          Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] | K";
    BitXorK       "xor.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] ^ K";
    ShlK          "shl.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] << K";
    ShrK          "shr.k"         Abc     (Def, Use, Const)              Next    Traces       "R[a] = R[b] >> K";
    Neg           "neg"           Abc     (Def, Use, None)               Next    Traces       "R[a] = -R[b]";
    BitNot        "bitnot"        Abc     (Def, Use, None)               Next    Traces       "R[a] = ~R[b]";
    Not           "not"           Abc     (Def, Use, None)               Next    Traces       "R[a] = not R[b]";

    Eq            "eq"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] == R[c]";
    Ne            "ne"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] != R[c]";
    Lt            "lt"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] < R[c]";
    Le            "le"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] <= R[c]";
    Gt            "gt"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] > R[c]";
    Ge            "ge"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] >= R[c]";
    In            "in"            Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b] in R[c]";

    Jump          "jump"          Ax      (None, Jump, None)             Jump    Traces       "pc += x";
    LoopBack      "loop.back"     Ax      (None, Jump, None)             Jump    Traces       "pc += x, to just after a loop header, whose counter goes down; at zero the header itself runs. A safepoint";
    JumpIf        "jump.if"       Ax      (Use, Jump, None)              Branch  Traces       "if R[a] is true, pc += x";
    JumpIfNot     "jump.ifnot"    Ax      (Use, Jump, None)              Branch  Traces       "if R[a] is false or nil, pc += x";
    JumpIfUndef   "jump.ifundef"  Ax      (Use, Jump, None)              Branch  Traces       "if R[a] holds no value (a parameter that was not passed), pc += x";
    JumpIfNotArray "jump.ifnotarray" Abj  (Use, Int, Jump)               Branch  Traces       "unless R[a] is an array of exactly b elements, pc += j";
    JumpIfNotDict "jump.ifnotdict" Ax     (Use, Jump, None)              Branch  Traces       "unless R[a] is a dict, pc += x";
    JumpEq        "jump.eq"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] == R[b], pc += j";
    JumpNe        "jump.ne"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] != R[b], pc += j";
    JumpLt        "jump.lt"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] < R[b], pc += j";
    JumpLe        "jump.le"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] <= R[b], pc += j";
    JumpGt        "jump.gt"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] > R[b], pc += j";
    JumpGe        "jump.ge"       Abj     (Use, Use, Jump)               Branch  Traces       "if R[a] >= R[b], pc += j";
    JumpNotLt     "jump.nlt"      Abj     (Use, Use, Jump)               Branch  Traces       "if not R[a] < R[b], pc += j";
    JumpNotLe     "jump.nle"      Abj     (Use, Use, Jump)               Branch  Traces       "if not R[a] <= R[b], pc += j";
    JumpNotGt     "jump.ngt"      Abj     (Use, Use, Jump)               Branch  Traces       "if not R[a] > R[b], pc += j";
    JumpNotGe     "jump.nge"      Abj     (Use, Use, Jump)               Branch  Traces       "if not R[a] >= R[b], pc += j";
    JumpEqK       "jump.eq.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] == K, pc += j";
    JumpNeK       "jump.ne.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] != K, pc += j";
    JumpLtK       "jump.lt.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] < K, pc += j";
    JumpLeK       "jump.le.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] <= K, pc += j";
    JumpGtK       "jump.gt.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] > K, pc += j";
    JumpGeK       "jump.ge.k"     Abj     (Use, Const, Jump)             Branch  Traces       "if R[a] >= K, pc += j";
    JumpNotLtK    "jump.nlt.k"    Abj     (Use, Const, Jump)             Branch  Traces       "if not R[a] < K, pc += j";
    JumpNotLeK    "jump.nle.k"    Abj     (Use, Const, Jump)             Branch  Traces       "if not R[a] <= K, pc += j";
    JumpNotGtK    "jump.ngt.k"    Abj     (Use, Const, Jump)             Branch  Traces       "if not R[a] > K, pc += j";
    JumpNotGeK    "jump.nge.k"    Abj     (Use, Const, Jump)             Branch  Traces       "if not R[a] >= K, pc += j";

    ForPrep       "for.prep"      Ax      (ForSetup, Jump, None)         Branch  Traces       "R[a] from, R[a+1] bound (half open), R[a+2] step: checks them, makes R[a+1] the last value in range, R[a+3] = R[a]; pc += x if there is none";
    ForPrepTo     "for.prep.to"   Ax      (ForSetup, Jump, None)         Branch  Traces       "the same, the bound inclusive";
    ForLoop       "for.loop"      Ax      (ForState, Jump, None)         Branch  Traces       "if R[a] != R[a+1]: R[a] += R[a+2], R[a+3] = R[a], pc += x as loop.back does. A safepoint";
    ForLoop1      "for.loop.1"    Ax      (ForState, Jump, None)         Branch  Traces       "the same, the step known to be 1";
    IterPrep      "iter.prep"     Ax      (Update, None, None)           Next    Traces       "throws type unless R[a] can be iterated over; a dict in R[a] is replaced by an iterator, which knows whether keys come or go; R[a+1] = 0 follows";
    IterNext      "iter.next"     Ax      (IterState, Jump, None)        Branch  Traces       "R[a+2] = next element (key, character) of R[a] at position R[a+1], which advances; pc += x if there is none";
    IterNext2     "iter.next.2"   Ax      (IterState2, Jump, None)       Branch  Traces       "the same; R[a+2] = index or key, R[a+3] = element or value";

    NewArray      "new.array"     Abc     (Def, Elements, Count)         Next    Traces       "R[a] = [R[b], .., R[b+c-1]]";
    ExtendArray   "extend.array"  Abc     (Use, Elements, Count)         Next    Interpreter  "appends R[b], .., R[b+c-1] to R[a], an array that a long literal is making";
    NewDict       "new.dict"      Abc     (Def, Elements, Count)         Next    Traces       "R[a] = {R[b]: R[b+1], .., R[b+c-2]: R[b+c-1]}";
    ExtendDict    "extend.dict"   Abc     (Use, Elements, Count)         Next    Traces       "R[a][R[b]] = R[b+1], .., R[a][R[b+c-2]] = R[b+c-1], where R[a] is the dict that a literal is making";
    NewRange      "new.range"     Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b]..R[c]";
    GetIndex      "get.index"     Abc     (Def, Use, Use)                Next    Traces       "R[a] = R[b][R[c]]";
    SetIndex      "set.index"     Abc     (Use, Use, Use)                Next    Traces       "R[a][R[b]] = R[c]";
    Unpack        "unpack"        Abc     (Targets, Use, Count)          Next    Traces       "R[a], .., R[a+c-1] = elements of the array R[b], which must have exactly c";
    MatchKey      "match.key"     Abc     (Def, Use, Use)                Next    Traces       "R[a] = value under the key R[c] of the dict R[b]; no value if there is none, or R[b] is no dict";
    NewEnum       "new.enum"      Ax      (Def, Const, None)             Next    Interpreter  "R[a] = an enum named K, without members";
    DefMember     "def.member"    Abc     (Use, Use, Use)                Next    Interpreter  "adds to the enum R[a] a member named R[b]; its value is the int R[c], or the last one's plus 1 if R[c] holds no value";
    ToStr         "to.str"        Abc     (Def, Use, None)               Next    Traces       "R[a] = str(R[b]); nothing lives above R[a] but R[b]";
    Concat        "concat"        Abc     (Def, Elements, Count)         Next    Traces       "R[a] = the strings R[b], .., R[b+c-1] joined";

    Call          "call"          Abc     (CallWindow, Count, None)      Next    Traces       "R[a] = R[a+1](R[a+2], .., R[a+1+b])";
    TailCall      "call.tail"     Abc     (CallWindow, Count, None)      End     Traces       "return R[a+1](R[a+2], .., R[a+1+b]), in place of this frame";
    CallBuiltin   "call.builtin"  Abc     (Arguments, Builtin, Count)    Next    Traces       "R[a] = builtin b (R[a], .., R[a+c-1])";
    GetField      "get.field"     Abj     (Def, Use, Site)               Next    Traces       "R[a] = field, static or member j of R[b], or its method j bound to it";
    SetField      "set.field"     Abj     (Use, Use, Site)               Next    Traces       "field j of R[a], or static of the class R[a], = R[b]";
    GetMethod     "get.method"    Abj     (MethodPair, Use, Site)        Next    Traces       "R[a+1] = method j of R[b], R[a+2] = R[b]; of a function in a field or static: R[a+2] = undef";
    GetSuper      "get.super"     Abj     (Def, Use, Site)               Next    Traces       "R[a] = method j of the class R[b]";
    Bind          "bind"          Abc     (Def, Use, Use)                Next    Traces       "R[a] = the method R[b] bound to R[c]";
    CallMethod    "call.method"   Abc     (MethodWindow, Count, None)    Next    Traces       "R[a] = R[a+1](R[a+2]; R[a+3], .., R[a+2+b]), the method fetched by get.method; without R[a+2] if that is undef";
    TailCallMethod "call.method.tail" Abc (MethodWindow, Count, None)    End     Traces       "return R[a+1](R[a+2]; R[a+3], .., R[a+2+b]), in place of this frame; otherwise as call.method";
    NewClass      "new.class"     Abj     (Def, Use, Class)              Next    Interpreter  "R[a] = a class that is made as class j says, and extends R[b] if j says so";
    DefMethod     "def.method"    Abj     (Use, Use, Const)              Next    Interpreter  "method K of the class R[a] = R[b]";
    DefStatic     "def.static"    Abj     (Use, Use, Const)              Next    Interpreter  "static K of the class R[a] = R[b]";
    DefFields     "def.fields"    Abc     (Use, Use, None)               Next    Interpreter  "R[b] is the function that sets the fields that the class R[a] declares";
    Throw         "throw"         Abc     (Use, None, None)              End     Traces       "throw R[a]";
    Rethrow       "rethrow"       Abc     (Use, None, None)              End     Traces       "throw R[a] on, as if a `finally` had not been on its way";
    Return        "return"        Abc     (Use, None, None)              End     Traces       "return R[a]";
    ReturnNil     "return.nil"    Abc     (None, None, None)             End     Traces       "return nil";
        }
    };
}

macro_rules! define_ops {
    ($($op:ident $text:literal $shape:ident ($a:ident, $b:ident, $c:ident) $flow:ident $runs_in:ident $meaning:literal;)*) => {
        /// An opcode. The discriminant is what stands in a word.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $meaning] $op,)*
        }

        impl Op {
            /// Every opcode, in order of its number.
            pub const ALL: &'static [Op] = &[$(Op::$op),*];
            /// The table's rows, in order of the opcode's number.
            pub const INFO: &'static [OpInfo] = &[$(OpInfo {
                op: Op::$op, text: $text, shape: Shape::$shape,
                roles: [Role::$a, Role::$b, Role::$c], flow: Flow::$flow, runs_in: RunsIn::$runs_in, meaning: $meaning,
            }),*];
        }
    };
}

/// A row of the opcode table.
#[derive(Debug)]
pub struct OpInfo {
    /// The opcode.
    pub op: Op,
    /// Its name in listings.
    pub text: &'static str,
    /// How its word is cut.
    pub shape: Shape,
    /// What its fields are.
    pub roles: [Role; 3],
    /// What may follow it.
    pub flow: Flow,
    /// Where it may run.
    pub runs_in: RunsIn,
    /// Pseudo-code.
    pub meaning: &'static str,
}

for_each_op!(define_ops);

impl Op {
    /// Its row of the table.
    pub fn info(self) -> &'static OpInfo {
        &Op::INFO[self as usize]
    }

    /// The opcode of this number.
    pub fn from_number(number: u8) -> Option<Op> {
        Op::ALL.get(number as usize).copied()
    }
}
