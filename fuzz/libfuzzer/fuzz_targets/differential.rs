//! See `pseudo_fuzz::targets::differential`.
#![no_main]

use pseudo_fuzz::engine::InProcess;

std::thread_local! {
    static ENGINE: InProcess = InProcess::default();
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ENGINE.with(|engine| pseudo_fuzz::targets::differential(engine, bytes)));
