//! The library as hosts use it: values in and out, calls both ways, limits, threads, events.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pseudo::{Config, Error, ErrorKind, Object, Tier, TraceEvent, Value, Vm};

/// Everything gets hot at once.
fn hot(tier: Tier) -> Config {
    let params = [("hotloop", 1), ("hotcall", 2), ("hotexit", 1), ("methodloop", 2), ("methodcall", 2), ("verify", 1)];
    let config = params.into_iter().try_fold(Config::new(), |config, (name, value)| config.param(name, value));
    config.expect("there are such parameters").tier(tier).capture_output()
}

/// Machines of all tiers, some under stress.
fn machines() -> Vec<(String, Vm)> {
    let mut machines = Vec::new();
    for (name, tier) in Tier::ALL {
        for (param, value) in [("hotloop", 1), ("gcstress", 1), ("exitstress", 2), ("exitstress", 7), ("maxmcode", 16)]
        {
            let config = hot(tier).param(param, value).expect("there is such a parameter");
            machines.push((format!("{name}, {param}={value}"), Vm::with_config(config).expect("a machine")));
        }
    }
    machines
}

fn machine() -> Vm {
    Vm::with_config(hot(Tier::Auto)).expect("a machine")
}

#[test]
fn values_go_in_and_out() {
    let mut vm = machine();
    vm.exec("fn same(x) return x end").expect("it runs");
    let values = [
        Value::Nil,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Int(1 << 47),
        Value::Float(-0.0),
        Value::Float(f64::INFINITY),
        Value::String("\0 ä 😀".to_string()),
        Value::Array(vec![]),
        Value::Array(vec![Value::Bool(true), Value::Bool(false)]),
        Value::Array(vec![Value::Int(1), Value::Int(i64::MAX)]),
        Value::Array(vec![Value::Float(0.5), Value::Nil, Value::Array(vec![Value::String(String::new())])]),
        Value::Dict(vec![(Value::Int(1), Value::Dict(vec![])), (Value::String("k".into()), Value::Float(2.0))]),
    ];
    for value in &values {
        let back: Value = vm.call("same", (value,)).expect("it gives it back");
        assert_eq!(&back, value);
        vm.set_global("kept", value).expect("it can be set");
        assert_eq!(&vm.global::<Value>("kept").expect("it is there"), value);
    }
    let all: Value = vm.call("same", (values.to_vec(),)).expect("it gives them back");
    assert_eq!(all, Value::Array(values.to_vec()));
    // The bits of a nan of the host's must not be taken for something else.
    let odd = f64::from_bits(0xFFFF_8000_0000_0001);
    let text: String =
        vm.eval("fn show(x) return str(x) end\n''").and_then(|_: String| vm.call("show", (odd,))).expect("a text");
    assert_eq!(text, "nan");
    let error = vm.call::<()>("same", (1,)).expect_err("an int is not nil");
    assert_eq!((error.kind_name(), error.message()), (Some("type"), "the result must be nil, not int"));
}

#[test]
fn what_cannot_leave_the_machine_is_an_error() {
    let mut vm = machine();
    let error = vm.eval::<Value>("let a = []\npush(a, a)\na").expect_err("it contains itself");
    assert!(error.message().contains("inside itself"), "{error}");
    let doubled = "let b = [1, 2]\nfor i in 0..60 do b = [b, b] end\nb";
    let error = vm.eval::<Value>(doubled).expect_err("a copy would be endless");
    assert_eq!(error.kind_name(), Some("limit"));
    let error = vm.set_global("d", Value::Dict(vec![(Value::Nil, Value::Nil)])).expect_err("nil is no key");
    assert_eq!(error.kind_name(), Some("key"));
    for name in ["", "a b", "f() --", "x; y", "end", "1st"] {
        assert!(vm.register_fn(name, || 1).is_err(), "{name}");
    }
    assert!(vm.set_global("a b", 1).is_err());
    // The machine is as good as before.
    assert_eq!(vm.eval::<i64>("len(a)").expect("it runs"), 1);
}

