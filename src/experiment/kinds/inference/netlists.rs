//! Programmed planes as ngspice netlists beside the record.
//!
//! `NAME.<network>.netlists/matrix_<m>_tile_<t>_plane_<p>.cir`: every cell of the first programming as a resistor, the wires of
//! the design, all word lines at the read voltage, bit lines at virtual ground.

use super::axes::Point;
use super::{Findings, Outcome};
use crate::experiment::ExperimentError;
use crate::record::Record;

/// Writes the netlists of the first programming of one network. Gives a line for the user.
pub(super) fn write(base: &Point, found: &Findings, record: &Record) -> Result<String, ExperimentError> {
    let name = found.candidate.name;
    let folder = record.path().with_extension(format!("{name}.netlists"));
    let unwritable = |source| ExperimentError::Unwritable { path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut written = 0;
    let cells = found.base.first().map_or(&[][..], |outcome: &Outcome| &outcome.cells);
    for (m, tiles) in cells.iter().enumerate() {
        for (t, tile) in tiles.iter().enumerate() {
            for (p, plane) in tile.planes.iter().enumerate() {
                let title = format!("{name}: matrix {m}, tile {t}, plane {p}");
                let voltages = vec![base.read_voltage(); plane.word_lines];
                let text = plane.netlist(&title, base.wires(), &voltages)?;
                let path = folder.join(format!("matrix_{m}_tile_{t}_plane_{p}.cir"));
                std::fs::write(&path, text)
                    .map_err(|source| ExperimentError::Unwritable { path: path.clone(), source })?;
                written += 1;
            }
        }
    }
    Ok(format!("{name}: {written} netlists in {}", folder.display()))
}
