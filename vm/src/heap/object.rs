//! The layout of objects, as the interpreter, the collector and compiled code see it.
//!
//! Every object begins with a [`Header`]. What compiled code touches is `repr(C)`, and compiled code takes the offsets
//! from `offset_of!`, never from a number written twice.

use crate::bytecode::proto::Proto;
use crate::value::Value;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ObjectKind {
    /// [`BigInt`].
    BigInt,
    /// A string.
    Str,
    /// [`Array`].
    Array,
    /// [`Closure`].
    Closure,
    /// [`Builtin`].
    Builtin,
    /// [`Bound`].
    Bound,
    /// [`Range`].
    Range,
    /// [`Cell`].
    Cell,
}

/// How an array stores its elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Storage {
    /// No element was ever stored (the length is zero).
    Empty,
    /// Raw `i64`.
    Int,
    /// Raw `f64`.
    Float,
    /// Boxed [`Value`]s.
    Any,
}

/// The first word of every object.
#[derive(Debug)]
#[repr(C, align(8))]
pub struct Header {
    /// What it is.
    pub kind: ObjectKind,
    /// An array's storage; unused elsewhere.
    pub storage: Storage,
    /// The collector's marks ([`GC_OLD`], ...).
    pub gc: u8,
    /// Belongs to the kind (a string's flags, for example).
    pub flags: u8,
    /// Belongs to the kind (a closure's capture count, for example).
    pub aux: u32,
}

/// In [`Header::gc`]: lies outside the nursery.
pub const GC_OLD: u8 = 1;
/// In [`Header::gc`]: is in the remembered set.
pub const GC_REMEMBERED: u8 = 2;
/// In [`Header::gc`]: marked in the running collection of the old generation.
pub const GC_MARKED: u8 = 4;
/// In [`Header::gc`]: in the nursery, and has been copied; the word after the header is the new address.
pub const GC_FORWARDED: u8 = 8;

/// An int that does not fit 48 bits.
#[derive(Debug)]
#[repr(C)]
pub struct BigInt {
    /// Header.
    pub header: Header,
    /// The int.
    pub int: i64,
}

/// An array. `header.storage` says how `data` is to be read; `data` is allocated outside the moving heap.
#[derive(Debug)]
#[repr(C)]
pub struct Array {
    /// Header.
    pub header: Header,
    /// Number of elements.
    pub len: usize,
    /// The elements, 8 bytes each.
    pub data: *mut u64,
    /// Elements that `data` has room for.
    pub capacity: usize,
}

/// A function of the program: code and captured variables. `header.aux` is the number of captures.
#[derive(Debug)]
#[repr(C)]
pub struct Closure {
    /// Header.
    pub header: Header,
    /// The function's first word (`func`).
    pub code: *const u64,
    /// The function.
    pub proto: *const Proto,
    /// Values of captured variables (or their [`Cell`]s); `header.aux` of them.
    pub captures: [Value; 0],
}

/// A builtin function as a value. `header.aux` is its index.
#[derive(Debug)]
#[repr(C)]
pub struct Builtin {
    /// Header.
    pub header: Header,
}

/// A method with its receiver.
#[derive(Debug)]
#[repr(C)]
pub struct Bound {
    /// Header.
    pub header: Header,
    /// First argument of a call.
    pub receiver: Value,
    /// What is called.
    pub method: Value,
}

/// `start..end`.
#[derive(Debug)]
#[repr(C)]
pub struct Range {
    /// Header.
    pub header: Header,
    /// First int.
    pub start: i64,
    /// One past the last.
    pub end: i64,
}

/// A variable that closures share and that is assigned to after it was captured.
#[derive(Debug)]
#[repr(C)]
pub struct Cell {
    /// Header.
    pub header: Header,
    /// Its value.
    pub value: Value,
}
