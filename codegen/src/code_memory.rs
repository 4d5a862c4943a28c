//! Memory for machine code: one region of fixed size.
//!
//! It is an anonymous file, mapped at a random address between two pages that fault, readable and executable; code is written to the file by system
//! calls. So no page is ever writable and executable, nor is there an address that it could be written at, nothing is
//! toggled while code runs, and since code never moves, traces jump to each other by 32-bit distances. A view to write
//! through would save the calls, a few for each trace, but what was written through it would count twice as memory of the
//! process.
//!
//! The region is filled from its start and emptied only as a whole. First come the routines that all traces share.

pub(crate) mod dicts;
mod fields;

use pseudo_vm::faults::{self, Fault};

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::fs::FileExt as _;

use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynasmApi, VecAssembler, dynasm};

use crate::compile::CompileError;
use crate::context::{self, Context};
use crate::exits::Exit;
use crate::helpers::Helpers;
use crate::regalloc::registers::{CLOBBERED_GPRS, PARAM_GPRS, PARAM_XMMS};

/// Code of a trace begins at a multiple of this, a cache line.
const ALIGN: usize = 64;
/// Least size of the region: the shared routines and some traces.
const LEAST: usize = 64 << 10;
/// In place of an exit's number: the frame that was entered returns, with its result in the register for that.
pub const RETURNED: u32 = u32::MAX;
/// The same of a frame above one that was called natively.
pub const RETURNED_BETWEEN: u32 = u32::MAX - 1;
/// Bytes in front of the region and behind it that fault.
const GUARD: usize = 4096;
/// Jumps reach this far.
const MOST: usize = 1 << 30;

/// The region.
#[derive(Debug)]
pub struct CodeMemory {
    file: File,
    executable: *mut u8,
    size: usize,
    used: usize,
    /// End of the shared routines.
    shared: usize,
    routines: Routines,
}

/// Addresses of the shared routines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Routines {
    /// `extern "C" fn(code, base, context)`: goes into compiled code, and comes back at an exit.
    pub enter: u64,
    /// Where exits' stubs jump: saves the registers and returns from `enter`.
    pub exit: u64,
    /// The address that a frame returns to which the interpreter is to go on from, as it is to from all below: leaves with
    /// [`RETURNED`].
    pub returned: u64,
    /// The same for a frame above one that was called natively. Behind this address on the native stack lie the distance of
    /// the two, in words, and the address that the lower one returns to. Leaves with [`RETURNED_BETWEEN`].
    pub returned_between: u64,
    /// Calls the function in `rax` on the process's stack.
    pub call_out: u64,
    /// Called with an int in `rax`, returns its value in `rax`. Keeps all but scratch registers.
    pub box_int: u64,
    /// Called with a number of bytes in `rax`, gives memory for a young object there. Keeps all but scratch registers.
    pub reserve: u64,
    /// Called with an object in `rax`, remembers it. Keeps all but scratch registers.
    pub remember: u64,
    /// Called with a string in `rax`, puts its bytes into one piece; returns their address in `rax`, 0 if there is no room.
    /// Keeps all but scratch registers.
    pub flatten: u64,
    /// Called with strings in `rax` and `rcx`, returns in `rax` whether they are equal. Keeps all but scratch registers.
    pub str_eq: u64,
    /// Called with a dict in `rax` and an entry of it in `rcx`, remembers it. Keeps all but scratch registers.
    pub remember_entry: u64,
    /// Called with a dict in `rax` and a value in `rcx`, returns in `rax` the entry of that key, or 0. Keeps all but scratch
    /// registers.
    pub dict_find: u64,
    /// Called with a value in `rax` and a name in `rcx`, returns in `rax` the address of that field of the instance that the value
    /// is, or 0. Keeps all but scratch registers.
    pub field_place: u64,
    /// Called with a dict in `rax` and the number of an entry in `rcx`, returns in `rax` the number of the first entry with
    /// a key from there on, or -1. Keeps all but scratch registers.
    pub dict_next: u64,
    /// Called with an array in `rax`, makes room for an element more; 0 in `rax` if there is none. Keeps all but scratch registers.
    pub grow: u64,
}

impl Routines {
    /// Where each begins, and its name, in the order of their addresses. What lies in front of the two that frames return to
    /// belongs to them: see where they are made.
    pub fn spans(&self) -> Vec<(u64, &'static str)> {
        let mut spans = vec![
            (self.exit, "leave"),
            (self.returned - 1, "return_to_interpreter"),
            (self.returned_between - 1, "return_between"),
            (self.enter, "enter"),
            (self.call_out, "call_out"),
            (self.box_int, "box_int"),
            (self.reserve, "reserve"),
            (self.remember, "remember"),
            (self.grow, "grow"),
            (self.flatten, "flatten"),
            (self.str_eq, "str_eq"),
            (self.remember_entry, "remember_entry"),
            (self.dict_next, "dict_next"),
            (self.dict_find, "dict_find"),
            (self.field_place, "field_place"),
        ];
        spans.sort_unstable();
        spans
    }
}

