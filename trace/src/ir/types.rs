//! Types of IR values, references to them, constants.

use pseudo_snapshots::{Pc, ValueRef};

macro_rules! define_types {
    ($($ty:ident $text:literal $meaning:literal;)*) => {
        /// What an IR value is, and so what its bits mean in a machine register.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Ty {
            $(#[doc = $meaning] $ty,)*
        }

        impl Ty {
            /// All types.
            pub const ALL: &'static [Ty] = &[$(Ty::$ty),*];

            /// Its name in the text form.
            pub fn text(self) -> &'static str {
                match self { $(Ty::$ty => $text,)* }
            }

            /// What it is, in words.
            pub fn meaning(self) -> &'static str {
                match self { $(Ty::$ty => $meaning,)* }
            }
        }
    };
}

define_types! {
    None     "none"      "No value.";
    Any      "any"       "A boxed value: 64 bits as the interpreter has them.";
    Int      "int"       "A raw 64-bit int.";
    Float    "float"     "A raw double.";
    Bool     "bool"      "0 or 1.";
    Nil      "nil"       "The constant nil.";
    Undef    "undef"     "The constant undef.";
    Str      "str"       "Address of a string.";
    ArrEmpty "arr.empty" "Address of an array whose storage was `Empty` when guarded.";
    ArrBool  "arr.bool"  "Address of an array whose storage was `Bool` when guarded.";
    ArrInt   "arr.int"   "Address of an array whose storage was `Int` when guarded.";
    ArrFloat "arr.float" "Address of an array whose storage was `Float` when guarded.";
    ArrAny   "arr.any"   "Address of an array whose storage was `Any` when guarded.";
    Dict     "dict"      "Address of a dict.";
    Iter     "iter"      "Address of an iterator over a dict.";
    Fn       "fn"        "Address of a closure.";
    Builtin  "builtin"   "Address of a builtin function's object.";
    Range    "range"     "Address of a range.";
    Obj      "obj"       "Address of another object.";
    Ptr      "ptr"       "Address of array elements, of a string's bytes, of a dict's entry, of a field or of a cell.";
    Pc       "pc"        "A return address: the constant address of an instruction.";
    Made     "made"      "An object that restoring a snapshot makes: the number that the snapshot gives it. Stands in snapshots alone.";
}

impl Ty {
    /// Whether values of this type live in floating-point registers.
    pub fn is_float(self) -> bool {
        self == Ty::Float
    }

    /// Whether this is an array type.
    pub fn is_array(self) -> bool {
        matches!(self, Ty::ArrEmpty | Ty::ArrBool | Ty::ArrInt | Ty::ArrFloat | Ty::ArrAny)
    }
}

/// A value of a trace: an instruction's result, or a constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref(pub u32);

impl Ref {
    /// No operand.
    pub const NONE: Ref = Ref(u32::MAX);
    const CONST: u32 = 1 << 31;

    /// The result of the instruction at an index.
    pub fn inst(index: usize) -> Ref {
        debug_assert!((index as u32) < Ref::CONST);
        Ref(index as u32)
    }

    /// The constant at an index of the trace's constants.
    pub fn constant(index: usize) -> Ref {
        Ref(index as u32 | Ref::CONST)
    }

    /// Whether this is a constant.
    pub fn is_const(self) -> bool {
        self.0 & Ref::CONST != 0 && self != Ref::NONE
    }

    /// Whether this is an instruction's result.
    pub fn is_inst(self) -> bool {
        self.0 & Ref::CONST == 0
    }

    /// Index among instructions, if it is one.
    pub fn inst_index(self) -> Option<usize> {
        self.is_inst().then_some(self.0 as usize)
    }

    /// Index among constants, if it is one.
    pub fn const_index(self) -> Option<usize> {
        self.is_const().then_some((self.0 & !Ref::CONST) as usize)
    }
}

impl std::fmt::Debug for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.const_index(), self.inst_index()) {
            (Some(index), _) => write!(f, "k{index}"),
            (_, Some(index)) => write!(f, "%{index}"),
            _ => f.write_str("-"),
        }
    }
}

impl From<Ref> for ValueRef {
    fn from(value: Ref) -> ValueRef {
        ValueRef(value.0)
    }
}

impl From<ValueRef> for Ref {
    fn from(value: ValueRef) -> Ref {
        Ref(value.0)
    }
}

/// A constant. Floats are compared by bits, so that 0.0 and -0.0 are two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Const {
    /// An int.
    Int(i64),
    /// A float, by its bits.
    Float(u64),
    /// A bool.
    Bool(bool),
    /// nil.
    Nil,
    /// undef.
    Undef,
    /// A boxed value whose object, if it is one, never moves and never dies (a string of the program, a builtin).
    Value(u64),
    /// A string of the program, by the address of its object, which never moves and never dies.
    Str(u64),
    /// A function of the program, by its number: what [`crate::ir::ops::Op::GuardProto`] compares with.
    Proto(u32),
    /// A return address.
    Pc(Pc),
    /// The address of nothing: what a look-up in a dict gives that finds no entry.
    Nowhere,
    /// Where a value of the program stands that never changes, by its address: see [`crate::ir::ops::Op::Method`].
    Place(u64),
    /// The object of a number that restoring a snapshot makes.
    Made(u16),
}

impl Const {
    /// The type of the value.
    pub fn ty(self) -> Ty {
        match self {
            Const::Int(_) => Ty::Int,
            Const::Float(_) => Ty::Float,
            Const::Bool(_) => Ty::Bool,
            Const::Nil => Ty::Nil,
            Const::Undef => Ty::Undef,
            Const::Value(_) => Ty::Any,
            Const::Str(_) => Ty::Str,
            Const::Proto(_) | Const::Nowhere | Const::Place(_) => Ty::Ptr,
            Const::Pc(_) => Ty::Pc,
            Const::Made(_) => Ty::Made,
        }
    }
}
