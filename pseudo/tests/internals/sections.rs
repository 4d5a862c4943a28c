//! Finds the part of a dump that a block of a page shows.
//!
//! A dump is made of sections: a line that is not indented, and the indented lines below it. A block names one:
//!
//! ```text
//! before PASS         the IR before the pass
//! after PASS          the IR after it
//! pass PASS           what it has changed
//! HEADING             the section whose heading begins so
//! ```
//!
//! and then, if need be, `run N`: the pass's N-th run that has changed something; `of trace N`: of that trace; `from "TEXT"`:
//! from the first line on that contains this, `behind "TEXT"`: from the next one on; `until "TEXT"`: up to the line before such a
//! one, `through "TEXT"`: with it; `and N`: with so many sections that follow.

/// Which part.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Selector {
    what: String,
    /// The run of a pass, from 1; otherwise the first section with the heading.
    run: usize,
    trace: Option<u32>,
    /// Text of the first line, or of the one in front of it.
    from: Option<(String, bool)>,
    /// Text of the last line, or of the one behind it.
    until: Option<(String, bool)>,
    /// Sections behind it.
    more: usize,
}

/// A section of a dump.
struct Section<'d> {
    heading: &'d str,
    /// The trace that it belongs to.
    trace: Option<u32>,
    lines: Vec<&'d str>,
}

/// Words, and what stands in quotes as one.
fn words(text: &str) -> Vec<(&str, bool)> {
    let pieces = text.split('"').enumerate();
    pieces
        .flat_map(|(at, piece)| match at % 2 {
            0 => piece.split_whitespace().map(|word| (word, false)).collect(),
            _ => vec![(piece, true)],
        })
        .collect()
}

impl Selector {
    /// Reads what follows the language of a block; `None`: it is no part of a dump.
    pub fn parse(info: &str) -> Result<Option<Selector>, String> {
        if info.is_empty() || info.starts_with("in ") {
            return Ok(None);
        }
        let mut selector = Selector { run: 1, ..Selector::default() };
        let mut what: Vec<&str> = Vec::new();
        let mut words = words(info).into_iter();
        while let Some((word, is_quoted)) = words.next() {
            let mut next = || words.next().map(|(word, _)| word).ok_or(format!("`{word}` of what?"));
            let number = |word: &str| word.parse::<u32>().map_err(|_| format!("`{word}` is no number"));
            match word {
                "run" if !is_quoted => selector.run = number(next()?)? as usize,
                "of" if !is_quoted => {
                    next()?;
                    selector.trace = Some(number(next()?)?);
                }
                "and" if !is_quoted => selector.more = number(next()?)? as usize,
                "from" | "behind" if !is_quoted => selector.from = Some((next()?.to_string(), word == "behind")),
                "until" | "through" if !is_quoted => selector.until = Some((next()?.to_string(), word == "through")),
                _ => what.push(word),
            }
        }
        selector.what = what.join(" ");
        Ok(Some(selector))
    }

    /// Whether it shows a pass.
    pub fn is_of(&self, pass: &str) -> bool {
        ["before", "after", "pass"].iter().any(|kind| self.shows(kind, pass))
    }

    /// Whether it shows this of a pass.
    pub fn shows(&self, kind: &str, pass: &str) -> bool {
        self.what.split_once(' ') == Some((kind, pass))
    }