#[test]
fn globals_of_programs_change_under_compiled_code() {
    for (mode, mut vm) in machines() {
        vm.set_global("step", 1).expect("it can be set");
        let text = "let total = 0\nconst FIXED = 1\nfn twice(x) return x * 2 end\n\
                    fn run(n)\n  for i in 0..n do total += twice(step) end\n  return total\nend";
        vm.exec(text).expect("it runs");
        assert_eq!(vm.call::<i64>("run", (100,)).expect("a sum"), 200, "{mode}");
        vm.set_global("step", 0.5).expect("it can be set");
        assert_eq!(vm.call::<f64>("run", (100,)).expect("a sum"), 300.0, "{mode}");
        vm.set_global("total", 0).expect("it can be set");
        // A function that traces took for one that stays.
        let thrice: Object = vm.eval("(fn(x) return x * 3 end)").expect("a function");
        vm.set_global("twice", &thrice).expect("it can be set");
        assert_eq!(vm.call::<f64>("run", (100,)).expect("a sum"), 150.0, "{mode}");
        assert!(vm.set_global("FIXED", 2).is_err(), "a constant");
        assert_eq!(vm.global_names(), ["FIXED", "run", "total", "twice"]);
        assert!(vm.global::<Value>("nothing").is_err());
    }
}

#[test]
fn calls_take_what_can_be_called() {
    let mut vm = machine();
    let text = "fn f(a, b = 10, rest...) return [a, b, rest] end\n\
                class Adder\n  fn init(n) self.n = n end\n  fn add(x) return self.n + x end\nend\n\
                fn counter()\n  let n = 0\n  return fn() n += 1; return n end\nend\nlet builtin = len";
    vm.exec(text).expect("it runs");
    let given: Value = vm.call("f", (1,)).expect("it runs");
    assert_eq!(given, Value::Array(vec![Value::Int(1), Value::Int(10), Value::Array(vec![])]));
    let given: Value = vm.call("f", (1, 2, 3, 4)).expect("it runs");
    assert_eq!(given.as_array().map(|all| all[2].clone()), Some(Value::Array(vec![Value::Int(3), Value::Int(4)])));
    let many: Vec<Value> = (0..200).map(Value::Int).collect();
    let given: Value = vm.call("f", many).expect("it runs");
    assert_eq!(given.as_array().and_then(|all| all[2].as_array()).map(<[Value]>::len), Some(198));
    assert!(vm.call::<Value>("f", vec![Value::Nil; 201]).is_err());
    let adder: Object = vm.call("Adder", (40,)).expect("an instance");
    assert_eq!(vm.call_method::<i64>(&adder, "add", (2,)).expect("a sum"), 42);
    let bound: Object = vm.field(&adder, "add").expect("a bound method");
    assert_eq!(vm.call_object::<i64>(&bound, (3,)).expect("a sum"), 43);
    let counter: Object = vm.call("counter", ()).expect("a closure");
    for expected in 1..50 {
        assert_eq!(vm.call_object::<i64>(&counter, ()).expect("a number"), expected);
    }
    assert_eq!(vm.call::<i64>("builtin", ("four",)).expect("a length"), 4);
    let error = vm.call::<Value>("f", ()).expect_err("too few");
    assert_eq!((error.kind_name(), error.message()), (Some("arity"), "f takes at least 1 arguments, got 0"));
    assert_eq!(vm.call::<Value>("g", ()).expect_err("there is none").kind_name(), Some("name"));
    let error = vm.field::<Value>(&adder, "m").expect_err("there is none");
    assert_eq!(error.kind_name(), Some("name"));
    assert!(vm.field::<Value>(&adder, "n end --").is_err());
}

