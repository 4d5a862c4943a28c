//! The command as its users see it: arguments, statuses, messages, streams.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pseudo"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a run left behind.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("all that is written is UTF-8");
        let ran = Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }
}

fn run(arguments: &[&str]) -> Ran {
    command(arguments).output().expect("the command runs").into()
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().expect("the command runs");
    child.stdin.take().expect("piped").write_all(input).expect("it is read");
    child.wait_with_output().expect("it ends").into()
}

/// A file with this text, in a folder that each test run overwrites. Names must differ from test to test.
fn file(name: &str, text: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder is there");
    path.into_os_string().into_string().expect("its path is UTF-8")
}

/// The program ended well and printed this, and nothing to standard error.
#[track_caller]
fn prints(ran: &Ran, out: &str) {
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (Some(0), out, ""));
}

/// It ended with a status, and each text is in what went to standard error.
#[track_caller]
fn complains(ran: &Ran, status: i32, texts: &[&str]) {
    assert_eq!(ran.status, Some(status), "{ran:?}");
    for text in texts {
        assert!(ran.err.contains(text), "`{text}` is not in:\n{}", ran.err);
    }
}

const HOT: &str = "let x = 0\nfor i in 0..1000 do\n    x = x + i\nend\nprint(x)\n";

#[test]
fn a_file_with_arguments() {
    let path = file("arguments.pseudo", "print(args())\n");
    prints(&run(&[&path]), "[]\n");
    prints(&run(&[&path, "a", "b c", ""]), "[\"a\", \"b c\", \"\"]\n");
    prints(&run(&[&path, "--", "--jit", "-x"]), "[\"--jit\", \"-x\"]\n");
}

#[test]
fn a_text() {
    prints(&run(&["-e", "print(1 + 2)"]), "3\n");
    prints(&run(&["-e", "print(args())", "a", "b"]), "[\"a\", \"b\"]\n");
}

#[test]
fn standard_input_is_the_program() {
    prints(&run_with_input(&["-"], b"print(\"from input\")"), "from input\n");
    complains(&run_with_input(&["-"], b"print(\n1 +"), 2, &["stdin:2:"]);
}

#[test]
fn standard_input_is_the_programs() {
    prints(&run_with_input(&["-e", "let x\ninput x\nprint(x + \"!\")"], b"one\ntwo\n"), "one!\n");
}

#[test]
fn the_compiler_can_be_off() {
    prints(&run(&["--jit", "off", "-e", HOT]), "499500\n");
    prints(&run(&["--jit", "on", "-e", HOT]), "499500\n");
    complains(&run(&["--jit", "maybe", "-e", HOT]), 2, &["maybe", "on", "off"]);
    let ran = run(&["--jit", "off", "--trace-dump", "-e", HOT]);
    prints(&ran, "499500\n");
}

#[test]
fn parameters() {
    prints(&run(&["--param", "hotloop=1", "--param", "verify=1", "-e", HOT]), "499500\n");
    complains(&run(&["--param", "hotlop=1", "-e", HOT]), 2, &["`hotlop`", "hotloop"]);
    complains(&run(&["--param", "hotloop=x", "-e", HOT]), 2, &["`hotloop`", "`x`"]);
    complains(&run(&["--param", "hotloop=0", "-e", HOT]), 2, &["`hotloop`", "from 1"]);
    complains(&run(&["--param", "hotloop", "-e", HOT]), 2, &["NAME=VALUE"]);
}

#[test]
fn passes() {
    for list in ["none", "all", "-licm", "-licm,+licm,-cse"] {
        prints(&run(&["--passes", list, "--param", "verify=1", "-e", HOT]), "499500\n");
        prints(&run(&[&format!("--passes={list}"), "-e", HOT]), "499500\n");
    }
    let ran = run(&["--passes", "-nosuch", "-e", HOT]);
    complains(&ran, 2, &["nosuch", "licm"]);
    assert_eq!(ran.out, "", "nothing was run");
}

