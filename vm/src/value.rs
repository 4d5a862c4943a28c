//! Values: 64 bits, NaN-boxed. The one place that knows which bits mean what.
//!
//! | bits 48..64 | value |
//! |---|---|
//! | below `0xFFF9` | a double, as it is |
//! | `0xFFF9` | nil, false, true, undef (payload 0 to 3) |
//! | `0xFFFA` | pointer to a boxed int, one that does not fit 48 bits |
//! | `0xFFFB` | pointer to a string |
//! | `0xFFFC` | pointer to an array |
//! | `0xFFFD` | pointer to a closure |
//! | `0xFFFE` | pointer to any other object; its header says which |
//! | `0xFFFF` | an int of 48 bits, two's complement |
//!
//! Processors make only the nan `0xFFF8...` and pass on the nans they are given; constants are `0x7FF8...`: no double
//! ever has the bits of a tag. The int tag is all ones so that two ints are recognised by one `and` and one compare.
//!
//! An int has exactly one form: boxed if and only if it does not fit 48 bits. Equal ints that are not boxed have equal
//! bits.

use crate::heap::object::{BigInt, Header, ObjectKind};

/// A value of the language.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value(pub u64);

/// Tag of nil, the bools and undef.
pub const TAG_SPECIAL: u64 = 0xFFF9;
/// Tag of a boxed int.
pub const TAG_BIG_INT: u64 = 0xFFFA;
/// Tag of a string.
pub const TAG_STRING: u64 = 0xFFFB;
/// Tag of an array.
pub const TAG_ARRAY: u64 = 0xFFFC;
/// Tag of a closure.
pub const TAG_CLOSURE: u64 = 0xFFFD;
/// Tag of any other object.
pub const TAG_OBJECT: u64 = 0xFFFE;
/// Tag of a 48-bit int.
pub const TAG_INT: u64 = 0xFFFF;
/// Bits below the tag.
pub const TAG_SHIFT: u32 = 48;
/// The payload's bits.
pub const PAYLOAD: u64 = (1 << TAG_SHIFT) - 1;
/// Every value from here up is a 48-bit int.
pub const FIRST_INT: u64 = TAG_INT << TAG_SHIFT;
/// Every value below is a double.
pub const FIRST_TAGGED: u64 = TAG_SPECIAL << TAG_SHIFT;
/// Smallest int that is not boxed.
pub const SMALL_MIN: i64 = -(1 << 47);
/// Largest int that is not boxed.
pub const SMALL_MAX: i64 = (1 << 47) - 1;

impl Value {
    /// `nil`.
    pub const NIL: Value = Value(FIRST_TAGGED);
    /// `false`.
    pub const FALSE: Value = Value(FIRST_TAGGED | 1);
    /// `true`.
    pub const TRUE: Value = Value(FIRST_TAGGED | 2);
    /// Not a value of the language: an unset global, a parameter that was not passed.
    pub const UNDEF: Value = Value(FIRST_TAGGED | 3);

    /// An int that fits 48 bits.
    #[inline(always)]
    pub fn small_int(int: i64) -> Value {
        debug_assert!((SMALL_MIN..=SMALL_MAX).contains(&int), "{int} does not fit 48 bits");
        Value(int as u64 | FIRST_INT)
    }

    /// An int, if it fits 48 bits.
    #[inline(always)]
    pub fn try_small_int(int: i64) -> Option<Value> {
        if (int << 16) >> 16 == int { Some(Value(int as u64 | FIRST_INT)) } else { None }
    }

    /// A float.
    #[inline(always)]
    pub fn float(float: f64) -> Value {
        Value(float.to_bits())
    }

    /// A bool.
    #[inline(always)]
    pub fn bool(bool: bool) -> Value {
        Value(FIRST_TAGGED | (1 + bool as u64))
    }

    /// A pointer under a tag.
    ///
    /// The pointer must be to a live object of the tag's kind, whose address fits 48 bits.
    #[inline(always)]
    pub fn pointer<T>(tag: u64, object: *const T) -> Value {
        debug_assert!(object as u64 <= PAYLOAD, "address {object:p} does not fit 48 bits");
        Value(object as u64 | tag << TAG_SHIFT)
    }

