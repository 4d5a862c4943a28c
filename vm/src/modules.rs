//! Files as modules: which names a file's top level has, and which files have been imported already.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::globals::Globals;

/// The names of a file's top level, or of all lines at a prompt, and the slots of the globals that they stand for.
///
/// Several names, in several files, may stand for one global: imported names are the same variables.
#[derive(Clone, Debug, Default)]
pub struct TopLevel {
    by_name: FxHashMap<Box<str>, u32>,
}

impl TopLevel {
    /// The slot that a name stands for.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Makes a name stand for a slot, whatever it stood for before.
    pub fn bind(&mut self, name: &str, slot: u32) {
        self.by_name.insert(name.into(), slot);
    }

    /// All names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// All names and their slots, in the order of the slots, those of one slot in alphabetical order.
    pub fn sorted(&self) -> Vec<(&str, u32)> {
        let mut all: Vec<(&str, u32)> = self.by_name.iter().map(|(name, &slot)| (&**name, slot)).collect();
        all.sort_by_key(|&(name, slot)| (slot, name));
        all
    }
}

/// An imported file.
#[derive(Debug)]
pub struct Module {
    /// Its names, those that it imports included.
    pub names: TopLevel,
    /// The slot of a global without a name, which is defined when the file has run to its end.
    pub done: u32,
}

/// The files that were imported so far, each by what [`Loader::identify`](crate::loader::Loader::identify) says.
#[derive(Debug, Default)]
pub struct Modules {
    known: FxHashMap<PathBuf, Module>,
}

impl Modules {
    /// A file that has run. One that an error ended is as good as never imported: the next import runs it anew.
    pub fn find(&self, identity: &Path, globals: &Globals) -> Option<&Module> {
        self.known.get(identity).filter(|module| !globals.values()[module.done as usize].is_undef())
    }

    /// Adds a file.
    pub fn add(&mut self, identity: PathBuf, module: Module) {
        self.known.insert(identity, module);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::builtins::testing::machine;
    use crate::loader::MemoryFiles;
    use crate::syntax::source::Source;
    use crate::vm::{Failure, Vm};

    fn machine_with(files: &[(&str, &str)]) -> Box<Vm> {
        let mut vm = machine();
        let files = files.iter().map(|&(path, text)| (path.into(), text.to_string())).collect();
        vm.loader = Box::new(MemoryFiles(files));
        vm
    }

    /// Runs lines as a prompt does; their output, and `!` before the message of an error.
    fn check(files: &[(&str, &str)], lines: &[&str], expected: Expect) {
        let mut vm = machine_with(files);
        let mut text = String::new();
        for line in lines {
            let result = vm.run(Source::new("prompt", *line));
            text.push_str(&String::from_utf8(vm.output.take()).expect("output is UTF-8"));
            match result {
                Ok(()) => {}
                Err(Failure::Compile(errors)) => {
                    let messages = errors.files.iter().flat_map(|file| file.diagnostics.iter());
                    messages.for_each(|diagnostic| text.extend(["!", &diagnostic.message, "\n"]));
                }
                Err(Failure::Uncaught { message, .. }) => text.extend(["!", &message, "\n"]),
                Err(Failure::Exit(_) | Failure::Interrupted { .. }) => text.push_str("!exit\n"),
            }
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn lines_at_a_prompt_share_files() {
        check(
            &[
                ("a.pseudo", "print('a runs')\nlet n = 1\nfn get() return n end"),
                ("b.pseudo", "import 'a.pseudo'\nn += 1"),
            ],
            &[
                "import 'a.pseudo'",
                "import 'a.pseudo'",
                "print(n)",
                "from 'b.pseudo' import n as m",
                "print(n, m, get())",
            ],
            expect![[r#"
                a runs
                1
                2 2 2
            "#]],
        );
    }

    #[test]
    fn a_line_may_take_a_name_again() {
        check(
            &[("a.pseudo", "let n = 1\nfn get() return n end"), ("b.pseudo", "let n = 'b'")],
            &[
                "let n = 0\nfn own() return n end",
                "import 'a.pseudo'",
                "print(n, own(), get())",
                "let n = 5",
                "print(n, own(), get())",
                "import 'b.pseudo'",
                "print(n, own(), get())",
                "n = 'changed'",
                "from 'b.pseudo' import n as of_b",
                "print(n, of_b)",
            ],
            expect![[r#"
                1 0 1
                5 0 1
                b 0 1
                changed changed
            "#]],
        );
    }

    #[test]
    fn a_file_that_failed_runs_again() {
        check(
            &[
                ("ends.pseudo", "print('ends runs')\nlet done = true"),
                ("fails.pseudo", "import 'ends.pseudo'\nprint('fails runs')\nlet x = 1\nlet y = 1 div 0"),
            ],
            &[
                "import 'fails.pseudo'",
                "print(x, done)",
                "print(y)",
                "from 'fails.pseudo' import x",
                "from 'ends.pseudo' import done",
            ],
            expect![[r#"
                ends runs
                fails runs
                !division by zero
                1 true
                !`y` is used before its definition has run
                fails runs
                !division by zero
            "#]],
        );
    }

    #[test]
    fn nothing_stays_of_a_line_with_errors() {
        check(
            &[("a.pseudo", "print('a runs')\nlet n = 1"), ("b.pseudo", "let b = nothing")],
            &[
                "import 'a.pseudo'\nlet x = 1\nprint(nothing)",
                "print(n)",
                "print(x)",
                "import 'a.pseudo'\nimport 'b.pseudo'",
                "print(b)",
                "import 'a.pseudo'",
                "print(n)",
            ],
            expect![[r#"
                !`nothing` is not defined
                !`n` is not defined
                !`x` is not defined
                !`nothing` is not defined
                !`b` is not defined
                a runs
                1
            "#]],
        );
    }

    /// The longest chain of files, with the deepest tree at its end, on the stack that threads have by default.
    #[test]
    fn depths_add_up() {
        let mut vm = machine();
        let mut files = MemoryFiles::default();
        for number in 1..200 {
            let text = format!("import '{}.pseudo'\nlet a{number} = a{} + 1", number + 1, number + 1);
            files.0.insert(format!("{number}.pseudo").into(), text);
        }
        let deep = format!("let a200 = {}1{}", "[".repeat(490), "]".repeat(490));
        files.0.insert("200.pseudo".into(), format!("{deep}\na200 = 1"));
        vm.loader = Box::new(files);
        vm.run(Source::new("main", "import '1.pseudo'\nprint(a1)")).expect("it runs");
        assert_eq!(vm.output.take(), b"200\n");
    }
}
