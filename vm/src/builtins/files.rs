//! The builtins on files. What is read and written is UTF-8; paths are relative to where the program was started.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;

use super::arguments::string;
use super::{Body::Native, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Thrown};
use crate::heap::string::{MAX_STRING_BYTES, check_length};
use crate::text::display::quoted;
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("read_file", "path", Native(read_file), Effect::Outside, "The text of a file."),
    row("write_file", "path, s", Native(write_file), Effect::Outside, "Makes a file of a text, or replaces it."),
    row("append_file", "path, s", Native(append_file), Effect::Outside, "Adds a text at the end of a file."),
    row("file_exists", "path", Native(file_exists), Effect::Outside, "Whether there is a file or folder of a name."),
    row("read_lines", "path", Native(read_lines), Effect::Outside, "The lines of a file, without their ends."),
];

/// Kind `io`: names the file and what is wrong with it.
#[cold]
fn failed(name: &str, what: &str, path: &str, reason: impl std::fmt::Display) -> Thrown {
    Thrown::new(ErrorKind::Io, format!("{name}: cannot {what} {}: {reason}", quoted(path)))
}

/// The text of a file.
fn text_of_file(vm: &Vm, name: &str, path: &str) -> Result<String, Thrown> {
    let wrong = |error: io::Error| failed(name, "read", path, error);
    let file = vm.access.open(Path::new(path), OpenOptions::new().read(true)).map_err(wrong)?;
    // What the size promises is a hint: files in `/proc` are larger, and some never end.
    let promised = file.metadata().map_err(wrong)?.len();
    let promised = usize::try_from(promised).unwrap_or(usize::MAX);
    check_length(promised)?;
    vm.heap.check_room(promised)?;
    let mut bytes = Vec::new();
    file.take(MAX_STRING_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(wrong)?;
    check_length(bytes.len())?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        failed(name, "read", path, format_args!("it is not UTF-8 at byte {at}"))
    })
}

fn read_file(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let path = string("read_file", args, 0)?;
    let text = text_of_file(vm, "read_file", path.as_str())?;
    vm.heap.try_string(&text)
}

fn read_lines(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let path = string("read_lines", args, 0)?;
    let text = text_of_file(vm, "read_lines", path.as_str())?;
    let heap = &mut vm.heap;
    let result = heap.array(&[]);
    let lines = result.as_array().expect("it was just made");
    // There is no line behind the last end.
    for line in text.split_terminator('\n') {
        let line = heap.try_string(line.strip_suffix('\r').unwrap_or(line))?;
        lines.push(heap, line)?;
    }
    Ok(result)
}

/// Writes the second argument to the file of the first.
fn write(vm: &Vm, name: &str, args: &[Value], options: &mut OpenOptions) -> Result<Value, Thrown> {
    let (path, text) = (string(name, args, 0)?, string(name, args, 1)?);
    let file = vm.access.open(Path::new(path.as_str()), options);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| failed(name, "write", path.as_str(), error))?;
    Ok(Value::NIL)
}

fn write_file(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    write(vm, "write_file", args, OpenOptions::new().write(true).create(true).truncate(true))
}

fn append_file(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    write(vm, "append_file", args, OpenOptions::new().append(true).create(true))
}

