//! Samples of where a machine is: a timer interrupts its thread, and a handler of signals notes what it finds.
//!
//! The handler reads the interrupted registers, what the machine says that it is doing ([`Activity`]), and its own thread's
//! stack; it writes to a buffer that was there before, and raises a bit for the machine to look into it. It allocates nothing,
//! locks nothing and calls nothing but `clock_gettime`.
//!
//! A process has one handler for a signal, so this is where there is state outside of a machine: one is sampled at a time. The
//! timer runs by the wall clock, which ticks as finely as is asked for; that of a thread's processor time does not. So a tick
//! before which the thread has hardly run (it waits, or others do) is no sample.

use std::cell::UnsafeCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use pseudo_vm::phase::{Activity, Doing, Phase};
use pseudo_vm::vm::{PENDING_SAMPLE, Vm};

/// Samples that the buffer has room for: a minute of a loop that never leaves compiled code, at a thousand in a second.
const ROOM: usize = 1 << 16;
/// Words of the stack that are searched for the running instruction.
const SEARCHED: usize = 2048;

/// What was found at a tick.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What the machine was doing.
    pub doing: Doing,
    /// The place in machine code: in that of a trace or of a whole function. Where a helper was met, the place that has called
    /// it. 0 if it was elsewhere.
    pub code: u64,
    /// Whether `code` has called what was running.
    pub in_helper: bool,
    /// The address of the bytecode instruction that ran last, as far as that was found in a register or on the stack; else 0.
    pub bytecode: u64,
}

const NOTHING: Sample = Sample { doing: Doing::RUNNING, code: 0, in_helper: false, bytecode: 0 };

/// Where the code of functions lies, ascending: first word, and one past the last.
#[derive(Debug, Default)]
struct Functions(Box<[(u64, u64)]>);

/// What the handler and the machine share. Never freed once a handler may see it.
struct Shared {
    activity: Activity,
    pending: Arc<AtomicU32>,
    /// Whether samples are taken.
    runs: AtomicBool,
    /// Least processor time between samples, and that of the last one, in nanoseconds.
    least: u64,
    last: AtomicU64,
    /// Where traces lie, where the routines before them end, and where code of whole functions lies.
    traces: [AtomicU64; 2],
    routines_end: AtomicU64,
    methods: [AtomicU64; 2],
    /// Where compiled code notes who calls a helper.
    caller: AtomicPtr<u32>,
    functions: AtomicPtr<Functions>,
    /// One past the words of the thread's stack that may be searched.
    stack_end: AtomicUsize,
    samples: Box<[UnsafeCell<Sample>]>,
    taken: AtomicUsize,
    lost: AtomicU64,
}

static SHARED: AtomicPtr<Shared> = AtomicPtr::new(std::ptr::null_mut());

/// Samples a machine while it lives.
pub struct Sampler {
    shared: &'static Shared,
    timer: libc::timer_t,
    functions: u32,
    period: libc::timespec,
}

impl Sampler {
    /// Prepares for so many samples in a second. Nothing is sampled before [`Sampler::resume`]. To be called on the thread that the
    /// machine runs on, and used on no other.
    ///
    /// # Errors
    ///
    /// What the operating system says; or that another machine is sampled.
    pub fn new(vm: &Vm, hertz: u32) -> io::Result<Sampler> {
        let period = 1_000_000_000 / u64::from(hertz.max(1));
        let shared = Box::leak(Box::new(Shared {
            activity: vm.activity.clone(),
            pending: vm.pending.clone(),
            runs: AtomicBool::new(false),
            least: period / 2,
            last: AtomicU64::new(0),
            traces: Default::default(),
            routines_end: AtomicU64::new(0),
            methods: Default::default(),
            caller: AtomicPtr::default(),
            functions: AtomicPtr::new(Box::leak(Box::default())),
            stack_end: AtomicUsize::new(0),
            samples: (0..ROOM).map(|_| UnsafeCell::new(NOTHING)).collect(),
            taken: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }));
        let nobody = std::ptr::null_mut();
        if SHARED.compare_exchange(nobody, shared, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Err(io::Error::other("another machine of this process is being profiled"));
        }
        let timer = set_up().inspect_err(|_| SHARED.store(nobody, Ordering::Release))?;
        let period =
            libc::timespec { tv_sec: (period / 1_000_000_000) as i64, tv_nsec: (period % 1_000_000_000) as i64 };
        Ok(Sampler { shared, timer, functions: 0, period })
    }

