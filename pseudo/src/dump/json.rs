//! A dump as JSON, one record a line: `docs/trace-dump.schema.json` describes it.

use std::io::{self, Write};

use super::record::Record;

/// Writes a record as a line.
///
/// # Errors
///
/// If the writer can't take it.
pub fn write(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}
