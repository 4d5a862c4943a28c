//! Tables that count how inline caches fare: each look-up is looked at before its handler runs.
//!
//! So handlers do not count: a machine that is not asked to pays nothing. What is recorded, or looked at before its function is
//! compiled, runs by other tables and is not counted; nor are look-ups in machine code, which has its own copies of what caches
//! know.

use super::members::is_cached;
use super::{BESIDE_NATIVE, Handler, NORMAL, Status, Table};
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::value::Value;
use crate::vm::Vm;

/// How look-ups of fields and methods have fared.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct CacheUses {
    /// Found in the site's own cache. Counted only if that was asked for ([`Vm::count_lookups`]).
    pub inline_hits: u64,
    /// Not found there. The same.
    pub inline_misses: u64,
    /// Found in the cache that all sites share. Counted always.
    pub shared_hits: u64,
    /// Not found there. The same.
    pub shared_misses: u64,
}

impl CacheUses {
    /// Counts a look-up in the shared cache.
    pub(super) fn asked_shared(&mut self, found: bool) {
        self.shared_hits += u64::from(found);
        self.shared_misses += u64::from(!found);
    }
}

/// Counts a look-up, and does it.
unsafe extern "C" fn counted<const BESIDE: bool>(
    pc: *const u64,
    base: *mut Value,
    vm: *mut Vm,
    word: u64,
    table: *const Handler,
) -> Status {
    // SAFETY: see the parent module's safety section.
    unsafe {
        let found = is_cached(pc, base, Word(word));
        (*vm).cache_uses.inline_hits += u64::from(found);
        (*vm).cache_uses.inline_misses += u64::from(!found);
        let plain = if BESIDE { &BESIDE_NATIVE } else { &NORMAL };
        (plain[Word(word).number() as usize].0)(pc, base, vm, word, table)
    }
}

const fn counting<const BESIDE: bool>(plain: &Table) -> Table {
    let mut table = *plain;
    let mut number = 0;
    while number < Op::ALL.len() {
        if matches!(Op::ALL[number], Op::GetField | Op::SetField | Op::GetMethod) {
            table[number] = Handler(counted::<BESIDE>);
        }
        number += 1;
    }
    table
}

/// As [`NORMAL`], with look-ups counted.
pub(crate) static COUNTED: Table = counting::<false>(&NORMAL);

/// As [`BESIDE_NATIVE`], with look-ups counted.
pub(crate) static COUNTED_NATIVE: Table = counting::<true>(&BESIDE_NATIVE);
