//! The IR instructions: one row each, from which the enum, the text form, the verifier's type rules, the passes' view of
//! effects and the documentation follow.
//!
//! # Columns
//!
//! - **op**: the variant of [`Op`].
//! - **text**: its name in the text form.
//! - **operands**: for `a`, `b`, `c`, a type set ([`Operand`]): one type's name, `Arr` (any array type), `Ref` (any
//!   type), `Number` an immediate, `Hint` one that may be missing, or `No`.
//! - **result**: a type; `Own` where each instruction carries its own (`inherit`, `phi`); `None` for no value.
//! - **effect**: see [`Effect`].
//! - **meaning**: in words.
//!
//! Instructions whose effect is `Guard` leave the trace through their snapshot when what they test does not hold.

use super::types::Ty;

/// What may stand as an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Nothing.
    No,
    /// A value of exactly this type.
    Of(Ty),
    /// A value of any array type.
    Array,
    /// A value of any type.
    Any,
    /// An unsigned number, not a value.
    Number,
    /// A number that makes it faster and changes nothing else; it may be missing.
    Hint,
    /// A slot, encoded by `Inst::slot`.
    Slot,
    /// First index in the trace's argument pool; `c` is how many.
    Arguments,
}

/// What an instruction does besides computing its result. Kinds of memory are kept apart, since a store to one does not
/// change a load from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Computes its result from its operands and nothing else: may be dropped, merged, moved.
    Pure,
    /// Reads slots or registers that the trace was entered with.
    Entry,
    /// Leaves the trace if it does not hold; otherwise pure.
    Guard,
    /// Leaves the trace if it does not hold; what it tests is in an array's header (its storage kind).
    GuardHeader,
    /// Reads an array's header (length, address of its elements).
    LoadHeader,
    /// Makes room in an array, to which its elements may move; leaves the trace if there is no memory.
    Reserve,
    /// Writes an array's length.
    StoreLen,
    /// Reads an element of an array's elements.
    LoadElem,
    /// Writes an element.
    StoreElem,
    /// Reads a cell or a static.
    LoadCell,
    /// Writes a cell or a static.
    StoreCell,
    /// Leaves the trace unless an instance has a shape, which it keeps within the trace, or a class has a number.
    GuardShape,
    /// Reads a field of an instance.
    LoadField,
    /// Writes a field.
    StoreField,
    /// Gives an instance that was made in this trace a field more, and so another shape.
    AddField,
    /// Reads what only adding or removing a key changes: where a dict's entries are, their keys, how many there are.
    LoadDict,
    /// Adds keys to a dict, or removes some. If it cannot, it has changed nothing.
    StoreDict,
    /// Reads the value of an entry of a dict.
    LoadEntry,
    /// Writes the value of an entry.
    StoreEntry,
    /// Makes a new object, changes nothing else.
    Alloc,
    /// Runs the trace's kernel: reads and writes elements, many rounds of the loop at once.
    Kernel,
    /// Calls a builtin; the builtin's row says what else it does.
    Call,
    /// Calls a function of the program, which may do anything: the last instruction of its trace.
    Native,
    /// Structure of the trace (loop marker, phi).
    Structure,
}

impl Effect {
    /// Whether it surely changes what others see. A builtin may as well, and a kernel does what its loop would.
    pub fn writes(self) -> bool {
        match self {
            Effect::StoreElem | Effect::StoreLen | Effect::StoreCell | Effect::StoreField | Effect::AddField => true,
            Effect::StoreDict | Effect::StoreEntry | Effect::Native => true,
            Effect::Guard | Effect::GuardHeader | Effect::GuardShape | Effect::Reserve => false,
            Effect::LoadHeader | Effect::LoadElem | Effect::LoadCell | Effect::LoadField => false,
            Effect::LoadDict | Effect::LoadEntry | Effect::Pure | Effect::Entry | Effect::Alloc => false,
            Effect::Kernel | Effect::Call | Effect::Structure => false,
        }
    }
}

