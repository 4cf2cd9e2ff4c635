//! One self-contained HTML page from one record.
//!
//! The page is made from the HDF5 file alone: whatever the file holds decides which plots appear
//! (traces, sets of conduction traces, switching kinetics, devices over cycles, programs, fits, arrays, learning, sweeps, then everything else
//! that has a shape).
//! No scripts, no fonts, no pictures from elsewhere; it prints, and it opens in ten years. The one script
//! is inside the page: it lets the reader turn a filament (`filament/`). Without scripts, and in print,
//! its place is empty and everything else is there.

mod array_transient;
mod conduction;
mod cost;
mod crossbar;
mod cycling;
mod figure;
mod filament;
mod fit;
mod flags;
mod hammer;
mod hardware;
mod inference;
mod kinetics;
mod learning;
mod learning_maths;
mod others;
mod page;
mod plot;
mod potentiation;
mod programming;
mod provenance;
mod published;
mod read_margin;
mod relaxation;
mod source;
mod traces;

use std::path::{Path, PathBuf};

use crate::record::{RecordError, RecordFile};
use source::Source;

/// An error while making a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The page cannot be written.
    #[error("cannot write the report {}: {reason}; choose another output path", path.display())]
    Write {
        /// The page.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

/// Reads a record, finished or not, and writes its report.
///
/// # Errors
/// When the record cannot be read or the page cannot be written.
pub fn write_html(record: &Path, out: &Path) -> Result<(), ReportError> {
    let html = html(record)?;
    // Written beside and renamed, so that a full disk leaves no half page under the final name.
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    std::fs::write(&part, html)
        .and_then(|()| std::fs::rename(&part, out))
        .map_err(|e| ReportError::Write { path: out.to_owned(), reason: e.to_string() })
}

/// The report of a record as HTML text.
///
/// # Errors
/// When the record cannot be read.
pub fn html(record: &Path) -> Result<String, ReportError> {
    let file = RecordFile::open(record)?;
    let mut source = Source::new(&file)?;
    let mut sections = Vec::new();
    sections.extend(filament::section(&mut source));
    sections.extend(conduction::section(&mut source));
    sections.extend(traces::section(&mut source));
    sections.extend(kinetics::section(&mut source));
    sections.extend(relaxation::section(&mut source));
    sections.extend(cycling::section(&mut source));
    sections.extend(potentiation::section(&mut source));
    sections.extend(programming::section(&mut source));
    sections.extend(fit::section(&mut source));
    sections.extend(published::section(&mut source));
    sections.extend(array_transient::section(&mut source));
    sections.extend(crossbar::section(&mut source));
    sections.extend(hammer::section(&mut source));
    sections.extend(read_margin::section(&mut source));
    sections.extend(inference::section(&mut source));
    sections.extend(learning::sections(&mut source));
    sections.extend(flags::section(&mut source));
    sections.extend(others::sections(&mut source));
    sections.extend(provenance::sections(&source)?);
    let provenance = file.provenance()?;
    Ok(page::page(&provenance.title, &provenance.kind, file.is_complete(), &sections))
}
