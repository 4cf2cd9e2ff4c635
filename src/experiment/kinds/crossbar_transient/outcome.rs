//! Maps of the array before and after, and what happened to every cell.

use device_models::card::DeviceCard;
use device_models::{CurrentLimit, Surroundings};

use crate::crossbar::transient::ArrayTransient;
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

/// What is kept of every cell.
pub(super) struct Outcome {
    shape: (usize, usize),
    before: Vec<f64>,
    conductances: Vec<f64>,
    after: Vec<f64>,
    largest: Vec<f64>,
}

impl Outcome {
    /// An array before its first pulse.
    pub(super) fn new(
        card: &DeviceCard,
        shape: (usize, usize),
        now: &ArrayTransient<'_>,
    ) -> Result<Self, ExperimentError> {
        Ok(Self {
            shape,
            before: slow(card, now),
            conductances: conductances(card, now)?,
            after: Vec::new(),
            largest: vec![0.0; shape.0 * shape.1],
        })
    }

    /// Takes note of an instant.
    pub(super) fn see(&mut self, now: &ArrayTransient<'_>) {
        let solution = now.solution();
        for ((largest, u), w) in self.largest.iter_mut().zip(&solution.word_nodes).zip(&solution.bit_nodes) {
            if (u - w).abs() > largest.abs() {
                *largest = u - w;
            }
        }
    }

    /// Writes the maps.
    pub(super) fn write(
        &mut self,
        card: &DeviceCard,
        now: &ArrayTransient<'_>,
        record: &mut Record,
    ) -> Result<(), ExperimentError> {
        self.after = conductances(card, now)?;
        let variable = card.model.state_variables()[0];
        let read = format!("at {} V, the cell alone", card.read_voltage);
        for (name, values, unit, meaning) in [
            ("state_before", &self.before, variable.unit, format!("{}, before", variable.long_name)),
            ("state_after", &slow(card, now), variable.unit, format!("{}, after", variable.long_name)),
            ("conductance_before", &self.conductances, "S", format!("conductance before ({read})")),
            ("conductance_after", &self.after, "S", format!("conductance after ({read})")),
            ("largest_voltage", &self.largest, "V", "voltage of largest magnitude between the lines".into()),
            ("energy_map", &now.energies().to_vec(), "J", "energy dissipated in the cell".into()),
        ] {
            let (rows, columns) = self.shape;
            let path = format!("/results/{name}");
            record.write(&Dataset::matrix(path, rows, columns, values.clone(), unit, meaning))?;
        }
        let flags: Vec<u8> = now.flags().iter().map(|flags| flags.bits()).collect();
        let legend = super::super::cell::FLAGS_NAME;
        let shape = vec![self.shape.0, self.shape.1];
        record.write(&Dataset::new("/results/flags", shape, Values::U8(flags), "1", legend))?;
        let counts = now.counts();
        for (name, count, meaning) in [
            ("steps", counts.steps, "steps of the array"),
            ("rejected_steps", counts.rejected, "steps done again with a shorter length"),
            ("forced_steps", counts.forced, "steps that could not be shortened to the tolerance"),
            ("newton_iterations", counts.newton_iterations, "Newton iterations of the circuit"),
            ("motions", counts.motions, "motions of a cell over a step"),
            ("postponed_motions", counts.postponed, "motions of resting cells left for later"),
            ("selector_switches", counts.switched, "times a selector switched"),
        ] {
            record.write(&Dataset::scalar(format!("/results/{name}"), count as f64, "1", meaning))?;
        }
        Ok(())
    }

    /// One line: the selected cell and the most disturbed other one, or, where many were selected, all.
    pub(super) fn summary(&self, selected: Option<usize>) -> String {
        let Some(selected) = selected else {
            let mut sorted = self.after.clone();
            sorted.sort_by(f64::total_cmp);
            let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
            return format!(
                "after: {:.4e} S at least, median {:.4e} S, {:.4e} S at most",
                at(0.0),
                at(0.5),
                at(1.0)
            );
        };
        let cell = |k: usize| format!("({}, {})", k / self.shape.1, k % self.shape.1);
        // Equal values did not change, also where both are 0 S.
        let change = |k: usize| match self.after[k] - self.conductances[k] {
            0.0 => 0.0,
            difference => difference / self.conductances[k],
        };
        let others = (0..self.after.len()).filter(|k| *k != selected);
        let worst = others.max_by(|a, b| change(*a).abs().total_cmp(&change(*b).abs())).map(|k| {
            let [before, after] = [self.conductances[k], self.after[k]];
            if before.to_bits() == after.to_bits() {
                "; no other cell changed".to_owned()
            } else if change(k).is_finite() {
                format!("; of the others {} changed most, by {:.2e}", cell(k), change(k))
            } else {
                format!("; of the others {} changed most, from {before:.4e} S to {after:.4e} S", cell(k))
            }
        });
        format!(
            "selected cell {}: {:.4e} S before, {:.4e} S after{}",
            cell(selected),
            self.conductances[selected],
            self.after[selected],
            worst.unwrap_or_default()
        )
    }
}

/// The slow state variables.
fn slow(card: &DeviceCard, now: &ArrayTransient<'_>) -> Vec<f64> {
    now.states().iter().step_by(card.model.state_variables().len()).copied().collect()
}

/// Conductances of the cells alone, at rest.
fn conductances(card: &DeviceCard, now: &ArrayTransient<'_>) -> Result<Vec<f64>, ExperimentError> {
    let model = card.model.as_ref();
    let voltage = card.read_voltage;
    slow(card, now)
        .iter()
        .enumerate()
        .map(|(k, slow)| {
            let around = Surroundings { limit: CurrentLimit::None, ..now.surroundings()[k] };
            let spread = now.spread(k);
            let point = model.operating_point(spread, &model.rest(*slow, &around), voltage, &around);
            point.map(|p| p.current / voltage).map_err(|source| ExperimentError::Device {
                what: format!("reading cell {k} of {}", card.name),
                source,
            })
        })
        .collect()
}