/// Rounds of a loop that always has few are part of the trace of the loop around it.
#[test]
fn a_loop_of_few_rounds_waits_for_the_loop_around_it() {
    let program = "fn f(n)\n    let s = 0\n    for r in 0..n do\n        for i in 0..4 do s = s ^ (i * r) end\n    end\n    \
                   return s\nend\nprint(f(3000))";
    let recorded = |text: &str| text.matches(": recording loop").count();
    let ran = run(&["--trace-dump", "-e", program]);
    assert!(ran.err.contains("---- a loop of few rounds, in f at -e:4"), "{}", ran.err);
    assert!(ran.err.contains(": recording loop, in f at -e:3"), "{}", ran.err);
    assert_eq!(recorded(&ran.err), 1, "{}", ran.err);
    let at_once = run(&["--trace-dump", "--param", "shortloop=0", "-e", program]);
    assert!(at_once.err.contains("---- trace 1: recording loop, in f at -e:4"), "{}", at_once.err);
    assert_eq!(ran.out, at_once.out);
    // A loop over the elements of a short list does as well.
    let over_list = "fn f(n, list)\n    let s = 0\n    for r in 0..n do\n        for e in list do s = s ^ (e * r) end\n    end\n    \
                     return s\nend\nprint(f(3000, [1, 2, 3]))";
    let ran = run(&["--trace-dump=events", "-e", over_list]);
    assert!(ran.err.contains("---- a loop of few rounds, in f at -e:4"), "{}", ran.err);
    assert!(ran.err.contains(": recording loop, in f at -e:3"), "{}", ran.err);
    assert_eq!((recorded(&ran.err), ran.out.as_str()), (1, "13400\n"), "{}", ran.err);
    // Where nothing is around it that gets hot, it waits no longer than it must.
    let alone = "fn f(r)\n    let s = 0\n    for i in 0..4 do s = s ^ (i * r) end\n    return s\nend\nprint(f(1))\n";
    let calls = "f(2)\n".repeat(3000);
    let ran = run(&["--trace-dump", "-e", &format!("{alone}{calls}")]);
    assert!(ran.err.contains(": recording loop, in f at -e:3"), "{}", ran.err);
}

/// A loop over so many elements that each look at it comes in its last round is looked at otherwise the next time.
#[test]
fn a_loop_is_not_always_recorded_in_its_last_round() {
    let program = "fn f(n, items)\n    let s = 0\n    for r in 0..n do\n        for x in items do if x >= 0 then s = s ^ (x * r) end end\n    end\n    \
                   return s\nend\nprint(f(3000, range(8)))";
    let ran = run(&["--trace-dump", "-e", program]);
    assert!(ran.err.contains("the loop was left in the round that was recorded"), "{}", ran.err);
    assert!(ran.err.contains("---- trace 1: recording loop, in f at -e:4"), "{}", ran.err);
    assert!(ran.err.contains("---- trace 1: compiled"), "{}", ran.err);
    assert!(ran.err.contains(": recording side trace of trace 1"), "{}", ran.err);
    assert_eq!(ran.out, run(&["--jit", "off", "-e", program]).out);
}

/// Where conditions choose in the rounds of an inner loop, side traces lead to a trace of that loop: one for each way through
/// all rounds would be 256 of them.
#[test]
fn side_traces_do_not_follow_many_rounds_of_inner_loops() {
    let program = "fn f(n)\n    let s, seed = 0, 1\n    for r in 0..n do\n        for i in 0..7 do\n            \
                   seed = seed * 16807 % 2147483647\n            \
                   if seed & 64 == 0 then s = s ^ (i * r) else s = s + seed end\n        end\n    end\n    return s\nend\n\
                   print(f(20000))";
    // As if none of them could be a choice, and each way had an end of its own.
    let guarded = ["--trace-dump", "--param", "watch=0", "--param", "sharesides=1000", "-e", program];
    let ran = run(&guarded);
    let sides = ran.err.matches(": recording side trace").count();
    assert!(sides < 20, "{sides} side traces");
    assert!(ran.err.contains("an inner loop of many rounds is not compiled yet"), "{}", ran.err);
    assert_eq!(ran.out, run(&["--jit", "off", "-e", program]).out);
    let followed = run(&[&["--param", "sideunroll=15"], &guarded[..]].concat());
    assert!(followed.err.matches(": recording side trace").count() > 2 * sides);
    assert_eq!(ran.out, followed.out);
}

#[test]
fn perf_gets_a_map_of_the_code() {
    let program =
        "fn f(n)\n    let s = 0\n    for i in 0..n do s = s ^ (i * i) end\n    return s\nend\nprint(f(100000))";
    for (tier, expected) in [("trace", "trace 1: loop, f at -e:3"), ("method", "function: f at -e:3")] {
        let child = command(&["--perf", "--tier", tier, "-e", program]).spawn().expect("the command runs");
        let path = format!("/tmp/perf-{}.map", child.id());
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        assert_eq!((ran.status, &*ran.err), (Some(0), ""));
        let map = std::fs::read_to_string(&path).expect("the map is there");
        std::fs::remove_file(&path).expect("it is ours");
        let mut names = Vec::new();
        for line in map.lines() {
            let (address, rest) = line.split_once(' ').expect("three parts");
            let (size, name) = rest.split_once(' ').expect("three parts");
            let hex = |word| u64::from_str_radix(word, 16).expect("a number");
            assert!(hex(address) > 0 && hex(size) > 0, "{line}");
            names.push(name);
        }
        assert!(names.contains(&expected), "{names:?}");
    }
}

