//! The syntax tree: what the parser makes and the compiler reads.
//!
//! Nodes live in a bump arena and are never dropped, so that a tree of any depth costs no recursion to free. Every
//! node carries the [`Span`] of its source text; the span that a run-time error of the node is reported at (an
//! operator, a call's parenthesis, an index, a field name) is a separate field where it differs from the whole.
//!
//! **Depth.** A tree is at most [`DEPTH_MAX`](super::parser::DEPTH_MAX) levels deep, except along its left spines: a
//! chain of left-associative operators, calls, indices and fields (`a + b + c`, `a and b`, `f(x)(y)[i].z`) may be as
//! long as the file. Whoever walks a tree goes down the `left` of `Binary` and `Logical`, the `callee` of `Call` and the
//! `object` of `Index` and `Field` in a loop, and may recurse into everything else.

use super::source::Span;

/// An interned name: equal names have equal symbols within one compilation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// A name and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// What is written.
    pub symbol: Symbol,
    /// Where.
    pub span: Span,
}

/// A whole file.
#[derive(Debug)]
pub struct Module<'a> {
    /// Statements in order.
    pub body: Block<'a>,
    /// Names in text that did not parse. They may be defined there, so nobody should say that they are not.
    pub lost: &'a [Symbol],
}

/// Statements of one block, in order.
pub type Block<'a> = &'a [Stmt<'a>];

/// A statement with its place.
#[derive(Debug)]
pub struct Stmt<'a> {
    /// What it is.
    pub kind: StmtKind<'a>,
    /// From its first to its last character.
    pub span: Span,
}

#[allow(missing_docs, reason = "the comment of a variant names its fields")]
/// The kinds of statement.
#[derive(Debug)]
pub enum StmtKind<'a> {
    /// An expression whose value is dropped.
    Expr(&'a Expr<'a>),
    /// `let a, b = x, y`; no values at all means nil. One value for several names unpacks an array.
    Let { names: &'a [Name], values: &'a [&'a Expr<'a>], constant: bool },
    /// `a, b[i] = x, y`. One value for several targets unpacks an array.
    Assign { targets: &'a [&'a Expr<'a>], values: &'a [&'a Expr<'a>], equals: Span },
    /// `target op= value`.
    CompoundAssign { target: &'a Expr<'a>, op: BinaryOp, op_span: Span, value: &'a Expr<'a> },
    /// `if`/`elif` arms in order, then `else`.
    If { arms: &'a [(&'a Expr<'a>, Block<'a>)], otherwise: Option<Block<'a>> },
    /// `while condition do body end`.
    While { condition: &'a Expr<'a>, body: Block<'a> },
    /// `for first[, second] in iterable [step s]`.
    ForIn { first: Name, second: Option<Name>, iterable: &'a Expr<'a>, step: Option<&'a Expr<'a>>, body: Block<'a> },
    /// `for i in from to until [step s]`, inclusive.
    ForTo { variable: Name, from: &'a Expr<'a>, to: &'a Expr<'a>, step: Option<&'a Expr<'a>>, body: Block<'a> },
    /// `repeat body until condition`.
    Repeat { body: Block<'a>, condition: &'a Expr<'a> },
    /// `loop body end`.
    Loop { body: Block<'a> },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `return [value]`.
    Return(Option<&'a Expr<'a>>),
    /// `fn name(...) ... end`.
    Function { name: Name, function: &'a Function<'a> },
    /// `class`.
    Class(&'a Class<'a>),
    /// `enum Name A, B = 3 end`.
    Enum { name: Name, members: &'a [(Name, Option<&'a Expr<'a>>)] },
    /// `match`.
    Match { subject: &'a Expr<'a>, cases: &'a [Case<'a>], otherwise: Option<Block<'a>> },
    /// `try`/`catch`/`finally`.
    Try { body: Block<'a>, catch: Option<Catch<'a>>, finally: Option<Block<'a>> },
    /// `throw value`.
    Throw(&'a Expr<'a>),
    /// `output a, b`.
    Output(&'a [&'a Expr<'a>]),
    /// `input target`.
    Input(&'a Expr<'a>),
    /// `import "path"`.
    Import { path: &'a str, path_span: Span },
    /// `from "path" import a, b as c`.
    FromImport { path: &'a str, path_span: Span, names: &'a [(Name, Option<Name>)] },
}

/// The `catch` part of a `try`.
#[derive(Debug)]
pub struct Catch<'a> {
    /// The name that the error is bound to.
    pub name: Option<Name>,
    /// What to do.
    pub body: Block<'a>,
}

/// One `case` of a `match`.
#[derive(Debug)]
pub struct Case<'a> {
    /// Alternatives, tried in order.
    pub patterns: &'a [&'a Pattern<'a>],
    /// `if guard`.
    pub guard: Option<&'a Expr<'a>>,
    /// What to do.
    pub body: Block<'a>,
}

/// A pattern with its place.
#[derive(Debug)]
pub struct Pattern<'a> {
    /// What it is.
    pub kind: PatternKind<'a>,
    /// Where.
    pub span: Span,
}

/// The kinds of pattern.
#[derive(Debug)]
pub enum PatternKind<'a> {
    /// `_`.
    Wildcard,
    /// A literal or a dotted name (`Color.Red`), compared by `==`.
    Value(&'a Expr<'a>),
    /// A bare name: binds, or is compared where it names a const in scope.
    Name(Name),
    /// `[a, b]`.
    Array(&'a [&'a Pattern<'a>]),
    /// `{key: pattern}`.
    Dict(&'a [(&'a Expr<'a>, &'a Pattern<'a>)]),
}

/// A class.
#[derive(Debug)]
pub struct Class<'a> {
    /// Its name.
    pub name: Name,
    /// `extends parent`.
    pub parent: Option<&'a Expr<'a>>,
    /// Fields and methods in order.
    pub members: &'a [Member<'a>],
}

/// A member of a class.
#[derive(Debug)]
pub struct Member<'a> {
    /// `static` stood before it.
    pub is_static: bool,
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: MemberKind<'a>,
}

/// The kinds of class member.
#[derive(Debug)]
pub enum MemberKind<'a> {
    /// `let name = value`.
    Field(Option<&'a Expr<'a>>),
    /// `let a, b = value` with an array to unpack; the member's name is the first one.
    Unpack {
        /// All the names.
        names: &'a [Name],
        /// The array.
        value: &'a Expr<'a>,
    },
    /// `fn name(...) ... end`.
    Method(&'a Function<'a>),
}

/// A function: parameters and body.
#[derive(Debug)]
pub struct Function<'a> {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Parameters in order.
    pub params: &'a [Param<'a>],
    /// A last `name...`.
    pub rest: Option<Name>,
    /// Its body.
    pub body: Block<'a>,
    /// From `fn` to `end`.
    pub span: Span,
}

