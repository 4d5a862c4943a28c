//! The frames of the interpreter while a trace is recorded: the one that it was entered with, and the calls inlined
//! into it.

use pseudo_snapshots::{Pc, Slot};
use pseudo_vm::vm::Vm;

/// A frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Frame {
    /// Number of the function that it runs.
    pub function: u32,
    /// Register 0, in words from that of the frame that the trace was entered with.
    pub base: i32,
    /// The instruction to run next; below the top, the one after the call.
    pub at: usize,
}

/// Frames from the lowest that the trace knows of to the one that is running.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Frames {
    frames: Vec<Frame>,
}

impl Frames {
    /// Some frames, the running one last.
    pub fn new(frames: Vec<Frame>) -> Frames {
        debug_assert!(!frames.is_empty());
        Frames { frames }
    }

    /// The running frame.
    pub fn top(&self) -> &Frame {
        self.frames.last().expect("there is always a running frame")
    }

    /// The running frame, to be changed.
    pub fn top_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("there is always a running frame")
    }

    /// All of them, the lowest first.
    pub fn all(&self) -> &[Frame] {
        &self.frames
    }

    /// The lowest frame.
    pub fn lowest(&self) -> &Frame {
        &self.frames[0]
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Calls that are open above the lowest frame.
    pub fn depth(&self) -> u16 {
        self.frames.len() as u16 - 1
    }

    /// The instruction that the running frame is at.
    pub fn pc(&self) -> Pc {
        let top = self.top();
        Pc { function: top.function, at: top.at as u32 }
    }

    /// The slot of a register of the running frame.
    pub fn slot(&self, register: usize) -> Slot {
        Slot::Stack(self.top().base + register as i32)
    }

    /// The slot of the running closure.
    pub fn closure_slot(&self) -> Slot {
        Slot::Stack(self.top().base - 1)
    }

    /// How many frames run a function.
    pub fn count_of(&self, function: u32) -> usize {
        self.frames.iter().filter(|frame| frame.function == function).count()
    }

    /// Whether a frame of `other` lies above the last one of a function.
    pub fn has_between(&self, function: u32, other: u32) -> bool {
        self.frames.iter().rev().take_while(|frame| frame.function != function).any(|frame| frame.function == other)
    }

    /// Enters a call.
    pub fn push(&mut self, frame: Frame) {
        self.frames.push(frame);
    }

    /// Leaves the running frame.
    pub fn pop(&mut self) {
        self.frames.pop();
        debug_assert!(!self.frames.is_empty());
    }

    /// Whether a slot's value may still be read. The words that link a frame always are.
    pub fn is_live(&self, vm: &Vm, slot: Slot) -> bool {
        let Slot::Stack(offset) = slot else { return true };
        let Some(frame) = self.frames.iter().rev().find(|frame| offset >= frame.base - 2) else { return true };
        // In a frame below the top only registers before the call's window are found here: the result's is the
        // return address of the frame above.
        offset < frame.base || vm.proto(frame.function).liveness().is_live(frame.at, (offset - frame.base) as usize)
    }
}
