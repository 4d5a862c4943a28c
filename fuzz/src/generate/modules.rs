//! Files that the program imports, and functions of the host: see [`crate::program`].

use super::Generator;
use super::functions::{Function, Parameter};
use super::scope::Type;
use crate::program::FILE;

impl Generator {
    /// Makes what has been written so far a file of its own, which the rest imports.
    pub(super) fn file(&mut self) {
        self.define_late();
        self.file_count += 1;
        let name = format!("part{}.pseudo", self.file_count);
        let text = std::mem::take(&mut self.text);
        self.files += &format!("{FILE}{name}\n{text}");
        self.late = format!("late{}", self.file_count + 1);
        if self.rng.percent(40) {
            // All names one by one; those of files that it imports are among its own.
            let listed = names(&text).join(", ");
            for number in 1..self.file_count {
                self.line(&format!("import \"part{number}.pseudo\""));
            }
            self.line(&format!("from \"{name}\" import {listed}"));
        } else {
            self.line(&format!("import \"{name}\""));
            if self.file_count > 1 && self.rng.percent(50) {
                self.line("import \"part1.pseudo\"");
            }
        }
        self.second_names(&name);
    }

    /// Other names for a few variables of the file: here they are known by those from now on.
    fn second_names(&mut self, file: &str) {
        let is_plain = |name: &str, ty| !name.contains('.') && ty != Type::Obj;
        let visible =
            self.scope.visible().filter(|variable| variable.assignable && is_plain(&variable.name, variable.ty));
        let names: Vec<String> = visible.map(|variable| variable.name.clone()).collect();
        for name in names {
            if self.rng.percent(30) {
                let second = self.fresh("g");
                self.line(&format!("from \"{file}\" import {name} as {second}"));
                self.scope.rename(&name, &second);
            }
        }
    }

    /// Defines what functions of this file may have used too early.
    pub(super) fn define_late(&mut self) {
        self.line(&format!("let {} = 1", self.late));
    }

    /// Lets the program call functions of the host.
    pub(super) fn functions_of_host(&mut self) {
        let (int, float, text) = (Type::Int, Type::Float, Type::Str);
        let rows: [(&str, Vec<Parameter>, Type, bool); 6] = [
            ("host_count", Vec::new(), int, false),
            ("host_mix", vec![Parameter::Value(int), Parameter::Optional(int)], int, false),
            ("host_scale", vec![Parameter::Value(float), Parameter::Value(float)], float, false),
            ("host_check", vec![Parameter::Value(int)], int, true),
            ("host_text", vec![Parameter::Value(text), Parameter::Value(int)], text, false),
            ("host_sum", vec![Parameter::Rest], int, false),
        ];
        self.functions.extend(rows.map(|(name, parameters, result, throws)| Function {
            name: name.to_owned(),
            parameters,
            result,
            cost: 2,
            throws,
        }));
    }
}

/// The names that a file's top level has: of lines that begin with what defines one.
fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        match word {
            "fn" | "class" | "enum" => {
                found.extend(rest.split(|char: char| !(char.is_alphanumeric() || char == '_')).next());
            }
            "let" | "const" => {
                let declared = rest.split('=').next().unwrap_or(rest);
                found.extend(declared.split(',').map(str::trim));
            }
            // A name of this file's own for one of another's.
            "from" => found.extend(rest.split(" as ").nth(1)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_top_level_are_found() {
        let text = "fn f(a) return a end\nlet a, b = 1, 2\nconst c = 3\n    let d = 4\nclass E extends F\nenum G X end\nlet h\nfrom \"x\" import y as z";
        assert_eq!(names(text), ["f", "a", "b", "c", "E", "G", "h", "z"]);
    }
}
