//! The `pseudo` command.

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind as ClapErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use pseudo::profile::{self, Target, Wishes};
use pseudo::repl::{self, Terminal};
use pseudo::{
    Outcome, RunOptions, STATUS_BAD_SOURCE, Session, Tier, dump, explain, limits, params_help, parts_help, passes_help,
};
use pseudo_trace::opt::PassSet;
use pseudo_vm::syntax::source::Source;
use pseudo_vm::vm::SecondTime;

/// Runs programs in Pseudocode, hot loops as machine code, and shows how.
#[derive(Parser, PartialEq, Debug)]
#[command(name = "pseudo", version, about, max_term_width = 100)]
struct Cli {
    /// The program: a file, or `-` for standard input. Without one, on a terminal: a prompt
    #[arg(value_name = "FILE")]
    file: Option<String>,

    /// What the program's `args()` gives; put `--` before arguments that begin with a dash
    #[arg(value_name = "ARGS")]
    args: Vec<String>,

    /// Run this text instead of a file
    #[arg(short = 'e', value_name = "CODE")]
    code: Option<String>,

    /// What compiles the program: nothing, whole functions, traces, or functions first and then traces
    #[arg(long, value_name = "TIER", default_value = AUTO, value_parser = tier_names())]
    tier: String,

    /// `off` is `--tier interp`
    #[arg(long, value_name = "on|off", default_value = "on")]
    jit: Switch,

    /// Memory for the program's objects, such as 64M or 1.5G [default: four fifths of what there is]
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, value_parser = limits::memory)]
    max_memory: Option<usize>,

    /// How deep calls may be nested [default: as deep as the stack reaches, at least 200000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = limits::depth)]
    max_depth: Option<u32>,

    /// Throw an error of kind `limit` after so many seconds, and again after each further period
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = limits::time)]
    max_time: Option<Duration>,

    /// Let the program use the files of its own folder, and nothing else of the system: no other paths, no environment
    #[arg(long)]
    sandbox: bool,

    /// Set a parameter of the compiler; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,

    /// Switch optimisation passes: `none`, `all`, or a list like `-licm,+cse`
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    passes: Option<String>,

    /// Show every trace, on standard error: all parts but what passes change, or those that are named; or everything, as
    /// `json` or as `html`, a page for a browser
    #[arg(long, value_name = "PARTS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    trace_dump: Option<String>,

    /// Write the trace dump to this file
    #[arg(long, value_name = "PATH")]
    trace_dump_file: Option<PathBuf>,

    /// Show traces only that go through `function=NAME`, `line=N` or `line=N..M`, or are `trace=N`, and of all events only
    /// `event=NAME`; may be repeated
    #[arg(long, value_name = "CONDITIONS")]
    trace_dump_filter: Vec<String>,

    /// Tell `perf` of the machine code: names in `/tmp/perf-PID.map`, code and source lines in `/tmp/jit-PID.dump`
    #[arg(long)]
    perf: bool,

    /// Tell gdb of the machine code: names, source lines, and how to unwind through it
    #[arg(long)]
    gdb: bool,

    /// Sample where time goes, so often in a second [default: 997]; a table on standard error at the end
    #[arg(long, value_name = "HZ", num_args = 0..=1, require_equals = true, default_missing_value = "997",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(profile::MOST_HERTZ)))]
    profile: Option<u32>,

    /// The same, and write stacks to a file, a line each with the number of samples
    #[arg(long, value_name = "FILE")]
    profile_folded: Option<PathBuf>,

    /// The same, and draw a flame graph
    #[arg(long, value_name = "FILE")]
    profile_svg: Option<PathBuf>,

    /// Show the bytecode and do not run it
    #[arg(long)]
    bytecode: bool,

    /// Show what the compiler did, on standard error, when the program has ended; `json`: as one object
    #[arg(long, value_name = "text|json", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    stats: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The tier of a command line that names none.
const AUTO: &str = "auto";

/// The values of `--tier`.
fn tier_names() -> PossibleValuesParser {
    PossibleValuesParser::new(Tier::ALL.map(|(name, _)| name))
}

