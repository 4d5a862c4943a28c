//! Random programs that always end, that mostly run without an error, and that are full of what is hard for a compiler
//! of traces: variables that change type under way, ints beside the ends of their representations, nan and -0.0, arrays
//! that alias, grow, shrink and change storage, loops within loops that are left early, closures over loop variables,
//! calls of every kind, objects whose shapes diverge, errors that are caught.
//!
//! A program is a list of globals, a list of functions, and sections that use both: some at top level, some in a function
//! with locals of its own. Each section ends by printing every variable that it can see, so that a wrong value anywhere
//! shows.
//!
//! How it ends for certain: every loop has a bound that its body can't change, functions call earlier ones only, recursion
//! counts a parameter down. How it ends soon: `weight` is how often the statement being written will run at most, each
//! statement and call adds its cost times that to `spent`, and past `BUDGET` nothing repeats or calls any more.

mod aliases;
mod beyond;
mod captured_kinds;
mod classes;
mod crowded;
mod dicts;
mod edges;
mod exceptions;
mod expressions;
mod factories;
mod functions;
mod grids;
mod hidden_laws;
mod higher_order;
mod laws;
mod loops;
mod matches;
mod modules;
mod near_laws;
mod objects;
mod phases;
mod recurrences;
mod scope;
mod shapes;
mod statements;
mod sweeps;
mod text;
mod trees;
mod values;

use crate::rng::Rng;
use classes::Classes;
use functions::Function;
use matches::Enum;
use scope::{Scope, Type};

/// How many statements a program may run, about.
const BUDGET: u64 = 25_000;

/// Programs of a hundred that are long: most are short, since ten small programs show more than one that is ten times as long.
const LONG_PERCENT: u64 = 15;

/// How many programs of a hundred have a statement that ends them with an error.
const TRAPS_PERCENT: u64 = 5;

/// How many have more files than one.
const FILES_PERCENT: u64 = 8;

/// How many call functions of the host.
const HOST_PERCENT: u64 = 12;

/// How many have functions that are called from no loop, and pass what they are called with on to others.
const PASSED_ON_PERCENT: u64 = 2;

/// How many have classes, and with them instances and dicts.
const OBJECTS_PERCENT: u64 = 70;

/// The program of a seed.
pub fn program(seed: u64) -> String {
    program_by(&mut Rng::new(seed))
}

/// The program that these choices make.
pub fn program_by(rng: &mut Rng) -> String {
    let mut generator = Generator::new(rng.clone());
    generator.whole_program();
    *rng = generator.rng;
    generator.text
}

/// A program being written.
struct Generator {
    rng: Rng,
    text: String,
    indent: usize,
    scope: Scope,
    functions: Vec<Function>,
    classes: Classes,
    /// The enums of the whole program, at least one.
    enums: Vec<Enum>,
    /// How many names have been made.
    names: usize,
    /// How often the statement being written will run at most.
    weight: u64,
    /// No loop takes `weight` past this.
    weight_limit: u64,
    /// What the statements written so far cost to run.
    spent: u64,
    /// What they may cost.
    budget: u64,
    /// How many `try` with a `catch` surround the statement being written: where there is one, it may fail.
    protected: u32,
    /// False where a call's cost can't be known.
    calls_allowed: bool,
    /// How many blocks surround the statement being written.
    nesting: u32,
    /// How many loops of its function.
    loops: u32,
    /// The result of the function around it, if it may return early.
    result: Option<Type>,
    /// True until the statement that ends the program with an error has been written.
    trap: bool,
    /// Whether there are files that are imported.
    has_files: bool,
    /// Those, each behind a line that begins it.
    files: String,
    /// How many they are.
    file_count: usize,
    /// A global of the file being written that is defined at its end.
    late: String,
}

impl Generator {
    fn new(mut rng: Rng) -> Generator {
        let trap = rng.percent(TRAPS_PERCENT);
        Generator {
            rng,
            text: String::new(),
            indent: 0,
            scope: Scope::default(),
            functions: Vec::new(),
            classes: Classes::default(),
            enums: Vec::new(),
            names: 0,
            weight: 1,
            weight_limit: 1,
            spent: 0,
            budget: BUDGET,
            protected: 0,
            calls_allowed: true,
            nesting: 0,
            loops: 0,
            result: None,
            trap,
            has_files: false,
            files: String::new(),
            file_count: 0,
            late: "late1".to_owned(),
        }
    }

    /// Writes a line.
    fn line(&mut self, text: &str) {
        self.begin_line(text);
        self.text.push('\n');
    }

