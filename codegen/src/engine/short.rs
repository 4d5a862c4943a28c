//! Loops of few rounds, which are best part of the trace of the loop around them.
//!
//! A trace of its own would be entered again and again for a few rounds each time. So a counted loop that is always near
//! its end when it is looked at is left alone for a while: if the loop around it gets hot, that one's recording follows all
//! of its rounds, in which the counter is a constant. If nothing has come of it after some time, it gets its trace after all.

use pseudo_vm::bytecode::proto::LoopInfo;
use pseudo_vm::jit::FrameView;

use super::params::Params;

/// Rounds from one look to the next: of no common period.
const LOOKS: [u32; 8] = [3, 5, 7, 11, 13, 17, 19, 23];
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
        let is_short = hotloop > shortloop && left(info, frame).is_some_and(|left| left < u64::from(shortloop));
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

/// Rounds that a counted loop has left.
fn left(info: &LoopInfo, frame: FrameView<'_>) -> Option<u64> {
    let first = usize::from(info.counted?);
    let int = |register: usize| frame.register(first + register).as_int();
    let (index, last, step) = (int(0)?, int(1)?, int(2)?);
    Some(last.wrapping_sub(index).unsigned_abs() / step.unsigned_abs().max(1))
}
