//! Runs a process to its end, and says what it took.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

/// A process that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Seconds from start to end.
    pub seconds: f64,
    /// The most bytes of memory that it had at a time: pages of files that it had mapped count, as do its own.
    pub peak_bytes: u64,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// Runs a command without input.
///
/// # Errors
///
/// If it can't be started, or what it writes can't be read.
pub fn run(mut command: Command) -> io::Result<Finished> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The most that a process ever had is counted from its beginning, which is before it executes the command. It would share
    // this one's memory until then, and be charged with all of it, were there nothing to be done in between; as it is, it
    // begins as a copy, which has only the pages that were written: a few hundred KB, less than any program needs.
    // SAFETY: nothing is done.
    unsafe { command.pre_exec(|| Ok(())) };
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut errors = child.stderr.take().expect("a pipe was asked for");
    let reader = std::thread::spawn(move || {
        let mut stderr = Vec::new();
        errors.read_to_end(&mut stderr).map(|_| stderr)
    });
    let mut stdout = Vec::new();
    let read = child.stdout.take().expect("a pipe was asked for").read_to_end(&mut stdout);
    let (status, peak_bytes) = wait(child.id())?;
    let seconds = started.elapsed().as_secs_f64();
    read?;
    let stderr = reader.join().expect("reading does not panic")?;
    Ok(Finished { status, seconds, peak_bytes, stdout, stderr })
}

/// Waits for a child to end. Gives how it did, and its peak of resident memory in bytes.
fn wait(pid: u32) -> io::Result<(ExitStatus, u64)> {
    let mut status = 0;
    // SAFETY: all zeros is a value of this plain structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to places that live longer than the call.
        if unsafe { libc::wait4(pid as libc::pid_t, &mut status, 0, &mut usage) } >= 0 {
            // Linux counts in KB.
            return Ok((ExitStatus::from_raw(status), usage.ru_maxrss as u64 * 1024));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Finished {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command).unwrap()
    }

    #[test]
    fn output_and_status_are_the_process_s() {
        let finished = shell("echo out; echo err >&2; exit 3");
        assert_eq!((finished.stdout, finished.stderr), (b"out\n".to_vec(), b"err\n".to_vec()));
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.seconds > 0.0);
    }

    #[test]
    fn memory_is_that_of_the_process() {
        let least = shell("exit 0").peak_bytes;
        assert!((100 << 10..8 << 20).contains(&least), "{least} bytes");
        let most = shell("x=$(head -c 30000000 /dev/zero | tr '\\0' x); exit 0").peak_bytes;
        assert!(most > 30_000_000, "{most} bytes");
    }
}
