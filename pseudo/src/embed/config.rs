//! How a machine is set up.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use pseudo_codegen::engine::{Params, Tier};
use pseudo_trace::opt::PassSet;

use super::Error;
use super::native::{Panicked, Stream};
use crate::RunOptions;

/// Options of a [`Vm`](crate::Vm). What is not said is as in the command.
///
/// ```
/// use std::time::Duration;
/// use pseudo::{Config, Tier, Vm};
///
/// let config = Config::new()
///     .tier(Tier::Trace)
///     .param("hotloop", 10)?
///     .passes("-licm")?
///     .max_memory(64 << 20)
///     .max_time(Duration::from_secs(1))
///     .capture_output();
/// let mut vm = Vm::with_config(config)?;
/// vm.exec("print('hello')")?;
/// assert_eq!(vm.take_output(), "hello\n");
/// # Ok::<(), pseudo::Error>(())
/// ```
#[derive(Default)]
pub struct Config {
    tier: Tier,
    params: Params,
    passes: PassSet,
    args: Vec<String>,
    max_memory: Option<usize>,
    max_depth: Option<u32>,
    max_time: Option<Duration>,
    output: Where,
    input: Option<Vec<u8>>,
    sandbox: Option<PathBuf>,
    dump: Option<Box<dyn Write + Send>>,
}

/// Where what the program prints goes.
#[derive(Default)]
enum Where {
    #[default]
    Stdout,
    Captured,
    Stream(Box<dyn Write + Send>),
}

impl Config {
    /// The command's options.
    pub fn new() -> Config {
        Config::default()
    }

    /// What compiles programs: nothing, whole functions, traces, or both (unless this is called).
    pub fn tier(mut self, tier: Tier) -> Config {
        self.tier = tier;
        self
    }

    /// Sets a parameter of the compiler, as `--param` does.
    ///
    /// # Errors
    ///
    /// If there is no such parameter, or the value is not in its range: the message says what there is.
    pub fn param(mut self, name: &str, value: u32) -> Result<Config, Error> {
        self.params.set(&format!("{name}={value}"))?;
        Ok(self)
    }

    /// Switches optimisation passes: `none`, `all`, or a list like `-licm,+cse`.
    ///
    /// # Errors
    ///
    /// If it names a pass that there is not.
    pub fn passes(mut self, list: &str) -> Result<Config, Error> {
        self.passes = PassSet::parse(list).map_err(|unknown| unknown.to_string())?;
        Ok(self)
    }

    /// What `args()` gives.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Config {
        self.args = args.into_iter().map(S::into).collect();
        self
    }

    /// Bytes that the program's objects may take, at least 8 MB: beyond them an error of kind `limit` is thrown.
    pub fn max_memory(mut self, bytes: usize) -> Config {
        self.max_memory = Some(bytes);
        self
    }

    /// How deep calls may be nested: beyond that an error of kind `stack_overflow` is thrown.
    pub fn max_depth(mut self, calls: u32) -> Config {
        self.max_depth = Some(calls);
        self
    }

    /// How long each run or call may take: then an error of kind `limit` is thrown, and again after each such time more.
    pub fn max_time(mut self, time: Duration) -> Config {
        self.max_time = Some(time);
        self
    }

    /// Keeps what the program prints, for [`Vm::take_output`](crate::Vm::take_output).
    pub fn capture_output(mut self) -> Config {
        self.output = Where::Captured;
        self
    }

    /// Writes what the program prints to a stream, whole lines as they come, and the rest when a run ends.
    pub fn output_to(mut self, stream: impl Write + Send + 'static) -> Config {
        self.output = Where::Stream(Box::new(stream));
        self
    }

    /// What `input` reads, in place of standard input.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Config {
        self.input = Some(bytes.into());
        self
    }

    /// Lets the program read, write and import the files of this folder, and use nothing else of the system: other paths,
    /// and the environment, are errors of kind `io`.
    pub fn sandbox(mut self, folder: impl Into<PathBuf>) -> Config {
        self.sandbox = Some(folder.into());
        self
    }

    /// Writes the dump of every trace to a stream, as `--trace-dump` does.
    pub fn trace_dump(mut self, stream: impl Write + Send + 'static) -> Config {
        self.dump = Some(Box::new(stream));
        self
    }

    /// As options of a session. All that they hold can be sent to another thread.
    pub(super) fn into_options(self, panicked: &Panicked) -> RunOptions {
        let guarded = |stream| Box::new(Stream(stream, panicked.clone())) as Box<dyn Write>;
        RunOptions {
            args: self.args,
            tier: self.tier,
            params: self.params,
            passes: self.passes,
            dump: self.dump.map(|writer| crate::dump::Request::text(guarded(writer))),
            capture: matches!(self.output, Where::Captured),
            stream: match self.output {
                Where::Stream(stream) => Some(guarded(stream)),
                Where::Stdout | Where::Captured => None,
            },
            input: self.input,
            max_memory: self.max_memory,
            max_depth: self.max_depth,
            max_time: self.max_time,
            sandbox: self.sandbox,
            ..RunOptions::default()
        }
    }
}
