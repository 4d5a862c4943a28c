//! The modes that programs are run in besides the interpreter: a row each, drawn by weight.

use pseudo::Tier;
use pseudo_codegen::engine::PARAMS;
use pseudo_trace::opt::PASSES;

use crate::engine::{Mode, SMALL_STACK};
use crate::rng::Rng;

/// A kind of mode.
pub struct Kind {
    /// What a report calls it.
    pub name: &'static str,
    /// How often it is drawn, beside the others.
    pub weight: u64,
    draw: fn(&mut Rng) -> Mode,
}

/// Everything gets hot at once.
const HOT: &str = "hotloop=1 hotcall=2 hotexit=1";

/// What that is called.
const HOT_KIND: &str = "hot at once";

fn hot(more: String) -> Mode {
    Mode::jit(&format!("{HOT} {more}"))
}

/// How many programs of a hundred are run in a second mode though there are traces in the first: a new program finds more
/// than an old one in another mode.
const SECOND_PERCENT: u64 = 6;
/// Modes in which every trace is verified after every pass, of a hundred that could.
const VERIFIED_PERCENT: u64 = 35;
/// Programs with a small stack in all their modes, of a hundred.
const SMALL_STACK_PERCENT: u64 = 97;
/// Modes with a limit on traces, of a hundred with parameters: a few programs would have hundreds compiled, and take as much time
/// as all others.
const LIMITED_PERCENT: u64 = 85;
/// That limit.
const LIMIT: &str = "maxtrace=60";
/// Modes in which whatever compiles may be either tier or both that have traces alone, of a hundred.
const TRACES_PERCENT: u64 = 45;

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind { name: "as shipped", weight: 2, draw: |_| Mode::jit("") },
    // Few of the programs run for long enough to be compiled as shipped.
    Kind { name: "as shipped, but at once", weight: 8, draw: |_| Mode::jit("warmup=0") },
    Kind {
        name: "after some instructions",
        weight: 2,
        draw: |rng| Mode::jit(&format!("warmup={}", rng.between(1, 20))),
    },
    Kind { name: HOT_KIND, weight: 13, draw: |_| hot(String::new()) },
    Kind { name: "whole functions alone", weight: 14, draw: |rng| Mode { tier: Tier::Method, ..methods(rng, "") } },
    Kind {
        name: "whole functions and traces",
        weight: 8,
        draw: |rng| {
            let (rounds, calls) = (rng.between(2, 9), rng.between(2, 9));
            methods(rng, &format!("hotloop={rounds} hotcall={calls}"))
        },
    },
    Kind {
        name: "some passes off",
        weight: 10,
        draw: |rng| {
            let off: Vec<_> = PASSES.iter().filter(|_| rng.percent(35)).map(|pass| format!("-{}", pass.name)).collect();
            Mode { passes: off.join(","), ..hot(String::new()) }
        },
    },
    Kind { name: "random parameters", weight: 8, draw: random_parameters },
    Kind {
        name: "few registers",
        weight: 7,
        draw: |rng| {
            // Now and then too few places for the values that have none.
            let slots = if rng.percent(25) { rng.between(0, 12) } else { 256 };
            hot(format!("registers={} spillslots={slots}", rng.between(4, 7)))
        },
    },
    Kind { name: "without AVX", weight: 4, draw: |rng| hot(format!("avx=0 registers={}", rng.pick(&[16, 9]))) },
    Kind {
        name: "every n-th guard fails",
        weight: 10,
        draw: |rng| {
            let (period, hot) = (rng.pick(&[1, 2, 3, 5, 7, 13, 29, 101]), rng.pick(&[1, 2, 4]));
            Mode::jit(&format!("hotloop=1 hotcall=2 hotexit={hot} exitstress={period}"))
        },
    },
    Kind { name: "one guard fails", weight: 5, draw: |rng| hot(format!("forceexit={}", rng.between(1, 60))) },
    Kind {
        name: "collections",
        weight: 8,
        draw: |rng| {
            let period = rng.pick(&[1, 1, 2, 3, 7, 20]);
            Mode::jit(&format!("hotloop={0} hotcall={0} hotexit=1 gcstress={period}", rng.between(1, 3)))
        },
    },
    Kind {
        name: "collections and failing guards",
        weight: 4,
        draw: |rng| {
            let (period, exits) = (rng.pick(&[1, 2, 3, 7, 20]), rng.pick(&[1, 7, 31]));
            Mode::jit(&format!("hotloop=2 hotcall=2 hotexit=1 gcstress={period} exitstress={exits}"))
        },
    },
    Kind {
        name: "collections, interpreted",
        weight: 3,
        draw: |rng| Mode { params: vec![format!("gcstress={}", rng.pick(&[1, 2, 5]))], ..Mode::default() },
    },
    Kind { name: "a small nursery", weight: 5, draw: |rng| hot(format!("nursery={}", rng.pick(&[1, 2, 4, 16]))) },
    Kind {
        name: "arrays before guard pages",
        weight: 3,
        draw: |rng| hot(format!("arrayguard=16 gcstress={}", rng.pick(&[0, 0, 7]))),
    },
    Kind {
        name: "little code memory",
        weight: 6,
        draw: |rng| {
            // Code of whole functions has a memory of its own: each in turn is what there is too little for.
            if rng.percent(30) {
                let more = format!("maxmcode={} maxside={}", rng.pick(&[16, 16, 24]), rng.between(0, 100));
                return methods(rng, &more);
            }
            // Short programs fill it with many and long traces only.
            let (sides, period) = (rng.pick(&[5, 100, 1000]), rng.pick(&[0, 0, 2, 5]));
            let unroll = "loopunroll=100 sideunroll=100 maxtrace=1000";
            hot(format!("maxmcode=16 maxside={sides} exitstress={period} {unroll}"))
        },
    },
    Kind {
        name: "few traces",
        weight: 5,
        draw: |rng| hot(format!("maxtrace={} maxside={}", rng.between(1, 12), rng.between(0, 6))),
    },
    Kind {
        name: "outgrown limits",
        weight: 5,
        // Loops that are recorded anew since they have too many side traces, and all traces since there are too many.
        draw: |rng| {
            let after = rng.between(1, 20);
            if rng.percent(35) {
                return hot(format!("maxtrace={} outgrown={after}", rng.between(2, 12)));
            }
            let (sides, beside) = (rng.between(1, 4), rng.between(0, 3));
            hot(format!("maxside={sides} outgrown={after} maxbeside={beside}"))
        },
    },
    Kind {
        name: "short recordings",
        weight: 5,
        draw: |rng| {
            hot(format!(
                "maxrecord={} maxir={} maxsnap={} retries={} tryside={}",
                rng.pick(&[20, 60, 200]),
                rng.pick(&[60, 300, 8000]),
                rng.pick(&[8, 40, 500]),
                rng.pick(&[0, 2, 1000]),
                rng.between(1, 4)
            ))
        },
    },
    Kind {
        name: "rounds that a recording follows",
        weight: 4,
        draw: |rng| {
            let (sides, unroll, from_exits) = (rng.between(0, 4), rng.pick(&[0, 2, 15, 100]), rng.pick(&[0, 3, 100]));
            hot(format!("maxside={sides} loopunroll={unroll} sideunroll={from_exits}"))
        },
    },
    Kind {
        name: "calls that a recording follows",
        weight: 4,
        draw: |rng| {
            let (depth, recursion) = (rng.between(1, 20), rng.between(0, 8));
            let (sides, shared) = (rng.pick(&[1, 4, 32]), rng.pick(&[0, 1, 2, 100]));
            hot(format!("maxdepth={depth} recunroll={recursion} levelsides={sides} sharecalls={shared}"))
        },
    },
    Kind {
        name: "fields by their names",
        weight: 6,
        // Everywhere, or where a second shape has come.
        draw: |rng| hot(format!("maxshapes={} gcstress={}", rng.pick(&[0, 0, 1]), rng.pick(&[0, 0, 0, 3]))),
    },
    Kind {
        name: "choices",
        weight: 6,
        // Both ways of every conditional that allows it.
        draw: |rng| hot(format!("watch={} rarely=0 gcstress={}", rng.between(1, 3), rng.pick(&[0, 0, 0, 3]))),
    },
    Kind {
        name: "shared ends",
        weight: 6,
        draw: |rng| hot(format!("sharesides={} watch={}", rng.between(0, 3), rng.pick(&[0, 64, 1000]))),
    },
];