#[test]
fn the_trace_dump_has_everything() {
    let arguments = ["--trace-dump", "-e", HOT];
    let ran = run(&arguments);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "499500\n"));
    let wanted = [
        "---- trace 1: recording loop",
        "-e:2",
        "for i in 0..1000 do",
        "\nbytecode\n",
        "x = x + i",
        "\nIR as recorded\n",
        "snapshot",
        "guard",
        "add",
        "\nIR after all passes, and snapshots\n",
        "\nmachine code (",
        "\nexits\n",
        "  exit 0: from ",
        "\nlink to its own loop\n",
        "---- trace 1: compiled",
    ];
    complains(&ran, 0, &wanted);
    assert_eq!(run(&arguments).err, ran.err, "two runs, two dumps");
}

#[test]
fn the_trace_dump_shows_side_traces_and_is_the_same_each_time() {
    let path = file(
        "sides.pseudo",
        "let odd = 0\nlet text = \"\"\nlet list = [1.5, 2, \"c\"]\nfor i in 0..2000 do\n    if i % 3 == 0 then\n        odd += 1\n    \
         end\n    text = \"${list[i % 3]}\"\nend\nprint(odd, text)\n",
    );
    let arguments = ["--trace-dump", "--param", "hotloop=3", "--param", "hotexit=2", &path];
    let ran = run(&arguments);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "667 2\n"), "{}", ran.err);
    let wanted = [
        "\npass ",
        "---- a conditional, in main at ",
        ": both ways are recorded from now on",
        "recording side trace of trace ",
        "exits taken to the interpreter",
    ];
    complains(&ran, 0, &wanted);
    for _ in 0..3 {
        assert_eq!(run(&arguments).err, ran.err);
    }
}

#[test]
fn the_trace_dump_shows_abandoned_recordings() {
    let ran = run(&["--trace-dump", "--param", "maxrecord=3", "-e", HOT]);
    complains(
        &ran,
        0,
        &["---- trace 1: abandoned (loop, in main at -e:2)\n", "-e:2: for i in 0..1000 do", "tried again after"],
    );
    assert_eq!(ran.out, "499500\n");
    assert!(ran.err.contains("more bytecode instructions than a trace may have"), "{}", ran.err);
    let ran = run(&["--trace-dump", "--param", "maxrecord=3", "--param", "retries=0", "-e", HOT]);
    complains(&ran, 0, &["tried again after 224 more", "tried again after 896 more"]);
    let ran = run(&["--trace-dump", "--param", "maxtrace=1", "-e", HOT]);
    complains(&ran, 0, &["---- hot, but no trace more than `maxtrace` allows, in main at -e:2\n"]);
    let program = "let t = \"\"\nfor i in 0..2000 do\n    if len(t) > 20 then t = \"\" else t = t + \"x\" end\nend\n";
    let ran = run(&["--trace-dump", "--param", "maxside=0", "-e", program]);
    complains(&ran, 0, &["---- hot, but no trace more than `maxside` allows, in main at -e:"]);
}

#[test]
fn the_trace_dump_takes_parts_a_file_and_conditions() {
    let path = file("dumped.txt", "");
    let ran = run(&["--trace-dump=json", "--trace-dump-file", &path, "-e", HOT]);
    prints(&ran, "499500\n");
    let written = std::fs::read_to_string(&path).expect("it is there");
    assert!(written.starts_with("{\"event\":\"begin\",\"version\":1,"), "{written}");
    assert!(written.contains("\n{\"event\":\"compiled\""), "{written}");
    let ran = run(&["--trace-dump=summary", "-e", HOT]);
    complains(&ran, 0, &["---- summary\n", "itself", "loop, in main at -e:2"]);
    assert!(!ran.err.contains("machine code ("), "{}", ran.err);
    let ran = run(&["--trace-dump=events", "--trace-dump-filter", "line=1", "-e", HOT]);
    assert!(!ran.err.contains("recording loop"), "{}", ran.err);
    for (arguments, message) in [
        (["--trace-dump=mir", "-e", HOT], "no part of a trace dump is called `mir`; there are events, bytecode,"),
        (["--trace-dump-filter=line=2", "-e", HOT], "there is no trace dump: `--trace-dump` asks for one"),
        (["--trace-dump-file=x.txt", "-e", HOT], "there is no trace dump: `--trace-dump` asks for one"),
    ] {
        complains(&run(&arguments), 2, &[message]);
    }
    let ran = run(&["--trace-dump", "--trace-dump-filter", "lines=2", "-e", HOT]);
    complains(&ran, 2, &["`lines=2` is no condition of a trace dump; expected `function=NAME`, `line=N`"]);
    let ran = run(&["--trace-dump", "--trace-dump-file", "/no/such/folder/dump.txt", "-e", HOT]);
    complains(&ran, 2, &["the trace dump cannot be written to `/no/such/folder/dump.txt`"]);
}

