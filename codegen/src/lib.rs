//! Register allocation, x86-64 emission, code memory, trace linking.
