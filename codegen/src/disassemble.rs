//! Listings of compiled code.
