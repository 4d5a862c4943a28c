//! Limits of memory, depth and time, and Ctrl-C: with the compiler and without it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pseudo::{Outcome, RunOptions, STATUS_INTERRUPTED, Session, Tier};
use pseudo_vm::syntax::source::Source;

const MODES: &[&[&str]] = &[
    &["interp"],
    &["auto"],
    &["auto", "hotloop=2", "hotexit=1", "verify=1"],
    &["method", "methodloop=1", "methodcall=1"],
    &["auto", "gcstress=1"],
];

fn options(mode: &[&str]) -> RunOptions {
    let (_, tier) = Tier::ALL.into_iter().find(|(name, _)| *name == mode[0]).expect("a tier");
    let mut options = RunOptions { tier, capture: true, input: Some(Vec::new()), ..RunOptions::default() };
    for param in &mode[1..] {
        options.params.set(param).expect("a parameter");
    }
    options
}

fn run(options: RunOptions, program: &str) -> (Outcome, String) {
    let mut session = Session::new(options).expect("memory for a machine");
    let outcome = session.run(Source::new("test.pseudo", program));
    (outcome, String::from_utf8(session.take_output()).expect("output is UTF-8"))
}

/// Runs a program with so much memory, in all modes but the one that collects at each safepoint: that takes long.
#[track_caller]
fn in_memory(megabytes: usize, program: &str, mut check: impl FnMut(&Outcome, &str)) {
    for mode in &MODES[..4] {
        let (outcome, output) = run(RunOptions { max_memory: Some(megabytes << 20), ..options(mode) }, program);
        eprintln!("{mode:?}: {}", outcome.message);
        check(&outcome, &output);
    }
}

#[track_caller]
fn prints_in_memory(megabytes: usize, program: &str, expected: &str) {
    in_memory(megabytes, program, |outcome, output| {
        assert_eq!((outcome.message.as_str(), output), ("", expected), "{program}");
    });
}

/// Megabytes that hold not much more than the nursery.
const LITTLE: usize = 9;

/// Bodies of functions that need more and more memory for ever.
const GROWING: &[(&str, &str)] = &[
    ("ints", "let a = []\nlet i = 0\nloop\n a.push(i)\n i += 1\nend"),
    ("large ints", "let a = []\nlet i = 1 << 60\nloop\n a.push(i)\n a.push(nil)\n i += 1\nend"),
    ("floats", "let a = [0.5]\nloop a.push(a[0] * 2) end"),
    ("strings", "let a = []\nlet i = 0\nloop\n a.push('item ' + str(i))\n i += 1\nend"),
    ("doubling strings", "let s = 'x'\nloop s = s + s end"),
    ("appending", "let s = ''\nloop s = s + 'some text' end"),
    ("prepending", "let s = ''\nloop s = 'some text' + s end"),
    ("interpolating", "let s = ''\nloop s = \"${s}some more and more text\" end"),
    ("nested arrays", "let a = []\nloop a = [a] end"),
    ("linked closures", "let f = nil\nloop\n let old = f\n f = fn() return old end\nend"),
    ("linked objects", "let o = nil\nloop o = Node(o) end"),
    ("shared variables", "let fs = []\nloop\n let x = len(fs)\n fs.push(fn() x += 1 end)\nend"),
    ("dicts", "let d = {}\nlet i = 0\nloop\n d[i] = i\n i += 1\nend"),
    ("dicts of strings", "let d = {}\nlet i = 0\nloop\n d[str(i)] = [i]\n i += 1\nend"),
    ("large arrays", "let a = []\nloop a.push(fill(20_000, 1.5)) end"),
    ("arrays that double", "let a = [1, 2.5]\nloop a = concat(a, a) end"),
    ("large strings", "let a = []\nloop a.push('ab'.repeat(20_000)) end"),
    ("slices", "let s = 'ab'.repeat(100_000)\nlet a = []\nloop a.push(s.slice(1, 150_000)) end"),
    ("replacing", "let s = 'x'\nloop s = s.replace('x', 'xx') end"),
    ("padding", "let n = 1\nlet s = ''\nloop\n n = n * 2\n s = pad_left(s, n, 'é')\nend"),
    ("formatting", "let n = 1\nloop\n n = n * 2\n format(\"{:\" + str(n) + \"}\", 1)\nend"),
    ("digits", "let n = 1\nloop\n n = n * 2\n format(\"{:.\" + str(n) + \"f}\", 0.5)\nend"),
    ("splitting", "let s = 'a b '\nloop\n s = s + s\n s.split(' ')\nend"),
    ("characters", "let s = 'äö'\nloop\n s = s + s\n s.split('')\nend"),
    ("joining", "let a = ['x'.repeat(1000)]\nloop\n a = concat(a, a)\n a.join(', ')\nend"),
    ("texts", "let a = [1, 'two']\nloop\n a = [a, a]\n str(a)\nend"),
    ("pairs", "let a = [1]\nloop\n a = concat(a, a)\n enumerate(a)\n zip(a, a)\nend"),
    ("ranges", "let n = 1\nloop\n n = n * 2\n range(n)\nend"),
    ("mapping", "let a = [1]\nloop a = concat(a, a.map(fn(x) return x + 1 end)) end"),
    ("sorting", "let a = [2.5, 1]\nloop\n a = concat(a, a)\n a.sort()\nend"),
    ("merging", "let d = {}\nlet i = 0\nloop\n d = merge(d, {(i): i})\n i += 97\n d[-i] = items(d)\nend"),
    ("case", "let s = 'äb'\nloop\n s = s + s\n upper(s)\n s.reverse()\nend"),
    ("messages", "let s = 'x'\nloop\n s = s + s\n try assert(false, s) catch e end\nend"),
];

