//! Trace recorder, trace IR, optimisation passes.