/// The tier of a name that has been checked.
fn tier(name: &str) -> Tier {
    Tier::ALL.into_iter().find(|(known, _)| *known == name).map_or_else(Tier::default, |(_, tier)| tier)
}

fn main() -> ExitCode {
    ExitCode::from(run())
}

/// Whether messages have colours: on a terminal, unless the user wants none in anything (<https://no-color.org>).
fn has_colours(terminal: bool, no_color: Option<OsString>) -> bool {
    terminal && no_color.is_none_or(|value| value.is_empty())
}

/// Prints an error that has no place in a program.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

impl Cli {
    /// What a command line says that has no options: most have none, and a parser's code and tables would be a good part
    /// of the memory that a small program takes.
    fn without_options(words: impl Iterator<Item = OsString>) -> Option<Cli> {
        let words = words.map(|word| word.into_string().ok().filter(|word| !word.starts_with('-')));
        let mut words = words.collect::<Option<Vec<String>>>()?.into_iter();
        Some(Cli {
            file: words.next(),
            args: words.collect(),
            code: None,
            tier: AUTO.to_string(),
            jit: Switch::On,
            max_memory: None,
            max_depth: None,
            max_time: None,
            sandbox: false,
            params: Vec::new(),
            passes: None,
            trace_dump: None,
            trace_dump_file: None,
            trace_dump_filter: Vec::new(),
            perf: false,
            gdb: false,
            profile: None,
            profile_folded: None,
            profile_svg: None,
            bytecode: false,
            stats: None,
        })
    }
}

#[cold]
#[inline(never)]
fn parse_command_line(words: &[OsString]) -> Result<Cli, u8> {
    let matches = Cli::command()
        .after_help(format!(
            "{EXPLAIN_HELP}\nParameters of the compiler:\n{}\nPasses:\n{}\nParts of a trace dump:\n{}",
            params_help(),
            passes_help(),
            parts_help()
        ))
        .try_get_matches_from([OsString::from("pseudo")].iter().chain(words));
    match matches.and_then(|matches| <Cli as clap::FromArgMatches>::from_arg_matches(&matches)) {
        Ok(mut cli) => {
            if cli.code.is_some() {
                // Without a file every argument is the program's.
                cli.args.splice(0..0, cli.file.take());
            }
            Ok(cli)
        }
        Err(error) => {
            let _ = error.print();
            match error.kind() {
                ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion => Err(0),
                _ => Err(STATUS_BAD_SOURCE),
            }
        }
    }
}

/// Reads the program's text.
fn read_source(cli: &Cli) -> Result<Source, String> {
    let (name, bytes) = match (&cli.code, cli.file.as_deref()) {
        (Some(code), _) => ("-e".to_string(), code.clone().into_bytes()),
        (None, Some("-")) => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("cannot read standard input: {error}"))?;
            ("stdin".to_string(), bytes)
        }
        (None, Some(file)) => {
            let bytes = std::fs::read(file).map_err(|error| pseudo_vm::loader::problem(file, &error))?;
            (file.to_string(), bytes)
        }
        (None, None) => {
            return Err("no program was given: name a file, or `-` for standard input; see --help".to_string());
        }
    };
    pseudo::read_source(&name, &bytes)
}

/// The trace dump that a command line asks for.
fn dump_request(cli: &Cli) -> Result<Option<dump::Request>, String> {
    let Some(parts) = &cli.trace_dump else {
        return match (&cli.trace_dump_file, cli.trace_dump_filter.first()) {
            (None, None) => Ok(None),
            _ => Err("there is no trace dump: `--trace-dump` asks for one".to_string()),
        };
    };
    let format = match parts.as_str() {
        "" => dump::Format::Text(dump::Parts::default()),
        "json" => dump::Format::Json,
        "html" if cli.trace_dump_file.is_none() && std::io::stderr().is_terminal() => {
            return Err("a page is not for a terminal: `--trace-dump-file PATH` says where it goes".to_string());
        }
        "html" => dump::Format::Html,
        list => dump::Format::Text(dump::Parts::parse(list)?),
    };
    let mut filter = dump::Filter::default();
    for conditions in &cli.trace_dump_filter {
        filter.add(conditions)?;
    }
    let (writer, terminal): (Box<dyn Write>, bool) = match &cli.trace_dump_file {
        Some(path) => {
            let file = std::fs::File::create(path)
                .map_err(|error| format!("the trace dump cannot be written to `{}`: {error}", path.display()))?;
            (Box::new(BufWriter::new(file)), false)
        }
        None => (Box::new(BufWriter::new(std::io::stderr())), std::io::stderr().is_terminal()),
    };
    let colour = has_colours(terminal, std::env::var_os("NO_COLOR"));
    Ok(Some(dump::Request { writer, format, filter, colour }))
}

