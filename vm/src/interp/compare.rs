//! Comparisons, fused with jumps or not, and plain jumps.

use super::arith::{both_floats, both_small};
use super::{Handler, Status, Trap, constant, continue_or_raise, dispatch, handler};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::ops::compare::{OrderOp, contains as membership, equals, order};
use crate::value::{TAG_SPECIAL, Value};
use crate::vm::Vm;

/// The relation that an opcode tests, and whether it is negated.
pub fn relation(op: Op) -> (OrderOp, bool) {
    use OrderOp as R;
    match op {
        Op::Lt | Op::JumpLt | Op::JumpLtK => (R::Lt, false),
        Op::JumpNotLt | Op::JumpNotLtK => (R::Lt, true),
        Op::Le | Op::JumpLe | Op::JumpLeK => (R::Le, false),
        Op::JumpNotLe | Op::JumpNotLeK => (R::Le, true),
        Op::Gt | Op::JumpGt | Op::JumpGtK => (R::Gt, false),
        Op::JumpNotGt | Op::JumpNotGtK => (R::Gt, true),
        Op::Ge | Op::JumpGe | Op::JumpGeK => (R::Ge, false),
        Op::JumpNotGe | Op::JumpNotGeK => (R::Ge, true),
        op => unreachable!("{op:?} tests no order"),
    }
}

/// Compares by the full rules. The trap says what to do: go on, jump, or raise.
#[inline(never)]
unsafe fn order_slow(vm: &mut Vm, word: Word, x: Value, y: Value) -> Trap {
    let (relation, negated) = relation(word.op());
    match order(relation, x, y) {
        Ok(holds) => Trap::from_bool(holds != negated),
        Err(thrown) => {
            vm.fail(thrown);
            Trap::RAISE
        }
    }
}

macro_rules! right {
    (register, $pc:expr, $base:expr, $at:expr) => {
        *$base.add($at)
    };
    (constant, $pc:expr, $base:expr, $at:expr) => {
        constant!($pc, $at)
    };
}

macro_rules! order_jumps {
    ($($name:ident $slow:ident $right:ident $relation:tt $wanted:literal;)*) => {
        $(
            #[cold]
            #[inline(never)]
            unsafe extern "C" fn $slow(pc: *const u64, base: *mut Value, vm: *mut Vm, word: u64, table: *const Handler) -> Status {
                let word = Word(word);
                // SAFETY: see the parent module's safety section.
                unsafe {
                    let trap = order_slow(&mut *vm, word, *base.add(word.a()), right!($right, pc, base, word.b()));
                    if trap == Trap::RAISE {
                        return super::raise(pc, base, vm, word.0, table);
                    }
                    dispatch!(if trap == Trap::TRUE { pc.offset(word.j()) } else { pc }, base, vm, table)
                }
            }

            handler!(
                $name |pc, base, vm, word, table| {
                    let x = *base.add(word.a());
                    let y = right!($right, pc, base, word.b());
                    if both_small(x, y) {
                        // Equal tags and equal width: the order of the bits shifted up is that of the ints.
                        let holds = ((x.0 << 16) as i64) $relation ((y.0 << 16) as i64);
                        if holds == $wanted {
                            dispatch!(pc.offset(word.j()), base, vm, table)
                        }
                        dispatch!(pc, base, vm, table)
                    }
                    if both_floats(x, y) {
                        // Nothing holds of a nan, so the negated jumps take it.
                        let holds = f64::from_bits(x.0) $relation f64::from_bits(y.0);
                        if holds == $wanted {
                            dispatch!(pc.offset(word.j()), base, vm, table)
                        }
                        dispatch!(pc, base, vm, table)
                    }
                    $slow(pc, base, vm, word.0, table)
                }
            );
        )*
    };
}

order_jumps! {
    jump_lt jump_lt_slow register < true;
    jump_le jump_le_slow register <= true;
    jump_gt jump_gt_slow register > true;
    jump_ge jump_ge_slow register >= true;
    jump_not_lt jump_not_lt_slow register < false;
    jump_not_le jump_not_le_slow register <= false;
    jump_not_gt jump_not_gt_slow register > false;
    jump_not_ge jump_not_ge_slow register >= false;
    jump_lt_k jump_lt_k_slow constant < true;
    jump_le_k jump_le_k_slow constant <= true;
    jump_gt_k jump_gt_k_slow constant > true;
    jump_ge_k jump_ge_k_slow constant >= true;
    jump_not_lt_k jump_not_lt_k_slow constant < false;
    jump_not_le_k jump_not_le_k_slow constant <= false;
    jump_not_gt_k jump_not_gt_k_slow constant > false;
    jump_not_ge_k jump_not_ge_k_slow constant >= false;
}

