//! The ambient temperature of each cell as the others make it.
//!
//! A cell's own model has an effective thermal resistance R_th to its surroundings, in which the
//! warming of its own lines by its own power is contained (it was measured or fitted with them).
//! So the local ambient temperature of cell i is
//!
//! T_i = T₀ + Σ_{j ≠ i} θ_i^(j),
//!
//! θ^(j) the rise of the network under the power of cell j alone. The own term θ_i^(i) is left out; with it the
//! self-heating would count twice. Where G_ii exceeds R_th, the network contradicts the model of the cell.
//!
//! To leave out the own term also in time, the rise of every source is kept by itself. Sources are
//! the cells that dissipate much (those on the lines of a selected one); all others share one field, in
//! which their own term remains: nothing under V/2, a fraction of a kelvin under V/3.
//!
//! Reference: ΔT_i = Σ_j α_ij P_j R_th,j of F. Staudigl et al., arXiv:2112.01087, and D. Schön, S. Menzel,
//! Adv. Funct. Mater. 33, 2213943 (2023), doi:10.1002/adfm.202213943, is the steady case.
//! Pinned by: the tests below.

use super::network::ThermalNetwork;
use crate::crossbar::CrossbarError;

/// The thermal network of an array with its sources apart.
#[derive(Debug, Clone)]
pub struct Crosstalk {
    network: ThermalNetwork,
    /// Cells whose heat is followed by itself.
    sources: Vec<usize>,
    /// Rises under the power of each source, K.
    fields: Vec<Vec<f64>>,
    /// Rises under the powers of all others, K.
    rest: Vec<f64>,
    /// Steady rises under a watt in each source, K/W, for a network without memory.
    responses: Vec<Vec<f64>>,
}

impl Crosstalk {
    /// A cold array.
    ///
    /// # Errors
    /// When a source is no cell of the network, or the network cannot be solved.
    pub fn new(mut network: ThermalNetwork, sources: Vec<usize>) -> Result<Self, CrossbarError> {
        if let Some(source) = sources.iter().find(|source| **source >= network.cells()) {
            let field = "the number of a source of heat".to_owned();
            let expected = "one of the network's cells";
            return Err(CrossbarError::Value { field, value: *source as f64, expected });
        }
        let cold = vec![0.0; network.cells()];
        let responses = if network.has_memory() {
            Vec::new()
        } else {
            sources.iter().map(|source| network.response(*source)).collect::<Result<Vec<_>, _>>()?
        };
        Ok(Self { fields: vec![cold.clone(); sources.len()], rest: cold, network, sources, responses })
    }

    /// The network remembers heat.
    pub fn has_memory(&self) -> bool {
        self.network.has_memory()
    }

    /// Passes a time (s) with constant powers of the cells (W).
    ///
    /// # Errors
    /// When the network cannot be solved.
    pub fn pass(&mut self, powers: &[f64], duration: f64) -> Result<(), CrossbarError> {
        let mut others = powers.to_vec();
        let mut alone = vec![0.0; powers.len()];
        for (k, &source) in self.sources.iter().enumerate() {
            let power = std::mem::take(&mut others[source]);
            if let Some(response) = self.responses.get(k) {
                self.fields[k].iter_mut().zip(response).for_each(|(rise, r)| *rise = r * power);
            } else {
                alone[source] = power;
                self.network.step(&mut self.fields[k], &alone, duration)?;
                alone[source] = 0.0;
            }
        }
        self.network.step(&mut self.rest, &others, duration)
    }

    /// Rise of each cell's ambient temperature that others cause, K.
    pub fn rises(&self) -> Vec<f64> {
        let mut rises = self.rest.clone();
        for (source, field) in self.sources.iter().zip(&self.fields) {
            for (i, (rise, part)) in rises.iter_mut().zip(field).enumerate() {
                if i != *source {
                    *rise += part;
                }
            }
        }
        rises
    }
}

#[cfg(test)]
mod tests {
    use super::super::Coefficients;
    use super::*;

    fn network(heat_capacity: Option<f64>) -> ThermalNetwork {
        let coefficients =
            Coefficients { along_word_line: 4e-7, along_bit_line: 3e-7, to_sink: 1e-7, heat_capacity };
        ThermalNetwork::uniform(4, 5, &coefficients).unwrap()
    }

    #[test]
    fn a_cell_does_not_warm_its_own_ambient() {
        let mut whole = network(None);
        let mut powers = vec![0.0; 20];
        (powers[7], powers[12]) = (1e-4, 2e-5);
        let mut parts = Crosstalk::new(network(None), vec![7, 12]).unwrap();
        parts.pass(&powers, 1.0).unwrap();
        let (all, of_others) = (whole.rises(&powers).unwrap(), parts.rises());
        let (first, second) = (whole.response(7).unwrap(), whole.response(12).unwrap());
        for i in 0..20 {
            let own = match i {
                7 => 1e-4 * first[7],
                12 => 2e-5 * second[12],
                _ => 0.0,
            };
            assert!((of_others[i] - (all[i] - own)).abs() < 1e-8 * all[7], "{i}");
        }
        // A single heated cell sees nothing of itself.
        powers[12] = 0.0;
        parts.pass(&powers, 1.0).unwrap();
        assert!(parts.rises()[7].abs() < 1e-9 && parts.rises()[6] > 1.0);
    }

    #[test]
    fn in_time_it_arrives_at_the_steady_field() {
        let powers: Vec<f64> = (0..20).map(|i| 1e-6 * f64::from(i)).collect();
        let mut slow = Crosstalk::new(network(Some(1e-15)), vec![3, 9, 10]).unwrap();
        let mut fast = Crosstalk::new(network(None), vec![3, 9, 10]).unwrap();
        fast.pass(&powers, 0.0).unwrap();
        let mut last = 0.0;
        for _ in 0..60 {
            slow.pass(&powers, 5e-9).unwrap();
            assert!(slow.rises()[3] >= last);
            last = slow.rises()[3];
        }
        for (slow, fast) in slow.rises().iter().zip(fast.rises()) {
            assert!((slow / fast - 1.0).abs() < 1e-6, "{slow} {fast}");
        }
    }
}
