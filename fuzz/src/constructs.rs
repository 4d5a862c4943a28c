//! The constructs of the language that a program has: one for each kind of statement, expression, pattern and operator of
//! the syntax tree, one for each form of those that have several, and a few that several of them make together.

mod operators;
mod together;

use bumpalo::Bump;
use pseudo_vm::syntax::ast::{
    Class, Expr, ExprKind, Function, Member, MemberKind, Pattern, PatternKind, Piece, Stmt, StmtKind,
};
use pseudo_vm::syntax::diagnostics::Diagnostics;
use pseudo_vm::syntax::names::Names;
use pseudo_vm::syntax::parser::parse;
use pseudo_vm::syntax::source::Source;

use operators::{binary, unary};
use together::Together;

macro_rules! define_constructs {
    ($($construct:ident $text:literal;)*) => {
        /// A construct.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Construct { $(#[doc = $text] $construct,)* }

        /// In words, in order.
        pub const CONSTRUCTS: &[&str] = &[$($text,)*];
    };
}

define_constructs! {
    ExprStmt "expression as a statement";
    Let "let";
    LetSeveral "let of several names";
    LetUnpacks "let that unpacks an array";
    LetNothing "let without a value";
    Const "const";
    Assign "assignment";
    AssignSeveral "assignment to several targets";
    AssignUnpacks "assignment that unpacks an array";
    CompoundAssign "compound assignment";
    If "if";
    IfElif "if with elif";
    IfElse "if with else";
    While "while";
    ForIn "for in";
    ForInTwo "for in with two names";
    ForInStep "for in with a step";
    ForTo "for to";
    ForToStep "for to with a step";
    Repeat "repeat";
    Loop "loop";
    Break "break";
    Continue "continue";
    Return "return";
    ReturnValue "return of a value";
    Function "fn as a statement";
    Class "class";
    Extends "class that extends one";
    Field "field";
    StaticField "static field";
    UnpackedField "fields that an array is unpacked to";
    Method "method";
    StaticMethod "static method";
    Enum "enum";
    Match "match";
    MatchElse "match with else";
    CaseAlternatives "case with alternatives";
    CaseGuard "case with a guard";
    Try "try";
    Catch "catch";
    CatchNoName "catch without a name";
    Finally "finally";
    Throw "throw";
    Output "output";
    Input "input";
    Import "import";
    FromImport "from import";
    Wildcard "pattern _";
    ValuePattern "pattern of a value";
    NamePattern "pattern that is a name";
    ArrayPattern "pattern of an array";
    DictPattern "pattern of a dict";
    Nil "nil";
    Bool "bool";
    Int "int";
    Float "float";
    Str "string";
    Interpolation "interpolation";
    Array "array";
    Dict "dict";
    Name "name";
    SelfRef "self";
    Super "super";
    Add "+";
    Sub "-";
    Mul "*";
    Div "/";
    FloorDiv "div";
    Mod "%";
    BitAnd "&";
    BitOr "|";
    BitXor "^";
    Shl "<<";
    Shr ">>";
    Eq "==";
    Ne "!=";
    Lt "<";
    Le "<=";
    Gt ">";
    Ge ">=";
    In "in";
    Range "..";
    Not "not";
    Neg "unary -";
    BitNot "~";
    And "and";
    Or "or";
    Call "call";
    MethodCall "call of a method";
    SuperCall "call by super";
    Index "index";
    FieldOf "field of a value";
    Lambda "fn in an expression";
    Default "parameter with a default";
    Rest "rest parameter";
    Conditional "if in an expression";
    ReturnCall "return of a call";
    ReturnParameter "return of a call of a parameter";
    SeveralReturns "function with several returns";
    Factory "function with several returns, one of a call of a class";
    OneFieldOfTwo "loop with a field of one name of two values";
    CallOfKinds "function called with literals of three kinds";
}

/// The constructs of a program; none if it has errors.
pub fn of(source: &str, found: &mut dyn FnMut(Construct)) {
    let (arena, mut names, mut diagnostics) = (Bump::new(), Names::new(), Diagnostics::new());
    let module = parse(&Source::new("program", source), &arena, &mut names, &mut diagnostics);
    if diagnostics.is_empty() {
        Walk { found, together: Together::default() }.block(module.body);
    }
}

struct Walk<'f> {
    found: &'f mut dyn FnMut(Construct),
    together: Together,
}

