//! Hardware-aware training: the network learns on a rough picture of the arrays it will be put on.
//!
//! [`AwareHardware`] stands behind the same seam as any hardware. Its forward products have the errors of
//! arrays; its transposed products, which carry errors back, have the perturbed weights but no further
//! noise, and quantisers count as straight lines (straight-through). Changes go to the clean weights.
//!
//! | part | what happens | field |
//! |---|---|---|
//! | weights | W + η W_max ξ, ξ normal, drawn anew for every programming (each sub-batch of the trainer) | `weight_noise` |
//! | W_max | largest magnitude of the matrix, or of each output's weights (they are scaled column by column) | `per_output` |
//! | inputs | divided by the largest magnitude of the sample and rounded to 2^bits − 1 steps | `dac_bits` |
//! | outputs | + σ W_max x_max ξ | `output_noise` |
//! | outputs | rounded, full scale at the largest magnitude of the batch | `adc_bits` |
//! | after each step | W limited to ± α · (standard deviation of W) | `clip` |
//!
//! Weight noise and clipping: V. Joshi et al., Nat. Commun. 11, 2473 (2020),
//! doi:10.1038/s41467-020-16108-9 (η = 3.8 %, α = 2). Noise of outputs and converters in training: M. J.
//! Rasch et al., Nat. Commun. 14, 5282 (2023), doi:10.1038/s41467-023-40770-4.
//!
//! Pinned by: the tests below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::NetworkError;
use crate::mapping::periphery::quantiser::quantise;
use crate::mapping::{Activity, Hardware, IdealSynapses, Inputs, Programming, Synapses};

/// Training on noisy, quantised products, after the plain training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareAware {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Step of the optimiser at the start of this phase.
    pub learning_rate: f64,
    /// Standard deviation of the noise on weights over the largest weight.
    pub weight_noise: f32,
    /// The largest weight is that of each output's own weights.
    pub per_output: bool,
    /// Standard deviation of the noise on outputs over (largest weight · largest input).
    pub output_noise: f32,
    /// Bits of the converters at the inputs (with sign); left away, inputs are not rounded.
    pub dac_bits: Option<u32>,
    /// Bits of the converters at the outputs (with sign); left away, outputs are not rounded.
    pub adc_bits: Option<u32>,
    /// Weights are limited to so many of their standard deviations after each step.
    pub clip: Option<f32>,
}

impl Default for HardwareAware {
    fn default() -> Self {
        Self {
            epochs: 5,
            learning_rate: 5e-4,
            weight_noise: 0.04,
            per_output: false,
            output_noise: 0.0,
            dac_bits: None,
            adc_bits: None,
            clip: Some(2.5),
        }
    }
}

impl HardwareAware {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), NetworkError> {
        let fault = |field, value: String, rule: &str| {
            Err(NetworkError::Field { field, value, rule: rule.to_owned() })
        };
        if !(1..=10_000).contains(&self.epochs) {
            return fault("epochs", self.epochs.to_string(), "must be from 1 to 10000");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return fault("learning_rate", self.learning_rate.to_string(), "must be above zero");
        }
        for (field, value) in [("weight_noise", self.weight_noise), ("output_noise", self.output_noise)] {
            if !(0.0..=10.0).contains(&value) {
                return fault(field, value.to_string(), "must be from 0 to 10");
            }
        }
        for (field, bits) in [("dac_bits", self.dac_bits), ("adc_bits", self.adc_bits)] {
            if let Some(bits) = bits.filter(|bits| !(2..=16).contains(bits)) {
                return fault(field, bits.to_string(), "must be from 2 to 16");
            }
        }
        match self.clip {
            Some(clip) if !(0.1..=100.0).contains(&clip) => {
                fault("clip", clip.to_string(), "must be from 0.1 to 100")
            }
            _ => Ok(()),
        }
    }
}

/// Makes synapses with the errors of a [`HardwareAware`] block.
#[derive(Debug, Clone)]
pub struct AwareHardware {
    /// The errors.
    pub config: HardwareAware,
}