const NODE: &str = "class Node\n let next\n fn init(next) self.next = next end\nend\n";

#[test]
fn what_grows_for_ever_ends_with_an_error() {
    for (name, body) in GROWING {
        let program = format!("{NODE}print('begun')\nfn grow()\n{body}\nend\ngrow()\n");
        in_memory(LITTLE, &program, |outcome, output| {
            assert_eq!((outcome.status, output), (1, "begun\n"), "{name}: {}", outcome.message);
            assert!(outcome.message.contains("limit error"), "{name}: {}", outcome.message);
        });
    }
}

#[test]
fn what_grows_for_ever_can_be_caught_and_let_go() {
    for (name, body) in GROWING {
        // What `grow` held is garbage when it has been left: there is room again.
        let program = format!(
            "{NODE}fn grow()\n{body}\nend\nfor round in 0..3 do\n try grow() catch e print(e.kind) end\nend\n\
             let a = fill(300_000, 1)\nprint('goes on', len(a), 'with ' + str(a[7]))\n"
        );
        eprintln!("{name}");
        prints_in_memory(LITTLE, &program, "limit\nlimit\nlimit\ngoes on 300000 with 1\n");
    }
}

#[test]
fn who_holds_on_to_the_memory_is_told_again() {
    prints_in_memory(
        12,
        "let a = []\nlet caught = 0\nwhile caught < 3 do\n try\n  loop a = [a] end\n catch e\n  caught += 1\n \
         print('${e.kind}, for the ${caught}. time')\n end\nend\na = nil\nprint(len(fill(300_000, 1)))\n",
        "limit, for the 1. time\nlimit, for the 2. time\nlimit, for the 3. time\n300000\n",
    );
}

#[test]
fn garbage_does_not_count() {
    prints_in_memory(
        12,
        "let n = 0\nfor i in 0..40 do\n let a = fill(600_000, i)\n n += len(a)\nend\nprint(n)\n\
         n = 0\nfor i in 0..40 do n += len('ab'.repeat(1_000_000).upper()) end\nprint(n)\n\
         let s = 'x'.repeat(2_000_000)\nfor i in 0..40 do n += len([s.slice(1, 1_900_000)].map(len)) end\nprint(n)\n\
         let push = fn(a, x) a.push(x) end\nfor i in 0..40 do\n let a = fill(400_000, 0)\n push(a, 1)\n n += len(a)\nend\n\
         print(n)\n",
        "24000000\n80000000\n80000040\n96000080\n",
    );
    // Not even between two points where the program is asked, nor for a method that was taken off its object.
    let statements = "a = make(600_000, 1)\na = make(700_000, 2)\n".repeat(20);
    prints_in_memory(12, &format!("let make = fill\nlet a\n{statements}print(len(a))\n"), "700000\n");
    let statements = "a = longer(1_500_000)\na = longer(1_600_000)\n".repeat(20);
    prints_in_memory(12, &format!("let longer = 'ä'.repeat\nlet a\n{statements}print(len(a))\n"), "1600000\n");
}

#[test]
fn absurd_sizes_are_refused_at_once() {
    for call in ["fill(10 ** 15, 0)", "range(1 << 50)", "'ab'.repeat(1 << 60)", "pad_left('', 1 << 60)"] {
        let call = call.replace("10 ** 15", "1_000_000_000_000_000");
        prints_in_memory(12, &format!("try {call} catch e print(e.kind) end\n"), "limit\n");
    }
}

