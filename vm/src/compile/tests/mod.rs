//! Source in, listing or messages out.

mod errors;
mod expressions;
mod functions;
mod imports;
mod limits;
mod loops;
mod matches;
mod statements;

use std::rc::Rc;

use expect_test::Expect;

use super::builtin_table::BuiltinTable;
use super::{CompileOptions, Environment, compile_with};
use crate::builtins::{Body, BuiltinInfo, Effect};
use crate::bytecode::disassemble::{Context, disassemble};
use crate::bytecode::proto::Proto;
use crate::bytecode::verify;
use crate::error::Thrown;
use crate::globals::Globals;
use crate::heap::Heap;
use crate::loader::MemoryFiles;
use crate::modules::{Modules, TopLevel};
use crate::syntax::source::Source;
use crate::value::Value;
use crate::vm::Vm;

fn nothing(_: &mut Vm, _: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::NIL)
}

const fn row(name: &'static str, min: u8, max: u8, body: Body) -> BuiltinInfo {
    BuiltinInfo { name, params: "", min, max, body, effect: Effect::Outside, doc: "" }
}

/// One builtin of each form: these tests do not depend on the others.
static BUILTINS: [BuiltinInfo; 7] = [
    row("print", 0, 255, Body::Native(nothing)),
    row("input", 0, 1, Body::Native(nothing)),
    row("len", 1, 1, Body::Native(nothing)),
    row("push", 2, 2, Body::Native(nothing)),
    row("map", 2, 2, Body::Prelude),
    row("PI", 0, 0, Body::Constant(|| std::f64::consts::PI)),
    row("MAX_INT", 0, 0, Body::IntConstant(i64::MAX)),
];

/// Files, or lines at a prompt, compiled one after the other with the same globals.
struct Session {
    globals: Globals,
    heap: Heap,
    modules: Modules,
    top_level: TopLevel,
    files: MemoryFiles,
}

impl Session {
    fn new() -> Session {
        Session {
            globals: Globals::default(),
            heap: Heap::new(),
            modules: Modules::default(),
            top_level: TopLevel::default(),
            files: MemoryFiles::default(),
        }
    }

    /// A function, or the messages.
    fn compile(&mut self, text: &str) -> Result<Box<Proto>, String> {
        let builtins = BuiltinTable::new((0..).zip(&BUILTINS));
        let options =
            CompileOptions { hot_loop: 50, hot_call: 100, first_proto: 0, internal_builtins: true, gives_value: false };
        let environment = Environment {
            globals: &mut self.globals,
            heap: &mut self.heap,
            modules: &mut self.modules,
            top_level: &mut self.top_level,
            host: &TopLevel::default(),
            loader: &self.files,
        };
        let source = Rc::new(Source::new("test.pseudo", text));
        match compile_with(source, environment, &options, &builtins) {
            Ok(proto) => {
                verify::check(&proto).unwrap();
                Ok(proto)
            }
            Err(errors) => Err(errors.render(false)),
        }
    }

    fn listing(&mut self, text: &str) -> String {
        match self.compile(text) {
            Ok(proto) => {
                let show = |value: Value| match (value.as_string(), value.as_int()) {
                    (Some(string), _) => format!("{:?}", string.as_str()),
                    (_, Some(int)) => int.to_string(),
                    _ => format!("{value:?}"),
                };
                let builtin = |index: u16| BUILTINS[index as usize].name.to_string();
                disassemble(&proto, Context { globals: &self.globals, show: &show, builtin: &builtin })
            }
            Err(messages) => messages,
        }
    }
}

/// Compares the listing of a file, or its messages.
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&Session::new().listing(text));
}

/// Compares the listing of the body of a function of three parameters `a`, `b` and `c`, without what is around it.
fn check_body(body: &str, expected: Expect) {
    let text = format!("fn test(a, b, c)\n{body}\nend");
    let listing = Session::new().listing(&text);
    let function = listing.split_once("\nfn test").map_or(&*listing, |(_, function)| function);
    // Without the heading, the source line of `fn` and the header; and without the indentation, which `expect!` drops.
    let lines: Vec<&str> = function.lines().skip(3).map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    expected.assert_eq(&if lines.is_empty() { listing } else { lines.join("\n") });
}

/// Compares the messages.
fn check_errors(text: &str, expected: Expect) {
    expected.assert_eq(&Session::new().compile(text).err().unwrap_or("no errors".to_string()));
}
