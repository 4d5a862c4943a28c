//! Functions of the host that programs call.

use std::any::Any;
use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use pseudo_vm::error::{Throw, Thrown};
use pseudo_vm::vm::{HostFunction, HostParams};

use super::{Error, FromValue, IntoValue, Value, exchange};

/// The result of a function of the host: a value, or an error that the program can catch.
pub trait IntoResult {
    /// As a value or an error.
    ///
    /// # Errors
    ///
    /// If it is one.
    fn into_result(self) -> Result<Value, Error>;
}

impl<T: IntoValue> IntoResult for T {
    fn into_result(self) -> Result<Value, Error> {
        Ok(self.into_value())
    }
}

impl<T: IntoValue, E: Into<Error>> IntoResult for Result<T, E> {
    fn into_result(self) -> Result<Value, Error> {
        self.map(T::into_value).map_err(E::into)
    }
}

/// A Rust function whose parameters come from values and whose result becomes one: up to eight parameters. The last ones may be
/// `Option`s, which calls may leave out.
///
/// `Marker` tells the numbers of parameters apart; it is never written out.
pub trait NativeFunction<Marker>: Send + 'static {
    /// The parameters.
    #[doc(hidden)]
    fn params() -> HostParams;

    /// Calls it with as many arguments as it has parameters.
    ///
    /// # Errors
    ///
    /// If an argument is not what the parameter takes, and what the function gives itself.
    #[doc(hidden)]
    fn call(&mut self, name: &str, arguments: Vec<Value>) -> Result<Value, Error>;
}

/// Takes the next argument.
fn argument<T: FromValue>(name: &str, arguments: &mut std::vec::IntoIter<Value>, position: usize) -> Result<T, Error> {
    let value = arguments.next().unwrap_or_default();
    T::from_value(value).map_err(|error| error.about(&format!("{name}: argument {position}")))
}

macro_rules! functions {
    ($($name:ident)*) => {
        impl<Func, Output, $($name),*> NativeFunction<($($name,)*)> for Func
        where
            Func: FnMut($($name),*) -> Output + Send + 'static,
            Output: IntoResult,
            $($name: FromValue),*
        {
            fn params() -> HostParams {
                let optional: &[bool] = &[$($name::OPTIONAL),*];
                let required = optional.iter().rposition(|optional| !optional).map_or(0, |last| last + 1);
                HostParams::Fixed { required, optional: optional.len() - required }
            }

            #[allow(non_snake_case, reason = "the variables have the names of the types")]
            #[allow(unused_variables, unused_mut, unused_assignments, reason = "a function may have no parameters")]
            fn call(&mut self, name: &str, arguments: Vec<Value>) -> Result<Value, Error> {
                let mut arguments = arguments.into_iter();
                let mut position = 0;
                $(
                    position += 1;
                    let $name = argument::<$name>(name, &mut arguments, position)?;
                )*
                self($($name),*).into_result()
            }
        }
    };
}

functions! {}
functions! { A }
functions! { A B }
functions! { A B C }
functions! { A B C D }
functions! { A B C D E }
functions! { A B C D E F }
functions! { A B C D E F G }
functions! { A B C D E F G H }

/// What a piece of the host has panicked with that a run has called, until the run is over: no panic passes through the machine.
#[derive(Clone, Default)]
pub(super) struct Panicked(Arc<Mutex<Option<Box<dyn Any + Send>>>>);

impl Panicked {
    /// Calls a piece of the host. `None` if it panics.
    pub(super) fn catch<R>(&self, act: impl FnOnce() -> R) -> Option<R> {
        let payload = match catch_unwind(AssertUnwindSafe(act)) {
            Ok(result) => return Some(result),
            Err(payload) => payload,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
        None
    }

    /// Goes on with the panic, if there was one.
    pub(super) fn resume(&self) {
        let payload = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(payload) = payload {
            std::panic::resume_unwind(payload);
        }
    }
}

/// A stream of the host's.
pub(super) struct Stream(pub(super) Box<dyn Write + Send>, pub(super) Panicked);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.catch(|| self.0.write(bytes)).unwrap_or_else(|| Err(io::Error::other("it panicked")))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.catch(|| self.0.flush()).unwrap_or_else(|| Err(io::Error::other("it panicked")))
    }
}

/// A function as the machine calls it.
pub(super) fn wrapped(
    name: &str,
    spread: bool,
    panicked: Panicked,
    function: impl FnMut(Vec<Value>) -> Result<Value, Error> + 'static,
) -> HostFunction {
    let (name, function) = (name.to_string(), RefCell::new(function));
    Rc::new(move |vm, arguments| {
        let mut passed = Vec::with_capacity(arguments.len());
        for &argument in arguments {
            match exchange::to_host(vm, argument) {
                Ok(Value::Array(rest)) if spread => passed = rest,
                Ok(value) => passed.push(value),
                Err(error) => return Err(error.about(&format!("{name}:")).into_thrown(vm)),
            }
        }
        // The function cannot be running already: it has no way into the machine.
        match panicked.catch(|| (function.borrow_mut())(passed)) {
            Some(Ok(value)) => exchange::to_machine(vm, &value),
            Some(Err(error)) => Err(error.into_thrown(vm)),
            // The program must not go on, nor catch it.
            None => Err(Thrown(Box::new(Throw::Interrupted))),
        }
    })
}