#[test]
fn ropes_are_compared_without_room_to_join_them() {
    prints_in_memory(
        12,
        "let s = 'ab'.repeat(1_300_000)\nlet a = s + s\nlet b = s + s\nlet c = s + s + 'x'\nlet d = a + 'x'\n\
         let many = []\nfor i in 0..20 do many.push(s + s) end\nlet room = fill(450_000, 1)\n\
         print(a == b, a < c, c > b, a != c, d == c, {(a): 1}[b])\n\
         try many.sort() catch e print(e.kind) end\n",
        "true true true true true 1\nlimit\n",
    );
}

#[test]
fn a_limit_above_what_the_process_may_have_is_lowered() {
    let growing = "let a = []\nloop a = [a] end";
    for option in ["", "--max-memory 100G"] {
        let script = format!("ulimit -v 200000; exec \"$0\" {option} -e \"$1\"");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_pseudo"), growing])
            .output()
            .expect("there is a shell");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("limit error"), "{message}");
    }
}

/// How deep `f(n)` nests calls.
type Depth = fn(u32) -> u32;

/// Functions `f`, and how deep `f(n)` nests calls. The last one catches what gets too deep by one.
const RECURSIVE: &[(&str, Depth)] = &[
    ("fn f(n) if n == 0 then return 0 end; return 1 + f(n - 1) end", |n| n + 1),
    ("fn f(n)\n let a, b = 1, [n]\n if n == 0 then return 0 end; return f(n - 1) + len(b) + a end", |n| n + 1),
    ("fn f(n)\n for i in 0..9 do if i == 8 and n > 0 then return 1 + f(n - 1) end end\n return 0\nend", |n| n + 1),
    ("fn f(n) if n == 0 then return 0 end; return f(n - 1) end", |_| 1),
    (
        "fn g(x) return x end\nfn f(n)\n let s = 0\n for i in 0..9 do s += g(i) end\n return if n == 0 then s else f(n - 1) end\nend",
        |n| n + 2,
    ),
    ("fn f(n) if n > 0 then [n - 1].map(f) end end", |n| 2 * n + 1),
    ("class C\n fn init(n) if n > 0 then C(n - 1) end end\nend\nfn f(n)\n C(n)\n return n\nend", |n| 2 * n + 3),
    (
        "fn h(n)\n try\n  return 1 + f(n)\n finally\n  g(n)\n end\nend\nfn g(n) end\nfn f(n) if n > 0 then h(n - 1) end\n return n\nend",
        |n| 2 * n + 1,
    ),
    (
        "fn g(n) throw n end\nfn f(n)\n for i in 0..9 do try g(i) catch e end end\n if n > 0 then f(n - 1) end\nend",
        |n| n + 1,
    ),
];

#[test]
fn depth_is_exact() {
    for (function, depth) in RECURSIVE {
        for mode in [MODES[0], MODES[1], MODES[2], &["auto", "hotloop=1", "exitstress=3"]] {
            for limit in [1, 2, 3, 8, 25] {
                for n in (0..limit + 2).filter(|&n| depth(n).abs_diff(limit) <= 2) {
                    let program = format!("{function}\nf({n})\nprint('done')\n");
                    let (outcome, output) = run(RunOptions { max_depth: Some(limit), ..options(mode) }, &program);
                    let fits = depth(n) <= limit;
                    assert_eq!(output == "done\n", fits, "{mode:?}, {limit}: {program}{}", outcome.message);
                    assert_eq!(outcome.message.contains("stack_overflow error"), !fits, "{}", outcome.message);
                }
            }
        }
    }
}

#[test]
fn depth_is_exact_where_loops_call() {
    // The same function from loops at different depths, hot long before it gets too deep.
    let program = "fn f(n)\n if n == 0 then return 0 end\n return 1 + f(n - 1)\nend\n\
         fn deeper(k, n)\n if k > 0 then return 1 + deeper(k - 1, n) end\n let s = 0\n for i in 0..70 do s += f(n) end\n \
         return s\nend\n\
         fn fits(k, n)\n try\n  deeper(k, n)\n  return true\n catch e\n  return false\n end\nend\n\
         for k in 0..20 do\n let most = -1\n for n in 0..25 do\n  if fits(k, n) then\n   if most == n - 1 then most = n end\n  \
         end\n end\n if most + k != 15 then print('wrong', k, most) end\nend\nprint('done')\n";
    for mode in MODES.iter().filter(|mode| !mode.contains(&"gcstress=1")) {
        let (outcome, output) = run(RunOptions { max_depth: Some(18), ..options(mode) }, program);
        let expected = (17..20).map(|k| format!("wrong {k} -1\n")).collect::<String>() + "done\n";
        assert_eq!(output, expected, "{mode:?}: {}", outcome.message);
    }
}

