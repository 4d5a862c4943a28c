//! Random loops over recurrences, run round by round and with rounds skipped: they must leave through the same guard with
//! the same values.

use std::fmt::Write;

use pseudo_snapshots::Slot;
use pseudo_trace::ir::eval::{Exit, Machine, Outcome, V, run};
use pseudo_trace::ir::parse::parse;
use pseudo_trace::ir::trace::Trace;
use pseudo_trace::opt::rewrite::Scratch;
use pseudo_trace::opt::{BuiltinEffect, Options, PASSES, PassSet, Stats, run_pass};

use super::random::Random;
use super::text;

/// Rounds that a loop may take.
const ROUNDS: u32 = 700;
/// Slots with ints: those that the loop carries, then those that it does not change.
const CARRIED: usize = 4;
const SLOTS: usize = CARRIED + 3;

/// A loop as text. Slot 0 counts; the others follow from it, from themselves and from one another.
struct Maker {
    random: Random,
    text: String,
    next: usize,
    values: Vec<String>,
}

impl Maker {
    fn put(&mut self, instruction: &str) -> String {
        let name = format!("%{}", self.next);
        writeln!(self.text, "{name}: {instruction}").unwrap();
        self.next += 1;
        name
    }

    fn guard(&mut self, test: &str, holds: bool, snapshot: usize) {
        writeln!(self.text, "guard.{holds} {test} -> s{snapshot}").unwrap();
        self.next += 1;
    }

    fn constant(&mut self) -> String {
        self.random.pick(&["0", "1", "-1", "2", "3", "7", "-5", "64", "1000003", "-9223372036854775808"]).to_string()
    }

    fn value(&mut self) -> String {
        if self.random.below(4) == 0 {
            return self.constant();
        }
        let at = self.random.below(self.values.len());
        self.values[at].clone()
    }

    fn expression(&mut self, of: &str) -> String {
        let other = self.value();
        let invariant = format!("%{}", 2 * (CARRIED + self.random.below(3)) + 1);
        let instruction = match self.random.below(16) {
            0..=3 => format!("int = add.int {of}, {other}"),
            4 => format!("int = sub.int {of}, {other}"),
            5 => format!("int = sub.int {other}, {of}"),
            6 => format!("int = mul.int {of}, {other}"),
            7 => format!("int = mul.int {of}, {}", self.random.pick(&["2", "3", "-1", "5"])),
            8 => format!("int = shl.int {of}, {}", self.random.pick(&[1, 2, 63])),
            9 => format!("int = neg.int {of}"),
            10 => format!("int = not.int {of}"),
            11 => format!("int = xor.int {of}, {invariant}"),
            12 => format!("int = or.int {of}, {invariant}"),
            13 => format!("int = and.int {of}, {invariant}"),
            14 => format!("int = mod.int {of}, {}", self.random.pick(&[2, 3, 6, 1000, 97])),
            _ => format!(
                "int = {} {of}, {}",
                self.random.pick(&["div.int", "and.int", "sar.int"]),
                self.random.pick(&[1, 2, 3, 7, 31])
            ),
        };
        self.put(&instruction)
    }

