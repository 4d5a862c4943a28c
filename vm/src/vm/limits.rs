//! What a program may use: memory, time, and depth of calls.
//!
//! Memory and time raise a bit that is polled at safepoints. Depth is exact, whatever the sizes of frames: when it is
//! limited, the interpreter runs with a table of handlers that looks at every change of frames (`interp::depth`), and
//! compiled code gets no more of the stack than frames of the least size could fill ([`Vm::stack_limit_at`]). When it is
//! not, nothing is counted, and only the stack's end is checked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{PENDING_TIME, Vm};
use crate::bytecode::word::Word;
use crate::error::{ErrorKind, Thrown};
use crate::interp::root_return;
use crate::jit::FRAME_LINK;
use crate::stack::Frames;
use crate::value::Value;

/// The least memory that a machine can be limited to, in bytes: the nursery takes half of it.
pub const LEAST_MEMORY: usize = 8 << 20;

/// Depth of calls that are not tail calls.
#[derive(Debug)]
pub(crate) struct Depth {
    /// The deepest that calls may be nested.
    most: u32,
    /// How deep the frame at `base` is; the frame that a run begins in is at 0.
    now: u32,
    /// Register 0 of the frame that was looked at last; null if all is to be counted anew.
    base: *mut Value,
}

impl Depth {
    pub(super) fn new(most: u32) -> Depth {
        Depth { most, now: 0, base: std::ptr::null_mut() }
    }

    /// Has all frames counted when the next instruction runs.
    pub(crate) fn forget(&mut self) {
        self.base = std::ptr::null_mut();
    }

    /// Whether the frame at `base` is the one that was looked at last.
    #[inline(always)]
    pub(crate) fn is_at(&self, base: *mut Value) -> bool {
        self.base == base
    }

    /// Looks at another frame. `pc` is its next instruction. False if it is too deep.
    ///
    /// # Safety
    ///
    /// As for [`Frames::new`].
    #[inline(never)]
    pub(crate) unsafe fn move_to(&mut self, pc: *const u64, base: *mut Value) -> bool {
        if pc == root_return() {
            // The run is over, and what lies here is no frame.
            return true;
        }
        // SAFETY: as the caller promises.
        let counted = || unsafe { Frames::new(pc, base).count() as u32 - 1 };
        // One instruction enters one frame or leaves one. All else (errors, compiled code) makes the depth forgotten.
        self.now = if self.base.is_null() {
            counted()
        } else if base < self.base {
            self.now - 1
        } else {
            self.now + 1
        };
        self.base = base;
        debug_assert_eq!(self.now, counted());
        self.now <= self.most
    }

    /// Compiled code that was entered with the frame looked at last has left with the one at `base`.
    ///
    /// # Safety
    ///
    /// As for [`Frames::new`].
    pub(super) unsafe fn resume(&mut self, pc: *const u64, base: *mut Value) {
        if base < self.base {
            return self.forget();
        }
        let entered = self.base;
        // SAFETY: as the caller promises.
        let inlined = unsafe { Frames::new(pc, base) }.take_while(|frame| frame.base > entered).count();
        self.now += inlined as u32;
        self.base = base;
    }
}

/// A frame's caller: the instruction that the call returns to, and register 0. `None` for the frame that a run began in.
///
/// # Safety
///
/// `base` must be register 0 of a frame, linked down to a root frame.
pub(crate) unsafe fn caller_of(base: *mut Value) -> Option<(*const u64, *mut Value)> {
    // SAFETY: as the caller promises; a return address lies behind a call.
    unsafe {
        let window = base.sub(FRAME_LINK);
        let pc = (*window).0 as *const u64;
        if pc == root_return() { None } else { Some((pc, window.sub(Word(*pc.sub(1)).a()))) }
    }
}

impl Vm {
    /// Whether the depth of calls is limited.
    pub fn limits_depth(&self) -> bool {
        self.depth.most != u32::MAX
    }

    /// Where frames of compiled code must end that is entered with the frame at `base`, which is the one that runs.
    pub fn stack_limit_at(&self, base: *mut Value) -> *mut Value {
        if !self.limits_depth() {
            return self.stack_limit;
        }
        debug_assert!(self.depth.is_at(base), "entered with a frame that was not looked at");
        // A frame lies at least its link beyond the one that it was called from.
        let frames = self.depth.most.saturating_sub(self.depth.now) as usize;
        base.wrapping_add(frames * FRAME_LINK).min(self.stack_limit)
    }

    /// The error of calls that are nested too deeply.
    #[cold]
    pub(crate) fn stack_overflow(&self) -> Thrown {
        Thrown::new(ErrorKind::StackOverflow, "calls are nested too deeply")
    }
}

/// Raises [`PENDING_TIME`] again and again while a run is under way. One thread for all runs of a machine: a host may make
/// very many short ones.
#[derive(Debug)]
pub(super) struct Timer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and the machine both see.
#[derive(Debug)]
struct Shared {
    clock: Mutex<Clock>,
    changed: Condvar,
    pending: Arc<AtomicU32>,
}

#[derive(Debug, Default)]
struct Clock {
    /// When to raise the bit; `None` between runs.
    due: Option<Instant>,
    /// How long after that to raise it again.
    period: Duration,
    /// When the thread will look again by itself; `None`: when it is told to.
    looks: Option<Instant>,
    stops: bool,
}

/// A run whose time is limited, while it lives.
#[derive(Debug)]
pub(super) struct Timed(Arc<Shared>);

