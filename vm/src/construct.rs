//! Calls of classes: the hidden functions that initialise a new instance.
//!
//! Calling a class makes an instance, gives the declared fields their values, runs `init` with the arguments, and gives
//! the instance back, whatever `init` returned. No native frame may lie between two frames of the program, so this is a
//! function in bytecode, one for each number of arguments and initialisers that comes up:
//!
//!     fn construct (4 parameters and the initialisers)
//!        move         r5, r0           the instance, for an initialiser, whose callee lies in r4
//!        call         r3, r4(r5)       once for each
//!        call.method  r1, r2(r3..)     init
//!        return       r0
//!
//! | register | holds |
//! |---|---|
//! | 0 | the instance |
//! | 1 | the result of `init`, which nobody reads |
//! | 2, 3 and up | `init`, the instance, the arguments |
//! | then | the initialisers, the parent's first |
//! | then | the window of the initialiser that is being called |
//!
//! The frame is none of the program's and does not show in call stacks.

use std::rc::Rc;

use crate::bytecode::assemble::{FunctionBuilder, FunctionInfo, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::Proto;
use crate::bytecode::word::Word;
use crate::syntax::source::{Source, Span};
use crate::value::Value;

/// What a constructor has to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Layout {
    /// Arguments of `init`.
    pub arguments: usize,
    /// Functions that set declared fields.
    pub initialisers: usize,
    /// Whether there is an `init`.
    pub init: bool,
}

/// What calling a class comes to, with the places where its functions stand: as long as the class is.
#[derive(Clone, Copy, Debug)]
pub struct Construction<'h> {
    /// What is to be done.
    pub layout: Layout,
    /// The function that does it. None if there is nothing to be done.
    pub constructor: Option<&'h Value>,
    /// `init`.
    pub init: Option<&'h Value>,
    /// The functions that set declared fields.
    pub initialisers: &'h [Value],
}

impl Layout {
    /// The register of `init`.
    pub fn init_callee(self) -> usize {
        2
    }

    /// The register of the first argument.
    pub fn first_argument(self) -> usize {
        4
    }

    /// The register of an initialiser.
    pub fn initialiser(self, number: usize) -> usize {
        self.first_argument() + self.arguments + number
    }

    /// Registers that have to be filled in: the parameters, as it were.
    pub fn parameters(self) -> usize {
        self.initialiser(self.initialisers)
    }

    /// Registers of the frame.
    pub fn registers(self) -> usize {
        self.parameters() + 3
    }

    /// The function. Its number is `id`.
    pub fn function(self, id: u32) -> Box<Proto> {
        let span = Span::default();
        let mut code = FunctionBuilder::new(span);
        let window = self.parameters() as Register;
        for number in 0..self.initialisers {
            code.emit(Word::abc(Op::Move, window + 1, self.initialiser(number) as Register, 0), span);
            code.emit(Word::abc(Op::Move, window + 2, 0, 0), span);
            code.emit(Word::abc(Op::Call, window, 1, 0), span);
        }
        if self.init {
            code.emit(Word::abc(Op::CallMethod, 1, self.arguments as u16, 0), span);
        }
        code.emit(Word::abc(Op::Return, 0, 0, 0), span);
        let info = FunctionInfo {
            id,
            name: "construct".into(),
            source: Rc::new(Source::new("construct", "")),
            span,
            params: self.parameters() as u16,
            required: self.parameters() as u16,
            rest: false,
            method: false,
            hidden: true,
        };
        code.finish(info, self.registers() as u16, u32::MAX).expect("a few instructions are within all limits")
    }
}
