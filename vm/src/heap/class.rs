//! Classes and their instances.
//!
//! A class has the methods that it declares and those that it inherits in one table, made when the class is: methods
//! never change after that, so that a cache may refer to a method by its place in the table. Statics are looked up
//! along the chain of parents, since they do change. Names are constant strings of the heap ([`Heap::constant_string`]),
//! of which there is one for each text: they are compared by their bits.

use std::ptr::NonNull;

use rustc_hash::FxHashMap;

use super::Heap;
use super::object::{Array, Class, GC_OLD, Header, Instance, ObjectKind, Storage};
use super::shape::ShapeId;
use crate::error::Thrown;
use crate::value::{TAG_OBJECT, Value};

/// Most fields that have room in an instance.
const MOST_INLINE: usize = 64;
/// Room for fields that nobody has announced.
const SPARE_FIELDS: usize = 2;

/// What a class knows.
#[derive(Debug)]
pub struct ClassData {
    name: Value,
    parent: Option<ClassRef>,
    /// Where a method is in `method_values`; by name.
    methods: FxHashMap<u64, usize>,
    /// Does not grow beyond the capacity that it was made with: caches hold addresses of its elements.
    method_values: Vec<Value>,
    /// The class's own statics, each at an address that stays.
    statics: FxHashMap<u64, Box<Value>>,
    /// Functions that give the declared fields their values, the parent's first. Empty if all values are constants.
    initialisers: Vec<Value>,
    /// The values of the declared fields, by slot, if they are constants.
    template: Vec<Value>,
    /// Functions that set the fields of this class and its parents: needed by a class that extends this one and has
    /// values that are no constants.
    field_functions: Vec<Value>,
    root: ShapeId,
    is_error: bool,
    /// The class itself, for those who know a place of it only.
    itself: Value,
    /// Whether another class extends it.
    extended: bool,
}

impl ClassData {
    /// Calls a function with every value that the class refers to others by.
    pub(super) fn visit_references(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit(&mut self.name);
        if let Some(parent) = self.parent {
            // The parent is old and does not move.
            visit(&mut parent.value());
        }
        for list in [&mut self.method_values, &mut self.initialisers, &mut self.template, &mut self.field_functions] {
            list.iter_mut().for_each(&mut visit);
        }
        self.statics.values_mut().for_each(|value| visit(value));
    }
}

/// A class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClassRef(NonNull<Class>);

/// A field that a class declares.
#[derive(Clone, Debug)]
pub struct FieldInfo {
    /// Its name, a constant string.
    pub name: Value,
    /// Its value, if that is a constant.
    pub constant: Option<Value>,
}

/// What is known of a class when it is compiled.
#[derive(Clone, Debug)]
pub struct ClassInfo {
    /// Its name, a constant string.
    pub name: Value,
    /// Whether it extends another.
    pub extends: bool,
    /// How many methods it declares.
    pub methods: usize,
    /// The fields that it declares.
    pub fields: Vec<FieldInfo>,
    /// How many more fields its methods seem to add.
    pub expected: usize,
    /// Whether it has a method that makes the text of its instances.
    pub has_text: bool,
}

