//! [`FrozenStack`]: a stack of layers, trained as the lower part of a classifier and kept without its head.
//!
//! A dense layer with one output for each class is put behind the stack, both are trained on labelled
//! images by the [`Trainer`], and the head is thrown away. What is left never learns again. Layers of the
//! kind `flatten` at the end are left away: they change no number, and without them the features keep
//! their channels.
//!
//! Pre-trained, frozen convolutions before a learner that replays their features: G. M. van de Ven, H. T.
//! Siegelmann, A. S. Tolias, Nat. Commun. 11:4069 (2020), doi:10.1038/s41467-020-17866-2 (trained on
//! CIFAR-10, used for CIFAR-100).
//!
//! Pinned by: the tests below.

use numerics::matrix::Matrix;

use super::features::FrontEnd;
use super::normalisation::{FeatureConstants, Normalisation};
use crate::data::Samples;
use crate::learning::network::error::NetworkError;
use crate::learning::network::{
    Architecture, EpochReport, LayerSpec, Network, SavedNetwork, Shape, Trainer, TrainingConfig,
};
use crate::mapping::{Hardware, IdealHardware};

/// Samples whose features give the constants of the normalisation.
const CONSTANT_SAMPLES: usize = 2000;
/// Samples that converters of arrays see to find their ranges.
const CALIBRATION_SAMPLES: usize = 250;

/// Frozen layers and the constants of their features.
#[derive(Debug, Clone)]
pub struct FrozenStack {
    network: SavedNetwork,
    constants: FeatureConstants,
    shape: Shape,
    /// Images for the converters.
    calibration: Matrix,
}

/// Layers that keep the channels of their features: without any `flatten` at the end.
fn kept(layers: &[LayerSpec]) -> &[LayerSpec] {
    let count = layers.iter().rposition(|layer| *layer != LayerSpec::Flatten).map_or(0, |last| last + 1);
    &layers[..count]
}

impl FrozenStack {
    /// The stack with its head, as it is trained.
    pub fn with_head(input: Shape, layers: &[LayerSpec], classes: usize) -> Architecture {
        let head = LayerSpec::Dense { outputs: classes, bias: true, name: None };
        Architecture { input, layers: kept(layers).iter().cloned().chain([head]).collect() }
    }

    /// Channels, rows and columns of the features of layers that stand alone.
    ///
    /// # Errors
    /// When the layers do not fit, or none has weights.
    pub fn features_of(stack: &Architecture) -> Result<Shape, NetworkError> {
        let stack = Architecture { input: stack.input, layers: kept(&stack.layers).to_vec() };
        Ok(stack.shapes()?.last().copied().unwrap_or(stack.input))
    }

    /// Trains layers on labelled images in ideal arithmetic. `watch` is told every epoch and may stop it.
    ///
    /// # Errors
    /// When layers and images do not fit, the training diverges or is stopped, or the features say nothing.
    pub fn pretrain(
        layers: &[LayerSpec],
        (config, normalisation): (&TrainingConfig, Normalisation),
        samples: &Samples,
        seed: u64,
        watch: &mut dyn FnMut(&EpochReport) -> bool,
    ) -> Result<Self, NetworkError> {
        let (channels, rows, columns) = samples.image();
        let input = [channels, rows, columns];
        // The stack alone must have weights: a head that learns everything is no front end.
        Architecture { input, layers: kept(layers).to_vec() }.shapes()?;
        let mut architecture = Self::with_head(input, layers, samples.classes());
        let trainer =
            Trainer { architecture: &architecture, config, hardware: &IdealHardware, clip: None, seed };
        let start = architecture.initial_parameters(seed)?;
        let mut parameters = trainer.train(start, samples, watch)?;
        architecture.layers.pop();
        parameters.pop();
        Self::of(SavedNetwork { architecture, parameters }, normalisation, samples)
    }

    /// Freezes layers that are trained already; `samples` give the constants.
    ///
    /// # Errors
    /// When layers, parameters and images do not fit, or the features say nothing.
    pub fn of(
        mut network: SavedNetwork,
        normalisation: Normalisation,
        samples: &Samples,
    ) -> Result<Self, NetworkError> {
        network.architecture.layers = kept(&network.architecture.layers).to_vec();
        network.architecture.check_parameters(&network.parameters)?;
        let shape = Self::features_of(&network.architecture)?;
        let first = |count: usize| samples.select(&(0..count.min(samples.len())).collect::<Vec<_>>());
        let mut plain = Network::new(&network.architecture, &IdealHardware, 0, 0)?;
        plain.program(&network.parameters);
        let seen = first(CONSTANT_SAMPLES);
        network.architecture.takes(&seen)?;
        let features = super::features::in_passes(&mut plain, seen.inputs());
        let constants = FeatureConstants::of(normalisation, &features, shape[0])?;
        let calibration = first(CALIBRATION_SAMPLES).inputs().clone();
        Ok(Self { network, constants, shape, calibration })
    }

