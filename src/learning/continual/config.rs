//! [`TrainingConfig`]: network, losses and training of a continual learner, their defaults and bounds.
//!
//! The defaults are those of the published comparison on split MNIST.
//!
//! Pinned by: the tests below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::learning::LearningError;

/// Most weights of a network, and most activations held at once: some gigabytes each.
const MOST_WEIGHTS: u64 = 1 << 26;
const MOST_ACTIVATIONS: u64 = 1 << 27;

/// How gradients reach the weights. Biases and the prior are digital and use Adam in both rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateRule {
    /// Gradients are summed and passed through Adam in a digital periphery, one per matrix; the
    /// change is written with `adjust`.
    #[default]
    Adam,
    /// Stochastic gradient descent in place: the outer product of inputs and errors is applied
    /// where the weights are, with `update`.
    OuterProduct,
}

/// Reconstruction loss of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reconstruction {
    /// Binary cross-entropy of a sigmoid output: inputs in [0, 1].
    #[default]
    CrossEntropy,
    /// Half the squared error of a linear output: standardised inputs.
    SquaredError,
}

/// Network, losses and training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Units of each hidden layer, of the encoder and (mirrored) of the decoder.
    pub hidden_units: usize,
    /// Hidden layers of the encoder and of the decoder.
    pub hidden_layers: usize,
    /// Latent variables.
    pub latent_units: usize,
    /// Training iterations per context; joint training takes this times the number of contexts.
    pub iterations: u64,
    /// Samples of the current context per iteration.
    pub batch: usize,
    /// Replayed samples per iteration.
    pub replay_batch: usize,
    /// How gradients reach the weights.
    pub update_rule: UpdateRule,
    /// Step of Adam.
    pub learning_rate: f64,
    /// Step of the in-place outer product (weights only; biases and prior use `learning_rate`).
    pub outer_product_rate: f64,
    /// Reconstruction loss of the decoder.
    pub reconstruction: Reconstruction,
    /// Weight of the reconstruction loss (mean over features).
    pub reconstruction_weight: f64,
    /// Weight of the latent loss (divided by the number of features).
    pub latent_weight: f64,
    /// Weight of classification and distillation.
    pub prediction_weight: f64,
    /// Temperature T of the teacher's soft targets.
    pub temperature: f64,
    /// Iterations between two points of the recorded loss curve.
    pub loss_interval: u64,
    /// Samples per class generated after each context, for reports.
    pub generated_per_class: usize,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            hidden_units: 400,
            hidden_layers: 2,
            latent_units: 100,
            iterations: 2000,
            batch: 128,
            replay_batch: 128,
            update_rule: UpdateRule::Adam,
            learning_rate: 1e-3,
            outer_product_rate: 0.1,
            reconstruction: Reconstruction::CrossEntropy,
            reconstruction_weight: 1.0,
            latent_weight: 1.0,
            prediction_weight: 1.0,
            temperature: 2.0,
            loss_interval: 10,
            generated_per_class: 4,
        }
    }
}

impl TrainingConfig {
    /// Checks every field against its bounds.
    ///
    /// # Errors
    /// The first field that is out of bounds, by name.
    pub fn validate(&self) -> Result<(), LearningError> {
        let counts = [
            ("hidden_units", self.hidden_units, 1_usize, 65_536),
            ("hidden_layers", self.hidden_layers, 1, 16),
            ("latent_units", self.latent_units, 1, 65_536),
            ("batch", self.batch, 1, 65_536),
            ("replay_batch", self.replay_batch, 1, 65_536),
            ("generated_per_class", self.generated_per_class, 0, 1000),
        ];
        for (field, value, low, high) in counts {
            if !(low..=high).contains(&value) {
                return Err(out_of_bounds(
                    field,
                    value,
                    &format!("write a whole number from {low} to {high}"),
                ));
            }
        }
        for (field, value) in [("iterations", self.iterations), ("loss_interval", self.loss_interval)] {
            if value == 0 || value > 1_000_000_000 {
                return Err(out_of_bounds(field, value, "write a whole number from 1 to 1000000000"));
            }
        }
        let positive = [
            ("learning_rate", self.learning_rate, 1.0),
            ("outer_product_rate", self.outer_product_rate, 1e3),
            ("temperature", self.temperature, 1e3),
        ];
        for (field, value, high) in positive {
            if !(value > 0.0 && value <= high) {
                return Err(out_of_bounds(field, value, &format!("write a number above 0, at most {high}")));
            }
        }
        let weights = [
            ("reconstruction_weight", self.reconstruction_weight),
            ("latent_weight", self.latent_weight),
            ("prediction_weight", self.prediction_weight),
        ];
        for (field, value) in weights {
            if !(0.0..=1e6).contains(&value) {
                return Err(out_of_bounds(field, value, "write a number from 0 to 1000000"));
            }
        }
        Ok(())
    }

