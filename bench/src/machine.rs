//! Where results come from: the machine, the versions, the commit.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::engines::Engine;

/// A machine, as far as it decides how long programs take. What could not be learned is empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Its name in the network.
    pub host: String,
    /// The model of its processor.
    pub cpu: String,
    /// Processors that the process may use.
    pub cores: usize,
    pub memory_bytes: u64,
    pub system: String,
    /// How the frequency of the first processor is chosen, if the system says so.
    pub governor: String,
    /// Processes that wanted to run, on average over the minute before the experiment began.
    pub load: f64,
}

impl Machine {
    /// This one.
    pub fn this() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let kernel = |name: &str| read(&format!("/proc/sys/kernel/{name}")).trim().to_owned();
        let memory = value_of(&read("/proc/meminfo"), "MemTotal").and_then(|text| {
            let kilobytes: u64 = text.strip_suffix(" kB")?.parse().ok()?;
            Some(kilobytes * 1024)
        });
        Machine {
            host: kernel("hostname"),
            cpu: value_of(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_bytes: memory.unwrap_or_default(),
            system: format!("{} {}", kernel("ostype"), kernel("osrelease")).trim().to_owned(),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        }
    }

    /// In a line, for the heading of a report.
    pub fn describe(&self) -> String {
        let cpu = if self.cpu.is_empty() { "an unknown processor" } else { &self.cpu };
        let gigabytes = self.memory_bytes as f64 / f64::from(1 << 30);
        format!("{cpu}, {} cores, {gigabytes:.1} GB, {}, load {:.2}", self.cores, self.system, self.load)
    }

    /// What makes two machines differ in how fast they are: their load and name do not.
    pub fn differences(&self, other: &Machine) -> Vec<String> {
        let text = |machine: &Machine| {
            [
                ("processor", machine.cpu.clone()),
                ("cores", machine.cores.to_string()),
                ("memory", format!("{} MB", machine.memory_bytes >> 20)),
                ("system", machine.system.clone()),
                ("governor", machine.governor.clone()),
            ]
        };
        let pairs = text(self).into_iter().zip(text(other));
        pairs.filter(|(a, b)| a.1 != b.1).map(|(a, b)| format!("{}: {} and {}", a.0, a.1, b.1)).collect()
    }
}

/// The value of the first line `KEY: VALUE` in a text as under `/proc`.
fn value_of(text: &str, key: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
}

/// The state of the sources that the measured command was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub hash: String,
    /// Whether files differ from it.
    pub dirty: bool,
}

impl Commit {
    /// That of the checkout around this crate, if there is one.
    pub fn of_checkout() -> Option<Commit> {
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments);
            let output = command.output().ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        Some(Commit {
            hash: git(&["rev-parse", "HEAD"])?,
            dirty: !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty(),
        })
    }

    /// For reports.
    pub fn describe(commit: Option<&Commit>) -> String {
        match commit {
            None => "unknown".to_owned(),
            Some(commit) => {
                let short: String = commit.hash.chars().take(12).collect();
                short + if commit.dirty { " with changes" } else { "" }
            }
        }
    }
}

/// The versions of the engines, and of the compiler that built this workspace.
pub fn versions(engines: &[Engine]) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<_, _> = engines.iter().map(|engine| (engine.name.clone(), engine.version())).collect();
    versions.insert("rustc".to_owned(), env!("PSEUDO_BENCH_RUSTC").to_owned());
    versions
}

/// A number that files of different contents hardly share: FNV-1a, 64 bits, in hexadecimal. Empty if it can't be read.
///
/// By it one sees that two results are of the same command, or of the same program, without having them.
pub fn fingerprint(path: &Path) -> String {
    let Ok(bytes) = std::fs::read(path) else { return String::new() };
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// The time, in UTC, as in `2026-01-31T23:59:59Z`.
pub fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    date(seconds)
}

/// A time given in seconds since 1970. The date by E. Reingold and N. Dershowitz's way of counting from March.
fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn the_machine_is_known() {
        let machine = Machine::this();
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && machine.system.starts_with("Linux"), "{machine:?}");
        assert_eq!(machine.differences(&Machine { load: 99.0, host: String::new(), ..machine.clone() }), [""; 0]);
        let other = Machine { cores: 1000, ..machine.clone() };
        assert_eq!(machine.differences(&other), [format!("cores: {} and 1000", machine.cores)]);
    }

    #[test]
    fn contents_decide_the_fingerprint() {
        let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/machine.rs"));
        let other = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"));
        assert_eq!(fingerprint(here), fingerprint(here));
        assert_ne!(fingerprint(here), fingerprint(other));
        assert_eq!(fingerprint(Path::new("/no/such/file")), "");
    }
}
