//! See `pseudo_fuzz::targets::ir`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pseudo_fuzz::targets::ir(bytes));