/// Calls a macro with the rows of the IR table.
#[macro_export]
macro_rules! for_each_ir_op {
    ($macro:ident) => {
        $macro! {
//  op           text           operands                    result   effect       meaning
    Slot         "slot"         (Slot, No, No)              Any      Entry        "value of an interpreter slot at entry";
    Inherit      "inherit"      (Number, No, No)            Own      Entry        "value number a that a side trace takes over from its parent's exit, or parameter number a of the function whose trace this is";
    Loop         "loop"         (No, No, No)                None     Structure    "head of the loop: all before it runs once";
    Phi          "phi"          (Any, Any, No)              Own      Structure    "a on entry to the loop, b from the round before; b may stand later";

    GuardInt     "guard.int"    (Of(Any), No, No)           Int      Guard        "the int that a holds, boxed or not";
    GuardFloat   "guard.float"  (Of(Any), No, No)           Float    Guard        "the float that a holds";
    GuardBool    "guard.bool"   (Of(Any), No, No)           Bool     Guard        "the bool that a holds";
    GuardNil     "guard.nil"    (Of(Any), No, No)           None     Guard        "a is nil";
    GuardUndef   "guard.undef"  (Of(Any), No, No)           None     Guard        "a is undef";
    GuardDefined "guard.def"    (Of(Any), No, No)           None     Guard        "a is not undef (a variable is defined; a builtin did not throw)";
    GuardTruthy  "guard.truthy" (Of(Any), No, No)           None     Guard        "a is neither nil nor false";
    GuardFalsy   "guard.falsy"  (Of(Any), No, No)           None     Guard        "a is nil or false";
    GuardStr     "guard.str"    (Of(Any), No, No)           Str      Guard        "the string that a holds";
    GuardArrEmpty "guard.arr.empty" (Of(Any), No, No)       ArrEmpty GuardHeader  "the array that a holds, its storage Empty";
    GuardArrBool "guard.arr.bool" (Of(Any), No, No)         ArrBool  GuardHeader  "the array that a holds, its storage Bool";
    GuardArrInt  "guard.arr.int" (Of(Any), No, No)          ArrInt   GuardHeader  "the array that a holds, its storage Int";
    GuardArrFloat "guard.arr.float" (Of(Any), No, No)       ArrFloat GuardHeader  "the array that a holds, its storage Float";
    GuardArrAny  "guard.arr.any" (Of(Any), No, No)          ArrAny   GuardHeader  "the array that a holds, its storage Any";
    GuardDict    "guard.dict"   (Of(Any), No, No)           Dict     Guard        "the dict that a holds";
    GuardIter    "guard.iter"   (Of(Any), No, No)           Iter     Guard        "the iterator over a dict that a holds";
    GuardFn      "guard.fn"     (Of(Any), No, No)           Fn       Guard        "the closure that a holds";
    GuardRange   "guard.range"  (Of(Any), No, No)           Range    Guard        "the range that a holds";
    GuardAscii   "guard.ascii"  (Of(Str), No, No)           Ptr      Guard        "address of the bytes of the string a, all of whose characters are ASCII";
    GuardKind    "guard.kind"   (Of(Any), Number, No)       None     Guard        "a is an object of kind b (by its number in the object's header), one that goes by the common tag";
    GuardShape   "guard.shape"  (Of(Any), Number, No)       Obj      GuardShape   "the instance that a holds, its shape the one of number b; or the class of that number";
    GuardProto   "guard.proto"  (Of(Fn), Of(Ptr), No)       None     Guard        "the closure a is one of the function b";
    GuardSame    "guard.same"   (Of(Any), Of(Any), No)      None     Guard        "a and b have the same bits";
    GuardTrue    "guard.true"   (Of(Bool), No, No)          None     Guard        "a is true";
    GuardFalse   "guard.false"  (Of(Bool), No, No)          None     Guard        "a is false";
    GuardPc      "guard.pc"     (Number, Of(Pc), No)        None     Guard        "the return address a words below the entry frame's register 0 is b";
    GuardStack   "guard.stack"  (Number, No, No)            None     Guard        "the register stack has room for a words from the entry frame's register 0 on";
    Poll         "poll"         (No, No, No)                None     Guard        "no collection, interrupt or limit is pending";

    BoxInt       "box.int"      (Of(Int), No, No)           Any      Pure         "a as a value; one of more than 48 bits is allocated";
    BoxFloat     "box.float"    (Of(Float), No, No)         Any      Pure         "a as a value";
    BoxBool      "box.bool"     (Of(Bool), No, No)          Any      Pure         "a as a value";
    BoxStr       "box.str"      (Of(Str), No, No)           Any      Pure         "a as a value";
    BoxArr       "box.arr"      (Array, No, No)             Any      Pure         "a as a value";
    BoxDict      "box.dict"     (Of(Dict), No, No)          Any      Pure         "a as a value";
    BoxFn        "box.fn"       (Of(Fn), No, No)            Any      Pure         "a as a value";
    BoxRange     "box.range"    (Of(Range), No, No)         Any      Pure         "a as a value";

    AddInt       "add.int"      (Of(Int), Of(Int), No)      Int      Pure         "wrapping 64-bit sum";
    SubInt       "sub.int"      (Of(Int), Of(Int), No)      Int      Pure         "wrapping 64-bit difference";
    MulInt       "mul.int"      (Of(Int), Of(Int), No)      Int      Pure         "wrapping 64-bit product";
    UmulHighInt  "umulh.int"    (Of(Int), Of(Int), No)      Int      Pure         "high 64 bits of the unsigned 128-bit product";
    DivInt       "div.int"      (Of(Int), Of(Int), No)      Int      Pure         "floor division, wrapping; b is not 0 (an earlier guard has seen to it)";
    ModInt       "mod.int"      (Of(Int), Of(Int), No)      Int      Pure         "remainder of floor division, with the sign of b; b is not 0";
    NegInt       "neg.int"      (Of(Int), No, No)           Int      Pure         "wrapping negation";
    AndInt       "and.int"      (Of(Int), Of(Int), No)      Int      Pure         "bitwise and";
    OrInt        "or.int"       (Of(Int), Of(Int), No)      Int      Pure         "bitwise or";
    XorInt       "xor.int"      (Of(Int), Of(Int), No)      Int      Pure         "bitwise exclusive or";
    NotInt       "not.int"      (Of(Int), No, No)           Int      Pure         "bitwise complement";
    ShlInt       "shl.int"      (Of(Int), Of(Int), No)      Int      Pure         "shift left by b, which lies in 0..64 (an earlier guard has seen to it)";
    SarInt       "sar.int"      (Of(Int), Of(Int), No)      Int      Pure         "arithmetic shift right by b, which lies in 0..64";
    ShrInt       "shr.int"      (Of(Int), Of(Int), No)      Int      Pure         "logical shift right by b, which lies in 0..64";

    RoundsBelow  "rounds.lt"    (Of(Int), Of(Int), Of(Int)) Int      Pure         "number of rounds in which a is below b, unsigned, a advancing by c without wrapping; at most 2^63 - 1";
    RoundsWithin "rounds.le"    (Of(Int), Of(Int), Of(Int)) Int      Pure         "the same with a not above b";
    Binom        "binom"        (Of(Int), Number, No)       Int      Pure         "the binomial coefficient a over the number b, a unsigned, wrapped at last";
    Linear       "linear"       (Of(Int), Arguments, Number) Int     Pure         "first of the ints that a square matrix, applied a times to a vector, gives; the arguments are the matrix by rows, then the vector";

    Vector       "vector"       (Of(Int), Arguments, Number) Int     Kernel       "number of rounds, at most a, that the kernel has done with the arguments";
    VectorOut    "vector.out"   (Of(Int), Number, No)       Int      Pure         "argument number b of the kernel after a, the number of rounds that it has done; nothing but the like stands between the two";

    AddFloat     "add.float"    (Of(Float), Of(Float), No)  Float    Pure         "IEEE sum";
    SubFloat     "sub.float"    (Of(Float), Of(Float), No)  Float    Pure         "IEEE difference";
    MulFloat     "mul.float"    (Of(Float), Of(Float), No)  Float    Pure         "IEEE product";
    DivFloat     "div.float"    (Of(Float), Of(Float), No)  Float    Pure         "IEEE quotient";
    NegFloat     "neg.float"    (Of(Float), No, No)         Float    Pure         "sign flipped";
    AbsFloat     "abs.float"    (Of(Float), No, No)         Float    Pure         "sign cleared";
    SqrtFloat    "sqrt.float"   (Of(Float), No, No)         Float    Pure         "IEEE square root";
    FloorFloat   "floor.float"  (Of(Float), No, No)         Float    Pure         "rounded towards minus infinity";
    CeilFloat    "ceil.float"   (Of(Float), No, No)         Float    Pure         "rounded towards plus infinity";
    ModFloat     "mod.float"    (Of(Float), Of(Float), No)  Float    Pure         "the language's `%` on floats";
    MathFloat    "math"         (Number, Of(Float), No)     Float    Pure         "function number a of the math table, of one float";
    MathFloat2   "math2"        (Number, Of(Float), Of(Float)) Float Pure         "function number a of the math table, of two floats";
    IntToFloat   "conv.float"   (Of(Int), No, No)           Float    Pure         "the int rounded to a float";
    FloatToInt   "conv.int"     (Of(Float), No, No)         Int      Pure         "the float truncated to an int; it lies in range (an earlier guard has seen to it)";

    EqInt        "eq.int"       (Of(Int), Of(Int), No)      Bool     Pure         "a == b";
    NeInt        "ne.int"       (Of(Int), Of(Int), No)      Bool     Pure         "a != b";
    LtInt        "lt.int"       (Of(Int), Of(Int), No)      Bool     Pure         "a < b, signed";
    LeInt        "le.int"       (Of(Int), Of(Int), No)      Bool     Pure         "a <= b, signed";
    UltInt       "ult.int"      (Of(Int), Of(Int), No)      Bool     Pure         "a < b, unsigned";
    EqFloat      "eq.float"     (Of(Float), Of(Float), No)  Bool     Pure         "a == b; false with nan";
    NeFloat      "ne.float"     (Of(Float), Of(Float), No)  Bool     Pure         "a != b; true with nan";
    LtFloat      "lt.float"     (Of(Float), Of(Float), No)  Bool     Pure         "a < b; false with nan";
    LeFloat      "le.float"     (Of(Float), Of(Float), No)  Bool     Pure         "a <= b; false with nan";
    NotBool      "not.bool"     (Of(Bool), No, No)          Bool     Pure         "the other bool";
    SelectInt    "select.int"   (Of(Bool), Of(Int), Of(Int)) Int     Pure         "b if a is true, else c";
    SelectFloat  "select.float" (Of(Bool), Of(Float), Of(Float)) Float Pure      "b if a is true, else c";
    SelectBool   "select.bool"  (Of(Bool), Of(Bool), Of(Bool)) Bool  Pure         "b if a is true, else c";
    SameAny      "same"         (Any, Any, No)              Bool     Pure         "a and b have the same bits (both of one type)";
    StrEq        "eq.str"       (Of(Str), Of(Str), No)      Bool     Pure         "equal contents";
    StrLt        "lt.str"       (Of(Str), Of(Str), No)      Bool     Pure         "a before b by Unicode scalar values";

    StrLen       "str.len"      (Of(Str), No, No)           Int      Pure         "number of characters";
    StrByte      "str.byte"     (Of(Ptr), Of(Int), No)      Int      Pure         "byte b of an ASCII string's, which an earlier guard proved in range";
    StrChar      "str.char"     (Of(Int), Of(Ptr), No)      Str      Pure         "the string of the ASCII character a, which lies in 0..128; b is the place of all of these strings";
    StrOfInt     "str.int"      (Of(Int), No, No)           Str      Pure         "the int in decimal";

    ArrLen       "arr.len"      (Array, No, No)             Int      LoadHeader   "number of elements";
    ArrData      "arr.data"     (Array, No, No)             Ptr      LoadHeader   "address of the elements";
    Reserve      "reserve"      (Array, No, No)             None     Reserve      "the array a has room for one element more";
    SetLen       "set.len"      (Array, Of(Int), No)        None     StoreLen     "the array a has b elements from now on, as many as there are or fewer; or one more, for which there is room and which is written next";
    LoadBool     "load.bool"    (Of(Ptr), Of(Int), No)      Bool     LoadElem     "bool element b, one byte, which an earlier guard proved in range";
    LoadInt      "load.int"     (Of(Ptr), Of(Int), No)      Int      LoadElem     "raw int element b";
    LoadFloat    "load.float"   (Of(Ptr), Of(Int), No)      Float    LoadElem     "raw float element b";
    LoadAny      "load.any"     (Of(Ptr), Of(Int), No)      Any      LoadElem     "boxed element b";
    StoreBool    "store.bool"   (Of(Ptr), Of(Int), Of(Bool)) None    StoreElem    "bool element b = c";
    StoreInt     "store.int"    (Of(Ptr), Of(Int), Of(Int)) None     StoreElem    "raw int element b = c";
    StoreFloat   "store.float"  (Of(Ptr), Of(Int), Of(Float)) None   StoreElem    "raw float element b = c";
    StoreAny     "store.any"    (Of(Ptr), Of(Int), Of(Any)) None     StoreElem    "boxed element b = c; a barrier of its array precedes";
    Barrier      "barrier"      (Any, No, No)               None     Pure         "the object a, which a store follows that may refer to a younger one, is remembered; never dropped";
    DictLen      "dict.len"     (Of(Dict), No, No)          Int      LoadDict     "number of keys";
    DictFind     "dict.find"    (Of(Dict), Of(Any), Hint)   Ptr      LoadDict     "address of the entry of key b, likely number c; nowhere if there is none";
    DictNext     "dict.next"    (Of(Dict), Of(Int), No)     Int      LoadDict     "number of the first entry with a key, from number b on, which is not negative; -1 if there is none";
    DictEntry    "dict.entry"   (Of(Dict), Of(Int), No)     Ptr      LoadDict     "address of the entry of number b, which there is";
    DictChanges  "dict.changes" (Of(Dict), No, No)          Int      LoadDict     "how often a key was added or removed";
    DictSet      "dict.set"     (Of(Dict), Of(Any), Of(Any)) Any     StoreDict    "value of key b = c, added if need be; undef if there is no room, or no such key";
    DictExtend   "dict.extend"  (Of(Dict), Arguments, Number) Any    StoreDict    "sets the boxed arguments, each key before its value; undef if there is no room, or no such key, with those before it set";
    DictRemove   "dict.remove"  (Of(Dict), Of(Any), No)     Any      StoreDict    "the value of key b, which is taken out; nil if there is none";
    LoadKey      "load.key"     (Of(Ptr), No, No)           Any      LoadDict     "key of an entry";
    LoadValue    "load.value"   (Of(Ptr), No, No)           Any      LoadEntry    "value of an entry";
    StoreValue   "store.value"  (Of(Dict), Of(Ptr), Of(Any)) None    StoreEntry   "value of the entry b of the dict a = c, which is remembered if it has to be";
    IterDict     "iter.dict"    (Of(Iter), No, No)          Dict     Pure         "the dict that is gone through";
    IterChanges  "iter.changes" (Of(Iter), No, No)          Int      Pure         "how often a key was added or removed when the loop began";
    RangeStart   "range.start"  (Of(Range), No, No)         Int      Pure         "first int";
    RangeEnd     "range.end"    (Of(Range), No, No)         Int      Pure         "one past the last";
    FnCapture    "fn.capture"   (Of(Fn), Number, No)        Any      Pure         "captured variable number b of the closure a";
    CellAddr     "cell.addr"    (Of(Any), No, No)           Ptr      Pure         "address of the cell that a is known to hold";
    LoadCell     "load.cell"    (Of(Ptr), No, No)           Any      LoadCell     "content of the cell";
    StoreCell    "store.cell"   (Of(Ptr), Of(Any), No)      None     StoreCell    "content of the cell a = b; a barrier precedes";
    LoadStatic   "load.static"  (Any, Of(Ptr), No)          Any      LoadCell     "what is at the place b, which is there as long as the class a is, or that of the instance a: a static of it, or of one that it extends; or a member of the enum a; a as of method";
    StoreStatic  "store.static" (Of(Obj), Of(Ptr), Of(Any)) None     StoreCell    "the static of the class a at the place b = c; a barrier of the class precedes";
    Shaped       "shaped"       (Of(Any), Number, No)       Obj      Pure         "the instance that a is known to hold, its shape the one of number b";
    Method       "method"       (Any, Of(Ptr), No)          Fn       Pure         "the closure at the place b, which is there as long as an object like a is: a method of its class, or of the class a; nil in a trace that is entered only where it is there";
    LoadField    "load.field"   (Of(Obj), Number, No)       Any      LoadField    "field of an instance, b bytes from its beginning";
    StoreField   "store.field"  (Of(Obj), Number, Of(Any))  None     StoreField   "field of an instance, b bytes from its beginning, = c; a barrier precedes unless c is no reference";
    FieldPlace   "field.place"  (Of(Any), Of(Any), No)      Ptr      Pure         "address of the field with the name b, a constant string, in the instance a, which stays where it is within the trace; nowhere if a is no instance, or has no such field with room in it";
    LoadPlace    "load.place"   (Of(Ptr), No, No)           Any      LoadField    "the field at the address a";
    StorePlace   "store.place"  (Of(Ptr), Of(Any), No)      None     StoreField   "the field at the address a = b; a barrier of its instance precedes unless b is no reference";
    AddField     "add.field"    (Of(Obj), Number, No)       Obj      AddField     "the instance a, which gets a field and so the shape of number b; a write of the field follows";
    NewInstance  "new.instance" (Number, Arguments, Number) Any      Alloc        "a new instance of shape a that has room for these fields: the boxed arguments";
    StrConcat    "concat"       (Of(Str), Of(Str), No)      Any      Alloc        "the strings joined; undef if that would be too long";
    NewDict      "new.dict"     (No, Arguments, Number)     Any      Alloc        "a new dict of the boxed arguments, each key before its value; undef if there is no room, or no such key";
    NewIter      "new.iter"     (Of(Dict), No, No)          Iter     Alloc        "an iterator over a dict";
    NewRange     "new.range"    (Of(Int), Of(Int), No)      Any      Alloc        "a..b";
    NewCell      "new.cell"     (Of(Any), No, No)           Any      Alloc        "a new cell that holds a";
    NewBound     "new.bound"    (Of(Any), Of(Any), No)      Any      Alloc        "the method b bound to the receiver a";
    NewArray     "new.array"    (No, Arguments, Number)     Any      Alloc        "a new array of the boxed arguments";
    NewClosure   "new.closure"  (Of(Ptr), Arguments, Number) Any     Alloc        "a closure of the function a, its captures the boxed arguments";
    CallBuiltin  "call"         (Number, Arguments, Number) Any      Call         "builtin a of the boxed arguments; undef if it threw, which it then does again when the interpreter calls it";
    CallFn       "call.fn"      (Any, Arguments, Number)    Own      Native       "calls the code of a function's own trace, in a native frame of its own; a is the closure, or the function if its closure need not be in memory; the snapshot the state in which the callee begins";
        }
    };
}

