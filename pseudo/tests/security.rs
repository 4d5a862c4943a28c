//! What a program must not be able to do to the process that runs it: docs/security.md says what is promised.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use pseudo::{Config, Error, Tier, TraceEvent, Vm};

/// The tests that read the process's memory map run one after another.
static MAP: Mutex<()> = Mutex::new(());

/// A line of the memory map.
#[derive(Clone, Debug)]
struct Mapping {
    start: u64,
    end: u64,
    rights: String,
    name: String,
}

fn parsed(map: &str) -> Vec<Mapping> {
    let mapping = |line: &str| {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let address = |text| u64::from_str_radix(text, 16).ok();
        let rights = fields.next()?.to_string();
        Some(Mapping {
            start: address(start)?,
            end: address(end)?,
            rights,
            name: fields.nth(3).unwrap_or("").to_string(),
        })
    };
    map.lines().filter_map(mapping).collect()
}

fn memory_map() -> Vec<Mapping> {
    parsed(&std::fs::read_to_string("/proc/self/maps").expect("Linux has it"))
}

/// What is writable and executable.
fn writable_code(map: &[Mapping]) -> Vec<&Mapping> {
    map.iter().filter(|it| it.rights.contains('w') && it.rights.contains('x')).collect()
}

/// Whether what lies right below and right above a mapping faults.
fn is_guarded(map: &[Mapping], of: &Mapping) -> bool {
    let faults = |address: u64| {
        map.iter().find(|it| (it.start..it.end).contains(&address)).is_some_and(|it| it.rights.starts_with("---"))
    };
    faults(of.start - 1) && faults(of.end)
}

/// Code memory.
fn code(map: &[Mapping]) -> Vec<&Mapping> {
    map.iter().filter(|it| it.name.contains("pseudo-code")).collect()
}

const WORK: &str = "fn f(n)\n  if n < 2 then return n end\n  return f(n - 1) + f(n - 2)\nend\nlet a = fill(100, 0)\n\
    fn work()\n  let s = 0.0\n  for i in 0..500 do\n    a[i % 100] = a[i % 100] + i\n    if i % 3 == 0 then s += i / 2 else s -= 1 end\n  end\n\
    return s + f(12)\nend\nlet first = work()\nfor i in 0..10 do assert(work() == first) end";

fn hot() -> Result<Config, Error> {
    let config = Config::new().param("hotloop", 1)?.param("hotcall", 2)?.param("hotexit", 1)?.param("methodcall", 2)?;
    config.param("methodloop", 2).map(Config::capture_output)
}

#[test]
fn no_page_is_writable_and_executable() -> Result<(), Error> {
    let _alone = MAP.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, tier) in Tier::ALL {
        // The small code memory makes room again and again.
        for room in [16, 4096] {
            let mut vm = Vm::with_config(hot()?.tier(tier).param("maxmcode", room)?)?;
            let seen = Arc::new(Mutex::new((0, 0)));
            let counts = seen.clone();
            vm.on_trace_event(move |event| {
                if !matches!(event, TraceEvent::TraceExit { .. }) {
                    let map = memory_map();
                    let mut counts = counts.lock().expect("nobody panics");
                    counts.0 += 1;
                    counts.1 += writable_code(&map).len();
                }
            });
            vm.exec(WORK)?;
            let map = memory_map();
            assert!(writable_code(&map).is_empty(), "{map:#?}");
            let (events, bad) = *seen.lock().expect("nobody panics");
            assert_eq!(bad, 0, "{name}");
            assert!(events > 0 || tier == Tier::Interp, "{name}: the compiler had something to do");
        }
    }
    Ok(())
}

