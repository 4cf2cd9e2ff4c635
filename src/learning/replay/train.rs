//! [`run_learner`]: one learner, one seed, from initial weights to the accuracy matrix.
//!
//! Each iteration takes `batch` samples of the current context (reshuffled epochs, a last partial
//! batch dropped) and, from the second context on, `replay_batch` samples of the teacher; one pass
//! over both, one update of every matrix. Optimiser state is kept over contexts. The held-out samples
//! of all contexts are judged after each context. Converters whose ranges come from data find them before anything
//! is judged and anew at the start of every context, from the training samples of its first batch.
//!
//! Deterministic: every random number is addressed by (seed, purpose, iteration); no threads.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::config::{EvaluateOn, Learner, ReplayConfig};
use super::dense::Rates;
use super::generate::{Teacher, imagine};
use super::loss::{Batch, Losses, evaluate};
use super::network::Network;
use super::result::{GeneratedSample, LossPoint, SeedResult};
use crate::data::Samples;
use crate::learning::LearningError;
use crate::learning::metrics::Metrics;
use crate::learning::protocol::{accuracies, decide};
use crate::mapping::Hardware;

/// Trains one learner with one seed on `hardware` and judges it.
///
/// `rest` seconds pass after each context, before the network is judged and becomes the teacher of the next.
/// `progress` is called after every iteration with the number done so far and returns `false` to
/// stop. The same (config, learner, hardware, data, seed) gives the same bits.
///
/// # Errors
/// A field of the configuration out of bounds, classes without samples, a diverged loss, or a stop.
pub fn run_learner(
    config: &ReplayConfig,
    learner: Learner,
    hardware: &dyn Hardware,
    data: &Samples,
    (seed, rest): (u64, f64),
    progress: &dyn Fn(u64) -> bool,
) -> Result<SeedResult, LearningError> {
    config.validate_for(data)?;
    let mut split = data.split(seed, config.test_share)?;
    if config.evaluate_on == EvaluateOn::Validation {
        split = split.validation(seed, config.test_share)?;
    }
    let (train, test) = (&split.train, &split.test);
    let contexts = &config.contexts;
    let all: Vec<u8> = contexts.concat();
    let shape = (data.inputs().columns(), data.classes());
    let (mut network, programming) = Network::new(config, shape, hardware, seed);
    network.check_faults()?;
    if network.calibrates() {
        calibrate(&mut network, config, &mut Sampler::new(train, &contexts[0], seed, 0));
    }
    let every_unit = vec![true; data.classes()];
    let initial = accuracies(&network.classify(test.inputs()), test.labels(), contexts, &every_unit);

    let mut run = Run { config, seed, iteration: 0, losses: Vec::new() };
    let mut generated = Vec::new();
    let mut accuracy = Vec::with_capacity(contexts.len());
    let mut confusion = Vec::new();
    let mut teacher: Option<Teacher> = None;
    let mut joint_sampler = Sampler::new(train, &all, seed, 0);
    for context in 0..contexts.len() {
        let last = if learner == Learner::Joint { contexts.len() - 1 } else { context };
        let active = config.active_units.mask(contexts, last, data.classes());
        let seen: Vec<u8> = contexts[..=last].concat();
        if learner == Learner::Joint {
            run.learn(&mut network, &mut joint_sampler, &mut None, &active, context, progress)?;
        } else {
            let mut sampler = Sampler::new(train, &contexts[context], seed, context as u64);
            run.learn(&mut network, &mut sampler, &mut teacher, &active, context, progress)?;
        }

        if rest > 0.0 {
            network.layers().for_each(|layer| layer.synapses.elapse(rest));
        }
        let outputs = network.classify(test.inputs());
        accuracy.push(accuracies(&outputs, test.labels(), contexts, &active));
        confusion = confusion_matrix(&outputs, test.labels(), &active);
        generated.extend(run.generate(&mut network, &seen, context));
        if learner == Learner::Replay && context + 1 < contexts.len() {
            let temperature = config.temperature as f32;
            teacher = Some(Teacher { network: network.frozen(), classes: seen, active, temperature });
        }
    }

    let metrics = Metrics::new(&accuracy, &initial).unwrap_or_default();
    let activity = network.activity();
    let cost = network.cost()?;
    let prior = 2 * network.prior.mean.as_slice().len();
    let (mut largest_weight, mut parameters) = (0.0_f32, prior);
    for layer in network.layers() {
        let weights = layer.synapses.weights();
        largest_weight = weights.as_slice().iter().fold(largest_weight, |high, w| high.max(w.abs()));
        parameters += weights.as_slice().len() + layer.bias.as_ref().map_or(0, Vec::len);
    }
    let losses = run.losses;
    Ok(SeedResult {
        learner,
        seed,
        initial,
        accuracy,
        metrics,
        confusion,
        losses,
        generated,
        programming,
        activity,
        cost,
        largest_weight,
        parameters,
    })
}

/// Converters that find their ranges from data do so from a first batch of training samples.
fn calibrate(network: &mut Network, config: &ReplayConfig, sampler: &mut Sampler<'_>) {
    let mut inputs = Matrix::zeros(config.batch, sampler.samples.inputs().columns());
    let mut targets = Matrix::zeros(config.batch, sampler.samples.classes());
    sampler.fill(config.batch, &mut inputs, &mut targets);
    network.calibrate(true);
    network.forward(&inputs, &targets, Matrix::zeros(config.batch, config.latent_units));
    network.calibrate(false);
}