#[test]
fn objects_stay_where_the_host_finds_them() {
    for (mode, mut vm) in machines() {
        vm.exec("class Node\n  fn init(value) self.value = value end\n  fn to_string() return 'node ' + str(self.value) end\nend\n\
                 fn churn(n)\n  let keep = []\n  for i in 0..n do keep = [keep, Node(i), str(i)]; if i % 10 == 0 then keep = [] end end\nend")
            .expect("it runs");
        let nodes: Vec<Object> = (0..100).map(|number| vm.call("Node", (number,)).expect("a node")).collect();
        for _ in 0..5 {
            vm.call::<()>("churn", (200,)).expect("it runs");
        }
        for (number, node) in nodes.iter().enumerate() {
            assert_eq!(vm.field::<usize>(node, "value").expect("its value"), number, "{mode}");
            assert_eq!(vm.text(&Value::Object(node.clone())).expect("a text"), format!("node {number}"), "{mode}");
        }
        assert_eq!(vm.object_count(), 100, "{mode}");
        drop(nodes);
        vm.call::<()>("churn", (20,)).expect("it runs");
        assert_eq!(vm.object_count(), 0, "{mode}");
        let mut other = machine();
        let node: Object = vm.call("Node", (1,)).expect("a node");
        assert!(other.call_object::<Value>(&node, ()).is_err() && other.set_global("node", &node).is_err());
        assert_eq!((node.type_name(), node == node.clone()), ("instance", true));
    }
}

#[test]
fn functions_of_the_host_run_in_compiled_code() {
    for (mode, mut vm) in machines() {
        let calls = Arc::new(AtomicU64::new(0));
        let count = calls.clone();
        vm.register_fn("host_add", move |a: i64, b: Option<i64>| {
            count.fetch_add(1, Ordering::Relaxed);
            a + b.unwrap_or(1)
        })
        .expect("a name");
        vm.register_fn("host_text", |x: f64| format!("<{x}>")).expect("a name");
        vm.register_variadic("host_count", |args| args.len() as i64).expect("a name");
        vm.register_fn("host_array", |n: u32| (0..n).collect::<Vec<u32>>()).expect("a name");
        let text = "class Box\n  fn init() self.n = 0 end\n  fn step() self.n = host_add(self.n); return self end\nend\n\
                    fn run(n)\n  let sum, text, box = 0, '', Box()\n  let a = [1, 2, 3]\n\
                    for i in 0..n do\n    sum = host_add(sum, i)\n    a[i % 3] = host_count(i, a, sum)\n    box.step()\n\
                    if i % 16 == 0 then text += host_text(i) end\n    sum += len(host_array(i % 5))\n  end\n\
                    return [sum, text, box.n, a, map([1, 2], host_add)]\nend";
        vm.exec(text).expect("it runs");
        let n = 200;
        let result: Value = vm.call("run", (n,)).expect("it runs");
        let sum = n * (n - 1) / 2 + n / 5 * 10;
        let texts: String = (0..n).step_by(16).map(|i| format!("<{i}>")).collect();
        let all = result.as_array().expect("an array");
        assert_eq!(all[0], Value::Int(sum), "{mode}");
        assert_eq!(all[1], Value::String(texts), "{mode}");
        assert_eq!(all[2], Value::Int(n), "{mode}");
        assert_eq!(all[3], Value::Array(vec![Value::Int(3); 3]), "{mode}");
        assert_eq!(all[4], Value::Array(vec![Value::Int(2), Value::Int(3)]), "{mode}");
        assert_eq!(calls.load(Ordering::Relaxed), 2 * n as u64 + 2, "{mode}: each call is made once");
    }
}