impl Heap {
    /// A class without methods and statics, which are added before it has instances.
    pub fn class(&mut self, info: &ClassInfo, parent: Option<ClassRef>) -> ClassRef {
        let object = self.allocate_old(size_of::<Class>()).cast::<Class>();
        let aux = self.shapes.number_holder();
        let header = Header { kind: ObjectKind::Class, storage: Storage::Empty, gc: GC_OLD, flags: 0, aux };
        let inherited = parent.map(|parent| parent.data());
        let mut method_values = Vec::with_capacity(inherited.map_or(0, |data| data.method_values.len()) + info.methods);
        method_values.extend(inherited.into_iter().flat_map(|data| &data.method_values));
        let list = |get: fn(&ClassData) -> &Vec<Value>| inherited.map_or(Vec::new(), |data| get(data).clone());
        let initialisers = list(|data| &data.initialisers);
        let constant = initialisers.is_empty() && info.fields.iter().all(|field| field.constant.is_some());
        let data = ClassData {
            name: info.name,
            parent,
            methods: inherited.map_or_else(FxHashMap::default, |data| data.methods.clone()),
            method_values,
            statics: FxHashMap::default(),
            initialisers: if constant { Vec::new() } else { list(|data| &data.field_functions) },
            template: if constant { list(|data| &data.template) } else { Vec::new() },
            field_functions: list(|data| &data.field_functions),
            root: 0,
            is_error: inherited.is_some_and(|data| data.is_error),
            itself: Value::pointer(TAG_OBJECT, object),
            extended: false,
        };
        if let Some(parent) = parent {
            parent.data_mut().extended = true;
        }
        let inherited_room = inherited.map_or(0, |data| self.shapes.get(data.root).capacity() as usize);
        let inherited_root = inherited.map(|data| data.root);
        // SAFETY: `allocate_old` gave room for it.
        unsafe { object.write(Class { header, data: Box::into_raw(Box::new(data)) }) };
        let class = ClassRef(NonNull::new(object).expect("memory has an address"));
        let room = (inherited_room + info.fields.len() + info.expected).clamp(SPARE_FIELDS, MOST_INLINE);
        let mut root = self.shapes.root(object, room as u8);
        if constant {
            // The fields come with the instance.
            let mut names: Vec<Value> =
                inherited_root.map(|root| self.shapes.fields(root).map(|(name, _)| name).collect()).unwrap_or_default();
            names.reverse();
            for name in names {
                root = self.shapes.with_field(root, name);
            }
            for field in &info.fields {
                let value = field.constant.expect("all are constants");
                match self.shapes.find(root, field.name) {
                    Some(slot) => class.data_mut().template[slot as usize] = value,
                    None => {
                        root = self.shapes.with_field(root, field.name);
                        class.data_mut().template.push(value);
                    }
                }
            }
        }
        class.data_mut().root = root;
        // Its parent's methods may be young.
        self.class_changes(class);
        class
    }

    /// To be called before a reference is stored in a class.
    fn class_changes(&mut self, class: ClassRef) {
        // SAFETY: refers to a live class.
        unsafe { self.barrier(class.0.as_ptr().cast()) };
    }

    /// A class that has instances, or could have, by its number.
    pub fn class_numbered(&self, number: u32) -> Option<ClassRef> {
        self.shapes.classes().filter_map(NonNull::new).map(ClassRef).find(|class| class.number() == number)
    }

    /// How many fields have room in an instance of a shape.
    pub fn room_of(&self, shape: ShapeId) -> usize {
        self.shapes.get(shape).capacity().into()
    }

    /// A young instance of a shape, with room for as many fields as the shape says: these. To be called where an instance
    /// that compiled code has not made is needed after all.
    ///
    /// # Panics
    /// If there is no room for so many fields.
    pub fn instance_of(&mut self, shape: ShapeId, fields: &[Value]) -> Value {
        let capacity = self.shapes.get(shape).capacity();
        assert!(fields.len() <= capacity as usize, "{} fields where {capacity} have room", fields.len());
        let (object, gc) = self.allocate(size_of::<Instance>() + 8 * capacity as usize);
        let object = object.cast::<Instance>();
        let header = Header { kind: ObjectKind::Instance, storage: Storage::Empty, gc, flags: capacity, aux: shape };
        // SAFETY: `allocate` gave room for it and so many fields.
        unsafe {
            object.write(Instance { header, overflow: Value::NIL, fields: [] });
            let places = (&raw mut (*object).fields).cast::<Value>();
            std::ptr::copy_nonoverlapping(fields.as_ptr(), places, fields.len());
            for slot in fields.len()..capacity as usize {
                *places.add(slot) = Value::NIL;
            }
        }
        Value::pointer(TAG_OBJECT, object)
    }

    /// An instance of a class, its declared fields set if their values are constants.
    #[inline]
    pub fn instance(&mut self, class: ClassRef) -> Value {
        let data = class.data();
        let capacity = self.shapes.get(data.root).capacity();
        let inline = data.template.len().min(capacity as usize);
        let instance = self.instance_of(data.root, &data.template[..inline]);
        if data.template.len() > capacity as usize {
            let rest = data.template[capacity as usize..].to_vec();
            let array = self.array_of_any(&rest);
            // SAFETY: it was just made, is young, and has this word.
            unsafe { (*instance.address().cast::<Instance>()).overflow = array };
        }
        instance
    }
}