/// State of a run apart from the network.
struct Run<'a> {
    config: &'a ReplayConfig,
    seed: u64,
    iteration: u64,
    losses: Vec<LossPoint>,
}

impl Run<'_> {
    /// The iterations of one context.
    fn learn(
        &mut self,
        network: &mut Network,
        sampler: &mut Sampler<'_>,
        teacher: &mut Option<Teacher>,
        active: &[bool],
        context: usize,
        progress: &dyn Fn(u64) -> bool,
    ) -> Result<(), LearningError> {
        let config = self.config;
        let rates = Rates {
            rule: config.update_rule,
            adam: config.learning_rate as f32,
            outer_product: config.outer_product_rate as f32,
        };
        let replayed = if teacher.is_some() { config.replay_batch } else { 0 };
        let rows = config.batch + replayed;
        let current_share = if replayed > 0 { 1.0 / (context + 1) as f32 } else { 1.0 };
        let mut batch = Batch {
            inputs: Matrix::zeros(rows, sampler.samples.inputs().columns()),
            targets: Matrix::zeros(rows, active.len()),
            current: config.batch,
            current_share,
        };
        network.calibrate(true);
        for _ in 0..config.iterations {
            sampler.fill(config.batch, &mut batch.inputs, &mut batch.targets);
            if let Some(teacher) = teacher {
                let (inputs, targets) = (&mut batch.inputs, &mut batch.targets);
                teacher.replay((self.seed, self.iteration), (config.batch, replayed), inputs, targets);
            }
            let mut noise = Matrix::zeros(rows, config.latent_units);
            Stream::new(self.seed, Purpose::Latent, 0, self.iteration).fill_normal(noise.as_mut_slice());
            let trace = network.forward(&batch.inputs, &batch.targets, noise);
            let (losses, mut outputs) = evaluate(config, &batch, &trace, &network.prior, active);
            if !losses.total().is_finite() {
                return Err(LearningError::Diverged { iteration: self.iteration });
            }
            let layers = network.backward(&trace, &outputs);
            network.step(&batch.inputs, &trace, &mut outputs, &layers, rates);
            network.calibrate(false);
            self.note(context, &losses);
            self.iteration += 1;
            if !progress(self.iteration) {
                return Err(LearningError::Stopped { iterations: self.iteration });
            }
        }
        Ok(())
    }

    fn note(&mut self, context: usize, losses: &Losses) {
        if self.iteration.is_multiple_of(self.config.loss_interval) {
            self.losses.push(LossPoint {
                iteration: self.iteration,
                context,
                prediction: losses.prediction,
                distillation: losses.distillation,
                reconstruction: losses.reconstruction,
                latent: losses.latent,
            });
        }
    }

    fn generate(&self, network: &mut Network, seen: &[u8], context: usize) -> Vec<GeneratedSample> {
        let count = self.config.generated_per_class;
        let classes: Vec<u8> = seen.iter().flat_map(|&c| std::iter::repeat_n(c, count)).collect();
        if classes.is_empty() {
            return Vec::new();
        }
        let mut stream = Stream::new(self.seed, Purpose::Latent, 2, context as u64);
        let images = imagine(network, &classes, &mut stream);
        let pairs = classes.iter().zip(images.iter_rows());
        pairs.map(|(&class, row)| GeneratedSample { context, class, pixels: row.to_vec() }).collect()
    }
}

/// Draws batches of true samples.
struct Sampler<'a> {
    samples: &'a Samples,
    indices: Vec<usize>,
    position: usize,
    stream: Stream,
}

impl<'a> Sampler<'a> {
    fn new(samples: &'a Samples, classes: &[u8], seed: u64, context: u64) -> Self {
        let indices: Vec<usize> =
            (0..samples.len()).filter(|&i| classes.contains(&samples.labels()[i])).collect();
        let position = indices.len();
        Self { samples, indices, position, stream: Stream::new(seed, Purpose::Shuffle, context, 0) }
    }

    /// Writes `count` samples and their one-hot labels to the first rows.
    fn fill(&mut self, count: usize, inputs: &mut Matrix, targets: &mut Matrix) {
        if self.position + count > self.indices.len() {
            self.stream.shuffle(&mut self.indices);
            self.position = 0;
        }
        for row in 0..count {
            // A context smaller than a batch is repeated inside it.
            let index = self.indices[(self.position + row) % self.indices.len()];
            inputs.row_mut(row).copy_from_slice(self.samples.inputs().row(index));
            let target = targets.row_mut(row);
            target.fill(0.0);
            target[usize::from(self.samples.labels()[index])] = 1.0;
        }
        self.position += count;
    }
}

fn confusion_matrix(outputs: &Matrix, labels: &[u8], active: &[bool]) -> Vec<Vec<u32>> {
    let mut counts = vec![vec![0; active.len()]; active.len()];
    for (row, &label) in outputs.iter_rows().zip(labels) {
        counts[usize::from(label)][decide(row, active)] += 1;
    }
    counts
}
