//! [`NetworkLearner`]: networks, teacher, memory and penalty of one recipe, as a continual learner.
//!
//! Each iteration takes the current samples and, from the second context on, `replay_batch` replayed ones;
//! one pass over both, one update of every matrix. A generator of its own learns from the same samples with
//! an optimiser of its own. Optimiser state is kept over contexts. Converters whose ranges come from data
//! find them before anything is judged and anew at the start of every context.
//!
//! Deterministic: every random number is addressed by (seed, purpose, iteration); no threads.
//!
//! Pinned by: the test below (sizes), `tests/learning_digits.rs`.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::config::TrainingConfig;
use super::dense::{Origin, Rates};
use super::fisher::fisher;
use super::lesson::{Lesson, Softening};
use super::loss::{Losses, evaluate};
use super::memory::Memory;
use super::network::{Eye, Network, Plan};
use super::recipe::{Generator, Penalty, Recipe, Replayed, TeacherMemory};
use super::result::{GeneratedSample, LossPoint, MatrixProgramming, SeedResult, Stored};
use super::teacher::{Teacher, conditions};
use super::wear::{self, Wear};
use crate::learning::LearningError;
use crate::learning::protocol::{Batch, ContextStream, ContinualLearner, Followed, Outline, Scenario};
use crate::mapping::{Activity, CostReport, Hardware, IdealHardware};

/// First addresses of the matrices: the network's, its generator's, and those of the teacher's copies.
const NETWORK: u64 = 0;
const GENERATOR: u64 = 100;
const TEACHER: u64 = 1000;
const TEACHER_GENERATOR: u64 = 1100;

/// Streams of latent noise: of the network, of imagined samples for reports, of a generator.
const NETWORK_NOISE: u64 = 0;
const REPORT_NOISE: u64 = 2;
const GENERATOR_NOISE: u64 = 3;

/// One learner of one run.
pub(super) struct NetworkLearner<'a> {
    config: &'a TrainingConfig,
    recipe: &'a Recipe,
    outline: &'a Outline,
    hardware: &'a dyn Hardware,
    seed: u64,
    network: Network,
    generator: Option<Network>,
    programming: Vec<MatrixProgramming>,
    /// Conductances after the first programming.
    before: Option<(Vec<f64>, Vec<u64>)>,
    teacher: Option<Teacher>,
    memory: Option<Memory>,
    lesson: Lesson,
    context: usize,
    losses: Vec<LossPoint>,
    generated: Vec<GeneratedSample>,
    stored: Stored,
}

impl<'a> NetworkLearner<'a> {
    /// Makes the networks and programs their initial weights.
    pub(super) fn new(
        config: &'a TrainingConfig,
        recipe: &'a Recipe,
        outline: &'a Outline,
        hardware: &'a dyn Hardware,
        (seed, eye): (u64, Option<Eye>),
    ) -> Result<Self, LearningError> {
        let conditions =
            if outline.scenario == Scenario::Domain { outline.contexts.len() } else { outline.units };
        let path = |generator: Generator| (generator, outline.units, conditions);
        let (own, apart): (Vec<Generator>, Vec<Generator>) =
            recipe.generator().into_iter().partition(|generator| generator.feedback);
        let plan = Plan {
            eye,
            inputs: outline.inputs,
            classes: Some(outline.units),
            feedback: own.first().copied().map(path),
            origin: Origin { seed, address: NETWORK },
        };
        let (mut network, mut programming) = Network::new(config, &plan, hardware);
        network.check_faults()?;
        let mut generator = apart.first().copied().map(|generator| {
            let origin = Origin { seed, address: GENERATOR };
            let plan = Plan { classes: None, feedback: Some(path(generator)), origin, ..plan.clone() };
            let (network, written) = Network::new(config, &plan, hardware);
            let named = |matrix: MatrixProgramming| MatrixProgramming {
                name: format!("generator_{}", matrix.name),
                ..matrix
            };
            programming.extend(written.into_iter().map(named));
            network
        });
        if let Some(penalty) = recipe.penalty {
            network.deciding().for_each(|layer| layer.hold(penalty));
        }
        let before = wear::histogram(std::iter::once(&mut network).chain(&mut generator));
        let memory = match recipe.replayed {
            Replayed::Stored { budget } => Some(Memory::new(budget, seed)),
            _ => None,
        };
        Ok(Self {
            config,
            recipe,
            outline,
            hardware,
            seed,
            network,
            generator,
            programming,
            before,
            teacher: None,
            memory,
            lesson: Lesson::new(outline, 0, (config.batch, 0), 1.0, Softening::NONE),
            context: 0,
            losses: Vec::new(),
            generated: Vec::new(),
            stored: Stored::default(),
        })
    }

