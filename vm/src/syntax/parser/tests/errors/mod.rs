//! Programs with errors, and what is said about them: each mistake once, and with what was expected.

mod blocks;
mod declarations;
mod expressions;
mod foreign;
mod statements;
mod text;

use expect_test::Expect;

use super::{messages, parse_text};

/// Checks the drawn messages.
#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&parse_text(text).1);
}

/// Checks the places and first lines of the messages.
#[track_caller]
fn lines(text: &str, expected: Expect) {
    expected.assert_eq(&(messages(text).join("\n") + "\n"));
}