impl Value {
    /// The class, if this is one.
    #[inline]
    pub fn as_class(self) -> Option<ClassRef> {
        self.object(ObjectKind::Class).and_then(|header| NonNull::new(header.cast())).map(ClassRef)
    }

    /// The instance, if this is one.
    #[inline]
    pub fn as_instance(self) -> Option<InstanceRef> {
        self.object(ObjectKind::Instance).and_then(|header| NonNull::new(header.cast())).map(InstanceRef)
    }
}

impl ClassRef {
    /// The class as a value.
    pub fn value(self) -> Value {
        Value::pointer(TAG_OBJECT, self.0.as_ptr())
    }

    /// The number that caches of its statics compare: another one after it, or a class that it extends, has got a static
    /// more.
    pub fn number(self) -> u32 {
        // SAFETY: refers to a live class.
        unsafe { (*self.0.as_ptr()).header.aux }
    }

    fn data<'h>(self) -> &'h ClassData {
        // SAFETY: refers to a live class, which owns its data; unique references are only made within the methods here,
        // and none of them calls another with one in hand.
        unsafe { &*(*self.0.as_ptr()).data }
    }

    fn data_mut<'h>(self) -> &'h mut ClassData {
        // SAFETY: as for `data`.
        unsafe { &mut *(*self.0.as_ptr()).data }
    }

    /// The shape that its instances begin with, as of now.
    pub fn first_shape(self) -> ShapeId {
        self.data().root
    }

    /// How many fields have room in its instances, and the values that the first of them begin with. None if it makes
    /// instances some of whose fields have no room.
    pub fn template<'h>(self, heap: &Heap) -> Option<(usize, &'h [Value])> {
        let capacity = heap.room_of(self.first_shape());
        let template = &self.data().template[..];
        (template.len() <= capacity).then_some((capacity, template))
    }

    /// Its name.
    pub fn name(self) -> Value {
        self.data().name
    }

    /// What it extends.
    pub fn parent(self) -> Option<ClassRef> {
        self.data().parent
    }

    /// The class and those that it extends, in order.
    pub fn chain(self) -> impl Iterator<Item = ClassRef> {
        std::iter::successors(Some(self), |class| class.parent())
    }

    /// Whether it is another class or extends it.
    pub fn is_a(self, other: ClassRef) -> bool {
        self.chain().any(|class| class == other)
    }

    /// Whether its instances are errors.
    pub fn is_error(self) -> bool {
        self.data().is_error
    }

    /// Makes its instances errors.
    pub fn set_error(self) {
        self.data_mut().is_error = true;
    }

    /// A method of its own or inherited.
    pub fn method(self, name: Value) -> Option<Value> {
        self.method_place(name).copied()
    }

    /// The place of a method, valid as long as the class is.
    pub fn method_place<'h>(self, name: Value) -> Option<&'h Value> {
        let data = self.data();
        data.methods.get(&name.0).map(|&index| &data.method_values[index])
    }

    /// Adds a method. Only while the class is being made: as many as were announced.
    pub fn add_method(self, heap: &mut Heap, name: Value, method: Value) {
        heap.class_changes(self);
        let data = self.data_mut();
        match data.methods.get(&name.0) {
            Some(&index) => data.method_values[index] = method,
            None => {
                assert!(data.method_values.len() < data.method_values.capacity(), "more methods than announced");
                data.methods.insert(name.0, data.method_values.len());
                data.method_values.push(method);
            }
        }
    }

    /// Sets the function that gives the declared fields their values.
    pub fn set_field_function(self, heap: &mut Heap, function: Value) {
        heap.class_changes(self);
        let constant = heap.shapes.get(self.data().root).count() > 0;
        let data = self.data_mut();
        data.field_functions.push(function);
        if !constant {
            data.initialisers.push(function);
        }
    }

    /// Functions to be called with a new instance, in order.
    pub fn initialisers<'h>(self) -> &'h [Value] {
        &self.data().initialisers
    }

    /// A static of its own or inherited.
    pub fn find_static(self, name: Value) -> Option<Value> {
        self.chain().find_map(|class| class.data().statics.get(&name.0).map(|value| **value))
    }

    /// The place of a static of its own, valid as long as the class is.
    pub fn own_static_place<'h>(self, name: Value) -> Option<&'h Value> {
        self.data().statics.get(&name.0).map(|place| &**place)
    }

    /// The place of a static of its own or inherited, valid as long as the class is and has its number.
    pub fn static_place<'h>(self, name: Value) -> Option<&'h Value> {
        self.chain().find_map(|class| class.own_static_place(name))
    }

    /// A place that holds the class, valid as long as the class is.
    pub fn place<'h>(self) -> &'h Value {
        &self.data().itself
    }

    /// Sets a static of its own.
    pub fn set_static(self, heap: &mut Heap, name: Value, value: Value) {
        heap.class_changes(self);
        match self.data_mut().statics.get_mut(&name.0) {
            Some(place) => **place = value,
            None => {
                self.data_mut().statics.insert(name.0, Box::new(value));
                self.renumber(heap);
            }
        }
    }

    /// Gives a class and those that extend it other numbers: what a name stands for may have changed.
    fn renumber(self, heap: &mut Heap) {
        let number = heap.shapes.number_holder();
        // SAFETY: refers to a live class.
        unsafe { (*self.0.as_ptr()).header.aux = number };
        if !self.data().extended {
            return;
        }
        let heirs: Vec<ClassRef> = heap
            .shapes
            .classes()
            .filter_map(NonNull::new)
            .map(ClassRef)
            .filter(|class| class.parent() == Some(self))
            .collect();
        for (index, heir) in heirs.iter().enumerate() {
            // A class has a shape for each number of fields.
            if !heirs[..index].contains(heir) {
                heir.renumber(heap);
            }
        }
    }

    /// The names of its methods.
    pub fn method_names(self) -> impl Iterator<Item = Value> {
        self.data().methods.keys().map(|&bits| Value(bits))
    }

    /// The names of its statics, inherited ones included.
    pub fn static_names(self) -> impl Iterator<Item = Value> {
        self.chain().flat_map(|class| class.data().statics.keys().map(|&bits| Value(bits)))
    }
}

