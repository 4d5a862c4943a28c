//! The `pseudo` command.
fn main() {}
