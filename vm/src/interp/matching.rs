//! Tests of the form of a value, which `match` is made of besides comparisons.

use super::{dispatch, handler};
use crate::heap::object::Array;
use crate::value::TAG_ARRAY;

handler!(
    jump_if_not_array | pc,
    base,
    vm,
    word,
    table | {
        let value = *base.add(word.a());
        if value.tag() == TAG_ARRAY && (*value.address().cast::<Array>()).len == word.b() {
            dispatch!(pc, base, vm, table)
        }
        dispatch!(pc.offset(word.j()), base, vm, table)
    }
);