impl CodeMemory {
    /// Reserves a region of `size` bytes, rounded to pages and kept between 64 KB and 1 GB. Pages are used when code
    /// comes to lie in them.
    pub fn new(size: usize, helpers: &Helpers) -> io::Result<CodeMemory> {
        let mut memory = CodeMemory::without_routines(size)?;
        memory.install_routines(helpers);
        memory.shared = memory.used;
        Ok(memory)
    }

    /// The same for code that uses none of the shared routines.
    pub fn without_routines(size: usize) -> io::Result<CodeMemory> {
        let size = size.clamp(LEAST, MOST).next_multiple_of(4096);
        let file = anonymous_file(size)?;
        let executable = map(&file, size)?;
        Ok(CodeMemory { file, executable, size, used: 0, shared: 0, routines: Routines::default() })
    }

    /// The shared routines.
    pub fn routines(&self) -> Routines {
        self.routines
    }

    /// Address that the next code will be installed at.
    pub fn next(&self) -> u64 {
        self.executable as u64 + self.used as u64
    }

    /// Where the shared routines end, and traces begin.
    pub fn routines_end(&self) -> u64 {
        self.executable as u64 + self.shared as u64
    }

    /// The addresses that code may come to lie at.
    pub fn range(&self) -> std::ops::Range<u64> {
        self.executable as u64..self.executable as u64 + self.size as u64
    }

    /// Bytes taken, shared routines included.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Bytes in all.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Puts code at [`CodeMemory::next`], whose address it was assembled for.
    pub fn install(&mut self, code: &[u8]) -> Result<u64, CompileError> {
        let address = self.next();
        if code.len() > self.size - self.used {
            return Err(CompileError::CodeMemory);
        }
        // It fails if the system has no page for it.
        self.file.write_all_at(code, self.used as u64).map_err(|_| CompileError::CodeMemory)?;
        self.used = (self.used + code.len()).next_multiple_of(ALIGN).min(self.size);
        Ok(address)
    }

    /// Makes an exit's stub a jump to `target`, a side trace's entry, and has the jumps to the stub lead there.
    pub fn patch_exit(&mut self, exit: &Exit, target: u64) {
        self.offset(target, 1);
        self.overwrite(exit.stub, &[0xE9]);
        for &distance in exit.jumps.iter().chain(&[exit.stub + 1]) {
            self.overwrite(distance, &(target.wrapping_sub(distance + 4) as i32).to_le_bytes());
        }
        serialize();
    }

    /// Has whoever enters a trace enter another one: both are roots that take the same over.
    pub fn redirect(&mut self, entry: u64, target: u64) {
        self.offset(target, 1);
        self.overwrite(entry, &[0xE9]);
        self.overwrite(entry + 1, &(target.wrapping_sub(entry + 5) as i32).to_le_bytes());
        serialize();
    }

    /// Code for going to a root trace's entry from code whose frame has so many words: drops them, and jumps.
    ///
    /// # Errors
    ///
    /// If no code memory is left.
    pub fn install_bridge(&mut self, frame: u16, entry: u64) -> Result<u64, CompileError> {
        let mut ops = VecAssembler::<X64Relocation>::new(self.next() as usize);
        dynasm!(ops ; .arch x64 ; add rsp, 8 * i32::from(frame) ; mov rax, QWORD entry as i64 ; jmp rax);
        let code = ops.finalize().expect("a bridge without labels");
        self.install(&code)
    }

    /// Changes a few bytes of installed code. No compiled code is running: it never calls back.
    fn overwrite(&mut self, address: u64, bytes: &[u8]) {
        let at = self.offset(address, bytes.len());
        self.file.write_all_at(bytes, at as u64).expect("installed code has its pages");
    }

    /// Forgets all traces. Their code must not be entered any more.
    pub fn flush(&mut self) {
        self.used = self.shared;
        serialize();
    }

    /// Installed code, as it is now.
    pub fn code(&self, address: u64, len: usize) -> &[u8] {
        let at = self.offset(address, len);
        // SAFETY: the bytes lie within the region, and only methods that take `&mut self` write there.
        unsafe { std::slice::from_raw_parts(self.executable.add(at), len) }
    }