impl Walk<'_> {
    fn block(&mut self, block: &[Stmt<'_>]) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn optional_block(&mut self, block: &Option<&[Stmt<'_>]>, construct: Construct) {
        if let Some(block) = block {
            (self.found)(construct);
            self.block(block);
        }
    }

    fn note_if(&mut self, is: bool, construct: Construct) {
        if is {
            (self.found)(construct);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match &statement.kind {
            StmtKind::Expr(expression) => self.with(Construct::ExprStmt, &[expression]),
            StmtKind::Let { names, values, constant } => {
                let several = if names.len() == values.len() { Construct::LetSeveral } else { Construct::LetUnpacks };
                let construct = match (names.len(), values.len()) {
                    _ if *constant => Construct::Const,
                    (_, 0) => Construct::LetNothing,
                    (1, _) => Construct::Let,
                    _ => several,
                };
                self.with(construct, values);
            }
            StmtKind::Assign { targets, values, .. } => {
                let construct = match (targets.len(), values.len()) {
                    (1, _) => Construct::Assign,
                    (_, 1) => Construct::AssignUnpacks,
                    _ => Construct::AssignSeveral,
                };
                self.with(construct, targets);
                self.expressions(values);
            }
            StmtKind::CompoundAssign { target, op, value, .. } => {
                (self.found)(binary(*op));
                self.with(Construct::CompoundAssign, &[target, value]);
            }
            StmtKind::If { arms, otherwise } => {
                self.note_if(arms.len() > 1, Construct::IfElif);
                for (condition, body) in *arms {
                    self.with(Construct::If, &[condition]);
                    self.block(body);
                }
                self.optional_block(otherwise, Construct::IfElse);
            }
            StmtKind::While { condition, body } => {
                self.with(Construct::While, &[condition]);
                self.body_of_loop(body);
            }
            StmtKind::ForIn { second, iterable, step, body, .. } => {
                self.note_if(second.is_some(), Construct::ForInTwo);
                self.note_if(step.is_some(), Construct::ForInStep);
                self.with(Construct::ForIn, &[iterable]);
                self.expressions(step.as_slice());
                self.body_of_loop(body);
            }
            StmtKind::ForTo { from, to, step, body, .. } => {
                self.note_if(step.is_some(), Construct::ForToStep);
                self.with(Construct::ForTo, &[from, to]);
                self.expressions(step.as_slice());
                self.body_of_loop(body);
            }
            StmtKind::Repeat { body, condition } => {
                self.body_of_loop(body);
                self.with(Construct::Repeat, &[condition]);
            }
            StmtKind::Loop { body } => {
                (self.found)(Construct::Loop);
                self.body_of_loop(body);
            }
            StmtKind::Break => (self.found)(Construct::Break),
            StmtKind::Continue => (self.found)(Construct::Continue),
            StmtKind::Return(None) => {
                self.together.note_bare_return();
                (self.found)(Construct::Return);
            }
            StmtKind::Return(Some(value)) => {
                self.together.note_return(value, self.found);
                self.with(Construct::ReturnValue, &[value]);
            }
            StmtKind::Function { function, .. } => self.function(Construct::Function, function),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Enum { members, .. } => {
                (self.found)(Construct::Enum);
                members.iter().for_each(|(_, value)| self.expressions(value.as_slice()));
            }
            StmtKind::Match { subject, cases, otherwise } => {
                self.with(Construct::Match, &[subject]);
                for case in *cases {
                    self.note_if(case.patterns.len() > 1, Construct::CaseAlternatives);
                    self.note_if(case.guard.is_some(), Construct::CaseGuard);
                    case.patterns.iter().for_each(|pattern| self.pattern(pattern));
                    self.expressions(case.guard.as_slice());
                    self.block(case.body);
                }
                self.optional_block(otherwise, Construct::MatchElse);
            }
            StmtKind::Try { body, catch, finally } => {
                (self.found)(Construct::Try);
                self.block(body);
                if let Some(catch) = catch {
                    (self.found)(if catch.name.is_some() { Construct::Catch } else { Construct::CatchNoName });
                    self.block(catch.body);
                }
                self.optional_block(finally, Construct::Finally);
            }
            StmtKind::Throw(value) => self.with(Construct::Throw, &[value]),
            StmtKind::Output(values) => self.with(Construct::Output, values),
            StmtKind::Input(target) => self.with(Construct::Input, &[target]),
            StmtKind::Import { .. } => (self.found)(Construct::Import),
            StmtKind::FromImport { .. } => (self.found)(Construct::FromImport),
        }
    }

    fn with(&mut self, construct: Construct, expressions: &[&Expr<'_>]) {
        (self.found)(construct);
        self.expressions(expressions);
    }

    fn expressions(&mut self, expressions: &[&Expr<'_>]) {
        expressions.iter().for_each(|expression| self.expression(expression));
    }

    fn function(&mut self, construct: Construct, function: &Function<'_>) {
        (self.found)(construct);
        self.note_if(function.rest.is_some(), Construct::Rest);
        for param in function.params {
            if let Some(default) = param.default {
                self.with(Construct::Default, &[default]);
            }
        }
        let outer = self.together.begin_function(function);
        self.block(function.body);
        self.together.end_function(outer, self.found);
    }

    fn body_of_loop(&mut self, body: &[Stmt<'_>]) {
        self.together.begin_loop();
        self.block(body);
        self.together.end_loop(self.found);
    }

    fn class(&mut self, class: &Class<'_>) {
        (self.found)(Construct::Class);
        self.together.note_class(class.name);
        if let Some(parent) = class.parent {
            self.with(Construct::Extends, &[parent]);
        }
        for Member { is_static, kind, .. } in class.members {
            let choose = |plain, of_class| if *is_static { of_class } else { plain };
            match kind {
                MemberKind::Field(value) => {
                    (self.found)(choose(Construct::Field, Construct::StaticField));
                    self.expressions(value.as_slice());
                }
                MemberKind::Unpack { value, .. } => self.with(Construct::UnpackedField, &[value]),
                MemberKind::Method(function) => {
                    self.function(choose(Construct::Method, Construct::StaticMethod), function)
                }
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern<'_>) {
        match &pattern.kind {
            PatternKind::Wildcard => (self.found)(Construct::Wildcard),
            PatternKind::Value(value) => self.with(Construct::ValuePattern, &[value]),
            PatternKind::Name(_) => (self.found)(Construct::NamePattern),
            PatternKind::Array(patterns) => {
                (self.found)(Construct::ArrayPattern);
                patterns.iter().for_each(|pattern| self.pattern(pattern));
            }
            PatternKind::Dict(entries) => {
                (self.found)(Construct::DictPattern);
                entries.iter().for_each(|(_, pattern)| self.pattern(pattern));
            }
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        match &expression.kind {
            ExprKind::Nil => (self.found)(Construct::Nil),
            ExprKind::Bool(_) => (self.found)(Construct::Bool),
            ExprKind::Int(_) => (self.found)(Construct::Int),
            ExprKind::Float(_) => (self.found)(Construct::Float),
            ExprKind::Str(_) => (self.found)(Construct::Str),
            ExprKind::Interpolation(pieces) => {
                (self.found)(Construct::Interpolation);
                for piece in *pieces {
                    if let Piece::Expr(expression) = piece {
                        self.expression(expression);
                    }
                }
            }
            ExprKind::Array(elements) => self.with(Construct::Array, elements),
            ExprKind::Dict(entries) => {
                (self.found)(Construct::Dict);
                entries.iter().for_each(|(key, value)| self.expressions(&[key, value]));
            }
            ExprKind::Name(_) => (self.found)(Construct::Name),
            ExprKind::SelfRef => (self.found)(Construct::SelfRef),
            ExprKind::Super { .. } => (self.found)(Construct::Super),
            ExprKind::Binary { op, left, right, .. } => self.with(binary(*op), &[left, right]),
            ExprKind::Unary { op, operand, .. } => self.with(unary(*op), &[operand]),
            ExprKind::Logical { and, left, right } => {
                self.with(if *and { Construct::And } else { Construct::Or }, &[left, right])
            }
            ExprKind::Call { callee, args, .. } => {
                let construct = match callee.kind {
                    ExprKind::Field { .. } => Construct::MethodCall,
                    ExprKind::Super { .. } => Construct::SuperCall,
                    _ => Construct::Call,
                };
                self.together.note_call(callee, args, self.found);
                self.with(construct, &[callee]);
                self.expressions(args);
            }
            ExprKind::Index { object, index, .. } => self.with(Construct::Index, &[object, index]),
            ExprKind::Field { object, name } => {
                self.together.note_field(object, *name);
                self.with(Construct::FieldOf, &[object]);
            }
            ExprKind::Function(function) => self.function(Construct::Lambda, function),
            ExprKind::Conditional { arms, otherwise } => {
                (self.found)(Construct::Conditional);
                arms.iter().for_each(|(condition, value)| self.expressions(&[condition, value]));
                self.expression(otherwise);
            }
            ExprKind::Error => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<Construct> {
        let mut all = Vec::new();
        of(source, &mut |construct| all.push(construct));
        all
    }

    #[test]
    fn constructs_are_found_wherever_they_stand() {
        let all = found("fn f(a = not nil) for i, x in [1] do if x then break end end end\nlet a, b = f()");
        for construct in
            [Construct::Default, Construct::Not, Construct::ForInTwo, Construct::Break, Construct::LetUnpacks]
        {
            assert!(all.contains(&construct), "{construct:?} in {all:?}");
        }
        assert!(!all.contains(&Construct::IfElse));
    }

    #[test]
    fn what_several_make_together_is_found() {
        let made = "class A end\nfn f(i) if i > 0 then return A() end; return i end";
        assert!(found(made).contains(&Construct::Factory));
        let apart = "class A end\nfn f(i) return A() end\nfn g(i, h) if i then return 1 end; return h(i) end";
        assert!(!found(apart).contains(&Construct::Factory));
        assert!(
            found(apart).contains(&Construct::SeveralReturns) && found(apart).contains(&Construct::ReturnParameter)
        );
        assert!(found("let a, b = 1, 2\nloop a.x = b[1].x end").contains(&Construct::OneFieldOfTwo));
        assert!(!found("let a, b = 1, 2\na.x = 1; b.x = 2; loop a.x += a.y end").contains(&Construct::OneFieldOfTwo));
        assert!(found("f(1)\nf([1.5])\nf(\"a\")").contains(&Construct::CallOfKinds));
        assert!(!found("f(1)\nf([2])\ng(\"a\")\nf(2.5)").contains(&Construct::CallOfKinds));
    }

    #[test]
    fn what_does_not_parse_has_none() {
        assert!(found("if if").is_empty());
    }
}
