//! A perceptron with sigmoid hidden layers, trained by back-propagation through its synapses.
//!
//! Layers z = g W a + b, a = 1/(1 + e^(−z)), the last one behind a softmax (cross-entropy) or a sigmoid
//! (squares). Errors at the last z are
//! * cross-entropy: p − t
//! * squares, (a − t)²: 2 a (1 − a)(a − t)
//!
//! and one layer below e ← a (1 − a) Wᵀ e, read through the same synapses (or with their weights read out). Weights change by −η e aᵀ in the
//! hardware, biases by −η e in the periphery; both over the mean of the batch.
//!
//! | symbol | here |
//! |---|---|
//! | g | `forward_gain`: factor of the products alone, not of the errors |
//! | θ | `one_bit`: a layer drives the next with one where its value exceeds θ, else with zero |
//! | η | `learning_rates` |
//!
//! Reference: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Nature 323, 533 (1986), doi:10.1038/323533a0.
//! Pinned by: the tests below, `tests/array_training.rs`.

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LearningError;
use super::softmax::{sigmoid, softmax_of_all};
use crate::data::{Samples, Split};
use crate::mapping::{Activity, AnalogMatrix, Hardware, Inputs, Programming, Synapses};

/// What the network minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Cross-entropy of a softmax.
    #[default]
    CrossEntropy,
    /// Squares of a sigmoid.
    Squares,
}

/// Where weights begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Uniform in ±1/√inputs.
    #[default]
    Uniform,
    /// One of seven levels, equally spaced from −1 to 1.
    SevenLevels,
}

/// What errors are passed back through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backward {
    /// A transposed read of the array.
    #[default]
    Array,
    /// The weights, read out cell by cell, multiplied digitally.
    ReadOut,
}

/// Network and training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PerceptronConfig {
    /// Units of the hidden layers.
    pub hidden: Vec<usize>,
    /// What is minimised.
    pub loss: Loss,
    /// Give every layer a bias, held in the periphery.
    pub biases: bool,
    /// Where weights begin.
    pub start: Start,
    /// Added to every weight at the start.
    pub start_shift: f32,
    /// Learning rate of every layer, or one for all.
    pub learning_rates: Vec<f32>,
    /// Samples of a batch.
    pub batch: usize,
    /// Epochs.
    pub epochs: usize,
    /// Samples of an epoch, drawn with replacement; left away, every sample once in random order.
    pub samples_per_epoch: Option<usize>,
    /// Drive layers with one bit: one where a value exceeds this.
    pub one_bit: Option<f32>,
    /// What errors are passed back through.
    pub backward: Backward,
    /// Factor of the products in the forward direction.
    pub forward_gain: f32,
}

impl Default for PerceptronConfig {
    fn default() -> Self {
        Self {
            hidden: vec![48],
            loss: Loss::CrossEntropy,
            biases: true,
            start: Start::Uniform,
            start_shift: 0.0,
            learning_rates: vec![0.1],
            batch: 8,
            epochs: 20,
            samples_per_epoch: None,
            one_bit: None,
            backward: Backward::Array,
            forward_gain: 1.0,
        }
    }
}

impl PerceptronConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), LearningError> {
        let field =
            |field, value: String, rule: &str| LearningError::Field { field, value, rule: rule.to_owned() };
        if self.hidden.iter().any(|n| !(1..=100_000).contains(n)) || self.hidden.len() > 16 {
            return Err(field(
                "hidden",
                format!("{:?}", self.hidden),
                "at most 16 layers of 1 to 100000 units",
            ));
        }
        let rates = self.learning_rates.len();
        let positive = self.learning_rates.iter().all(|r| r.is_finite() && *r > 0.0);
        if !(positive && (rates == 1 || rates == self.hidden.len() + 1)) {
            let rule = "one rate above zero, or one for every layer";
            return Err(field("learning_rates", format!("{:?}", self.learning_rates), rule));
        }
        for (name, value) in [("batch", self.batch), ("epochs", self.epochs)] {
            if !(1..=1_000_000).contains(&value) {
                return Err(field(name, value.to_string(), "must be from 1 to 1000000"));
            }
        }
        if let Some(count) = self.samples_per_epoch.filter(|count| !(1..=10_000_000).contains(count)) {
            return Err(field("samples_per_epoch", count.to_string(), "must be from 1 to 10000000"));
        }
        if !(-1.0..=1.0).contains(&self.start_shift) {
            return Err(field("start_shift", self.start_shift.to_string(), "must be from -1 to 1"));
        }
        if !(self.forward_gain.is_finite() && self.forward_gain > 0.0) {
            return Err(field("forward_gain", self.forward_gain.to_string(), "must be above zero"));
        }
        Ok(())
    }

    fn rate(&self, layer: usize) -> f32 {
        self.learning_rates[layer.min(self.learning_rates.len() - 1)]
    }
}