    /// The value's upper 16 bits.
    #[inline(always)]
    pub fn tag(self) -> u64 {
        self.0 >> TAG_SHIFT
    }

    /// Whether this is an int that is not boxed.
    #[inline(always)]
    pub fn is_small_int(self) -> bool {
        self.0 >= FIRST_INT
    }

    /// Whether this is an int, boxed or not.
    #[inline(always)]
    pub fn is_int(self) -> bool {
        self.is_small_int() || self.tag() == TAG_BIG_INT
    }

    /// Whether this is a float.
    #[inline(always)]
    pub fn is_float(self) -> bool {
        self.0 < FIRST_TAGGED
    }

    /// Whether this is a bool.
    #[inline(always)]
    pub fn is_bool(self) -> bool {
        self == Value::TRUE || self == Value::FALSE
    }

    /// Whether this is nil.
    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self == Value::NIL
    }

    /// Whether this is undef.
    #[inline(always)]
    pub fn is_undef(self) -> bool {
        self == Value::UNDEF
    }

    /// Neither nil nor false.
    #[inline(always)]
    pub fn truthy(self) -> bool {
        self.0.wrapping_sub(FIRST_TAGGED) > 1
    }

    /// The int of a value that [`Value::is_small_int`].
    #[inline(always)]
    pub fn as_small_int(self) -> i64 {
        debug_assert!(self.is_small_int(), "{self:?} is no small int");
        ((self.0 << 16) as i64) >> 16
    }

    /// The int, boxed or not, if it is one.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        if self.is_small_int() {
            Some(self.as_small_int())
        } else if self.tag() == TAG_BIG_INT {
            // SAFETY: a value under this tag points at a live `BigInt`: only `Heap::int` makes one, and the collector
            // keeps what a value that is still read refers to.
            Some(unsafe { (*self.address().cast::<BigInt>()).int })
        } else {
            None
        }
    }

    /// The float, if it is one.
    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        if self.is_float() { Some(f64::from_bits(self.0)) } else { None }
    }

    /// Whether this refers to an object on the heap (boxed ints and strings included).
    #[inline(always)]
    pub fn is_pointer(self) -> bool {
        (TAG_BIG_INT..TAG_INT).contains(&self.tag())
    }

    /// The address of the object that the value refers to. The value must be a pointer.
    #[inline(always)]
    pub fn address(self) -> *mut Header {
        debug_assert!(self.is_pointer(), "{self:?} is no pointer");
        (self.0 & PAYLOAD) as *mut Header
    }

    /// The kind of the object that the value refers to; `None` for what is not on the heap.
    #[inline(always)]
    pub fn object_kind(self) -> Option<ObjectKind> {
        // SAFETY: a pointer value refers to a live object, and every object begins with its header.
        self.is_pointer().then(|| unsafe { (*self.address()).kind })
    }
}

/// Equality of bits, not of the language: `nan` equals itself, `1` and `1.0` differ.
impl PartialEq for Value {
    #[inline(always)]
    fn eq(&self, other: &Value) -> bool {
        self.0 == other.0
    }
}

impl Eq for Value {}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tag() {
            TAG_INT => write!(f, "{}", self.as_small_int()),
            TAG_SPECIAL => f.write_str(["nil", "false", "true", "undef"][(self.0 & 3) as usize]),
            TAG_BIG_INT => write!(f, "int@{:x}", self.0 & PAYLOAD),
            TAG_STRING => write!(f, "string@{:x}", self.0 & PAYLOAD),
            TAG_ARRAY => write!(f, "array@{:x}", self.0 & PAYLOAD),
            TAG_CLOSURE => write!(f, "closure@{:x}", self.0 & PAYLOAD),
            TAG_OBJECT => write!(f, "object@{:x}", self.0 & PAYLOAD),
            _ => write!(f, "{:?}", f64::from_bits(self.0)),
        }
    }
}
