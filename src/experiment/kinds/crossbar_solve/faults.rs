//! The `faults` block of a script.

use schemars::JsonSchema;
use serde::Deserialize;

use super::lines::Crossing;
use crate::crossbar::{Array, Bridge, CrossbarError, Fault, FaultRates, Place, faults};
use crate::experiment::FieldError;
use crate::experiment::script::{Ohm, Ratio, Siemens};

/// Faults of cells and lines; a cell is [row, column], counted from 0.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultFields {
    /// Cells that do not conduct.
    #[serde(default)]
    open_cells: Vec<Crossing>,
    /// Cells that are shorts of `short_resistance`.
    #[serde(default)]
    shorted_cells: Vec<Crossing>,
    /// Resistance of all shorted cells.
    #[serde(default)]
    short_resistance: Option<Ohm>,
    /// Cells that stay at a conductance.
    #[serde(default)]
    stuck_cells: Vec<StuckCell>,
    /// Word (source) lines broken between this cell and the next one on them.
    #[serde(default)]
    broken_word_lines: Vec<Crossing>,
    /// Bit lines broken between this cell and the next one on them.
    #[serde(default)]
    broken_bit_lines: Vec<Crossing>,
    /// Resistors between two nodes that should not be connected.
    #[serde(default)]
    bridges: Vec<BridgeFields>,
    /// Faults at random places, by the script's seed.
    #[serde(default)]
    random: Option<RandomFaults>,
}

/// A cell that stays at a conductance.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StuckCell {
    /// Row and column.
    cell: Crossing,
    /// Its conductance.
    conductance: Siemens,
}

/// A resistor between two nodes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BridgeFields {
    /// One node.
    from: Node,
    /// The other node.
    to: Node,
    /// Its resistance.
    resistance: Ohm,
}

/// A node: the crossing [row, column] on its word line or on its bit line.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Node {
    /// On the word line.
    WordLine(Crossing),
    /// On the bit line.
    BitLine(Crossing),
}

/// Probabilities of faults.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RandomFaults {
    /// Share of open cells.
    #[serde(default = "none")]
    open_cells: Ratio,
    /// Share of shorted cells.
    #[serde(default = "none")]
    shorted_cells: Ratio,
    /// Share of broken word-line segments.
    #[serde(default = "none")]
    broken_word_lines: Ratio,
    /// Share of broken bit-line segments.
    #[serde(default = "none")]
    broken_bit_lines: Ratio,
}

fn none() -> Ratio {
    Ratio(0.0)
}

impl FaultFields {
    /// Puts the faults into the array: all of them, and the cells that are ohmic from now on.
    pub(super) fn apply(&self, array: &mut Array, seed: u64) -> Result<(Vec<Fault>, Vec<usize>), FieldError> {
        self.check_places(array)?;
        let all = self.list(array, seed)?;
        let wrong = |error: CrossbarError| FieldError::new("array.faults", error.to_string());
        let ohmic = faults::apply(array, &all).map_err(wrong)?;
        array.check().map_err(wrong)?;
        Ok((all, ohmic))
    }

    /// Every fault that is named lies inside the array.
    fn check_places(&self, array: &Array) -> Result<(), FieldError> {
        let (rows, columns) = (array.rows, array.columns);
        let inside = |name: String, Crossing((i, j)): Crossing, (m, n): (usize, usize), what: &str| {
            if i < m && j < n {
                return Ok(());
            }
            let text = format!("is [{i}, {j}], but the array has {rows} × {columns} cells{what}");
            Err(FieldError::new(format!("array.faults.{name}"), text))
        };
        let size = (rows, columns);
        let behind = ", and a broken line needs a next cell on it";
        for (name, cells, size, what) in [
            ("open_cells", &self.open_cells, size, ""),
            ("shorted_cells", &self.shorted_cells, size, ""),
            ("broken_word_lines", &self.broken_word_lines, array.word_segments(), behind),
            ("broken_bit_lines", &self.broken_bit_lines, array.bit_segments(), behind),
        ] {
            for (k, cell) in cells.iter().enumerate() {
                inside(format!("{name}[{k}]"), *cell, size, what)?;
            }
        }
        for (k, stuck) in self.stuck_cells.iter().enumerate() {
            inside(format!("stuck_cells[{k}].cell"), stuck.cell, size, "")?;
        }
        for (k, bridge) in self.bridges.iter().enumerate() {
            for (end, node) in [("from", bridge.from), ("to", bridge.to)] {
                let (Node::WordLine(cell) | Node::BitLine(cell)) = node;
                inside(format!("bridges[{k}].{end}"), cell, size, "")?;
            }
            if bridge.from.place() == bridge.to.place() {
                let text = "is the node where the bridge begins; a bridge connects two nodes";
                return Err(FieldError::new(format!("array.faults.bridges[{k}].to"), text));
            }
        }
        Ok(())
    }

