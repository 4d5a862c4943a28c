//! The layout of objects, as the interpreter, the collector and compiled code see it.
//!
//! Every object begins with a [`Header`]. What compiled code touches is `repr(C)`, and compiled code takes the offsets
//! from `offset_of!`, never from a number written twice.

use super::accounts::Accounts;
use super::class::ClassData;
use super::string::Buffer;
use crate::bytecode::proto::Proto;
use crate::value::{TAG_STRING, Value};

/// Every object has at least this many bytes: a header, and a word to leave a forwarding address in.
pub const SMALLEST_OBJECT: usize = 16;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ObjectKind {
    /// [`BigInt`].
    BigInt,
    /// [`Str`].
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
    /// [`Class`].
    Class,
    /// [`Instance`].
    Instance,
    /// [`Dict`].
    Dict,
    /// [`DictIter`].
    DictIter,
    /// [`Enum`].
    Enum,
    /// [`EnumMember`].
    EnumMember,
}

/// How an array stores its elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Storage {
    /// No element was ever stored (the length is zero).
    Empty,
    /// Bytes, 0 or 1.
    Bool,
    /// Raw `i64`.
    Int,
    /// Raw `f64`.
    Float,
    /// Boxed [`Value`]s.
    Any,
}

impl Storage {
    /// All of them, in the order of their numbers.
    pub const ALL: [Storage; 5] = [Storage::Empty, Storage::Bool, Storage::Int, Storage::Float, Storage::Any];

    /// Bytes of an element; those of a value where there are none.
    #[inline(always)]
    pub const fn element_size(self) -> usize {
        match self {
            Storage::Bool => 1,
            Storage::Empty | Storage::Int | Storage::Float | Storage::Any => 8,
        }
    }

    /// Elements that some words have room for.
    #[inline(always)]
    pub const fn room(self, words: usize) -> usize {
        words * (8 / self.element_size())
    }

    /// Words that some elements need.
    #[inline(always)]
    pub const fn words(self, count: usize) -> usize {
        count.div_ceil(8 / self.element_size())
    }
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
/// In [`Header::gc`]: is never freed. Permanent objects refer to nothing.
pub const GC_PERMANENT: u8 = 16;

/// In a string's [`Header::flags`]: where its bytes are ([`STR_INLINE`], ...). The bits above are a rope's depth.
pub const STR_FORM: u8 = 3;
/// A string's form: the bytes follow the [`Str`].
pub const STR_INLINE: u8 = 0;
/// A string's form: the bytes lie in a shared buffer outside the moving heap ([`BufferStr`]).
pub const STR_BUFFER: u8 = 1;
/// A string's form: two strings, not yet joined ([`RopeStr`]); `data` is null.
pub const STR_ROPE: u8 = 2;
/// A rope's depth in [`Header::flags`] begins at this bit; it stops at [`STR_DEPTH_MAX`].
pub const STR_DEPTH_SHIFT: u32 = 2;
/// The largest depth that is told apart.
pub const STR_DEPTH_MAX: u8 = u8::MAX >> STR_DEPTH_SHIFT;

/// What all strings have in common. `header.aux` is the hash, 0 while it is not known.
///
/// All characters are ASCII if and only if `len == chars`.
#[derive(Debug)]
#[repr(C)]
pub struct Str {
    /// Header.
    pub header: Header,
    /// Number of bytes.
    pub len: u32,
    /// Number of Unicode scalar values.
    pub chars: u32,
    /// The bytes, UTF-8; null while the string is a rope.
    pub data: *const u8,
}

/// A string whose bytes lie in a buffer, which it owns a share of.
#[derive(Debug)]
#[repr(C)]
pub struct BufferStr {
    /// Header, lengths, address of the bytes.
    pub string: Str,
    /// The buffer.
    pub buffer: *mut Buffer,
}

/// A string that is the concatenation of two others. Once its bytes are needed it becomes a [`BufferStr`] in place.
#[derive(Debug)]
#[repr(C)]
pub struct RopeStr {
    /// Header and lengths.
    pub string: Str,
    /// The first part.
    pub left: *mut Str,
    /// The second part.
    pub right: *mut Str,
    /// The heap's accounts, which learn of the buffer when it is made.
    pub accounts: *const Accounts,
}

/// An int that does not fit 48 bits.
#[derive(Debug)]
#[repr(C)]
pub struct BigInt {
    /// Header.
    pub header: Header,
    /// The int.
    pub int: i64,
}

/// An array. `header.storage` says how `data` is to be read. Behind a small array lie as many words as `header.flags` says, where
/// `data` begins; once it needs more room, and if it was not made small, `data` is allocated outside the moving heap.
#[derive(Debug)]
#[repr(C)]
pub struct Array {
    /// Header.
    pub header: Header,
    /// Number of elements.
    pub len: usize,
    /// The elements.
    pub data: *mut u64,
    /// Words that `data` has room for, whatever they hold.
    pub capacity: usize,
}

/// A dict: entries in the order of insertion, and a hash table of their numbers. See [`super::dict`].
///
/// Both lie in one buffer outside the moving heap: room for `capacity` entries, then `mask + 1` slots. Without a buffer
/// `capacity` is 0 and `slots` leads to one that is never written.
#[derive(Debug)]
#[repr(C)]
pub struct Dict {
    /// Header; its flags are [`DICT_YOUNG_HASHES`] or 0.
    pub header: Header,
    /// The entries; the first `used` of them are initialised.
    pub entries: *mut Entry,
    /// The hash table: hash in the upper half, number of the entry plus one in the lower half; 0 for a free slot.
    pub slots: *mut u64,
    /// Number of slots minus one; the number is a power of two.
    pub mask: u32,
    /// Entries that were written, the removed ones before the last key included.
    pub used: u32,
    /// Number of keys.
    pub len: u32,
    /// Entries that there is room for.
    pub capacity: u32,
    /// All entries before this one have been removed.
    pub first: u32,
    /// Slots that are not free.
    pub taken: u32,
    /// How often a key was added or removed.
    pub changes: u64,
}

/// A key with its value. The key of a removed entry is undef.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Entry {
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
}

