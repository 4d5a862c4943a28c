//! IR instructions in words for people who do not read IR.

/// What a guard tests, as a statement that holds while it does.
pub fn tested(op: &str, condition: Option<&str>) -> String {
    let text = match op {
        "guard.int" => "a value is an int",
        "guard.float" => "a value is a float",
        "guard.bool" => "a value is a bool",
        "guard.nil" => "a value is nil",
        "guard.undef" => "a variable has no value yet",
        "guard.def" => "a variable is defined (or a builtin did not throw)",
        "guard.truthy" => "a value counts as true",
        "guard.falsy" => "a value counts as false",
        "guard.str" => "a value is a string",
        "guard.arr.empty" => "an array is empty",
        "guard.arr.bool" => "an array holds bools",
        "guard.arr.int" => "an array holds ints",
        "guard.arr.float" => "an array holds floats",
        "guard.arr.any" => "an array holds values of any type",
        "guard.dict" => "a value is a dict",
        "guard.iter" => "a dict is gone through",
        "guard.fn" => "a value is a function",
        "guard.range" => "a value is a range",
        "guard.ascii" => "a string is plain ASCII",
        "guard.kind" | "guard.shape" => "an object has the fields and the class that it had",
        "guard.proto" | "guard.same" | "guard.pc" => "what is called, or returned to, is what it was",
        "guard.stack" => "the stack has room",
        "poll" => "nothing waits to be done (a collection, Ctrl-C)",
        "reserve" => "there is room in an array",
        "guard.true" | "guard.false" => return condition_holds(condition),
        _ => return format!("`{op}` holds"),
    };
    text.to_string()
}

/// What a guard of a condition tests: by the operation that computes it.
fn condition_holds(condition: Option<&str>) -> String {
    match condition {
        Some("ult.int") => "an index lies in the array (or a string, or a range)".to_string(),
        _ => "the condition goes the way that it went when the loop was recorded".to_string(),
    }
}

/// What an instruction is that was taken out of a loop, in the plural.
pub fn kind(op: &str) -> &'static str {
    match op {
        "guard.def" => "tests that variables are defined",
        "guard.shape" | "guard.kind" => "tests of objects' classes",
        "guard.proto" | "guard.same" | "guard.fn" => "tests of what is called",
        "guard.true" | "guard.false" => "conditions and bounds",
        "poll" | "guard.stack" | "reserve" => "tests of the machine's state",
        _ if op.starts_with("guard.arr") => "tests of what arrays hold",
        _ if op.starts_with("guard.") => "tests of types",
        "arr.len" | "str.len" | "dict.len" => "lengths",
        "arr.data" | "cell.addr" => "addresses",
        "slot" => "reads of variables",
        _ if op.starts_with("load.") => "reads of elements and fields",
        _ if op.starts_with("dict.") => "look-ups in dicts",
        _ if op.starts_with("conv.") || op.starts_with("box.") => "conversions",
        _ => "computations",
    }
}

/// What a pass has done to a loop; none for those that say little by themselves.
pub fn done_by(pass: &str) -> Option<&'static str> {
    Some(match pass {
        "licm" => "What is the same in every round is computed once, before it.",
        "sink" => "Objects that do not leave it are never made.",
        "promote" => "Fields that it updates stay in registers.",
        "range" => "Tests that can be decided beforehand are gone.",
        "advance" => "Multiplications of what it counts have become additions.",
        "strength" => "Divisions by constants have become multiplications.",
        "closed" => "Its rounds are skipped: what they come to is computed at once.",
        "vector" => "Its rounds are done four at a time.",
        "unroll" => "Several of its rounds are done in one.",
        _ => return None,
    })
}
