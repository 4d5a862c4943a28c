//! Bytecode: what the compiler makes, the interpreter runs and the recorder reads.

pub mod liveness;
pub mod ops;
pub mod proto;
pub mod word;
