//! Finds out which part of the compiler a failure needs: which parameters, which passes, and which trace or function.
//!
//! Each step changes the mode and looks whether the program still fails, so that the mode in the end is the plainest one
//! found that does: no parameter in it can be left out, none of its passes switched off, no trace fewer compiled.

use pseudo::Tier;
use pseudo_codegen::engine::PARAMS;
use pseudo_trace::opt::{PASSES, PassSet};

use crate::engine::Mode;

/// What a failure needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guilty {
    /// The plainest mode that fails.
    pub mode: Mode,
    /// The passes that have to run, if traces do; with none of them it is the recorder's fault, or the code generator's.
    pub passes: Option<Vec<&'static str>>,
    /// The number of the trace without which all is well, if there is one.
    pub trace: Option<u32>,
    /// The same for functions that are compiled as a whole, counted from 1.
    pub function: Option<u32>,
}

impl std::fmt::Display for Guilty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.passes.as_deref() {
            None => {}
            Some([]) => writeln!(f, "guilty pass: none, it fails without any")?,
            Some([pass]) => writeln!(f, "guilty pass: {pass}")?,
            Some(passes) => writeln!(f, "guilty passes, all of which have to run: {}", passes.join(", "))?,
        }
        if let Some(trace) = self.trace {
            writeln!(f, "guilty trace: {trace}")?;
        }
        if let Some(function) = self.function {
            writeln!(f, "guilty function, counted as they are compiled: {function}")?;
        }
        Ok(())
    }
}

/// Bisects. The mode must fail.
pub fn bisect(mode: &Mode, mut fails: impl FnMut(&Mode) -> bool) -> Guilty {
    let mut mode = mode.clone();
    plainer_tier(&mut mode, &mut fails);
    fewer_params(&mut mode, &mut fails);
    let passes = mode.tier.has_traces().then(|| fewer_passes(&mut mode, &mut fails));
    let trace = if mode.tier.has_traces() { least(&mut mode, "maxtrace", 1, &mut fails) } else { None };
    let function = if mode.tier.has_methods() { least(&mut mode, "maxmethod", 0, &mut fails) } else { None };
    // The limit is above the last trace's number.
    Guilty { mode, passes, trace: trace.map(|limit| limit - 1), function }
}

fn plainer_tier(mode: &mut Mode, fails: &mut dyn FnMut(&Mode) -> bool) {
    for tier in [Tier::Interp, Tier::Trace, Tier::Method] {
        let candidate = Mode { tier, ..mode.clone() };
        if mode.tier == Tier::Auto && fails(&candidate) {
            *mode = candidate;
            return;
        }
    }
}

fn fewer_params(mode: &mut Mode, fails: &mut dyn FnMut(&Mode) -> bool) {
    for at in (0..mode.params.len()).rev() {
        let mut candidate = mode.clone();
        candidate.params.remove(at);
        if fails(&candidate) {
            *mode = candidate;
        }
    }
}

/// Leaves as few passes on as the failure needs: halves of them are switched off, then quarters, and so on.
fn fewer_passes(mode: &mut Mode, fails: &mut dyn FnMut(&Mode) -> bool) -> Vec<&'static str> {
    let set = PassSet::parse(&mode.passes).unwrap_or_default();
    let mut needed: Vec<&'static str> =
        (0..PASSES.len()).filter(|&index| set.contains(index)).map(|index| PASSES[index].name).collect();
    let mut run = needed.len();
    while run > 0 {
        let mut start = 0;
        while start < needed.len() {
            let end = (start + run).min(needed.len());
            let fewer: Vec<_> = needed[..start].iter().chain(&needed[end..]).copied().collect();
            let candidate = with_passes(mode, &fewer);
            if fails(&candidate) {
                needed = fewer;
            } else {
                start = end;
            }
        }
        run /= 2;
    }
    if needed.len() < PASSES.len() {
        *mode = with_passes(mode, &needed);
    }
    needed
}

fn with_passes(mode: &Mode, passes: &[&str]) -> Mode {
    let passes = if passes.is_empty() { "none".to_owned() } else { passes.join(",") };
    Mode { passes, ..mode.clone() }
}

/// Sets a limit to the least value at which it fails; `None`, and nothing changed, if it fails at the parameter's least too,
/// or no longer at any.
fn least(mode: &mut Mode, param: &str, lowest: u32, fails: &mut dyn FnMut(&Mode) -> bool) -> Option<u32> {
    let with = |mode: &Mode, limit: u32| {
        let mut mode = mode.clone();
        mode.params.retain(|other| !other.starts_with(&format!("{param}=")));
        mode.with(format!("{param}={limit}"))
    };
    if fails(&with(mode, lowest)) {
        // It has nothing to do with these.
        return None;
    }
    let most = PARAMS.iter().find(|info| info.name == param).map_or(lowest, |info| info.range.1);
    let (mut good, mut bad) = (lowest, lowest + 1);
    while !fails(&with(mode, bad)) {
        if bad >= most.min(1 << 14) {
            return None;
        }
        (good, bad) = (bad, (bad * 2).min(most));
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fails(&with(mode, middle)) {
            bad = middle;
        } else {
            good = middle;
        }
    }
    *mode = with(mode, bad);
    Some(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with trace 5, if licm and cse have run, and loops get hot soon.
    fn fails(mode: &Mode) -> bool {
        let options = mode.run_options().expect("a mode");
        let runs = |name: &str| PASSES.iter().position(|pass| pass.name == name).map(|at| options.passes.contains(at));
        mode.tier.has_traces()
            && options.params.hotloop < 10
            && options.params.maxtrace > 5
            && runs("licm") == Some(true)
            && runs("cse") == Some(true)
    }

    #[test]
    fn what_a_failure_needs_is_found() {
        let mode = Mode { passes: "-dce".to_owned(), ..Mode::jit("hotloop=1 gcstress=3 maxtrace=40") };
        let guilty = bisect(&mode, fails);
        assert_eq!(guilty.passes, Some(vec!["cse", "licm"]));
        assert_eq!((guilty.trace, guilty.function), (Some(5), None));
        assert_eq!(guilty.mode.name(), "--tier=trace --param=hotloop=1 --param=maxtrace=6 --passes=cse,licm");
        assert!(guilty.to_string().contains("guilty trace: 5"), "{guilty}");
    }

    #[test]
    fn an_interpreter_that_fails_has_no_guilty_pass() {
        let guilty =
            bisect(&Mode::jit("gcstress=1 hotloop=1"), |mode| mode.params.iter().any(|param| param == "gcstress=1"));
        assert_eq!(
            guilty,
            Guilty {
                mode: Mode { params: vec!["gcstress=1".to_owned()], ..Mode::default() },
                passes: None,
                trace: None,
                function: None
            }
        );
    }

    #[test]
    fn a_failure_of_a_function_names_it() {
        let guilty = bisect(&Mode::jit("methodcall=1"), |mode| {
            mode.tier.has_methods() && mode.run_options().expect("a mode").params.maxmethod >= 3
        });
        assert_eq!((guilty.passes.clone(), guilty.trace, guilty.function), (None, None, Some(3)));
        assert_eq!(guilty.mode.tier, Tier::Method);
    }
}
