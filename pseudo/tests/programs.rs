//! Runs every program under `tests/programs` and `examples` in every mode, and compares what it prints with the `.out`
//! file beside it.
//!
//! First lines of a program may say how it is to end: `// status: 1`, and `// stderr: TEXT` for text that must appear in
//! the message. Whatever the mode, output, message and status must be those of the interpreter.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use pseudo::{Outcome, RunOptions, Session, Tier};
use pseudo_trace::opt::{PASSES, PassSet};

/// Guards of one program that are forced to fail, at most.
const FORCED_MOST: u32 = 250;

/// A way to run a program.
#[derive(Clone, Debug)]
struct Mode {
    name: String,
    tier: Tier,
    params: Vec<String>,
    passes: String,
}

impl Mode {
    fn new(name: impl Into<String>, params: &[&str], passes: &str) -> Mode {
        let params = params.iter().map(|param| param.to_string()).collect();
        Mode { name: name.into(), tier: Tier::Auto, params, passes: passes.to_string() }
    }

    fn options(&self) -> RunOptions {
        let mut options =
            RunOptions { tier: self.tier, capture: true, input: Some(Vec::new()), ..RunOptions::default() };
        for param in &self.params {
            options.params.set(param).expect("modes name parameters that there are");
        }
        options.passes = PassSet::parse(&self.passes).expect("modes name passes that there are");
        options
    }
}

/// The modes that every program runs in.
fn modes() -> Vec<Mode> {
    let hot = ["hotloop=1", "hotcall=2", "hotexit=1", "verify=1"];
    let mut modes = vec![
        Mode { tier: Tier::Interp, ..Mode::new("interpreter", &[], "all") },
        Mode { tier: Tier::Interp, ..Mode::new("interpreter-gcstress", &["gcstress=1"], "all") },
        Mode { tier: Tier::Method, ..Mode::new("method", &["methodloop=2", "methodcall=2"], "all") },
        // Functions are entered, and left, in the middle of their loops.
        Mode {
            tier: Tier::Method,
            ..Mode::new("method-gcstress", &["methodloop=3", "methodcall=2", "gcstress=1", "maxmcode=64"], "all")
        },
        Mode { tier: Tier::Trace, ..Mode::new("trace", &["hotloop=1", "hotcall=2", "hotexit=1", "verify=1"], "all") },
        // Conditionals are guards.
        Mode { tier: Tier::Trace, ..Mode::new("unwatched", &["hotloop=1", "hotexit=1", "verify=1", "watch=0"], "all") },
        Mode::new("default", &[], "all"),
        Mode::new("at-once", &["warmup=0"], "all"),
        Mode::new("soon", &["warmup=1"], "all"),
        Mode::new("hot", &hot, "all"),
        Mode::new("hot-gcstress", &["hotloop=2", "hotcall=2", "hotexit=1", "gcstress=1"], "all"),
        Mode::new("small-nursery", &["hotloop=2", "hotcall=2", "hotexit=1", "nursery=1"], "all"),
        Mode::new("hot-nopasses", &hot, "none"),
        Mode::new("few-registers", &["hotloop=1", "hotcall=2", "hotexit=1", "verify=1", "registers=4"], "all"),
        Mode::new("choices", &["hotloop=1", "hotexit=1", "verify=1", "watch=1", "rarely=0"], "all"),
        // Programs end, and throw, while conditionals are being watched.
        Mode::new("watching", &["hotloop=1", "hotexit=1", "verify=1", "watch=1000000"], "all"),
        Mode::new("shared-ends", &["hotloop=1", "hotexit=1", "verify=1", "sharesides=0"], "all"),
        // An access beyond an array ends the process.
        Mode::new("array-guards", &["hotloop=1", "hotcall=2", "hotexit=1", "verify=1", "arrayguard=1"], "all"),
        Mode {
            tier: Tier::Method,
            ..Mode::new("method-array-guards", &["methodloop=2", "methodcall=2", "arrayguard=1"], "all")
        },
        Mode::new("little-memory", &["hotloop=1", "hotcall=2", "hotexit=1", "maxmcode=16"], "all"),
    ];
    for pass in PASSES {
        modes.push(Mode::new(format!("hot-without-{}", pass.name), &hot, &format!("-{}", pass.name)));
    }
    for period in [1, 2, 3, 7, 13] {
        let stress = format!("exitstress={period}");
        modes.push(Mode::new(
            format!("exits-{period}"),
            &["hotloop=1", "hotcall=2", "hotexit=3", "verify=1", &stress],
            "all",
        ));
    }
    modes
}

/// What a program's first lines and its `.out` file say.
struct Expectation {
    status: u8,
    messages: Vec<String>,
    output: Option<String>,
}