/// A parameter.
#[derive(Debug)]
pub struct Param<'a> {
    /// Its name.
    pub name: Name,
    /// `= default`.
    pub default: Option<&'a Expr<'a>>,
}

/// An expression with its place.
#[derive(Debug)]
pub struct Expr<'a> {
    /// What it is.
    pub kind: ExprKind<'a>,
    /// From its first to its last character.
    pub span: Span,
}

#[allow(missing_docs, reason = "the comment of a variant names its fields")]
/// The kinds of expression.
#[derive(Debug)]
pub enum ExprKind<'a> {
    /// `nil`.
    Nil,
    /// `true`, `false`.
    Bool(bool),
    /// An int literal, already wrapped to 64 bits (a `-` directly before 2^63 is folded in).
    Int(i64),
    /// A float literal.
    Float(f64),
    /// A string literal without interpolation, escapes resolved.
    Str(&'a str),
    /// `"a${b}c"`.
    Interpolation(&'a [Piece<'a>]),
    /// `[a, b]`.
    Array(&'a [&'a Expr<'a>]),
    /// `{k: v}`; a bare name as key is already a `Str`.
    Dict(&'a [(&'a Expr<'a>, &'a Expr<'a>)]),
    /// A name.
    Name(Symbol),
    /// `self`.
    SelfRef,
    /// `super.name`.
    Super { method: Name },
    /// `a op b`; `op_span` is the operator's place, where a type error is reported.
    Binary { op: BinaryOp, op_span: Span, left: &'a Expr<'a>, right: &'a Expr<'a> },
    /// `not a`, `-a`, `~a`.
    Unary { op: UnaryOp, op_span: Span, operand: &'a Expr<'a> },
    /// `a and b`, `a or b`.
    Logical { and: bool, left: &'a Expr<'a>, right: &'a Expr<'a> },
    /// `f(args)`; the callee may be a `Field` (method call) or `Super`. `paren` is the opening parenthesis.
    Call { callee: &'a Expr<'a>, args: &'a [&'a Expr<'a>], paren: Span },
    /// `a[i]`; `bracket` spans `[` to `]`.
    Index { object: &'a Expr<'a>, index: &'a Expr<'a>, bracket: Span },
    /// `a.name`.
    Field { object: &'a Expr<'a>, name: Name },
    /// `fn(...) ... end` in expression position.
    Function(&'a Function<'a>),
    /// `if c then a elif d then b else e end` in expression position.
    Conditional { arms: &'a [(&'a Expr<'a>, &'a Expr<'a>)], otherwise: &'a Expr<'a> },
    /// Text that did not parse. Its error has been reported; nothing more is to be said about it.
    Error,
}

/// A piece of an interpolated string.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// `${expr}`.
    Expr(&'a Expr<'a>),
}

/// Binary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `div`
    FloorDiv,
    /// `%`, `mod`
    Mod,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `..`
    Range,
}

/// Unary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
    /// `~`
    BitNot,
}
