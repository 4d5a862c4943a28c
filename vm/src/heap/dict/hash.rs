//! What keys are looked for by: the forms in which they are the same, and their hashes.

use crate::heap::object::GC_OLD;
use crate::heap::string::StrRef;
use crate::ops::scalar;
use crate::value::{TAG_INT, TAG_STRING, Value};

/// An odd number whose bits look random.
pub const MIXER: u64 = 0x9E37_79B9_7F4A_7C15;

/// A key as it is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// An int, or a float that is one.
    Int(i64),
    /// A string.
    Text(StrRef),
    /// Any other value.
    Other(Value),
}

impl Wanted {
    /// None for what is never a key.
    #[inline(always)]
    pub(super) fn of(key: Value) -> Option<Wanted> {
        if key.is_small_int() {
            return Some(Wanted::Int(key.as_small_int()));
        }
        match key.as_string() {
            Some(text) => Some(Wanted::Text(text)),
            None => Wanted::of_others(key),
        }
    }

    #[inline(never)]
    fn of_others(key: Value) -> Option<Wanted> {
        if let Some(int) = key.as_int() {
            return Some(Wanted::Int(int));
        }
        if let Some(float) = key.as_float() {
            return match scalar::float_to_int_exact(float) {
                Some(int) => Some(Wanted::Int(int)),
                None => (!float.is_nan()).then_some(Wanted::Other(key)),
            };
        }
        (!key.is_nil() && !key.is_undef()).then_some(Wanted::Other(key))
    }

    #[inline(always)]
    pub(super) fn hash(self) -> u32 {
        match self {
            Wanted::Int(int) => hash_int(int),
            Wanted::Text(text) => text.hash(),
            Wanted::Other(value) => hash_of(value).0,
        }
    }
}

/// The hash of a key that has one without a call: an int that is not boxed, or a string whose hash is cached.
#[inline(always)]
pub(super) fn known_hash(key: Value) -> Option<u32> {
    match key.tag() {
        TAG_INT => Some(hash_int(key.as_small_int())),
        // SAFETY: a value under this tag refers to a live string.
        TAG_STRING => Some(unsafe { (*key.address()).aux }).filter(|&hash| hash != 0),
        _ => None,
    }
}

/// Mixes all bits of a word into all bits of a hash.
pub(super) fn mix(word: u64) -> u32 {
    let product = u128::from(word) * u128::from(MIXER);
    (product >> 64) as u32 ^ product as u32
}

/// The hash of an int. Ints of 32 bits are their own hashes.
#[inline(always)]
pub(super) fn hash_int(int: i64) -> u32 {
    int as u32 ^ ((int >> 32) as u32).wrapping_mul(MIXER as u32)
}

/// The hash of any value: the same for what `compare::same` says is the same. Also whether it comes from the address of
/// a nursery object.
pub(super) fn hash_of(mut value: Value) -> (u32, bool) {
    let (mut seed, mut young) = (0, false);
    let mut identity = |value: Value| {
        // SAFETY: a pointer value refers to a live object.
        young |= value.is_pointer() && unsafe { (*value.address()).gc } & GC_OLD == 0;
        mix(value.0)
    };
    while let Some((receiver, method)) = value.as_bound() {
        seed = mix(u64::from(seed) << 32 | u64::from(identity(method)));
        value = receiver;
    }
    let hash = if let Some(text) = value.as_string() {
        text.hash()
    } else if let Some(int) = value.as_int() {
        hash_int(int)
    } else if let Some((start, end)) = value.as_range() {
        mix((start as u64).rotate_left(32) ^ u64::from(mix(end as u64)))
    } else {
        identity(value)
    };
    (hash ^ seed, young)
}
