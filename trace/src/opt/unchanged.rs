//! Takes out of snapshots what memory already says: a slot that is to get the value that the trace found in it.
//!
//! ```text
//! %0: any = slot r0
//! %1: int = guard.int %0 -> s0
//! snapshot s1 f0:9 base 0 { r0: %1, r1: %5 }    =>    snapshot s1 f0:9 base 0 { r1: %5 }
//! ```
//!
//! A trace writes no slot before it leaves, so the value is still there, and need not be kept in a machine register until
//! the last guard that might want it. Save where the trace goes on as a function: that takes its parameters from registers.

use pseudo_vm::faults::{self, Fault};

use super::Context;
use crate::ir::ops::Op;
use crate::ir::trace::{Link, Trace, decode_slot};
use crate::ir::types::Ref;

/// The pass.
pub fn run(trace: &mut Trace, _: &mut Context<'_>) -> bool {
    let mut changed = false;
    let mut snapshots = std::mem::take(&mut trace.snapshots);
    let entry = trace.end.filter(|_| matches!(trace.link, Link::Trace(_) | Link::Root(_)));
    let entry = entry.map(|end| end.0 as usize).filter(|&end| snapshots[end].pc.at == 0);
    for (index, snapshot) in snapshots.iter_mut().enumerate() {
        if entry == Some(index) {
            continue;
        }
        let before = snapshot.entries.len();
        snapshot.entries.retain(|&(slot, value)| {
            let source = found_in(trace, value.into());
            source.is_none_or(|source| decode_slot(source) != slot && !faults::on(Fault::UnchangedSlot))
        });
        changed |= snapshot.entries.len() != before;
    }
    trace.snapshots = snapshots;
    changed
}

/// The slot that a value was read from, as an operand.
fn found_in(trace: &Trace, mut value: Ref) -> Option<Ref> {
    loop {
        let inst = trace.def(value)?;
        match inst.op {
            Op::Slot => return Some(inst.a),
            op if op.is_unboxing() => value = inst.a,
            _ => return None,
        }
    }
}