    /// Distance of an address from the region's start; `len` bytes from there must have been installed.
    fn offset(&self, address: u64, len: usize) -> usize {
        let at = address.wrapping_sub(self.executable as u64) as usize;
        assert!(at <= self.used && len <= self.used - at, "{address:x} lies outside of the code memory");
        at
    }

    #[expect(clippy::useless_conversion, reason = "dynasm converts the numbers of registers, whatever their type")]
    fn install_routines(&mut self, helpers: &Helpers) {
        let mut ops = VecAssembler::<X64Relocation>::new(self.next() as usize);
        let base = self.next();
        let mut routines = Routines::default();
        let here = |ops: &VecAssembler<X64Relocation>| base + ops.offset().0 as u64;

        routines.exit = here(&ops);
        for reg in (0..16u8).filter(|&reg| reg != 9 || !faults::on(Fault::EmitExit)) {
            dynasm!(ops ; .arch x64 ; mov [r14 + context::GPR + 8 * reg as i32], Rq(reg));
        }
        for reg in (0..16u8).filter(|&reg| reg != 3 || !faults::on(Fault::EmitExitFloat)) {
            dynasm!(ops ; .arch x64 ; movsd [r14 + context::XMM + 8 * reg as i32], Rx(reg));
        }
        dynasm!(ops
            ; .arch x64
            ; mov rsp, [r14 + context::HOST]
            ; add rsp, 8
            ; pop r15 ; pop r14 ; pop r13 ; pop r12 ; pop rbp ; pop rbx
            ; ret
        );
        for (routine, exit) in [(&mut routines.returned, RETURNED), (&mut routines.returned_between, RETURNED_BETWEEN)]
        {
            // Debuggers look for the routine that a frame returns to one byte before that address.
            dynasm!(ops ; .arch x64 ; nop);
            *routine = here(&ops);
            dynasm!(ops
                ; .arch x64
                ; mov DWORD [r14 + context::EXIT], exit as i32
                ; mov rax, QWORD routines.exit as i64
                ; jmp rax
            );
        }
        // Six pushes and the return address leave the process's stack 8 bytes short of the alignment that calls need. A
        // trace finds at the top of the native stack the address that it returns to, and in registers what the context has
        // for parameters.
        routines.enter = here(&ops);
        dynasm!(ops
            ; .arch x64
            ; push rbx ; push rbp ; push r12 ; push r13 ; push r14 ; push r15
            ; sub rsp, 8
            ; mov rax, rdi
            ; mov rbx, rsi
            ; mov r14, rdx
            ; mov rbp, [r14 + context::PENDING]
            ; mov [r14 + context::HOST], rsp
            ; mov rsp, [r14 + context::NATIVE_TOP]
            ; mov rcx, QWORD routines.returned as i64
            ; push rcx
        );
        for reg in PARAM_GPRS {
            dynasm!(ops ; .arch x64 ; mov Rq(reg), [r14 + context::GPR + 8 * reg as i32]);
        }
        for reg in PARAM_XMMS {
            dynasm!(ops ; .arch x64 ; movsd Rx(reg), [r14 + context::XMM + 8 * reg as i32]);
        }
        dynasm!(ops ; .arch x64 ; jmp rax);
        routines.call_out = here(&ops);
        dynasm!(ops
            ; .arch x64
            ; mov [r14 + context::CALLER], rsp
            ; mov rsp, [r14 + context::HOST]
            ; call rax
            ; mov rsp, [r14 + context::CALLER]
            ; ret
        );
        for (routine, helper) in [
            (&mut routines.box_int, helpers.box_int as usize),
            (&mut routines.reserve, helpers.reserve as usize),
            (&mut routines.remember, helpers.remember as usize),
            (&mut routines.grow, helpers.grow as usize),
            (&mut routines.flatten, helpers.flatten as usize),
            (&mut routines.str_eq, helpers.str_eq as usize),
            (&mut routines.remember_entry, helpers.remember_entry as usize),
        ] {
            *routine = here(&ops);
            keeping_registers(&mut ops, helper);
        }
        routines.dict_next = here(&ops);
        dicts::next(&mut ops);
        routines.dict_find = here(&ops);
        dicts::find(&mut ops);
        // What that has not found out, this does: it comes next.
        keeping_registers(&mut ops, helpers.dict_find as usize);
        routines.field_place = here(&ops);
        fields::place(&mut ops);
        keeping_registers(&mut ops, helpers.field_place as usize);
        let code = ops.finalize().expect("routines whose labels are bound");
        self.install(&code).expect("the least region has room for the routines");
        self.routines = routines;
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: the view was mapped with this size and its guards by `map`, and nothing refers to it any more.
        unsafe { libc::munmap(self.executable.sub(GUARD).cast(), self.size + 2 * GUARD) };
    }
}

