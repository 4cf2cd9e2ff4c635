//! A piece of the drive of an array: potentials of all lines along straight lines in time.

use device_models::CurrentLimit;

use crate::crossbar::array::Array;
use crate::crossbar::bias::Bias;
use crate::crossbar::error::CrossbarError;

/// All lines go from one set of potentials to another; between stages they jump.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Potentials at its beginning.
    pub start: Bias,
    /// Potentials at its end.
    pub end: Bias,
    /// Its duration, s.
    pub duration: f64,
    /// What is in series with the cells of every row from here on (transistors, whose gates are along the rows);
    /// `None` leaves it as it is.
    pub limits: Option<Vec<CurrentLimit>>,
}

impl Stage {
    /// Constant potentials.
    pub fn constant(bias: Bias, duration: f64) -> Self {
        Self { start: bias.clone(), end: bias, duration, limits: None }
    }

    /// From one set of potentials to another.
    pub fn ramp(start: Bias, end: Bias, duration: f64) -> Self {
        Self { start, end, duration, limits: None }
    }

    /// The potentials stay.
    pub(super) fn is_constant(&self) -> bool {
        self.start == self.end
    }

    /// Potentials `time` seconds after its beginning.
    pub fn bias_at(&self, time: f64) -> Bias {
        let share = if self.duration > 0.0 { (time / self.duration).clamp(0.0, 1.0) } else { 1.0 };
        let between = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + (b - a) * share).collect();
        Bias {
            word_lines: between(&self.start.word_lines, &self.end.word_lines),
            bit_lines: between(&self.start.bit_lines, &self.end.bit_lines),
        }
    }

    /// Checks shapes and values.
    pub(super) fn check(&self, array: &Array) -> Result<(), CrossbarError> {
        self.start.check(array)?;
        self.end.check(array)?;
        if !(self.duration > 0.0 && self.duration.is_finite()) {
            let field = "the duration of a stage".to_owned();
            return Err(CrossbarError::Value { field, value: self.duration, expected: "a time above 0 s" });
        }
        match &self.limits {
            Some(limits) if limits.len() != array.rows => Err(CrossbarError::Shape {
                field: "the list of current limits",
                found: limits.len(),
                expected: array.rows,
            }),
            _ => Ok(()),
        }
    }
}
