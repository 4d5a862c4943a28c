//! Where side traces lead to: back to a loop of their own, also where the way there is long.

#[path = "common/traces.rs"]
mod traces;

use std::time::Duration;

use pseudo::read_source;
use pseudo_codegen::engine::{Engine, Params};
use pseudo_trace::ir::ops::Op;
use pseudo_trace::ir::trace::{Link, Start, Trace};
use pseudo_trace::opt::PassSet;
use pseudo_vm::io::Output;
use pseudo_vm::vm::{Failure, Vm, VmOptions};
use traces::run;

/// The root trace that a trace descends from.
fn root_of<'t>(traces: &'t [Trace], mut trace: &'t Trace) -> &'t Trace {
    while let Start::Exit { parent, .. } = trace.start {
        trace = traces.iter().find(|trace| trace.number == parent).unwrap();
    }
    trace
}

/// A loop that copies blocks, many rounds at once, and goes through other loops at the end of each block.
const BLOCKS: &str = "
class Blocks
    let used = 0
    let sum = 0
    fn init() self.block = fill(64, 0) end
    fn add(x)
        self.block[self.used] = x
        self.used += 1
        if self.used == 64 then
            for i in 0..64 do self.sum = self.sum * 31 + self.block[i] & 65535 end
            for i in 0..64 do self.sum ^= self.block[63 - i] * i end
            self.used = 0
        end
    end
end
let blocks = Blocks()
let input = range(64_000)
for round in 0..10 do
    for x in input do blocks.add(x) end
end
print(blocks.sum)
";

#[test]
fn a_way_through_other_loops_gets_a_side_trace() {
    let (_, stats) = run(BLOCKS);
    assert!(stats.exits < 1_000, "{} exits", stats.exits);
}

/// An inner loop that is often not entered on the conditions that its bounds checks were moved in front of it on, with
/// branches that go either way.
const CAUTIOUS: &str = "
fn distance(a, b)
    let before, previous, current = fill(len(b) + 1, 0), range(len(b) + 1), fill(len(b) + 1, 0)
    for i in 1 to len(a) do
        current[0] = i
        for j in 1 to len(b) do
            let best = previous[j - 1]
            if a[i - 1] != b[j - 1] then
                best = min(best, previous[j], current[j - 1]) + 1
                if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1] then
                    best = min(best, before[j - 2] + 1)
                end
            end
            current[j] = best
        end
        before, previous, current = previous, current, before
    end
    return previous[len(b)]
end
let a, b = [], []
for i in 0..120 do
    a.push(i * 7919 % 4)
    b.push(i * i * 104729 % 5)
end
print(distance(a, b))
";

#[test]
fn side_traces_of_a_cautious_loop_go_back_to_that() {
    let (traces, stats) = run(CAUTIOUS);
    assert!(stats.beside > 0, "the program no longer has such a loop");
    let mut back = 0;
    for trace in &traces {
        let root = root_of(&traces, trace);
        if root.beside
            && trace.number != root.number
            && let Link::Trace(to) | Link::Root(to) = trace.link
        {
            let to = traces.iter().find(|other| other.number == to).unwrap();
            back += u32::from(to.number == root.number);
        }
    }
    assert!(back >= 3, "{back} side traces go back");
}

/// A loop that is entered with an int, and then with a float for ever.
const ENDLESS: &str = "
fn run(x, n)
    let k = 0
    while k != n do
        x = x + 1
        k += 1
        if x == 77 then print(x) end
    end
end
run(1, 100)
run(0.5, -1)
";

#[test]
fn a_way_by_the_entry_of_a_loop_that_is_not_come_to_is_interrupted() {
    for maxbeside in [0, 1] {
        let mut vm = Vm::new(&VmOptions::default()).unwrap();
        vm.output = Output::memory();
        let params = Params { maxbeside, ..Params::default() };
        vm.attach(Box::new(Engine::new(params, PassSet::ALL, None)));
        let interrupter = vm.interrupter();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            interrupter.interrupt();
        });
        let failure = vm.run(read_source("test.pseudo", ENDLESS.as_bytes()).unwrap()).unwrap_err();
        stopper.join().unwrap();
        assert!(matches!(failure, Failure::Interrupted { .. }), "{failure:?}");
    }
}

/// One loop for all that pull from generators, each with other functions and types.
const GENERIC: &str = "
fn fold(source, start, f)
    let result = start
    loop
        let x = source()
        if x == nil then return result end
        result = f(result, x)
    end
end
fn count(n, by)
    let i = 0
    return fn()
        i += by
        return if i > n then nil else i end
    end
end
for round in 0..3 do
    print(fold(count(1000, 1), 0, fn(a, b) return a + b end))
    print(fold(count(1000, 0.5), 0, max))
    print(fold(count(1000, 1), 1.5, fn(a, b) return a * 0.5 + b end))
end
";