macro_rules! result_ty {
    (Own) => {
        None
    };
    ($ty:ident) => {
        Some(Ty::$ty)
    };
}

macro_rules! operand {
    (Of($ty:ident)) => {
        Operand::Of(Ty::$ty)
    };
    ($kind:ident) => {
        Operand::$kind
    };
}

macro_rules! define_ir_ops {
    ($($op:ident $text:literal ($a:ident $(($at:ident))?, $b:ident $(($bt:ident))?, $c:ident $(($ct:ident))?)
       $result:ident $effect:ident $meaning:literal;)*) => {
        /// An IR operation.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $meaning] $op,)*
        }

        impl Op {
            /// Every operation, in order.
            pub const ALL: &'static [Op] = &[$(Op::$op),*];
            /// The rows, in the same order.
            pub const INFO: &'static [OpInfo] = &[$(OpInfo {
                op: Op::$op, text: $text,
                operands: [operand!($a $(($at))?), operand!($b $(($bt))?), operand!($c $(($ct))?)],
                result: result_ty!($result), effect: Effect::$effect, meaning: $meaning,
            }),*];
        }
    };
}

/// A row of the IR table.
#[derive(Debug)]
pub struct OpInfo {
    /// The operation.
    pub op: Op,
    /// Its name in the text form.
    pub text: &'static str,
    /// What its operands are.
    pub operands: [Operand; 3],
    /// Its result's type; `None` where each instruction carries its own.
    pub result: Option<Ty>,
    /// What it does besides.
    pub effect: Effect,
    /// In words.
    pub meaning: &'static str,
}

