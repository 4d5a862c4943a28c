//! Makes a failing program small: the fewest lines that still fail.
//!
//! Works on lines, and sees blocks by their indentation: the region of a line is that line, the deeper ones below it, and the
//! `else`, `case`, `catch` and `end` lines and their like that belong to it. Five kinds of steps, tried again until none helps:
//!
//! 1. leave out a run of neighbouring regions, long runs first (delta debugging: Andreas Zeller and Ralf Hildebrandt,
//!    "Simplifying and Isolating Failure-Inducing Input", 2002);
//! 2. leave out an arm of an `if`, `match` or `try`;
//! 3. replace a block by what is in it;
//! 4. leave out a part of a line (see [`crate::line_parts`]);
//! 5. make a number smaller.
//!
//! A step that breaks the program costs one run of the predicate, which says no. The result is no larger than the input and
//! fulfils the predicate if the input does.

use std::ops::Range;

use crate::line_parts::simpler;

/// The smallest program found that `fails`, at the cost of at most `tries` runs of it.
pub fn minimise(source: &str, tries: usize, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut search = Search { lines: source.lines().map(str::to_owned).collect(), tries, fails: &mut fails };
    loop {
        let before = search.lines.clone();
        search.remove_regions();
        search.remove_arms();
        search.unwrap_blocks();
        search.simplify_lines();
        search.shrink_numbers();
        if search.lines == before || search.tries == 0 {
            return text(&search.lines);
        }
    }
}

fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

struct Search<'a> {
    lines: Vec<String>,
    tries: usize,
    fails: &'a mut dyn FnMut(&str) -> bool,
}

