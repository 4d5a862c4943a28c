//! The interpreter state that a guard of a trace stands for: capture, compression, restore.
