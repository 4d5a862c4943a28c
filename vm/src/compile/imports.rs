//! `import`: the top level of the file is a function, which the first import calls. Later ones do nothing, since the names
//! of the file stand for the same globals wherever they are imported.
//!
//! Imports stand at the top level only, so the first import in the order of the text is the first to run.

use super::files::Import;
use super::function::FunctionCompiler;
use crate::bytecode::ops::Op;
use crate::bytecode::word::Word;
use crate::syntax::source::Span;

impl FunctionCompiler<'_, '_> {
    /// Both forms of the statement.
    pub(super) fn import(&mut self, path: Span) {
        let file = &self.program.files[self.program.file];
        let Import::File(number) = file.imports[&path.start] else { return };
        if std::mem::replace(&mut self.program.imported[number], true) {
            return;
        }
        let Some(proto) = self.program.in_file(number, |program| FunctionCompiler::main(program)) else { return };
        let (result, function) = (self.registers.allocate(), self.registers.allocate());
        let proto = self.code.proto(proto);
        self.code.emit(Word::ax(Op::Closure, function, proto as i64), path);
        self.code.emit(Word::abc(Op::Call, result, 0, 0), path);
        if let Some(done) = self.program.resolutions[number].done {
            self.code.emit(Word::ax(Op::DefGlobal, result, done as i64), path);
        }
    }
}