struct Layer {
    synapses: Box<dyn Synapses>,
    bias: Vec<f32>,
}

/// What a training gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Accuracy on the test samples before training and after every epoch.
    pub accuracy: Vec<f64>,
    /// What writing the initial weights took, layer by layer.
    pub programming: Vec<Programming>,
    /// What the hardware did, layer by layer.
    pub activity: Vec<Activity>,
    /// Weights read out at the end, layer by layer.
    pub weights: Vec<Matrix>,
}

/// A network on some hardware.
pub struct Perceptron<'a> {
    config: &'a PerceptronConfig,
    layers: Vec<Layer>,
}

/// Training samples from which converters find their ranges.
const CALIBRATION_SAMPLES: usize = 256;

impl<'a> Perceptron<'a> {
    /// Makes and programs the layers for inputs and classes of some size.
    pub fn new(
        config: &'a PerceptronConfig,
        hardware: &dyn Hardware,
        (inputs, classes): (usize, usize),
        seed: u64,
    ) -> (Self, Vec<Programming>) {
        let mut sizes = vec![inputs];
        sizes.extend(&config.hidden);
        sizes.push(classes);
        let mut programming = Vec::new();
        let layers = sizes
            .windows(2)
            .enumerate()
            .map(|(index, size)| {
                let mut stream = Stream::new(seed, Purpose::InitialWeights, index as u64, 0);
                let bound = 1.0 / (size[0] as f32).sqrt();
                let mut draw = || match config.start {
                    Start::Uniform => bound * (2.0 * stream.uniform() as f32 - 1.0),
                    Start::SevenLevels => (stream.below(7) as f32 - 3.0) / 3.0,
                };
                let weights = Matrix::from_fn(size[1], size[0], |_, _| draw() + config.start_shift);
                let mut synapses = hardware.synapses(size[1], size[0], seed, index as u64);
                programming.push(synapses.program(&weights));
                let mut bias = || bound * (2.0 * stream.uniform() as f32 - 1.0);
                let bias = (0..size[1]).map(|_| if config.biases { bias() } else { 0.0 }).collect();
                Layer { synapses, bias }
            })
            .collect();
        (Self { config, layers }, programming)
    }

    /// What a layer drives the next one with.
    fn drive(&self, values: &Matrix) -> Matrix {
        let mut driven = values.clone();
        if let Some(threshold) = self.config.one_bit {
            driven.as_mut_slice().iter_mut().for_each(|v| *v = f32::from(u8::from(*v > threshold)));
        }
        driven
    }

    /// Inputs and values of all layers; the last are sigmoids or probabilities.
    fn forward(&mut self, x: &Matrix) -> Vec<Matrix> {
        self.pass(x, false)
    }

    /// The same; converters may find their ranges for it first, layer by layer.
    fn pass(&mut self, x: &Matrix, calibrate: bool) -> Vec<Matrix> {
        let mut values = vec![self.drive(x)];
        let last = self.layers.len() - 1;
        for index in 0..=last {
            let driven = if index == 0 { values[0].clone() } else { self.drive(&values[index]) };
            let layer = &mut self.layers[index];
            if calibrate {
                layer.synapses.calibrate(&driven, false);
            }
            let mut z = layer.synapses.forward(Inputs::Dense(&driven));
            let classes = z.columns();
            for row in z.as_mut_slice().chunks_exact_mut(classes) {
                row.iter_mut().zip(&layer.bias).for_each(|(z, b)| *z = self.config.forward_gain * *z + b);
                if index == last && self.config.loss == Loss::CrossEntropy {
                    softmax_of_all(row);
                } else {
                    for z in row {
                        *z = sigmoid(*z);
                    }
                }
            }
            values.push(z);
        }
        values
    }