/// A routine that calls a helper with the machine, `rax` and `rcx`, and keeps every register that holds values. Traces without a
/// frame call it with the stack eight bytes off what functions expect, so it sees to that itself.
#[expect(clippy::useless_conversion, reason = "dynasm converts the numbers of registers, whatever their type")]
fn keeping_registers(ops: &mut VecAssembler<X64Relocation>, helper: usize) {
    const GPR: [u8; 7] = CLOBBERED_GPRS;
    const FRAME: i32 = 8 * (GPR.len() as i32 + 15);
    dynasm!(ops ; .arch x64 ; sub rsp, FRAME);
    for (place, &reg) in GPR.iter().enumerate() {
        dynasm!(ops ; .arch x64 ; mov [rsp + 8 * place as i32], Rq(reg));
    }
    for reg in 0..15u8 {
        dynasm!(ops ; .arch x64 ; movsd [rsp + 8 * (GPR.len() as i32 + reg as i32)], Rx(reg));
    }
    dynasm!(ops
        ; .arch x64
        ; mov rsi, rax
        ; mov rdx, rcx
        ; mov rdi, [r14 + context::VM]
        ; mov rax, QWORD helper as i64
        ; mov [r14 + context::CALLER], rsp
        ; and rsp, -16
        ; call rax
        ; mov rsp, [r14 + context::CALLER]
    );
    for (place, &reg) in GPR.iter().enumerate() {
        dynasm!(ops ; .arch x64 ; mov Rq(reg), [rsp + 8 * place as i32]);
    }
    for reg in 0..15u8 {
        dynasm!(ops ; .arch x64 ; movsd Rx(reg), [rsp + 8 * (GPR.len() as i32 + reg as i32)]);
    }
    dynasm!(ops ; .arch x64 ; add rsp, FRAME ; ret);
}

/// A file in memory, of so many bytes, that has no name.
fn anonymous_file(size: usize) -> io::Result<File> {
    // SAFETY: a plain system call; the name is a C string.
    let descriptor = unsafe { libc::memfd_create(c"pseudo-code".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open, and nobody else has it.
    let file = unsafe { File::from_raw_fd(descriptor) };
    file.set_len(size as u64)?;
    Ok(file)
}

/// Maps a file of at least so many bytes at a random address, executable, between guards.
fn map(file: &File, size: usize) -> io::Result<*mut u8> {
    // A hint only: the kernel takes another place where this one is taken or no randomness is to be had. Between 16 and
    // 80 TB no kernel places anything by itself, and addresses fit the 48 bits that values have for them.
    let mut random = [0; 8];
    // SAFETY: the buffer has the length that is passed.
    unsafe { libc::getrandom(random.as_mut_ptr().cast(), random.len(), libc::GRND_NONBLOCK) };
    let hint = (1 << 44) + (u64::from_le_bytes(random) & ((1 << 46) - 1) & !0xFFF);
    let (all, flags) = (size + 2 * GUARD, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
    // SAFETY: without `MAP_FIXED` a new mapping replaces nothing.
    let reserved = unsafe { libc::mmap(hint as *mut libc::c_void, all, libc::PROT_NONE, flags, -1, 0) };
    if reserved == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let (protection, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_SHARED | libc::MAP_FIXED);
    // SAFETY: it replaces the middle of the mapping just made, which nothing refers to.
    let view = unsafe { libc::mmap(reserved.byte_add(GUARD), size, protection, flags, file.as_raw_fd(), 0) };
    if view == libc::MAP_FAILED {
        let error = io::Error::last_os_error();
        // SAFETY: exactly the mapping just made.
        unsafe { libc::munmap(reserved, all) };
        return Err(error);
    }
    Ok(view.cast())
}

/// Makes the processor forget what it has fetched of code that was changed in the file. To be called as well by a thread that goes
/// on with a machine which has run on another one.
pub fn serialize() {
    std::arch::x86_64::__cpuid(0);
}

/// Calls compiled code. Comes back when an exit has been taken.
///
/// # Safety
///
/// `code` is the entry of a trace in `memory` that belongs to the machine of `context`; `base` is register 0 of a frame
/// in the state that the trace expects: at the trace's first instruction, everything in memory. No reference to the
/// machine, its stack or its heap is alive: compiled code changes them.
pub unsafe fn enter(memory: &CodeMemory, code: u64, base: *mut pseudo_vm::value::Value, context: *mut Context) {
    memory.offset(code, 1);
    // SAFETY: the routine was assembled with this signature.
    let routine: extern "C" fn(u64, *mut pseudo_vm::value::Value, *mut Context) =
        unsafe { std::mem::transmute(memory.routines.enter as *const ()) };
    routine(code, base, context);
}