    fn networks(&mut self) -> impl Iterator<Item = &mut Network> {
        std::iter::once(&mut self.network).chain(&mut self.generator)
    }

    fn replays(&self) -> bool {
        self.teacher.is_some() || self.memory.as_ref().is_some_and(|memory| !memory.is_empty())
    }

    /// Writes the replayed rows of the lesson.
    fn rehearse(&mut self, iteration: u64) {
        let lesson = &mut self.lesson;
        if lesson.current == lesson.inputs.rows() {
            return;
        }
        if let Some(memory) = &self.memory {
            memory.replay(iteration, self.outline.scenario, lesson);
        } else if let Some(teacher) = &mut self.teacher {
            match self.recipe.replayed {
                Replayed::CurrentInputs => teacher.replay_current(lesson),
                _ => teacher.replay(self.seed, iteration, lesson),
            }
            teacher.networks().for_each(|network| network.calibrate(false));
        }
    }

    fn noise(&self, rows: usize, device: u64, iteration: u64) -> Matrix {
        let mut noise = Matrix::zeros(rows, self.config.latent_units);
        Stream::new(self.seed, Purpose::Latent, device, iteration).fill_normal(noise.as_mut_slice());
        noise
    }

    fn note(&mut self, iteration: u64, losses: &Losses) {
        self.losses.push(LossPoint {
            iteration,
            context: self.context,
            prediction: losses.prediction,
            distillation: losses.distillation,
            reconstruction: losses.reconstruction,
            latent: losses.latent,
        });
    }

    /// Samples of every class so far, for reports; as many in all of a generator that knows no classes.
    fn imagine(&mut self, context: usize) {
        let Some(generator) = self.recipe.generator() else { return };
        let known = generator.conditional_prior || generator.gate_fraction > 0.0;
        let trained = if self.recipe.together { self.outline.contexts.len() - 1 } else { context };
        let count = self.config.generated_per_class;
        let seen = self.outline.seen(trained);
        let classes: Vec<usize> = seen.iter().flat_map(|&c| std::iter::repeat_n(c, count)).collect();
        if classes.is_empty() {
            return;
        }
        // Gates that follow the context: those of the last one.
        let contexts = vec![context..context + 1; classes.len()];
        let conditions = conditions(self.outline, &classes, &contexts);
        let mut random = Stream::new(self.seed, Purpose::Latent, REPORT_NOISE, context as u64);
        let network = self.generator.as_mut().unwrap_or(&mut self.network);
        let Some(feedback) = &mut network.feedback else { return };
        let samples = feedback.imagine(&classes, &conditions, &mut random);
        for (&class, row) in classes.iter().zip(samples.iter_rows()) {
            let class = known.then_some(class);
            self.generated.push(GeneratedSample { context, class, features: row.to_vec() });
        }
    }

    /// Makes the networks as they are the teacher of the next context.
    fn freeze(&mut self, context: usize) {
        if let (Some(teacher), TeacherMemory::Arrays) = (&mut self.teacher, self.recipe.teacher) {
            teacher.network.take_over(&mut self.network);
            if let (Some(copy), Some(source)) = (&mut teacher.generator, &mut self.generator) {
                copy.take_over(source);
            }
            teacher.trained = context;
        } else {
            let hardware = match self.recipe.teacher {
                TeacherMemory::Arrays => self.hardware,
                TeacherMemory::Digital => &IdealHardware,
            };
            let origin = |address| Origin { seed: self.seed, address };
            let network = self.network.copied(hardware, origin(TEACHER));
            let generator =
                self.generator.as_mut().map(|source| source.copied(hardware, origin(TEACHER_GENERATOR)));
            self.teacher = Some(Teacher {
                network,
                generator,
                outline: self.outline.clone(),
                trained: context,
                temperature: self.recipe.soft_targets.map(|_| self.config.temperature as f32),
                conditioned: self
                    .recipe
                    .generator()
                    .is_some_and(|g| g.conditional_prior || g.gate_fraction > 0.0),
            });
        }
        if let Some(teacher) = &mut self.teacher {
            teacher.networks().for_each(|network| network.calibrate(true));
        }
    }