    /// Checks every field, and that a network of so many inputs and output units fits into memory.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate_for(&self, (inputs, units): (usize, usize)) -> Result<(), LearningError> {
        self.validate()?;
        let (features, outputs) = (inputs as u64, units as u64);
        let (units, latent) = (self.hidden_units as u64, self.latent_units as u64);
        let above = self.hidden_layers as u64 - 1;
        let weights = units * (2 * features + outputs + 3 * latent + 2 * above * units);
        if weights > MOST_WEIGHTS {
            let rule = format!(
                "the network would have {weights} weights, at most {MOST_WEIGHTS} fit; \
                 lower it, `hidden_layers` or `latent_units`"
            );
            return Err(out_of_bounds("hidden_units", units, &rule));
        }
        let width = 2 * (above + 1) * units + 3 * latent + 2 * (outputs + features);
        for (field, rows) in [
            ("batch", self.batch + self.replay_batch),
            ("generated_per_class", self.generated_per_class * outputs as usize),
        ] {
            let values = rows as u64 * width;
            if values > MOST_ACTIVATIONS {
                let rule = format!(
                    "{rows} samples at once make {values} activations, at most {MOST_ACTIVATIONS} fit; \
                     lower it or the size of the network"
                );
                let value = if field == "batch" { self.batch } else { self.generated_per_class };
                return Err(out_of_bounds(field, value, &rule));
            }
        }
        Ok(())
    }
}

fn out_of_bounds(field: &'static str, value: impl std::fmt::Display, rule: &str) -> LearningError {
    LearningError::Field { field, value: format!("{value}"), rule: rule.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_survive_json() {
        let config = TrainingConfig::default();
        config.validate_for((784, 10)).unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TrainingConfig>(&text).unwrap(), config);
        assert_eq!(serde_json::from_str::<TrainingConfig>("{}").unwrap(), config);
        assert!(serde_json::from_str::<TrainingConfig>(r#"{"hiden_units": 3}"#).is_err());
        let partly: TrainingConfig =
            serde_json::from_str(r#"{"update_rule": "outer_product", "reconstruction": "squared_error"}"#)
                .unwrap();
        assert_eq!(partly.update_rule, UpdateRule::OuterProduct);
        assert_eq!(partly.reconstruction, Reconstruction::SquaredError);
    }

    #[test]
    fn errors_name_the_field() {
        let message = |change: fn(&mut TrainingConfig)| {
            let mut config = TrainingConfig::default();
            change(&mut config);
            config.validate_for((64, 10)).unwrap_err().to_string()
        };
        assert!(message(|c| c.batch = 0).starts_with("`batch` is 0"));
        assert!(message(|c| c.learning_rate = f64::NAN).starts_with("`learning_rate` is NaN"));
        assert!(message(|c| c.hidden_units = 65_536).starts_with("`hidden_units` is 65536: the network"));
        let batch = message(|c| (c.hidden_units, c.batch) = (1024, 65_536));
        assert!(batch.starts_with("`batch` is 65536: 65664 samples at once"), "{batch}");
    }
}
