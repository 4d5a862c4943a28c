//! Errors: how they are left for the interpreter to raise, what a program catches, and what is noted of the calls that were
//! open.

use super::{CALLS_SHOWN, Call, CallStack, Vm};
use crate::builtins;
use crate::error::{Throw, Thrown};
use crate::heap::Heap;
use crate::heap::class::{ClassInfo, ClassRef, FieldInfo, InstanceRef};
use crate::stack::Frames;
use crate::text::display::text_of;
use crate::value::Value;

impl Vm {
    /// Leaves an error for the interpreter to raise. Always false: the answer of a slow path that has thrown.
    #[cold]
    pub(crate) fn fail(&mut self, thrown: Thrown) -> bool {
        self.thrown = Some(thrown);
        false
    }

    /// What was thrown.
    pub(crate) fn take_thrown(&mut self) -> Thrown {
        self.thrown.take().expect("a slow path that fails leaves an error")
    }

    /// What a program catches. An error that has no line yet gets `line`.
    pub(crate) fn thrown_value(&mut self, thrown: Thrown, line: Option<u32>) -> Value {
        let names = self.error_names;
        let line = line.map_or(Value::NIL, |line| Value::small_int(line.into()));
        let heap = &mut self.heap;
        match *thrown.0 {
            Throw::Error { kind, message } => {
                let error = heap.instance(self.error_class);
                let fields = error.as_instance().expect("it is one");
                let (kind, message) = (heap.constant_string(kind.text()), heap.string(&message));
                for (name, value) in [(names.kind, kind), (names.message, message), (names.line, line)] {
                    fields.set(heap, name, value).expect("the class declares the field");
                }
                error
            }
            Throw::Value(value) => {
                if let Some(error) = value.as_instance().filter(|instance| instance.class(heap).is_error())
                    && error.get(heap, names.line).is_none_or(Value::is_nil)
                    && let Err(thrown) = error.set(heap, names.line, line)
                {
                    return self.thrown_value(thrown, None);
                }
                value
            }
            Throw::Exit(_) | Throw::Interrupted | Throw::NeedsText => unreachable!("nobody catches it"),
        }
    }

    /// Where an error keeps what is known of it. None of an instance that is no error.
    pub fn error_slots(&self, instance: InstanceRef) -> Option<ErrorSlots> {
        let slot = |name| instance.field_slot(&self.heap, name);
        let ErrorNames { message, kind, line, .. } = self.error_names;
        let is_error = instance.class(&self.heap).is_error();
        is_error.then(|| ErrorSlots { message: slot(message), kind: slot(kind), line: slot(line) })
    }

    /// The method that makes the text of an instance, at a place that is valid as long as its class is.
    pub fn text_method(&self, instance: InstanceRef) -> Option<&Value> {
        instance.class(&self.heap).method_place(self.heap.to_string_name())
    }

    /// Whether the text of a value takes methods of the program.
    pub fn needs_text(&self, value: Value) -> bool {
        text_of(value, &self.heap).is_err_and(|thrown| matches!(*thrown.0, Throw::NeedsText))
    }

    /// Sets message and kind of a new error.
    pub(crate) fn init_error(
        &mut self,
        error: Value,
        message: Option<Value>,
        kind: Option<Value>,
    ) -> Result<(), Thrown> {
        let names = self.error_names;
        let Some(error) = error.as_instance() else { return Ok(()) };
        for (name, value) in [(names.message, message), (names.kind, kind)] {
            if let Some(value) = value {
                error.set(&mut self.heap, name, value)?;
            }
        }
        Ok(())
    }

    /// Notes the calls that are open at an error. `pc` is the instruction that threw.
    ///
    /// # Safety
    ///
    /// As for [`Frames::new`].
    pub(crate) unsafe fn note_trace_back(&mut self, pc: *const u64, base: *mut Value) {
        let mut inner: Vec<Call> = Vec::new();
        let mut outer = std::collections::VecDeque::new();
        let mut omitted = 0;
        let mut last = None;
        // SAFETY: as the caller promises.
        for (depth, frame) in unsafe { Frames::new(pc, base) }.enumerate() {
            // What a builtin throws is shown where the program calls it, in whichever language it is written.
            if frame.proto.hidden {
                continue;
            }
            // Below the top, `at` is the instruction after the call.
            let at = if depth == 0 { frame.at } else { frame.at - 1 };
            if last.replace((frame.proto.id, at)) == Some((frame.proto.id, at)) {
                let call = outer.back_mut().or(inner.last_mut()).expect("it was noted just now");
                call.times += 1;
                continue;
            }
            let call = Call {
                function: frame.proto.name.clone(),
                source: frame.proto.source.clone(),
                span: frame.proto.spans[at],
                times: 1,
            };
            if inner.len() < CALLS_SHOWN {
                inner.push(call);
            } else {
                outer.push_back(call);
                if outer.len() > CALLS_SHOWN {
                    omitted += outer.pop_front().map_or(0, |call: Call| call.times);
                }
            }
        }
        self.calls = CallStack { inner, omitted, outer: outer.into(), first_thrown: None };
    }
}

/// The slots of the fields of an error, as far as it has them.
#[derive(Clone, Copy, Debug)]
pub struct ErrorSlots {
    /// Of its message.
    pub message: Option<u32>,
    /// Of its kind.
    pub kind: Option<u32>,
    /// Of the line that it was first thrown in.
    pub line: Option<u32>,
}

/// The names of an error's members, as constant strings.
#[derive(Clone, Copy, Debug)]
pub(super) struct ErrorNames {
    pub(super) init: Value,
    pub(super) kind: Value,
    message: Value,
    pub(super) line: Value,
}

impl ErrorNames {
    pub(super) fn new(heap: &mut Heap) -> ErrorNames {
        let [init, kind, message, line] = ["init", "kind", "message", "line"].map(|name| heap.constant_string(name));
        ErrorNames { init, kind, message, line }
    }

    /// The class `Error`.
    pub(super) fn class(&self, heap: &mut Heap) -> ClassRef {
        let (kind, message) = (heap.constant_string("value"), heap.constant_string(""));
        let fields = [(self.kind, kind), (self.message, message), (self.line, Value::NIL)];
        let info = ClassInfo {
            name: heap.constant_string("Error"),
            extends: false,
            methods: 1,
            fields: fields.map(|(name, value)| FieldInfo { name, constant: Some(value) }).into(),
            expected: 0,
            has_text: false,
        };
        let class = heap.class(&info, None);
        class.set_error();
        let init = heap.builtin(builtins::INIT_ERROR);
        class.add_method(heap, self.init, init);
        class
    }
}
