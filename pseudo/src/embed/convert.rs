//! Between Rust's types and [`Value`]s.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::{Error, Object, Value};

/// What can be given to a program.
pub trait IntoValue {
    /// As a value.
    fn into_value(self) -> Value;
}

/// What can be taken from a program.
pub trait FromValue: Sized {
    /// Whether a parameter of this type may be left out of a call, and is nil then.
    const OPTIONAL: bool = false;

    /// From a value.
    ///
    /// # Errors
    ///
    /// If it is of another type, or does not fit: of kind `type`, or `value`.
    fn from_value(value: Value) -> Result<Self, Error>;
}

/// The error of a value that has another type than wanted.
fn unexpected(wanted: &str, value: &Value) -> Error {
    Error::runtime("type", format!("must be {wanted}, not {}", value.type_name()))
}

macro_rules! both_ways {
    ($($ty:ty, $pattern:pat => $inner:expr, $wanted:literal, $from:ident => $value:expr;)*) => {
        $(
            impl IntoValue for $ty {
                fn into_value(self) -> Value {
                    let $from = self;
                    $value
                }
            }

            impl FromValue for $ty {
                fn from_value(value: Value) -> Result<$ty, Error> {
                    match value {
                        $pattern => Ok($inner),
                        other => Err(unexpected($wanted, &other)),
                    }
                }
            }
        )*
    };
}

both_ways! {
    (), Value::Nil => (), "nil", _nil => Value::Nil;
    bool, Value::Bool(bool) => bool, "bool", bool => Value::Bool(bool);
    i64, Value::Int(int) => int, "int", int => Value::Int(int);
    String, Value::String(text) => text, "string", text => Value::String(text);
    Object, Value::Object(object) => object, "an object", object => Value::Object(object);
}

macro_rules! narrower_ints {
    ($($ty:ty)*) => {
        $(
            impl IntoValue for $ty {
                fn into_value(self) -> Value {
                    Value::Int(self.into())
                }
            }

            impl FromValue for $ty {
                fn from_value(value: Value) -> Result<$ty, Error> {
                    let int = i64::from_value(value)?;
                    <$ty>::try_from(int).map_err(|_| {
                        let message = format!("must be an int from {} to {}, not {int}", <$ty>::MIN, <$ty>::MAX);
                        Error::runtime("value", message)
                    })
                }
            }
        )*
    };
}

narrower_ints! { i8 i16 i32 u8 u16 u32 }

/// An int that is not negative.
macro_rules! unsigned_words {
    ($($ty:ty)*) => {
        $(
            impl FromValue for $ty {
                fn from_value(value: Value) -> Result<$ty, Error> {
                    let int = i64::from_value(value)?;
                    <$ty>::try_from(int).map_err(|_| Error::runtime("value", format!("must not be negative, but is {int}")))
                }
            }
        )*
    };
}

unsigned_words! { u64 usize }

impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Float(self)
    }
}

/// Ints are taken too.
impl FromValue for f64 {
    fn from_value(value: Value) -> Result<f64, Error> {
        value.as_float().ok_or_else(|| unexpected("a number", &value))
    }
}

impl IntoValue for f32 {
    fn into_value(self) -> Value {
        Value::Float(self.into())
    }
}

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::String(self.to_string())
    }
}

impl IntoValue for char {
    fn into_value(self) -> Value {
        Value::String(self.to_string())
    }
}

impl IntoValue for &Object {
    fn into_value(self) -> Value {
        Value::Object(self.clone())
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for &Value {
    fn into_value(self) -> Value {
        self.clone()
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Value, Error> {
        Ok(value)
    }
}

/// `None` is nil.
impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Nil, T::into_value)
    }
}

/// Nil is `None`.
impl<T: FromValue> FromValue for Option<T> {
    const OPTIONAL: bool = true;