/// An instance of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstanceRef(NonNull<Instance>);

impl InstanceRef {
    /// The instance as a value.
    pub fn value(self) -> Value {
        Value::pointer(TAG_OBJECT, self.0.as_ptr())
    }

    /// The number of its shape.
    pub fn shape(self) -> ShapeId {
        // SAFETY: refers to a live instance until the next collection.
        unsafe { (*self.0.as_ptr()).header.aux }
    }

    /// Its class.
    pub fn class(self, heap: &Heap) -> ClassRef {
        ClassRef(NonNull::new(heap.shapes.get(self.shape()).class()).expect("a live instance keeps its class"))
    }

    /// The message, if this is an error whose text its class does not make.
    pub fn message(self, heap: &Heap) -> Option<Value> {
        let class = self.class(heap);
        if !class.is_error() || class.method(heap.to_string_name()).is_some() {
            return None;
        }
        let slot = heap.shapes.fields(self.shape()).find(|&(name, _)| name == heap.message_name)?.1;
        self.field_at(slot)
    }

    /// How many fields have room in it.
    fn capacity(self) -> usize {
        // SAFETY: refers to a live instance until the next collection.
        unsafe { (*self.0.as_ptr()).header.flags as usize }
    }

    fn fields(self) -> *mut Value {
        // The fields lie behind the instance, outside of its type but in the same object.
        self.0.as_ptr().wrapping_add(1).cast()
    }

    /// A field.
    pub fn get(self, heap: &mut Heap, name: Value) -> Option<Value> {
        heap.shapes.find(self.shape(), name).map(|slot| self.slot(heap, slot as usize))
    }

    /// The slot of a field, if it has it. Changes nothing, which takes time in proportion to the number of fields.
    pub fn field_slot(self, heap: &Heap, name: Value) -> Option<u32> {
        heap.shapes.fields(self.shape()).find(|&(known, _)| known == name).map(|(_, slot)| slot)
    }

    /// The shape that it would have with a field more, and the slot of that field, if an instance has come to that shape
    /// before.
    pub fn with_field(self, heap: &Heap, name: Value) -> Option<(ShapeId, u32)> {
        let shape = heap.shapes.get(self.shape());
        Some((shape.transition(name)?, shape.count() as u32))
    }