    /// Writes a line but for its end.
    fn begin_line(&mut self, text: &str) {
        // What is written behind it is indented by its own account.
        if self.text.ends_with('\n') || self.text.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.indent));
        }
        self.text.push_str(text);
    }

    /// A name not used before.
    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn whole_program(&mut self) {
        self.has_files = self.rng.percent(FILES_PERCENT);
        if self.rng.percent(HOST_PERCENT) {
            self.functions_of_host();
        }
        self.line("fn to_int(x) return if x >= -1e15 and x <= 1e15 then floor(x) else 0 end end");
        self.line("fn bounded(x) return if x >= -1e15 and x <= 1e15 then x else 0.5 end end");
        self.line("fn overflow(n) return n + overflow(n + 1) end");
        self.errors_of_program();
        for _ in 0..self.rng.between(1, 2) {
            self.enum_of_program();
        }
        for _ in 0..self.rng.between(1, 4) {
            self.declaration("g");
        }
        if self.has_files {
            self.file();
        }
        if self.rng.percent(OBJECTS_PERCENT) {
            // Functions that methods may call.
            self.weight_limit = 20;
            for _ in 0..self.rng.between(0, 2) {
                self.function();
            }
            self.classes_of_program();
        }
        self.weight_limit = 1;
        for _ in 0..self.rng.between(1, 4) {
            self.declaration("g");
        }
        if self.has_files && self.rng.percent(50) {
            self.file();
        }
        self.weight_limit = 60;
        let (functions, sections) = if self.rng.percent(LONG_PERCENT) { (5, 3) } else { (2, 2) };
        for _ in 0..self.rng.between(1, functions) {
            self.function();
        }
        if self.has_files && self.rng.percent(30) {
            self.file();
        }
        // Programs are made smaller by smaller choices, which leave this out.
        if !self.rng.percent(100 - PASSED_ON_PERCENT) {
            self.passed_on();
        }
        self.weight_limit = 4000;
        self.line("let late0 = 1");
        for _ in 0..self.rng.between(1, sections) {
            if self.rng.percent(35) { self.top_level_section() } else { self.function_section() }
        }
        self.print_variables();
        self.define_late();
        self.text.push_str(&self.files);
    }

    /// Statements at top level, over globals.
    fn top_level_section(&mut self) {
        for _ in 0..self.rng.between(1, 3) {
            self.declaration("g");
        }
        self.loop_statement();
        self.print_variables();
    }

    /// The same in a function, called once or a few times.
    fn function_section(&mut self) {
        let name = self.fresh("section");
        let calls = if self.rng.percent(20) { 3 } else { 1 };
        let throws = self.rng.percent(12);
        self.line(&format!("fn {name}()"));
        let mark = self.begin_block();
        self.weight = calls;
        self.protected = u32::from(throws);
        for _ in 0..self.rng.between(2, 7) {
            self.declaration("v");
        }
        for _ in 0..self.rng.between(1, 2) {
            self.loop_statement();
            for _ in 0..self.rng.between(0, 2) {
                self.statement();
            }
        }
        self.print_variables();
        self.weight = 1;
        self.protected = 0;
        self.end_block(mark);
        self.line("end");
        for _ in 0..calls {
            if throws {
                self.line(&format!("try {name}() catch e print(describe(e)) end"));
            } else {
                self.line(&format!("{name}()"));
            }
        }
    }

    /// Prints every variable that can be seen.
    fn print_variables(&mut self) {
        let names: Vec<_> = self.scope.visible().map(|variable| variable.name.clone()).collect();
        for group in names.chunks(8) {
            if self.rng.percent(10) {
                self.line(&format!("output {}", group.join(", ")));
            } else {
                self.line(&format!("print({})", group.join(", ")));
            }
        }
    }

    fn begin_block(&mut self) -> usize {
        self.indent += 1;
        self.nesting += 1;
        self.scope.open()
    }

    fn end_block(&mut self, mark: usize) {
        self.scope.close(mark);
        self.nesting -= 1;
        self.indent -= 1;
    }

    /// True while statements may still repeat others or call functions.
    fn can_spend(&self, cost: u64) -> bool {
        self.spent + cost * self.weight <= self.budget
    }
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_seed_gives_one_program() {
        assert_eq!(program(3), program(3));
        assert_ne!(program(3), program(4));
    }

    #[test]
    fn programs_are_of_a_size_to_read() {
        let lines: Vec<_> = (0..200).map(|seed| program(seed).lines().count()).collect();
        assert!(lines.iter().all(|&count| count < 1000), "longest: {:?}", lines.iter().max());
        assert!(lines.iter().sum::<usize>() > 200 * 30);
    }

    #[test]
    fn every_kind_of_statement_turns_up() {
        let all: String = (0..600).map(program).collect();
        for part in [
            "while ",
            "repeat",
            "until ",
            "loop\n",
            " step ",
            " to ",
            "..",
            "break",
            "continue",
            "return ",
            "elif ",
            "fn(",
            ".push(",
            ".pop()",
            "MIN_INT",
            "NAN",
            "-0.0",
            " div ",
            "nil",
            "type(",
            "${",
            "...)",
            "const ",
            "class ",
            "extends ",
            "super.",
            "self.",
            "static let",
            "static fn",
            "to_string()",
            "is_instance(",
            "try\n",
            "catch",
            "finally",
            "throw ",
            "e.line",
            "${",
            "format(",
            "{}",
            "remove(",
            ".keys()",
            "link",
            "describe(",
            "match ",
            "case [",
            "case {",
            " -> ",
            "enum ",
            ".value",
            ".plus(",
            "build",
            ".grow(",
            "x + 0.0",
            ".late = ",
            "p, q = ",
            "low, high, k",
            "thrown",
            "return N",
            "return f(i)",
            "super.init(x)",
            ".z = ",
            "phase",
        ] {
            assert!(all.contains(part), "no {part:?} in 600 programs");
        }
    }
}
