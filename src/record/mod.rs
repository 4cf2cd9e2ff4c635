//! The record of a run: one self-describing HDF5 file.
//!
//! [`Record`] writes: it works on `<path>.part` and gives the file its final name only in
//! [`Record::finish`], so that an interrupted run or a full disk never leaves a file that looks
//! complete. Every dataset carries `units` and `long_name` and may name the datasets that are the
//! scales of its dimensions; provenance (script, cards, version, seed, threads) sits in the root
//! attributes. Long traces are [streamed](StreamSpec) with bounded memory and flushed as they
//! grow, so that a killed process leaves everything up to its last flush readable; so do datasets that
//! [grow](Record::grow) entry by entry.
//! [`RecordFile`] reads such a file back, for reports and for merging the points of a sweep.
//!
//! The layout of the file is specified in `docs/hdf5.md`.

mod attributes;
mod copy;
mod dataset;
mod error;
mod growing;
mod layout;
mod provenance;
mod reader;
mod scales;
mod stream;
mod writer;

pub use dataset::{Attribute, Dataset, Values};
pub use error::RecordError;
pub use growing::Growing;
pub use provenance::Provenance;
pub use reader::RecordFile;
pub use stream::{Column, Stream, StreamSpec};
pub use writer::Record;