impl Search<'_> {
    /// Takes the candidate if it still fails.
    fn accept(&mut self, candidate: Vec<String>) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        let better = (self.fails)(&text(&candidate));
        if better {
            self.lines = candidate;
        }
        better
    }

    fn accept_without(&mut self, removed: Range<usize>) -> bool {
        let mut candidate = self.lines.clone();
        candidate.drain(removed);
        self.accept(candidate)
    }

    /// Leaves out runs of regions, from runs of half the program down to single ones.
    fn remove_regions(&mut self) {
        let mut run = self.lines.len().div_ceil(2).max(1);
        loop {
            let mut at = self.lines.len();
            while at > 0 {
                at -= 1;
                let removed = self.regions(at, run);
                // What was behind the removed lines has been tried before.
                if !removed.is_empty() && self.accept_without(removed) {
                    at = at.min(self.lines.len());
                }
            }
            if run == 1 {
                return;
            }
            run /= 2;
        }
    }

    /// The lines of `count` regions from line `at` on, all in one block. Empty for a line that begins no region.
    fn regions(&self, at: usize, count: usize) -> Range<usize> {
        let mut end = at;
        for _ in 0..count {
            let next = region(&self.lines, end);
            if next.is_empty() || indent(&self.lines[end]) != indent(&self.lines[at]) {
                break;
            }
            end = next.end;
        }
        at..end
    }

    fn remove_arms(&mut self) {
        let mut at = self.lines.len();
        while at > 0 {
            at -= 1;
            if at < self.lines.len() && continues(&self.lines[at]) && !closes(&self.lines[at]) {
                let depth = indent(&self.lines[at]);
                let end = (at + 1..self.lines.len()).find(|&line| indent(&self.lines[line]) <= depth);
                self.accept_without(at..end.unwrap_or(self.lines.len()));
            }
        }
    }

    /// Replaces each block of one arm by its body.
    fn unwrap_blocks(&mut self) {
        let mut at = self.lines.len();
        while at > 0 {
            at -= 1;
            let whole = region(&self.lines, at.min(self.lines.len()));
            if whole.len() < 3 {
                continue;
            }
            let body = whole.start + 1..whole.end - 1;
            let depth = indent(&self.lines[at]);
            if self.lines[body.clone()].iter().any(|line| indent(line) <= depth) {
                continue;
            }
            let mut candidate = self.lines[..whole.start].to_vec();
            candidate.extend(self.lines[body].iter().map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned()));
            candidate.extend_from_slice(&self.lines[whole.end..]);
            self.accept(candidate);
        }
    }

    /// Leaves out parts of lines.
    fn simplify_lines(&mut self) {
        for at in 0..self.lines.len() {
            while self.tries > 0
                && simpler(&self.lines[at]).into_iter().any(|variant| {
                    let mut candidate = self.lines.clone();
                    candidate[at] = variant;
                    self.accept(candidate)
                })
            {}
        }
    }

    /// Tries 0, 1, a half and one less in place of each decimal number.
    fn shrink_numbers(&mut self) {
        for at in 0..self.lines.len() {
            let mut from = 0;
            while let Some(digits) = number(&self.lines[at], from) {
                from = digits.end;
                let Ok(value) = self.lines[at][digits.clone()].parse::<u64>() else { continue };
                for smaller in [0, 1, value / 2, value.saturating_sub(1)] {
                    let mut candidate = self.lines.clone();
                    candidate[at].replace_range(digits.clone(), &smaller.to_string());
                    if smaller < value && self.accept(candidate) {
                        from = digits.start + smaller.to_string().len();
                        break;
                    }
                }
            }
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// True for lines that carry on the region above them.
fn continues(line: &str) -> bool {
    let line = line.trim_start();
    ["else", "elif ", "until ", "end", "case ", "catch", "finally"].iter().any(|word| line.starts_with(word))
}

/// True for those that end it.
fn closes(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("end") || line.starts_with("until ")
}

/// The lines that go together with line `at`; empty where it carries on another's, or past the end.
fn region(lines: &[String], at: usize) -> Range<usize> {
    if at >= lines.len() || continues(&lines[at]) {
        return at..at;
    }
    let depth = indent(&lines[at]);
    let mut end = at + 1;
    while end < lines.len() && (indent(&lines[end]) > depth || indent(&lines[end]) == depth && continues(&lines[end])) {
        end += 1;
        if closes(&lines[end - 1]) && indent(&lines[end - 1]) == depth {
            break;
        }
    }
    at..end
}

/// The digits of the first decimal number of a line at or after `from`, those in names excepted.
fn number(line: &str, from: usize) -> Option<Range<usize>> {
    let bytes = line.as_bytes();
    let in_name = |at: usize| at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let start = (from..bytes.len()).find(|&at| bytes[at].is_ascii_digit() && !in_name(at))?;
    let end = (start..bytes.len()).find(|&at| !bytes[at].is_ascii_digit()).unwrap_or(bytes.len());
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "\
let a = 1
fn f(x)
    let y = x
    return y
end
for i in 0..300 do
    if i == 5 then
        a = a + 1
        print(\"bug\")
    elif i == 6 then
        a = a - 1
    else
        a = 0
    end
    print(a)
end
print(a)
";

    #[test]
    fn only_what_the_failure_needs_stays() {
        assert_eq!(minimise(PROGRAM, 1000, |source| source.contains("print(\"bug\")")), "print(\"bug\")\n");
    }

    #[test]
    fn blocks_stay_whole() {
        // Every candidate has as many ends as beginnings.
        let balanced = |source: &str| {
            let count = |words: &[&str]| {
                source.lines().filter(|line| words.iter().any(|word| line.trim_start().starts_with(word))).count()
            };
            count(&["for ", "if ", "fn "]) == count(&["end"])
        };
        let small = minimise(PROGRAM, 1000, |source| {
            assert!(balanced(source), "{source}");
            source.contains("for ") && source.contains("print(\"bug\")")
        });
        assert_eq!(small, "for i in 0..0 do\n    print(\"bug\")\nend\n");
    }

    #[test]
    fn the_number_of_tries_is_a_limit() {
        let mut runs = 0;
        minimise(PROGRAM, 7, |_| {
            runs += 1;
            false
        });
        assert_eq!(runs, 7);
    }

    #[test]
    fn names_keep_their_digits() {
        assert_eq!(minimise("print(v12 + 40)\n", 100, |source| source.contains("print(v12 + ")), "print(v12 + 0)\n");
    }
}
