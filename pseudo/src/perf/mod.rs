//! What `perf` is told of machine code: a map for its reports ([`map`]), and a file with code and lines for its listings
//! ([`jitdump`]). `docs/perf.md` shows both in use.

mod jitdump;
mod map;
mod mapping;

use std::io;
use std::path::PathBuf;

use pseudo_codegen::engine::{Observer, Piece};
use pseudo_vm::vm::Vm;

use crate::machine_code::{lines, name};
use jitdump::JitDump;
use map::PerfMap;

/// Tells `perf` of each piece of code as it is installed.
pub struct Perf {
    map: PerfMap,
    dump: JitDump,
}

impl Perf {
    /// The files of this process.
    ///
    /// # Errors
    ///
    /// Which of them cannot be written, in words.
    pub fn new() -> io::Result<Perf> {
        let file = |name: String| PathBuf::from("/tmp").join(name);
        let process = std::process::id();
        let (map, dump) = (file(format!("perf-{process}.map")), file(format!("jit-{process}.dump")));
        let named = |path: PathBuf| {
            move |error: io::Error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
        };
        Ok(Perf { map: PerfMap::new(&map).map_err(named(map))?, dump: JitDump::new(&dump).map_err(named(dump))? })
    }
}

impl Observer for Perf {
    fn event(&mut self, _: &Vm, _: &pseudo_codegen::engine::Event<'_>) {}

    fn installed(&mut self, vm: &Vm, piece: &Piece<'_>) {
        let name = name(vm, piece);
        // What cannot be written is no reason to stop the program.
        let _ = self.map.add(piece.start, piece.bytes.len(), &name);
        let _ = self.dump.add(piece.start, piece.bytes, &name, &lines(vm, piece));
    }

    fn wants_listings(&self) -> bool {
        false
    }
}
