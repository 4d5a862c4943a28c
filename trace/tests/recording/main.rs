//! What is recorded of small programs. Each case shows the traces, `---`, and what the program printed.

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod choices;
mod containers;
mod exceptions;
mod exits;
mod loops;
mod matching;
mod native;
mod objects;
mod operators;

use common::{Plan, record, record_with};
use expect_test::Expect;

fn check(program: &str, expected: Expect) {
    expected.assert_eq(&record(program));
}

fn check_with(plan: Plan, program: &str, expected: Expect) {
    expected.assert_eq(&record_with(program, plan));
}