#[test]
fn too_deep_is_said_where_it_was_called() {
    let program = "fn f(n)\n    return 1 +\n        f(n + 1)\nend\nf(0)\n";
    let (outcome, _) = run(RunOptions { max_depth: Some(10), ..options(MODES[0]) }, program);
    assert!(outcome.message.contains("test.pseudo:3:10"), "{}", outcome.message);
    assert!(outcome.message.contains("(10 times)"), "{}", outcome.message);
}

#[test]
fn the_stack_is_deep_without_a_limit() {
    let program = "fn f(n)\n if n == 0 then return 0 end\n return 1 + f(n - 1)\nend\nprint(f(200_000))\n\
         try\n f(100_000_000)\ncatch e\n print(e.kind)\nend\n";
    for mode in &MODES[..2] {
        let (outcome, output) = run(options(mode), program);
        assert_eq!((outcome.message.as_str(), output.as_str()), ("", "200000\nstack_overflow\n"));
    }
}

#[test]
fn time_is_up_in_any_loop() {
    for program in [
        "loop end",
        "let x = 0\nloop x = x + 1 end",
        "fn f() return f() end\nf()",
        "let a = []\nwhile true do a.push(1); a.pop() end",
        "loop try loop end finally loop end end end",
    ] {
        for mode in MODES {
            let (outcome, _) = run(RunOptions { max_time: Some(Duration::from_millis(30)), ..options(mode) }, program);
            assert_eq!(outcome.status, 1, "{program}");
            assert!(outcome.message.contains("time limit of 0.03 s exceeded"), "{}", outcome.message);
            assert!(outcome.message.contains("limit error"), "{}", outcome.message);
        }
    }
}

#[test]
fn time_is_up_again_and_again() {
    let program = "let caught = 0\nwhile caught < 3 do\n try loop end catch e\n caught += 1\n print(e.kind) end\nend";
    for mode in MODES {
        let (outcome, output) = run(RunOptions { max_time: Some(Duration::from_millis(10)), ..options(mode) }, program);
        assert_eq!((outcome.status, output.as_str()), (0, "limit\nlimit\nlimit\n"), "{}", outcome.message);
    }
}

#[test]
fn time_is_up_between_rounds() {
    // Wherever a loop is interrupted, also one that does several rounds at once or keeps fields in registers, all that the
    // rounds before have done is there, and nothing of later ones. The loops that check are too short to be interrupted
    // for certain, but may be: then they are tried again.
    let program = r#"
class Count
    let n = 0
    let f = 0.0
end
fn elements(a, b, c)
    let s = 0
    try
        loop
            for i in 0..len(a) do
                a[i] = a[i] + 1
                s = s + 1
                b[i] = b[i] + 2.0
            end
        end
    catch e
        let t = 0
        for i in 0..len(a) do
            t = t + a[i]
            if b[i] != 2.0 * a[i] or a[i] > a[0] or a[i] < a[0] - 1 then return "wrong elements" end
        end
        return if t == s then "fine" else "wrong sum" end
    end
end
fn few_rounds(a, b, c)
    let n, t, u = 0, 0, 0
    try
        loop
            for i in 0..7 do
                t = t + 1
                u = u - 1
            end
            n = n + 1
        end
    catch e
        return if t + u == 0 and t - n * 7 in 0..8 then "fine" else "wrong counts" end
    end
end
fn downwards(a, b, c)
    let j, t, rounds = 0, 0, 0
    try
        loop
            j = len(a) - 1
            while j >= 0 do
                a[j] = a[j] ^ 1
                t = t + 1
                j = j - 1
            end
            rounds = rounds + 1
        end
    catch e
        return if t == rounds * len(a) + len(a) - 1 - j then "fine" else "wrong index" end
    end
end
fn fields(a, b, c)
    let s = 0
    try
        loop
            c.n = c.n + 1
            s = s + 1
            c.f = c.f + 0.5
        end
    catch e
        return if c.n == s and c.f == s * 0.5 then "fine" else "wrong fields" end
    end
end
for f in [elements, few_rounds, downwards, fields] do
    for k in 0..4 do
        let said = nil
        while said == nil do
            try said = f(fill(5000, 0), fill(5000, 0.0), Count()) catch e end
        end
        print(said)
    end
end
"#;
    for mode in MODES {
        let (outcome, output) = run(RunOptions { max_time: Some(Duration::from_millis(15)), ..options(mode) }, program);
        // Time may also be up where nothing catches it.
        assert!(outcome.status == 0 || outcome.message.contains("limit error"), "{mode:?}: {}", outcome.message);
        assert!(output.lines().all(|line| line == "fine"), "{mode:?}: {output}");
    }
}

