//! Bytecode: what the compiler makes, the interpreter runs and the recorder reads.

pub mod assemble;
pub mod disassemble;
pub mod liveness;
pub mod ops;
pub mod profile;
pub mod proto;
pub mod verify;
pub mod word;
