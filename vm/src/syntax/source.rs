//! Source files and places in them.

use std::fmt;

/// A half-open range of bytes in one source file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: u32, end: u32) -> Span {
        debug_assert!(start <= end, "span {start}..{end} is reversed");
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A source file: its name as the user gave it, its text, and where its lines begin.
#[derive(PartialEq, Eq, Debug)]
pub struct Source {
    /// The name that messages show.
    pub name: String,
    /// The text, without a byte-order mark.
    pub text: String,
    line_starts: Vec<u32>,
}

/// Why bytes could not become a [`Source`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceError {
    /// The byte at this offset of the file begins no character.
    InvalidUtf8 {
        /// Counted from the beginning of the file, a byte-order mark included.
        offset: usize,
    },
    /// Places in a file are 32 bits.
    TooLong {
        /// The file's size in bytes.
        size: usize,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::InvalidUtf8 { offset } => {
                write!(f, "the file is not valid UTF-8: bad byte at offset {offset}")
            }
            SourceError::TooLong { size } => {
                write!(f, "the file is too long: {size} bytes, and at most {SIZE_MAX} are possible")
            }
        }
    }
}

impl std::error::Error for SourceError {}

/// The longest text in bytes. One less than the numbers of 32 bits, so that there is a place for what is past the end.
const SIZE_MAX: usize = u32::MAX as usize - 1;

const BYTE_ORDER_MARK: char = '\u{feff}';

impl Source {
    /// The text of a file's bytes, without its byte-order mark. No bytes at all are an empty program.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Source, SourceError> {
        if bytes.len() > SIZE_MAX {
            return Err(SourceError::TooLong { size: bytes.len() });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text))),
            Err(error) => Err(SourceError::InvalidUtf8 { offset: error.valid_up_to() }),
        }
    }

    /// A source file of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(at, _)| at as u32 + 1))
            .collect();
        Source { name: name.into(), text, line_starts }
    }

    /// The line that holds a byte offset, counted from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset) as u32
    }

    /// The column of a byte offset, in Unicode scalar values counted from 1.
    pub fn column(&self, offset: u32) -> u32 {
        let start = self.line_starts[self.line(offset) as usize - 1] as usize;
        let end = (offset as usize).min(self.text.len());
        self.text.get(start..end).map_or(1, |before| before.chars().count() as u32 + 1)
    }

    /// The offset at which a line, counted from 1, begins.
    pub fn line_start(&self, line: u32) -> u32 {
        self.line_starts[line as usize - 1]
    }

    /// The text of a line, counted from 1, without its line end.
    pub fn line_text(&self, line: u32) -> &str {
        let start = self.line_starts[line as usize - 1] as usize;
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |&next| next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text() {
        assert_eq!(Source::from_bytes("a", b"").unwrap().text, "");
        assert_eq!(Source::from_bytes("a", b"\xef\xbb\xbfx").unwrap().text, "x");
        assert_eq!(Source::from_bytes("a", b"x\xef\xbb\xbf").unwrap().text, "x\u{feff}");
        assert_eq!(Source::from_bytes("a", b"ab\xffc").unwrap_err(), SourceError::InvalidUtf8 { offset: 2 });
        assert_eq!(Source::from_bytes("a", b"\xef\xbb\xbf\xc3").unwrap_err(), SourceError::InvalidUtf8 { offset: 3 });
        let message = Source::from_bytes("a", b"ab\xffc").unwrap_err().to_string();
        assert_eq!(message, "the file is not valid UTF-8: bad byte at offset 2");
        assert_eq!(
            SourceError::TooLong { size: 5_000_000_000 }.to_string(),
            "the file is too long: 5000000000 bytes, and at most 4294967294 are possible"
        );
    }

    #[test]
    fn lines_and_columns() {
        let source = Source::new("a", "ab\r\nc\u{e9}d\n");
        let places: Vec<(u32, u32)> = [0, 2, 4, 5, 7, 8, 9].map(|at| (source.line(at), source.column(at))).into();
        assert_eq!(places, [(1, 1), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1)]);
        assert_eq!([source.line_text(1), source.line_text(2), source.line_text(3)], ["ab", "c\u{e9}d", ""]);
    }
}
