//! One function being compiled: parameters, where its variables live, what it captures, and the closures it makes.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::CompileOptions;
use super::builtin_table::BuiltinTable;
use super::expressions::Target;
use super::files::File;
use super::literals::Literal;
use super::loops::LoopLabels;
use super::registers::{REGISTERS_MAX, Registers};
use super::resolve::{Place, Resolution, fields_span};
use super::scopes::{FunctionId, VariableId};
use super::tries::Finally;
use crate::bytecode::assemble::{FunctionBuilder, FunctionInfo, Register};
use crate::bytecode::ops::Op;
use crate::bytecode::proto::{CaptureSource, Proto};
use crate::bytecode::word::Word;
use crate::heap::Heap;
use crate::syntax::ast::{Class, Function, Name, Stmt, StmtKind};
use crate::syntax::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::names::Names;
use crate::syntax::source::{Source, Span};

/// What all functions of a program share.
pub(super) struct Program<'c> {
    /// The file that is being compiled.
    pub(super) file: usize,
    pub(super) source: Rc<Source>,
    pub(super) resolution: &'c Resolution,
    pub(super) diagnostics: Diagnostics,
    /// All files, and what their names stand for.
    pub(super) files: &'c [File<'c>],
    pub(super) resolutions: &'c [Resolution],
    /// Of each file, whether an import of it has been compiled.
    pub(super) imported: Vec<bool>,
    pub(super) names: &'c Names,
    pub(super) heap: &'c mut Heap,
    pub(super) builtins: &'c BuiltinTable,
    pub(super) options: &'c CompileOptions,
    /// The values of globals that are constants, of those whose declarations have been compiled.
    pub(super) constants: FxHashMap<u32, Literal<'static>>,
    /// The number of the next function.
    pub(super) next_proto: u32,
    /// What is wrong with files that have been compiled.
    found: Vec<(usize, Diagnostics)>,
}

impl<'c> Program<'c> {
    /// A program that begins with the first file.
    pub(super) fn new(
        files: &'c [File<'c>],
        resolutions: &'c [Resolution],
        names: &'c Names,
        heap: &'c mut Heap,
        builtins: &'c BuiltinTable,
        options: &'c CompileOptions,
    ) -> Program<'c> {
        Program {
            file: 0,
            source: files[0].source.clone(),
            resolution: &resolutions[0],
            diagnostics: Diagnostics::new(),
            files,
            resolutions,
            imported: vec![false; files.len()],
            names,
            heap,
            builtins,
            options,
            constants: FxHashMap::default(),
            next_proto: options.first_proto,
            found: Vec::new(),
        }
    }

    /// Compiles something of another file.
    pub(super) fn in_file<R>(&mut self, file: usize, compile: impl FnOnce(&mut Program<'c>) -> R) -> R {
        let outer = std::mem::replace(&mut self.file, file);
        let outer_diagnostics = std::mem::take(&mut self.diagnostics);
        (self.source, self.resolution) = (self.files[file].source.clone(), &self.resolutions[file]);
        let result = compile(self);
        (self.source, self.resolution) = (self.files[outer].source.clone(), &self.resolutions[outer]);
        self.found.push((file, std::mem::replace(&mut self.diagnostics, outer_diagnostics)));
        self.file = outer;
        result
    }

    /// What is wrong, by the numbers of the files.
    pub(super) fn into_diagnostics(mut self) -> Vec<(usize, Diagnostics)> {
        self.found.push((self.file, self.diagnostics));
        self.found
    }
}

/// Where a name's value is, seen from the function that is being compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Location {
    /// In a register.
    Register(Register),
    /// In the cell that a register holds.
    Cell(Register),
    /// It is the running closure itself.
    Itself,
    /// In the closure.
    Capture(u16),
    /// In a cell that the closure holds.
    CellCapture(u16),
    /// In a global's slot.
    Global(u32),
    /// It is a builtin.
    Builtin(u16),
}

