//! Program generator and differential oracle.