/// Functions as a whole, from their first call or round on, or some time later: only what has run by then is known of them.
fn methods(rng: &mut Rng, more: &str) -> Mode {
    let stress = rng.pick(&["", "", "", "gcstress=1", "gcstress=3"]);
    let (rounds, calls) = (rng.pick(&[1, 2, 3, 4, 5, 5, 9, 20]), rng.pick(&[1, 2, 3, 4, 5, 9, 20, 40]));
    Mode::jit(&format!("methodloop={rounds} methodcall={calls} {stress} {more}"))
}

/// Any parameters at all, near their least, their usual or their largest value.
fn random_parameters(rng: &mut Rng) -> Mode {
    // These are not for every program: traces that are recorded for ever, collections at each of very many allocations.
    const OTHERS: &[&str] = &["verify", "forceexit", "maxtrace", "maxmethod", "stack", "warmup"];
    let mut mode = Mode::jit(HOT);
    for info in PARAMS.iter().filter(|info| !OTHERS.contains(&info.name)) {
        if !rng.percent(25) {
            continue;
        }
        let (least, most) = info.range;
        let small = i64::from(least) + rng.between(0, 4);
        let usual = i64::from(info.default / 2) + rng.between(0, i64::from(info.default).min(50));
        let value = rng.weighted(&[(5, small), (4, usual), (1, i64::from(most.min(5000)))]);
        let value = value.clamp(i64::from(least), i64::from(most));
        mode.params.push(format!("{}={value}", info.name));
    }
    mode
}