    /// Random faults first, so that what is named has the last word.
    fn list(&self, array: &Array, seed: u64) -> Result<Vec<Fault>, FieldError> {
        let fault = |name: &str, text: &str| FieldError::new(format!("array.faults.{name}"), text);
        let shorts = !self.shorted_cells.is_empty() || self.random.is_some_and(|r| r.shorted_cells.0 > 0.0);
        let short = match self.short_resistance {
            Some(Ohm(resistance)) => resistance,
            None if shorts => {
                return Err(fault("short_resistance", "this field is missing; give e.g. \"100 Ohm\""));
            }
            None => 0.0,
        };
        if self.short_resistance.is_some() && !shorts {
            return Err(fault("short_resistance", "there are no shorted_cells; leave it away"));
        }
        let mut all = Vec::new();
        if let Some(random) = self.random {
            for (name, Ratio(share)) in [
                ("open_cells", random.open_cells),
                ("shorted_cells", random.shorted_cells),
                ("broken_word_lines", random.broken_word_lines),
                ("broken_bit_lines", random.broken_bit_lines),
            ] {
                if !(0.0..=1.0).contains(&share) {
                    let text = format!("is {share}, expected a share from 0 to 1");
                    return Err(fault(&format!("random.{name}"), &text));
                }
            }
            if random.open_cells.0 + random.shorted_cells.0 > 1.0 {
                let text = "open and shorted cells are more than all cells; lower one of the shares";
                return Err(fault("random.shorted_cells", text));
            }
            if random.shorted_cells.0 > 0.0 && short <= 0.0 {
                return Err(fault("short_resistance", "must be above zero"));
            }
            let rates = FaultRates {
                open_cells: random.open_cells.0,
                shorted_cells: random.shorted_cells.0,
                short_resistance: short,
                broken_word_lines: random.broken_word_lines.0,
                broken_bit_lines: random.broken_bit_lines.0,
            };
            all.extend(rates.draw(array, seed).map_err(|error| fault("random", &error.to_string()))?);
        }
        all.extend(self.open_cells.iter().map(|cell| Fault::OpenCell(cell.0)));
        all.extend(self.shorted_cells.iter().map(|cell| Fault::ShortedCell(cell.0, short)));
        all.extend(self.stuck_cells.iter().map(|stuck| Fault::StuckCell(stuck.cell.0, stuck.conductance.0)));
        all.extend(self.broken_word_lines.iter().map(|cell| Fault::BrokenWordLine(cell.0)));
        all.extend(self.broken_bit_lines.iter().map(|cell| Fault::BrokenBitLine(cell.0)));
        all.extend(self.bridges.iter().map(|bridge| {
            let resistance = bridge.resistance.0;
            Fault::Bridge(Bridge { from: bridge.from.place(), to: bridge.to.place(), resistance })
        }));
        Ok(all)
    }
}

impl Node {
    fn place(self) -> Place {
        match self {
            Self::WordLine(Crossing((i, j))) => Place::Word(i, j),
            Self::BitLine(Crossing((i, j))) => Place::Bit(i, j),
        }
    }
}

/// What is wrong at each cell, in bits: 1 open, 2 shorted, 4 stuck, 8 word line broken behind it, 16 bit
/// line broken behind it, 32 end of a bridge.
pub(super) fn codes(array: &Array, faults: &[Fault]) -> Vec<u8> {
    let mut codes = vec![0_u8; array.cells()];
    let columns = array.columns;
    for fault in faults {
        let (cells, bit) = match *fault {
            Fault::OpenCell(cell) => ([cell; 2], 1),
            Fault::ShortedCell(cell, _) => ([cell; 2], 2),
            Fault::StuckCell(cell, _) => ([cell; 2], 4),
            Fault::BrokenWordLine(cell) => ([cell; 2], 8),
            Fault::BrokenBitLine(cell) => ([cell; 2], 16),
            Fault::Bridge(bridge) => {
                ([bridge.from, bridge.to].map(|(Place::Word(i, j) | Place::Bit(i, j))| (i, j)), 32)
            }
        };
        for (i, j) in cells {
            let code = &mut codes[i * columns + j];
            // Of several faults of the cell itself the last one holds.
            *code = if bit < 8 { *code & !7 | bit } else { *code | bit };
        }
    }
    codes
}
