//! The line on standard error that says how far it has come, where somebody may be watching.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::process::terminal_width;

/// Cells of the bar.
const BAR: usize = 16;
/// Columns, if they are not known.
const WIDTH: usize = 80;
/// How often the line is written at most.
const PAUSE: Duration = Duration::from_millis(100);

/// A line that is written over and over. Nothing is, if standard error is no terminal.
pub struct Progress {
    title: &'static str,
    began: Instant,
    written: Option<Instant>,
    watched: bool,
}

impl Progress {
    /// Begins to count the time.
    pub fn new(title: &'static str) -> Progress {
        Progress { title, began: Instant::now(), written: None, watched: io::stderr().is_terminal() }
    }

    /// Says which part of the work is done, from 0 to 1, and what is being done.
    pub fn update(&mut self, done: f64, text: &str) {
        if !self.watched || self.written.is_some_and(|written| written.elapsed() < PAUSE) {
            return;
        }
        self.written = Some(Instant::now());
        let line = bar(self.title, done, self.began.elapsed(), text);
        // The last column stays free: terminals would begin a new line.
        let line: String = line.chars().take(terminal_width().unwrap_or(WIDTH).saturating_sub(1)).collect();
        self.write(&line);
    }

    /// Takes the line away, for other output.
    pub fn clear(&mut self) {
        if self.written.take().is_some() {
            self.write("");
        }
    }

    fn write(&self, line: &str) {
        // A progress line that can't be written is no loss.
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(title: &str, done: f64, elapsed: Duration, text: &str) -> String {
    let done = done.clamp(0.0, 1.0);
    let filled = (done * BAR as f64) as usize;
    let bar = format!("[{}{}]", "#".repeat(filled), ".".repeat(BAR - filled));
    let left = match done > 0.0 {
        true => format!("{} left", clock(elapsed.mul_f64((1.0 - done) / done.max(1e-6)))),
        false => "-:-- left".to_owned(),
    };
    format!("{title} {bar} {:3.0}% {left}  {text}", done * 100.0)
}

/// Hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_what_is_left() {
        let line = bar("ablate", 0.25, Duration::from_secs(100), "queens: -licm");
        assert_eq!(line, "ablate [####............]  25% 5:00 left  queens: -licm");
        assert_eq!(bar("x", 0.0, Duration::ZERO, "y"), format!("x [{}]   0% -:-- left  y", ".".repeat(BAR)));
        assert_eq!(bar("x", 7.0, Duration::from_secs(9), "y"), format!("x [{}] 100% 0:00 left  y", "#".repeat(BAR)));
        assert_eq!(clock(Duration::from_secs(7384)), "2:03:04");
    }
}