    /// The part of a dump. Text has its heading and is indented as it is, other languages have neither.
    pub fn select(&self, dump: &str, language: &str) -> Result<String, String> {
        let all = sections(dump);
        let mut all: Vec<&Section<'_>> =
            all.iter().filter(|section| self.trace.is_none_or(|trace| section.trace == Some(trace))).collect();
        let heading = match self.what.split_once(' ') {
            Some(("before" | "after", pass)) => format!("IR after {pass}"),
            Some(("pass", pass)) => format!("pass {pass}:"),
            _ => self.what.clone(),
        };
        if self.what.starts_with("before ") {
            all.retain(|section| section.heading.starts_with("IR "));
        }
        let fits = |section: &&Section<'_>| section.heading.trim_start_matches("---- ").starts_with(&heading);
        let (at, _) = all
            .iter()
            .enumerate()
            .filter(|(_, section)| fits(section))
            .nth(self.run - 1)
            .ok_or_else(|| format!("the dump has no section `{heading}` number {}", self.run))?;
        let at = match self.what.starts_with("before ") {
            true => at.checked_sub(1).ok_or("there is no IR before it")?,
            false => at,
        };
        let is_text = language == "text";
        let mut lines: Vec<&str> = Vec::new();
        for section in all.iter().skip(at).take(1 + self.more) {
            lines.extend(is_text.then_some(section.heading));
            // In which trace it is, and where that begins, is told by the page.
            lines.extend(section.lines.iter().filter(|line| is_text || !line.starts_with("  trace ")));
        }
        let position = |lines: &[&str], (text, behind): &(String, bool)| {
            let found = lines.iter().position(|line| line.contains(text.as_str()));
            found.map(|at| at + usize::from(*behind)).ok_or_else(|| format!("`{heading}` has no line with `{text}`"))
        };
        if let Some(from) = &self.from {
            lines.drain(..position(&lines, from)?);
        }
        if let Some(until) = &self.until {
            lines.truncate(position(&lines, until)?);
        }
        let indent = if is_text { "" } else { "  " };
        Ok(lines.iter().map(|line| format!("{}\n", line.strip_prefix(indent).unwrap_or(line))).collect())
    }
}

fn sections(dump: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut trace = None;
    for line in dump.lines() {
        match sections.last_mut() {
            Some(section) if line.starts_with(' ') => section.lines.push(line),
            _ => {
                if let Some(event) = line.strip_prefix("---- ") {
                    let number = event.strip_prefix("trace ").and_then(|rest| rest.split_once(':'));
                    trace = number.and_then(|(number, _)| number.parse().ok());
                }
                sections.push(Section { heading: line, trace, lines: Vec::new() });
            }
        }
    }
    sections
}

/// Whether a text has a line that contains this one, blanks aside.
pub fn has_line(text: &str, line: &str) -> bool {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words(line);
    text.lines().any(|other| words(other).contains(&line))
}

#[test]
fn sections_are_found() {
    let dump = "---- trace 1: recording\n     a\nIR as recorded\n  %0\n  %1\nIR after cse\n  %0\nIR after cse\n  %2\n\
                ---- trace 2: recording\nIR as recorded\n  %7\n---- summary\n  end\n";
    let show = |info: &str, language: &str| Selector::parse(info).unwrap().unwrap().select(dump, language);
    assert_eq!(show("before cse", "ir"), Ok("%0\n%1\n".to_string()));
    assert_eq!(show("before cse run 2", "ir"), Ok("%0\n".to_string()));
    assert_eq!(show("after cse run 2", "ir"), Ok("%2\n".to_string()));
    assert_eq!(show("IR as recorded of trace 2", "text"), Ok("IR as recorded\n  %7\n".to_string()));
    assert_eq!(show("IR as recorded from \"%1\"", "ir"), Ok("%1\n".to_string()));
    assert_eq!(show("IR as recorded until \"%1\"", "ir"), Ok("%0\n".to_string()));
    assert_eq!(show("IR as recorded behind \"%0\" and 1", "ir"), Ok("%1\n%0\n".to_string()));
    assert_eq!(show("IR as recorded through \"%0\"", "text"), Ok("IR as recorded\n  %0\n".to_string()));
    assert_eq!(show("summary", "text"), Ok("---- summary\n  end\n".to_string()));
    assert!(show("after licm", "ir").is_err() && show("IR until \"%9\"", "ir").is_err());
    assert!(Selector::parse("before cse run x").is_err() && Selector::parse("IR of").is_err());
    assert!(has_line("  %1:  int   = add\n", "%1: int = add"));
}
