//! Pseudocode with its just-in-time compiler, as a library.
