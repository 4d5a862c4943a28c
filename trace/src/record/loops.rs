//! Counted loops, and loops over containers.

use pseudo_vm::bytecode::liveness::jump_target;

use super::aborts::{Abort, Reason};
use super::arith::Operand;
use super::{Now, Recorder};
use crate::ir::ops::Op;
use crate::ir::types::{Ref, Ty};

impl Recorder {
    /// A register that holds an int.
    fn int_operand(&mut self, now: &Now<'_>, register: usize) -> Result<(Operand, i64), Abort> {
        let operand = self.operand(now, register)?;
        match operand.actual.as_int() {
            Some(int) => Ok((operand, int)),
            None => Err(self.abort(Reason::Throws)),
        }
    }

    /// The start of a counted loop: whether it runs at all, and the last value in range.
    ///
    /// With `e` the farthest value that the bound allows, the last one is `e - (e - from) % step` upwards, and
    /// `e + (from - e) % -step` downwards. The distances are guarded not to wrap.
    pub(super) fn record_for_prep(&mut self, now: &Now<'_>, inclusive: bool) -> Result<(), Abort> {
        let first = now.word.a();
        let (from, from_now) = self.int_operand(now, first)?;
        let (bound, bound_now) = self.int_operand(now, first + 1)?;
        let (step, step_now) = self.int_operand(now, first + 2)?;
        if step_now == 0 {
            return Err(self.abort(Reason::Throws));
        }
        if step_now == i64::MIN {
            return Err(self.abort_at(Reason::NotYet, "a step of -2^63"));
        }
        let up = step_now > 0;
        let step = self.positive_step(now, step.value, step_now);
        let (near, far) = if up { (from, bound) } else { (bound, from) };
        let (near_now, far_now) = if up { (from_now, bound_now) } else { (bound_now, from_now) };
        let (test, runs) = if inclusive { (Op::LeInt, near_now <= far_now) } else { (Op::LtInt, near_now < far_now) };
        let condition = self.out.emit(test, &[near.value, far.value]);
        self.guard_outcome(now, condition, runs);
        if !runs {
            return Ok(());
        }
        let one = self.out.trace.int(1);
        let end = match (inclusive, up) {
            (true, _) => bound.value,
            (false, true) => self.out.emit(Op::SubInt, &[bound.value, one]),
            (false, false) => self.out.emit(Op::AddInt, &[bound.value, one]),
        };
        let last = if step == one {
            end
        } else {
            let (low, high) = if up { (from.value, end) } else { (end, from.value) };
            let span_now =
                if inclusive { far_now.wrapping_sub(near_now) } else { far_now.wrapping_sub(near_now).wrapping_sub(1) };
            if span_now < 0 {
                return Err(self.abort_at(Reason::NotYet, "a range of more than 2^63 values"));
            }
            let span = self.out.emit(Op::SubInt, &[high, low]);
            let zero = self.out.trace.int(0);
            let fits = self.out.emit(Op::LeInt, &[zero, span]);
            self.guard_outcome(now, fits, true);
            let rest = self.out.emit(Op::ModInt, &[span, step]);
            self.out.emit(if up { Op::SubInt } else { Op::AddInt }, &[end, rest])
        };
        self.write_register(now, first + 1, last);
        self.write_register(now, first + 3, from.value);
        Ok(())
    }

    /// The absolute value of a step. Its sign is guarded; a negative one that is no constant is guarded to be as it is.
    fn positive_step(&mut self, now: &Now<'_>, step: Ref, step_now: i64) -> Ref {
        if step.is_const() || step_now < 0 {
            if !step.is_const() {
                let constant = self.out.trace.int(step_now);
                let same = self.out.emit(Op::EqInt, &[step, constant]);
                self.guard_outcome(now, same, true);
            }
            return self.out.trace.int(step_now.abs());
        }
        let zero = self.out.trace.int(0);
        let up = self.out.emit(Op::LtInt, &[zero, step]);
        self.guard_outcome(now, up, true);
        step
    }

