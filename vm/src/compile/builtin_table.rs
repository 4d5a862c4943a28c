//! The builtins by name.

use rustc_hash::FxHashMap;

use crate::builtins::BuiltinInfo;

/// An index of the builtins.
#[derive(Debug)]
pub(super) struct BuiltinTable {
    infos: FxHashMap<u16, &'static BuiltinInfo>,
    by_name: FxHashMap<&'static str, u16>,
}

impl BuiltinTable {
    /// The table of these rows.
    pub(super) fn new(rows: impl Iterator<Item = (u16, &'static BuiltinInfo)>) -> BuiltinTable {
        let infos: FxHashMap<u16, &'static BuiltinInfo> = rows.collect();
        let by_name = infos.iter().map(|(&index, info)| (info.name, index)).collect();
        BuiltinTable { infos, by_name }
    }

    /// The index of a name.
    pub(super) fn find(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// The index of a name that is a method.
    pub(super) fn method(&self, name: &str) -> Option<u16> {
        self.find(name).filter(|&index| self.info(index).is_method())
    }

    /// The row of an index that [`BuiltinTable::find`] gave.
    pub(super) fn info(&self, index: u16) -> &'static BuiltinInfo {
        self.infos[&index]
    }

    /// All names, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().copied()
    }
}
