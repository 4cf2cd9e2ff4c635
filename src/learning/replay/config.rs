//! [`ReplayConfig`]: the settings of a replay study, their defaults and their bounds.
//!
//! Pinned by: the tests below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Samples;
use crate::learning::LearningError;
use crate::learning::protocol::ActiveUnits;

/// Most weights of a network, and most activations held at once: some gigabytes each.
const MOST_WEIGHTS: u64 = 1 << 26;
const MOST_ACTIVATIONS: u64 = 1 << 27;

/// How a context is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Learner {
    /// One context after the other, no replay: the lower reference.
    None,
    /// The data of all contexts from the start, same total iterations: the upper reference.
    Joint,
    /// One context after the other with brain-inspired replay.
    Replay,
}

impl Learner {
    /// The name used in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Joint => "joint",
            Self::Replay => "replay",
        }
    }
}

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

/// Which held-out samples judge the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluateOn {
    /// The test samples: for results.
    #[default]
    Test,
    /// Samples taken out of the training part, `test_share` of each class: for choosing settings.
    /// The test samples are used for nothing.
    Validation,
}

impl EvaluateOn {
    /// The name used in scripts and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation => "validation",
        }
    }
}

/// Settings of brain-inspired replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayConfig {
    /// Classes of each context, in the order they are learnt.
    pub contexts: Vec<Vec<u8>>,
    /// Share of each class that is held out as test samples.
    pub test_share: f64,
    /// Which held-out samples judge the learner: `test`, or `validation` while settings are chosen.
    pub evaluate_on: EvaluateOn,
    /// Units of each hidden layer, of the encoder and (mirrored) of the decoder.
    pub hidden_units: usize,
    /// Hidden layers of the encoder and of the decoder.
    pub hidden_layers: usize,
    /// Latent variables.
    pub latent_units: usize,
    /// Share of decoder units that are silent for a given class (each drawn independently).
    pub gate_fraction: f64,
    /// Output units that take part in softmax and decision.
    pub active_units: ActiveUnits,
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
    /// Weight of the reconstruction loss (mean over pixels).
    pub reconstruction_weight: f64,
    /// Weight of the latent loss (divided by the number of pixels).
    pub latent_weight: f64,
    /// Weight of classification and distillation.
    pub prediction_weight: f64,
    /// Temperature T of the teacher's soft targets.
    pub temperature: f64,
    /// Iterations between two points of the recorded loss curve.
    pub loss_interval: u64,
    /// Images per class generated after each context, for reports.
    pub generated_per_class: usize,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self {
            contexts: (0..5).map(|i| vec![2 * i, 2 * i + 1]).collect(),
            test_share: 0.2,
            evaluate_on: EvaluateOn::Test,
            hidden_units: 128,
            hidden_layers: 2,
            latent_units: 32,
            gate_fraction: 0.5,
            active_units: ActiveUnits::All,
            iterations: 300,
            batch: 64,
            replay_batch: 64,
            update_rule: UpdateRule::Adam,
            learning_rate: 1e-3,
            outer_product_rate: 0.1,
            reconstruction_weight: 1.0,
            latent_weight: 1.0,
            prediction_weight: 1.0,
            temperature: 2.0,
            loss_interval: 10,
            generated_per_class: 4,
        }
    }
}

impl ReplayConfig {
    /// Checks every field against its bounds and the number of classes in the data.
    ///
    /// # Errors
    /// The first field that is out of bounds, by name.
    pub fn validate(&self, classes: usize) -> Result<(), LearningError> {
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
        if !(0.0..1.0).contains(&self.gate_fraction) {
            return Err(out_of_bounds(
                "gate_fraction",
                self.gate_fraction,
                "write a number from 0 to below 1",
            ));
        }
        if !(self.test_share > 0.0 && self.test_share < 1.0) {
            return Err(out_of_bounds("test_share", self.test_share, "write a number between 0 and 1"));
        }
        self.validate_contexts(classes)
    }