    /// The layers and their parameters.
    pub fn network(&self) -> &SavedNetwork {
        &self.network
    }

    /// The constants of the features.
    pub fn constants(&self) -> &FeatureConstants {
        &self.constants
    }

    /// Channels, rows and columns of the features.
    pub fn feature_shape(&self) -> Shape {
        self.shape
    }

    /// The stack on one make of synapses, programmed once; its matrices have the addresses from
    /// `first_address` on. Converters find their ranges from images of the set it was trained on.
    ///
    /// # Errors
    /// When a fault of a single cell lies in no layer of the stack.
    pub fn on(
        &self,
        hardware: &dyn Hardware,
        seed: u64,
        first_address: u64,
    ) -> Result<FrontEnd, NetworkError> {
        FrontEnd::new(self, hardware, (seed, first_address), &self.calibration)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use device_models::DeviceCard;
    use numerics::rng::{Purpose, Stream};

    use super::*;
    use crate::mapping::{AnalogConfig, AnalogHardware};

    const LAYERS: &str = r#"[
        { "kind": "convolution", "filters": 4, "kernel": [3, 3], "padding": [1, 1] }, { "kind": "relu" },
        { "kind": "max_pool", "size": [2, 2] },
        { "kind": "convolution", "filters": 6, "kernel": [3, 3], "padding": [1, 1] }, { "kind": "relu" },
        { "kind": "flatten" } ]"#;

    fn layers() -> Vec<LayerSpec> {
        serde_json::from_str(LAYERS).unwrap()
    }

    fn config() -> TrainingConfig {
        TrainingConfig { epochs: 15, batch: 32, learning_rate: 1e-2, ..TrainingConfig::default() }
    }

    /// Images of 6 × 6 with a bright row (class 0) or column (class 1).
    fn stripes(count: usize, seed: u64) -> Samples {
        let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
        let mut place = Stream::new(seed, Purpose::Pattern, 1, 0);
        let places: Vec<usize> = (0..count).map(|_| place.below(6) as usize).collect();
        let labels = (0..count).map(|i| (i % 2) as u8).collect();
        let inputs = Matrix::from_fn(count, 36, |i, j| {
            let line = if i % 2 == 0 { j / 6 } else { j % 6 };
            f32::from(line == places[i]) + 0.2 * stream.normal() as f32
        });
        Samples::new(inputs, labels, 2, (6, 6)).unwrap()
    }

    fn trained(normalisation: Normalisation, seed: u64) -> FrozenStack {
        let data = stripes(320, 1);
        FrozenStack::pretrain(&layers(), (&config(), normalisation), &data, seed, &mut |_| true).unwrap()
    }

    #[test]
    fn features_are_those_of_the_trained_network_before_its_head() {
        let data = stripes(320, 1);
        let whole = FrozenStack::with_head([1, 6, 6], &layers(), 2);
        let trainer = Trainer {
            architecture: &whole,
            config: &config(),
            hardware: &IdealHardware,
            clip: None,
            seed: 3,
        };
        let mut last = 0.0;
        let parameters = trainer
            .train(whole.initial_parameters(3).unwrap(), &data, &mut |report| {
                last = report.accuracy;
                true
            })
            .unwrap();
        assert!(last > 0.95, "the head must have learnt something to freeze: {last}");
        let stack = trained(Normalisation::Standard, 3);
        assert_eq!(stack.network().parameters, parameters[..2]);
        assert_eq!(stack.feature_shape(), [6, 3, 3]);
        let mut network = Network::new(&whole, &IdealHardware, 0, 0).unwrap();
        network.program(&parameters);
        let other = stripes(301, 2);
        let trace = network.trace(other.inputs().clone());
        let before_head = &trace[trace.len() - 2];
        let mut front = stack.on(&IdealHardware, 0, 0).unwrap();
        let features = front.features(&other).unwrap();
        assert_eq!((features.image(), features.labels()), ((6, 3, 3), other.labels()));
        let constants = stack.constants();
        for (own, raw) in features.inputs().iter_rows().zip(before_head.iter_rows()) {
            for (j, (own, raw)) in own.iter().zip(raw).enumerate() {
                let expected = (raw - constants.shift[j / 9]) / constants.spread[j / 9];
                assert!((own - expected).abs() < 1e-5, "{own} against {expected}");
            }
        }
    }