#[test]
fn errors_of_the_host_are_thrown_once() {
    for (mode, mut vm) in machines() {
        let calls = Arc::new(AtomicU64::new(0));
        let count = calls.clone();
        vm.register_fn("checked", move |n: i64| {
            count.fetch_add(1, Ordering::Relaxed);
            if n % 3 == 0 { Err(Error::runtime("index", format!("not {n}"))) } else { Ok(n) }
        })
        .expect("a name");
        let text = "let sum, errors = 0, []\n\
                    fn once(i)\n  try\n    return checked(i)\n  catch e\n    push(errors, e.kind + ': ' + e.message)\n    return 1000\n  end\nend\n\
                    fn run(n)\n  for i in 0..n do sum += once(i) end\nend";
        vm.exec(text).expect("it runs");
        vm.call::<()>("run", (90,)).expect("it runs");
        let expected: i64 = (0..90).map(|n| if n % 3 == 0 { 1000 } else { n }).sum();
        assert_eq!(vm.global::<i64>("sum").expect("a sum"), expected, "{mode}");
        let errors: Vec<String> = vm.global("errors").expect("texts");
        assert_eq!(errors, (0..90).step_by(3).map(|n| format!("index: not {n}")).collect::<Vec<_>>(), "{mode}");
        assert_eq!(calls.load(Ordering::Relaxed), 90, "{mode}");
        // Nobody catches it: it comes back to the host.
        let error =
            vm.eval::<i64>("let n = 50\nlet s = 0\nwhile true do\n  n += 1\n  s += checked(n)\nend").expect_err("51");
        assert_eq!((error.kind_name(), error.message(), error.line()), (Some("index"), "not 51", Some(5)), "{mode}");
        let error = vm.eval::<i64>("checked('x')").expect_err("a string");
        let expected = (Some("type"), "checked: argument 1 must be int, not string");
        assert_eq!((error.kind_name(), error.message()), expected, "{mode}");
    }
}

#[test]
fn a_panic_of_the_host_goes_on_in_the_host() {
    for (mode, mut vm) in machines() {
        vm.register_fn("fragile", |n: i64| if n == 40 { panic!("at forty") } else { n }).expect("a name");
        vm.exec("let sum = 0\nfn run()\n  for i in 0..100 do\n    try sum += fragile(i) catch e sum = 'caught' finally sum += 0 end\n  end\nend").expect("it runs");
        let panicked = catch_unwind(AssertUnwindSafe(|| vm.call::<()>("run", ()))).expect_err("it panics");
        assert_eq!(panicked.downcast_ref::<&str>(), Some(&"at forty"), "{mode}");
        assert_eq!(vm.global::<i64>("sum").expect("a sum"), 780, "{mode}");
        assert_eq!(vm.eval::<i64>("fragile(1)").expect("it runs"), 1, "{mode}");
    }
    let mut vm = machine();
    vm.on_trace_event(|_| panic!("an event"));
    assert!(catch_unwind(AssertUnwindSafe(|| vm.exec("for i in 0..1000 do end"))).is_err());
    let config = Config::new().output_to(Broken);
    let mut vm = Vm::with_config(config).expect("a machine");
    assert!(catch_unwind(AssertUnwindSafe(|| vm.exec("print(1)"))).is_err());
}

/// A stream that panics.
struct Broken;

impl std::io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        panic!("a stream")
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_function_may_be_registered_anew() {
    let mut vm = machine();
    vm.register_fn("f", |x: i64| x + 1).expect("a name");
    vm.exec("fn run(n)\n  let s = 0\n  for i in 0..n do s += f(i) end\n  return s\nend").expect("it runs");
    assert_eq!(vm.call::<i64>("run", (10,)).expect("a sum"), 55);
    vm.register_fn("f", |x: i64| x * 2).expect("a name");
    assert_eq!(vm.call::<i64>("run", (10,)).expect("a sum"), 90);
    // In the place of a builtin; a program's own definition comes first.
    vm.register_fn("sqrt", |_: Value| "the host's").expect("a name");
    assert_eq!(vm.eval::<String>("sqrt(4)").expect("a text"), "the host's");
    assert_eq!(vm.eval::<i64>("fn sqrt(x) return 7 end\nsqrt(4)").expect("an int"), 7);
}

/// A folder of a test's own, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("pseudo-embedding-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("it is still there");
    }
}

