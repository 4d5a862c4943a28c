//! Trees as text, for tests: an S-expression per statement, on one line each where it is short.
//!
//! Recursive, so not for trees with long left spines. Names stand for themselves, strings in quotes, an operator before
//! its operands. Only tests use it; what people are to read is drawn from bytecode.

use std::fmt::Write;

use super::ast::*;
use super::names::Names;

/// The statements of a module, one per line.
pub fn print(module: &Module<'_>, names: &Names) -> String {
    let printer = Printer { names };
    module.body.iter().map(|statement| printer.statement(statement) + "\n").collect()
}

struct Printer<'n> {
    names: &'n Names,
}

impl Printer<'_> {
    fn name(&self, name: &Name) -> &str {
        self.names.text(name.symbol)
    }

    fn optional_name(&self, name: &Option<Name>) -> String {
        name.as_ref().map_or(String::new(), |name| format!(" {}", self.name(name)))
    }

    fn joined(&self, names: &[Name]) -> String {
        names.iter().map(|name| self.name(name)).collect::<Vec<_>>().join(" ")
    }

    fn block(&self, block: Block<'_>) -> String {
        let body: Vec<String> = block.iter().map(|statement| self.statement(statement)).collect();
        format!("{{{}}}", body.join(" "))
    }

    fn expressions(&self, list: &[&Expr<'_>]) -> String {
        list.iter().map(|expression| format!(" {}", self.expression(expression))).collect()
    }

    fn optional(&self, expression: &Option<&Expr<'_>>) -> String {
        expression.map_or(String::new(), |expression| format!(" {}", self.expression(expression)))
    }

    fn statement(&self, statement: &Stmt<'_>) -> String {
        match &statement.kind {
            StmtKind::Expr(expression) => self.expression(expression),
            StmtKind::Let { names, values, constant } => {
                let keyword = if *constant { "const" } else { "let" };
                format!("({keyword} ({}){})", self.joined(names), self.expressions(values))
            }
            StmtKind::Assign { targets, values, .. } => {
                format!("(= ({}){})", self.expressions(targets).trim_start(), self.expressions(values))
            }
            StmtKind::CompoundAssign { target, op, value, .. } => {
                format!("({}= {} {})", operator(*op), self.expression(target), self.expression(value))
            }
            StmtKind::If { arms, otherwise } => {
                let mut text = "(if".to_string();
                for (condition, body) in *arms {
                    let _ = write!(text, " {} {}", self.expression(condition), self.block(body));
                }
                self.otherwise(&mut text, otherwise);
                text + ")"
            }
            StmtKind::While { condition, body } => {
                format!("(while {} {})", self.expression(condition), self.block(body))
            }
            StmtKind::ForIn { first, second, iterable, step, body } => {
                let (first, second) = (self.name(first), self.optional_name(second));
                let (iterable, step) = (self.expression(iterable), self.optional(step));
                format!("(for ({first}{second}) in {iterable}{step} {})", self.block(body))
            }
            StmtKind::ForTo { variable, from, to, step, body } => {
                let (from, to, step) = (self.expression(from), self.expression(to), self.optional(step));
                format!("(for ({}) from {from} to {to}{step} {})", self.name(variable), self.block(body))
            }
            StmtKind::Repeat { body, condition } => {
                format!("(repeat {} {})", self.block(body), self.expression(condition))
            }
            StmtKind::Loop { body } => format!("(loop {})", self.block(body)),
            StmtKind::Break => "(break)".to_string(),
            StmtKind::Continue => "(continue)".to_string(),
            StmtKind::Return(value) => format!("(return{})", self.optional(value)),
            StmtKind::Function { name, function } => format!("(def {} {})", self.name(name), self.function(function)),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Enum { name, members } => {
                let mut text = format!("(enum {}", self.name(name));
                for (name, value) in *members {
                    let _ = write!(text, " ({}{})", self.name(name), self.optional(value));
                }
                text + ")"
            }
            StmtKind::Match { subject, cases, otherwise } => {
                let mut text = format!("(match {}", self.expression(subject));
                for case in *cases {
                    let patterns: String =
                        case.patterns.iter().map(|pattern| format!(" {}", self.pattern(pattern))).collect();
                    let guard = case.guard.map_or(String::new(), |guard| format!(" if {}", self.expression(guard)));
                    let _ = write!(text, " (case{patterns}{guard} {})", self.block(case.body));
                }
                self.otherwise(&mut text, otherwise);
                text + ")"
            }
            StmtKind::Try { body, catch, finally } => {
                let mut text = format!("(try {}", self.block(body));
                if let Some(Catch { name, body }) = catch {
                    let _ = write!(text, " (catch{} {})", self.optional_name(name), self.block(body));
                }
                if let Some(finally) = finally {
                    let _ = write!(text, " (finally {})", self.block(finally));
                }
                text + ")"
            }
            StmtKind::Throw(value) => format!("(throw {})", self.expression(value)),
            StmtKind::Output(values) => format!("(output{})", self.expressions(values)),
            StmtKind::Input(target) => format!("(input {})", self.expression(target)),
            StmtKind::Import { path, .. } => format!("(import {path:?})"),
            StmtKind::FromImport { path, names, .. } => {
                let mut text = format!("(from {path:?}");
                for (name, alias) in *names {
                    let _ = write!(text, " ({}{})", self.name(name), self.optional_name(alias));
                }
                text + ")"
            }
        }
    }

    fn otherwise(&self, text: &mut String, otherwise: &Option<Block<'_>>) {
        if let Some(body) = otherwise {
            let _ = write!(text, " (else {})", self.block(body));
        }
    }

    fn class(&self, class: &Class<'_>) -> String {
        let mut text = format!("(class {}", self.name(&class.name));
        if let Some(parent) = class.parent {
            let _ = write!(text, " extends {}", self.expression(parent));
        }
        for member in class.members {
            text.push_str(if member.is_static { " (static " } else { " (" });
            text.push_str(&match member.kind {
                MemberKind::Field(value) => format!("let {}{}", self.name(&member.name), self.optional(&value)),
                MemberKind::Unpack { names, value } => {
                    format!("let ({}) {}", self.joined(names), self.expression(value))
                }
                MemberKind::Method(function) => format!("def {} {}", self.name(&member.name), self.function(function)),
            });
            text.push(')');
        }
        text + ")"
    }

    fn function(&self, function: &Function<'_>) -> String {
        let mut params: Vec<String> = Vec::new();
        for param in function.params {
            params.push(match param.default {
                Some(default) => format!("({} {})", self.name(&param.name), self.expression(default)),
                None => self.name(&param.name).to_string(),
            });
        }
        params.extend(function.rest.iter().map(|rest| format!("{}...", self.name(rest))));
        format!("(fn ({}) {})", params.join(" "), self.block(function.body))
    }

    fn pattern(&self, pattern: &Pattern<'_>) -> String {
        match &pattern.kind {
            PatternKind::Wildcard => "_".to_string(),
            PatternKind::Value(value) => format!("=={}", self.expression(value)),
            PatternKind::Name(name) => self.name(name).to_string(),
            PatternKind::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.pattern(item)).collect();
                format!("[{}]", items.join(" "))
            }
            PatternKind::Dict(pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.expression(key), self.pattern(value)))
                    .collect();
                format!("{{{}}}", pairs.join(" "))
            }
        }
    }

    fn expression(&self, expression: &Expr<'_>) -> String {
        match &expression.kind {
            ExprKind::Nil => "nil".to_string(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Float(value) => format!("{value:?}"),
            ExprKind::Str(text) => format!("{text:?}"),
            ExprKind::Interpolation(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => format!(" {text:?}"),
                    Piece::Expr(expression) => format!(" {}", self.expression(expression)),
                });
                format!("(str{})", pieces.collect::<String>())
            }
            ExprKind::Array(items) => format!("[{}]", self.expressions(items).trim_start()),
            ExprKind::Dict(pairs) => {
                let pairs =
                    pairs.iter().map(|(key, value)| format!("{}: {}", self.expression(key), self.expression(value)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Name(symbol) => self.names.text(*symbol).to_string(),
            ExprKind::SelfRef => "self".to_string(),
            ExprKind::Super { method } => format!("super.{}", self.name(method)),
            ExprKind::Binary { op, left, right, .. } => {
                format!("({} {} {})", operator(*op), self.expression(left), self.expression(right))
            }
            ExprKind::Unary { op, operand, .. } => {
                let op = match op {
                    UnaryOp::Not => "not",
                    UnaryOp::Neg => "-",
                    UnaryOp::BitNot => "~",
                };
                format!("({op} {})", self.expression(operand))
            }
            ExprKind::Logical { and, left, right } => {
                let op = if *and { "and" } else { "or" };
                format!("({op} {} {})", self.expression(left), self.expression(right))
            }
            ExprKind::Call { callee, args, .. } => {
                format!("(call {}{})", self.expression(callee), self.expressions(args))
            }
            ExprKind::Index { object, index, .. } => {
                format!("(at {} {})", self.expression(object), self.expression(index))
            }
            ExprKind::Field { object, name } => format!("(. {} {})", self.expression(object), self.name(name)),
            ExprKind::Function(function) => self.function(function),
            ExprKind::Conditional { arms, otherwise } => {
                let arms: String = arms
                    .iter()
                    .map(|(condition, value)| format!(" {} {}", self.expression(condition), self.expression(value)))
                    .collect();
                format!("(?{arms} {})", self.expression(otherwise))
            }
            ExprKind::Error => "<error>".to_string(),
        }
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "div",
        BinaryOp::Mod => "%",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Range => "..",
    }
}
