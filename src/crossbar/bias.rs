//! Potentials of the terminals.

use super::array::Array;
use super::error::CrossbarError;

/// Potentials of the terminals; both ends of a line have the same. The value at a floating line has
/// no effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Bias {
    /// Driver potential of each word line (or source line), V.
    pub word_lines: Vec<f64>,
    /// Sense-node potential of each bit line, V.
    pub bit_lines: Vec<f64>,
}

impl Bias {
    /// Word lines at the given potentials, bit lines at virtual ground.
    pub fn read(word_lines: Vec<f64>, columns: usize) -> Self {
        Self { word_lines, bit_lines: vec![0.0; columns] }
    }

    /// V/2 scheme: `voltage` across the cell (row, column), half of it across the other cells of
    /// its lines, nothing across all others.
    ///
    /// # Panics
    /// When the cell is outside the array.
    pub fn half(rows: usize, columns: usize, (row, column): (usize, usize), voltage: f64) -> Self {
        let mut bias =
            Self { word_lines: vec![0.5 * voltage; rows], bit_lines: vec![0.5 * voltage; columns] };
        bias.word_lines[row] = voltage;
        bias.bit_lines[column] = 0.0;
        bias
    }

    /// V/3 scheme: `voltage` across the cell (row, column), a third of it across every other, of
    /// the opposite sign where neither line is selected.
    ///
    /// # Panics
    /// When the cell is outside the array.
    pub fn third(rows: usize, columns: usize, (row, column): (usize, usize), voltage: f64) -> Self {
        let mut bias =
            Self { word_lines: vec![voltage / 3.0; rows], bit_lines: vec![2.0 * voltage / 3.0; columns] };
        bias.word_lines[row] = voltage;
        bias.bit_lines[column] = 0.0;
        bias
    }

    /// Checks shapes and values against an array.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, array: &Array) -> Result<(), CrossbarError> {
        self.check_lines(array.word_line_count(), array.columns)
    }

    /// The same for so many lines.
    pub(crate) fn check_lines(&self, word_lines: usize, bit_lines: usize) -> Result<(), CrossbarError> {
        for (field, name, values, expected) in [
            ("the list of word-line voltages", "word line", &self.word_lines, word_lines),
            ("the list of bit-line voltages", "bit line", &self.bit_lines, bit_lines),
        ] {
            if values.len() != expected {
                return Err(CrossbarError::Shape { field, found: values.len(), expected });
            }
            if let Some((i, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
                let field = format!("the voltage of {name} {i}");
                return Err(CrossbarError::Value { field, value, expected: "a finite voltage" });
            }
        }
        Ok(())
    }
}
