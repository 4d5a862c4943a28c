//! Classes, `self` and `super`.
//!
//!     class C extends P                      new.class   c, p
//!         let x = 1                          (c gets its name: a global, or a register)
//!         fn m() ... end                     closure     f        the function that sets the fields
//!         static let n = 2                   def.fields  c, f
//!     end                                    closure     m
//!                                            def.method  c, m, "m"
//!                                            load.int    v, 2
//!                                            def.static  c, v, "n"
//!
//! A method's first parameter is `self`. What a class extends is a hidden variable that its methods capture.
//!
//! Fields whose values are constants come with a new instance ([`ClassInfo::fields`]). The function that sets them is
//! there nevertheless: it runs if another class of the chain has a field whose value is no constant, since then the
//! order shows.

use rustc_hash::FxHashSet;

use super::expressions::Target;
use super::function::{FunctionCompiler, FunctionKind, Location};
use crate::bytecode::assemble::Register;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::heap::class::{ClassInfo, FieldInfo};
use crate::syntax::ast::{Block, Class, Expr, ExprKind, MemberKind, Name, StmtKind, Symbol};
use crate::syntax::source::Span;

impl FunctionCompiler<'_, '_> {
    /// `class name ... end`.
    pub(super) fn class_statement(&mut self, class: &Class<'_>) {
        // The home of a local class lies below all else, since it stays.
        let global = self.declares_global(class.name);
        let home = if global.is_none() { Some(self.registers.allocate()) } else { None };
        let parent = self.registers.allocate();
        match class.parent {
            Some(expr) => self.value_to(expr, Target::fresh(parent)),
            // The instruction names the register all the same, so that it counts as live in a loop around: it must not
            // have what was left there.
            None => self.code.emit(Word::abc(Op::LoadNil, parent, 0, 0), class.name.span),
        }
        let info = self.class_info(class);
        let number = self.code.class(info);
        let register = self.registers.allocate();
        let span = class.parent.map_or(class.name.span, |parent| parent.span);
        self.code.emit(Word::abj(Op::NewClass, register, parent, number), span);
        match (global, home) {
            (Some(slot), _) => self.code.emit(Word::ax(Op::DefGlobal, register, slot as i64), class.name.span),
            (None, Some(home)) => {
                self.move_to(home, register, class.name.span);
                self.define_local(class.name, home);
            }
            (None, None) => unreachable!("a class that is no global has a home"),
        }
        let outer = self.locals_end;
        self.locals_end = self.registers.next();
        if class.parent.is_some() {
            self.define_hidden(class.name.span, parent);
        }
        if class.members.iter().any(|member| !member.is_static && !matches!(member.kind, MemberKind::Method(_))) {
            let function = self.registers.allocate();
            self.fields_closure_to(class, function);
            self.code.emit(Word::abc(Op::DefFields, register, function, 0), class.name.span);
            self.registers.release(function);
        }
        for member in class.members {
            if let MemberKind::Method(function) = member.kind {
                let (kind, op) = match member.is_static {
                    true => (FunctionKind::Plain, Op::DefStatic),
                    false => (FunctionKind::Method, Op::DefMethod),
                };
                let closure = self.registers.allocate();
                self.closure_of(kind, function, closure);
                self.define_member(op, register, closure, member.name);
                self.registers.release(closure);
            }
        }
        for member in class.members.iter().filter(|member| member.is_static) {
            match member.kind {
                MemberKind::Field(value) => {
                    let from = self.member_value(value, member.name.span);
                    self.define_member(Op::DefStatic, register, from, member.name);
                }
                MemberKind::Unpack { names, value } => {
                    for (&name, from) in names.iter().zip(self.unpack(value, names.len())) {
                        self.define_member(Op::DefStatic, register, from, name);
                    }
                }
                MemberKind::Method(_) => {}
            }
            self.registers.release(self.locals_end);
        }
        self.close_block(outer);
    }

    /// The value of a field or static, in some register.
    fn member_value(&mut self, value: Option<&Expr<'_>>, span: Span) -> Register {
        match value {
            Some(value) => self.operand(value),
            None => self.nil(span),
        }
    }

    fn define_member(&mut self, op: Op, class: Register, from: Register, name: Name) {
        let text = self.program.names.text(name.symbol);
        let constant = self.program.heap.constant_string(text);
        let constant = self.code.constant(constant);
        let distance = self.code.long_distance(constant);
        self.code.emit(Word::abj(op, class, from, distance), name.span);
    }