    /// Takes samples from now on. The stack is searched from where the machine runs to the caller's frame.
    pub fn resume(&self) {
        let here = 0usize;
        self.shared.stack_end.store(std::ptr::from_ref(std::hint::black_box(&here)) as usize, Ordering::Relaxed);
        self.shared.last.store(processor_time(), Ordering::Relaxed);
        self.shared.runs.store(true, Ordering::Release);
        self.tick(self.period);
    }

    /// Takes none for now.
    pub fn pause(&self) {
        self.shared.runs.store(false, Ordering::Release);
        self.tick(libc::timespec { tv_sec: 0, tv_nsec: 0 });
    }

    fn tick(&self, period: libc::timespec) {
        let setting = libc::itimerspec { it_interval: period, it_value: period };
        // SAFETY: the timer is there until this is dropped, and the setting is only read.
        unsafe { libc::timer_settime(self.timer, 0, &setting, std::ptr::null_mut()) };
    }

    /// Says where traces lie, where the routines before them end, and where code notes who calls a helper. The word must stay
    /// as long as samples are taken.
    pub fn traces_at(&self, range: std::ops::Range<u64>, routines_end: u64, caller: *mut u32) {
        self.shared.traces[0].store(range.start, Ordering::Relaxed);
        self.shared.traces[1].store(range.end, Ordering::Relaxed);
        self.shared.routines_end.store(routines_end, Ordering::Relaxed);
        self.shared.caller.store(caller, Ordering::Release);
    }

    /// Says where code of whole functions lies.
    pub fn methods_at(&self, range: std::ops::Range<u64>) {
        self.shared.methods[0].store(range.start, Ordering::Relaxed);
        self.shared.methods[1].store(range.end, Ordering::Relaxed);
    }

    /// Has the functions known that have been compiled to bytecode since.
    pub fn know_functions(&mut self, vm: &Vm) {
        if self.functions == vm.proto_count() {
            return;
        }
        self.functions = vm.proto_count();
        let range = |id: u32| {
            let proto = vm.proto(id);
            (proto.code() as u64, proto.code() as u64 + 8 * proto.len() as u64)
        };
        let mut functions: Box<[(u64, u64)]> = (0..self.functions).map(range).collect();
        functions.sort_unstable();
        // The one before stays: a handler may be looking at it.
        self.shared.functions.store(Box::leak(Box::new(Functions(functions))), Ordering::Release);
    }

    /// Whether there are samples.
    pub fn has_samples(&self) -> bool {
        self.shared.taken.load(Ordering::Relaxed) > 0
    }

    /// Takes the samples out of the buffer, in the order of their ticks.
    pub fn take(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        loop {
            let taken = self.shared.taken.load(Ordering::Acquire);
            while samples.len() < taken {
                // SAFETY: the handler runs on this thread, and writes only behind those that it has counted.
                samples.push(unsafe { *self.shared.samples[samples.len()].get() });
            }
            // If one more has come meanwhile, it is taken as well.
            if self.shared.taken.compare_exchange(taken, 0, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return samples;
            }
        }
    }

    /// Samples that the buffer had no room for.
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.pause();
        SHARED.store(std::ptr::null_mut(), Ordering::Release);
        // SAFETY: the timer was made by `set_up`, and is used no more.
        unsafe { libc::timer_delete(self.timer) };
    }
}

/// The handler, and a timer that does not run yet.
fn set_up() -> io::Result<libc::timer_t> {
    // SAFETY: all zeros are a valid action and event; the handler only does what is allowed in one. The timer is written to the
    // place that is given for it.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = sample as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) as usize;
        // What is interrupted goes on: a read that waits for input, say.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        if libc::sigaction(libc::SIGPROF, &action, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        let mut event: libc::sigevent = std::mem::zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGPROF;
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer: libc::timer_t = std::mem::zeroed();
        if libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(timer)
    }
}

/// Time that the thread has run, in nanoseconds.
fn processor_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills in the struct that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Registers in which a handler may keep the running instruction, where it gets it first.
const REGISTERS: [i32; 15] = [
    libc::REG_RDI,
    libc::REG_RBX,
    libc::REG_RBP,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
    libc::REG_RSI,
    libc::REG_RDX,
    libc::REG_RCX,
    libc::REG_RAX,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
];