    /// Everything the run leaves.
    pub(super) fn finish(mut self, followed: Followed) -> Result<SeedResult, LearningError> {
        let mut activity = Activity::default();
        let mut cost: Option<CostReport> = None;
        let (mut largest_weight, mut parameters) = (0.0_f32, 0);
        for network in self.networks() {
            activity.add(&network.activity());
            if let Some(part) = network.cost()? {
                cost.get_or_insert_default().add(&part);
            }
            parameters += network.parameters();
            for layer in network.layers() {
                let weights = layer.synapses.weights();
                largest_weight = weights.as_slice().iter().fold(largest_weight, |high, w| high.max(w.abs()));
            }
        }
        let front_end_activity = self.network.eye.as_ref().map(|eye| {
            let mut sum = Activity::default();
            eye.borrow_mut().activities().iter().for_each(|activity| sum.add(activity));
            sum
        });
        let after = wear::histogram(self.networks());
        let wear = self.before.take().zip(after).map(|((conductance, before), (_, after))| Wear {
            conductance,
            before,
            after,
            pulses: wear::maps(
                std::iter::once(&mut self.network).chain(&mut self.generator),
                &self.programming,
            ),
        });
        let mut teacher_activity = None;
        if self.recipe.teacher == TeacherMemory::Arrays {
            for network in self.teacher.iter_mut().flat_map(Teacher::networks) {
                teacher_activity.get_or_insert_with(Activity::default).add(&network.activity());
                if let Some(part) = network.cost()? {
                    cost.get_or_insert_default().add(&part);
                }
            }
        }
        Ok(SeedResult {
            seed: self.seed,
            followed,
            losses: self.losses,
            generated: self.generated,
            programming: self.programming,
            activity,
            teacher_activity,
            front_end_activity,
            cost,
            wear,
            stored: self.stored,
            largest_weight,
            parameters,
        })
    }
}

