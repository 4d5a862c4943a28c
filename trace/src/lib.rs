//! Traces: recorder, IR, passes, text form, verifier, evaluator.
#![forbid(unsafe_code)]

pub mod ir;
pub mod opt;
pub mod record;