    /// The back edge of a counted loop. The index is compared by order, which says more than being different from the
    /// last value, and is the same while it is in range.
    pub(super) fn record_for_loop(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let first = now.word.a();
        let (index, index_now) = self.int_operand(now, first)?;
        let (last, last_now) = self.int_operand(now, first + 1)?;
        if index_now == last_now {
            let done = self.out.emit(Op::EqInt, &[index.value, last.value]);
            self.guard_outcome(now, done, true);
            return Ok(());
        }
        let (low, high) = if index_now < last_now { (index, last) } else { (last, index) };
        let goes_on = self.out.emit(Op::LtInt, &[low.value, high.value]);
        self.guard_outcome(now, goes_on, true);
        let info = |target: usize| now.proto.loops.iter().find(|info| info.header + 1 == target);
        let step = match jump_target(now.word, now.at).and_then(info).and_then(|info| info.step) {
            Some(step) => self.out.trace.int(step),
            None => self.int_operand(now, first + 2)?.0.value,
        };
        let next = self.out.emit(Op::AddInt, &[index.value, step]);
        self.write_register(now, first, next);
        self.write_register(now, first + 3, next);
        Ok(())
    }

    pub(super) fn record_iter_prep(&mut self, now: &Now<'_>) -> Result<(), Abort> {
        let container = self.operand(now, now.word.a())?;
        match container.ty {
            Ty::Str | Ty::Range => Ok(()),
            ty if ty.is_array() => Ok(()),
            Ty::Dict => {
                let iterator = self.out.emit(Op::NewIter, &[container.value]);
                self.write_register(now, now.word.a(), iterator);
                Ok(())
            }
            _ => Err(self.abort(Reason::Throws)),
        }
    }

    /// The next element of an array, character of a string, entry of a dict, or int of a range.
    pub(super) fn record_iter_next(&mut self, now: &Now<'_>, pair: bool) -> Result<(), Abort> {
        let first = now.word.a();
        let container = self.operand(now, first)?;
        let (position, position_now) = self.int_operand(now, first + 1)?;
        if container.ty == Ty::Iter {
            let Some((key, value, next)) = self.next_of_dict(now, container, position, position_now)? else {
                return Ok(());
            };
            self.write_register(now, first + 1, next);
            self.write_register(now, first + 2, key);
            if pair {
                self.write_register(now, first + 3, value);
            }
            return Ok(());
        }
        let element = match container.ty {
            Ty::Range => self.next_of_range(now, container, position, position_now)?,
            Ty::Str => self.next_of_string(now, container, position, position_now)?,
            ty if ty.is_array() => self.next_of_array(now, container, position, position_now)?,
            _ => return Err(self.not_yet(now)),
        };
        let Some(element) = element else { return Ok(()) };
        let one = self.out.trace.int(1);
        let next = self.out.emit(Op::AddInt, &[position.value, one]);
        self.write_register(now, first + 1, next);
        if pair {
            self.write_register(now, first + 2, position.value);
        }
        self.write_register(now, first + 2 + pair as usize, element);
        Ok(())
    }

    fn next_of_array(
        &mut self,
        now: &Now<'_>,
        array: Operand,
        position: Operand,
        position_now: i64,
    ) -> Result<Option<Ref>, Abort> {
        let len_now = array.actual.as_array().map_or(0, |array| array.len());
        let more = (position_now as u64) < len_now as u64;
        let len = self.out.emit(Op::ArrLen, &[array.value]);
        let in_range = self.out.emit(Op::UltInt, &[position.value, len]);
        self.guard_outcome(now, in_range, more);
        Ok(more.then(|| self.load_element(array.value, position.value)))
    }

    fn next_of_range(
        &mut self,
        now: &Now<'_>,
        range: Operand,
        position: Operand,
        position_now: i64,
    ) -> Result<Option<Ref>, Abort> {
        let (start_now, end_now) = range.actual.as_range().ok_or_else(|| self.abort(Reason::Lost))?;
        let more = start_now.wrapping_add(position_now) < end_now;
        let start = self.out.emit(Op::RangeStart, &[range.value]);
        let end = self.out.emit(Op::RangeEnd, &[range.value]);
        let element = self.out.emit(Op::AddInt, &[start, position.value]);
        let in_range = self.out.emit(Op::LtInt, &[element, end]);
        self.guard_outcome(now, in_range, more);
        Ok(more.then_some(element))
    }

    fn next_of_string(
        &mut self,
        now: &Now<'_>,
        string: Operand,
        position: Operand,
        position_now: i64,
    ) -> Result<Option<Ref>, Abort> {
        let chars = string.actual.as_string().map_or(0, |string| string.len_chars());
        let more = (position_now as u64) < chars as u64;
        let len = self.string_len(string);
        let in_range = self.out.emit(Op::UltInt, &[position.value, len]);
        self.guard_outcome(now, in_range, more);
        if !more {
            return Ok(None);
        }
        self.char_at(now, string, position.value).map(Some)
    }
}
