//! Counted loops, loops over containers, unpacking.

use crate::error::{ErrorKind, Thrown};
use crate::heap::object::Entry;
use crate::ops::type_name;
use crate::value::Value;
use crate::vm::Vm;

fn loop_int(value: Value, what: &str) -> Result<i64, Thrown> {
    value.as_int().ok_or_else(|| {
        Thrown::new(ErrorKind::Type, format!("the {what} of a counted loop must be an int, not {}", type_name(value)))
    })
}

/// The last value of a counted loop from `start` up (or down, by a negative step) to `end`, which is in range if
/// `inclusive`. `None` if no value is in range. No bound overflows: the last value is computed, never passed.
///
/// # Errors
///
/// Kind `type` if one is not an int, kind `value` for a step of 0.
pub fn for_range(start: Value, end: Value, step: Value, inclusive: bool) -> Result<Option<i64>, Thrown> {
    let start = loop_int(start, "start")?;
    let end = loop_int(end, "end")?;
    let step = loop_int(step, "step")?;
    if step == 0 {
        return Err(Thrown::new(ErrorKind::Value, "the step of a counted loop must not be 0"));
    }
    let empty = match (step > 0, inclusive) {
        (true, true) => start > end,
        (true, false) => start >= end,
        (false, true) => start < end,
        (false, false) => start <= end,
    };
    if empty {
        return Ok(None);
    }
    // Distance and step as unsigned numbers: both fit 64 bits, whatever the bounds.
    let distance = if step > 0 { end.wrapping_sub(start) } else { start.wrapping_sub(end) } as u64;
    let reach = distance - !inclusive as u64;
    let rounds = reach / step.unsigned_abs();
    Ok(Some(start.wrapping_add((rounds as i64).wrapping_mul(step))))
}

/// What a loop over a value keeps in its register: the value, or an iterator in place of a dict.
///
/// # Errors
///
/// Kind `type` for what cannot be looped over.
pub fn prepare(vm: &mut Vm, value: Value) -> Result<Value, Thrown> {
    if let Some(dict) = value.as_dict() {
        return Ok(vm.heap.dict_iter(dict));
    }
    if value.as_array().is_some() || value.as_string().is_some() || value.as_range().is_some() {
        return Ok(value);
    }
    Err(Thrown::new(ErrorKind::Type, format!("cannot loop over a value of type {}", type_name(value))))
}

/// What a round of a loop gets.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// The position of the next round.
    pub next: i64,
    /// What the first of two variables gets: an index or a key.
    pub key: Value,
    /// What the second of them gets: an element or a value.
    pub element: Value,
    /// What a single variable gets.
    pub single: Value,
}

/// The round of a loop over what [`prepare`] gave at a position, 0 for the first; `None` at the end. The length is read
/// anew each time.
///
/// # Errors
///
/// Kind `limit` if a string has no room for its bytes, kind `value` if keys were added to a dict or removed since the loop began.
pub fn iterate(vm: &mut Vm, container: Value, position: i64) -> Result<Option<Round>, Thrown> {
    if let Some((dict, changes)) = container.as_dict_iter() {
        if dict.changes() != changes {
            return Err(Thrown::new(
                ErrorKind::Value,
                "a key was added to the dict or removed from it while a loop runs over it",
            ));
        }
        return Ok(dict.next(position as usize).map(|(next, Entry { key, value })| Round {
            next: next as i64,
            key,
            element: value,
            single: key,
        }));
    }
    let element = if let Some(array) = container.as_array() {
        array.get(&mut vm.heap, position as usize)
    } else if let Some(string) = container.as_string() {
        string.ensure_flat()?;
        string.char_at(&mut vm.heap, position as usize)
    } else if let Some((start, end)) = container.as_range() {
        let inside = start < end && (position as u64) < end.wrapping_sub(start) as u64;
        inside.then(|| vm.heap.int(start.wrapping_add(position)))
    } else {
        return prepare(vm, container).map(|_| None);
    };
    Ok(element.map(|element| Round { next: position + 1, key: Value::small_int(position), element, single: element }))
}

/// Spreads the elements of an array over as many places.
///
/// # Errors
///
/// Kind `type` if it is no array, kind `value` if its length is another. Nothing is stored then.
pub fn unpack(vm: &mut Vm, source: Value, targets: &mut [Value]) -> Result<(), Thrown> {
    let Some(array) = source.as_array() else {
        return Err(Thrown::new(
            ErrorKind::Value,
            format!("cannot unpack a value of type {}, only an array", type_name(source)),
        ));
    };
    if array.len() != targets.len() {
        return Err(Thrown::new(
            ErrorKind::Value,
            format!("cannot unpack an array of {} elements into {} names", array.len(), targets.len()),
        ));
    }
    for (index, target) in targets.iter_mut().enumerate() {
        *target = array.at(&mut vm.heap, index);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_values() {
        let last = |start: i64, end: i64, step: i64, inclusive| {
            let small = |int| Value::try_small_int(int).unwrap();
            for_range(small(start), small(end), small(step), inclusive).unwrap()
        };
        assert_eq!(last(0, 10, 1, false), Some(9));
        assert_eq!(last(0, 10, 3, false), Some(9));
        assert_eq!(last(0, 9, 3, false), Some(6));
        assert_eq!(last(0, 9, 3, true), Some(9));
        assert_eq!(last(0, 0, 1, false), None);
        assert_eq!(last(0, 0, 1, true), Some(0));
        assert_eq!(last(10, 0, -3, true), Some(1));
        assert_eq!(last(10, 1, -3, false), Some(4));
        assert_eq!(last(0, 5, -1, true), None);
        assert_eq!(last(-5, 5, 1 << 46, true), Some(-5));
    }

    #[test]
    fn a_step_of_zero_is_refused() {
        let zero = Value::small_int(0);
        assert!(for_range(zero, Value::small_int(5), zero, false).is_err());
        assert!(for_range(Value::float(0.0), zero, zero, false).is_err());
    }
}
