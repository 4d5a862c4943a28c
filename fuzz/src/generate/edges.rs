//! Literals: mostly small, often next to where a representation ends.

use super::Generator;

const INT_EDGES: &[&str] = &[
    "MAX_INT",
    "MIN_INT",
    "(MAX_INT - 1)",
    "(MIN_INT + 1)",
    "(1 << 31)",
    "(1 << 31) - 1",
    "-(1 << 31)",
    "(1 << 32)",
    "(1 << 47)",
    "(1 << 47) - 1",
    "-(1 << 47)",
    "-(1 << 47) - 1",
    "(1 << 48)",
    "(1 << 53)",
    "(1 << 53) + 1",
    "(1 << 62)",
    "0xFFFFFFFF",
    "0x123456789ABCDEF",
    "6364136223846793005",
    "-1",
    "0",
    "255",
    "256",
    "65535",
    "1000003",
];

const FLOAT_EDGES: &[&str] = &[
    "0.0",
    "-0.0",
    "NAN",
    "INF",
    "-INF",
    "0.1",
    "0.5",
    "1.5",
    "-2.5",
    "1e15",
    "1e16",
    "9007199254740992.0",
    "9223372036854775808.0",
    "1e300",
    "1e-300",
    "5e-324",
    "3.141592653589793",
    "0.30000000000000004",
    "140737488355328.0",
];

const STRINGS: &[&str] = &["\"\"", "\"a\"", "\"abc\"", "\"x,y\"", "\"é漢😀\"", "\"B\"", "\"10\"", "\"q\\n\"", "'\"'"];

impl Generator {
    /// An int literal, or an expression that is as good as one.
    pub(super) fn int_literal(&mut self) -> String {
        match self.rng.below(10) {
            0..=5 => self.small_int(),
            6 | 7 => self.rng.between(-1000, 100_000).to_string(),
            _ => format!("({})", self.rng.pick(INT_EDGES)),
        }
    }

    /// An int near zero.
    pub(super) fn small_int(&mut self) -> String {
        self.rng.between(-3, 10).to_string()
    }

    /// A float literal.
    pub(super) fn float_literal(&mut self) -> String {
        if self.rng.percent(60) {
            format!("{}.{}", self.rng.between(-9, 99), self.rng.pick(&["0", "5", "25", "125", "1", "3"]))
        } else {
            self.rng.pick(FLOAT_EDGES).to_owned()
        }
    }

    /// A string literal.
    pub(super) fn string_literal(&mut self) -> String {
        self.rng.pick(STRINGS).to_owned()
    }
}