    fn from_value(value: Value) -> Result<Option<T>, Error> {
        if value.is_nil() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::Array(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: IntoValue, const N: usize> IntoValue for [T; N] {
    fn into_value(self) -> Value {
        Value::Array(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Vec<T>, Error> {
        let Value::Array(elements) = value else { return Err(unexpected("array", &value)) };
        let element = |(index, value)| T::from_value(value).map_err(|error| error.about(&format!("element {index}")));
        elements.into_iter().enumerate().map(element).collect()
    }
}

impl<K: IntoValue, V: IntoValue> IntoValue for BTreeMap<K, V> {
    fn into_value(self) -> Value {
        Value::Dict(self.into_iter().map(|(key, value)| (key.into_value(), value.into_value())).collect())
    }
}

/// In no order.
impl<K: IntoValue, V: IntoValue, S> IntoValue for HashMap<K, V, S> {
    fn into_value(self) -> Value {
        Value::Dict(self.into_iter().map(|(key, value)| (key.into_value(), value.into_value())).collect())
    }
}

fn entries<K: FromValue, V: FromValue>(value: Value) -> Result<Vec<(K, V)>, Error> {
    let Value::Dict(entries) = value else { return Err(unexpected("dict", &value)) };
    let entry = |(key, value)| Ok((K::from_value(key)?, V::from_value(value)?));
    entries.into_iter().map(entry).collect::<Result<_, Error>>().map_err(|error| error.about("a key or value"))
}

impl<K: FromValue + Ord, V: FromValue> FromValue for BTreeMap<K, V> {
    fn from_value(value: Value) -> Result<BTreeMap<K, V>, Error> {
        Ok(entries(value)?.into_iter().collect())
    }
}

impl<K: FromValue + Hash + Eq, V: FromValue, S: BuildHasher + Default> FromValue for HashMap<K, V, S> {
    fn from_value(value: Value) -> Result<HashMap<K, V, S>, Error> {
        Ok(entries(value)?.into_iter().collect())
    }
}

/// The arguments of a call: a tuple, or a list of values.
pub trait IntoArgs {
    /// As values.
    fn into_args(self) -> Vec<Value>;
}

impl IntoArgs for Vec<Value> {
    fn into_args(self) -> Vec<Value> {
        self
    }
}

impl IntoArgs for &[Value] {
    fn into_args(self) -> Vec<Value> {
        self.to_vec()
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoValue),*> IntoArgs for ($($name,)*) {
            #[allow(non_snake_case, reason = "the variables have the names of the types")]
            fn into_args(self) -> Vec<Value> {
                let ($($name,)*) = self;
                vec![$($name.into_value()),*]
            }
        }
    };
}

tuples! {}
tuples! { A }
tuples! { A B }
tuples! { A B C }
tuples! { A B C D }
tuples! { A B C D E }
tuples! { A B C D E F }
tuples! { A B C D E F G }
tuples! { A B C D E F G H }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        fn round<T: IntoValue + FromValue + Clone + PartialEq + std::fmt::Debug>(value: T) {
            assert_eq!(T::from_value(value.clone().into_value()).expect("it is of its type"), value);
        }
        round(());
        round(true);
        round(i64::MIN);
        round(-7i8);
        round(u32::MAX);
        round(1.5f64);
        round("text".to_string());
        round(Some(3));
        round(None::<i64>);
        round(vec![vec![1, 2], vec![]]);
        round(BTreeMap::from([("a".to_string(), 1), ("b".to_string(), 2)]));
        round(HashMap::from([(1i64, "x".to_string())]));
        round(Value::Array(vec![Value::Nil]));
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_says_why() {
        let message = |error: Error| format!("{}: {}", error.kind_name().unwrap_or_default(), error.message());
        assert_eq!(i64::from_value(Value::Float(1.0)).map_err(message).unwrap_err(), "type: must be int, not float");
        assert_eq!(
            u8::from_value(Value::Int(256)).map_err(message).unwrap_err(),
            "value: must be an int from 0 to 255, not 256"
        );
        assert_eq!(
            usize::from_value(Value::Int(-1)).map_err(message).unwrap_err(),
            "value: must not be negative, but is -1"
        );
        assert_eq!(f64::from_value(Value::Int(2)).unwrap(), 2.0);
        let mixed = Value::Array(vec![Value::Int(1), Value::Nil]);
        assert_eq!(Vec::<i64>::from_value(mixed).map_err(message).unwrap_err(), "type: element 1 must be int, not nil");
    }
}
