//! What gdb says of a program that has stopped in compiled code. Where gdb is not installed the tests are shown as ignored; what
//! it is told is looked at without it in `pseudo/src/gdb/tests.rs`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use object::{Object as _, ObjectSymbol as _};

fn main() {
    let installed = Command::new("gdb").arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success());
    let trial = |name: &str, test: fn() -> Result<(), Failed>| {
        Trial::test(name, test).with_ignored_flag(!installed).with_kind(if installed { "gdb" } else { "no gdb" })
    };
    let trials = vec![
        trial("a_helper_of_a_recursive_function", recursive),
        trial("a_helper_on_the_processs_stack", on_the_process_stack),
        trial("each_instruction_of_a_trace", each_instruction),
        trial("a_whole_function", whole_function),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// What gdb says when the program runs with these options up to the call of a helper, and these commands are given.
fn gdb(name: &str, program: &str, options: &[&str], helper: &str, commands: &str) -> Result<String, Failed> {
    let path = |name: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path(name), program)?;
    let script = path(&format!("{name}.gdb"));
    // The language of the frame would be that of expressions.
    let settings =
        "set language c\nset debuginfod enabled off\nset breakpoint pending on\nset width 0\nset pagination off\n";
    std::fs::write(&script, format!("{settings}break {}\nrun\n{commands}", symbol(helper)?))?;
    let mut gdb = Command::new("timeout");
    gdb.args(["300", "gdb", "--batch", "-nx", "-x"]).arg(script);
    gdb.args(["--args", env!("CARGO_BIN_EXE_pseudo"), "--gdb"]).args(options).arg(path(name));
    let output = gdb.stdin(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// The symbol of a helper in the command. Its name has a number behind it that differs from build to build.
fn symbol(helper: &str) -> Result<String, Failed> {
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_pseudo"))?;
    let file = object::File::parse(&*bytes)?;
    let part = format!("7runtime{}{helper}17h", helper.len());
    let found = file.symbols().filter_map(|symbol| symbol.name().ok()).find(|name| name.contains(&part));
    found.map(str::to_string).ok_or_else(|| format!("no symbol has `{part}` in its name").into())
}

/// Complains if a text has not all of these parts, in this order.
fn has(text: &str, parts: &[&str]) -> Result<(), Failed> {
    let mut rest = text;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return Err(format!("`{part}` does not follow in:\n{text}").into()),
        }
    }
    Ok(())
}

/// Complains if a call stack does not go down to where the process began.
fn goes_all_the_way(text: &str) -> Result<(), Failed> {
    for bad in ["corrupt stack", "Backtrace stopped", " ?? "] {
        if text.contains(bad) {
            return Err(format!("`{bad}` in:\n{text}").into());
        }
    }
    has(text, &["vm/src/native.rs", "pseudo/src/main.rs", " in main ()"])
}

const NESTED: &str = "fn build(n)
    if n == 0 then return \"\" end
    let rest = build(n - 1)
    return rest + str(n)
end
let total = 0
for i in 0..300 do total += len(build(20)) end
print(total)
";

fn recursive() -> Result<(), Failed> {
    let text = gdb("nested.pseudo", NESTED, &["--tier", "trace"], "concat", "ignore 1 2000\ncontinue\nbt\n")?;
    has(&text, &["codegen/src/runtime.rs", ", build at ", "nested.pseudo:4", "routine: return_to_interpreter"])?;
    goes_all_the_way(&text)
}

const PRINTS: &str = "let s = 0
for i in 0..3000 do
    s = s + len(\"{i},{s}\".split(\",\"))
end
print(s)
";

fn on_the_process_stack() -> Result<(), Failed> {
    let text = gdb("prints.pseudo", PRINTS, &["--tier", "trace"], "call_builtin", "bt\n")?;
    has(&text, &["call_builtin", "__morestack", "trace 1: loop, main at", "prints.pseudo:3"])?;
    goes_all_the_way(&text)
}

/// From a helper back into the trace that has called it, and on from there, an instruction after the other.
fn each_instruction() -> Result<(), Failed> {
    // Compiled code lies below the rest of the process. No breakpoint can be written there, not even to finish what it calls.
    let script = format!(
        "ignore 1 2000\ncontinue\ndelete\nwhile (unsigned long)$pc > 0x540000000000\nstepi\nend\n\
         set $i = 0\nwhile $i < {STEPS}\nbt\nstepi\nset $i = $i + 1\nend\n"
    );
    let text = gdb("steps.pseudo", NESTED, &["--tier", "trace"], "concat", &script)?;
    let inner: Vec<&str> = text.lines().filter(|line| line.starts_with("#0 ")).collect();
    let in_traces = inner.iter().filter(|line| line.contains("in trace ")).count();
    if inner.len() != STEPS || in_traces < 5 {
        return Err(format!("{in_traces} of {} steps are in traces:\n{text}", inner.len()).into());
    }
    let whole = text.matches(" in main ()").count();
    if whole != STEPS {
        return Err(format!("{whole} of {STEPS} call stacks are whole:\n{text}").into());
    }
    goes_all_the_way(&text)
}

/// Instructions that are looked at.
const STEPS: usize = 60;

const WHOLE: &str = "fn joined(n)
    let s = 0
    let d = {\"a\": 1, \"b\": 2}
    for i in 0..n do
        if \"k{i % 2}\" < \"k1\" then s += d[\"a\"] end
    end
    return s
end
print(joined(5000))
";

fn whole_function() -> Result<(), Failed> {
    let text = gdb("whole.pseudo", WHOLE, &["--tier", "method"], "str_lt", "bt\n")?;
    has(&text, &["codegen/src/runtime.rs", "routine: str_lt", "function: joined at ", "whole.pseudo:5"])?;
    goes_all_the_way(&text)
}