#[test]
fn a_loop_has_a_trace_for_each_way_in_which_it_is_used() {
    let (traces, stats) = run(GENERIC);
    let mut loops = 0;
    for trace in &traces {
        match trace.link {
            Link::Loop => loops += 1,
            Link::Root(to) => assert_eq!(to, root_of(&traces, trace).number),
            Link::Trace(to) => panic!("trace {} leads to the entry of trace {to}", trace.number),
            Link::Interpreter | Link::Return => {}
        }
    }
    assert!(loops >= 3, "{loops} loops");
    assert!(stats.exits < 100, "{} exits", stats.exits);
}

/// Lists of lists and words, read by functions that call one another in their own place, and that have loops.
const READER: &str = "
let text, at = '((ab (c def)) (ghi) () (jk (lm (nopq r)) st))', 0
fn word()
    let letters = []
    while not (text[at] in '() ') do
        letters.push(text[at])
        at += 1
    end
    return letters.join()
end
fn list()
    let items = []
    at += 1
    while text[at] != ')' do
        if text[at] == ' ' then at += 1 else items.push(value()) end
    end
    at += 1
    return items
end
fn value()
    if text[at] == '(' then return list() end
    return word()
end
fn size(value)
    if type(value) == 'string' then return len(value) end
    let sum = 0
    for item in value do sum += size(item) end
    return sum
end
let sum = 0
for round in 0..500 do
    at = 0
    sum += size(value())
end
print(sum)";

#[test]
fn functions_with_loops_in_place_of_native_frames() {
    let (_, stats) = run(READER);
    // There are ten lists and ten words in each round.
    assert!(stats.entries < 2500, "{}", stats.entries);
    assert!(stats.abandoned.keys().all(|reason| !reason.contains("builtin")), "{:?}", stats.abandoned);
}

/// A method that calls one of five, three times: there would be a trace for each three of them, and there were 434.
#[test]
fn ways_behind_calls_of_one_of_many_go_on_as_one() {
    let (_, stats) = run("
class One fn init(a, b, c) self.x = 1 end fn eval() return self.x end end
class Sum
    fn init(a, b, c) self.a = a; self.b = b; self.c = c end
    fn eval() return (self.a.eval() + self.b.eval() + self.c.eval()) % 1009 end
end
class Difference extends Sum fn eval() return (self.a.eval() - self.b.eval() + self.c.eval()) % 1013 end end
class Least extends Sum fn eval() return self.a.eval() & self.b.eval() + self.c.eval() end end
class Most extends Sum fn eval() return self.a.eval() | self.b.eval() + self.c.eval() end end
let classes = [One, Sum, Difference, Least, Most]
let seed = 7
fn tree(depth)
    seed = seed * 16807 % 2147483647
    if depth == 0 then return One(nil, nil, nil) end
    let kind = classes[seed % 4 + 1]
    return kind(tree(depth - 1), tree(depth - 1), tree(depth - 1))
end
let sum = 0
for i in 0..150 do sum += tree(5).eval() end
print(sum)
");
    assert!(stats.ends > 4, "{} ends", stats.ends);
    assert!(stats.sides < 250, "{} side traces", stats.sides);
    assert!(stats.exits < 6500, "{} exits", stats.exits);
}

/// The round that gets hot is one that few rounds are like; the loop's own trace is of the others in the end.
#[test]
fn a_loop_is_recorded_along_the_way_that_most_rounds_go() {
    let (traces, _) = run("
fn f(n, log)
    let a, b = 0, 1
    for i in 0..n do
        if i % 57 == 56 then
            log[i % 5] = i
            b += log[0]
        else
            a = (a * b + i) % 8191
        end
    end
    return a + b
end
print(f(20000, fill(5, 0)))
");
    let roots: Vec<_> = traces.iter().filter(|trace| trace.start == Start::Root).collect();
    let [first, second] = roots[..] else { panic!("{} roots", roots.len()) };
    let goes_rarely = |trace: &Trace| trace.insts.iter().any(|inst| inst.op == Op::StoreInt);
    assert!(goes_rarely(first) && !goes_rarely(second));
}

/// Closures of one code that stand behind one another are no function that calls itself.
#[test]
fn pipelines_of_closures_are_inlined() {
    let (traces, stats) = run("
fn counted(n) return fn() n += 1; return n end end
fn mapped(source, f) return fn() return f(source()) end end
let next = mapped(mapped(mapped(counted(0), fn(x) return x * 3 end), fn(x) return x ^ 5 end), fn(x) return x % 1000 end)
let sum = 0
for i in 0..20000 do sum += next() end
print(sum)
");
    assert_eq!(stats.functions, 0);
    assert!(traces.iter().all(|trace| trace.insts.iter().all(|inst| inst.op != Op::CallFn)));
}

/// What a trace makes of a receiver and a method is to others what the interpreter makes of them.
#[test]
fn bound_methods_that_traces_make_are_called_by_other_traces() {
    let (_, stats) = run("
class Sum
    fn init() self.sum = 0 end
    fn add(x) self.sum = (self.sum + x) % 1000003 end
end
let sum = Sum()
let values = range(100)
for i in 0..1000 do values.map(sum.add) end
print(sum.sum)
");
    assert!(stats.exits < 2000, "{} exits", stats.exits);
}
