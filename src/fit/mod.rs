//! Cards from measurements: the numbers of a device card, estimated from a user's own data.
//!
//! * [`relaxation`] – the `relaxation` block from what conductances did after they were written.
//!
//! Beside `experiment`: it knows devices and numbers, not scripts or the command line.

pub mod relaxation;