    /// Errors at the last z, each sample with its share of a batch.
    fn errors(&self, values: &[Matrix], labels: &[u8], share: f32) -> Matrix {
        let mut e = values[self.layers.len()].clone();
        for (i, label) in labels.iter().enumerate() {
            for (k, a) in e.row_mut(i).iter_mut().enumerate() {
                let off = *a - f32::from(u8::from(k == usize::from(*label)));
                *a =
                    share * if self.config.loss == Loss::Squares { 2.0 * *a * (1.0 - *a) * off } else { off };
            }
        }
        e
    }

    /// Errors one layer below.
    fn below(&mut self, index: usize, values: &[Matrix], e: &Matrix) -> Matrix {
        let synapses = &mut self.layers[index].synapses;
        let mut back = match self.config.backward {
            Backward::Array => synapses.backward(e),
            Backward::ReadOut => product((e, Op::Plain), (&synapses.weights(), Op::Plain)),
        };
        let values = values[index].as_slice();
        back.as_mut_slice().iter_mut().zip(values).for_each(|(e, a)| *e *= a * (1.0 - a));
        back
    }

    /// Converters whose ranges come from data find them, forward and backward, from training samples.
    fn calibrate(&mut self, training: &Samples) {
        let from_data = |layer: &Layer| layer.synapses.arrays().iter().any(|array| array.calibrates());
        if !self.layers.iter().any(from_data) {
            return;
        }
        let part = training.select(&(0..training.len().min(CALIBRATION_SAMPLES)).collect::<Vec<_>>());
        let values = self.pass(part.inputs(), true);
        // Errors as large as in a step of training.
        let mut e = self.errors(&values, part.labels(), 1.0 / self.config.batch as f32);
        for index in (1..self.layers.len()).rev() {
            if self.config.backward == Backward::Array {
                self.layers[index].synapses.calibrate(&e, true);
            }
            e = self.below(index, &values, &e);
        }
    }

    /// One step on a batch.
    fn step(&mut self, x: &Matrix, labels: &[u8]) {
        let values = self.forward(x);
        let mut e = self.errors(&values, labels, 1.0 / labels.len().max(1) as f32);
        for index in (0..self.layers.len()).rev() {
            let rate = self.config.rate(index);
            let below = (index > 0).then(|| self.below(index, &values, &e));
            let layer = &mut self.layers[index];
            layer.synapses.update(Inputs::Dense(&values[index]), &e, -rate);
            if self.config.biases {
                for row in e.iter_rows() {
                    layer.bias.iter_mut().zip(row).for_each(|(b, e)| *b -= rate * e);
                }
            }
            if let Some(below) = below {
                e = below;
            }
        }
    }

    /// Share of samples whose largest output is their label.
    pub fn accuracy(&mut self, samples: &Samples) -> f64 {
        let mut right = 0;
        let all: Vec<usize> = (0..samples.len()).collect();
        for part in all.chunks(256) {
            let part = samples.select(part);
            let values = self.forward(part.inputs());
            for (row, label) in values[self.layers.len()].iter_rows().zip(part.labels()) {
                let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(k, _)| k);
                right += usize::from(best == Some(usize::from(*label)));
            }
        }
        right as f64 / samples.len().max(1) as f64
    }
}