#[inline(never)]
fn equals_slow(x: Value, y: Value) -> bool {
    equals(x, y)
}

/// Whether two values are equal exactly if their bits are, as far as that is told at once.
#[inline(always)]
fn equal_by_bits(x: Value, y: Value) -> bool {
    both_small(x, y) || y.tag() == TAG_SPECIAL
}

macro_rules! equality_jumps {
    ($($name:ident $slow:ident $right:ident $wanted:expr;)*) => {
        $(
            #[inline(never)]
            unsafe extern "C" fn $slow(pc: *const u64, base: *mut Value, vm: *mut Vm, word: u64, table: *const Handler) -> Status {
                let word = Word(word);
                // SAFETY: see the parent module's safety section.
                unsafe {
                    let equal = equals_slow(*base.add(word.a()), right!($right, pc, base, word.b()));
                    dispatch!(if equal == $wanted { pc.offset(word.j()) } else { pc }, base, vm, table)
                }
            }

            handler!(
                $name |pc, base, vm, word, table| {
                    let x = *base.add(word.a());
                    let y = right!($right, pc, base, word.b());
                    if equal_by_bits(x, y) {
                        if (x == y) == $wanted {
                            dispatch!(pc.offset(word.j()), base, vm, table)
                        }
                        dispatch!(pc, base, vm, table)
                    }
                    $slow(pc, base, vm, word.0, table)
                }
            );
        )*
    };
}

equality_jumps! {
    jump_eq jump_eq_slow register true;
    jump_ne jump_ne_slow register false;
    jump_eq_k jump_eq_k_slow constant true;
    jump_ne_k jump_ne_k_slow constant false;
}

macro_rules! equality_values {
    ($($name:ident $wanted:expr;)*) => {
        $(handler!(
            $name |pc, base, vm, word, table| {
                let (x, y) = (*base.add(word.b()), *base.add(word.c()));
                let equal = if equal_by_bits(x, y) { x == y } else { equals_slow(x, y) };
                *base.add(word.a()) = Value::bool(equal == $wanted);
                dispatch!(pc, base, vm, table)
            }
        );)*
    };
}

equality_values! {
    eq true;
    ne false;
}

macro_rules! order_values {
    ($($name:ident;)*) => {
        $(handler!(
            $name |pc, base, vm, word, table| {
                let trap = order_slow(&mut *vm, *word, *base.add(word.b()), *base.add(word.c()));
                if trap == Trap::RAISE {
                    return super::raise(pc, base, vm, word.0, table);
                }
                *base.add(word.a()) = Value::bool(trap == Trap::TRUE);
                dispatch!(pc, base, vm, table)
            }
        );)*
    };
}

order_values! {
    lt;
    le;
    gt;
    ge;
}

#[inline(never)]
unsafe fn contains_slow(vm: &mut Vm, base: *mut Value, word: Word) -> bool {
    // SAFETY: the operands are registers of the frame.
    let (x, container) = unsafe { (*base.add(word.b()), *base.add(word.c())) };
    match membership(&vm.heap, container, x) {
        Ok(found) => {
            // SAFETY: as above.
            unsafe { *base.add(word.a()) = Value::bool(found) };
            true
        }
        Err(thrown) => vm.fail(thrown),
    }
}

handler!(
    contains | pc,
    base,
    vm,
    word,
    table | { continue_or_raise!(contains_slow(&mut *vm, base, *word), pc, base, vm, word, table) }
);

handler!(jump | pc, base, vm, word, table | { dispatch!(pc.offset(word.x()), base, vm, table) });

handler!(
    jump_if | pc,
    base,
    vm,
    word,
    table | { dispatch!(if (*base.add(word.a())).truthy() { pc.offset(word.x()) } else { pc }, base, vm, table) }
);

handler!(
    jump_if_not | pc,
    base,
    vm,
    word,
    table | { dispatch!(if (*base.add(word.a())).truthy() { pc } else { pc.offset(word.x()) }, base, vm, table) }
);

handler!(
    jump_if_undef | pc,
    base,
    vm,
    word,
    table | { dispatch!(if (*base.add(word.a())).is_undef() { pc.offset(word.x()) } else { pc }, base, vm, table) }
);
