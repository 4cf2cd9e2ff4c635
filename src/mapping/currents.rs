//! [`ReadCurrents`]: what a cell conducts at other voltages and temperatures than those its conductance is
//! stated for.
//!
//! A cell of conductance G (at the card's read voltage and the ambient temperature of the arrays), driven
//! with the share x of the read voltage V, conducts
//!
//! I/V = G (a₁ x + a₂ x² + a₃ x³),
//!
//! fitted by least squares to the card's nominal device at `DRIVES` shares from −1 to 1, at
//! `POINTS` conductances spread over its range, straight lines between. What conducts at full
//! drive is kept apart, exact: reads that always drive in full (pulse width, bit-serial) see it alone.
//!
//! Behind an access transistor of resistance R, G is G_cell/(1 + G_cell R), as cells are read
//! ([`super::cells::AccessCells`]), and the model is solved with R in series.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | G | conductance of the cell | S |
//! | V | read voltage of the design | V |
//! | x | share of the read voltage, −1 to 1 | 1 |
//!
//! Validity: the nominal device stands for all; `max_error` is the largest deviation of the fit from
//! the model within the card's conductance window, over the current at full drive. Cells far below the
//! window may be further off (6 % on the JART VCM v1b card).
//!
//! Pinned by: `tests/mapping_currents.rs`.

use device_models::DeviceCard;
use device_models::error::DeviceError;
use device_models::limit::CurrentLimit;
use device_models::model::Surroundings;
use device_models::pulse::CellReader;

use super::devices::LibraryError;

/// Conductances of the table.
const POINTS: usize = 65;
/// Shares of the read voltage on either side of zero.
const DRIVES: usize = 8;
/// Smallest conductance of the table over the largest.
const DEPTH: f64 = 1e-4;

/// Coefficients of a cell over its conductance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Coefficients {
    /// At full drive.
    pub full: f32,
    /// Of x.
    pub linear: f32,
    /// Of x².
    pub quadratic: f32,
    /// Of x³.
    pub cubic: f32,
}

/// Currents at the read voltage of a design.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadCurrents {
    /// Conductances, S, rising.
    conductances: Vec<f32>,
    coefficients: Vec<Coefficients>,
    /// Read voltage, V.
    pub voltage: f64,
    /// Largest deviation of the fit from the model within the card's window, over the current at full drive.
    pub max_error: f64,
}

impl ReadCurrents {
    /// Tabulates the nominal device of a card behind a resistance (Ω) at a read voltage (V) and temperature (K),
    /// where conductances are stated at the ambient temperature (K).
    ///
    /// # Errors
    /// When the model has no answer, or its cells remember more than their conductance.
    pub fn compile(
        card: &DeviceCard,
        ambient_temperature: f64,
        access_resistance: f64,
        (voltage, temperature): (f64, f64),
    ) -> Result<Self, LibraryError> {
        Self::tabulate(card, ambient_temperature, access_resistance, (voltage, temperature))
            .map_err(|source| LibraryError::Device { card: card.name.clone(), source })
    }

    fn tabulate(
        card: &DeviceCard,
        ambient_temperature: f64,
        access_resistance: f64,
        (voltage, temperature): (f64, f64),
    ) -> Result<Self, DeviceError> {
        let cell = CellReader::new(card, Vec::new(), ambient_temperature)?;
        let (low, high) = cell.range();
        let low = low.max(DEPTH * high);
        let window = card.writing.map_or((low, high), |writing| writing.window);
        let limit = match access_resistance {
            0.0 => CurrentLimit::None,
            resistance => CurrentLimit::Resistor(resistance),
        };
        let reading = Surroundings { ambient_temperature: temperature, limit };
        let mut table = Self { conductances: Vec::new(), coefficients: Vec::new(), voltage, max_error: 0.0 };
        for point in 0..POINTS {
            let wanted = low * (high / low).powf(point as f64 / (POINTS - 1) as f64);
            let slow = cell.slow_state(wanted)?;
            let own = cell.conductance(slow)?;
            let g = own / (1.0 + own * access_resistance);
            if table.conductances.last().is_some_and(|last| g as f32 <= *last) {
                continue;
            }
            let state = card.model.rest(slow, &reading);
            let current = |x: f64| -> Result<f64, DeviceError> {
                Ok(card.model.operating_point(&[], &state, x * voltage, &reading)?.current / (voltage * g))
            };
            let mut points = Vec::with_capacity(2 * DRIVES);
            for k in 1..=DRIVES {
                let x = k as f64 / DRIVES as f64;
                points.push((x, current(x)?));
                points.push((-x, current(-x)?));
            }
            let [linear, quadratic, cubic] = fit(&points);
            let full = current(1.0)?;
            let inside = (window.0..=window.1).contains(&own);
            for (x, i) in points.into_iter().filter(|_| inside) {
                let error = (linear * x + quadratic * x * x + cubic * x.powi(3) - i) / full;
                table.max_error = table.max_error.max(error.abs());
            }
            table.conductances.push(g as f32);
            table.coefficients.push(Coefficients {
                full: full as f32,
                linear: linear as f32,
                quadratic: quadratic as f32,
                cubic: cubic as f32,
            });
        }
        Ok(table)
    }

    /// The coefficients of a cell of this conductance (S).
    pub fn at(&self, conductance: f32) -> Coefficients {
        let after = self.conductances.partition_point(|g| *g < conductance);
        let last = self.coefficients.len() - 1;
        if after == 0 || after > last {
            return self.coefficients[after.min(last)];
        }
        let (a, b) = (self.coefficients[after - 1], self.coefficients[after]);
        let (low, high) = (self.conductances[after - 1], self.conductances[after]);
        let share = (conductance - low) / (high - low);
        let between = |a: f32, b: f32| a + share * (b - a);
        Coefficients {
            full: between(a.full, b.full),
            linear: between(a.linear, b.linear),
            quadratic: between(a.quadratic, b.quadratic),
            cubic: between(a.cubic, b.cubic),
        }
    }
}

/// Least squares of a₁ x + a₂ x² + a₃ x³; the points are symmetric, so the even part stands alone.
fn fit(points: &[(f64, f64)]) -> [f64; 3] {
    let sum = |power: i32| points.iter().map(|(x, _)| x.powi(power)).sum::<f64>();
    let moment = |power: i32| points.iter().map(|(x, i)| x.powi(power) * i).sum::<f64>();
    let (s2, s4, s6) = (sum(2), sum(4), sum(6));
    let determinant = s2 * s6 - s4 * s4;
    [
        (moment(1) * s6 - moment(3) * s4) / determinant,
        moment(2) / s4,
        (moment(3) * s2 - moment(1) * s4) / determinant,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_are_found_exactly() {
        let points: Vec<(f64, f64)> = (-8..=8)
            .filter(|k| *k != 0)
            .map(|k| f64::from(k) / 8.0)
            .map(|x| (x, 0.7 * x + 0.2 * x * x + 0.1 * x.powi(3)))
            .collect();
        for (ours, expected) in fit(&points).into_iter().zip([0.7, 0.2, 0.1]) {
            assert!((ours - expected).abs() < 1e-12, "{ours}");
        }
    }
}
