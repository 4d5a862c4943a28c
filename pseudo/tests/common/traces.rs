//! What a program is compiled to, for tests that look at it.

use std::cell::RefCell;
use std::rc::Rc;

use pseudo::read_source;
use pseudo_codegen::engine::{Engine, Event, Observer, Params, Stats};
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::opt::PassSet;
use pseudo_vm::io::Output;
use pseudo_vm::vm::{Vm, VmOptions};

/// Keeps the traces that are compiled.
#[derive(Clone, Default)]
struct Compiled(Rc<RefCell<Vec<Trace>>>);

impl Observer for Compiled {
    fn event(&mut self, _: &Vm, event: &Event<'_>) {
        if let Event::Compiled { trace, .. } = event {
            self.0.borrow_mut().push((*trace).clone());
        }
    }
}

/// The traces that a program is compiled to, and what was counted.
pub fn run(program: &str) -> (Vec<Trace>, Stats) {
    run_with(Params::default(), program)
}

/// The same with other parameters.
pub fn run_with(params: Params, program: &str) -> (Vec<Trace>, Stats) {
    let mut vm = Vm::new(&VmOptions::default()).unwrap();
    vm.output = Output::memory();
    let compiled = Compiled::default();
    let observer: Box<dyn Observer> = Box::new(compiled.clone());
    let engine = Rc::new(RefCell::new(Engine::new(params, PassSet::ALL, Some(observer))));
    vm.attach(Box::new(engine.clone()));
    vm.run(read_source("test.pseudo", program.as_bytes()).unwrap()).unwrap();
    let stats = engine.borrow().stats(&vm);
    (compiled.0.take(), stats)
}
