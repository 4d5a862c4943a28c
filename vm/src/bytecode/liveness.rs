//! Which registers an instruction's successors still read: what a collection must keep, and what a snapshot must hold.
//!
//! Backward data flow over the words of one function, from the operand roles of the opcode table. A dead register may
//! hold anything, stale pointers included: nothing reads it before it is written again.

use super::ops::{Flow, Op, Role};
use super::proto::Proto;
use super::word::Word;

/// A set of registers for each instruction.
#[derive(Debug)]
pub struct Liveness {
    words: usize,
    bits: Box<[u64]>,
}

impl Liveness {
    /// Whether a register's value may still be read when the instruction at `at` is about to run.
    pub fn is_live(&self, at: usize, register: usize) -> bool {
        register / 64 < self.words && self.bits[at * self.words + register / 64] >> (register % 64) & 1 == 1
    }

    /// The registers that are live when the instruction at `at` is about to run, ascending.
    pub fn live(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let row = &self.bits[at * self.words..(at + 1) * self.words];
        row.iter()
            .enumerate()
            .flat_map(|(word, &bits)| (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit))
    }

    /// Computes the sets of a function. Iterates to a fixpoint; loops nest, so few rounds are needed.
    pub fn of(proto: &Proto) -> Liveness {
        let words = (proto.frame_size as usize).div_ceil(64).max(1);
        let mut live = Liveness { words, bits: vec![0; words * proto.len()].into() };
        let mut row = vec![0u64; words];
        let mut jumped = vec![0u64; words];
        loop {
            let mut changed = false;
            for at in (0..proto.len()).rev() {
                let word = proto.word(at);
                let op = word.op();
                row.fill(0);
                if matches!(op.info().flow, Flow::Next | Flow::Branch) && at + 1 < proto.len() {
                    row.copy_from_slice(&live.bits[(at + 1) * words..(at + 2) * words]);
                }
                for_each_def_if_falling(word, |register| row[register / 64] &= !(1 << (register % 64)));
                if let Some(target) = jump_target(word, at) {
                    jumped.copy_from_slice(&live.bits[target * words..(target + 1) * words]);
                    for_each_def_if_jumping(word, |register| jumped[register / 64] &= !(1 << (register % 64)));
                    for (bits, from) in row.iter_mut().zip(&jumped) {
                        *bits |= from;
                    }
                }
                for_each_def(word, |register| row[register / 64] &= !(1 << (register % 64)));
                for_each_use(proto, word, |register| row[register / 64] |= 1 << (register % 64));
                // Wherever the instruction may throw, what the handler reads has not been written by it. While a call runs,
                // the instruction behind it stands for it: that is where the frame goes on, if nothing is thrown.
                let called = at.checked_sub(1).filter(|&at| matches!(proto.word(at).op().info().flow, Flow::Next));
                for handler in [Some(at), called].into_iter().flatten().filter_map(|at| proto.handler_at(at)) {
                    jumped.copy_from_slice(&live.bits[handler.target * words..(handler.target + 1) * words]);
                    jumped[handler.register as usize / 64] &= !(1 << (handler.register % 64));
                    for (bits, from) in row.iter_mut().zip(&jumped) {
                        *bits |= from;
                    }
                }
                let place = &mut live.bits[at * words..(at + 1) * words];
                if place != &row[..] {
                    place.copy_from_slice(&row);
                    changed = true;
                }
            }
            if !changed {
                let passed = proto.params as usize + usize::from(proto.rest) + usize::from(proto.method);
                // A collection would take what some earlier call left there for a value.
                debug_assert!(
                    live.live(0).all(|register| register < passed),
                    "{} reads a register that it may not have written",
                    proto.name
                );
                return live;
            }
        }
    }
}

/// The index that an instruction may jump to.
pub fn jump_target(word: Word, at: usize) -> Option<usize> {
    let roles = word.op().info().roles;
    let distance = match roles {
        [_, Role::Jump, _] => word.x(),
        [_, _, Role::Jump] => word.j(),
        _ => return None,
    };
    Some((at as isize + 1 + distance) as usize)
}