/// See the module.
extern "C" fn sample(_signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: null, or what is never freed. The signal goes to the thread that made the timer, which is the machine's.
    let Some(shared) = (unsafe { SHARED.load(Ordering::Acquire).as_ref() }) else { return };
    // SAFETY: a handler with `SA_SIGINFO` is given the interrupted context.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    shared.sample(registers);
}

impl Functions {
    /// Whether an address is that of a bytecode instruction, or one past one.
    fn contains(&self, address: u64) -> bool {
        let behind = self.0.partition_point(|&(start, _)| start < address);
        // An instruction's handler has the address of the next one.
        address.is_multiple_of(8) && behind.checked_sub(1).is_some_and(|at| address <= self.0[at].1)
    }
}

impl Shared {
    fn sample(&self, registers: &[libc::greg_t; 23]) {
        let now = processor_time();
        if !self.runs.load(Ordering::Acquire) || now.saturating_sub(self.last.load(Ordering::Relaxed)) < self.least {
            return;
        }
        self.last.store(now, Ordering::Relaxed);
        let place = registers[libc::REG_RIP as usize] as u64;
        let lies_in = |range: &[AtomicU64; 2]| {
            (range[0].load(Ordering::Relaxed)..range[1].load(Ordering::Relaxed)).contains(&place)
        };
        let mut sample = Sample { doing: self.activity.get(), ..NOTHING };
        match sample.doing.phase {
            Phase::Compiled if lies_in(&self.traces) && place >= self.routines_end.load(Ordering::Relaxed) => {
                sample.code = place;
            }
            Phase::Compiled => {
                // SAFETY: null, or the word that stays as long as samples are taken.
                let distance = unsafe { self.caller.load(Ordering::Acquire).as_ref() }.copied().unwrap_or_default();
                sample.in_helper = distance != 0;
                match distance {
                    0 => sample.doing.phase = Phase::Exit,
                    _ => sample.code = self.traces[0].load(Ordering::Relaxed) + u64::from(distance),
                }
            }
            Phase::Running | Phase::Recording if lies_in(&self.methods) => sample.code = place,
            Phase::Running | Phase::Recording => sample.bytecode = self.running_instruction(registers),
            Phase::Reading | Phase::Compiling | Phase::Collecting | Phase::Exit => {}
        }
        let taken = self.taken.load(Ordering::Relaxed);
        match self.samples.get(taken) {
            // SAFETY: nobody reads behind those that are counted, and no other handler runs meanwhile.
            Some(free) => unsafe { *free.get() = sample },
            None => {
                self.lost.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
        self.taken.store(taken + 1, Ordering::Release);
        // Frames are looked at where the program comes to a safepoint next. What is in compiled code stays there: it is known
        // by its place.
        if matches!(sample.doing.phase, Phase::Running | Phase::Recording) || taken + 1 >= ROOM / 2 {
            self.pending.fetch_or(PENDING_SAMPLE, Ordering::Relaxed);
        }
    }

    /// The address of a bytecode instruction that a register, or else a word on the stack, holds: a handler keeps its own
    /// there, or the next one's. 0 if none does.
    fn running_instruction(&self, registers: &[libc::greg_t; 23]) -> u64 {
        // SAFETY: tables of functions are never freed.
        let functions = unsafe { &*self.functions.load(Ordering::Acquire) };
        let word_of = |register: i32| registers[register as usize] as u64;
        if let Some(found) = REGISTERS.into_iter().map(word_of).find(|&word| functions.contains(word)) {
            return found;
        }
        let from = word_of(libc::REG_RSP) as usize & !7;
        let end = self.stack_end.load(Ordering::Relaxed) & !7;
        if end <= from {
            return 0;
        }
        let words = ((end - from) / 8).min(SEARCHED);
        let word_at = |index: usize| {
            // SAFETY: it lies in the part of the thread's own stack that is in use: above its stack pointer, and below a frame
            // that is still there while samples are taken.
            unsafe { std::ptr::read_volatile((from + 8 * index) as *const u64) }
        };
        (0..words).map(word_at).find(|&word| functions.contains(word)).unwrap_or_default()
    }
}