#[test]
fn files_see_what_the_host_has_added() {
    let folder = Folder::new("files");
    let (main, library) = (folder.0.join("main.pseudo"), folder.0.join("library.pseudo"));
    std::fs::write(&main, "from 'library.pseudo' import f\nlet result = f(20)").expect("a file");
    std::fs::write(&library, "fn f(x) return host(x) + base end").expect("a file");
    let mut vm = machine();
    vm.register_fn("host", |x: i64| x * 2).expect("a name");
    vm.set_global("base", 2).expect("it can be set");
    vm.exec_file(&main).expect("it runs");
    assert_eq!(vm.global::<i64>("result").expect("an int"), 42);
    let error = vm.exec_file(folder.0.join("none.pseudo")).expect_err("there is none");
    assert_eq!(error.kind_name(), Some("io"));
}

#[test]
fn a_sandbox_has_one_folder() {
    let folder = Folder::new("sandbox");
    let inside = folder.0.join("inside");
    std::fs::create_dir_all(&inside).expect("a folder");
    std::fs::write(folder.0.join("secret.pseudo"), "let secret = 1").expect("a file");
    std::fs::write(inside.join("own.pseudo"), "let own = 1").expect("a file");
    std::os::unix::fs::symlink("../secret.pseudo", inside.join("link.pseudo")).expect("a link");
    let config = Config::new().sandbox(&inside).capture_output();
    let mut vm = Vm::with_config(config).expect("a machine");
    let name = inside.join("main.pseudo");
    let name = name.to_str().expect("UTF-8");
    vm.exec_named(name, "import 'own.pseudo'\nprint(own)").expect("it runs");
    for other in ["../secret.pseudo", "link.pseudo", "/etc/hostname", "../inside/../secret.pseudo"] {
        let error = vm.exec_named(name, &format!("import '{other}'")).expect_err(other);
        assert_eq!(error.kind(), ErrorKind::Compile, "{other}");
        assert!(error.message().contains("sandbox"), "{error}");
    }
    let outside = folder.0.join("secret.pseudo");
    vm.set_global("outside", outside.to_str()).expect("it can be set");
    vm.set_global("inside", inside.to_str()).expect("it can be set");
    for call in [
        "read_file(outside)",
        "read_lines(outside)",
        "write_file(outside, 'x')",
        "append_file(outside, 'x')",
        "file_exists(outside)",
        "read_file(inside + '/link.pseudo')",
        "write_file(inside + '/link.pseudo', 'x')",
        "read_file(inside + '/../secret.pseudo')",
        "write_file(inside + '/../new', 'x')",
        "env('HOME')",
    ] {
        let kind: String =
            vm.eval(&format!("let kind = 'none'\ntry {call} catch e kind = e.kind end\nkind")).expect("it runs");
        assert_eq!(kind, "io", "{call}");
    }
    let text: String = vm.eval("write_file(inside + '/new', 'text')\nread_file(inside + '/new')").expect("it runs");
    assert_eq!(text, "text");
    assert!(!folder.0.join("new").exists());
    assert_eq!(std::fs::read_to_string(outside).expect("it is there"), "let secret = 1");
    assert!(Vm::with_config(Config::new().sandbox("/no/such/folder")).is_err());
}

