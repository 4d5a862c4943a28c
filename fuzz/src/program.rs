//! A program as the fuzzer holds it: one text, of which parts may be files that it imports, and which may call functions of a
//! host.
//!
//! ```text
//! import "part1.pseudo"
//! print(f3(host_mix(1, 2)))
//! //// part1.pseudo
//! fn f3(x) return x + 1 end
//! ```
//!
//! A line of four slashes and a name begins a file. So a program is made smaller, kept and looked at like any other text. A machine
//! in this process has the files in memory, and functions in Rust. For the `pseudo` command the files are written to a
//! folder, with one more that has the same functions in the language.

use std::path::Path;

use pseudo::{Error, Session, Value};
use pseudo_vm::loader::{Loader, MemoryFiles};
use pseudo_vm::syntax::source::Source;

/// What the main file is called in messages.
pub const MAIN: &str = "program.pseudo";

/// What begins the line before a file.
pub const FILE: &str = "//// ";

/// What begins the names of all functions of the host.
const HOST: &str = "host_";

/// The file with the functions of the host in the language.
const HOST_FILE: &str = "host.pseudo";

/// The functions of the host, in the language.
const HOST_TEXT: &str = r#"let host_calls = 0
fn host_count()
    host_calls += 1
    return host_calls
end
fn host_mix(a, b = 7) return a * 31 ^ b end
fn host_scale(x, by) return x * by end
fn host_check(a)
    if a % 5 == 3 then throw Error("${a} is no good") end
    return a + 1
end
fn host_text(s, n) return "${s.slice(0, 6)}/${n % 10}" end
fn host_sum(rest...)
    let sum = len(rest)
    for x in rest do sum += x end
    return sum
end
"#;

/// The files of a program: names and texts, the main file first.
pub fn files(program: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    let (mut name, mut begin, mut at) = (MAIN, 0, 0);
    for line in program.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix(FILE) {
            files.push((name, &program[begin..at]));
            (name, begin) = (next.trim(), at + line.len());
        }
        at += line.len();
    }
    files.push((name, &program[begin..]));
    files
}

/// Where a program's imports come from, if it has more files than one.
pub fn loader(program: &str) -> Option<Box<dyn Loader>> {
    program.contains(FILE).then(|| {
        let files = files(program).into_iter().skip(1);
        Box::new(MemoryFiles(files.map(|(name, text)| (name.into(), text.to_owned())).collect())) as Box<dyn Loader>
    })
}

/// What a session is to run, which gets the functions of the host if they are called.
pub fn source(session: &mut Session, program: &str) -> Source {
    if program.contains(HOST) {
        register(session).expect("these are names");
    }
    Source::new(MAIN, files(program)[0].1)
}

fn register(session: &mut Session) -> Result<(), Error> {
    let mut calls = 0;
    session.register_fn("host_count", move || {
        calls += 1;
        calls
    })?;
    session.register_fn("host_mix", |a: i64, b: Option<i64>| a.wrapping_mul(31) ^ b.unwrap_or(7))?;
    session.register_fn("host_scale", |x: f64, by: f64| x * by)?;
    session.register_fn("host_check", |a: i64| {
        if a.rem_euclid(5) == 3 {
            Err(Error::runtime("value", format!("{a} is no good")))
        } else {
            Ok(a.wrapping_add(1))
        }
    })?;
    session.register_fn("host_text", |s: String, n: i64| {
        format!("{}/{}", s.chars().take(6).collect::<String>(), n.rem_euclid(10))
    })?;
    session.register_variadic("host_sum", |rest: &[Value]| {
        rest.iter().filter_map(Value::as_int).fold(rest.len() as i64, i64::wrapping_add)
    })
}

/// Writes a program to a folder so that the `pseudo` command can run [`MAIN`] there.
///
/// # Errors
///
/// If the folder can't be written to.
pub fn write(program: &str, folder: &Path) -> std::io::Result<()> {
    for (name, text) in files(program) {
        // On the line that there is: messages name lines.
        let import = if text.contains(HOST) { format!("import '{HOST_FILE}'; ") } else { String::new() };
        std::fs::write(folder.join(name), import + text)?;
    }
    if program.contains(HOST) {
        std::fs::write(folder.join(HOST_FILE), HOST_TEXT)?;
    }
    Ok(())
}

/// Whether the `pseudo` command can't run the text as it is.
pub fn needs_folder(program: &str) -> bool {
    program.contains(FILE) || program.contains(HOST)
}

#[cfg(test)]
mod tests {
    use pseudo::RunOptions;

    use super::*;

    #[test]
    fn a_text_is_cut_into_files() {
        assert_eq!(files("a\nb\n"), [(MAIN, "a\nb\n")]);
        let text = "import 'x.pseudo'\n//// x.pseudo\nlet x = 1\n//// y.pseudo\n";
        assert_eq!(files(text), [(MAIN, "import 'x.pseudo'\n"), ("x.pseudo", "let x = 1\n"), ("y.pseudo", "")]);
    }

    /// What a program prints in a session that gets files from there.
    fn output(loader: Option<Box<dyn Loader>>, source: impl FnOnce(&mut Session) -> Source) -> String {
        let options = RunOptions { capture: true, loader, ..RunOptions::default() };
        let mut session = Session::new(options).expect("a machine");
        let source = source(&mut session);
        assert_eq!(session.run(source).message, "");
        String::from_utf8(session.take_output()).expect("text")
    }

    #[test]
    fn functions_of_the_host_are_the_same_in_the_language() {
        let program = "let n = MAX_INT - 3
            for i in 0..9 do
                n = host_mix(n) + host_mix(n, i)
                print(n, host_scale(i * 0.5, -0.1), host_text('ab' + str(n), n), host_count())
                try print(host_check(i)) catch e print(e.kind, e.message) end
            end
            print(host_sum(), host_sum(1, n, MAX_INT), [1, 2].map(host_check))";
        let host = output(None, |session| source(session, program));
        let text = format!("import '{HOST_FILE}'; {program}");
        let files = MemoryFiles([(HOST_FILE.into(), HOST_TEXT.to_owned())].into());
        assert_eq!(host, output(Some(Box::new(files)), |_| Source::new(MAIN, text)));
        assert!(host.contains("3 is no good"), "{host}");
    }

    #[test]
    fn imported_files_are_found() {
        let program = "import 'x.pseudo'\nfrom 'x.pseudo' import x as y\ny += 1\nprint(x, get())\n//// x.pseudo\nlet x = 1\nfn get() return x end\n";
        assert_eq!(output(loader(program), |session| source(session, program)), "2 2\n");
    }
}
