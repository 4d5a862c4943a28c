//! A kernel within a trace: what it reads and writes are elements of the machine's arrays.

use super::machine::{Machine, V};
use super::{Run, Step};
use crate::ir::kernel::Elements;
use crate::ir::ops::Op;
use crate::ir::trace::Inst;

impl Run<'_, '_> {
    pub(super) fn kernel(&mut self, inst: &Inst) -> Result<Step, String> {
        let kernel = self.trace.kernel.as_ref().ok_or("no kernel")?;
        let arguments = self.arguments(inst)?;
        // It may do fewer rounds than it could.
        let rounds = (self.int(inst.a)? as u64).min(ROUNDS_MAX);
        self.outs = arguments.iter().map(scalar_bits).collect();
        let done = kernel.run(rounds, &mut self.outs, &mut KernelElements { machine: self.machine, arguments })?;
        Ok(Step::Value(V::Int(done as i64)))
    }
}

/// Rounds that a kernel does at most when it is evaluated.
const ROUNDS_MAX: u64 = 4096;

/// The bits of a number; 0 for what is none.
fn scalar_bits(v: &V) -> u64 {
    match v {
        V::Int(int) => *int as u64,
        V::Float(bits) => *bits,
        _ => 0,
    }
}

struct KernelElements<'m> {
    machine: &'m mut Machine,
    arguments: Vec<V>,
}

impl KernelElements<'_> {
    fn place(&mut self, data: u8, index: i64, op: Op) -> Result<&mut V, String> {
        let V::Elements(array, version) = self.arguments[data as usize] else { return Err("no elements".into()) };
        let array = &mut self.machine.arrays[array];
        let index = array.place(version, index, op)?;
        Ok(&mut array.elements[index])
    }
}

impl Elements for KernelElements<'_> {
    fn load(&mut self, data: u8, index: i64, op: Op) -> Result<u64, String> {
        self.place(data, index, op).map(|v| scalar_bits(v))
    }

    fn store(&mut self, data: u8, index: i64, op: Op, bits: u64) -> Result<(), String> {
        let v = if op == Op::StoreFloat { V::float(f64::from_bits(bits)) } else { V::Int(bits as i64) };
        *self.place(data, index, op)? = v;
        Ok(())
    }

    fn same(&mut self, a: u8, b: u8) -> bool {
        self.arguments[a as usize] == self.arguments[b as usize]
    }
}