for_each_ir_op!(define_ir_ops);

impl Op {
    /// Its row of the table.
    pub fn info(self) -> &'static OpInfo {
        &Op::INFO[self as usize]
    }

    /// What it does besides computing its result.
    pub fn effect(self) -> Effect {
        self.info().effect
    }

    /// Whether it may leave the trace.
    pub fn is_guard(self) -> bool {
        matches!(self.effect(), Effect::Guard | Effect::GuardHeader | Effect::GuardShape | Effect::Reserve)
    }

    /// Whether it stays if nothing uses its result. What is known of a builtin may say that the call of it need not.
    pub fn stays(self) -> bool {
        let effect = self.effect();
        self.is_guard() || effect.writes() || matches!(effect, Effect::Kernel | Effect::Call) || self == Op::Barrier
    }

    /// The operation that chooses between two values of a type, if there is one.
    pub fn select(ty: Ty) -> Option<Op> {
        Some(match ty {
            Ty::Int => Op::SelectInt,
            Ty::Float => Op::SelectFloat,
            Ty::Bool => Op::SelectBool,
            _ => return None,
        })
    }

    /// Whether it chooses between two values.
    pub fn is_select(self) -> bool {
        matches!(self, Op::SelectInt | Op::SelectFloat | Op::SelectBool)
    }

    /// Whether it has a snapshot: a guard, or a call of a function of the program.
    pub fn has_state(self) -> bool {
        self.is_guard() || self.effect() == Effect::Native
    }

    /// Whether it is a guard that makes a value of another type of the boxed value that it looks at.
    pub fn is_unboxing(self) -> bool {
        self.is_guard() && self.info().result != Some(Ty::None) && self.info().operands[0] == Operand::Of(Ty::Any)
    }

    /// Whether a `guard.def` of its result asks if it could do what it was to do. If not, it has changed nothing, or nothing
    /// that doing it again would not change.
    pub fn may_refuse(self) -> bool {
        matches!(self.effect(), Effect::Call | Effect::StoreDict)
    }
}