#[test]
fn loops_are_explained() {
    let program = "let odd = 0\nlet list = []\nfor i in 0..2000 do\n    if i % 3 == 0 then\n        push(list, i)\n    end\n    \
                   odd += i\nend\nfor i in 0..3 do\n    print(i)\nend\nlet x = 1\nwhile x < 1000000 do\n    x = x + x * 0.5\nend\n";
    let path = file("explained.pseudo", program);
    let ran = run(&["explain", &path]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    for text in [
        "explained.pseudo:3: for i in 0..2000 do\n  Compiled as trace 1: ",
        "  Done once, before the loop:\n",
        "  Tested in each round",
        "    line 4: the condition goes the way that it went when the loop was recorded: failed ",
        "explained.pseudo:9: for i in 0..3 do\n  It has no trace of its own.",
    ] {
        assert!(ran.out.contains(text), "`{text}` is not in:\n{}", ran.out);
    }
    let one = run(&["explain", &format!("{path}:9")]);
    assert!(one.out.contains(":9: for i") && !one.out.contains(":3: for i"), "{}", one.out);
    let given_up = run(&["explain", "--tier", "trace", "--param", "maxrecord=3", &format!("{path}:3")]);
    for text in ["Recording it was given up", "What you could change: move a part of the loop into a loop of its own"] {
        assert!(given_up.out.contains(text), "`{text}` is not in:\n{}", given_up.out);
    }
    let ran = run(&["explain", &format!("{path}:4")]);
    complains(&ran, 2, &["error: no loop begins on line 4 of ", "there are some on lines 3, 9, 13"]);
    complains(&run(&["explain", "nowhere.pseudo:3"]), 2, &["there is no file `nowhere.pseudo`"]);
    complains(&run(&["explain", "-e", "let = 1"]), 2, &["-e:1:5"]);
    let ending = run(&["explain", "-e", "for i in 0..3 do\n    print(i)\nend\nexit(2)"]);
    assert_eq!(ending.status, Some(0));
    assert!(ending.out.contains("-e:1: for i") && ending.out.contains("ended with status 2.\n"), "{}", ending.out);
    let failing = run(&["explain", "-e", "for i in 0..3 do\n    throw \"no\"\nend"]);
    assert!(failing.out.contains("The program ended with status 1.\n"), "{}", failing.out);
}

#[test]
fn the_bytecode_is_shown_and_not_run() {
    let ran = run(&["--bytecode", "-e", "fn double(x) return x * 2 end\nprint(double(21))"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    assert!(!ran.out.contains("42"), "{}", ran.out);
    for text in ["double", "mul", "call", "return"] {
        assert!(ran.out.contains(text), "`{text}` is not in:\n{}", ran.out);
    }
    complains(&run(&["--bytecode", "-e", "let x = = 1"]), 2, &["-e:1:9"]);
}

#[test]
fn statistics() {
    let ran = run(&["--stats", "-e", HOT]);
    assert_eq!(ran.out, "499500\n");
    let lines = ["traces", "time in compiled code", "time collecting", "exits per second"];
    complains(&ran, 0, &lines);
    complains(&run(&["--stats", "--jit", "off", "-e", HOT]), 0, &["the compiler is off"]);
}

#[test]
fn tiers() {
    for (tier, _) in pseudo::Tier::ALL {
        prints(&run(&["--tier", tier, "-e", HOT]), "499500\n");
    }
    complains(&run(&["--tier", "none", "-e", HOT]), 2, &["none", "interp", "method", "trace", "auto"]);
    complains(&run(&["--stats", "--tier", "interp", "-e", HOT]), 0, &["the compiler is off"]);
    let ran = run(&["--stats", "--tier", "method", "-e", HOT]);
    complains(&ran, 0, &["whole functions             1, ", "traces                      0 loops"]);
    let ran = run(&["--stats", "--tier", "trace", "-e", HOT]);
    complains(&ran, 0, &["whole functions             0, 0 bytes"]);
}

#[test]
fn whole_functions_are_dumped() {
    let program =
        "fn f(n)\n    let x = n * 2\n    return x + 1\nend\nlet s = 0\nfor i in 0..200 do s += f(i) end\nprint(s)";
    let ran = run(&["--tier", "method", "--trace-dump", "-e", program]);
    complains(
        &ran,
        0,
        &[
            "---- whole function, in f at -e:1",
            "machine code (",
            "; f at -e:2: let x = n * 2",
            "mul.k",
            "handler of",
            "back at",
        ],
    );
    // The same in two runs.
    assert_eq!(ran.err, run(&["--tier", "method", "--trace-dump", "-e", program]).err);
}

#[test]
fn version_and_help() {
    let ran = run(&["--version"]);
    prints(&ran, &format!("pseudo {}\n", env!("CARGO_PKG_VERSION")));
    let ran = run(&["--help"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    for text in
        ["FILE", "ARGS", "-e", "--jit", "--tier", "--param", "--passes", "--trace-dump", "--bytecode", "--stats"]
    {
        assert!(ran.out.contains(text), "{text}");
    }
    for info in pseudo_codegen::engine::PARAMS {
        assert!(ran.out.contains(&format!("  {}", info.name)), "{}", info.name);
    }
    for pass in pseudo_trace::opt::PASSES {
        assert!(ran.out.contains(&format!("  {}", pass.name)), "{}", pass.name);
    }
}

#[test]
fn the_command_line_is_wrong() {
    complains(&run(&[]), 2, &["no program was given"]);
    complains(&run(&["--nosuch"]), 2, &["--nosuch"]);
    complains(&run(&["-e"]), 2, &["-e"]);
}

#[test]
fn statuses() {
    prints(&run(&["-e", ""]), "");
    for (code, status) in [
        ("exit(0)", 0),
        ("exit(7)", 7),
        ("exit(256 + 3)", 3),
        ("exit(-1)", 255),
        ("for i in 0..1000 do if i == 900 then exit(4) end end", 4),
        ("fn f() exit(5) end\nf()\nprint(1)", 5),
    ] {
        let ran = run(&["-e", code]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (Some(status), "", ""), "{code}");
    }
    complains(&run(&["-e", "[1][2]"]), 1, &["-e:1:4"]);
    complains(&run(&["-e", "print(nosuch)"]), 2, &["nosuch", "-e:1:7"]);
}

#[test]
fn bad_sources_are_errors_with_a_place() {
    for (name, text, place) in [
        ("unclosed.pseudo", "let x = 1\nlet s = \"abc\nprint(s)\n", "unclosed.pseudo:2:9"),
        ("missing_end.pseudo", "let x = 1\nif x == 1 then\n    print(x)\n", "missing_end.pseudo:"),
        ("two_signs.pseudo", "let x = = 1\n", "two_signs.pseudo:1:9"),
        ("comment.pseudo", "print(1)\n/* never closed", "comment.pseudo:2:1"),
        ("character.pseudo", "let x = 1 @ 2\n", "character.pseudo:1:11"),
    ] {
        let ran = run(&[&file(name, text)]);
        complains(&ran, 2, &["error", place]);
        assert_eq!(ran.out, "", "nothing is run");
    }
}

#[test]
fn every_error_is_reported() {
    let path = file("several.pseudo", "let x = = 1\nlet y = 2\nlet z = ) + 3\nif y then\n    y = * 2\nend\n");
    complains(&run(&[&path]), 2, &["several.pseudo:1:9", "several.pseudo:3:9", "several.pseudo:5:9", "3 errors"]);
}

#[test]
fn a_hundred_thousand_parentheses() {
    let text = format!("print({}1{})", "(".repeat(100_000), ")".repeat(100_000));
    let ran = run(&[&file("parentheses.pseudo", text)]);
    complains(&ran, 2, &["nested too deeply", "parentheses.pseudo:1:"]);
    assert!(ran.err.len() < 10_000, "the message is not as long as the line: {} bytes", ran.err.len());
    complains(&run(&[&file("open.pseudo", "(".repeat(100_000))]), 2, &["open.pseudo:1:"]);
}

#[test]
fn not_utf_8() {
    let ran = run(&[&file("latin.pseudo", b"print(\"caf\xe9\")\n")]);
    complains(&ran, 2, &["latin.pseudo:1:11", "UTF-8", "offset 10"]);
    let ran = run(&[&file("latin_later.pseudo", b"print(1)\n// \xc3\xa9 \xe9\n")]);
    complains(&ran, 2, &["latin_later.pseudo:2:6", "offset 15"]);
    assert_eq!(ran.out, "");
    let ran = run_with_input(&["-"], b"\xff");
    complains(&ran, 2, &["stdin:1:1", "UTF-8", "offset 0"]);
}

#[test]
fn sources_that_are_empty_or_not_there() {
    prints(&run(&[&file("empty.pseudo", "")]), "");
    prints(&run(&[&file("blank.pseudo", "\u{feff}\n\r\n  // nothing\n")]), "");
    prints(&run_with_input(&["-"], b""), "");
    complains(&run(&["nosuch.pseudo"]), 2, &["error: there is no file `nosuch.pseudo`"]);
    complains(&run(&[env!("CARGO_TARGET_TMPDIR")]), 2, &["is a directory"]);
}

#[test]
fn an_uncaught_error_shows_where_and_keeps_the_output() {
    let path = file(
        "uncaught.pseudo",
        "fn inner(a, i)\n    return a[i]\nend\nfn outer()\n    let x = inner([1, 2], 5)\n    return x\nend\nprint(\"before\")\n\
         outer()\nprint(\"after\")\n",
    );
    for jit in ["on", "off"] {
        let ran = run(&["--jit", jit, &path]);
        assert_eq!(ran.out, "before\n");
        let wanted = [
            "uncaught.pseudo:2:",
            "return a[i]",
            "^",
            "index error",
            "call stack",
            "uncaught.pseudo:5:",
            "uncaught.pseudo:9:",
        ];
        complains(&ran, 1, &wanted);
        assert!(!ran.err.contains('\u{1b}'), "colour is for terminals only");
    }
}

#[test]
fn output_of_a_hot_loop_is_kept_before_an_error() {
    let code = "for i in 0..1000 do\n    if i == 700 then nil.stop() end\n    print(i)\nend";
    let ran = run(&["-e", code]);
    assert_eq!(ran.out, (0..700).map(|i| format!("{i}\n")).collect::<String>());
    complains(&ran, 1, &["type error", "-e:2:"]);
}

/// Standard output and standard error are the same pipe here: what was printed comes before the message about what
/// happened after it.
#[test]
fn output_comes_before_the_message() {
    let script = "exec \"$0\" \"$@\" 2>&1";
    let ran: Ran = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_pseudo"), "--stats", "-e", "print(\"first\")\nnil + 1"])
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell")
        .into();
    assert_eq!(ran.status, Some(1));
    let places =
        ["first\n", "error", "traces"].map(|text| ran.out.find(text).unwrap_or_else(|| panic!("no {text}: {ran:?}")));
    assert!(places.is_sorted(), "{}", ran.out);
}

#[test]
fn a_closed_pipe_is_no_panic() {
    for code in ["loop print(\"yes\") end", "for i in 0..300_000 do print(i) end"] {
        let mut child: Child = command(&["-e", code]).spawn().expect("the command runs");
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
        let status = child.wait().expect("it ends");
        assert!(!err.contains("panicked"), "{code}: {err}");
        assert_eq!((status.code(), err.as_str()), (Some(128 + 13), ""), "{code}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    for code in ["loop print(\"yes\") end", "print(1)"] {
        for jit in ["on", "off"] {
            let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
            let ran = command(&["--jit", jit, "-e", code]).stdout(full).output().expect("the command runs").into();
            complains(&ran, 1, &["cannot write the output"]);
        }
    }
}

#[test]
fn deep_recursion() {
    let code = "fn f(n)\n    if n == 0 then return 0 end\n    return 1 + f(n - 1)\nend\nprint(f(200_000))";
    for jit in ["on", "off"] {
        prints(&run(&["--jit", jit, "-e", code]), "200000\n");
    }
}

#[test]
fn endless_recursion_is_an_error() {
    // Calls from the same place are one line; of others the middle is left out.
    let function = "fn f(n) return 1 + f(n + 1) end\n";
    let two = "fn f(n) return 1 + g(n + 1) end fn g(n) return 1 + f(n + 1) end\n".replace("end fn", "end\nfn");
    for (functions, wanted) in [(function, " times)\n  main at -e:3:2\n"), (&two, "more calls ...\n")] {
        for jit in ["on", "off"] {
            let ran = run(&["--jit", jit, "-e", &format!("{functions}print(\"before\")\nf(0)")]);
            complains(&ran, 1, &["stack_overflow", "-e:1:", wanted]);
            assert_eq!(ran.out, "before\n");
            assert!(ran.err.len() < 1000, "{}", ran.err);
        }
    }
}

/// An error in a function that was inlined into a trace has the stack that it would have without a compiler.
#[test]
fn call_stacks_do_not_depend_on_the_compiler() {
    let inlined = "fn c(list)\n    let first = list[0]\n    return first + 1\nend\nfn b(x)\n    let r = c(x)\n    return r\nend\n\
                   fn a(x)\n    let r = b(x)\n    return r\nend\n";
    let data = "let data = fill(3000, [0])\ndata[2900] = ";
    let sum = "\nlet s = 0\nfor i in 0..3000 do\n    s += a(data[i])\nend\n";
    let programs = [
        // An operator, an index and the class of a value, each wrong in one round only.
        format!("{inlined}{data}[\"x\"]{sum}"),
        format!("{inlined}{data}[]{sum}"),
        format!("{inlined}{data}nil{sum}"),
        // A builtin that throws, in a closure that a loop in another function calls.
        "fn run(f)\n    for i in 0..3000 do f(i) end\nend\nlet last = 0\nrun(fn(i)\n    let x = i\n    if i == 2500 then x = \"a\" end\n    \
         last = abs(x)\nend)\n"
            .to_string(),
        // A method, and what is thrown rather than done wrong.
        "class P\n    fn check(n)\n        if n == 2500 then throw Error(\"too many\", \"limit\") end\n        return n\n    end\nend\n\
         let p = P()\nfn use(n)\n    let x = p.check(n)\n    return x\nend\nfor i in 0..3000 do use(i) end\n"
            .to_string(),
        // Recursion within a loop, and a builtin that is written in Pseudocode around the function.
        "fn down(n, d)\n    if n == 0 then return 100 div d end\n    let x = down(n - 1, d)\n    return x\nend\n\
         let x = map(range(3000), fn(i) return 1 + down(3, 2000 - i) end)\n"
            .to_string(),
        // The loop's own round, after the loop that it contains.
        "let t = 0\nfor i in 0..200 do\n    for j in 0..20 do t += j end\n    t = t + (if i == 150 then nil else 1 end)\nend\n".to_string(),
    ];
    for program in programs {
        let interpreted = run(&["--jit", "off", "-e", &program]);
        assert_eq!(interpreted.status, Some(1), "{program}\n{interpreted:?}");
        assert!(interpreted.err.contains(" --> -e:"), "{}", interpreted.err);
        for parameters in
            ["", "hotloop=1 hotexit=1", "hotloop=1 hotcall=1", "hotloop=2 registers=4", "hotloop=1 exitstress=2"]
        {
            let mut arguments = vec!["-e", program.as_str()];
            arguments.extend(parameters.split_whitespace().flat_map(|parameter| ["--param", parameter]));
            assert_eq!(run(&arguments).err, interpreted.err, "{parameters}\n{program}");
        }
    }
}

#[test]
fn an_error_that_is_thrown_again_says_where_it_came_from() {
    let code = "fn f()\n    return nil + 1\nend\ntry\n    f()\ncatch e\n    print(e.line)\n    throw e\nend\n";
    let ran = run(&["-e", code]);
    assert_eq!(ran.out, "2\n");
    complains(&ran, 1, &["-e:8:5", "thrown again here", "this type error was first thrown at line 2"]);
    // `finally` does not throw again.
    let ran = run(&["-e", "fn f()\n    return nil + 1\nend\ntry\n    let x = f()\nfinally\n    print(1)\nend\n"]);
    complains(&ran, 1, &["-e:2:16", "type error\ncall stack, innermost first:\n  f at -e:2:16\n  main at -e:5:14\n"]);
}

#[test]
fn names_of_other_languages_are_explained() {
    for (code, status, text) in [
        ("[1].length", 1, "did you mean `len`?"),
        ("\"a\".toUpperCase()", 1, "did you mean `upper`?"),
        ("[1].pusj(2)", 1, "did you mean `push`?"),
        ("let d = {a: 1}\nd.a", 1, "an entry is read as `d[\"a\"]`"),
        ("let d = {a: 1}\nd.a = 2", 1, "an entry is set as `d[key] = value`"),
        ("let x = null", 2, "no value is `nil`"),
        ("x <- 5\nprint(x)", 2, "1 error;"),
        ("x = 5\nprint(x)", 2, "1 error;"),
        ("let x = (1 + \nprint(x)\nlet y = x", 2, "1 error;"),
        ("def f(x)\n    return x\nend\nprint(f(1))", 2, "1 error;"),
    ] {
        complains(&run(&["-e", code]), status, &[text]);
    }
}

#[test]
fn excerpts_are_aligned_and_cut() {
    let excerpt = |code: &str| {
        let ran = run(&["-e", code]);
        assert_eq!(ran.status, Some(1), "{ran:?}");
        ran.err.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(
        excerpt("let 名前 = \"値\" + nil"),
        " --> -e:1:14\n  |\n1 | let 名前 = \"値\" + nil\n  |                 ^ type error\n"
    );
    assert_eq!(excerpt("if true then\n\tnil()\nend"), " --> -e:2:5\n  |\n2 |     nil()\n  |        ^ type error\n");
    let long = excerpt(&format!("let x = {}nil{}", "1 + ".repeat(1000), " + 2".repeat(1000)));
    assert!(long.starts_with(" --> -e:1:4007\n  |\n1 | ...") && long.ends_with("^ type error\n"), "{long}");
    assert!(long.lines().all(|line| line.chars().count() < 200), "{long}");
}

/// A folder with files of these names and texts.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder can be written to");
        std::fs::write(path, text).expect("the folder can be written to");
    }
    folder
}

#[test]
fn imports_are_relative_to_the_file() {
    let folder = folder(
        "relative",
        &[
            ("main.pseudo", b"import 'lib/a.pseudo'\nprint(a)\n"),
            ("lib/a.pseudo", b"from 'b.pseudo' import b\nlet a = b + 1\n"),
            ("lib/b.pseudo", b"let b = 1\nprint('b runs')\n"),
        ],
    );
    let main = folder.join("main.pseudo");
    let main = main.to_str().expect("its path is UTF-8");
    prints(&run(&[main]), "b runs\n2\n");
    let in_folder = |arguments: &[&str], input: &str| {
        let mut child =
            command(arguments).current_dir(&folder).stdin(Stdio::piped()).spawn().expect("the command runs");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it is read");
        Ran::from(child.wait_with_output().expect("it ends"))
    };
    prints(&in_folder(&["main.pseudo"], ""), "b runs\n2\n");
    prints(&in_folder(&["./lib/../main.pseudo"], ""), "b runs\n2\n");
    // What is no file is where the command runs.
    prints(&in_folder(&["-e", "import \"lib/b.pseudo\"\nprint(b)"], ""), "b runs\n1\n");
    prints(&in_folder(&["-"], "import \"lib/b.pseudo\"\nprint(b)"), "b runs\n1\n");
    let ran = run(&["--bytecode", main]);
    assert!(ran.out.contains("g:b") && !ran.out.contains("b runs\n2"), "{ran:?}");
}

#[test]
fn imports_that_cannot_be_read() {
    let folder = folder(
        "unreadable",
        &[
            (
                "main.pseudo",
                b"import 'latin.pseudo'\nimport 'lib'\nimport 'main.pseudo/x'\nimport 'no.pseudo'\nprint(1)\n",
            ),
            ("latin.pseudo", b"print(\"caf\xe9\")\n"),
            ("lib/a.pseudo", b""),
        ],
    );
    let ran = run(&[folder.join("main.pseudo").to_str().expect("its path is UTF-8")]);
    let wanted = [
        "main.pseudo:1:8",
        "latin.pseudo`: the file is not valid UTF-8: bad byte at offset 10",
        "main.pseudo:2:8",
        "lib` is a directory",
        "main.pseudo:3:8",
        "part of the path is not a directory",
        "main.pseudo:4:8",
        "there is no file `",
        "4 errors; nothing was run",
    ];
    complains(&ran, 2, &wanted);
    assert_eq!(ran.out, "");
}

#[test]
fn errors_in_imported_files_show_those() {
    let folder = folder(
        "faulty",
        &[
            ("main.pseudo", b"import 'lib/a.pseudo'\nprint('before')\nlet x = outer([])\nprint(x)\n"),
            (
                "lib/a.pseudo",
                b"fn inner(a)\n    return a[1]\nend\nfn outer(a)\n    let x = inner(a)\n    return x\nend\n",
            ),
        ],
    );
    let ran = command(&["main.pseudo"]).current_dir(folder).output().expect("the command runs").into();
    complains(
        &ran,
        1,
        &[
            " --> lib/a.pseudo:2:13\n",
            "    return a[1]\n",
            "  inner at lib/a.pseudo:2:13\n  outer at lib/a.pseudo:5:18\n  main at main.pseudo:3:14\n",
        ],
    );
    assert_eq!(ran.out, "before\n");
}

#[test]
fn a_sandboxed_program_stays_in_its_folder() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sandboxed");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let secret = file("sandbox_secret.pseudo", "let secret = 'secret'");
    let own = file("sandboxed/own.pseudo", "let own = 'own'");
    let program = file(
        "sandboxed/program.pseudo",
        "import 'own.pseudo'\nprint(own, args())\n\
         for path in args() do\n  try print(len(read_file(path))) catch e print(e.kind, e.message) end\nend\n\
         try env('HOME') catch e print(e.message) end",
    );
    let ran = run(&["--sandbox", &program, &own, &secret]);
    let refused =
        format!("io read_file: cannot read \"{secret}\": it lies outside of the folder that the sandbox allows");
    prints(
        &ran,
        &format!("own [\"{own}\", \"{secret}\"]\n15\n{refused}\nenv: the sandbox allows no look at the environment\n"),
    );
    prints(&run(&[&program, &secret]), &format!("own [\"{secret}\"]\n21\n"));
    let importing = file("sandboxed/importing.pseudo", "import '../sandbox_secret.pseudo'");
    complains(&run(&["--sandbox", &importing]), 2, &["the sandbox allows", "importing.pseudo:1:8"]);
    prints(&run(&[&importing]), "");
    // A text has the folder that the process runs in.
    let text = format!("try read_file('{secret}') catch e print(e.kind) end\nprint(file_exists('own.pseudo'))");
    let mut child = command(&["--sandbox", "-e", &text]);
    prints(&child.current_dir(&folder).output().expect("it runs").into(), "io\ntrue\n");
    complains(&run(&["--sandbox", "no/such/program.pseudo"]), 2, &["there is no file"]);
}
