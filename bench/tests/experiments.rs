//! The command as users call it: small experiments whose files are looked at. How long anything took does not matter here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder for the files of a test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn bench(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pseudo-bench")).args(words).output().unwrap()
}

/// What a command prints that must end with this status.
fn text(words: &[&str], status: i32) -> String {
    let output = bench(words);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{words:?}: {text}");
    text
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A command that runs nothing: it prints what its options make it, which tests that outputs are compared.
fn fake_pseudo(folder: &Path) -> String {
    let path = folder.join("fake");
    let script = "#!/bin/sh\ncase \"$*\" in\n  *--version*) echo fake 1;;\n  *maxside*) echo wrong;;\n  *\"-licm \"*) echo broken >&2; \
                  exit 3;;\n  *\"-cse \"*) while :; do :; done;;\n  *) echo right;;\nesac\n";
    std::fs::write(&path, script).unwrap();
    let mut mode = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    path.display().to_string()
}

/// A program of a test.
fn program(folder: &Path, name: &str) -> String {
    let path = folder.join(format!("{name}.pseudo"));
    std::fs::write(&path, "let x = 0\nfor i in 0..2000 do\n    x = x + (i ^ 3)\nend\nprint(x)\n").unwrap();
    path.display().to_string()
}

#[test]
fn an_ablation_leaves_files_that_can_be_read() {
    let folder = folder("ablation");
    let (one, two) = (program(&folder, "one"), program(&folder, "two"));
    let out = folder.join("out");
    let out_name = out.display().to_string();
    let words =
        ["ablate", &one, &two, "--runs", "2", "--warm-up", "0", "--thresholds", "hotloop=1,7", "--out", &out_name];
    let printed = text(&words, 0);
    assert!(
        printed.contains("none,+licm") && printed.contains("hotloop=7") && printed.contains("tier interp"),
        "{printed}"
    );

    let results = json(&out.join("results.json"));
    assert_eq!((results["format"].as_str(), results["version"].as_u64()), (Some("pseudo-bench results"), Some(1)));
    assert_eq!(results["complete"], Value::Bool(true));
    let settings = results["settings"].as_array().unwrap();
    let cells = results["programs"][1]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), settings.len());
    for cell in cells {
        assert_eq!(cell["state"], "unsteady", "two runs are too few to be sure: {cell}");
        assert_eq!(cell["runs"].as_array().unwrap().len(), 2);
        assert!(cell["summary"]["median"].as_f64().is_some_and(|median| median > 0.0), "{cell}");
    }
    assert!(results["versions"]["pseudo"].as_str().unwrap().starts_with("pseudo "));
    assert!(results["versions"]["rustc"].as_str().unwrap().starts_with("rustc "));
    assert!(results["parts"][0]["machine"]["cores"].as_u64().unwrap() > 0);

    let summary = std::fs::read_to_string(out.join("summary.csv")).unwrap();
    assert_eq!(summary.lines().count(), 1 + 2 * settings.len());
    let runs = std::fs::read_to_string(out.join("runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 1 + 2 * 2 * settings.len());
    for plot in ["ablate-one.svg", "ablate-two.svg", "ablate.svg"] {
        let svg = std::fs::read_to_string(out.join(plot)).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{plot}");
        assert!(svg.len() < 100_000, "{plot}: {} bytes", svg.len());
    }
    assert!(text(&words, 2).contains("has results already"));
    let file = out.join("results.json").display().to_string();
    assert_eq!(text(&["report", &file], 0), std::fs::read_to_string(out.join("table.txt")).unwrap());
    let compared = text(&["diff", &file, &file, "--fail-over", "5"], 0);
    assert!(compared.contains("0 surely slower by more than 5%"), "{compared}");
}

#[test]
fn a_setting_that_fails_is_named_and_the_others_are_measured() {
    let folder = folder("failures");
    let (one, fake, out) = (program(&folder, "one"), fake_pseudo(&folder), folder.join("out").display().to_string());
    let words = ["ablate", &one, "--pseudo", &fake, "--runs", "1", "--warm-up", "0", "--timeout", "1"];
    let words = [&words[..], &["--thresholds", "maxside=3", "--out", &out]].concat();
    let printed = text(&words, 1);
    assert!(printed.contains("FAILED: one, -licm: ended with exit status: 3: broken"), "{printed}");
    assert!(printed.contains("FAILED: one, -cse: took more than 1 s of the processor"), "{printed}");
    assert!(
        printed.contains("FAILED: one, maxside=3: prints \"wrong\" in line 1, where default prints \"right\""),
        "{printed}"
    );
    let results = json(&folder.join("out/results.json"));
    assert_eq!(results["commit"], Value::Null);
    let cells = results["programs"][0]["cells"].as_array().unwrap();
    assert_eq!(cells.iter().filter(|cell| cell["state"] == "failed").count(), 3);
    assert_eq!(cells.iter().filter(|cell| cell["runs"].as_array().unwrap().len() == 1).count(), cells.len() - 3);
}

#[test]
fn shards_of_a_sweep_are_merged() {
    let folder = folder("sweep");
    let programs = ["one", "two", "three"].map(|name| program(&folder, name));
    let mut files = Vec::new();
    for shard in ["0/2", "1/2"] {
        let out = folder.join(shard.replace('/', "of")).display().to_string();
        let words = ["sweep", "hotloop=1..100:3", "hotexit=2,9", &programs[0], &programs[1], &programs[2]];
        let words = [&words[..], &["--runs", "1", "--warm-up", "0", "--shard", shard, "--out", &out]].concat();
        assert!(text(&words, 0).contains("PARTIAL"));
        files.push(format!("{out}/results.json"));
    }
    let all = folder.join("all.json").display().to_string();
    assert!(text(&["merge", &files[0], &files[1], "-o", &all], 0).contains("3 of 3 programs"));
    let merged = json(Path::new(&all));
    assert_eq!(merged["complete"], Value::Bool(true));
    assert_eq!(merged["parts"].as_array().unwrap().len(), 2);
    assert_eq!(merged["settings"].as_array().unwrap().len(), 1 + 3 * 2);
    let out = folder.join("report").display().to_string();
    text(&["report", &all, "--out", &out], 0);
    for plot in ["sweep-hotloop.svg", "sweep-hotexit.svg"] {
        assert!(Path::new(&out).join(plot).exists(), "{plot}");
    }
    let twice = text(&["merge", &files[0], &files[0], "-o", &all], 2);
    assert!(twice.contains("both have measured one"), "{twice}");
    let other = folder.join("other").display().to_string();
    text(&["sweep", "hotloop=5", &programs[0], "--runs", "1", "--warm-up", "0", "--out", &other], 0);
    let other = text(&["merge", &files[0], &format!("{other}/results.json"), "-o", &all], 2);
    assert!(other.contains("not parts of one experiment") && other.contains("setting 2: "), "{other}");
}

#[test]
fn a_comparison_names_what_is_absent() {
    let folder = folder("comparison");
    let (fake, out) = (fake_pseudo(&folder), folder.join("out").display().to_string());
    let words = ["compare", "count", "--runs", "1", "--peers", "pypy3,gcc", "--pseudo", &fake, "--out", &out];
    let output = Command::new(env!("CARGO_BIN_EXE_pseudo-bench")).args(words).env("PATH", "/none").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(printed.contains("not installed: pypy3, gcc") && printed.contains("peak memory, MB"), "{printed}");
    assert_eq!(json(&folder.join("out/results.json"))["absent"], serde_json::json!(["pypy3", "gcc"]));
}

#[test]
fn what_was_measured_survives_an_interrupt() {
    let folder = folder("interrupt");
    let (one, two) = (program(&folder, "one"), program(&folder, "two"));
    let out = folder.join("out");
    // One that sends the signal itself, in the middle of the second program.
    let fake = folder.join("fake");
    let script =
        "#!/bin/sh\ncase \"$*\" in\n  *hotloop=7*two.pseudo*) kill -TERM $PPID; sleep 30;;\n  *) echo right;;\nesac\n";
    std::fs::write(&fake, script).unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (fake, out_name) = (fake.display().to_string(), out.display().to_string());
    let words =
        ["sweep", "hotloop=5,7", &one, &two, "--pseudo", &fake, "--runs", "3", "--warm-up", "0", "--out", &out_name];
    let printed = text(&words, 130);
    assert!(printed.contains("not measured to the end: two"), "{printed}");
    let results = json(&out.join("results.json"));
    assert_eq!(results["complete"], Value::Bool(false));
    let runs =
        |program: usize, cell: usize| results["programs"][program]["cells"][cell]["runs"].as_array().unwrap().len();
    assert_eq!((runs(0, 0), runs(0, 1), runs(0, 2)), (3, 3, 3));
    assert_eq!(results["programs"][1]["cells"][2]["state"], "pending");
    assert_eq!(runs(1, 2), 0);
    assert!(runs(1, 0) == 1, "the first setting ran");
}

#[test]
fn what_is_wrong_with_a_command_line_is_said() {
    assert!(text(&["ablate"], 2).contains("<PROGRAM>"));
    assert!(text(&["ablate", "no_such"], 2).contains("there is no program no_such"));
    assert!(text(&["ablate", "./no.pseudo"], 2).contains("./no.pseudo: there is no such file"));
    assert!(text(&["sweep", "hotlop=1..9"], 2).contains("there is no parameter `hotlop`"));
    assert!(text(&["sweep", "fib"], 2).contains("there is no parameter to vary"));
    assert!(text(&["sweep", "hotloop=9..1"], 2).contains("does not go up"));
    assert!(text(&["ablate", "fib", "--shard", "4/2"], 2).contains("below N"));
    assert!(text(&["ablate", "fib", "--min-runs", "9", "--max-runs", "3"], 2).contains("more than --max-runs 3"));
    assert!(text(&["ablate", "fib", "--pseudo", "/none"], 2).contains("/none is not there"));
    assert!(text(&["compare", "--peers", "cobol"], 2).contains("no peer cobol"));
    assert!(text(&["diff", "/none.json", "/none.json"], 2).contains("/none.json: No such file"));
}

/// Here, since the process that asks must be small itself.
#[test]
fn memory_is_that_of_the_process() {
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        pseudo_bench::process::run(command, None).unwrap().peak_bytes
    };
    let least = shell("exit 0");
    assert!((100 << 10..8 << 20).contains(&least), "{least} bytes");
    let most = shell("x=$(head -c 30000000 /dev/zero | tr '\\0' x); exit 0");
    assert!(most > 30_000_000, "{most} bytes");
}
