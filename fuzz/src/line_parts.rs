//! Simpler variants of a line of a program: for [`crate::minimise`], once no line can be left out.
//!
//! Sees brackets and strings, and nothing else of the grammar: a variant may be nonsense, which costs the one run that it
//! fails in.

use std::ops::Range;

/// What a line may become, those that leave out most first.
pub fn simpler(line: &str) -> Vec<String> {
    let mut variants = Vec::new();
    let mut replace = |range: Range<usize>, by: &str| {
        let mut variant = line.to_owned();
        variant.replace_range(range, by);
        if variant.len() < line.len() {
            variants.push(variant);
        }
    };
    if let Some(at) = line.find(" = ") {
        replace(at + 3..line.len(), "0");
    }
    for group in groups(line) {
        let inside = group.start + 1..group.end - 1;
        let parts = split(line, inside.clone(), ",");
        for (index, part) in parts.iter().enumerate().filter(|_| parts.len() > 1) {
            // With the comma before it, or the first with the one behind.
            let range = if index == 0 { part.start..parts[1].start } else { part.start - 1..part.end };
            replace(range, "");
        }
        let name = name_before(line, group.start);
        if line[name.clone()].starts_with('.') {
            replace(name.start..group.end, "");
        } else if !name.is_empty() {
            replace(name.start..group.end, "0");
            replace(name.start..group.end, &line[inside.clone()]);
        }
        if name.is_empty() && parts.len() == 1 {
            replace(group.clone(), "0");
            for operator in [" and ", " or ", " then ", " else ", " "] {
                let operands = split(line, inside.clone(), operator);
                if let [first, .., last] = operands.as_slice() {
                    replace(group.clone(), &line[first.clone()]);
                    replace(group.clone(), &line[last.clone()]);
                    break;
                }
            }
            replace(group.clone(), &line[inside]);
        }
    }
    variants.sort_by_key(String::len);
    variants.dedup();
    variants
}

/// The bracketed parts of a line, brackets included.
fn groups(line: &str) -> Vec<Range<usize>> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (at, byte) in code(line) {
        match byte {
            b'(' | b'[' | b'{' => open.push(at),
            b')' | b']' | b'}' => found.extend(open.pop().map(|start| start..at + 1)),
            _ => {}
        }
    }
    found
}

/// The bytes of a line that stand in no string, with their places.
fn code(line: &str) -> impl Iterator<Item = (usize, u8)> + '_ {
    let (mut quote, mut escaped) = (None, false);
    line.bytes().enumerate().filter(move |&(_, byte)| match quote {
        Some(_) if std::mem::take(&mut escaped) => false,
        Some(_) if byte == b'\\' => {
            escaped = true;
            false
        }
        Some(end) => {
            if byte == end {
                quote = None;
            }
            false
        }
        None if matches!(byte, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        None => true,
    })
}

/// The parts of a range between separators that stand in no brackets of their own.
fn split(line: &str, range: Range<usize>, separator: &str) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), range.start, 0);
    for (at, byte) in code(line).filter(|(at, _)| range.contains(at)) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && at >= start && line[at..range.end].starts_with(separator) {
            parts.push(start..at);
            start = at + separator.len();
        }
    }
    parts.push(start..range.end);
    parts
}

/// The name that stands right before a place, with the dot before it; empty if there is none.
fn name_before(line: &str, end: usize) -> Range<usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let start = end - line.as_bytes()[..end].iter().rev().take_while(|byte| is_name(byte)).count();
    let dotted = start < end && start > 0 && line.as_bytes()[start - 1] == b'.';
    start - usize::from(dotted)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_go_one_by_one() {
        let variants = simpler("x = ((a[1] + f(b, c)) * 2).slice(0, 3)");
        for wanted in [
            "x = 0",
            "x = ((a[1] + f(b, c)) * 2)",
            "x = ((a[1] + f(b, c)) * 2).slice(0)",
            "x = ((a[1] + f(b, c)) * 2).slice( 3)",
            "x = 2.slice(0, 3)",
            "x = (a[1] + f(b, c)).slice(0, 3)",
            "x = ((a[1] + f(c)) * 2).slice(0, 3)",
            "x = ((a[1] + 0) * 2).slice(0, 3)",
            "x = ((a[1] + f(b)) * 2).slice(0, 3)",
            "x = (a[1] * 2).slice(0, 3)",
        ] {
            let squeezed = |text: &str| text.replace(' ', "");
            assert!(variants.iter().any(|found| squeezed(found) == squeezed(wanted)), "no {wanted:?} in {variants:#?}");
        }
        assert!(variants.iter().all(|variant| variant.len() < 38));
    }

    #[test]
    fn strings_are_not_looked_into() {
        assert_eq!(simpler("print(\"a, (b\", 'c)')"), ["0", "print( 'c)')", "\"a, (b\", 'c)'", "print(\"a, (b\")"]);
    }
}