impl ContinualLearner for NetworkLearner<'_> {
    fn prepare(&mut self, batch: &Batch) {
        let mut lesson = Lesson::new(self.outline, 0, (batch.len(), 0), 1.0, Softening::NONE);
        lesson.take(batch);
        let latent = self.config.latent_units;
        for network in self.networks() {
            if !network.calibrates() {
                continue;
            }
            network.calibrate(true);
            network.forward(&lesson.inputs, lesson.conditions(), Matrix::zeros(batch.len(), latent));
            network.calibrate(false);
        }
    }

    fn begin(&mut self, context: usize) -> Result<(), LearningError> {
        self.context = context;
        let replayed = if self.replays() { self.config.replay_batch } else { 0 };
        let trained = if self.recipe.together { self.outline.contexts.len() - 1 } else { context };
        let softening = self.recipe.soft_targets.map_or(Softening::NONE, |weight| Softening {
            temperature: self.config.temperature as f32,
            weight: weight as f32,
        });
        let share =
            if replayed > 0 { self.recipe.current_share(self.outline.scenario, context) } else { 1.0 };
        self.lesson = Lesson::new(self.outline, trained, (self.config.batch, replayed), share, softening);
        self.networks().for_each(|network| network.calibrate(true));
        Ok(())
    }

    fn learn(&mut self, batch: &Batch, iteration: u64) -> Result<(), LearningError> {
        self.lesson.take(batch);
        self.rehearse(iteration);
        let rates = Rates {
            rule: self.config.update_rule,
            adam: self.config.learning_rate as f32,
            outer_product: self.config.outer_product_rate as f32,
        };
        let measured = iteration.is_multiple_of(self.config.loss_interval);
        let rows = self.lesson.inputs.rows();
        let noises = [NETWORK_NOISE, GENERATOR_NOISE];
        let wanted = [self.network.feedback.is_some(), self.generator.is_some()];
        let [first, second] = std::array::from_fn(|k| {
            if wanted[k] { self.noise(rows, noises[k], iteration) } else { Matrix::default() }
        });
        let mut losses = Losses::default();
        let networks = std::iter::once(&mut self.network).chain(&mut self.generator);
        for (network, noise) in networks.zip([first, second]) {
            let trace = network.forward(&self.lesson.inputs, self.lesson.conditions(), noise);
            let (terms, mut errors) = evaluate(self.config, &self.lesson, &trace, network, measured);
            losses.add(&terms);
            if !losses.total().is_finite() {
                return Err(LearningError::Diverged { iteration });
            }
            let layers = network.backward(&trace, &errors);
            network.step(&self.lesson.inputs, &trace, &mut errors, &layers, rates);
            network.calibrate(false);
        }
        if measured {
            self.note(iteration, &losses);
        }
        Ok(())
    }

    fn end(&mut self, context: usize, stream: &ContextStream<'_>) -> Result<(), LearningError> {
        let last = context + 1 == self.outline.contexts.len();
        match self.recipe.penalty {
            Some(Penalty::Ewc { samples, .. }) if !last => {
                let information = fisher(&mut self.network, stream, context, samples);
                for (layer, information) in self.network.deciding().zip(&information) {
                    layer.consolidate(information);
                }
            }
            Some(Penalty::Si { .. }) if !last => {
                self.network.deciding().for_each(|layer| layer.consolidate(&[]));
            }
            _ => {}
        }
        self.imagine(context);
        if !last {
            if let Some(memory) = &mut self.memory {
                memory.store(context, stream);
                self.stored.samples = memory.stored();
            } else if self.recipe.replayed != Replayed::Nothing {
                self.freeze(context);
            }
        }
        let kept: Vec<(usize, usize)> =
            self.networks().flat_map(|n| n.layers().map(|layer| layer.kept()).collect::<Vec<_>>()).collect();
        self.stored.importance = kept.iter().map(|k| k.0).sum();
        self.stored.optimiser = kept.iter().map(|k| k.1).sum();
        if self.recipe.teacher == TeacherMemory::Digital {
            let parameters =
                self.teacher.iter_mut().flat_map(Teacher::networks).map(Network::parameters).sum();
            self.stored.teacher = parameters;
        }
        Ok(())
    }

    fn elapse(&mut self, seconds: f64) {
        self.networks().for_each(|network| network.elapse(seconds));
        if self.recipe.teacher == TeacherMemory::Arrays {
            self.teacher.iter_mut().flat_map(Teacher::networks).for_each(|network| network.elapse(seconds));
        }
    }

    fn outputs(&mut self, inputs: &Matrix) -> Matrix {
        self.network.classify(inputs)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::recipe::{LearnerConfig, Method};
    use super::*;
    use crate::learning::protocol::ActiveUnits;

    /// Parameters of the published networks of split MNIST (code of the 2020 and 2022 papers).
    #[test]
    fn networks_have_their_published_sizes() {
        let contexts = (0..5).map(|k| vec![2 * k, 2 * k + 1]).collect();
        let active_units = ActiveUnits::All;
        let outline = Outline { scenario: Scenario::Class, active_units, inputs: 784, units: 10, contexts };
        let config = TrainingConfig::default();
        for (method, parameters) in
            [(Method::None, 478_410), (Method::Dgr, 478_410 + 1_069_684), (Method::Bir, 1_075_694)]
        {
            let recipe = Recipe::new(&LearnerConfig::of(method), Scenario::Class).unwrap();
            let mut learner =
                NetworkLearner::new(&config, &recipe, &outline, &IdealHardware, (1, None)).unwrap();
            assert_eq!(learner.networks().map(Network::parameters).sum::<usize>(), parameters);
        }
    }
}
