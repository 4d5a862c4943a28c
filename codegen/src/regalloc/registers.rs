//! The roles of registers.

use pseudo_snapshots::packed::Loc;
use pseudo_trace::ir::types::Ty;

/// Register 0 of the frame that the trace was entered with.
pub const BASE: u8 = 3;
/// The native stack.
pub const RSP: u8 = 4;
/// The [`crate::Context`].
pub const CONTEXT: u8 = 14;
/// Scratch within one instruction.
pub const RAX: u8 = 0;
/// Scratch within one instruction; shift counts.
pub const RCX: u8 = 1;
/// Holds a value, but between instructions that need it for themselves: divisions, high products, calls.
pub const RDX: u8 = 2;
/// Scratch within one instruction.
pub const SCRATCH_XMM: u8 = 15;

/// Address of the word that `poll` looks at. A load less in every round of every loop: in a hand-written loop of the
/// same instructions, 10^8 rounds took 0.105 s instead of 0.126 s.
pub const PENDING: u8 = 5;

/// General-purpose registers that hold values: those that calls keep come last.
pub const GPRS: [u8; 10] = [6, 7, 8, 9, 10, 11, RDX, 12, 13, 15];
/// Of these, the ones that calls change.
pub const CLOBBERED_GPRS: [u8; 7] = [6, 7, 8, 9, 10, 11, RDX];
/// Floating-point registers that hold values. Calls change all.
pub const XMMS: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/// Where a function's own trace finds parameters that are no floats, in order.
pub const PARAM_GPRS: [u8; 6] = [6, 7, 8, 9, 10, 11];
/// Where it finds floats.
pub const PARAM_XMMS: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
/// Where it leaves a result that is no float.
pub const RESULT_GPR: u8 = PARAM_GPRS[0];
/// Where it leaves a float.
pub const RESULT_XMM: u8 = PARAM_XMMS[0];

/// The places of parameters of these types, one after another; none where there is no register left.
pub fn parameters(types: &[Ty]) -> impl Iterator<Item = Option<Loc>> {
    let (mut gprs, mut xmms) = (PARAM_GPRS.iter(), PARAM_XMMS.iter());
    types.iter().map(move |ty| match ty.is_float() {
        true => xmms.next().map(|&reg| Loc::Xmm(reg)),
        false => gprs.next().map(|&reg| Loc::Gpr(reg)),
    })
}

/// The places of parameters of these types. None if there are more than registers for them.
pub fn parameter_places(types: &[Ty]) -> Option<Vec<Loc>> {
    parameters(types).collect()
}

/// The place of a result of this type.
pub fn result_place(ty: Ty) -> Loc {
    if ty.is_float() { Loc::Xmm(RESULT_XMM) } else { Loc::Gpr(RESULT_GPR) }
}
