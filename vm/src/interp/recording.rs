//! The table that shows each instruction to the compiler before it runs.

use super::{Handler, NORMAL, RECORDED, Table, handler};
use crate::jit::{Position, Recording};

handler!(
    record | pc,
    base,
    vm,
    word,
    table | {
        let recording = (*vm).with_jit(|jit, vm| jit.record(vm, Position { pc: pc.sub(1), base }));
        // The end of a recording may have patched the header that is about to run: the word as it was fetched still
        // stands for the interpreted one.
        match recording {
            Some(Recording::Continue) => (RECORDED[word.number() as usize].0)(pc, base, vm, word.0, RECORD.as_ptr()),
            Some(Recording::Stop) | None => (NORMAL[word.number() as usize].0)(pc, base, vm, word.0, NORMAL.as_ptr()),
        }
    }
);

/// Handlers while recording: all the same, the one that shows the instruction and then runs it.
pub static RECORD: Table = [Handler(record); 256];
