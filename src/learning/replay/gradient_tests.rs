//! Hand-written gradients against central differences, one random direction per parameter group.
#![allow(clippy::unwrap_used)]
