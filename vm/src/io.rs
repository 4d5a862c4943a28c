//! Where a program's output goes and its input comes from: the process's own streams, or bytes in memory for tests and
//! fuzzing.
//!
//! Output is buffered, and written to a terminal line by line. Nothing is written behind the program's back when
//! something goes wrong: whoever runs a machine flushes it at the end, however the program ended.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};

/// Bytes held back before they are written.
const BUFFER_MAX: usize = 64 * 1024;

enum Sink {
    Stdout { terminal: bool },
    Memory,
    Stream(Box<dyn Write>),
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Sink::Stdout { .. } => "standard output",
            Sink::Memory => "memory",
            Sink::Stream(_) => "a stream",
        })
    }
}

/// The output of a program.
#[derive(Debug)]
pub struct Output {
    buffer: Vec<u8>,
    sink: Sink,
    /// Why nothing can be written any more.
    failed: Option<io::Error>,
}

/// Standard output.
impl Default for Output {
    fn default() -> Output {
        Output { buffer: Vec::new(), sink: Sink::Stdout { terminal: io::stdout().is_terminal() }, failed: None }
    }
}

impl Output {
    /// Keeps everything in memory, for [`Output::take`].
    pub fn memory() -> Output {
        Output { buffer: Vec::new(), sink: Sink::Memory, failed: None }
    }

    /// Writes to a stream, line by line.
    pub fn stream(writer: Box<dyn Write>) -> Output {
        Output { buffer: Vec::new(), sink: Sink::Stream(writer), failed: None }
    }

    /// Appends text.
    ///
    /// # Errors
    /// What the operating system says: a pipe that nobody reads any more (`BrokenPipe`), a full disk. What could not be
    /// written is dropped, and so is all that comes later: compiled code leaves a failed call to the interpreter, which
    /// calls again and must see the same error.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        if let Some(error) = &self.failed {
            return Err(repeated(error));
        }
        self.buffer.extend_from_slice(text.as_bytes());
        match self.sink {
            Sink::Memory => Ok(()),
            Sink::Stdout { terminal } if self.buffer.len() >= BUFFER_MAX || terminal && text.contains('\n') => {
                self.flush()
            }
            Sink::Stream(_) if self.buffer.len() >= BUFFER_MAX || text.contains('\n') => self.flush(),
            Sink::Stdout { .. } | Sink::Stream(_) => Ok(()),
        }
    }

    /// Writes what is held back. Does nothing in memory.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn flush(&mut self) -> io::Result<()> {
        let write = |writer: &mut dyn Write, bytes: &[u8]| writer.write_all(bytes).and_then(|()| writer.flush());
        let result = match &mut self.sink {
            Sink::Memory => return Ok(()),
            _ if self.buffer.is_empty() => return Ok(()),
            Sink::Stdout { .. } => write(&mut io::stdout().lock(), &self.buffer),
            Sink::Stream(writer) => write(writer, &self.buffer),
        };
        self.buffer.clear();
        result.inspect_err(|error| self.failed = Some(repeated(error)))
    }

    /// Takes what was written since the last time, if it is kept in memory (nothing otherwise).
    pub fn take(&mut self) -> Vec<u8> {
        match self.sink {
            Sink::Memory => std::mem::take(&mut self.buffer),
            Sink::Stdout { .. } | Sink::Stream(_) => Vec::new(),
        }
    }
}

/// The same error once more.
fn repeated(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// The input of a program.
#[derive(Debug, Default)]
pub enum Input {
    /// Standard input.
    #[default]
    Stdin,
    /// Bytes in memory.
    Memory(io::Cursor<Vec<u8>>),
}

impl Input {
    /// Reads from memory.
    pub fn memory(bytes: impl Into<Vec<u8>>) -> Input {
        Input::Memory(io::Cursor::new(bytes.into()))
    }

    /// The next line without its end (`\n` or `\r\n`); `None` after the last. Takes at most `max_bytes` of it. When a
    /// signal arrives, `stop` is asked whether not to wait any longer.
    ///
    /// # Errors
    /// What the operating system says; `InvalidData` if the line is not UTF-8; `OutOfMemory` if it is longer than
    /// `max_bytes`; `Interrupted` if it was stopped.
    pub fn read_line(&mut self, max_bytes: u64, stop: impl Fn() -> bool) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        match self {
            Input::Stdin => read_until_newline(&mut io::stdin().lock().take(max_bytes), &mut line, stop)?,
            Input::Memory(cursor) => read_until_newline(&mut cursor.take(max_bytes), &mut line, stop)?,
        }
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        } else if line.len() as u64 == max_bytes {
            return Err(ErrorKind::OutOfMemory.into());
        }
        String::from_utf8(line).map(Some).map_err(|_| ErrorKind::InvalidData.into())
    }
}

/// As [`BufRead::read_until`], which goes on waiting whatever signal arrives.
fn read_until_newline(reader: &mut impl BufRead, line: &mut Vec<u8>, stop: impl Fn() -> bool) -> io::Result<()> {
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == ErrorKind::Interrupted && !stop() => continue,
            Err(error) => return Err(error),
        };
        let end = buffer.iter().position(|&byte| byte == b'\n').map_or(buffer.len(), |newline| newline + 1);
        line.extend_from_slice(&buffer[..end]);
        let done = end == 0 || line.last() == Some(&b'\n');
        reader.consume(end);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_what_was_written() {
        let mut output = Output::memory();
        assert!(output.write("a\n").is_ok() && output.write("ä").is_ok() && output.flush().is_ok());
        assert_eq!(output.take(), "a\nä".as_bytes());
        assert_eq!(output.take(), b"");
    }

    #[test]
    fn lines_end_in_either_way_or_not_at_all() {
        let mut input = Input::memory("one\r\n\ntw\ro\nlast");
        let mut lines = Vec::new();
        while let Ok(Some(line)) = input.read_line(100, || true) {
            lines.push(line);
        }
        assert_eq!(lines, ["one", "", "tw\ro", "last"]);
        assert_eq!(Input::memory("").read_line(100, || true).ok(), Some(None));
    }

    #[test]
    fn bad_lines_are_errors() {
        let bad = Input::memory([0xFF, b'\n']).read_line(100, || true);
        assert_eq!(bad.map_err(|error| error.kind()), Err(ErrorKind::InvalidData));
        let mut waiting = io::BufReader::new(Interrupting(3));
        let stopped = read_until_newline(&mut waiting, &mut Vec::new(), || true);
        assert_eq!(stopped.map_err(|error| error.kind()), Err(ErrorKind::Interrupted));
        let mut line = Vec::new();
        assert!(read_until_newline(&mut waiting, &mut line, || false).is_ok());
        assert_eq!(line, b"x\n");
        let long = Input::memory("12345").read_line(4, || true);
        assert_eq!(long.map_err(|error| error.kind()), Err(ErrorKind::OutOfMemory));
    }

    /// Gives a line after so many signals.
    struct Interrupting(u32);

    impl Read for Interrupting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(ErrorKind::Interrupted.into());
            }
            buffer[..2].copy_from_slice(b"x\n");
            Ok(2)
        }
    }
}
