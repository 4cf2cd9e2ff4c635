//! An array as a script or file gives it, with its checks.

use crate::experiment::FieldError;

/// An array of linear cells and what drives it, SI.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Rows × columns.
    pub(super) conductance: Vec<f64>,
    pub(super) word_segment: f64,
    pub(super) bit_segment: f64,
    /// Driver resistance of each word line; `None` floats.
    pub(super) source: Vec<Option<f64>>,
    /// Sense resistance of each bit line; `None` floats.
    pub(super) sense: Vec<Option<f64>>,
    pub(super) word_voltage: Vec<f64>,
    pub(super) bit_voltage: Vec<f64>,
}

/// What the parts of an array are called where they came from.
pub(super) struct Names {
    conductance: &'static str,
    word_segment: &'static str,
    bit_segment: &'static str,
    source: &'static str,
    sense: &'static str,
    word_voltage: &'static str,
    bit_voltage: &'static str,
}

/// Names in golden files.
pub(super) const GOLDEN_NAMES: Names = Names {
    conductance: "G",
    word_segment: "R_wl",
    bit_segment: "R_bl",
    source: "R_source",
    sense: "R_sense",
    word_voltage: "V_wl",
    bit_voltage: "V_bl",
};

/// Names in scripts.
pub(super) const SCRIPT_NAMES: Names = Names {
    conductance: "array.conductances",
    word_segment: "array.word_line_resistance",
    bit_segment: "array.bit_line_resistance",
    source: "array.source_resistance",
    sense: "array.sense_resistance",
    word_voltage: "array.word_line_voltages",
    bit_voltage: "array.bit_line_voltages",
};

impl Array {
    /// Checks shapes and signs.
    pub(super) fn check(&self, names: &Names) -> Result<(), FieldError> {
        if self.rows == 0 || self.columns == 0 {
            return Err(FieldError::new(names.conductance, "the array has no cells"));
        }
        length(names.source, self.source.len(), self.rows, "word lines")?;
        length(names.word_voltage, self.word_voltage.len(), self.rows, "word lines")?;
        length(names.sense, self.sense.len(), self.columns, "bit lines")?;
        length(names.bit_voltage, self.bit_voltage.len(), self.columns, "bit lines")?;
        if let Some((k, g)) = self.conductance.iter().enumerate().find(|(_, g)| **g < 0.0) {
            return Err(FieldError::new(
                format!("{}[{}][{}]", names.conductance, k / self.columns, k % self.columns),
                format!("a conductance must not be negative, but is {g} S"),
            ));
        }
        for (name, value) in [(names.word_segment, self.word_segment), (names.bit_segment, self.bit_segment)]
        {
            if value < 0.0 {
                return Err(FieldError::new(
                    name,
                    format!("a resistance must not be negative, but is {value} Ohm"),
                ));
            }
        }
        for (name, ends) in [(names.source, &self.source), (names.sense, &self.sense)] {
            if let Some((i, r)) =
                ends.iter().enumerate().find_map(|(i, r)| r.filter(|r| *r < 0.0).map(|r| (i, r)))
            {
                return Err(FieldError::new(
                    format!("{name}[{i}]"),
                    format!("a resistance must not be negative, but is {r} Ohm"),
                ));
            }
        }
        if self.source.iter().chain(&self.sense).all(Option::is_none) {
            return Err(FieldError::new(names.source, "every line floats; drive or sense at least one"));
        }
        Ok(())
    }
}

fn length(name: &str, found: usize, expected: usize, of: &str) -> Result<(), FieldError> {
    if found == expected {
        Ok(())
    } else {
        Err(FieldError::new(name, format!("has {found} values, but the array has {expected} {of}")))
    }
}
