//! The roles of registers in machine code of functions. See [`pseudo_vm::native`] for those that last a whole run.

/// Register 0 of the frame.
pub const BASE: u8 = 6;
/// The smallest word that is no float.
pub const TAGGED: u8 = 3;
/// Global 0.
pub const GLOBALS: u8 = 5;
/// The machine.
pub const VM: u8 = 12;
/// The smallest word that is an int of 48 bits.
pub const INTS: u8 = 15;

/// Scratch within one instruction.
pub const RAX: u8 = 0;
/// Scratch within one instruction.
pub const RCX: u8 = 1;
/// Scratch within one instruction.
pub const RDX: u8 = 2;
/// Address of an instruction, where a handler is jumped to.
pub const PC: u8 = 7;
/// The instruction, where a handler is jumped to.
pub const WORD: u8 = 1;
/// The table, where a handler is jumped to.
pub const TABLE: u8 = 8;

/// Registers that hold what frames' registers do, within a block.
pub const GPRS: [u8; 7] = [8, 9, 10, 11, 13, 14, 7];
/// The same for floats.
pub const XMMS: [u8; 14] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Scratch within one instruction.
pub const XMM0: u8 = 0;
/// Scratch within one instruction.
pub const XMM1: u8 = 1;
