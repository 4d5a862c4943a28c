//! Benchmark programs, their runner.
