//! What is done at safepoints: collections, and the requests to stop.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{PENDING_COLLECTION, PENDING_INTERRUPT, PENDING_SAMPLE, PENDING_TIME, Vm, limits};
use crate::error::{ErrorKind, Throw, Thrown};
use crate::heap::Heap;
use crate::jit::Position;
use crate::phase::{Doing, Phase};
use crate::stack::Frames;
use crate::value::Value;

impl Vm {
    /// Does what is pending. False if the program is to stop: an error has been left to raise.
    ///
    /// # Safety
    ///
    /// As for [`Frames::new`]; `pc` is the instruction to run next, and no reference into the heap is held elsewhere.
    #[inline(never)]
    pub(crate) unsafe fn safepoint(&mut self, pc: *const u64, base: *mut Value) -> bool {
        let pending = self.pending.swap(0, Ordering::Relaxed);
        let collected = pending & PENDING_COLLECTION != 0;
        if collected {
            // SAFETY: as the caller promises.
            unsafe { self.collect(pc, base, Heap::collect) };
        }
        if pending & PENDING_SAMPLE != 0 {
            self.with_jit(|jit, vm| jit.sampled(vm, Position { pc, base }));
        }
        // What was refused before has nothing to do with what is thrown here.
        self.heap.take_refusal();
        if pending & PENDING_INTERRUPT != 0 {
            return self.fail(Thrown(Box::new(Throw::Interrupted)));
        }
        if collected && self.heap.over_limit() {
            // One error at a time.
            self.pending.fetch_or(pending & PENDING_TIME, Ordering::Relaxed);
            let thrown = self.heap.out_of_memory();
            return self.fail(thrown);
        }
        match self.max_time {
            Some(period) if pending & PENDING_TIME != 0 => self.fail(limits::too_slow(period)),
            _ => true,
        }
    }

    /// After an instruction that has thrown: if that was for want of memory, collects everything, drops the error, and
    /// answers that the instruction is to be run again. It has changed nothing: who asks for room does so first.
    ///
    /// # Safety
    ///
    /// As for [`Frames::new`]; `pc` is the instruction that has thrown.
    #[inline(never)]
    pub(crate) unsafe fn make_room(&mut self, pc: *const u64, base: *mut Value) -> bool {
        let refused = self.heap.take_refusal();
        let limit = |thrown: &Thrown| matches!(*thrown.0, Throw::Error { kind: ErrorKind::Limit, .. });
        if !refused || !self.thrown.as_ref().is_some_and(limit) {
            return false;
        }
        self.thrown = None;
        // SAFETY: as the caller promises.
        unsafe { self.collect(pc, base, Heap::collect_everything) };
        true
    }

    unsafe fn collect(
        &mut self,
        pc: *const u64,
        base: *mut Value,
        how: unsafe fn(&mut Heap, &mut crate::heap::Roots<'_>),
    ) {
        let began = Instant::now();
        let doing = self.activity.set(Doing::of(Phase::Collecting, 0));
        let (globals, builtin_values) = (&mut self.globals, &mut self.builtin_values);
        let (constructors, roots) = (&mut self.constructors, &mut self.host.roots);
        // SAFETY: as the caller promises. The roots are all there are: live registers and linkage of all frames, and the
        // globals; constants of functions are objects that never die.
        unsafe {
            how(&mut self.heap, &mut |visit| {
                for frame in Frames::new(pc, base) {
                    visit(&mut *frame.base.sub(1));
                    for register in frame.proto.liveness().live(frame.at) {
                        if frame.awaits != Some(register) {
                            visit(&mut *frame.base.add(register));
                        }
                    }
                }
                globals.values_mut().iter_mut().chain(builtin_values.iter_mut()).for_each(&mut *visit);
                constructors.values_mut().for_each(|closure| visit(closure));
                roots.visit(visit);
            });
        }
        self.heap.expect_roots(base as usize - self.stack.start() as usize);
        self.activity.set(doing);
        self.collecting += began.elapsed();
    }

    /// Time that collections have taken.
    pub fn collecting(&self) -> Duration {
        self.collecting
    }
}