#[test]
fn stacks_and_code_lie_between_pages_that_fault() -> Result<(), Error> {
    let _alone = MAP.lock().unwrap_or_else(PoisonError::into_inner);
    let sizes = |map: &[Mapping], size: u64| -> Vec<Mapping> {
        map.iter().filter(|it| it.rights.starts_with("rw-p") && it.end - it.start == size).cloned().collect()
    };
    let before = memory_map();
    let mut vm = Vm::with_config(hot()?)?;
    vm.exec(WORK)?;
    let map = memory_map();
    // The register stack, with its reserve, and the stack of compiled code without its lowest page.
    for (what, size) in [("register stack", ((8 << 20) + (1 << 17)) * 8), ("native stack", (32 << 20) - 4096)] {
        let found = sizes(&map, size);
        let known = sizes(&before, size);
        let new: Vec<_> = found.iter().filter(|it| known.iter().all(|other| other.start != it.start)).collect();
        assert_eq!(new.len(), 1, "{what}: {map:#?}");
        assert!(is_guarded(&map, new[0]), "{what}: {map:#?}");
    }
    let code = code(&map);
    assert!(code.len() >= 2, "traces and whole functions: {map:#?}");
    for region in code {
        assert!(region.rights.starts_with("r-x") && is_guarded(&map, region), "{region:?} in {map:#?}");
    }
    drop(vm);
    // Nothing of it is left.
    let left = memory_map().len();
    assert!(left <= before.len() + 4, "{left} mappings after {}", before.len());
    Ok(())
}

#[test]
fn code_lies_at_random_places() -> Result<(), Error> {
    let _alone = MAP.lock().unwrap_or_else(PoisonError::into_inner);
    let mut machines = Vec::new();
    for _ in 0..4 {
        let mut vm = Vm::with_config(hot()?)?;
        vm.exec(WORK)?;
        machines.push(vm);
    }
    let map = memory_map();
    let mut places: Vec<u64> = code(&map).iter().map(|it| it.start).collect();
    assert!(places.len() >= 8, "{map:#?}");
    // In other processes too.
    let program = format!(
        "{WORK}\nfor line in read_lines('/proc/self/maps') do if contains(line, 'pseudo-code') then print(line) end end"
    );
    for _ in 0..3 {
        let ran = Command::new(env!("CARGO_BIN_EXE_pseudo")).args(["--param=warmup=0", "-e", &program]).output()?;
        let map = parsed(&String::from_utf8_lossy(&ran.stdout));
        assert!(!map.is_empty() && ran.status.success(), "{ran:?}");
        places.extend(map.iter().map(|it| it.start));
    }
    let count = places.len();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), count, "two are the same: {places:x?}");
    let near = places.windows(2).filter(|pair| pair[1] - pair[0] < 1 << 32).count();
    assert!(near <= 2, "{near} of {count} lie near one another: {places:x?}");
    Ok(())
}