/// What `--help` says of explanations.
const EXPLAIN_HELP: &str = "\
Explaining:
  pseudo explain FILE[:LINE]  runs the program, its output dropped, and says what became of each loop (or of those on a
                              line): compiled or not and why, what was taken out of it, which tests are left in it and
                              how often each failed, what could be changed
";

/// Takes the line off the name of a file, `program.pseudo:12`, unless that is a file's name.
fn split_line(cli: &mut Cli) -> Option<u32> {
    let file = cli.file.as_ref().filter(|file| !Path::new(file).exists())?;
    let (name, line) = file.rsplit_once(':')?;
    let line = line.parse().ok()?;
    cli.file = Some(name.to_string());
    Some(line)
}

/// Says what became of a program's loops.
fn explain_loops(options: RunOptions, source: Source, line: Option<u32>) -> u8 {
    match explain::explain(options, source, line) {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Err(Outcome { status, message }) => {
            let _ = std::io::stderr().write_all(message.as_bytes());
            status
        }
    }
}

/// The folder that a program lies in; the one that the process runs in for one that is no file.
fn own_folder(cli: &Cli) -> PathBuf {
    let file = cli.file.as_deref().filter(|file| cli.code.is_none() && *file != "-");
    file.and_then(|file| Path::new(file).parent()).unwrap_or(Path::new("")).to_path_buf()
}

/// What is to be made of a profile, if one is asked for. Files are made at once, so that the program does not run in vain.
fn profile_wishes(cli: &Cli) -> Result<Option<Wishes>, String> {
    if cli.profile.is_none() && cli.profile_folded.is_none() && cli.profile_svg.is_none() {
        return Ok(None);
    }
    let target = |path: &Option<PathBuf>| path.as_deref().map(Target::new).transpose();
    Ok(Some(Wishes {
        hertz: cli.profile.unwrap_or(profile::HERTZ),
        folded: target(&cli.profile_folded)?,
        svg: target(&cli.profile_svg)?,
    }))
}

