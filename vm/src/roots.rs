//! Values that somebody outside of the machine holds on to: roots of the collector, each in a slot that it follows when it
//! moves.
//!
//! A handle may be dropped on any thread, at any time. So it only notes its slot on a list, which the machine reads when it
//! collects or makes another handle.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::value::Value;

/// Slots whose handles are gone.
type Released = Arc<Mutex<Vec<u32>>>;

fn locked(released: &Released) -> MutexGuard<'_, Vec<u32>> {
    // Whoever panicked while it was locked has left a list of slots all the same.
    released.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds on to a value of one machine. Copies share the slot.
#[derive(Clone, Debug)]
pub struct Rooted(Arc<Root>);

impl Rooted {
    /// Whether one is a copy of the other.
    pub fn is_copy_of(&self, other: &Rooted) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug)]
struct Root {
    slot: u32,
    released: Released,
}

impl Drop for Root {
    fn drop(&mut self) {
        locked(&self.released).push(self.slot);
    }
}

/// The slots of a machine.
#[derive(Debug, Default)]
pub struct Roots {
    values: Vec<Value>,
    free: Vec<u32>,
    released: Released,
}

impl Roots {
    /// Holds on to a value until all copies of the handle are dropped.
    pub fn add(&mut self, value: Value) -> Rooted {
        self.reclaim();
        let slot = match self.free.pop() {
            Some(slot) => {
                self.values[slot as usize] = value;
                slot
            }
            None => {
                self.values.push(value);
                u32::try_from(self.values.len() - 1).expect("each slot has a handle in memory")
            }
        };
        Rooted(Arc::new(Root { slot, released: self.released.clone() }))
    }

    /// The value of a handle; `None` if it is another machine's. Valid until the next collection.
    pub fn get(&self, handle: &Rooted) -> Option<Value> {
        let ours = Arc::ptr_eq(&handle.0.released, &self.released);
        ours.then(|| self.values[handle.0.slot as usize])
    }

    /// How many values are held.
    pub fn len(&self) -> usize {
        self.values.len() - self.free.len() - locked(&self.released).len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All slots, for the collector.
    pub(crate) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        self.reclaim();
        self.values.iter_mut().for_each(visit);
    }

    /// Empties the slots whose handles are gone.
    fn reclaim(&mut self) {
        let mut released = locked(&self.released);
        for slot in released.drain(..) {
            self.values[slot as usize] = Value::NIL;
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_live_as_long_as_their_handles() {
        let mut roots = Roots::default();
        let (one, two) = (roots.add(Value::small_int(1)), roots.add(Value::small_int(2)));
        let copy = one.clone();
        drop(one);
        assert_eq!(
            (roots.get(&copy), roots.get(&two), roots.len()),
            (Some(Value::small_int(1)), Some(Value::small_int(2)), 2)
        );
        std::thread::spawn(move || drop(copy)).join().expect("it only drops");
        assert_eq!(roots.len(), 1);
        let three = roots.add(Value::small_int(3));
        assert_eq!((roots.values.len(), roots.get(&three)), (2, Some(Value::small_int(3))));
        assert_eq!(Roots::default().get(&two), None);
        drop((two, three));
        assert!(roots.is_empty());
    }
}