    fn slot(self, heap: &mut Heap, slot: usize) -> Value {
        if slot < self.capacity() {
            // SAFETY: refers to a live instance until the next collection; the slot was checked.
            return unsafe { *self.fields().add(slot) };
        }
        // SAFETY: as above.
        let overflow = unsafe { (*self.0.as_ptr()).overflow };
        overflow.as_array().expect("fields without room are in an array").at(heap, slot - self.capacity())
    }

    /// The value of a field, if it has room in the instance.
    pub fn field_at(self, slot: u32) -> Option<Value> {
        // SAFETY: refers to a live instance until the next collection; the slot is checked.
        ((slot as usize) < self.capacity()).then(|| unsafe { *self.fields().add(slot as usize) })
    }

    /// The array that has a field without room in the instance, and the field's index there.
    pub fn overflow_place(self, slot: u32) -> Option<(Value, usize)> {
        // SAFETY: refers to a live instance until the next collection.
        let overflow = unsafe { (*self.0.as_ptr()).overflow };
        Some((overflow, (slot as usize).checked_sub(self.capacity())?))
    }

    /// Where a field lies, in bytes from the beginning of the instance, if it has room there.
    pub fn offset_of(self, slot: u32) -> Option<usize> {
        ((slot as usize) < self.capacity()).then(|| size_of::<Instance>() + 8 * slot as usize)
    }

    /// The address of a field that has room in it, if it has such a field.
    pub fn place_of(self, heap: &mut Heap, name: Value) -> Option<*mut Value> {
        let offset = self.offset_of(heap.shapes.find(self.shape(), name)?)?;
        Some(self.0.as_ptr().wrapping_byte_add(offset).cast())
    }

    /// Sets a field, which is added if it is not there.
    ///
    /// # Errors
    /// Kind `limit` if there is no room for another.
    pub fn set(self, heap: &mut Heap, name: Value, value: Value) -> Result<(), Thrown> {
        let shape = self.shape();
        let slot = match heap.shapes.find(shape, name) {
            Some(slot) => slot as usize,
            None => {
                let slot = heap.shapes.get(shape).count();
                if slot >= self.capacity() {
                    let overflow = self.overflow(heap);
                    overflow.push(heap, Value::NIL)?;
                    self.learn(heap, slot + 1);
                }
                let next = heap.shapes.with_field(shape, name);
                // SAFETY: refers to a live instance until the next collection.
                unsafe { (*self.0.as_ptr()).header.aux = next };
                slot
            }
        };
        if slot < self.capacity() {
            // SAFETY: as above; the slot was checked.
            unsafe {
                heap.barrier(self.0.as_ptr().cast());
                *self.fields().add(slot) = value;
            }
        } else {
            self.overflow(heap).set(heap, slot - self.capacity(), value)?;
        }
        Ok(())
    }

    /// The array of the fields without room, made if need be.
    fn overflow(self, heap: &mut Heap) -> super::array::ArrayRef {
        // SAFETY: refers to a live instance until the next collection.
        unsafe {
            if (*self.0.as_ptr()).overflow.is_nil() {
                let array = heap.array(&[]);
                heap.barrier(self.0.as_ptr().cast());
                (*self.0.as_ptr()).overflow = array;
            }
            (*self.0.as_ptr()).overflow.as_array().expect("it is nil or an array")
        }
    }

    /// Gives the instances that the class will make room for so many fields.
    fn learn(self, heap: &mut Heap, count: usize) {
        let class = self.class(heap);
        let root = class.data().root;
        let room = (count + SPARE_FIELDS).min(MOST_INLINE);
        if room <= heap.shapes.get(root).capacity() as usize {
            return;
        }
        let mut names: Vec<Value> = heap.shapes.fields(root).map(|(name, _)| name).collect();
        names.reverse();
        let mut wider = heap.shapes.root(class.0.as_ptr(), room as u8);
        for name in names {
            wider = heap.shapes.with_field(wider, name);
        }
        class.data_mut().root = wider;
    }

    /// Names of its fields, in no order.
    pub fn field_names(self, heap: &Heap) -> impl Iterator<Item = Value> + '_ {
        heap.shapes.fields(self.shape()).map(|(name, _)| name)
    }
}

const _: () = assert!(size_of::<Instance>() == 16 && size_of::<Array>() == 32, "compiled code relies on the layouts");
