//! Side traces that end where they come back to the way of their root, instead of going on to its header.
//!
//! ```text
//!           site 1         site 2        back to the header
//! root ------+--------------+-------------->
//!            |\__ side __ / |\__ side __ /
//!            |            | |            |
//!            |  shared end of all that come from site 1 ->  shared end of all that come from site 2 -> header
//! ```
//!
//! A round that goes one of k ways at each of m sites has k^m paths. With side traces to the header there would be a trace for
//! each path; with ends that they share, k for each site and a few more. The price is paid where they meet: variables are in
//! memory there, and their types are looked at again. So it is done only for loops with very many side traces, and behind native
//! calls, which leave variables in memory anyway.
//!
//! A shared end is a root trace that begins in the middle of a loop or function.

use std::rc::Rc;

use pseudo_snapshots::Pc;
use pseudo_vm::bytecode::liveness::jump_target;
use pseudo_vm::bytecode::ops::Op as Bytecode;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Now, Recorder};
use crate::ir::trace::{Link, Trace};

/// The instructions that a root trace comes by in the frame that it was entered with.
pub fn way_of(trace: &Trace) -> FxHashSet<Pc> {
    let own = trace.origins.iter().filter(|origin| origin.depth == 0);
    own.map(|origin| origin.pc).collect()
}

/// How a side trace is to end where it comes back to its root's way.
#[derive(Clone, Debug)]
pub struct Rejoin {
    /// Whether it calls functions that others inline, for the fewer ways that this makes.
    pub calls: bool,
    /// The root's way.
    pub way: Rc<FxHashSet<Pc>>,
    /// Traces that begin on it; none where there can't be one.
    pub ends: FxHashMap<Pc, Option<u32>>,
}

/// What is to be done before an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Back {
    /// It is recorded.
    No,
    /// The trace has ended.
    Ended,
    /// A shared end has to be recorded first.
    EndWanted,
}

impl Recorder {
    /// Has a side trace end where it comes back to the way of its root.
    pub fn rejoin(&mut self, rejoin: Rejoin) {
        self.rejoin = Some(rejoin);
        // Behind a call begins what the side traces of all its callees share.
        self.strayed = self.after_call;
    }

    /// Looks at whether the trace has just come back to its root's way.
    pub(super) fn comes_back(&mut self, now: &Now<'_>) -> Back {
        let Some(rejoin) = &self.rejoin else { return Back::No };
        let pc = self.frames.pc();
        let in_root = self.frames.len() == 1 && self.frames.top().base == 0 && self.returns == 0;
        if !in_root || !rejoin.way.contains(&pc) {
            self.strayed = true;
            return Back::No;
        }
        // Where the round ends anyway, the header is as near.
        let ends_round = matches!(now.word.op(), Bytecode::LoopHeader | Bytecode::TraceHeader)
            || jump_target(now.word, now.at).is_some_and(|to| to <= now.at);
        if !std::mem::take(&mut self.strayed) || ends_round {
            return Back::No;
        }
        match rejoin.ends.get(&pc).copied() {
            Some(Some(end)) => {
                self.end(now, Link::Trace(end));
                Back::Ended
            }
            Some(None) => Back::No,
            None => Back::EndWanted,
        }
    }
}