impl Timer {
    /// Starts the thread.
    pub(super) fn new(pending: Arc<AtomicU32>) -> std::io::Result<Timer> {
        let shared = Arc::new(Shared { clock: Mutex::default(), changed: Condvar::new(), pending });
        let seen = shared.clone();
        let thread = std::thread::Builder::new().name("time limit".to_string()).spawn(move || seen.watch())?;
        Ok(Timer { shared, thread: Some(thread) })
    }

    /// Limits a run.
    pub(super) fn start(&self, period: Duration) -> Timed {
        let mut clock = self.shared.lock();
        let due = Instant::now().checked_add(period);
        (clock.due, clock.period) = (due, period);
        // It need not be woken only to sleep on for longer.
        if due.is_some_and(|due| clock.looks.is_none_or(|looks| looks > due)) {
            self.shared.changed.notify_one();
        }
        Timed(self.shared.clone())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Clock> {
        // Nobody panics while it is locked.
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut clock = self.lock();
        while !clock.stops {
            let now = Instant::now();
            if clock.due.is_some_and(|due| due <= now) {
                self.pending.fetch_or(PENDING_TIME, Ordering::Relaxed);
                clock.due = now.checked_add(clock.period);
            }
            clock.looks = clock.due;
            clock = match clock.due {
                Some(due) => self.changed.wait_timeout(clock, due - now).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(clock).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let mut clock = self.0.lock();
        clock.due = None;
        // What was raised last was meant for this run.
        self.0.pending.fetch_and(!PENDING_TIME, Ordering::Relaxed);
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.shared.lock().stops = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The error of a program that takes too long.
#[cold]
pub(super) fn too_slow(period: Duration) -> Thrown {
    Thrown::new(ErrorKind::Limit, format!("time limit of {} s exceeded", period.as_secs_f64()))
}

/// The limit of a machine that is given this one. The address space bounds it in any case: beyond that the allocator
/// gives nothing, and the machine could not go on.
pub(super) fn memory(chosen: Option<usize>) -> usize {
    let most = address_space().map_or(usize::MAX, |bytes| bytes / 5 * 4);
    chosen.unwrap_or_else(default_memory).min(most).max(LEAST_MEMORY)
}

/// The limit of a machine that is given none: four fifths of what the process can have, so that a program which needs
/// too much gets an error before the system swaps, or ends the process.
pub fn default_memory() -> usize {
    system_memory() / 5 * 4
}

/// Bytes that the process can have: what is least of the machine's memory, its control groups' and its own limits.
pub(super) fn system_memory() -> usize {
    let physical = physical_memory().unwrap_or(usize::MAX);
    physical.min(address_space().unwrap_or(usize::MAX)).min(control_group().unwrap_or(usize::MAX))
}

fn physical_memory() -> Option<usize> {
    // SAFETY: only reads.
    let (pages, size) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    usize::try_from(pages).ok()?.checked_mul(usize::try_from(size).ok()?)
}

/// Address space that is left under the process's own limit, if there is one.
pub(super) fn address_space() -> Option<usize> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills in the struct that it is given.
    let status = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) };
    if status != 0 || limit.rlim_cur == libc::RLIM_INFINITY {
        return None;
    }
    let mapped = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = mapped.as_deref().and_then(|text| text.split(' ').next()?.parse::<usize>().ok()).unwrap_or(0);
    Some((limit.rlim_cur as usize).saturating_sub(pages * 4096))
}

/// The least limit of the control groups that the process is in (version 2, or the memory controller of version 1).
fn control_group() -> Option<usize> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        match controllers {
            "" => Some(("/sys/fs/cgroup", "memory.max", path.to_string())),
            _ if controllers.split(',').any(|name| name == "memory") => {
                Some(("/sys/fs/cgroup/memory", "memory.limit_in_bytes", path.to_string()))
            }
            _ => None,
        }
    };
    let mut least = None;
    for (root, file, path) in groups.lines().filter_map(group) {
        let mut path = path.trim_matches('/');
        loop {
            let text = std::fs::read_to_string(format!("{root}/{path}/{file}")).unwrap_or_default();
            if let Ok(bytes) = text.trim().parse::<usize>() {
                least = Some(least.map_or(bytes, |least: usize| least.min(bytes)));
            }
            if path.is_empty() {
                break;
            }
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sensible() {
        let bytes = default_memory();
        assert!((LEAST_MEMORY..1 << 48).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_timer_raises_its_bit_while_there_is_a_run() {
        let pending = Arc::new(AtomicU32::new(1 << 31));
        let timer = Timer::new(pending.clone()).expect("a thread");
        for _ in 0..2 {
            let run = timer.start(Duration::from_millis(1));
            for _ in 0..2 {
                while pending.fetch_and(!PENDING_TIME, Ordering::Relaxed) & PENDING_TIME == 0 {
                    std::thread::yield_now();
                }
            }
            drop(run);
            assert_eq!(pending.load(Ordering::Relaxed), 1 << 31);
            std::thread::sleep(Duration::from_millis(5));
            assert_eq!(pending.load(Ordering::Relaxed), 1 << 31, "no run is under way");
        }
        // A shorter time after a longer one.
        drop(timer.start(Duration::from_secs(3600)));
        let _run = timer.start(Duration::from_millis(1));
        while pending.load(Ordering::Relaxed) & PENDING_TIME == 0 {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        drop(timer.start(Duration::from_secs(3600)));
        drop(timer);
        assert!(begun.elapsed() < Duration::from_secs(60), "dropping it does not wait for the period");
    }
}