/// A mode that is drawn, and the place of its kind.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Place in [`KINDS`].
    pub kind: usize,
    /// The mode.
    pub mode: Mode,
}

/// One mode.
pub fn draw(rng: &mut Rng) -> Drawn {
    let weights: Vec<(u64, usize)> = KINDS.iter().enumerate().map(|(at, kind)| (kind.weight, at)).collect();
    let kind = rng.weighted(&weights);
    let mut mode = (KINDS[kind].draw)(rng);
    if mode.is_as_shipped() {
        return Drawn { kind, mode };
    }
    if mode.tier == Tier::Auto && !mode.params.is_empty() && !has_methods_soon(&mode) && rng.percent(TRACES_PERCENT) {
        mode.tier = Tier::Trace;
    }
    if mode.tier.has_traces() && !mode.params.is_empty() {
        let has_limit = mode.params.iter().any(|param| param.starts_with("maxtrace"));
        mode.params.extend((!has_limit && rng.percent(LIMITED_PERCENT)).then(|| LIMIT.to_owned()));
        mode.params.extend(rng.percent(VERIFIED_PERCENT).then(|| "verify=1".to_owned()));
    }
    Drawn { kind, mode }
}

fn has_methods_soon(mode: &Mode) -> bool {
    mode.params.iter().any(|param| param.starts_with("method"))
}

/// The modes for a program: at least one of them has traces, and soon if the first has none.
pub fn for_program(rng: &mut Rng) -> Vec<Drawn> {
    let mut modes = vec![draw(rng)];
    if modes[0].mode.tier.has_traces() && rng.percent(SECOND_PERCENT) {
        modes.push(draw(rng));
    }
    if !modes.iter().any(|drawn| drawn.mode.tier.has_traces()) {
        let drawn = draw(rng);
        let is_hot = drawn.mode.tier.has_traces() && drawn.mode.params.iter().any(|param| param.starts_with("hotloop"));
        let hot = || Drawn {
            kind: KINDS.iter().position(|kind| kind.name == HOT_KIND).expect("a row"),
            mode: Mode::jit(HOT),
        };
        modes.push(if is_hot { drawn } else { hot() });
    }
    if rng.percent(SMALL_STACK_PERCENT) {
        modes.iter_mut().for_each(|drawn| drawn.mode.params.push(SMALL_STACK.to_owned()));
    }
    modes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_can_be_run() {
        let mut rng = Rng::new(1);
        let mut drawn = vec![0; KINDS.len()];
        for _ in 0..2000 {
            let Drawn { kind, mode } = draw(&mut rng);
            drawn[kind] += 1;
            mode.run_options().unwrap_or_else(|error| panic!("{}: {error}", mode.name()));
        }
        assert!(drawn.iter().all(|&count| count > 0), "{drawn:?}");
    }
}