fn expectation(path: &Path, text: &str) -> Expectation {
    let mut expected = Expectation { status: 0, messages: Vec::new(), output: None };
    for line in text.lines().take_while(|line| line.starts_with("//") || line.starts_with("#!")) {
        if let Some(status) = line.strip_prefix("// status:") {
            expected.status = status.trim().parse().expect("a status is a number");
        } else if let Some(message) = line.strip_prefix("// stderr:") {
            expected.messages.push(message.trim().to_string());
        }
    }
    expected.output = std::fs::read_to_string(path.with_extension("out")).ok();
    expected
}

fn run(path: &Path, bytes: &[u8], mode: &Mode, extra: &[String]) -> Result<(Outcome, String, Session), Failed> {
    // Imports are relative to the program, so its name is its path.
    let name = path.to_string_lossy();
    let mut options = mode.options();
    for param in extra {
        options.params.set(param).map_err(Failed::from)?;
    }
    let mut session = Session::new(options)?;
    let mut outcome = match pseudo::read_source(&name, bytes) {
        Ok(source) => session.run(source),
        Err(message) => Outcome { status: 2, message },
    };
    // As if it ran in its own folder.
    let folder = path.with_file_name("");
    outcome.message = outcome.message.replace(&*folder.to_string_lossy(), "");
    let output = String::from_utf8_lossy(&session.take_output()).into_owned();
    Ok((outcome, output, session))
}

fn check(path: &Path, mode: &Mode) -> Result<(), Failed> {
    let bytes = std::fs::read(path)?;
    let expected = expectation(path, &String::from_utf8_lossy(&bytes));
    let (outcome, output, session) = run(path, &bytes, mode, &[])?;
    compare(&expected, &outcome, &output)?;
    let depth = session.native_depth();
    if depth > 4096 && !cfg!(debug_assertions) {
        return Err(format!("some handler does not end in a jump: the native stack grew by {depth} bytes").into());
    }
    // Every guard of the program fails always, each in its turn; of a program with very many, guards all over it.
    if mode.name == "hot" {
        let guards = session.guards();
        for guard in (1..=guards).step_by(guards.div_ceil(FORCED_MOST).max(1) as usize) {
            let (outcome, output, _) = run(path, &bytes, mode, &[format!("forceexit={guard}")])?;
            compare(&expected, &outcome, &output).map_err(|failed| {
                Failed::from(format!("with forceexit={guard}: {}", failed.message().unwrap_or_default()))
            })?;
        }
    }
    Ok(())
}

fn compare(expected: &Expectation, outcome: &Outcome, output: &str) -> Result<(), Failed> {
    if let Some(wanted) = &expected.output
        && wanted != output
    {
        let line = wanted.lines().zip(output.lines()).position(|(wanted, got)| wanted != got);
        let line = line.unwrap_or_else(|| wanted.lines().count().min(output.lines().count()));
        let show = |text: &str| text.lines().nth(line).unwrap_or("(end of output)").to_string();
        let (wanted, got) = (show(wanted), show(output));
        return Err(format!(
            "line {} of the output:\n  expected {wanted}\n  got      {got}\n{}",
            line + 1,
            outcome.message
        )
        .into());
    }
    if outcome.status != expected.status {
        return Err(format!("status {} instead of {}\n{}", outcome.status, expected.status, outcome.message).into());
    }
    for message in &expected.messages {
        if !outcome.message.contains(message) {
            return Err(format!("`{message}` is not in the message:\n{}", outcome.message).into());
        }
    }
    Ok(())
}

/// All programs below a folder, in order of their names. What lies in a folder `lib` is there to be imported.
fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name == "lib") {
                continue;
            }
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "pseudo") {
            found.push(path);
        }
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    programs(&root.join("tests/programs"), &mut paths);
    let mut trials = Vec::new();
    let modes = modes();
    for path in paths {
        let name = path.strip_prefix(root.join("tests/programs")).expect("it lies below").display().to_string();
        for mode in modes.clone() {
            let path = path.clone();
            trials
                .push(Trial::test(format!("{name}::{}", mode.name), move || on_big_stack(move || check(&path, &mode))));
        }
    }
    let mut examples = Vec::new();
    programs(&root.join("examples"), &mut examples);
    for path in examples {
        let name = path.file_name().expect("programs are files").to_string_lossy().into_owned();
        let mode = Mode::new("default", &[], "all");
        trials.push(Trial::test(format!("example {name}"), move || on_big_stack(move || check(&path, &mode))));
    }
    assert!(!trials.is_empty(), "there are no programs");
    libtest_mimic::run(&arguments, trials).exit();
}

/// The parser recurses over the source; test threads have small stacks.
fn on_big_stack(test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Result<(), Failed> {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(test)?;
    thread.join().unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        Err(message.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default().into())
    })
}