    fn make(mut self, steps: &[i64]) -> (Trace, String) {
        for slot in 0..SLOTS {
            let any = self.put(&format!("any = slot r{slot}"));
            let int = self.put(&format!("int = guard.int {any} -> s0"));
            debug_assert_eq!(int, format!("%{}", 2 * slot + 1));
            self.values.push(int);
        }
        self.text.push_str("loop\n");
        self.next += 1;
        let phis: Vec<String> = (0..CARRIED).map(|at| format!("%{}", self.next + at)).collect();
        let phis_at = self.text.len();
        self.next += CARRIED;
        self.values.splice(..CARRIED, phis.iter().cloned());
        writeln!(self.text, "poll -> s1").unwrap();
        self.next += 1;
        let counter = phis[0].clone();
        let step = self.random.pick(steps);
        let guards = 1 + self.random.below(3);
        let mut nexts = Vec::new();
        let mut snapshots = format!(
            "snapshot s0 f0:0 base 0 {{ }}\nsnapshot s1 f0:1 base 0 {{ r0: {}, r1: {}, r2: {}, r3: {} }}\n",
            phis[0], phis[1], phis[2], phis[3]
        );
        let next = self.put(&format!("int = add.int {counter}, {step}"));
        nexts.push(next.clone());
        for (at, phi) in phis.iter().enumerate().skip(1) {
            let mut value = phi.clone();
            for _ in 0..1 + self.random.below(3) / 2 {
                value = self.expression(&value);
            }
            if self.random.below(6) == 0 {
                let counter = counter.clone();
                value = self.expression(&counter);
            }
            nexts.push(value.clone());
            // What stands below sees this round's value.
            if self.random.below(2) == 0 {
                self.values[at] = value;
            }
        }
        for guard in 0..guards {
            let of = match self.random.below(8) {
                0 | 1 => next.clone(),
                2 => nexts[1].clone(),
                3 => self.expression(&counter.clone()),
                _ => counter.clone(),
            };
            let limit = match self.random.below(3) {
                0 => self.constant(),
                _ => format!("%{}", 2 * (CARRIED + self.random.below(3)) + 1),
            };
            let (a, b) = if self.random.below(2) == 0 { (of, limit) } else { (limit, of) };
            let op = self.random.pick(&["lt", "lt", "le", "le", "ult", "eq", "ne"]);
            let test = self.put(&format!("bool = {op}.int {a}, {b}"));
            let holds = if op == "eq" { self.random.below(4) == 0 } else { self.random.below(3) != 0 };
            let snapshot = 2 + guard;
            self.guard(&test, holds, snapshot);
            writeln!(
                snapshots,
                "snapshot s{snapshot} f0:{snapshot} base 0 {{ r0: {}, r1: {}, r2: {}, r3: {}, r9: {} }}",
                phis[0], nexts[1], phis[2], nexts[3], nexts[0]
            )
            .unwrap();
        }
        let mut lines = String::new();
        for (at, next) in nexts.iter().enumerate() {
            writeln!(lines, "{}: int = phi %{}, {next}", phis[at], 2 * at + 1).unwrap();
        }
        self.text.insert_str(phis_at, &lines);
        let text = format!("{}{snapshots}link loop\n", self.text);
        (parse(&text).unwrap_or_else(|error| panic!("{error} in\n{text}")), text)
    }
}

/// Values that slots begin with: limits lie near the counter, or near the ends of the range.
fn machine(random: &mut Random, near: i64) -> Machine {
    let mut machine = Machine::default();
    for slot in 0..SLOTS {
        let int = match slot {
            0 => near.wrapping_add(random.below(3) as i64 - 1),
            1..CARRIED => random.pick(&[0, 1, -1, 5, 12345, i64::MAX, i64::MIN, -987654321]),
            _ => near.wrapping_add(random.pick(&[0, 1, -1, 2, 3, 40, -40, 57, 600, -600, 1500])),
        };
        machine.slots.insert(Slot::Stack(slot as i32), V::Int(int));
    }
    machine
}

fn go(trace: &Trace, machine: &Machine) -> (Machine, Outcome) {
    let mut machine = machine.clone();
    let outcome = run(trace, &mut machine, ROUNDS, &mut |_, _, _| V::Nil);
    let outcome = outcome.unwrap_or_else(|fault| panic!("{fault:?} in\n{}", text(trace)));
    (machine, outcome)
}

#[test]
fn skipped_rounds_leave_what_running_them_leaves() {
    let options = Options { passes: PassSet::ALL, verify: true, effects: &|_| BuiltinEffect::Outside };
    let pass = PASSES.iter().find(|pass| pass.name == "closed").unwrap();
    let (mut closed, mut compared, mut skipped, mut periods) = (0, 0, 0, 0);
    for seed in 1..=1000u64 {
        let random = Random::new(seed);
        let maker = Maker { random, text: String::new(), next: 0, values: Vec::new() };
        let (plain, source) = maker.make(&[1, 1, 1, -1, 2, 3, -2, 6, 12, 1 << 61, i64::MIN]);
        let mut trace = plain.clone();
        run_pass(&mut trace, pass, &options, &mut Scratch::default(), &mut Stats::default(), &mut |_, _| {});
        periods += u32::from(trace.period > 1);
        if !trace.skips_rounds {
            continue;
        }
        closed += 1;
        let mut random = Random::new(seed.wrapping_mul(77));
        for near in [0, 0, 57, i64::MAX, i64::MIN, -1] {
            let start = machine(&mut random, near);
            let (slow, slow_outcome) = go(&plain, &start);
            let (fast, fast_outcome) = go(&trace, &start);
            skipped += u64::from(slow_outcome.rounds.saturating_sub(fast_outcome.rounds));
            if slow_outcome.exit == Exit::Rounds {
                continue;
            }
            compared += 1;
            let show = || format!("seed {seed}:\n{source}became\n{}on {start:?}", text(&trace));
            assert_eq!(slow_outcome.resume, fast_outcome.resume, "{}", show());
            assert_eq!(slow, fast, "{}", show());
        }
    }
    assert!(closed > 150, "only {closed} loops were closed");
    assert!(compared > 600, "only {compared} runs ended");
    assert!(skipped > 10_000, "only {skipped} rounds were skipped");
    assert!(periods > 8, "only {periods} loops have a period");
}