#[test]
fn errors_say_where() {
    let mut vm = machine();
    let text = "fn inner(x)\n  return x div 0\nend\nfn outer(n)\n  if n > 0 then\n    let r = outer(n - 1)\n    return r\n  end\n  return inner(1)\nend\n";
    vm.exec_named("deep.pseudo", text).expect("it runs");
    let error = vm.call::<Value>("outer", (3,)).expect_err("it divides by zero");
    assert_eq!((error.kind(), error.kind_name()), (ErrorKind::Runtime, Some("zero_division")));
    assert_eq!((error.file(), error.line()), (Some("deep.pseudo"), Some(2)));
    let stack: Vec<_> = error.stack().iter().map(|frame| (frame.function.as_str(), frame.line, frame.times)).collect();
    // `return inner(1)` is a tail call.
    assert_eq!(stack, [("inner", 2, 1), ("outer", 6, 3)]);
    assert!(error.report().contains("x div 0"), "{}", error.report());
    assert_eq!(error.to_string(), "division by zero (deep.pseudo:2:12)");
    let error = vm.exec("throw {code: 3}").expect_err("it throws");
    assert_eq!(error.value().and_then(|value| value.get("code")), Some(&Value::Int(3)));
    assert_eq!(error.kind_name(), None);
    let error =
        vm.exec("class Odd extends Error\n  let code = 7\nend\nthrow Odd('odd', 'key')").expect_err("it throws");
    let odd = error.value().and_then(Value::as_object).cloned().expect("an object");
    assert_eq!((error.kind_name(), error.message()), (Some("key"), "odd"));
    assert_eq!(vm.field::<i64>(&odd, "code").expect("its field"), 7);
    let error = vm.exec("let x = 1\nlet y = nothing\nlet z = 1 +").expect_err("it does not compile");
    assert_eq!((error.kind(), error.line()), (ErrorKind::Compile, Some(2)), "{error}");
    assert_eq!(vm.exec("exit(3)").expect_err("it ends").kind(), ErrorKind::Exit(3));
    // An error of the program goes through the host unharmed.
    vm.register_fn("again", |object: Object| Err::<(), Error>(Error::new(format!("{object:?}")))).expect("a name");
    assert_eq!(vm.exec("again(Odd)").expect_err("it fails").message(), "<class>");
}

#[test]
fn limits_hold_and_can_be_changed() {
    let mut vm = Vm::with_config(Config::new().max_depth(100).max_memory(32 << 20)).expect("a machine");
    vm.exec(
        "fn deep(n)\n  if n == 0 then return 0 end\n  return 1 + deep(n - 1)\nend\n\
             fn hoard()\n  let all = []\n  loop push(all, [1, 2, 3]) end\nend\nfn spin() loop end end",
    )
    .expect("it runs");
    assert_eq!(vm.call::<i64>("deep", (90,)).expect("it fits"), 90);
    assert_eq!(vm.call::<i64>("deep", (110,)).expect_err("too deep").kind_name(), Some("stack_overflow"));
    assert_eq!(vm.call::<()>("hoard", ()).expect_err("too much").kind_name(), Some("limit"));
    vm.set_max_time(Some(Duration::from_millis(20)));
    for _ in 0..3 {
        assert_eq!(vm.call::<()>("spin", ()).expect_err("too long").kind_name(), Some("limit"));
    }
    let caught: bool =
        vm.eval("let caught = false\ntry spin() catch e caught = e.kind == 'limit' end\ncaught").expect("it runs");
    assert!(caught);
    vm.set_max_time(None);
    vm.set_max_memory(Some(64 << 20));
    assert_eq!(vm.call::<()>("hoard", ()).expect_err("too much").kind_name(), Some("limit"));
    // What the host gives is not the program's, until it is found to be too much.
    let big = "x".repeat(100 << 20);
    vm.set_global("big", big.as_str()).expect("it can be set");
    assert_eq!(vm.eval::<usize>("len(big)").expect("it runs"), big.len());
    vm.set_global("big", ()).expect("it can be set");
    assert_eq!(vm.call::<i64>("deep", (90,)).expect("it fits"), 90);
}

#[test]
fn another_thread_interrupts() {
    for (mode, mut vm) in machines() {
        vm.exec("let n = 0\nfn spin() while true do try n += 1 catch e n = nil end end end").expect("it runs");
        let handle = vm.interrupt_handle();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(10));
            handle.interrupt();
        });
        let error = vm.call::<()>("spin", ()).expect_err("it is stopped");
        other.join().expect("it only interrupts");
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{mode}");
        assert!(vm.global::<i64>("n").expect("a number") > 0, "{mode}");
        assert_eq!(error.stack().first().map(|frame| frame.function.as_str()), Some("spin"), "{mode}");
        let handle = vm.interrupt_handle();
        handle.interrupt();
        handle.clear();
        vm.register_fn("stop", move || handle.interrupt()).expect("a name");
        assert_eq!(vm.exec("loop stop() end").expect_err("it is stopped").kind(), ErrorKind::Interrupted, "{mode}");
    }
}