/// Trains a network; `progress` is told after every epoch and may end the training.
///
/// # Errors
/// When the caller ends it.
pub fn train(
    config: &PerceptronConfig,
    hardware: &dyn Hardware,
    split: &Split,
    seed: u64,
    progress: &dyn Fn(usize) -> bool,
) -> Result<Trained, LearningError> {
    let sizes = (split.train.inputs().columns(), split.train.classes());
    let (mut network, programming) = Perceptron::new(config, hardware, sizes, seed);
    let arrays: Vec<_> = network.layers.iter().flat_map(|layer| layer.synapses.arrays()).collect();
    AnalogMatrix::check_faults(&arrays)?;
    network.calibrate(&split.train);
    let mut accuracy = vec![network.accuracy(&split.test)];
    let mut order: Vec<usize> = (0..split.train.len()).collect();
    for epoch in 0..config.epochs {
        let mut stream = Stream::new(seed, Purpose::Shuffle, epoch as u64, 0);
        match config.samples_per_epoch {
            None => stream.shuffle(&mut order),
            Some(count) => {
                let all = split.train.len() as u32;
                order = (0..count).map(|_| stream.below(all) as usize).collect();
            }
        }
        for batch in order.chunks(config.batch) {
            let part = split.train.select(batch);
            network.step(part.inputs(), part.labels());
        }
        network.calibrate(&split.train);
        accuracy.push(network.accuracy(&split.test));
        if !progress(epoch + 1) {
            return Err(LearningError::Stopped { iterations: epoch as u64 + 1 });
        }
    }
    Ok(Trained {
        accuracy,
        programming,
        activity: network.layers.iter().map(|layer| layer.synapses.activity()).collect(),
        weights: network.layers.iter_mut().map(|layer| layer.synapses.weights()).collect(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Digits;
    use crate::mapping::IdealHardware;

    /// Loss of a batch by the forward pass alone.
    fn loss(network: &mut Perceptron<'_>, x: &Matrix, labels: &[u8]) -> f64 {
        let values = network.forward(x);
        let last = &values[network.layers.len()];
        let sum: f64 = last
            .iter_rows()
            .zip(labels)
            .map(|(row, label)| match network.config.loss {
                Loss::CrossEntropy => -f64::from(row[usize::from(*label)]).ln(),
                Loss::Squares => {
                    let off =
                        |(k, a): (usize, &f32)| f64::from(*a) - f64::from(u8::from(k == usize::from(*label)));
                    row.iter().enumerate().map(|v| off(v).powi(2)).sum()
                }
            })
            .sum();
        sum / labels.len() as f64
    }

    #[test]
    fn a_step_follows_the_gradient_by_differences() {
        for loss_kind in [Loss::CrossEntropy, Loss::Squares] {
            let config = PerceptronConfig {
                hidden: vec![5, 4],
                loss: loss_kind,
                learning_rates: vec![1e-2],
                ..PerceptronConfig::default()
            };
            let x = Matrix::from_fn(6, 7, |i, j| ((3 * i + 5 * j) % 11) as f32 / 10.0);
            let labels = [0, 1, 2, 1, 0, 2];
            let (mut network, _) = Perceptron::new(&config, &IdealHardware, (7, 3), 1);
            let before: Vec<Matrix> = network.layers.iter_mut().map(|l| l.synapses.weights()).collect();
            network.step(&x, &labels);
            let moved: Vec<Matrix> = network.layers.iter_mut().map(|l| l.synapses.weights()).collect();
            for layer in 0..3 {
                for at in [0, 3, 7] {
                    let (mut fresh, _) = Perceptron::new(&config, &IdealHardware, (7, 3), 1);
                    let mut side = |shift: f32| {
                        let mut weights = before[layer].clone();
                        weights.as_mut_slice()[at] += shift;
                        fresh.layers[layer].synapses.program(&weights);
                        loss(&mut fresh, &x, &labels)
                    };
                    let slope = (side(0.01) - side(-0.01)) / 0.02;
                    let step = f64::from(moved[layer].as_slice()[at] - before[layer].as_slice()[at]);
                    assert!(
                        (step / -1e-2 - slope).abs() < 2e-3 * slope.abs() + 2e-5,
                        "{layer} {at}: {step} {slope}"
                    );
                }
            }
        }
    }

    #[test]
    fn digits_are_learnt_in_ideal_arithmetic() {
        let split = Digits::embedded().unwrap().samples.split(1, 0.2).unwrap();
        let config = PerceptronConfig { epochs: 3, ..PerceptronConfig::default() };
        let trained = train(&config, &IdealHardware, &split, 1, &|_| true).unwrap();
        assert!(trained.accuracy[0] < 0.3 && trained.accuracy[3] > 0.65, "{:?}", trained.accuracy);
        assert!(matches!(
            train(&config, &IdealHardware, &split, 1, &|_| false),
            Err(LearningError::Stopped { iterations: 1 })
        ));
    }
}
