//! Loops of few rounds, which are best part of the trace of the loop around them.
//!
//! A trace of its own would be entered again and again for a few rounds each time. So a loop that counts, or goes over an array,
//! and is always near its end when it is looked at is left alone for a while: if the loop around it gets hot, that one's
//! recording follows all of its rounds, in which the counter is a constant. If nothing has come of it after some time, it gets
//! its trace after all.

use pseudo_trace::record::loop_end;
use pseudo_vm::bytecode::ops::{Op, Role};
use pseudo_vm::bytecode::proto::{LoopInfo, Proto};
use pseudo_vm::jit::FrameView;

use super::params::Params;
use super::watch::is_conditional;

/// Rounds from one look to the next: of no common period.
const LOOKS: [u32; 8] = [3, 5, 7, 11, 13, 17, 19, 23];
/// A round over an element counts for so many: elements may be of different types and classes.
const ELEMENTS: u32 = 2;
/// Rounds for which it is left alone, as a multiple of those that make a loop hot.
const PATIENCE: u32 = 100;

/// What is known of a loop's rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounds {
    /// It has been looked at so many times, and was near its end each time.
    Few(u8),
    /// It has rounds enough, or has waited long enough.
    Enough,
}

impl Default for Rounds {
    fn default() -> Rounds {
        Rounds::Few(0)
    }
}

impl Rounds {
    /// Looks at a hot loop at its header. After how many rounds to look again, if it is not to be recorded now.
    pub fn look(&mut self, info: &LoopInfo, frame: FrameView<'_>, params: &Params) -> Option<u32> {
        let Rounds::Few(looks) = *self else { return None };
        // With a low threshold everything is to be compiled at once.
        let Params { hotloop, shortloop, .. } = *params;
        let is_near = |left: u64, few: u32| left < u64::from(few);
        let is_short = hotloop > shortloop
            && (counted(info, frame).is_some_and(|left| is_near(left, shortloop))
                || is_one_path(info, frame.proto())
                    && (between(info, frame).is_some_and(|left| is_near(left, shortloop))
                        || elements(info, frame).is_some_and(|left| is_near(left, shortloop / ELEMENTS))));
        if !is_short || usize::from(looks) > LOOKS.len() {
            *self = Rounds::Enough;
            return None;
        }
        *self = Rounds::Few(looks + 1);
        Some(LOOKS.get(usize::from(looks)).copied().unwrap_or(hotloop.saturating_mul(PATIENCE)))
    }

    /// Whether it is being left alone.
    pub fn waits(self) -> bool {
        matches!(self, Rounds::Few(looks) if usize::from(looks) > LOOKS.len())
    }
}

/// Rounds that a loop has left at its header if nothing leaves it early, where it counts or goes over an array.
pub(super) fn rounds_left(info: &LoopInfo, frame: FrameView<'_>) -> Option<u64> {
    counted(info, frame).or_else(|| elements(info, frame))
}

/// Whether all rounds of a loop go one way. With conditions in it, or calls of elements' methods, it is no path that the outer
/// loop's trace could follow.
fn is_one_path(info: &LoopInfo, proto: &Proto) -> bool {
    let divides = |at: usize| is_conditional(proto.word(at)) || proto.word(at).op() == Op::CallMethod;
    !(info.header + 2..loop_end(proto, info.header)).any(divides)
}

/// Whether no other loop goes round in a loop, nor may in a function that it calls.
pub(super) fn is_innermost(info: &LoopInfo, proto: &Proto) -> bool {
    let others = |at: usize| {
        let op = proto.word(at).op();
        matches!(op, Op::LoopHeader | Op::TraceHeader | Op::Call | Op::CallMethod)
    };
    !(info.header + 1..loop_end(proto, info.header)).any(others)
}

/// Elements that a loop over an array has left.
fn elements(info: &LoopInfo, frame: FrameView<'_>) -> Option<u64> {
    let word = frame.proto().word(info.header + 1);
    if !matches!(word.op(), Op::IterNext | Op::IterNext2) {
        return None;
    }
    let length = frame.register(word.a()).as_array()?.len();
    let position = frame.register(word.a() + 1).as_int()?;
    Some((length as u64).saturating_sub(position as u64))
}

/// How far apart the ints are that the condition of a `while` loop compares.
fn between(info: &LoopInfo, frame: FrameView<'_>) -> Option<u64> {
    let word = frame.proto().word(info.header + 1);
    if !is_conditional(word) || word.op().info().roles != [Role::Use, Role::Use, Role::Jump] {
        return None;
    }
    let (one, other) = (frame.register(word.a()).as_int()?, frame.register(word.b()).as_int()?);
    Some(one.abs_diff(other))
}

/// Rounds that a counted loop has left.
fn counted(info: &LoopInfo, frame: FrameView<'_>) -> Option<u64> {
    let first = usize::from(info.counted?);
    let int = |register: usize| frame.register(first + register).as_int();
    let (index, last, step) = (int(0)?, int(1)?, int(2)?);
    Some(last.wrapping_sub(index).unsigned_abs() / step.unsigned_abs().max(1))
}