#[test]
fn events_tell_what_the_compiler_does() {
    let mut vm = Vm::with_config(hot(Tier::Trace).param("maxmcode", 64).expect("it is one")).expect("a machine");
    let (events, same) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    for seen in [events.clone(), same.clone()] {
        vm.on_trace_event(move |event| seen.lock().expect("nobody panics").push(event.clone()));
    }
    vm.exec_named("a.pseudo", "let x = 0\nfor i in 0..100 do\n  if i % 7 == 0 then x += 1 else x += i end\nend\n")
        .expect("it runs");
    // A builtin that writes files is not recorded.
    vm.exec("for i in 0..20 do\n  try append_file('/', '') catch e x += 1 end\nend").expect("it runs");
    // More code than there is memory for.
    let long: String = (0..400).map(|n| format!("  x = (x + i * {n}) ^ (x >> {})\n", n % 60)).collect();
    for _ in 0..8 {
        vm.exec(&format!("for i in 0..20 do\n{long}end")).expect("it runs");
    }
    let events = events.lock().expect("nobody panics");
    assert_eq!(*events, *same.lock().expect("nobody panics"), "each subscriber is told");
    let count = |is: &dyn Fn(&TraceEvent) -> bool| events.iter().filter(|event| is(event)).count();
    let place = |event: &TraceEvent| matches!(event, TraceEvent::TraceCompiled { parent: None, at, .. } if at.file == "a.pseudo" && at.line == 2);
    assert!(count(&place) > 0);
    assert!(count(&|event| matches!(event, TraceEvent::RecordingStarted { .. })) > 4);
    assert!(count(&|event| matches!(event, TraceEvent::TraceCompiled { parent: Some(_), .. })) > 0);
    assert!(count(&|event| matches!(event, TraceEvent::TraceExit { .. })) > 0);
    let abandoned = |event: &TraceEvent| matches!(event, TraceEvent::RecordingAbandoned { reason, .. } if reason.contains("append_file"));
    assert!(count(&abandoned) > 0, "{events:#?}");
    assert!(count(&|event| matches!(event, TraceEvent::Flushed { traces } if *traces > 0)) > 0);
}

#[test]
fn output_goes_where_it_is_sent() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panics").push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let mut vm = Vm::with_config(Config::new().output_to(lines.clone()).input("one\ntwo")).expect("a machine");
    vm.exec("print('first')\nprint(input('? '))\nprint(input())").expect("it runs");
    assert_eq!(*lines.0.lock().expect("nobody panics"), ["first\n", "? ", "one\n", "two\n"]);
    let mut vm = machine();
    vm.exec("print(args())").expect("it runs");
    assert_eq!((vm.take_output().as_str(), vm.take_output().as_str()), ("[]\n", ""));
    let mut vm = Vm::with_config(Config::new().args(["a", "b"]).capture_output()).expect("a machine");
    vm.exec("print(args())").expect("it runs");
    assert_eq!(vm.take_output(), "[\"a\", \"b\"]\n");
}

/// Programs with what they print, some of them short enough for very many runs.
fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs");
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "pseudo")
                && let Ok(expected) = std::fs::read_to_string(path.with_extension("out"))
                && std::fs::read_to_string(&path).is_ok_and(|text| !text.contains("// status:") && text.len() < 3000)
            {
                found.push((path, expected));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn machines_on_many_threads_know_nothing_of_each_other() {
    let programs = Arc::new(programs());
    assert!(programs.len() > 50, "{} programs", programs.len());
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let programs = programs.clone();
            let run = move || {
                for (path, expected) in programs.iter().skip(thread % 2) {
                    let tier = [Tier::Auto, Tier::Trace, Tier::Auto, Tier::Method][thread];
                    let mut vm = Vm::with_config(hot(tier).input("")).expect("a machine");
                    let result = vm.exec_file(path);
                    let well = result.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::Exit(0));
                    assert!(well, "{}: {result:?}", path.display());
                    assert_eq!(&vm.take_output(), expected, "{}", path.display());
                }
            };
            std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread")
        })
        .collect();
    for thread in threads {
        thread.join().expect("all outputs are right");
    }
}