    /// Checks every field, that the network fits into memory, and that the data have what it needs.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate_for(&self, data: &Samples) -> Result<(), LearningError> {
        self.validate(data.classes())?;
        let (pixels, classes) = (data.inputs().columns() as u64, data.classes() as u64);
        let (units, latent) = (self.hidden_units as u64, self.latent_units as u64);
        let above = self.hidden_layers as u64 - 1;
        let weights = units * (2 * pixels + classes + 3 * latent + 2 * above * units);
        if weights > MOST_WEIGHTS {
            let rule = format!(
                "the network would have {weights} weights, at most {MOST_WEIGHTS} fit; \
                 lower it, `hidden_layers` or `latent_units`"
            );
            return Err(out_of_bounds("hidden_units", units, &rule));
        }
        let width = 2 * (above + 1) * units + 3 * latent + 2 * (classes + pixels);
        for (field, rows) in [
            ("batch", self.batch + self.replay_batch),
            ("generated_per_class", self.generated_per_class * data.classes()),
            ("hidden_units", data.len()),
        ] {
            let values = rows as u64 * width;
            if values > MOST_ACTIVATIONS {
                let rule = format!(
                    "{rows} samples at once make {values} activations, at most {MOST_ACTIVATIONS} fit; \
                     lower it or the size of the network"
                );
                let value = match field {
                    "batch" => self.batch,
                    "generated_per_class" => self.generated_per_class,
                    _ => self.hidden_units,
                };
                return Err(out_of_bounds(field, value, &rule));
            }
        }
        if let Some(&class) = self.contexts.iter().flatten().find(|&&c| data.of_class(c).is_empty()) {
            return Err(LearningError::NoSamples { class });
        }
        Ok(())
    }

    fn validate_contexts(&self, classes: usize) -> Result<(), LearningError> {
        let error = |rule: &str| Err(out_of_bounds("contexts", format!("{:?}", self.contexts), rule));
        if self.contexts.is_empty() || self.contexts.iter().any(Vec::is_empty) {
            return error("write at least one context with at least one class each");
        }
        let mut seen = vec![false; classes];
        for &class in self.contexts.iter().flatten() {
            match seen.get_mut(usize::from(class)) {
                None => {
                    return error(&format!("class {class} is not in the data, which has {classes} classes"));
                }
                Some(true) => return error(&format!("class {class} is listed twice")),
                Some(unseen) => *unseen = true,
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
        let config = ReplayConfig::default();
        config.validate(10).unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<ReplayConfig>(&text).unwrap(), config);
        assert_eq!(serde_json::from_str::<ReplayConfig>("{}").unwrap(), config);
        assert!(serde_json::from_str::<ReplayConfig>(r#"{"hiden_units": 3}"#).is_err());
        assert!(serde_json::from_str::<ReplayConfig>(r#"{"evaluate_on": "train"}"#).is_err());
        let validated: ReplayConfig = serde_json::from_str(r#"{"evaluate_on": "validation"}"#).unwrap();
        assert_eq!(validated.evaluate_on, EvaluateOn::Validation);
        let partly: ReplayConfig =
            serde_json::from_str(r#"{"update_rule": "outer_product", "active_units": "so_far"}"#).unwrap();
        assert_eq!((partly.update_rule, partly.active_units), (UpdateRule::OuterProduct, ActiveUnits::SoFar));
    }

    #[test]
    fn errors_name_the_field() {
        let message = |change: fn(&mut ReplayConfig)| {
            let mut config = ReplayConfig::default();
            change(&mut config);
            config.validate(10).unwrap_err().to_string()
        };
        assert!(message(|c| c.batch = 0).starts_with("`batch` is 0"));
        assert!(message(|c| c.learning_rate = f64::NAN).starts_with("`learning_rate` is NaN"));
        assert!(message(|c| c.gate_fraction = 1.0).starts_with("`gate_fraction`"));
        let data = crate::data::Digits::embedded().unwrap().samples;
        let too_large = |change: fn(&mut ReplayConfig)| {
            let mut config = ReplayConfig::default();
            change(&mut config);
            config.validate_for(&data).unwrap_err().to_string()
        };
        ReplayConfig::default().validate_for(&data).unwrap();
        assert!(too_large(|c| c.hidden_units = 65_536).starts_with("`hidden_units` is 65536: the network"));
        let batch = too_large(|c| (c.hidden_units, c.batch) = (1024, 65_536));
        assert!(batch.starts_with("`batch` is 65536: 65600 samples at once"), "{batch}");
        assert!(message(|c| c.contexts = vec![]).starts_with("`contexts`"));
        assert!(message(|c| c.contexts[0][0] = 10).contains("class 10 is not in the data"));
        assert!(message(|c| c.contexts[0][0] = 9).contains("class 9 is listed twice"));
    }
}