/// Calls `f` with every register that a branch writes if it goes on to the next instruction, and else leaves alone.
fn for_each_def_if_falling(word: Word, f: impl FnMut(usize)) {
    match word.op().info().roles[0] {
        Role::ForSetup => [word.a() + 3].into_iter().for_each(f),
        Role::IterState => [word.a() + 2].into_iter().for_each(f),
        Role::IterState2 => [word.a() + 2, word.a() + 3].into_iter().for_each(f),
        _ => {}
    }
}

/// Calls `f` with every register that a branch writes if it jumps, and else leaves alone.
fn for_each_def_if_jumping(word: Word, mut f: impl FnMut(usize)) {
    if word.op().info().roles[0] == Role::ForState {
        f(word.a() + 3);
    }
}

/// Calls `f` with every register that an instruction writes on all its ways out.
pub fn for_each_def(word: Word, mut f: impl FnMut(usize)) {
    let fields = [word.a(), word.b(), word.c()];
    for (field, role) in word.op().info().roles.into_iter().enumerate() {
        let register = fields[field];
        match role {
            Role::Def | Role::Update | Role::CallWindow | Role::MethodWindow | Role::Arguments => f(register),
            Role::Targets => (register..register + word.c()).for_each(&mut f),
            Role::MethodPair => (register + 1..=register + 2).for_each(&mut f),
            Role::ForSetup => f(register + 1),
            Role::None
            | Role::Use
            | Role::Const
            | Role::Int
            | Role::Count
            | Role::Global
            | Role::Capture
            | Role::Proto
            | Role::Builtin
            | Role::Site
            | Role::Class
            | Role::Loop
            | Role::Jump
            | Role::Elements
            | Role::ForState
            | Role::IterState
            | Role::IterState2 => {}
        }
    }
}

/// Calls `f` with every register that an instruction reads.
pub fn for_each_use(proto: &Proto, word: Word, mut f: impl FnMut(usize)) {
    let fields = [word.a(), word.b(), word.c()];
    for (field, role) in word.op().info().roles.into_iter().enumerate() {
        let register = fields[field];
        match role {
            Role::Use | Role::Update => f(register),
            Role::CallWindow => (register + 1..=register + 1 + word.b()).for_each(&mut f),
            Role::MethodWindow => (register + 1..=register + 2 + word.b()).for_each(&mut f),
            Role::Arguments | Role::Elements => (register..register + word.c()).for_each(&mut f),
            Role::ForSetup | Role::ForState => (register..=register + 2).for_each(&mut f),
            Role::IterState | Role::IterState2 => (register..=register + 1).for_each(&mut f),
            Role::None
            | Role::Def
            | Role::Const
            | Role::Int
            | Role::Count
            | Role::Global
            | Role::Capture
            | Role::Builtin
            | Role::Site
            | Role::Class
            | Role::Loop
            | Role::Jump
            | Role::Targets
            | Role::MethodPair => {}
            Role::Proto => {
                debug_assert_eq!(word.op(), Op::Closure);
                for source in &proto.protos[word.x() as usize].captures {
                    if let super::proto::CaptureSource::Register(register) = source {
                        f(*register as usize);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bytecode::ops::Op;
    use crate::syntax::source::Source;
    use crate::vm::{Vm, VmOptions};

    /// Where an opcode stands in a program, and whether the register `offset` after its first one is live there.
    fn live_at(program: &str, op: Op, offset: usize) -> bool {
        let mut vm = Vm::new(&VmOptions::default()).expect("there is memory for a machine");
        let main = vm.compile(Source::new("test.pseudo", program)).expect("the program compiles");
        let at = (0..main.len()).find(|&at| main.word(at).op() == op).expect("the opcode is used");
        main.liveness().is_live(at, main.word(at).a() + offset)
    }

    #[test]
    fn a_loop_variable_is_dead_before_it_is_set() {
        let array = "for x in [1, 2] do print(x) end";
        assert!(live_at(array, Op::IterNext, 0) && live_at(array, Op::IterNext, 1));
        assert!(!live_at(array, Op::IterNext, 2), "nothing has been stored there in the first round");
        // What the loop runs over may be replaced when it begins.
        assert!(live_at(array, Op::IterPrep, 0));
        let range = "for i in 0..9 do print(i) end";
        assert!(live_at(range, Op::ForLoop1, 0));
        assert!(!live_at(range, Op::ForLoop1, 3) && !live_at(range, Op::ForPrep, 3));
    }
}