fn file_exists(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let path = string("file_exists", args, 0)?;
    let resolved = vm.access.resolve(Path::new(path.as_str()));
    resolved
        .map(|path| Value::bool(path.exists()))
        .map_err(|error| failed("file_exists", "look for", path.as_str(), error))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::super::testing::{call, check, machine, shown};
    use super::*;
    use crate::error::Throw;

    /// A folder of this test's own, gone at its end.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("pseudo-files-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder");
            Folder(path)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().expect("UTF-8").to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).expect("the folder is still there");
        }
    }

    /// The result of a call with strings, or the kind and message of its error.
    fn call_on(vm: &mut Vm, name: &str, texts: &[&str]) -> Result<String, (ErrorKind, String)> {
        let args: Vec<Value> = texts.iter().map(|text| vm.heap.string(text)).collect();
        match call(vm, name, &args).map_err(|thrown| *thrown.0) {
            Ok(value) => Ok(shown(vm, value)),
            Err(Throw::Error { kind, message }) => Err((kind, message)),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn written_text_is_read_back() {
        let folder = Folder::new("text");
        let vm = &mut machine();
        let path = &folder.path("fi le.txt");
        let done = Ok("nil".to_owned());
        assert_eq!(call_on(vm, "file_exists", &[path]), Ok("false".to_owned()));
        assert_eq!(call_on(vm, "append_file", &[path, "zwö\r\n"]), done);
        assert_eq!(call_on(vm, "append_file", &[path, "\n\nend"]), done);
        assert_eq!(call_on(vm, "file_exists", &[path]), Ok("true".to_owned()));
        assert_eq!(call_on(vm, "read_file", &[path]), Ok("\"zwö\\r\\n\\n\\nend\"".to_owned()));
        assert_eq!(call_on(vm, "read_lines", &[path]), Ok("[\"zwö\", \"\", \"\", \"end\"]".to_owned()));
        assert_eq!(call_on(vm, "write_file", &[path, ""]), done);
        assert_eq!(call_on(vm, "read_file", &[path]), Ok("\"\"".to_owned()));
        assert_eq!(call_on(vm, "read_lines", &[path]), Ok("[]".to_owned()));
        assert_eq!(call_on(vm, "write_file", &[path, "a\n"]), done);
        assert_eq!(call_on(vm, "read_lines", &[path]), Ok("[\"a\"]".to_owned()));
        assert_eq!(call_on(vm, "file_exists", &[&folder.path("")]), Ok("true".to_owned()));
    }

    #[test]
    fn errors_name_the_path_and_the_reason() {
        let folder = Folder::new("errors");
        let vm = &mut machine();
        let bytes = folder.path("bytes");
        fs::write(&bytes, b"ab\xFF").expect("written");
        for (name, path, reason) in [
            ("read_file", folder.path("missing"), "No such file"),
            ("read_lines", folder.path("missing"), "No such file"),
            ("read_file", folder.path(""), "directory"),
            ("read_file", bytes.clone(), "not UTF-8 at byte 2"),
            ("read_lines", bytes, "not UTF-8 at byte 2"),
            ("read_file", folder.path("nul\0"), "nul"),
            ("write_file", folder.path("missing/file"), "No such file"),
            ("append_file", folder.path(""), "directory"),
            ("write_file", String::new(), "No such file"),
        ] {
            let texts = [&*path, "text"];
            let count = if name.starts_with("read") { 1 } else { 2 };
            let (kind, message) = call_on(vm, name, &texts[..count]).expect_err("an error");
            assert_eq!(kind, ErrorKind::Io, "{name} {path:?}");
            assert!(message.starts_with(name) && message.contains(&quoted(&path)), "{message}");
            assert!(message.contains(reason), "{message}");
        }
        assert_eq!(call_on(vm, "file_exists", &["a\0b"]), Ok("false".to_owned()));
    }

    #[test]
    fn what_is_no_string_is_refused() {
        check(
            r#"
            read_file(1) => !type
            read_lines(nil) => !type
            write_file("x", 1) => !type
            write_file(1, "x") => !type
            append_file("x", ["a"]) => !type
            file_exists({}) => !type
        "#,
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_too_long() {
        let vm = &mut machine();
        vm.heap.set_limit(vm.heap.used_bytes() + (1 << 20));
        let folder = Folder::new("sparse");
        let path = folder.path("sparse");
        File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
        let (kind, _) = call_on(vm, "read_file", &[&path]).expect_err("too long");
        assert_eq!(kind, ErrorKind::Limit);
    }
}
