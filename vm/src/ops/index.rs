//! Indexing: `c[i]` and `c[i] = value`.

use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::ops::type_name;
use crate::value::Value;

/// `container[index]`. May allocate.
///
/// # Errors
/// Kind `type` for what cannot be indexed, or not by this; `index` out of range. A dict gives nil for a key that it does
/// not have.
pub fn get_index(container: Value, index: Value, heap: &mut Heap) -> Result<Value, Thrown> {
    if let Some(array) = container.as_array() {
        let int = int_index("an array", index)?;
        return usize::try_from(int)
            .ok()
            .and_then(|at| array.get(heap, at))
            .ok_or_else(|| out_of_range(int, array.len()));
    }
    if let Some(string) = container.as_string() {
        let int = int_index("a string", index)?;
        string.ensure_flat()?;
        return usize::try_from(int)
            .ok()
            .and_then(|at| string.char_at(heap, at))
            .ok_or_else(|| out_of_range(int, string.len_chars()));
    }
    if let Some(dict) = container.as_dict() {
        return Ok(dict.get(index).unwrap_or(Value::NIL));
    }
    Err(Thrown::new(ErrorKind::Type, format!("{} cannot be indexed", type_name(container))))
}

/// `container[index] = value`. May allocate.
///
/// # Errors
/// Kind `type` for what has no elements to assign to, or not by this index; `index` out of range; `key` for what cannot
/// be the key of a dict.
pub fn set_index(container: Value, index: Value, value: Value, heap: &mut Heap) -> Result<(), Thrown> {
    if let Some(dict) = container.as_dict() {
        return dict.set(heap, index, value);
    }
    let Some(array) = container.as_array() else {
        return Err(Thrown::new(ErrorKind::Type, format!("cannot assign to an element of {}", type_name(container))));
    };
    let int = int_index("an array", index)?;
    match usize::try_from(int) {
        Ok(at) if at < array.len() => array.set(heap, at, value),
        _ => Err(out_of_range(int, array.len())),
    }
}

fn int_index(whose: &str, index: Value) -> Result<i64, Thrown> {
    index.as_int().ok_or_else(|| {
        Thrown::new(ErrorKind::Type, format!("the index of {whose} must be int, not {}", type_name(index)))
    })
}

/// The error for an index that is out of range.
#[cold]
pub fn out_of_range(index: i64, len: usize) -> Thrown {
    Thrown::new(ErrorKind::Index, format!("index {index} is out of range for length {len}"))
}

/// The same for the argument of a builtin.
#[cold]
pub fn argument_out_of_range(name: &str, index: i64, len: usize) -> Thrown {
    Thrown::new(ErrorKind::Index, format!("{name}: index {index} is out of range for length {len}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Throw;

    fn kind<T: std::fmt::Debug>(result: Result<T, Thrown>) -> ErrorKind {
        match *result.expect_err("an error").0 {
            Throw::Error { kind, .. } => kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn elements_and_characters() {
        let heap = &mut Heap::default();
        let (zero, one, two) = (heap.int(0), heap.int(1), heap.int(2));
        let array = heap.array(&[zero, one]);
        assert!(set_index(array, one, Value::TRUE, heap).is_ok());
        assert_eq!(get_index(array, one, heap).ok(), Some(Value::TRUE));
        assert_eq!(get_index(array, zero, heap).ok(), Some(zero));
        let string = heap.string("aä€");
        let char = get_index(string, two, heap).ok().and_then(Value::as_string).expect("a string");
        assert_eq!(char.as_str(), "€");
    }

    #[test]
    fn errors_have_their_kinds() {
        let heap = &mut Heap::default();
        let (zero, minus_one, three, huge) = (heap.int(0), heap.int(-1), heap.int(3), heap.int(i64::MAX));
        let (array, string) = (heap.array(&[zero, zero, zero]), heap.string("aä€"));
        for index in [minus_one, three, huge] {
            assert_eq!(kind(get_index(array, index, heap)), ErrorKind::Index);
            assert_eq!(kind(get_index(string, index, heap)), ErrorKind::Index);
            assert_eq!(kind(set_index(array, index, zero, heap)), ErrorKind::Index);
        }
        for index in [Value::float(1.0), Value::NIL, string] {
            assert_eq!(kind(get_index(array, index, heap)), ErrorKind::Type);
            assert_eq!(kind(get_index(string, index, heap)), ErrorKind::Type);
            assert_eq!(kind(set_index(array, index, zero, heap)), ErrorKind::Type);
        }
        assert_eq!(kind(get_index(zero, zero, heap)), ErrorKind::Type);
        assert_eq!(kind(set_index(string, zero, zero, heap)), ErrorKind::Type);
    }
}