#[test]
fn threads_may_have_what_they_need() {
    fn sent<T: Send>() {}
    fn shared<T: Send + Sync>() {}
    sent::<Vm>();
    sent::<Config>();
    shared::<Value>();
    shared::<Object>();
    shared::<Error>();
    shared::<pseudo::InterruptHandle>();
    shared::<TraceEvent>();
}

#[test]
fn a_machine_may_go_from_thread_to_thread() {
    let mut vm = machine();
    vm.exec("let counts = {}\nfn add(word)\n  for i in 0..50 do counts[word] = dict_get(counts, word, 0) + 1 end\n  return fn() return counts[word] end\nend")
        .expect("it runs");
    let mut closures: BTreeMap<String, Object> = BTreeMap::new();
    for round in 0..20 {
        let word = format!("word {}", round % 4);
        let given = word.clone();
        let (sent, closure) = std::thread::spawn(move || {
            let closure: Object = vm.call("add", (given,)).expect("a closure");
            (vm, closure)
        })
        .join()
        .expect("it runs");
        vm = sent;
        closures.insert(word, closure);
    }
    for closure in closures.values() {
        assert_eq!(vm.call_object::<i64>(closure, ()).expect("a number"), 250);
    }
    std::thread::spawn(move || drop(closures)).join().expect("handles may be dropped anywhere");
    assert_eq!(vm.eval::<i64>("gone()").expect_err("there is no such name").kind(), ErrorKind::Compile);
    assert_eq!(vm.object_count(), 0);
}

#[test]
fn code_is_dropped_and_made_anew_for_as_long_as_the_machine_lives() {
    let config = hot(Tier::Trace).param("maxmcode", 16).expect("it is one");
    let mut vm = Vm::with_config(config).expect("a machine");
    let (flushed, compiled) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (flushes, traces) = (flushed.clone(), compiled.clone());
    vm.on_trace_event(move |event| match event {
        TraceEvent::Flushed { .. } => _ = flushes.fetch_add(1, Ordering::Relaxed),
        TraceEvent::TraceCompiled { .. } => _ = traces.fetch_add(1, Ordering::Relaxed),
        _ => {}
    });
    let functions: String = (0..40)
        .map(|n| {
            format!(
                "fn f{n}(n)\n  let x, y = {n}, 0.5\n  for i in 0..n do\n    if i % {} == 0 then x = x * 3 + i elif (i & 4) != 0 then x = x ^ (i * {n}) else y += i end\n  end\n  return x + floor(y)\nend\n",
                n % 7 + 2
            )
        })
        .collect();
    let names: Vec<String> = (0..40).map(|n| format!("f{n}")).collect();
    vm.exec(&format!("{functions}let all = [{}]", names.join(", "))).expect("it runs");
    let first: Vec<i64> = names.iter().map(|name| vm.call(name, (50,)).expect("a number")).collect();
    let mut rounds = 0;
    while flushed.load(Ordering::Relaxed) < 40 && rounds < 1000 {
        for (name, expected) in names.iter().zip(&first) {
            assert_eq!(vm.call::<i64>(name, (50,)).expect("a number"), *expected, "{name} in round {rounds}");
        }
        rounds += 1;
    }
    let counts = (flushed.load(Ordering::Relaxed), compiled.load(Ordering::Relaxed));
    assert!(counts.0 >= 40 && counts.1 > 10_000, "{counts:?} after {rounds} rounds");
}
