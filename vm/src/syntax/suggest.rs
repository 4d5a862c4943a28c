//! "Did you mean ...?": the candidate that a misspelt name is nearest to.
//!
//! Distance counts insertions, deletions, substitutions and swaps of neighbours (Damerau and Levenshtein), after case:
//! a name that differs in case only is always near. A third of the name's length may be wrong, so that one-letter names
//! suggest nothing. Ties go to the candidate that shares the longer prefix, then to the one first in alphabetical order,
//! never to the one that happens to come first: the order of candidates does not show.

use std::cmp::Reverse;

use super::token::KEYWORDS;

/// Names longer than this are not compared: the distance costs the product of the lengths.
const LENGTH_MAX: usize = 100;

/// The candidate nearest to `name`, if one is near enough. `name` itself is no suggestion.
pub fn suggest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = name.chars().count();
    if length > LENGTH_MAX {
        return None;
    }
    let limit = if length < 2 { 0 } else { length.div_ceil(3).min(4) };
    let lower = name.to_lowercase();
    let mut best = None;
    for candidate in candidates {
        // Bytes are at most four times the characters, and a difference in length is a distance.
        if candidate == name || candidate.len() > 4 * (length + limit) {
            continue;
        }
        let candidate_lower = candidate.to_lowercase();
        let distance = strsim::osa_distance(&lower, &candidate_lower);
        if distance > limit || distance >= candidate.chars().count().max(2) {
            continue;
        }
        let prefix = lower.chars().zip(candidate_lower.chars()).take_while(|(a, b)| a == b).count();
        let rank = (distance, Reverse(prefix), candidate);
        if best.is_none_or(|best| rank < best) {
            best = Some(rank);
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Names that have a meaning in other languages, and what is there in their place.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["null", "none", "nullptr", "undefined"], "no value is `nil`"),
    (&["this"], "a method's instance is `self`"),
    (&["new"], "an instance is made by a call of its class: `Point(1, 2)`"),
    (
        &["println", "printf", "puts", "echo", "writeln", "console", "cout", "system", "say"],
        "text is printed by `print(...)`",
    ),
    (&["readline", "raw_input", "gets", "scanf", "cin"], "a line is read by `input()`"),
    (&["length", "size", "sizeof", "strlen"], "`len(x)` counts elements and characters"),
    (&["append", "add", "push_back"], "`push(array, x)` adds an element"),
    (&["math"], "the functions of numbers stand by themselves: `sqrt(x)`"),
    (&["string", "tostring", "to_string"], "`str(x)` is the text of a value"),
    (&["parseint", "parse_int", "toint", "to_int", "integer"], "`int(x)` makes an int of a text or a float"),
    (&["parsefloat", "parse_float", "tofloat", "to_float"], "`float(x)` makes a float of a text or an int"),
    (&["typeof"], "`type(x)` is the name of a value's type"),
    (&["instanceof", "isinstance"], "`is_instance(x, C)` tells whether a value is of a class"),
    (&["exception", "runtimeerror", "valueerror", "typeerror"], "errors are of the class `Error`: `Error(\"text\")`"),
    (&["infinity"], "infinity is `INF`"),
    (&["pass"], "a block may be empty: nothing need stand in it"),
    (&["lambda"], "a function without a name is written `fn(x) return x end`"),
];

/// What to write for a name of other languages.
pub fn elsewhere(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    if let Some((_, help)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&lower.as_str())) {
        return Some(help.to_string());
    }
    KEYWORDS
        .iter()
        .find(|&&(text, _)| text == lower && text != name)
        .map(|(text, _)| format!("keywords are in lower case: `{text}`"))
}

/// Methods of other languages, in lower case, and the builtins that do what they do.
const METHODS_ELSEWHERE: &[(&[&str], &str)] = &[
    (&["length", "size", "count"], "len"),
    (&["append", "add", "push_back"], "push"),
    (&["extend", "addall"], "concat"),
    (&["toupper", "touppercase", "to_upper", "upcase"], "upper"),
    (&["tolower", "tolowercase", "to_lower", "downcase"], "lower"),
    (&["strip"], "trim"),
    (&["substring"], "substr"),
    (&["includes"], "contains"),
    (&["tostring", "to_string"], "str"),
    (&["get"], "dict_get"),
    (&["delete", "del"], "remove"),
    (&["containskey", "haskey", "has"], "has_key"),
];

/// The builtin that does what a method of this name does in other languages.
pub fn method_elsewhere(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    METHODS_ELSEWHERE.iter().find(|(names, _)| names.contains(&lower.as_str())).map(|&(_, builtin)| builtin)
}

#[cfg(test)]
mod tests {
    use super::{METHODS_ELSEWHERE, elsewhere, method_elsewhere, suggest};

    #[test]
    fn names_of_other_languages() {
        assert_eq!(elsewhere("None").as_deref(), Some("no value is `nil`"));
        assert_eq!(elsewhere("True").as_deref(), Some("keywords are in lower case: `true`"));
        assert_eq!(elsewhere("println").as_deref(), Some("text is printed by `print(...)`"));
        assert_eq!(elsewhere("total"), None);
        // What is there in this language needs no other name.
        let builtins = crate::builtins::all().map(|(_, info)| info.name);
        assert_eq!(builtins.filter(|name| elsewhere(name).is_some()).collect::<Vec<_>>(), [""; 0]);
        assert_eq!(method_elsewhere("toUpperCase"), Some("upper"));
        for &(names, builtin) in METHODS_ELSEWHERE {
            assert!(crate::builtins::find(builtin).is_some_and(|(_, info)| info.is_method()), "{builtin}");
            assert!(names.iter().all(|name| crate::builtins::find(name).is_none()), "{builtin}");
        }
    }

    #[test]
    fn near_names() {
        let names = ["print", "println", "length", "len", "push", "pop", "Point", "x", "y"];
        for (name, expected) in [
            ("prnt", Some("print")),
            ("pritn", Some("print")),
            ("Print", Some("print")),
            ("PRINT", Some("print")),
            ("lenght", Some("length")),
            ("point", Some("Point")),
            ("puhs", Some("push")),
            ("ln", Some("len")),
            ("z", None),
            ("X", Some("x")),
            ("foo", None),
            ("elephant", None),
            ("", None),
            ("print", Some("Point")),
        ] {
            assert_eq!(suggest(name, names), expected, "{name}");
            assert_eq!(suggest(name, names.iter().rev().copied()), expected, "{name}, candidates reversed");
        }
    }

    #[test]
    fn ties_do_not_depend_on_order() {
        assert_eq!(suggest("bat", ["cat", "bar"]), Some("bar"));
        assert_eq!(suggest("bat", ["bar", "cat"]), Some("bar"));
        assert_eq!(suggest("count", ["counts", "countx"]), Some("counts"));
        assert_eq!(suggest("count", ["countx", "counts"]), Some("counts"));
    }

    #[test]
    fn long_names_cost_nothing() {
        let long = "a".repeat(1_000_000);
        assert_eq!(suggest(&long, ["b"]), None);
        assert_eq!(suggest("b", [long.as_str()]), None);
    }
}