    #[test]
    fn features_are_the_same_bits_every_time_and_unlike_for_other_seeds() {
        let data = stripes(40, 5);
        let of = |stack: &FrozenStack| stack.on(&IdealHardware, 0, 0).unwrap().features(&data).unwrap();
        let (stack, single) = (
            trained(Normalisation::Unit, 3),
            rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap(),
        );
        let first = of(&stack);
        assert_eq!(of(&single.install(|| trained(Normalisation::Unit, 3))), first);
        assert_ne!(of(&trained(Normalisation::Unit, 4)), first);
        let mut front = stack.on(&IdealHardware, 0, 0).unwrap();
        assert_eq!(front.features(&data).unwrap(), front.features(&data).unwrap());
        assert!(first.inputs().as_slice().iter().all(|f| (0.0..=1.0).contains(f)));
        let numbers = first.inputs().as_slice().len() as f64;
        assert!((0.0..0.1).contains(&front.limited_share()), "{} of {numbers}", front.limited_share());
    }

    #[test]
    fn arrays_are_programmed_once_and_err_a_little() {
        let card = DeviceCard::shipped("technology_c", &BTreeMap::new()).unwrap();
        let hardware = AnalogHardware::new(&card, &AnalogConfig::default(), 293.0, 1).unwrap();
        let (stack, data) = (trained(Normalisation::Standard, 3), stripes(100, 5));
        let ideal = stack.on(&IdealHardware, 0, 0).unwrap().features(&data).unwrap();
        let mut front = stack.on(&hardware, 1, 0).unwrap();
        let pulses = |front: &mut FrontEnd| -> u64 {
            front.activities().iter().map(|a| a.set_pulses + a.reset_pulses).sum()
        };
        let (written, products) = (pulses(&mut front), front.activities()[0].products);
        assert!(written > 0 && front.programming().len() == 2);
        let features = front.features(&data).unwrap();
        assert_eq!(pulses(&mut front), written);
        // One product for each of 36 places of 100 images.
        assert_eq!(front.activities()[0].products - products, 3600);
        let pairs = || ideal.inputs().as_slice().iter().zip(features.inputs().as_slice());
        let error =
            (pairs().map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / pairs().count() as f64).sqrt();
        assert!((1e-3..0.5).contains(&error), "{error} of a standard deviation");
        assert_eq!(stack.on(&hardware, 1, 0).unwrap().features(&data).unwrap(), features);
        assert_ne!(stack.on(&hardware, 2, 0).unwrap().features(&data).unwrap(), features);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let data = stripes(32, 1);
        let message = |layers: &str, data: &Samples| {
            let layers: Vec<LayerSpec> = serde_json::from_str(layers).unwrap();
            let config = config();
            let settings = (&config, Normalisation::Standard);
            FrozenStack::pretrain(&layers, settings, data, 0, &mut |_| true)
                .map(drop)
                .unwrap_err()
                .to_string()
        };
        assert!(
            message(r#"[{ "kind": "relu" }, { "kind": "flatten" }]"#, &data)
                .contains("no dense or convolution")
        );
        let wide = r#"[{ "kind": "convolution", "filters": 4, "kernel": [9, 9] }]"#;
        assert!(message(wide, &data).contains("layer 0 (convolution)"));
        let dead = r#"[{ "kind": "dense", "outputs": 1 }, { "kind": "relu" }, { "kind": "max_pool", "size": [1, 1] }, { "kind": "softmax" }]"#;
        assert!(message(dead, &data).contains("same features"));
        let stack = trained(Normalisation::Standard, 3);
        let other = Samples::new(Matrix::zeros(2, 16), vec![0, 1], 2, (4, 4)).unwrap();
        let error = stack.on(&IdealHardware, 0, 0).unwrap().features(&other).unwrap_err().to_string();
        assert_eq!(error, "the network takes samples of [1, 6, 6], but those of the data are [1, 4, 4]");
        let stopped =
            FrozenStack::pretrain(&layers(), (&config(), Normalisation::Unit), &data, 0, &mut |_| false);
        assert!(matches!(stopped, Err(NetworkError::Stopped)));
    }
}
