//! Fields, methods, statics: what stands behind `object.name`.
//!
//! Looked for in this order: an instance's own fields, its class's methods, its statics; a class's statics; an enum's
//! members, a member's name and value; a builtin of that name, which is a method of every value.

use super::type_name;
use crate::bytecode::proto::Site;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Heap;
use crate::heap::class::ClassRef;
use crate::syntax::suggest::{method_elsewhere, suggest};
use crate::value::Value;

/// What a name of an object turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Member {
    /// A value: a field, a static.
    Value(Value),
    /// A method of the object's class.
    Method(Value),
    /// The builtin of that name.
    Builtin(u16),
}

/// Looks a member up.
///
/// # Errors
/// Kind `name` if an instance, a class or an enum has none, kind `type` if another value has none.
pub fn find(heap: &mut Heap, object: Value, site: &Site) -> Result<Member, Thrown> {
    let own = if let Some(instance) = object.as_instance() {
        let class = instance.class(heap);
        match instance.get(heap, site.key) {
            Some(value) => Some(Member::Value(value)),
            None => {
                class.method(site.key).map(Member::Method).or_else(|| class.find_static(site.key).map(Member::Value))
            }
        }
    } else if let Some(class) = object.as_class() {
        class.find_static(site.key).map(Member::Value)
    } else {
        enum_field(object, &site.name).map(Member::Value)
    };
    match own.or(site.builtin.map(Member::Builtin)) {
        Some(member) => Ok(member),
        None => Err(missing(heap, object, &site.name)),
    }
}

/// `value.name` where the value is an enum or a member of one and has that name; else `None`.
fn enum_field(value: Value, name: &str) -> Option<Value> {
    if let Some(member) = value.as_enum_member() {
        return match name {
            "name" => Some(member.name().value()),
            "value" => Some(member.number()),
            _ => None,
        };
    }
    Some(value.as_enum()?.member(name)?.value())
}

/// Looks a method up for `super`.
///
/// # Errors
/// Kind `name` if the class has none.
pub fn find_super(class: ClassRef, site: &Site) -> Result<Value, Thrown> {
    class.method(site.key).ok_or_else(|| {
        let message = format!("class {} has no method `{}`", text(class.name()), site.name);
        unknown(ErrorKind::Name, message, &site.name, class.method_names())
    })
}

/// Sets a field of an instance, or a static of a class.
///
/// # Errors
/// Kind `type` if the object has no fields that can be set; kind `limit`.
pub fn set(heap: &mut Heap, object: Value, site: &Site, value: Value) -> Result<(), Thrown> {
    if let Some(instance) = object.as_instance() {
        return instance.set(heap, site.key, value);
    }
    if let Some(class) = object.as_class() {
        class.set_static(heap, site.key, value);
        return Ok(());
    }
    let mut message = format!("a value of type {} has no fields that can be set", type_name(object));
    if object.as_dict().is_some() {
        message.push_str("; an entry is set as `d[key] = value`");
    }
    Err(Thrown::new(ErrorKind::Type, message))
}

/// The names that a value has for itself, without those of builtins.
pub fn names(heap: &Heap, object: Value) -> Vec<String> {
    let mut names: Vec<String> = if let Some(instance) = object.as_instance() {
        let class = instance.class(heap);
        instance.field_names(heap).chain(class.method_names()).chain(class.static_names()).map(text).collect()
    } else if let Some(class) = object.as_class() {
        class.static_names().map(text).collect()
    } else if let Some(owner) = object.as_enum() {
        owner.members().map(|member| text(member.name().value())).collect()
    } else {
        Vec::new()
    };
    names.sort();
    names.dedup();
    names
}

#[cold]
fn missing(heap: &Heap, object: Value, name: &str) -> Thrown {
    if let Some(instance) = object.as_instance() {
        let class = instance.class(heap);
        let message = format!("an instance of {} has no field or method `{name}`", text(class.name()));
        let names = instance.field_names(heap).chain(class.method_names()).chain(class.static_names());
        return unknown(ErrorKind::Name, message, name, names);
    }
    if let Some(class) = object.as_class() {
        let message = format!("class {} has no static `{name}`", text(class.name()));
        return unknown(ErrorKind::Name, message, name, class.static_names());
    }
    if let Some(owner) = object.as_enum() {
        let message = format!("enum {} has no member `{name}`", owner.name().as_str());
        let names: Vec<Value> = owner.members().map(|member| member.name().value()).collect();
        return unknown(ErrorKind::Name, message, name, names.into_iter());
    }
    if let Some(member) = object.as_enum_member() {
        let text = format!("{}.{}", member.owner().name().as_str(), member.name().as_str());
        let message = format!("{text} has no field `{name}`");
        return Thrown::new(ErrorKind::Name, with_suggestion(message, suggest(name, ["name", "value"])));
    }
    let message = format!("a value of type {} has no field or method `{name}`", type_name(object));
    let methods = crate::builtins::all().map(|(_, info)| info).filter(|info| info.is_method());
    let near = method_elsewhere(name).or_else(|| suggest(name, methods.map(|info| info.name)));
    if near.is_none() && object.as_dict().is_some() {
        return Thrown::new(ErrorKind::Type, format!("{message}; an entry is read as `d[{name:?}]`"));
    }
    Thrown::new(ErrorKind::Type, with_suggestion(message, near))
}

/// The error for a name that is not among an object's names.
pub(super) fn unknown(kind: ErrorKind, message: String, name: &str, names: impl Iterator<Item = Value>) -> Thrown {
    let names: Vec<String> = names.map(text).collect();
    Thrown::new(kind, with_suggestion(message, suggest(name, names.iter().map(String::as_str))))
}

fn with_suggestion(message: String, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

/// A name's text.
pub(super) fn text(name: Value) -> String {
    name.as_string().map_or(String::new(), |name| name.as_str().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Heap;

    #[test]
    fn enums_have_members_and_members_name_and_value() {
        let heap = &mut Heap::default();
        let (color, red, green) = (heap.string("Color"), heap.string("Red"), heap.string("Green"));
        let (five, max) = (heap.int(5), heap.int(i64::MAX));
        let color = heap.enumeration(color);
        for (name, value) in [(red, five), (green, max)] {
            color.as_enum().expect("an enum").define(heap, name, value).expect("there is memory");
        }
        let member = enum_field(color, "Green").expect("a member");
        assert_eq!(enum_field(member, "name"), Some(green));
        assert_eq!(enum_field(member, "value"), Some(max));
        assert_eq!(member.as_enum_member().expect("a member").owner().value(), color);
        for (value, name) in [(color, "Blue"), (color, "name"), (member, "Green"), (five, "name"), (Value::NIL, "x")] {
            assert_eq!(enum_field(value, name), None, "{name}");
        }
    }
}
