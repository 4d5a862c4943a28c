//! Values as the host has them.

use std::fmt;

use pseudo_vm::roots::Rooted;

/// A value of the language outside of its machine.
///
/// Arrays and dicts are copies: what the host changes in one the program does not see, and the other way round. Everything
/// that has an identity or runs (functions, classes, instances, enums and their members, ranges) is an [`Object`], a handle.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `nil`.
    #[default]
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// A dict: keys and values in the order of insertion.
    Dict(Vec<(Value, Value)>),
    /// Anything else, which stays in the machine.
    Object(Object),
}

impl Value {
    /// What the program calls its type.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Dict(_) => "dict",
            Value::Object(object) => object.type_name(),
        }
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        *self == Value::Nil
    }

    /// The bool, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The int, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Value::Int(int) = self { Some(*int) } else { None }
    }

    /// The number, if it is one, as a float.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Value::Int(int) => Some(*int as f64),
            Value::Float(float) => Some(*float),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Value::Array(elements) = self { Some(elements) } else { None }
    }

    /// Keys and values, if it is a dict.
    pub fn as_dict(&self) -> Option<&[(Value, Value)]> {
        if let Value::Dict(entries) = self { Some(entries) } else { None }
    }

    /// The handle, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }

    /// The value of a string key, if it is a dict that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_dict()?.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }
}

/// An object of a program, held by its host: the collector keeps it while there is a handle, and may move it.
///
/// A handle may be kept, copied, sent to other threads and dropped anywhere, also after its machine. It means something
/// only to the machine that it came from: [`Vm`](crate::Vm)'s methods give an error for another one's.
#[derive(Clone)]
pub struct Object {
    pub(super) root: Rooted,
    pub(super) type_name: &'static str,
}

impl Object {
    /// What the program calls its type: `"function"`, `"class"`, `"object"`, ...
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

/// Whether they are copies of one handle. Two handles of one object are different: ask the program.
impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.root.is_copy_of(&other.root)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.type_name)
    }
}
