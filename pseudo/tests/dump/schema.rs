//! Checks values against a schema: the keywords of JSON Schema (2020-12) that ours uses, and a complaint about any other.
//!
//! A library that knows all of them is there (`jsonschema`), but brings 45 crates, which would be a third of the time that it
//! takes to build the tests.

use serde_json::{Map, Value};

/// Keywords that say nothing of values.
const WORDS: [&str; 4] = ["$schema", "$defs", "title", "description"];

/// What is wrong with a value, and where in it.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    Checker { root: schema }.check(schema, value, "")
}

struct Checker<'s> {
    root: &'s Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = schema.as_object().expect("a schema is an object");
        let wrong = |what: String| Err(format!("{at}: {what}: {value}"));
        for (keyword, rule) in schema {
            match keyword.as_str() {
                "$ref" => {
                    let path = rule.as_str().and_then(|path| path.strip_prefix('#')).expect("a place in the schema");
                    self.check(self.root.pointer(path).expect("it is there"), value, at)?;
                }
                "type" => {
                    let types = rule.as_array().map_or(vec![rule], |types| types.iter().collect());
                    if !types.iter().any(|name| has_type(value, name.as_str().expect("a type"))) {
                        return wrong(format!("no {rule}"));
                    }
                }
                "const" if rule != value => return wrong(format!("not {rule}")),
                "enum" if !rule.as_array().expect("values").contains(value) => return wrong(format!("none of {rule}")),
                "const" | "enum" => {}
                "minimum" => {
                    if value.as_f64().is_some_and(|number| number < rule.as_f64().expect("a number")) {
                        return wrong(format!("less than {rule}"));
                    }
                }
                "required" => {
                    for name in rule.as_array().expect("names") {
                        if value.as_object().is_some_and(|it| !it.contains_key(name.as_str().expect("a name"))) {
                            return wrong(format!("no {name}"));
                        }
                    }
                }
                "properties" | "additionalProperties" | "prefixItems" | "items" => {}
                "oneOf" => self.one_of(rule, value, at)?,
                word if WORDS.contains(&word) => {}
                word => panic!("the schema has a keyword that is not checked: {word}"),
            }
        }
        match value {
            Value::Object(members) => self.members(schema, members, at),
            Value::Array(items) => self.items(schema, items, at),
            _ => Ok(()),
        }
    }

    fn one_of(&self, rules: &Value, value: &Value, at: &str) -> Result<(), String> {
        let rules = rules.as_array().expect("schemas");
        let results: Vec<_> = rules.iter().map(|rule| self.check(rule, value, at)).collect();
        match results.iter().filter(|result| result.is_ok()).count() {
            1 => Ok(()),
            0 => {
                // The one that gets furthest into the value is the one that was meant.
                let errors = results.into_iter().filter_map(Result::err);
                Err(errors.max_by_key(|error| error.split(':').next().map_or(0, str::len)).unwrap_or_default())
            }
            count => Err(format!("{at}: {count} forms fit: {value}")),
        }
    }

    fn members(&self, schema: &Map<String, Value>, members: &Map<String, Value>, at: &str) -> Result<(), String> {
        let known = schema.get("properties");
        for (name, member) in members {
            let at = format!("{at}/{name}");
            match (known.and_then(|known| known.get(name)), schema.get("additionalProperties")) {
                (Some(rule), _) => self.check(rule, member, &at)?,
                (None, Some(Value::Bool(false))) => return Err(format!("{at}: not expected: {member}")),
                (None, Some(rule)) if rule.is_object() => self.check(rule, member, &at)?,
                (None, _) => {}
            }
        }
        Ok(())
    }

    fn items(&self, schema: &Map<String, Value>, items: &[Value], at: &str) -> Result<(), String> {
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        if items.len() < first.len() {
            return Err(format!("{at}: {} items expected", first.len()));
        }
        for (number, item) in items.iter().enumerate() {
            let at = format!("{at}/{number}");
            match (first.get(number), schema.get("items")) {
                (Some(rule), _) => self.check(rule, item, &at)?,
                (None, Some(Value::Bool(false))) => return Err(format!("{at}: too much: {item}")),
                (None, Some(rule)) if rule.is_object() => self.check(rule, item, &at)?,
                (None, _) => {}
            }
        }
        Ok(())
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => panic!("a type that is not known: {name}"),
    }
}
