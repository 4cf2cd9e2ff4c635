//! `data`: the data sets the program knows, how to obtain them, and whether files are the right ones.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::CliError;
use super::output::Output;
use crate::data::{DATA_SETS, DataSet};
use crate::experiment::Folders;

#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// Check the files of all sets found in a folder (counts, shapes, SHA-256)
    Verify {
        /// A folder with the files of one set, or with one folder for each set
        folder: PathBuf,
    },
}

/// Lists the sets, or verifies a folder.
pub(super) fn run(command: Option<&DataCommand>, output: &mut Output) -> Result<(), CliError> {
    match command {
        None => list(output),
        Some(DataCommand::Verify { folder }) => verify(folder, output),
    }
}

fn list(output: &mut Output) -> Result<(), CliError> {
    output.line("digits: handwritten digits, 1,797 grey images of 8 x 8, 10 classes")?;
    output.line("    is part of the program")?;
    let places = Folders::here().data_folders();
    for set in DATA_SETS {
        output.line(&format!("{}: {}", set.name, set.title))?;
        output.line(&format!("    cite: {}", set.citation))?;
        output.line(&format!("    terms: {}", set.licence))?;
        match set.locate(&places) {
            Some(folder) => output.line(&format!("    found in {}", folder.display()))?,
            None => output.line(&format!("    not found; to obtain it: {}", set.obtain))?,
        }
    }
    output.line("traces: currents of growing filaments at several compliance currents, one class each")?;
    output.line("    made by this program: run a script of the kind conduction_traces")?;
    output.line("    (experiments/conduction_traces.json); scripts name its record: \"set\": \"traces\", \"file\": \"….h5\"")?;
    output.line(&format!(
        "\nScripts find a set in the folder they name, in that of the variable {}, or in data/ of the current \
         folder or beside the script's folder. `neurofilament data verify FOLDER` checks files.",
        Folders::DATA_VARIABLE
    ))?;
    Ok(())
}

fn verify(folder: &Path, output: &mut Output) -> Result<(), CliError> {
    let mut found = 0;
    let mut refused = Vec::new();
    for set in DATA_SETS {
        let candidates = [folder.to_owned(), folder.join(set.name), folder.join(set.unpacked)];
        let holds = |place: &&PathBuf| set.locate(std::slice::from_ref(*place)).as_ref() == Some(*place);
        let Some(place) = candidates.iter().find(holds) else { continue };
        // MNIST and Fashion-MNIST have the same file names: a set counts as there when its folder is its
        // own, or its first file is the published one.
        let own = place.ends_with(set.name) || place.ends_with(set.unpacked);
        match check(set, place) {
            Ok(samples) => {
                found += 1;
                output.line(&format!(
                    "{}: {} holds the published files, {samples}",
                    set.name,
                    place.display()
                ))?;
            }
            Err(error) => refused.push((own, error)),
        }
    }
    match refused.into_iter().find(|(own, _)| *own || found == 0) {
        Some((_, error)) => Err(error.into()),
        None if found == 0 => Err(CliError::NoData { folder: folder.display().to_string() }),
        None => Ok(()),
    }
}

fn check(set: &DataSet, folder: &Path) -> Result<String, crate::data::DataError> {
    let split = set.read(folder)?;
    let (channels, rows, columns) = split.train.image();
    Ok(format!(
        "{} + {} images of {channels} x {rows} x {columns}, {} classes",
        split.train.len(),
        split.test.len(),
        set.classes
    ))
}
