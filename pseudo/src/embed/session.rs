//! Functions of the host in a session, for those who look into the machine as well.

use pseudo_vm::vm::{HostFunction, HostParams};

use super::native::{self, Panicked};
use super::{Error, IntoResult, NativeFunction, Value};
use crate::Session;

impl Session {
    /// Makes a Rust function one that programs can call, as [`Vm::register_fn`](super::Vm::register_fn) does. If it panics,
    /// the program is interrupted.
    ///
    /// # Errors
    ///
    /// If the name is none.
    pub fn register_fn<Marker, F: NativeFunction<Marker>>(&mut self, name: &str, mut function: F) -> Result<(), Error> {
        let named = name.to_string();
        let call = move |args| function.call(&named, args);
        self.register(name, F::params(), native::wrapped(name, false, Panicked::default(), call))
    }

    /// The same of a function that takes any number of arguments, whatever they are.
    ///
    /// # Errors
    ///
    /// If the name is none.
    pub fn register_variadic<R: IntoResult>(
        &mut self,
        name: &str,
        mut function: impl FnMut(&[Value]) -> R + 'static,
    ) -> Result<(), Error> {
        let call = move |args: Vec<Value>| function(&args).into_result();
        self.register(name, HostParams::Any, native::wrapped(name, true, Panicked::default(), call))
    }

    fn register(&mut self, name: &str, params: HostParams, function: HostFunction) -> Result<(), Error> {
        let registered = self.vm.register_function(name, params, function);
        registered.map_err(|failure| Error::of_failure(&mut self.vm, failure, false))
    }
}
