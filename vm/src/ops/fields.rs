//! Fields: what `value.name` means for each type that has some.

use crate::value::Value;

/// `value.name` where the value is an enum or a member of one and has that name; else `None`.
pub fn enum_field(value: Value, name: &str) -> Option<Value> {
    if let Some(member) = value.as_enum_member() {
        return match name {
            "name" => Some(member.name().value()),
            "value" => Some(member.number()),
            _ => None,
        };
    }
    Some(value.as_enum()?.member(name)?.value())
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
