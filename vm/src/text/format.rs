//! The small language of `format`: `{}`, `{2}`, `{{`, `}}`, and after a colon
//! `[[fill]align][0][width][.digits][d x X b o f e s]`, as in Python and Rust.

use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::heap::string::check_length;
use crate::ops::arithmetic::Number;
use crate::ops::type_name;
use crate::text::display::write_value;
use crate::text::number::{float_text, write_int};
use crate::value::Value;

/// Where a value stands in a field wider than it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`.
    Left,
    /// `>`.
    Right,
    /// `^`; one more on the right where it does not come out even.
    Center,
}

impl Align {
    fn of(char: char) -> Option<Align> {
        match char {
            '<' => Some(Align::Left),
            '>' => Some(Align::Right),
            '^' => Some(Align::Center),
            _ => None,
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// What a field is filled with.
    pub fill: char,
    /// Numbers stand on the right unless told, everything else on the left.
    pub align: Option<Align>,
    /// Fill numbers with zeros between sign and digits.
    pub zero: bool,
    /// Least characters.
    pub width: usize,
    /// Digits after the point; most characters of what is not a number.
    pub digits: Option<usize>,
    /// One of `dxXbofes`.
    pub kind: Option<char>,
}

impl Spec {
    /// That of `{}`.
    pub const PLAIN: Spec = Spec { fill: ' ', align: None, zero: false, width: 0, digits: None, kind: None };
}

/// A piece of a format text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// A value: the next one, or the one of an index.
    Value(Option<usize>, Spec),
    /// A brace that is neither doubled nor part of a pair with something sensible inside.
    Stray(char),
}

/// Cuts a format text into its pieces. Ends after the first stray brace.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// The pieces of a text.
    pub fn new(text: &'a str) -> Pieces<'a> {
        Pieces { rest: text }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let at = self.rest.find(['{', '}']).unwrap_or(self.rest.len());
        if at > 0 {
            let (text, rest) = self.rest.split_at(at);
            self.rest = rest;
            return Some(Piece::Text(text));
        }
        let brace = self.rest.chars().next()?;
        let after = &self.rest[1..];
        if after.starts_with(brace) {
            let text = &self.rest[..1];
            self.rest = &after[1..];
            return Some(Piece::Text(text));
        }
        let mut scanner = Scanner { rest: after };
        match scanner.placeholder().filter(|_| brace == '{') {
            Some((index, spec)) => {
                self.rest = scanner.rest;
                Some(Piece::Value(index, spec))
            }
            None => {
                self.rest = "";
                Some(Piece::Stray(brace))
            }
        }
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    /// What stands between the braces, and the closing one.
    fn placeholder(&mut self) -> Option<(Option<usize>, Spec)> {
        let index = self.count();
        let spec = if self.take(':') { self.spec() } else { Spec::PLAIN };
        self.take('}').then_some((index, spec))
    }

    fn spec(&mut self) -> Spec {
        let mut spec = Spec::PLAIN;
        let mut chars = self.rest.chars();
        let (first, second) = (chars.next(), chars.next());
        if let (Some(fill), Some(align)) = (first, second.and_then(Align::of)) {
            (spec.fill, spec.align) = (fill, Some(align));
            self.rest = chars.as_str();
        } else if let Some(align) = first.and_then(Align::of) {
            spec.align = Some(align);
            self.rest = &self.rest[1..];
        }
        spec.zero = self.take('0');
        spec.width = self.count().unwrap_or(0);
        if self.rest.starts_with('.') && self.rest[1..].starts_with(|char: char| char.is_ascii_digit()) {
            self.rest = &self.rest[1..];
            spec.digits = self.count();
        }
        spec.kind = self.rest.chars().next().filter(|&kind| "dxXbofes".contains(kind));
        if spec.kind.is_some() {
            self.rest = &self.rest[1..];
        }
        spec
    }

    fn take(&mut self, char: char) -> bool {
        match self.rest.strip_prefix(char) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A decimal number, if one stands here; the largest there is if it is larger.
    fn count(&mut self) -> Option<usize> {
        let end = self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        (end > 0).then(|| digits.parse().unwrap_or(usize::MAX))
    }
}

/// Appends a value, written as the spec says.
///
/// # Errors
/// Kind `type` if the spec does not fit the value, `limit` if the text gets too long.
pub fn write_formatted(out: &mut String, spec: Spec, value: Value, heap: &Heap) -> Result<(), Thrown> {
    let number = Number::of(value);
    heap.check_text_room(spec.digits.unwrap_or(0))?;
    let body = match (spec.kind, number, spec.digits) {
        (Some('f' | 'e'), None, _) => return Err(misfit(spec, "a number", value)),
        (Some('e'), Some(number), digits) => exponent(number.to_float(), digits.unwrap_or(6))?,
        (Some('f'), Some(number), digits) => fixed(number.to_float(), digits.unwrap_or(6))?,
        (None, Some(number), Some(digits)) => fixed(number.to_float(), digits)?,
        (Some(kind @ ('d' | 'x' | 'X' | 'b' | 'o')), number, _) => match number {
            Some(Number::Int(int)) => radix(int, kind),
            _ => return Err(misfit(spec, "an int", value)),
        },
        (_, _, digits) => {
            let mut text = String::new();
            write_value(&mut text, value, heap)?;
            if let Some((end, _)) = digits.and_then(|digits| text.char_indices().nth(digits)) {
                text.truncate(end);
            }
            text
        }
    };
    let padding = spec.width.saturating_sub(body.chars().count());
    if spec.zero && spec.align.is_none() && number.is_some() {
        let bytes = padding.saturating_add(out.len() + body.len());
        check_length(bytes)?;
        heap.check_text_room(bytes)?;
        let digits = body.trim_start_matches('-');
        out.push_str(&body[..body.len() - digits.len()]);
        repeat(out, '0', padding);
        out.push_str(digits);
    } else {
        let align = spec.align.unwrap_or(if number.is_some() { Align::Right } else { Align::Left });
        let bytes = padding.saturating_mul(spec.fill.len_utf8()).saturating_add(out.len() + body.len());
        check_length(bytes)?;
        heap.check_text_room(bytes)?;
        let left = match align {
            Align::Left => 0,
            Align::Right => padding,
            Align::Center => padding / 2,
        };
        repeat(out, spec.fill, left);
        out.push_str(&body);
        repeat(out, spec.fill, padding - left);
    }
    Ok(())
}

#[cold]
fn misfit(spec: Spec, needs: &str, value: Value) -> Thrown {
    let kind = spec.kind.unwrap_or('s');
    Thrown::new(ErrorKind::Type, format!("format: {{:{kind}}} needs {needs}, not {}", type_name(value)))
}

fn repeat(out: &mut String, char: char, count: usize) {
    out.extend(std::iter::repeat_n(char, count));
}

/// An int in a base. Negative ones have a sign before their size.
fn radix(int: i64, kind: char) -> String {
    let size = int.unsigned_abs();
    let sign = if int < 0 { "-" } else { "" };
    match kind {
        'x' => format!("{sign}{size:x}"),
        'X' => format!("{sign}{size:X}"),
        'b' => format!("{sign}{size:b}"),
        'o' => format!("{sign}{size:o}"),
        _ => {
            let mut text = String::new();
            write_int(&mut text, int);
            text
        }
    }
}

/// No float has more digits than this, so what follows is zeros. The standard library takes fewer than 2^16.
const DIGITS_MAX: usize = 1100;

/// A float with so many digits after the point.
fn fixed(float: f64, digits: usize) -> Result<String, Thrown> {
    if !float.is_finite() {
        return Ok(float_text(float));
    }
    check_length(digits)?;
    let mut text = format!("{float:.*}", digits.min(DIGITS_MAX));
    repeat(&mut text, '0', digits.saturating_sub(DIGITS_MAX));
    Ok(text)
}

/// A float with one digit before the point, so many after it, and an exponent.
fn exponent(float: f64, digits: usize) -> Result<String, Thrown> {
    if !float.is_finite() {
        return Ok(float_text(float));
    }
    check_length(digits)?;
    let text = format!("{float:.*e}", digits.min(DIGITS_MAX));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mut text = mantissa.to_owned();
    repeat(&mut text, '0', digits.saturating_sub(DIGITS_MAX));
    text.extend(["e", power]);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_text() {
        let value = |index, spec| Piece::Value(index, spec);
        let pieces: Vec<Piece<'_>> = Pieces::new("a{{b}}{}{2:*^+}").collect();
        assert_eq!(
            pieces[..5],
            [Piece::Text("a"), Piece::Text("{"), Piece::Text("b"), Piece::Text("}"), value(None, Spec::PLAIN)]
        );
        assert_eq!(pieces[5..], [Piece::Stray('{')]);
        let spec =
            Spec { fill: 'ä', align: Some(Align::Center), zero: true, width: 12, digits: Some(3), kind: Some('f') };
        assert_eq!(Pieces::new("{7:ä^012.3f}").collect::<Vec<_>>(), [value(Some(7), spec)]);
        for (text, stray) in
            [("}", '}'), ("x}y", '}'), ("{", '{'), ("{a}", '{'), ("{:q}", '{'), ("{:.}", '{'), ("{0", '{')]
        {
            assert_eq!(Pieces::new(text).last(), Some(Piece::Stray(stray)), "{text}");
        }
    }

    #[test]
    fn an_align_can_be_its_own_fill_and_a_brace_one_too() {
        let spec = |text| match Pieces::new(text).next() {
            Some(Piece::Value(_, spec)) => (spec.fill, spec.align, spec.width),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(spec("{:<<4}"), ('<', Some(Align::Left), 4));
        assert_eq!(spec("{:}>4}"), ('}', Some(Align::Right), 4));
        assert_eq!(spec("{:^4}"), (' ', Some(Align::Center), 4));
        assert_eq!(spec("{:0>4}"), ('0', Some(Align::Right), 4));
    }

    #[test]
    fn digits_beyond_what_a_float_has_are_zeros() {
        let text = fixed(0.1, 70_000).expect("a text");
        assert_eq!(text.len(), 70_002);
        assert!(text.starts_with("0.1000000000000000055511151231257827021181583404541015625000"));
        let text = exponent(1.5, 70_000).expect("a text");
        assert!(text.starts_with("1.5000") && text.ends_with("000e0"));
        assert_eq!(text.len(), 70_004);
    }

    #[test]
    fn halves_round_to_even() {
        assert_eq!(fixed(0.5, 0).ok().as_deref(), Some("0"));
        assert_eq!(fixed(2.5, 0).ok().as_deref(), Some("2"));
        assert_eq!(fixed(0.125, 2).ok().as_deref(), Some("0.12"));
        assert_eq!(fixed(-0.0, 1).ok().as_deref(), Some("-0.0"));
        assert_eq!(exponent(2.5, 0).ok().as_deref(), Some("2e0"));
    }
}
