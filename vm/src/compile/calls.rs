//! Calls. Callee and arguments are evaluated right where the callee's frame will lie.
//!
//! A window is `R[a]` for the result, `R[a+1]` for the callee, then the arguments. It is placed so that `R[a]` is the
//! register that the result is wanted in, if that is the last one taken; otherwise the result is copied.

use super::expressions::Target;
use super::function::{FunctionCompiler, Location};
use super::literals::Literal;
use crate::builtins::Body;
use crate::bytecode::assemble::Register;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::source::Span;

/// In the builtin table: takes any number of arguments.
const ANY_NUMBER: u8 = 255;

impl FunctionCompiler<'_, '_> {
    /// The first of consecutive registers that end at the top of the stack: the target itself, if it is the last one
    /// taken, so that nothing need be copied.
    pub(super) fn window(&mut self, target: Target) -> Register {
        if target.fresh && target.register + 1 == self.registers.next() {
            target.register
        } else {
            self.registers.allocate()
        }
    }

    /// A call of a name: a function in a variable, or a builtin.
    pub(super) fn call_named(&mut self, callee: &Expr<'_>, args: &[&Expr<'_>], paren: Span, into: Target) {
        if let Location::Builtin(index) = self.locate(callee.span) {
            return self.call_builtin(index, args, callee.span, paren, into);
        }
        let mark = self.registers.next();
        let window = self.window(into);
        let function = self.registers.allocate();
        self.value_to(callee, Target::fresh(function));
        self.call(window, args, paren, into);
        self.registers.release(mark);
    }

    /// A call of a value in a register.
    pub(super) fn call_value(&mut self, callee: Register, args: &[&Expr<'_>], paren: Span, into: Target) {
        let mark = self.registers.next();
        let window = self.window(into);
        let function = self.registers.allocate();
        self.move_to(function, callee, paren);
        self.call(window, args, paren, into);
        self.registers.release(mark);
    }

    /// The rest of a call whose callee is in its window.
    fn call(&mut self, window: Register, args: &[&Expr<'_>], paren: Span, into: Target) {
        let count = self.arguments(args);
        self.code.emit(Word::abc(Op::Call, window, count, 0), paren);
        self.move_to(into.register, window, paren);
    }

    /// `receiver.name(args)`.
    pub(super) fn call_method(
        &mut self,
        receiver: Register,
        name: Name,
        args: &[&Expr<'_>],
        paren: Span,
        into: Target,
    ) {
        let mark = self.registers.next();
        let window = self.window(into);
        let count = self.method_window(window, receiver, name, args);
        self.code.emit(Word::abc(Op::CallMethod, window, count, 0), paren);
        self.move_to(into.register, window, paren);
        self.registers.release(mark);
    }

    /// A place where a method of this name is looked up.
    pub(super) fn method_site(&mut self, name: Name) -> i32 {
        let text = self.program.names.text(name.symbol);
        let key = self.program.heap.constant_string(text);
        let builtin = self.program.builtins.method(text);
        let native = builtin.filter(|&index| matches!(self.program.builtins.info(index).body, Body::Native(_)));
        let value = native.map(|index| self.program.heap.builtin(index));
        self.code.site(text, key, builtin, value)
    }

    /// Looks a method up, then evaluates the arguments, whose number is the result.
    fn method_window(&mut self, window: Register, receiver: Register, name: Name, args: &[&Expr<'_>]) -> u16 {
        let site = self.method_site(name);
        // Method and receiver.
        self.registers.allocate();
        self.registers.allocate();
        self.code.emit(Word::abj(Op::GetMethod, window, receiver, site), name.span);
        self.arguments(args)
    }

    /// `super.name(args)`.
    pub(super) fn call_super(&mut self, callee: Span, method: Name, args: &[&Expr<'_>], paren: Span, into: Target) {
        let mark = self.registers.next();
        let window = self.window(into);
        let count = self.super_window(window, callee, method, args);
        self.code.emit(Word::abc(Op::CallMethod, window, count, 0), paren);
        self.move_to(into.register, window, paren);
        self.registers.release(mark);
    }

    /// Looks a method of the parent class up, then evaluates the arguments, whose number is the result.
    fn super_window(&mut self, window: Register, callee: Span, method: Name, args: &[&Expr<'_>]) -> u16 {
        let (function, receiver) = (self.registers.allocate(), self.registers.allocate());
        debug_assert_eq!(function, window + 1, "a window is consecutive registers");
        self.super_method(callee, method, function, receiver);
        self.arguments(args)
    }

    /// Evaluates arguments into the next registers. Their number fits: there are fewer registers.
    fn arguments(&mut self, args: &[&Expr<'_>]) -> u16 {
        for arg in args {
            let register = self.registers.allocate();
            self.value_to(arg, Target::fresh(register));
        }
        args.len() as u16
    }

    /// `return f(args)`, in place of the running frame. False, and nothing done, where there would be no frame to save.
    pub(super) fn tail_call(&mut self, callee: &Expr<'_>, args: &[&Expr<'_>], paren: Span) -> bool {
        match callee.kind {
            ExprKind::Field { object, name } => {
                let receiver = self.operand(object);
                let window = self.registers.allocate();
                let count = self.method_window(window, receiver, name, args);
                self.code.emit(Word::abc(Op::TailCallMethod, window, count, 0), paren);
            }
            ExprKind::Super { method } => {
                let window = self.registers.allocate();
                let count = self.super_window(window, callee.span, method, args);
                self.code.emit(Word::abc(Op::TailCallMethod, window, count, 0), paren);
            }
            ExprKind::Name(_) if matches!(self.locate(callee.span), Location::Builtin(_)) => return false,
            _ => {
                let window = self.registers.allocate();
                let function = self.registers.allocate();
                self.value_to(callee, Target::fresh(function));
                let count = self.arguments(args);
                self.code.emit(Word::abc(Op::TailCall, window, count, 0), paren);
            }
        }
        true
    }

    // Builtins.

    /// A call of a builtin by its name. One in Rust is called without a window, if the number of arguments is right;
    /// all else (and the error) is the business of an ordinary call.
    pub(super) fn call_builtin(&mut self, index: u16, args: &[&Expr<'_>], name: Span, paren: Span, into: Target) {
        let mark = self.registers.next();
        let info = self.program.builtins.info(index);
        let fits = args.len() >= info.min as usize && (info.max == ANY_NUMBER || args.len() <= info.max as usize);
        if matches!(info.body, Body::Native(_)) && fits {
            let first = self.window(into);
            self.elements(first, args);
            self.code.emit(Word::abc(Op::CallBuiltin, first, index, args.len() as u16), paren);
            self.move_to(into.register, first, paren);
        } else {
            let window = self.window(into);
            let function = self.registers.allocate();
            self.load_builtin(index, function, name);
            self.call(window, args, paren, into);
        }
        self.registers.release(mark);
    }

    /// The same for a builtin that a statement stands for, whatever its name means in the program.
    pub(super) fn call_statement(&mut self, builtin: &str, args: &[&Expr<'_>], span: Span, into: Target) {
        let index = self.program.builtins.find(builtin).expect("a builtin that is part of the language");
        self.call_builtin(index, args, span, span, into);
    }

    /// A builtin as a value.
    pub(super) fn load_builtin(&mut self, index: u16, into: Register, span: Span) {
        match self.program.builtins.info(index).body {
            Body::Native(_) | Body::Prelude | Body::Error => {
                self.code.emit(Word::ax(Op::LoadBuiltin, into, index as i64), span);
            }
            Body::Constant(float) => self.load_literal(Literal::Float(float()), into, span),
            Body::IntConstant(int) => self.load_literal(Literal::Int(int), into, span),
        }
    }
}