/// What a function is called with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FunctionKind {
    /// Its parameters.
    Plain,
    /// `self`, then its parameters.
    Method,
}

/// A function being compiled.
pub(super) struct FunctionCompiler<'p, 'c> {
    pub(super) program: &'p mut Program<'c>,
    pub(super) code: FunctionBuilder,
    pub(super) registers: Registers,
    /// The first register that no local variable has: temporaries begin here.
    pub(super) locals_end: Register,
    /// The loops around what is being compiled, innermost last.
    pub(super) loops: Vec<LoopLabels>,
    /// The `finally`s around it that have not begun, innermost last.
    pub(super) finallies: Vec<Finally>,
    /// How many `try` statements are around it.
    pub(super) tries: usize,
    function: FunctionId,
    variables: FxHashMap<VariableId, Register>,
    captures: Vec<VariableId>,
    capture_numbers: FxHashMap<VariableId, u16>,
}

/// A function that has been compiled, and the variables of outer functions that a closure of it takes along. `None` if
/// it has an error, which has been reported.
type Compiled = Option<(Box<Proto>, Vec<VariableId>)>;

impl<'p, 'c> FunctionCompiler<'p, 'c> {
    fn new(program: &'p mut Program<'c>, function: FunctionId, span: Span) -> FunctionCompiler<'p, 'c> {
        FunctionCompiler {
            program,
            code: FunctionBuilder::new(span),
            registers: Registers::default(),
            locals_end: 0,
            loops: Vec::new(),
            finallies: Vec::new(),
            tries: 0,
            function,
            variables: FxHashMap::default(),
            captures: Vec::new(),
            capture_numbers: FxHashMap::default(),
        }
    }

    /// Compiles the top level of the file that is the program's current one. `None` if there was an error, which has been
    /// reported.
    pub(super) fn main(program: &'p mut Program<'c>) -> Option<Box<Proto>> {
        let body = program.files[program.file].tree.body;
        let info = FunctionInfo {
            id: program.next_proto,
            name: "main".into(),
            source: program.source.clone(),
            span: Span::new(0, program.source.text.len() as u32),
            params: 0,
            required: 0,
            rest: false,
            method: false,
            hidden: program.options.internal_builtins,
        };
        program.next_proto += 1;
        let mut compiler = FunctionCompiler::new(program, FunctionId::MAIN, info.span);
        match body {
            [body @ .., Stmt { kind: StmtKind::Expr(last), span }] if compiler.program.options.gives_value => {
                compiler.statements(body);
                let value = compiler.operand(last);
                compiler.code.emit(Word::abc(Op::Return, value, 0, 0), *span);
            }
            _ => compiler.statements(body),
        }
        let end = end_of(body, info.span);
        let (proto, captures) = compiler.finish(info, end)?;
        debug_assert!(captures.is_empty(), "there is nothing around the top level");
        Some(proto)
    }

    /// Compiles a function of the file.
    fn nested(program: &'p mut Program<'c>, kind: FunctionKind, function: &Function<'_>) -> Compiled {
        let receiver = (kind == FunctionKind::Method) as u16;
        let params = function.params.len().min(REGISTERS_MAX as usize) as u16 + receiver;
        let required = function.params.iter().take_while(|param| param.default.is_none()).count();
        let info = FunctionInfo {
            id: program.next_proto,
            name: function.name.map_or("", |name| program.names.text(name.symbol)).into(),
            source: program.source.clone(),
            span: function.span,
            params,
            required: required.min(REGISTERS_MAX as usize) as u16 + receiver,
            rest: function.rest.is_some(),
            method: kind == FunctionKind::Method,
            hidden: program.options.internal_builtins,
        };
        program.next_proto += 1;
        let mut compiler = FunctionCompiler::new(program, FunctionId::of(function), function.span);
        compiler.prologue(kind, function);
        compiler.statements(function.body);
        compiler.finish(info, end_of(function.body, function.span))
    }

