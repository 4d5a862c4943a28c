//! Values in and out of the machine.

use pseudo_vm::error::{ErrorKind, Thrown};
use pseudo_vm::heap::array::Elements;
use pseudo_vm::ops::type_name;
use pseudo_vm::value::Value as VmValue;
use pseudo_vm::vm::Vm as Machine;

use super::{Error, Object, Value};

/// Arrays and dicts in one another, at most.
const DEPTH_MAX: usize = 200;

/// Values in one copy, at most: an array that has another one twice, which has a third one twice, and so on, is small in the
/// machine and endless as a copy.
const VALUES_MAX: usize = 1 << 24;

/// A value of the machine for the host. Nothing is run.
pub(super) fn to_host(vm: &mut Machine, value: VmValue) -> Result<Value, Error> {
    copy_out(vm, value, DEPTH_MAX, &mut VALUES_MAX.clone())
}

fn copy_out(vm: &mut Machine, value: VmValue, depth: usize, left: &mut usize) -> Result<Value, Error> {
    if value.is_nil() || value.is_undef() {
        return Ok(Value::Nil);
    }
    if value.is_bool() {
        return Ok(Value::Bool(value == VmValue::TRUE));
    }
    if let Some(int) = value.as_int() {
        return Ok(Value::Int(int));
    }
    if let Some(float) = value.as_float() {
        return Ok(Value::Float(float));
    }
    if let Some(text) = value.as_string() {
        text.ensure_flat().map_err(Error::of_thrown)?;
        return Ok(Value::String(text.as_str().to_string()));
    }
    let (array, dict) = (value.as_array(), value.as_dict());
    if array.is_none() && dict.is_none() {
        return Ok(Value::Object(Object { root: vm.root(value), type_name: type_name(value) }));
    }
    let Some(deeper) = depth.checked_sub(1) else {
        let message = format!("the value has containers nested more than {DEPTH_MAX} deep, or one inside itself");
        return Err(Error::new(message));
    };
    let count = array.map_or(0, |array| array.len()) + dict.map_or(0, |dict| 2 * dict.len());
    let Some(rest) = left.checked_sub(count) else {
        return Err(Error::runtime("limit", format!("a copy of the value would have more than {VALUES_MAX} values")));
    };
    *left = rest;
    if let Some(array) = array {
        let elements = match array.elements(&vm.heap) {
            Elements::Bools(bools) => return Ok(Value::Array(bools.iter().map(|&bool| Value::Bool(bool)).collect())),
            Elements::Ints(ints) => return Ok(Value::Array(ints.iter().map(|&int| Value::Int(int)).collect())),
            Elements::Floats(floats) => {
                return Ok(Value::Array(floats.iter().map(|&float| Value::Float(float)).collect()));
            }
            Elements::Values(values) => values.to_vec(),
        };
        let elements = elements.into_iter().map(|element| copy_out(vm, element, deeper, left));
        return elements.collect::<Result<_, Error>>().map(Value::Array);
    }
    let entries: Vec<_> = dict.into_iter().flat_map(|dict| dict.entries(&vm.heap)).collect();
    let entries = entries
        .into_iter()
        .map(|entry| Ok((copy_out(vm, entry.key, deeper, left)?, copy_out(vm, entry.value, deeper, left)?)));
    entries.collect::<Result<_, Error>>().map(Value::Dict)
}

/// A value of the host for the machine, valid until the next run. The program's limit of memory does not hold for it: whether it
/// is kept is seen at the next collection.
///
/// # Errors
///
/// If an object is another machine's, a string too long, or nil or nan a key.
pub(super) fn to_machine(vm: &mut Machine, value: &Value) -> Result<VmValue, Thrown> {
    let limit = vm.heap.replace_limit(isize::MAX as usize);
    let copied = copy_in(vm, value);
    vm.heap.replace_limit(limit);
    copied
}

fn copy_in(vm: &mut Machine, value: &Value) -> Result<VmValue, Thrown> {
    Ok(match value {
        Value::Nil => VmValue::NIL,
        Value::Bool(bool) => VmValue::bool(*bool),
        Value::Int(int) => vm.heap.int(*int),
        // Any nan of the host's is the language's one.
        Value::Float(float) => VmValue::float(if float.is_nan() { f64::NAN } else { *float }),
        Value::String(text) => vm.heap.try_string(text)?,
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| copy_in(vm, element)).collect::<Result<Vec<_>, _>>()?;
            vm.heap.array(&elements)
        }
        Value::Dict(entries) => {
            let mut words = Vec::with_capacity(2 * entries.len());
            for (key, value) in entries {
                words.extend([copy_in(vm, key)?, copy_in(vm, value)?]);
            }
            vm.heap.dict_of(&words)?
        }
        Value::Object(object) => vm
            .rooted(&object.root)
            .ok_or_else(|| Thrown::new(ErrorKind::Value, "the object belongs to another machine"))?,
    })
}
