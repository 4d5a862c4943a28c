//! A cache that all sites of look-ups share, behind their own, for those that meet objects of many classes: a site's own cache
//! knows one. Direct-mapped by site and number; nothing is allocated before a site meets a second number.
//!
//! After the global cache of polymorphic look-ups in Deutsch and Schiffman, "Efficient implementation of the Smalltalk-80
//! system" (1984).

use crate::bytecode::proto::Site;

/// Entries; a power of two.
const ENTRIES: usize = 1024;

/// What a site's own cache is to hold for a number: see `members`.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    site: usize,
    number: u32,
    /// The upper half of the first word.
    pub what: u32,
    /// The second word.
    pub data: u64,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Lookups {
    entries: Vec<Entry>,
}

fn place(site: usize, number: u32) -> usize {
    let mixed = (site as u64 >> 3 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize % ENTRIES
}

impl Lookups {
    /// What is known of objects with a number at a site. Sites stay where they are as long as the machine.
    pub(super) fn find(&self, site: &Site, number: u32) -> Option<Entry> {
        let site = std::ptr::from_ref(site) as usize;
        let entry = *self.entries.get(place(site, number))?;
        (entry.site == site && entry.number == number).then_some(entry)
    }

    /// Notes what was found.
    pub(super) fn note(&mut self, site: &Site, number: u32, what: u32, data: u64) {
        if self.entries.is_empty() {
            self.entries.resize(ENTRIES, Entry::default());
        }
        site.others.set(site.others.get().saturating_add(1));
        let site = std::ptr::from_ref(site) as usize;
        self.entries[place(site, number)] = Entry { site, number, what, data };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn what_was_noted_is_found_and_nothing_else() {
        let sites: Vec<Site> = (0..40).map(|at| Site::new(format!("f{at}").into(), Value::NIL, None)).collect();
        let mut lookups = Lookups::default();
        assert!(lookups.find(&sites[0], 7).is_none());
        let mut found = 0;
        for number in 1..200 {
            for (at, site) in sites.iter().enumerate() {
                lookups.note(site, number, at as u32, u64::from(number));
                let entry = lookups.find(site, number).expect("it has just been noted");
                assert_eq!((entry.what, entry.data), (at as u32, u64::from(number)));
            }
            // Those that others have taken the place of are not found, rather than found to be something else.
            for (at, site) in sites.iter().enumerate() {
                assert_eq!(site.others.get(), number);
                let entry = lookups.find(site, number);
                assert!(entry.is_none_or(|entry| (entry.what, entry.data) == (at as u32, u64::from(number))));
                found += u32::from(entry.is_some());
            }
        }
        assert!(found > 199 * 30, "{found} of {}", 199 * 40);
        assert!(lookups.find(&sites[3], 1000).is_none());
    }
}