    /// Gives the parameters their registers, and those that were not passed their defaults.
    fn prologue(&mut self, kind: FunctionKind, function: &Function<'_>) {
        let receiver = (kind == FunctionKind::Method).then(|| self.registers.allocate());
        // The caller has put the arguments there, all of them, before the first default is computed.
        let registers: Vec<Register> = function.params.iter().map(|_| self.registers.allocate()).collect();
        let rest = function.rest.map(|name| (name, self.registers.allocate()));
        self.locals_end = self.registers.next();
        if let Some(receiver) = receiver {
            self.define_hidden(function.span, receiver);
        }
        for (register, param) in registers.into_iter().zip(function.params) {
            if let Some(default) = param.default {
                let (missing, there) = (self.code.label(), self.code.label());
                self.code.emit_jump(Word::ax(Op::JumpIfUndef, register, 0), missing, param.name.span);
                self.code.emit_jump(Word::ax(Op::Jump, 0, 0), there, param.name.span);
                self.code.bind(missing);
                self.value_to(default, Target { register, fresh: true });
                self.code.bind(there);
            }
            self.define_local(param.name, register);
        }
        if let Some((name, register)) = rest {
            self.define_local(name, register);
        }
    }

    fn finish(mut self, info: FunctionInfo, end: Span) -> Compiled {
        self.code.emit(Word::abc(Op::ReturnNil, 0, 0, 0), end);
        let place = Span::new(info.span.start, info.span.start);
        let message = if self.registers.exceeded() {
            let message = "this function needs too many registers for its variables and intermediate results";
            format!("{message}: {REGISTERS_MAX} are possible")
        } else {
            match self.code.finish(info, self.registers.most(), self.program.options.hot_call) {
                Ok(proto) => return Some((proto, self.captures)),
                Err(limit) => limit.text().to_string(),
            }
        };
        let error = Diagnostic::error(place, message).label("begins here");
        self.program.diagnostics.push(error.help("split it into several functions"));
        None
    }

    // Variables.

    /// What a name stands for.
    pub(super) fn place(&self, span: Span) -> Place {
        self.program.resolution.place(span)
    }

    /// Where the value of the name at a place is. Captures it if need be.
    pub(super) fn locate(&mut self, span: Span) -> Location {
        match self.place(span) {
            Place::Variable(id) => self.locate_variable(id),
            Place::Global(slot) => Location::Global(slot),
            Place::Builtin(index) => Location::Builtin(index),
        }
    }

    /// Gives `self` or `super` its register, which holds the value already. `span` is where it is declared.
    pub(super) fn define_hidden(&mut self, span: Span, register: Register) {
        let id = self.program.resolution.hidden(span.start);
        self.variables.insert(id, register);
    }

    /// Compiles the function that sets the fields that a class declares.
    fn fields_function(program: &'p mut Program<'c>, class: &Class<'_>) -> Compiled {
        let span = class.name.span;
        let info = FunctionInfo {
            id: program.next_proto,
            name: program.names.text(class.name.symbol).into(),
            source: program.source.clone(),
            span,
            params: 1,
            required: 1,
            rest: false,
            method: true,
            hidden: program.options.internal_builtins,
        };
        program.next_proto += 1;
        let mut compiler = FunctionCompiler::new(program, FunctionId::of_fields(class), span);
        let receiver = compiler.registers.allocate();
        compiler.locals_end = compiler.registers.next();
        compiler.define_hidden(fields_span(class), receiver);
        compiler.set_fields(class);
        compiler.finish(info, Span::new(span.end, span.end))
    }

    fn locate_variable(&mut self, id: VariableId) -> Location {
        let variable = &self.program.resolution.variables[id];
        if variable.function == self.function {
            let register = self.variables[&id];
            return if variable.is_cell() { Location::Cell(register) } else { Location::Register(register) };
        }
        if variable.own_function == Some(self.function) && !variable.reassigned {
            return Location::Itself;
        }
        let captures = &mut self.captures;
        let number = *self.capture_numbers.entry(id).or_insert_with(|| {
            captures.push(id);
            captures.len() as u16 - 1
        });
        if variable.is_cell() { Location::CellCapture(number) } else { Location::Capture(number) }
    }