#[test]
fn each_run_has_its_own_time() {
    let mut session =
        Session::new(RunOptions { max_time: Some(Duration::from_secs(3600)), ..options(MODES[1]) }).expect("memory");
    for _ in 0..3 {
        assert_eq!(session.run(Source::new("test.pseudo", "for i in 0..1000 do end")).status, 0);
    }
}

#[test]
fn an_interrupt_is_not_to_be_caught() {
    let program = "print('begun')\ntry\n loop end\ncatch e\n print('caught', e)\nfinally\n print('finally')\nend\n";
    for mode in MODES {
        let mut session = Session::new(options(mode)).expect("memory");
        session.interrupter().interrupt();
        let outcome = session.run(Source::new("test.pseudo", program));
        assert_eq!((outcome.status, session.take_output()), (STATUS_INTERRUPTED, b"begun\n".to_vec()));
        assert!(outcome.message.contains("interrupted") && outcome.message.contains(":3:"), "{}", outcome.message);
        // It has been dealt with: the next program runs.
        assert_eq!(session.run(Source::new("test.pseudo", "for i in 0..1000 do end")).status, 0);
    }
}

/// A program that says when it has begun, by more than is held back.
fn started(arguments: &[&str], program: &str) -> (Child, BufReader<impl Read + use<>>) {
    let program = format!("for i in 0..10_000 do print('begun ' + str(i)) end\n{program}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_pseudo"))
        .args(arguments)
        .args(["-e", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it begins");
    assert_eq!(line, "begun 0\n");
    (child, output)
}

fn press_ctrl_c(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is `kill`");
    assert!(status.success());
}

#[test]
fn ctrl_c_ends_the_program() {
    for (mode, program) in [("on", "loop end"), ("off", "loop end"), ("on", "try loop end catch e end\nloop end")] {
        let (mut child, mut output) = started(&["--jit", mode], program);
        press_ctrl_c(&child);
        let (mut out, mut err) = (String::new(), String::new());
        output.read_to_string(&mut out).expect("UTF-8");
        child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{err}");
        // It may have been interrupted while it printed. What it printed is there.
        assert!(out.lines().enumerate().all(|(index, line)| line == format!("begun {}", index + 1)), "{out}");
        assert!(err.contains("interrupted") && err.contains("-e:"), "{err}");
    }
}

#[test]
fn ctrl_c_ends_waiting_for_input() {
    let (mut child, mut output) = started(&[], "print(input('?'))\nloop end");
    let mut out = Vec::new();
    while !out.ends_with(b"?") {
        output.read_until(b'?', &mut out).expect("it asks");
    }
    // It may not have begun to wait: once it has, one signal is enough, and the second ends it in any case.
    std::thread::sleep(Duration::from_millis(100));
    press_ctrl_c(&child);
    let status = child.wait().expect("it ends");
    assert_eq!((status.code(), status.signal()), (Some(130), None));
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
    assert!(err.contains("interrupted"), "{err}");
}

#[test]
fn limits_on_the_command_line() {
    let ran = |arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pseudo"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        // A command that does not read its input may have ended.
        let _ = child.stdin.take().expect("piped").write_all(b"line\n");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, message) = ran(&["--max-memory", "10M", "-e", "let a = []\nloop a = [a] end"]);
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("out of memory: the program uses") && message.contains("of 10 MB"), "{message}");
    let (status, message) = ran(&["--max-depth", "5", "-e", "fn f() return 1 + f() end\nf()"]);
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("calls are nested too deeply"), "{message}");
    let (status, message) = ran(&["--max-time", "0.01", "-e", "loop end"]);
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("time limit of 0.01 s exceeded"), "{message}");
    for (option, value, complaint) in [
        ("--max-memory", "lots", "`lots` is not a size"),
        ("--max-memory", "1M", "too little"),
        ("--max-depth", "-1", "`-1` is not a depth"),
        ("--max-depth", "0", "no function can be called"),
        ("--max-time", "never", "`never` is not a time"),
        ("--max-time", "0", "`0` is not a time"),
        ("--max-time", "-1", "`-1` is not a time"),
    ] {
        for (status, message) in
            [ran(&[&format!("{option}={value}"), "-e", "print(1)"]), ran(&[option, value, "-e", "print(1)"])]
        {
            assert_eq!(status, Some(2), "{message}");
            assert!(message.contains(option) && message.contains(complaint), "{message}");
        }
    }
}