/// In a dict's [`Header::flags`]: it has a hash that comes from the address of a nursery object.
pub const DICT_YOUNG_HASHES: u8 = 1;

/// What a loop over a dict has in place of it: no value of the language.
#[derive(Debug)]
#[repr(C)]
pub struct DictIter {
    /// Header.
    pub header: Header,
    /// The dict.
    pub dict: Value,
    /// [`Dict::changes`] when the loop began.
    pub changes: u64,
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

/// A method with its receiver. `header.aux` is [`super::shape::BOUND_SHAPE`].
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

/// A class. Lies in the old generation from the start, so that shapes and compiled code may refer to it by its address.
/// `header.aux` is a number of its own that no shape has: what inline caches of statics compare.
#[derive(Debug)]
#[repr(C)]
pub struct Class {
    /// Header.
    pub header: Header,
    /// Everything else; the class owns it.
    pub data: *mut ClassData,
}

/// An object of a class. `header.aux` is the number of its shape, which says where its fields are; `header.flags` is
/// how many of them have room in it. No other object under the common tag has an `aux` as large as a shape's number.
#[derive(Debug)]
#[repr(C)]
pub struct Instance {
    /// Header.
    pub header: Header,
    /// Nil, or an array of the fields that have no room here.
    pub overflow: Value,
    /// The fields, `header.flags` of them; nil beyond those that the shape has.
    pub fields: [Value; 0],
}

/// An enum. `header.aux` is a number of its own, like a class's.
#[derive(Debug)]
#[repr(C)]
pub struct Enum {
    /// Header.
    pub header: Header,
    /// Its name, a string.
    pub name: Value,
    /// Its members in order, an array of [`EnumMember`]s.
    pub members: Value,
}

/// A member of an enum. `header.aux` is [`super::shape::ENUM_MEMBER_SHAPE`].
#[derive(Debug)]
#[repr(C)]
pub struct EnumMember {
    /// Header.
    pub header: Header,
    /// The enum.
    pub owner: Value,
    /// Its name, a string.
    pub name: Value,
    /// Its value, an int.
    pub value: Value,
}

/// Bytes that a nursery object's copy needs: a multiple of 8, at least 16.
///
/// # Safety
/// `object` must be a live object that is not forwarded.
pub unsafe fn size_of_object(object: *const Header) -> usize {
    // SAFETY: the caller vouches for the object, and its kind says which layout it has.
    unsafe {
        match (*object).kind {
            ObjectKind::BigInt => size_of::<BigInt>(),
            ObjectKind::Str => match (*object).flags & STR_FORM {
                STR_INLINE => round_up(size_of::<Str>() + (*object.cast::<Str>()).len as usize),
                STR_BUFFER => size_of::<BufferStr>(),
                _ => size_of::<RopeStr>(),
            },
            ObjectKind::Array => size_of::<Array>() + 8 * (*object).flags as usize,
            ObjectKind::Closure => size_of::<Closure>() + 8 * (*object).aux as usize,
            ObjectKind::Builtin => SMALLEST_OBJECT,
            ObjectKind::Bound => size_of::<Bound>(),
            ObjectKind::Range => size_of::<Range>(),
            ObjectKind::Cell => size_of::<Cell>(),
            ObjectKind::Class => size_of::<Class>(),
            ObjectKind::Instance => size_of::<Instance>() + 8 * (*object).flags as usize,
            ObjectKind::Dict => size_of::<Dict>(),
            ObjectKind::DictIter => size_of::<DictIter>(),
            ObjectKind::Enum => size_of::<Enum>(),
            ObjectKind::EnumMember => size_of::<EnumMember>(),
        }
    }
}

/// Calls a function with every value that an object refers to others by; what it leaves there is written back.
///
/// # Safety
/// `object` must be a live object that is not forwarded, and nothing else may change it meanwhile. What `visit` leaves
/// must be of the same kind.
pub unsafe fn visit_references(object: *mut Header, mut visit: impl FnMut(&mut Value)) {
    // SAFETY: the caller vouches for the object; its kind says which layout it has, `aux` of a closure how many
    // captures follow it, an array's `data` has `len` initialised elements, and a dict's `entries` `used` of them.
    unsafe {
        match (*object).kind {
            ObjectKind::BigInt | ObjectKind::Builtin | ObjectKind::Range => {}
            ObjectKind::Str => {
                if (*object).flags & STR_FORM == STR_ROPE {
                    let rope = object.cast::<RopeStr>();
                    for part in [&raw mut (*rope).left, &raw mut (*rope).right] {
                        let mut value = Value::pointer(TAG_STRING, *part);
                        visit(&mut value);
                        *part = value.address().cast();
                    }
                }
            }
            ObjectKind::Array => {
                if (*object).storage == Storage::Any {
                    let array = object.cast::<Array>();
                    let elements = (*array).data.cast::<Value>();
                    for index in 0..(*array).len {
                        visit(&mut *elements.add(index));
                    }
                }
            }
            ObjectKind::Closure => {
                let captures = (&raw mut (*object.cast::<Closure>()).captures).cast::<Value>();
                for index in 0..(*object).aux as usize {
                    visit(&mut *captures.add(index));
                }
            }
            ObjectKind::Bound => {
                let bound = object.cast::<Bound>();
                visit(&mut (*bound).receiver);
                visit(&mut (*bound).method);
            }
            ObjectKind::Cell => visit(&mut (*object.cast::<Cell>()).value),
            ObjectKind::Class => (*(*object.cast::<Class>()).data).visit_references(visit),
            // Its class is found through its shape: `collect_old` sees to that.
            ObjectKind::Instance => {
                let instance = object.cast::<Instance>();
                visit(&mut (*instance).overflow);
                let fields = (&raw mut (*instance).fields).cast::<Value>();
                for index in 0..(*object).flags as usize {
                    visit(&mut *fields.add(index));
                }
            }
            ObjectKind::Dict => {
                let dict = object.cast::<Dict>();
                for index in 0..(*dict).used as usize {
                    let entry = (*dict).entries.add(index);
                    visit(&mut (*entry).key);
                    visit(&mut (*entry).value);
                }
            }
            ObjectKind::DictIter => visit(&mut (*object.cast::<DictIter>()).dict),
            ObjectKind::Enum => {
                let object = object.cast::<Enum>();
                visit(&mut (*object).name);
                visit(&mut (*object).members);
            }
            ObjectKind::EnumMember => {
                let member = object.cast::<EnumMember>();
                visit(&mut (*member).owner);
                visit(&mut (*member).name);
                visit(&mut (*member).value);
            }
        }
    }
}

/// Rounds a size up to what objects are aligned to.
pub const fn round_up(bytes: usize) -> usize {
    bytes.next_multiple_of(8)
}
