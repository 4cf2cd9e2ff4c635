//! Checks of an array that name the field where its parts came from.

use crate::crossbar::{Array, Bias, Lines, Segments, Topology};
use crate::experiment::FieldError;

/// What the parts of an array are called where they came from.
pub(super) struct Names {
    conductance: &'static str,
    word: LineNames,
    bit: LineNames,
}

/// What the parts of a family of lines are called.
struct LineNames {
    segment: &'static str,
    near: &'static str,
    far: &'static str,
    voltage: &'static str,
}

/// Names in golden files.
pub(super) const GOLDEN_NAMES: Names = Names {
    conductance: "G",
    word: LineNames { segment: "R_wl", near: "R_source", far: "R_source_far", voltage: "V_wl" },
    bit: LineNames { segment: "R_bl", near: "R_sense", far: "R_sense_far", voltage: "V_bl" },
};

/// Names in scripts.
pub(super) const SCRIPT_NAMES: Names = Names {
    conductance: "array.conductances",
    word: LineNames {
        segment: "array.word_line_resistance",
        near: "array.source_resistance",
        far: "array.far_source_resistance",
        voltage: "array.word_line_voltages",
    },
    bit: LineNames {
        segment: "array.bit_line_resistance",
        near: "array.sense_resistance",
        far: "array.far_sense_resistance",
        voltage: "array.bit_line_voltages",
    },
};

const BIT_LINES: &str = "bit lines";

/// What the driven lines of an array are.
pub(super) fn word_lines(array: &Array) -> &'static str {
    match array.topology {
        Topology::Crossed => "word lines",
        Topology::SourceLines => "source lines",
    }
}

impl Names {
    /// Checks shapes and signs of an array.
    pub(super) fn check_array(&self, array: &Array) -> Result<(), FieldError> {
        if array.rows == 0 || array.columns == 0 {
            return Err(FieldError::new(self.conductance, "the array has no cells"));
        }
        let columns = array.columns;
        if let Some((k, g)) = array.conductances.iter().enumerate().find(|(_, g)| **g < 0.0) {
            return Err(FieldError::new(
                format!("{}[{}][{}]", self.conductance, k / columns, k % columns),
                format!("a conductance must not be negative, but is {g:e} S"),
            ));
        }
        let words = array.word_line_count();
        self.word.check(&array.word_lines, word_lines(array), words, array.word_segments().1)?;
        self.bit.check(&array.bit_lines, BIT_LINES, columns, array.bit_segments().1)?;
        let (word, bit) = (&array.word_lines, &array.bit_lines);
        if (0..words).all(|i| word.floats(i)) && (0..columns).all(|j| bit.floats(j)) {
            let text = "every line floats; drive or sense at least one";
            return Err(FieldError::new(self.word.near, text));
        }
        // Whatever these checks do not know.
        array.check().map_err(|error| FieldError::new(self.conductance, error.to_string()))
    }

    /// Checks the lengths of a bias.
    pub(super) fn check_bias(&self, array: &Array, bias: &Bias) -> Result<(), FieldError> {
        length(self.word.voltage, bias.word_lines.len(), array.word_line_count(), word_lines(array))?;
        length(self.bit.voltage, bias.bit_lines.len(), array.columns, BIT_LINES)
    }
}

impl LineNames {
    /// `width`: segments in one row of their table.
    fn check(&self, lines: &Lines, of: &str, count: usize, width: usize) -> Result<(), FieldError> {
        let negative = |field: String, r: f64| {
            let text = format!("a resistance must not be negative, but is {r} Ohm");
            Err(FieldError::new(field, text))
        };
        match &lines.segments {
            Segments::Uniform(r) if *r < 0.0 => return negative(self.segment.to_owned(), *r),
            Segments::Uniform(_) => {}
            Segments::Each(all) => {
                if let Some((k, r)) = all.iter().enumerate().find(|(_, r)| **r < 0.0) {
                    return negative(format!("{}[{}][{}]", self.segment, k / width, k % width), *r);
                }
            }
        }
        for (name, ends) in [(self.near, &lines.near), (self.far, &lines.far)] {
            length(name, ends.len(), count, of)?;
            for (k, r) in ends.iter().enumerate() {
                if let Some(r) = r.filter(|r| *r < 0.0) {
                    return negative(format!("{name}[{k}]"), r);
                }
            }
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
