//! What becomes of a loop that has as many traces as it may, when the program goes on to something else.

#[path = "common/traces.rs"]
mod traces;

use pseudo_codegen::engine::{Params, Stats};
use traces::{run, run_with};

/// Values of ever other types go through one loop.
const PHASES: &str = "
fn count(values)
    let n = 0
    for i in 1..len(values) do
        if values[i - 1] < values[i] then n += 1 else n -= 1 end
    end
    return n
end
fn many(f) return range(40000).map(f) end
let counts = [
    count(many(fn(i) return i * 7 % 100 end)),
    count(many(fn(i) return if i % 3 == 0 then i * 7 % 100 else i % 10 / 4 end end)),
    count(many(fn(i) return i * 7 % 100 / 4 end)),
    count(many(fn(i) return if i % 5 == 0 then i % 100 else i * 7 % 10 / 4 end end)),
    count(many(fn(i) return str(i * 7 % 100) end)),
]
";

fn stats(assignments: &[&str]) -> Stats {
    let mut params = Params::default();
    assignments.iter().for_each(|assignment| params.set(assignment).unwrap());
    run_with(params, PHASES).1
}

const NEVER: &str = "outgrown=1000000000";

#[test]
fn a_loop_with_all_its_side_traces_is_recorded_anew() {
    let limits = ["maxside=4", "maxbeside=1"];
    let (never, usual) = (stats(&[&limits[..], &[NEVER]].concat()), stats(&limits));
    assert!(never.exits > 60_000, "{} exits", never.exits);
    assert!(usual.exits < never.exits / 4, "{} exits", usual.exits);
    assert_eq!(usual.flushes, 0);
}

#[test]
fn all_traces_are_dropped_where_there_are_as_many_as_may_be() {
    let (never, usual) = (stats(&["maxtrace=9", NEVER]), stats(&["maxtrace=9"]));
    assert!(never.exits > 60_000, "{} exits", never.exits);
    assert!(usual.exits < never.exits / 4, "{} exits", usual.exits);
    assert!(usual.flushes > 0);
}

#[test]
fn as_many_traces_as_are_usual_are_enough() {
    let (_, stats) = run(PHASES);
    assert!(stats.exits < 2000 && stats.blacklisted == 0, "{} exits, {} limits", stats.exits, stats.blacklisted);
}

#[test]
fn what_has_more_ways_than_traces_is_recorded_anew_less_and_less_often() {
    let few = stats(&["maxside=0", "maxbeside=0", "outgrown=50"]);
    assert!(few.recordings < 60, "{} recordings", few.recordings);
}