    /// What is known of a class beforehand.
    fn class_info(&mut self, class: &Class<'_>) -> ClassInfo {
        let mut fields = Vec::new();
        let mut declared = FxHashSet::default();
        let mut info = ClassInfo {
            name: self.name_constant(class.name.symbol),
            extends: class.parent.is_some(),
            methods: 0,
            fields: Vec::new(),
            expected: 0,
            has_text: false,
        };
        let mut assigned = FxHashSet::default();
        for member in class.members.iter().filter(|member| !member.is_static) {
            match member.kind {
                MemberKind::Field(value) => {
                    let constant = match value {
                        None => Some(crate::value::Value::NIL),
                        Some(value) => self.literal(value).map(|literal| self.literal_value(literal)),
                    };
                    declared.insert(member.name.symbol);
                    fields.push(FieldInfo { name: self.name_constant(member.name.symbol), constant });
                }
                MemberKind::Unpack { names, .. } => {
                    for name in names {
                        declared.insert(name.symbol);
                        fields.push(FieldInfo { name: self.name_constant(name.symbol), constant: None });
                    }
                }
                MemberKind::Method(function) => {
                    info.methods += 1;
                    match self.program.names.text(member.name.symbol) {
                        "init" => assigned_fields(function.body, &mut assigned),
                        "to_string" => info.has_text = true,
                        _ => {}
                    }
                }
            }
        }
        info.expected = assigned.difference(&declared).count();
        ClassInfo { fields, ..info }
    }

    fn name_constant(&mut self, symbol: Symbol) -> crate::value::Value {
        self.program.heap.constant_string(self.program.names.text(symbol))
    }

    /// The body of the function that sets the fields that a class declares; `self` is register 0.
    pub(super) fn set_fields(&mut self, class: &Class<'_>) {
        for member in class.members.iter().filter(|member| !member.is_static) {
            match member.kind {
                MemberKind::Field(value) => {
                    let from = self.member_value(value, member.name.span);
                    self.set_field(0, member.name, from);
                }
                MemberKind::Unpack { names, value } => {
                    for (&name, from) in names.iter().zip(self.unpack(value, names.len())) {
                        self.set_field(0, name, from);
                    }
                }
                MemberKind::Method(_) => {}
            }
            self.registers.release(self.locals_end);
        }
    }

    /// `R[object].name = R[from]`.
    pub(super) fn set_field(&mut self, object: Register, name: Name, from: Register) {
        let site = self.method_site(name);
        self.code.emit(Word::abj(Op::SetField, object, from, site), name.span);
    }

    /// `super.name`: the method goes to one register. `self` goes to another if that is given.
    pub(super) fn super_method(&mut self, span: Span, name: Name, method: Register, receiver: Register) {
        let mark = self.registers.next();
        let class = match self.locate(span) {
            Location::Register(register) => register,
            _ => {
                let register = self.registers.allocate();
                self.name_to(span, register);
                register
            }
        };
        let site = self.method_site(name);
        self.code.emit(Word::abj(Op::GetSuper, method, class, site), name.span);
        self.name_to(name.span, receiver);
        self.registers.release(mark);
    }

    /// `super.name` without a call.
    pub(super) fn bound_super(&mut self, span: Span, name: Name, into: Register) {
        let mark = self.registers.next();
        let (method, receiver) = (self.registers.allocate(), self.registers.allocate());
        self.super_method(span, name, method, receiver);
        self.code.emit(Word::abc(Op::Bind, into, method, receiver), name.span);
        self.registers.release(mark);
    }
}

/// The names that `self.name = ...` gives values to in a block, those of functions inside left out.
fn assigned_fields(body: Block<'_>, found: &mut FxHashSet<Symbol>) {
    let mut blocks = vec![body];
    while let Some(body) = blocks.pop() {
        for statement in body {
            match statement.kind {
                StmtKind::Assign { targets, .. } => {
                    for target in targets {
                        if let ExprKind::Field { object: Expr { kind: ExprKind::SelfRef, .. }, name } = target.kind {
                            found.insert(name.symbol);
                        }
                    }
                }
                StmtKind::If { arms, otherwise } => {
                    blocks.extend(arms.iter().map(|&(_, body)| body));
                    blocks.extend(otherwise);
                }
                StmtKind::While { body, .. }
                | StmtKind::ForIn { body, .. }
                | StmtKind::ForTo { body, .. }
                | StmtKind::Repeat { body, .. }
                | StmtKind::Loop { body } => blocks.push(body),
                _ => {}
            }
        }
    }
}
