//! Tells the linker how to lay out the command, so that little of it is in memory: see `seldom.ld`.
//!
//! Both wishes are for the linker that Rust brings along; with another one, or for another system, they are left out, and the
//! command is the same but for its size in memory.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("seldom.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let target = env::var("TARGET").unwrap_or_default();
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let chosen =
        env::var_os("RUSTC_LINKER").is_some() || ["link-arg", "linker"].iter().any(|flag| flags.contains(flag));
    if target != "x86_64-unknown-linux-gnu" || chosen {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    if env::var("HOST") == Ok(target) && c_library().is_some_and(|version| version >= RELATIVE_RELOCATIONS) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The C library that reads relocations in their dense form. It reads all of them when a process starts; in the other form
/// those of the command are 400 KB.
const RELATIVE_RELOCATIONS: (u32, u32) = (2, 36);

/// The version of this system's C library.
fn c_library() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
