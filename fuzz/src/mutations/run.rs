//! Runs a program until it says what is looked for.

use std::io::{BufRead as _, BufReader, Read, Result};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// It said it.
    Said(T),
    /// By itself.
    Exited(ExitStatus),
    /// It was taking too long.
    TooLong,
}

/// Runs a program until a line of what it writes is what is looked for, or for so long. How it ended, and after how long.
///
/// # Errors
///
/// If it can't be run.
pub fn until<T>(
    mut command: Command,
    limit: Duration,
    is_it: impl Fn(&str) -> Option<T>,
) -> Result<(Ended<T>, Duration)> {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, lines) = channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            // What a program writes need not be text.
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
    }
    drop(sender);
    loop {
        match lines.recv_timeout(limit.saturating_sub(began.elapsed())) {
            Ok(line) => {
                if let Some(found) = is_it(line.trim_end()) {
                    let seconds = began.elapsed();
                    end(&mut child)?;
                    return Ok((Ended::Said(found), seconds));
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child)?;
                return Ok((Ended::TooLong, began.elapsed()));
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((Ended::Exited(child.wait()?), began.elapsed())),
        }
    }
}

fn end(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait().map(drop)
}
