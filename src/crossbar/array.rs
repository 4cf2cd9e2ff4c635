//! The array and its bias, checked once at the boundary.

/// A rectangular array of linear cells with wires.
///
/// Word lines are rows, bit lines are columns. Terminal resistances are `None` where the line
/// floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Number of word lines.
    pub rows: usize,
    /// Number of bit lines.
    pub columns: usize,
    /// Cell conductances, S, row after row; zero is an open cell.
    pub conductances: Vec<f64>,
    /// Resistance of one word-line segment, Ohm.
    pub word_line_segment: f64,
    /// Resistance of one bit-line segment, Ohm.
    pub bit_line_segment: f64,
    /// Resistance between each word line's driver and its first cell, Ohm.
    pub source_resistance: Vec<Option<f64>>,
    /// Resistance between each bit line's last cell and its sense node, Ohm.
    pub sense_resistance: Vec<Option<f64>>,
}

/// Potentials of the terminals. The value at a floating line has no effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Bias {
    /// Driver potential of each word line, V.
    pub word_lines: Vec<f64>,
    /// Sense-node potential of each bit line, V.
    pub bit_lines: Vec<f64>,
}

const RESISTANCE: &str = "a finite resistance of at least 0 Ohm";

/// Why an array cannot be solved. Each is a sentence a user can act on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CrossbarError {
    /// A list has the wrong length.
    #[error("{field} has {found} values, expected {expected}")]
    Shape {
        /// Name of the list.
        field: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A value is negative, infinite or not a number.
    #[error("{field} is {value}, expected {expected}")]
    Value {
        /// Name of the value, with its position.
        field: String,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// The array has no cells.
    #[error("the array has {rows} word lines and {columns} bit lines, expected at least one of each")]
    Empty {
        /// Word lines.
        rows: usize,
        /// Bit lines.
        columns: usize,
    },
    /// The factorisation broke down.
    #[error(
        "the node equations could not be factorised; conductances and wire resistances span too many orders of magnitude"
    )]
    Singular,
}

impl Array {
    /// An array with the same resistance at every terminal and in every segment.
    pub fn uniform(rows: usize, columns: usize, conductances: Vec<f64>, segment: f64, terminal: f64) -> Self {
        Self {
            rows,
            columns,
            conductances,
            word_line_segment: segment,
            bit_line_segment: segment,
            source_resistance: vec![Some(terminal); rows],
            sense_resistance: vec![Some(terminal); columns],
        }
    }

    /// Checks shapes and values.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), CrossbarError> {
        if self.rows == 0 || self.columns == 0 {
            return Err(CrossbarError::Empty { rows: self.rows, columns: self.columns });
        }
        let length = |field, found, expected| {
            if found == expected { Ok(()) } else { Err(CrossbarError::Shape { field, found, expected }) }
        };
        length("the conductance matrix", self.conductances.len(), self.rows * self.columns)?;
        length("the list of source resistances", self.source_resistance.len(), self.rows)?;
        length("the list of sense resistances", self.sense_resistance.len(), self.columns)?;
        let valid = |field: String, value: f64, expected| {
            if value.is_finite() && value >= 0.0 {
                Ok(())
            } else {
                Err(CrossbarError::Value { field, value, expected })
            }
        };
        valid("the word-line segment resistance".into(), self.word_line_segment, RESISTANCE)?;
        valid("the bit-line segment resistance".into(), self.bit_line_segment, RESISTANCE)?;
        for (i, r) in self.source_resistance.iter().enumerate() {
            valid(format!("the source resistance of word line {i}"), r.unwrap_or(0.0), RESISTANCE)?;
        }
        for (j, r) in self.sense_resistance.iter().enumerate() {
            valid(format!("the sense resistance of bit line {j}"), r.unwrap_or(0.0), RESISTANCE)?;
        }
        for (k, &g) in self.conductances.iter().enumerate() {
            let name = || format!("the conductance of cell ({}, {})", k / self.columns, k % self.columns);
            if !(g.is_finite() && g >= 0.0) {
                valid(name(), g, "a finite conductance of at least 0 S")?;
            }
        }
        Ok(())
    }
}

impl Bias {
    /// Word lines at the given potentials, bit lines at virtual ground.
    pub fn read(word_lines: Vec<f64>, columns: usize) -> Self {
        Self { word_lines, bit_lines: vec![0.0; columns] }
    }

    /// Checks shapes and values against an array.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, array: &Array) -> Result<(), CrossbarError> {
        for (field, name, values, expected) in [
            ("the list of word-line voltages", "word line", &self.word_lines, array.rows),
            ("the list of bit-line voltages", "bit line", &self.bit_lines, array.columns),
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
