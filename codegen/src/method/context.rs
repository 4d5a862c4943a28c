//! What is known within a block of the frame's registers and of globals: which machine registers hold them, in which form,
//! and of what type they are.

use pseudo_vm::value::{TAG_BIG_INT, TAG_INT, Value};

/// A register of the frame, or a global.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Slot {
    /// Register of the frame.
    Register(u16),
    /// Global.
    Global(u32),
}

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nothing.
    Any,
    /// It has this tag.
    Tag(u16),
    /// It is a float.
    Float,
    /// It is an int of 48 bits, or a boxed one.
    Wide,
}

impl Kind {
    /// It is an int of 48 bits.
    pub const INT: Kind = Kind::Tag(TAG_INT as u16);
    /// It is a boxed int.
    pub const BIG_INT: Kind = Kind::Tag(TAG_BIG_INT as u16);

    /// That of a value.
    pub fn of(value: Value) -> Kind {
        if value.is_float() { Kind::Float } else { Kind::Tag(value.tag() as u16) }
    }

    /// What is known of a value that is of the one kind or of the other.
    pub fn meet(self, other: Kind) -> Kind {
        let is_int = |kind| matches!(kind, Kind::INT | Kind::Wide | Kind::BIG_INT);
        match (self, other) {
            (x, y) if x == y => x,
            (x, y) if is_int(x) && is_int(y) => Kind::Wide,
            _ => Kind::Any,
        }
    }

    /// Whether all values of another kind are of this one.
    pub fn covers(self, other: Kind) -> bool {
        self.meet(other) == self
    }
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// In memory only.
    Memory(Kind),
    /// In a register, as it is.
    Word(u8, Kind),
    /// An int of 48 bits in the upper bits of a register, where the processor's own overflow is that of 48 bits.
    High(u8),
    /// An int in a register, as it is.
    Raw(u8),
    /// A float in a floating-point register.
    Float(u8),
    /// A constant.
    Const(Value),
    /// The same as that of another slot, of which it is known to be an int of 48 bits.
    Same(Slot),
}

impl Form {
    /// What is known of it.
    pub fn kind(self) -> Kind {
        match self {
            Form::Memory(kind) | Form::Word(_, kind) => kind,
            Form::High(_) | Form::Same(_) => Kind::INT,
            Form::Raw(_) => Kind::Wide,
            Form::Float(_) => Kind::Float,
            Form::Const(value) => Kind::of(value),
        }
    }

    /// The general-purpose register that it occupies.
    pub fn gpr(self) -> Option<u8> {
        match self {
            Form::Word(reg, _) | Form::High(reg) | Form::Raw(reg) => Some(reg),
            Form::Memory(_) | Form::Float(_) | Form::Const(_) | Form::Same(_) => None,
        }
    }

    /// The floating-point register that it occupies.
    pub fn xmm(self) -> Option<u8> {
        if let Form::Float(reg) = self { Some(reg) } else { None }
    }
}

/// What is known of one slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The slot.
    pub slot: Slot,
    /// Where its value is.
    pub form: Form,
    /// Whether memory has another value yet.
    pub dirty: bool,
    /// The instruction that used it last.
    pub used: usize,
}

/// What is known at some point of a block.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Context {
    places: Vec<Place>,
}

impl Context {
    /// All that is known.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is known of a slot.
    pub fn get(&self, slot: Slot) -> Option<Place> {
        self.places.iter().copied().find(|place| place.slot == slot)
    }

    /// A slot's form, in that of the slot which it is the same as, if it is.
    pub fn form(&self, slot: Slot) -> Form {
        let form = self.get(slot).map_or(Form::Memory(Kind::Any), |place| place.form);
        if let Form::Same(other) = form { self.form(other) } else { form }
    }

    /// The slot that has a slot's value: itself, or the one that it is the same as.
    pub fn resolve(&self, slot: Slot) -> Slot {
        match self.get(slot) {
            Some(Place { form: Form::Same(other), .. }) => other,
            _ => slot,
        }
    }

    /// The slot that is the same as another.
    pub fn same_as(&self, slot: Slot) -> Option<Place> {
        self.places.iter().copied().find(|place| place.form == Form::Same(slot))
    }

    /// Forgets a slot.
    pub fn remove(&mut self, slot: Slot) {
        self.places.retain(|place| place.slot != slot);
    }

    /// Replaces what is known of a slot.
    pub fn set(&mut self, place: Place) {
        match self.places.iter_mut().find(|known| known.slot == place.slot) {
            Some(known) => *known = place,
            None => self.places.push(place),
        }
    }

    /// Forgets all slots but some.
    pub fn retain(&mut self, keep: impl FnMut(&Place) -> bool) {
        self.places.retain(keep);
    }

    /// Memory has all values.
    pub fn clean(&mut self) {
        self.places.iter_mut().for_each(|place| place.dirty = false);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.places.clear();
    }
}