fn run() -> u8 {
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    // A program of that name can be run as `./explain`.
    let explains = words.len() > 1 && words[0] == "explain";
    if explains {
        words.remove(0);
    }
    let parsed = Cli::without_options(words.iter().cloned()).map_or_else(|| parse_command_line(&words), Ok);
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let line = if explains { split_line(&mut cli) } else { None };
    let mut options = RunOptions {
        args: cli.args.clone(),
        tier: if cli.jit == Switch::Off { Tier::Interp } else { tier(&cli.tier) },
        max_memory: cli.max_memory,
        max_depth: cli.max_depth,
        max_time: cli.max_time,
        sandbox: cli.sandbox.then(|| own_folder(&cli)),
        ..RunOptions::default()
    };
    for assignment in &cli.params {
        if let Err(message) = options.params.set(assignment) {
            complain(&message);
            return STATUS_BAD_SOURCE;
        }
    }
    if let Some(list) = &cli.passes {
        match PassSet::parse(list) {
            Ok(passes) => options.passes = passes,
            Err(unknown) => {
                complain(&unknown.to_string());
                return STATUS_BAD_SOURCE;
            }
        }
    }
    options.timed = cli.stats.is_some();
    options.perf = cli.perf;
    options.gdb = cli.gdb;
    options.profile = match profile_wishes(&cli) {
        Ok(wishes) => wishes,
        Err(message) => {
            complain(&message);
            return STATUS_BAD_SOURCE;
        }
    };
    options.colour = has_colours(std::io::stderr().is_terminal(), std::env::var_os("NO_COLOR"));
    match dump_request(&cli) {
        Ok(request) => options.dump = request,
        Err(message) => {
            complain(&message);
            return STATUS_BAD_SOURCE;
        }
    }
    if cli.file.is_none() && cli.code.is_none() && std::io::stdin().is_terminal() {
        if options.profile.is_some() {
            complain("a profile is of a program: name a file, or `-` for standard input");
            return STATUS_BAD_SOURCE;
        }
        return prompt(options);
    }
    let wants_profile = options.profile.is_some();
    if !wants_profile && matches!(&options.dump, Some(request) if matches!(request.format, dump::Format::Html)) {
        // Its traces are listed by the time that was spent in them.
        options.profile = Some(Wishes { hertz: profile::HERTZ, ..Wishes::default() });
    }
    let source = match read_source(&cli) {
        Ok(source) => source,
        Err(message) => {
            complain(&message);
            return STATUS_BAD_SOURCE;
        }
    };
    if explains {
        return explain_loops(options, source, line);
    }
    let mut session = match Session::new(options) {
        Ok(session) => session,
        Err(error) => {
            complain(&format!("cannot set up the machine: {error}"));
            return 1;
        }
    };
    if cli.bytecode {
        return match session.bytecode(source) {
            Ok(listing) => {
                let _ = std::io::stdout().write_all(listing.as_bytes());
                0
            }
            Err(message) => {
                let _ = std::io::stderr().write_all(message.as_bytes());
                STATUS_BAD_SOURCE
            }
        };
    }
    // Without it Ctrl-C ends the program all the same, only without a word.
    let _ = session.interrupter().on_ctrl_c(SecondTime::Kill);
    let Outcome { status, message } = session.run(source);
    let _ = std::io::stderr().write_all(message.as_bytes());
    let statistics = cli.stats.map(|format| match format {
        Format::Text => session.statistics(),
        Format::Json => session.statistics_json(),
    });
    let _ = std::io::stderr().write_all(statistics.unwrap_or_default().as_bytes());
    match session.write_profile().filter(|_| wants_profile) {
        Some(Ok(table)) => {
            let _ = std::io::stderr().write_all(table.as_bytes());
        }
        Some(Err(message)) => {
            complain(&message);
            return if status == 0 { 1 } else { status };
        }
        None => {}
    }
    status
}

/// Reads and runs entries from the terminal.
fn prompt(options: RunOptions) -> u8 {
    let opened = Session::new(options).and_then(|session| Ok((session, Terminal::new(repl::history_file())?)));
    let (mut session, mut terminal) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            complain(&format!("cannot begin: {error}"));
            return 1;
        }
    };
    // Without it Ctrl-C ends the process, a running program or not.
    let _ = session.interrupter().on_ctrl_c(SecondTime::Interrupt);
    let _ =
        writeln!(std::io::stdout(), "pseudo {}; .help shows what can be done, Ctrl-D ends", env!("CARGO_PKG_VERSION"));
    match repl::run(&mut session, &mut terminal, &mut std::io::stdout()) {
        Ok(status) => status,
        Err(error) => {
            complain(&format!("cannot go on: {error}"));
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser;

    use super::{Cli, has_colours};

    #[test]
    fn command_lines_without_options_mean_what_the_parser_says() {
        for line in [&[] as &[&str], &["a.pseudo"], &["a.pseudo", "b", "", "c=d", "é"], &[""]] {
            let parsed = Cli::try_parse_from(["pseudo"].iter().chain(line)).expect("a command line");
            assert_eq!(Cli::without_options(line.iter().map(OsString::from)), Some(parsed));
        }
        for line in [&["-"] as &[&str], &["a.pseudo", "--", "b"], &["--stats", "a.pseudo"]] {
            assert_eq!(Cli::without_options(line.iter().map(OsString::from)), None);
        }
    }

    #[test]
    fn colours_are_for_terminals_and_for_those_who_want_them() {
        assert!(has_colours(true, None));
        assert!(has_colours(true, Some("".into())));
        assert!(!has_colours(true, Some("1".into())));
        assert!(!has_colours(false, None));
    }
}
