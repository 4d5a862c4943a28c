//! Runs a process to its end, and says what it took. Hears of the user's wish to stop.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Instant;

/// A process that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Seconds from start to end.
    pub seconds: f64,
    /// Seconds of the processor in the process and in those that it waited for.
    pub user_seconds: f64,
    /// Seconds of the processor in the system for it.
    pub system_seconds: f64,
    /// The most bytes of memory that it had at a time: pages of files that it had mapped count, as do its own. Not less than what
    /// this process has written to.
    pub peak_bytes: u64,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// Runs a command without input. Where it takes more than `limit` seconds of the processor, the system ends it with [`OVER_LIMIT`].
///
/// # Errors
///
/// If it can't be started, or what it writes can't be read.
pub fn run(mut command: Command, limit: Option<u64>) -> io::Result<Finished> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The most that a process ever had is counted from its beginning, which is before it executes the command. It would share
    // this one's memory until then, and be charged with all of it, were there nothing to be done in between; as it is, it
    // begins as a copy, which has only the pages that were written: a few hundred KB, less than any program needs.
    // SAFETY: in between only the system is called, with a pointer to a place that lives long enough.
    unsafe {
        command.pre_exec(move || {
            let Some(seconds) = limit else { return Ok(()) };
            // With the first limit a process may still do something about it, such as to end with a message; not with the second.
            let limit = libc::rlimit { rlim_cur: seconds, rlim_max: seconds.saturating_add(1) };
            match libc::setrlimit(libc::RLIMIT_CPU, &limit) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        })
    };
    let started = Instant::now();
    let mut child = command.spawn()?;
    RUNNING.store(child.id() as i32, Ordering::Relaxed);
    let mut errors = child.stderr.take().expect("a pipe was asked for");
    let reader = std::thread::spawn(move || {
        let mut stderr = Vec::new();
        errors.read_to_end(&mut stderr).map(|_| stderr)
    });
    let mut stdout = Vec::new();
    let read = child.stdout.take().expect("a pipe was asked for").read_to_end(&mut stdout);
    let (status, usage) = wait(child.id())?;
    let seconds = started.elapsed().as_secs_f64();
    read?;
    let stderr = reader.join().expect("reading does not panic")?;
    Ok(Finished {
        status,
        seconds,
        user_seconds: seconds_of(usage.ru_utime),
        system_seconds: seconds_of(usage.ru_stime),
        // Linux counts in KB.
        peak_bytes: usage.ru_maxrss as u64 * 1024,
        stdout,
        stderr,
    })
}

/// The signal that ends a process which has used up its time.
pub const OVER_LIMIT: i32 = libc::SIGXCPU;

fn seconds_of(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

/// Waits for a child to end. Gives how it did, and what it used.
fn wait(pid: u32) -> io::Result<(ExitStatus, libc::rusage)> {
    let mut status = 0;
    // SAFETY: all zeros is a value of this plain structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to places that live longer than the call.
        if unsafe { libc::wait4(pid as libc::pid_t, &mut status, 0, &mut usage) } >= 0 {
            RUNNING.store(0, Ordering::Relaxed);
            return Ok((ExitStatus::from_raw(status), usage));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Whether a signal to stop has come.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The process that is being run, or 0.
static RUNNING: AtomicI32 = AtomicI32::new(0);

extern "C" fn note_interrupt(_signal: libc::c_int) {
    INTERRUPTED.store(true, Ordering::Relaxed);
    let running = RUNNING.load(Ordering::Relaxed);
    if running > 0 {
        // SAFETY: the call may be made in a handler. The process is this one's child, and has not been waited for.
        unsafe { libc::kill(running, libc::SIGKILL) };
    }
}

/// From now on Ctrl-C, and a batch system's wish to stop, end the process that is being run, and not this one, which is to look
/// whether it [`is_interrupted`].
pub fn note_interrupts() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: all zeros is a value of this plain structure.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = note_interrupt as extern "C" fn(libc::c_int) as usize;
        // SAFETY: the handler reads and writes atomics, and makes a call that is allowed at any point of a program.
        unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) };
    }
}

/// Whether the user wants it to stop.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Columns of the terminal that standard error is, if it is one.
pub fn terminal_width() -> Option<usize> {
    // SAFETY: all zeros is a value of this plain structure.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: the call writes to such a structure, which lives longer.
    let known = unsafe { libc::ioctl(libc::STDERR_FILENO, libc::TIOCGWINSZ, &mut size) } == 0;
    (known && size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Finished {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, None).unwrap()
    }

    #[test]
    fn output_and_status_are_the_process_s() {
        let finished = shell("echo out; echo err >&2; exit 3");
        assert_eq!((finished.stdout, finished.stderr), (b"out\n".to_vec(), b"err\n".to_vec()));
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.seconds > 0.0);
    }

    #[test]
    fn time_is_that_of_the_process() {
        let idle = shell("sleep 0.2");
        assert!(idle.seconds >= 0.2 && idle.user_seconds + idle.system_seconds < 0.15, "{idle:?}");
        let busy = shell("i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done");
        assert!(busy.user_seconds > 0.0, "{busy:?}");
    }

    #[test]
    fn a_process_that_takes_too_long_is_ended() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        let finished = run(command, Some(1)).unwrap();
        assert_eq!(finished.status.signal(), Some(OVER_LIMIT), "{finished:?}");
    }
}