    /// Makes a register, which holds the value already, the home of a new local variable.
    pub(super) fn define_local(&mut self, name: Name, register: Register) {
        let Place::Variable(id) = self.place(name.span) else {
            unreachable!("only local variables have registers");
        };
        if self.program.resolution.variables[id].is_cell() {
            self.code.emit(Word::abc(Op::NewCell, register, register, 0), name.span);
        }
        self.variables.insert(id, register);
        self.locals_end = self.locals_end.max(register + 1);
    }

    /// Whether the variable that a name declares is a global.
    pub(super) fn declares_global(&self, name: Name) -> Option<u32> {
        match self.place(name.span) {
            Place::Global(slot) => Some(slot),
            Place::Variable(_) => None,
            Place::Builtin(_) => unreachable!("builtins are not declared"),
        }
    }

    /// `fn name` and `let name = fn`: a function that sees the name that it is given.
    pub(super) fn define_function(&mut self, name: Name, function: &Function<'_>) {
        if let Some(slot) = self.declares_global(name) {
            let register = self.registers.allocate();
            self.closure_to(function, register);
            return self.code.emit(Word::ax(Op::DefGlobal, register, slot as i64), name.span);
        }
        let register = self.registers.allocate();
        let Place::Variable(id) = self.place(name.span) else { return };
        if !self.program.resolution.variables[id].is_cell() {
            // The function itself does not capture the variable: it is the closure that is running.
            self.closure_to(function, register);
            return self.define_local(name, register);
        }
        // The cell is there before the closure that captures it.
        self.code.emit(Word::abc(Op::LoadUndef, register, 0, 0), name.span);
        self.define_local(name, register);
        let closure = self.registers.allocate();
        self.closure_to(function, closure);
        self.code.emit(Word::abc(Op::SetCell, register, closure, 0), name.span);
    }

    /// Makes a closure of a function.
    pub(super) fn closure_to(&mut self, function: &Function<'_>, register: Register) {
        self.closure_of(FunctionKind::Plain, function, register);
    }

    /// Makes a closure of a function or method.
    pub(super) fn closure_of(&mut self, kind: FunctionKind, function: &Function<'_>, register: Register) {
        let compiled = FunctionCompiler::nested(self.program, kind, function);
        self.make_closure(compiled, Span::new(function.span.start, function.span.start), register);
    }

    /// Makes a closure of the function that sets the fields that a class declares.
    pub(super) fn fields_closure_to(&mut self, class: &Class<'_>, register: Register) {
        let compiled = FunctionCompiler::fields_function(self.program, class);
        self.make_closure(compiled, class.name.span, register);
    }

    fn make_closure(&mut self, compiled: Compiled, span: Span, register: Register) {
        let Some((mut proto, captures)) = compiled else { return };
        let mark = self.registers.next();
        let mut sources = Vec::with_capacity(captures.len());
        for id in captures {
            sources.push(match self.locate_variable(id) {
                Location::Register(from) | Location::Cell(from) => CaptureSource::Register(from),
                Location::Capture(number) | Location::CellCapture(number) => CaptureSource::Capture(number),
                Location::Itself => {
                    let temporary = self.registers.allocate();
                    self.code.emit(Word::abc(Op::LoadSelf, temporary, 0, 0), span);
                    CaptureSource::Register(temporary)
                }
                Location::Global(_) | Location::Builtin(_) => unreachable!("only local variables are captured"),
            });
        }
        proto.captures = sources.into();
        let number = self.code.proto(proto);
        self.code.emit(Word::ax(Op::Closure, register, number as i64), span);
        self.registers.release(mark);
    }
}

/// Where the end of a function's body is shown to be.
fn end_of(body: &[Stmt<'_>], span: Span) -> Span {
    let end = body.last().map_or(span.start, |last| last.span.end);
    Span::new(end, end)
}
