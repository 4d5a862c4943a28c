//! What the generator knows about the names of the program it writes: their types, and where they can be seen.

use crate::rng::Rng;

/// What a variable may hold. Loose on purpose: `Num` and `Any` are the variables whose type changes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Int,
    Float,
    /// An int or a float.
    Num,
    Bool,
    Str,
    /// An array of ints, never empty.
    Ints,
    /// An array of bools, never empty.
    Bools,
    /// An array of floats and ints, never empty. One of `Ints` won't do: storing a float in it would be seen there.
    Nums,
    /// An array of anything but arrays that hold arrays, never empty.
    Anys,
    /// Anything.
    Any,
    /// A function of one int that gives an int.
    Fn,
    /// A member of an enum.
    Member,
    /// An instance of a class of the program: all have the same fields and methods, and some have more.
    Obj,
    /// An array of instances, never empty.
    Objs,
    /// A dict whose values are numbers.
    Dict,
}

impl Type {
    /// The types of ordinary variables, each with how often it is wanted.
    pub const WEIGHTED: &[(u64, Type)] = &[
        (30, Type::Int),
        (14, Type::Float),
        (12, Type::Num),
        (6, Type::Bool),
        (8, Type::Str),
        (10, Type::Ints),
        (7, Type::Nums),
        (5, Type::Bools),
        (6, Type::Anys),
        (7, Type::Any),
        (3, Type::Member),
    ];

    /// Those of programs that have classes.
    pub const WITH_OBJECTS: &[(u64, Type)] = &[
        (26, Type::Int),
        (11, Type::Float),
        (11, Type::Num),
        (5, Type::Bool),
        (9, Type::Str),
        (8, Type::Ints),
        (5, Type::Nums),
        (4, Type::Bools),
        (6, Type::Anys),
        (8, Type::Any),
        (3, Type::Member),
        (9, Type::Obj),
        (5, Type::Objs),
        (6, Type::Dict),
    ];

    /// True if a value of type `other` may stand where `self` is wanted.
    pub fn accepts(self, other: Type) -> bool {
        self == other
            || match self {
                Type::Num => matches!(other, Type::Int | Type::Float),
                Type::Any => true,
                _ => false,
            }
    }

    /// True for the arrays.
    pub fn is_array(self) -> bool {
        matches!(self, Type::Ints | Type::Bools | Type::Nums | Type::Anys | Type::Objs)
    }

    /// The type of a variable that an element of an array is put in.
    pub fn of_element(self) -> Type {
        match self {
            Type::Ints => Type::Int,
            Type::Bools => Type::Bool,
            _ => Type::Any,
        }
    }

    /// The type of an array's elements.
    pub fn element(self) -> Type {
        match self {
            Type::Ints => Type::Int,
            Type::Bools => Type::Bool,
            Type::Nums => Type::Num,
            Type::Objs => Type::Obj,
            _ => Type::Any,
        }
    }
}

/// How many fields of an object in a variable are variables.
const FIELDS_SEEN: usize = 3;

/// A variable.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub ty: Type,
    /// False for those that steer a loop, and for constants.
    pub assignable: bool,
    /// True for those declared `const`, which patterns compare with.
    pub constant: bool,
    /// The block it belongs to, counted from the outside.
    block: usize,
}

/// The variables that can be seen, innermost last.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    variables: Vec<Variable>,
    block: usize,
    /// The fields that all instances have. Those of a variable are variables as well, by names such as `v1.f2`.
    fields: Vec<(String, Type)>,
    /// Which of them the next variable begins with.
    next_field: usize,
}

impl Scope {
    /// Begins a block; the result goes to `close`.
    pub fn open(&mut self) -> usize {
        self.block += 1;
        self.variables.len()
    }

    /// Ends the block that `open` began.
    pub fn close(&mut self, mark: usize) {
        self.variables.truncate(mark);
        self.block -= 1;
    }