impl Hardware for AwareHardware {
    fn label(&self) -> String {
        "hardware-aware training".to_owned()
    }

    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses> {
        Box::new(AwareSynapses {
            ideal: IdealSynapses::new(outputs, inputs),
            config: self.config.clone(),
            largest: vec![0.0; outputs],
            seed,
            address,
            operations: 0,
        })
    }
}

/// Ideal weights with noise of training.
struct AwareSynapses {
    /// The perturbed weights.
    ideal: IdealSynapses,
    config: HardwareAware,
    /// For each output W_max.
    largest: Vec<f32>,
    seed: u64,
    address: u64,
    operations: u64,
}

impl AwareSynapses {
    fn normals(&mut self, count: usize) -> Vec<f32> {
        self.operations += 1;
        let mut normals = vec![0.0; count];
        Stream::new(self.seed, Purpose::TrainingNoise, self.address, self.operations)
            .fill_normal(&mut normals);
        normals
    }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |high, v| high.max(v.abs()))
}

impl Synapses for AwareSynapses {
    fn outputs(&self) -> usize {
        self.ideal.outputs()
    }

    fn inputs(&self) -> usize {
        self.ideal.inputs()
    }

    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        let mut x = x.to_dense(self.inputs());
        let scales: Vec<f32> = x.iter_rows().map(largest).collect();
        if let Some(bits) = self.config.dac_bits {
            for (i, scale) in scales.iter().enumerate().filter(|(_, scale)| **scale > 0.0) {
                quantise(x.row_mut(i), bits, *scale);
            }
        }
        let mut y = self.ideal.forward(Inputs::Dense(&x));
        if self.config.output_noise > 0.0 {
            let normals = self.normals(y.as_slice().len());
            let columns = self.outputs();
            for (i, (row, normals)) in
                y.as_mut_slice().chunks_exact_mut(columns).zip(normals.chunks_exact(columns)).enumerate()
            {
                let sigma = self.config.output_noise * scales[i];
                for ((y, z), most) in row.iter_mut().zip(normals).zip(&self.largest) {
                    *y += sigma * most * z;
                }
            }
        }
        if let Some(bits) = self.config.adc_bits {
            let range = largest(y.as_slice());
            if range > 0.0 {
                quantise(y.as_mut_slice(), bits, range);
            }
        }
        y
    }

    fn backward(&mut self, e: &Matrix) -> Matrix {
        self.ideal.backward(e)
    }

    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        self.ideal.update(x, e, rate);
    }

    fn adjust(&mut self, delta: &Matrix) {
        self.ideal.adjust(delta);
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        self.largest = if self.config.per_output {
            weights.iter_rows().map(largest).collect()
        } else {
            vec![largest(weights.as_slice()); weights.rows()]
        };
        if self.config.weight_noise == 0.0 {
            return self.ideal.program(weights);
        }
        let normals = self.normals(weights.as_slice().len());
        let mut perturbed = weights.clone();
        let columns = weights.columns();
        let rows = perturbed.as_mut_slice().chunks_exact_mut(columns).zip(normals.chunks_exact(columns));
        for ((row, normals), most) in rows.zip(&self.largest) {
            for (w, z) in row.iter_mut().zip(normals) {
                *w += self.config.weight_noise * most * z;
            }
        }
        self.ideal.program(&perturbed)
    }

    fn weights(&mut self) -> Matrix {
        self.ideal.weights()
    }

    fn elapse(&mut self, seconds: f64) {
        self.ideal.elapse(seconds);
    }

    fn activity(&self) -> Activity {
        self.ideal.activity()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn programmed(config: HardwareAware) -> (Box<dyn Synapses>, Matrix) {
        // Every output has weights of its own size: largest magnitudes 1, 2, 3, 4.
        let weights = Matrix::from_fn(4, 2000, |k, j| (k + 1) as f32 * ((j % 3) as f32 - 1.0));
        let mut synapses = AwareHardware { config }.synapses(4, 2000, 5, 7);
        synapses.program(&weights);
        (synapses, weights)
    }

    fn deviation(values: impl Iterator<Item = f32>) -> f64 {
        let squares: Vec<f64> = values.map(|v| f64::from(v).powi(2)).collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    }

    #[test]
    fn weight_noise_has_the_stated_deviation() {
        for per_output in [false, true] {
            let (mut synapses, clean) =
                programmed(HardwareAware { weight_noise: 0.05, per_output, ..HardwareAware::default() });
            let noisy = synapses.weights();
            for k in 0..4 {
                let most = if per_output { (k + 1) as f64 } else { 4.0 };
                let sigma = deviation(noisy.row(k).iter().zip(clean.row(k)).map(|(a, b)| a - b));
                // 2000 draws: 1.6 % standard error.
                assert!((sigma / (0.05 * most) - 1.0).abs() < 0.07, "output {k}: {sigma}");
            }
            let again =
                programmed(HardwareAware { weight_noise: 0.05, per_output, ..HardwareAware::default() });
            assert_eq!({ again }.0.weights(), noisy);
        }
    }

    #[test]
    fn output_noise_scales_with_input_and_largest_weight_and_backward_has_none() {
        let quiet = HardwareAware { weight_noise: 0.0, ..HardwareAware::default() };
        let (mut noisy, weights) = programmed(HardwareAware { output_noise: 0.1, ..quiet.clone() });
        let x = Matrix::from_fn(3000, 2000, |i, j| if j == i % 7 { 0.5 } else { 0.0 });
        let (mut clean, _) = programmed(quiet);
        let difference: Vec<f32> = noisy
            .forward(Inputs::Dense(&x))
            .as_slice()
            .iter()
            .zip(clean.forward(Inputs::Dense(&x)).as_slice())
            .map(|(a, b)| a - b)
            .collect();
        let sigma = deviation(difference.into_iter());
        assert!((sigma / (0.1 * 0.5 * 4.0) - 1.0).abs() < 0.04, "{sigma}");
        let e = Matrix::from_fn(1, 4, |_, k| k as f32);
        let exact = numerics::matrix::product(
            (&e, numerics::matrix::Op::Plain),
            (&weights, numerics::matrix::Op::Plain),
        );
        assert_eq!(noisy.backward(&e), exact);
    }

    #[test]
    fn converters_round_inputs_and_outputs() {
        let config = HardwareAware { weight_noise: 0.0, dac_bits: Some(2), ..HardwareAware::default() };
        let mut synapses = AwareHardware { config }.synapses(1, 3, 0, 0);
        synapses.program(&Matrix::from_fn(1, 3, |_, _| 1.0));
        // Two bits with sign: −1, 0, 1 of the largest input.
        let x = Matrix::from_vec(1, 3, vec![2.0, 0.9, -1.1]).unwrap();
        let y = synapses.forward(Inputs::Dense(&x));
        assert!(y.as_slice()[0].abs() < 1e-6, "{y:?}");
        let config = HardwareAware { weight_noise: 0.0, adc_bits: Some(3), ..HardwareAware::default() };
        let mut synapses = AwareHardware { config }.synapses(3, 1, 0, 0);
        synapses.program(&Matrix::from_vec(3, 1, vec![3.0, 1.4, -0.4]).unwrap());
        let y = synapses.forward(Inputs::Dense(&Matrix::from_vec(1, 1, vec![1.0]).unwrap()));
        assert_eq!(y.as_slice(), [3.0, 1.0, 0.0]);
    }

    #[test]
    fn fields_are_checked() {
        let good = HardwareAware::default();
        assert!(good.check().is_ok());
        for bad in [
            HardwareAware { epochs: 0, ..good.clone() },
            HardwareAware { learning_rate: 0.0, ..good.clone() },
            HardwareAware { weight_noise: f32::NAN, ..good.clone() },
            HardwareAware { adc_bits: Some(1), ..good.clone() },
            HardwareAware { clip: Some(0.0), ..good },
        ] {
            assert!(matches!(bad.check(), Err(NetworkError::Field { .. })), "{bad:?}");
        }
    }
}