/// Sizes that overflow, or are more than there is: errors of the program, that it can catch, or nothing wrong; never a crash.
#[test]
fn absurd_sizes_are_errors() -> Result<(), Error> {
    let cases = [
        ("repeat('ab', MAX_INT)", "limit"),
        ("repeat('ab', MAX_INT div 2 + 1)", "limit"),
        ("repeat('', MAX_INT)", "none"),
        ("repeat('a', MIN_INT)", "value"),
        ("repeat(repeat('a', 1000000), 4294967296)", "limit"),
        ("pad_left('x', MAX_INT)", "limit"),
        ("pad_right('x', MAX_INT, 'ä')", "limit"),
        ("pad_left('x', MIN_INT)", "none"),
        ("fill(MAX_INT, 0)", "limit"),
        ("fill(MAX_INT div 8 + 1, 0)", "limit"),
        ("fill(2305843009213693952, 0.5)", "limit"),
        ("fill(MIN_INT, 0)", "value"),
        ("fill(100000000, true)", "limit"),
        ("range(MAX_INT)", "limit"),
        ("range(MIN_INT, MAX_INT)", "limit"),
        ("range(MAX_INT, MIN_INT, -1)", "limit"),
        ("range(MIN_INT, MAX_INT, MAX_INT)", "none"),
        ("len(MIN_INT..MAX_INT)", "value"),
        ("substr('abc', MAX_INT, MAX_INT)", "none"),
        ("slice('abc', MIN_INT, MAX_INT)", "none"),
        ("slice([1, 2, 3], MAX_INT, MIN_INT)", "none"),
        ("insert([1], MAX_INT, 2)", "index"),
        ("insert([1], MIN_INT, 2)", "index"),
        ("remove_at([1], MAX_INT)", "index"),
        ("[1][MAX_INT]", "index"),
        ("[1][-1]", "index"),
        ("[1][4294967296]", "index"),
        ("[1][2305843009213693952]", "index"),
        ("'a'[MAX_INT]", "index"),
        ("char(MAX_INT)", "value"),
        ("char(-1)", "value"),
        ("format('{:99999999999999999999}', 1)", "limit"),
        ("format('{:.99999999999999999999f}', 1.5)", "limit"),
        ("format('{:9223372036854775807}', 'x')", "limit"),
        ("format('{99999999999999999999}', 1)", "value"),
        ("json_stringify([[1]], MAX_INT)", "limit"),
        ("replace(repeat('a', 1000000), 'a', repeat('b', 1000000))", "limit"),
        ("join(fill(100000, repeat('a', 100000)), ',')", "limit"),
        ("split(repeat('a', 30000000), '')", "limit"),
        ("zip(fill(10000000, 0), fill(10000000, 0))", "limit"),
        ("sort(fill(100000000, 1.5))", "limit"),
        ("1 << 64", "none"),
        ("rotl(1, MAX_INT)", "none"),
        ("randint(MIN_INT, MAX_INT)", "none"),
    ];
    for (name, tier) in Tier::ALL {
        let mut vm = Vm::with_config(hot()?.tier(tier).max_memory(64 << 20).param("arrayguard", 1)?)?;
        for (expression, expected) in cases {
            // In a loop, so that what compiles is compiled.
            let text = format!(
                "let kind = nil\nfor i in 0..3 do\n  kind = 'none'\n  try\n    let x = {expression}\n  catch e\n    kind = e.kind\n  end\nend\nkind"
            );
            let kind: String = vm.eval(&text)?;
            assert_eq!(kind, expected, "{name}: {expression}");
        }
        // What grows by itself until there is no room.
        for grows in [
            "let s = 'ab'\nloop s = s + s end",
            "let s = 'ab'\nloop s += 'c' + s end",
            "let a = [1, 2]\nloop a = concat(a, a) end",
            "let a = [true]\nloop push(a, len(a) % 2 == 0) end",
            "let a = []\nloop push(a, 1.5) end",
            "let d = {}\nloop d[len(d)] = d end",
            "let d = {}\nloop d[str(len(d))] = 1 end",
            "let a = []\nloop a = [a, a] end",
            "class C end\nlet c = C()\nlet f = c\nloop\n  let n = C()\n  n.next = f\n  f = n\nend",
            "fn f(rest...) return f(rest, rest, rest) end\nlet r = f(1)",
            "fn f(n) return 1 + f(n + 1) end\nlet r = f(1)",
        ] {
            vm.set_max_time(Some(std::time::Duration::from_secs(20)));
            let error = vm.exec(grows).expect_err(grows);
            assert!(matches!(error.kind_name(), Some("limit" | "stack_overflow")), "{name}: {grows}: {error}");
        }
    }
    Ok(())
}

/// Functions whose frames are as large as they can be, called as deep as there is stack.
#[test]
fn large_frames_fit_the_stack() -> Result<(), Error> {
    for (name, tier) in Tier::ALL {
        let mut vm = Vm::with_config(hot()?.tier(tier))?;
        let locals: String = (0..200).map(|n| format!("  let v{n} = n + {n}\n")).collect();
        let sum: Vec<String> = (0..200).map(|n| format!("v{n}")).collect();
        vm.exec(&format!("fn big(n)\n{locals}  let below = big(n + 1)\n  return below + {}\nend", sum.join(" + ")))?;
        let error = vm.call::<i64>("big", (0,)).expect_err("it does not end");
        assert_eq!(error.kind_name(), Some("stack_overflow"), "{name}");
        let parameters: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
        let many = format!(
            "fn many({0})\n  return many({0}) + 1\nend\nmany({1})",
            parameters.join(", "),
            vec!["1"; 200].join(", ")
        );
        assert_eq!(vm.exec(&many).expect_err("it does not end").kind_name(), Some("stack_overflow"), "{name}");
    }
    Ok(())
}
