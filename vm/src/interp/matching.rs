//! Tests of the form of a value, which `match` is made of besides comparisons.

use super::{dispatch, handler};
use crate::bytecode::word::Word;
use crate::heap::object::Array;
use crate::value::{TAG_ARRAY, Value};

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

handler!(
    jump_if_not_dict | pc,
    base,
    vm,
    word,
    table | {
        dispatch!(if (*base.add(word.a())).as_dict().is_some() { pc } else { pc.offset(word.x()) }, base, vm, table)
    }
);

#[inline(never)]
unsafe fn look_for_key(base: *mut Value, word: Word) {
    // SAFETY: the operands are registers of the frame.
    unsafe {
        let found = (*base.add(word.b())).as_dict().and_then(|dict| dict.get(*base.add(word.c())));
        *base.add(word.a()) = found.unwrap_or(Value::UNDEF);
    }
}

handler!(
    match_key | pc,
    base,
    vm,
    word,
    table | {
        look_for_key(base, *word);
        dispatch!(pc, base, vm, table)
    }
);