    /// Makes a name of this block visible.
    pub fn declare(&mut self, name: &str, ty: Type, assignable: bool) {
        self.variables.push(Variable { name: name.to_owned(), ty, assignable, constant: false, block: self.block });
        if ty == Type::Obj && !self.fields.is_empty() {
            // A few, each time others: all would crowd out the plain variables.
            for _ in 0..FIELDS_SEEN {
                let (field, ty) = self.fields[self.next_field % self.fields.len()].clone();
                self.next_field += 1;
                self.declare_part(&format!("{name}.{field}"), ty, true);
            }
        }
    }

    /// The same for what stands in an object or a class.
    pub fn declare_part(&mut self, path: &str, ty: Type, assignable: bool) {
        self.variables.push(Variable { name: path.to_owned(), ty, assignable, constant: false, block: self.block });
    }

    /// Has a variable of the outermost block go by another name.
    pub fn rename(&mut self, name: &str, other: &str) {
        self.variables.iter_mut().filter(|variable| variable.name == name).for_each(|it| it.name = other.to_owned());
    }

    /// Says which fields all instances have.
    pub fn set_fields(&mut self, fields: &[(String, Type)]) {
        self.fields = fields.to_vec();
    }

    /// The same for a constant.
    pub fn declare_constant(&mut self, name: &str, ty: Type) {
        self.variables.push(Variable {
            name: name.to_owned(),
            ty,
            assignable: false,
            constant: true,
            block: self.block,
        });
    }

    /// The variables that no inner one of the same name hides.
    pub fn visible(&self) -> impl Iterator<Item = &Variable> {
        self.variables
            .iter()
            .enumerate()
            .filter(|(at, variable)| {
                let owner = variable.name.split('.').next();
                let hides = |later: &Variable| later.name == variable.name || Some(later.name.as_str()) == owner;
                !self.variables[at + 1..].iter().any(hides)
            })
            .map(|(_, variable)| variable)
    }

    /// The name of a visible variable that passes the test.
    pub fn find(&self, rng: &mut Rng, test: impl Fn(&Variable) -> bool) -> Option<&Variable> {
        let found: Vec<_> = self.visible().filter(|variable| test(variable)).collect();
        if found.is_empty() { None } else { Some(found[rng.index(found.len())]) }
    }

    /// A variable that can be read as a value of type `ty`.
    pub fn readable(&self, rng: &mut Rng, ty: Type) -> Option<String> {
        self.find(rng, |variable| ty.accepts(variable.ty)).map(|variable| variable.name.clone())
    }

    /// A variable that a value of type `ty` can be assigned to, whose own type is exactly that.
    pub fn assignable(&self, rng: &mut Rng, ty: Type) -> Option<String> {
        self.find(rng, |variable| variable.assignable && variable.ty == ty).map(|variable| variable.name.clone())
    }

    /// A name of an outer block that a `let` of this block may hide.
    pub fn shadowable(&self, rng: &mut Rng) -> Option<String> {
        let here = self.block;
        self.find(rng, |variable| variable.assignable && variable.block < here && !variable.name.contains('.'))
            .map(|variable| variable.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_name_hides_the_outer_one() {
        let mut scope = Scope::default();
        let mut rng = Rng::new(1);
        scope.declare("a", Type::Int, true);
        let mark = scope.open();
        assert_eq!(scope.shadowable(&mut rng).as_deref(), Some("a"));
        scope.declare("a", Type::Str, true);
        assert_eq!(scope.readable(&mut rng, Type::Int), None);
        assert_eq!(scope.shadowable(&mut rng), None);
        scope.close(mark);
        assert_eq!(scope.readable(&mut rng, Type::Num).as_deref(), Some("a"));
    }

    #[test]
    fn fields_are_hidden_with_their_owner() {
        let mut scope = Scope::default();
        let mut rng = Rng::new(1);
        scope.set_fields(&[("f".to_owned(), Type::Int)]);
        scope.declare("a", Type::Obj, true);
        assert_eq!(scope.assignable(&mut rng, Type::Int).as_deref(), Some("a.f"));
        let mark = scope.open();
        scope.declare("a", Type::Str, true);
        assert_eq!(scope.readable(&mut rng, Type::Int), None);
        scope.close(mark);
        assert_eq!(scope.readable(&mut rng, Type::Int).as_deref(), Some("a.f"));
    }
}
