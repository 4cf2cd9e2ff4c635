//! [`follow()`]: the loop over contexts, and the judgement after each of them.
//!
//! Every learner sees the same batches and is judged on the same test samples. Before any training the
//! units of all classes take part. Joint training draws from all contexts from the start; row i of its
//! matrix is taken after (i + 1) times the iterations of a context.
//!
//! Pinned by: the tests below, `tests/learning_digits.rs`.

use numerics::matrix::Matrix;

use super::sampler::{Batch, Sampler};
use super::scenario::{Outline, decide};
use super::stream::ContextStream;
use crate::learning::LearningError;
use crate::learning::metrics::Metrics;

/// Test samples judged at once.
const JUDGED_AT_ONCE: usize = 2048;

/// Whatever learns a stream of contexts.
pub trait ContinualLearner {
    /// Training samples to set converters with, before anything is judged.
    fn prepare(&mut self, batch: &Batch);

    /// A context begins.
    ///
    /// # Errors
    /// What the learner cannot do.
    fn begin(&mut self, context: usize) -> Result<(), LearningError>;

    /// One iteration with samples of the current context (of all contexts in joint training); `iteration`
    /// counts over all contexts, from 0.
    ///
    /// # Errors
    /// A diverged loss.
    fn learn(&mut self, batch: &Batch, iteration: u64) -> Result<(), LearningError>;

    /// A context ends. Its samples may be looked at once more, never again after.
    ///
    /// # Errors
    /// What the learner cannot do.
    fn end(&mut self, context: usize, stream: &ContextStream<'_>) -> Result<(), LearningError>;

    /// Time passes.
    fn elapse(&mut self, seconds: f64);

    /// Outputs, samples × units, of which the largest active one is the decision.
    fn outputs(&mut self, inputs: &Matrix) -> Matrix;
}

/// How a stream is gone through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// All contexts at once, from the start: the upper reference.
    pub together: bool,
    /// Iterations per context.
    pub iterations: u64,
    /// Samples of the current context per iteration.
    pub batch: usize,
    /// Time that passes after each context, before the learner is judged, s.
    pub rest: f64,
    /// Seed of the order of samples.
    pub seed: u64,
}

/// What the judgements gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Accuracy per context before any training.
    pub initial: Vec<f64>,
    /// `R[i][j]`.
    pub accuracy: Vec<Vec<f64>>,
    /// ACC, BWT, FWT, forgetting (transfer is meaningless for joint training).
    pub metrics: Metrics,
    /// Decisions on the test samples at the end: row = output unit of the sample, column = decision.
    pub confusion: Vec<Vec<u32>>,
}

/// Leads a learner through a stream and judges it after every context.
///
/// `progress` is called after every iteration with the number done so far and returns `false` to stop.
///
/// # Errors
/// What the learner says, or a stop.
pub fn follow(
    learner: &mut dyn ContinualLearner,
    stream: &ContextStream<'_>,
    plan: &Plan,
    progress: &dyn Fn(u64) -> bool,
) -> Result<Followed, LearningError> {
    let outline = stream.outline();
    let contexts = outline.contexts.len();
    let mut batch = Batch::default();
    Sampler::new(stream, 0..1, plan.seed).draw(plan.batch, &mut batch);
    learner.prepare(&batch);
    let (initial, mut confusion) = judge(learner, stream, |of| outline.active_at_start(of));
    let mut accuracy = Vec::with_capacity(contexts);
    let mut iteration = 0;
    let mut all = Sampler::new(stream, 0..contexts, plan.seed);
    for context in 0..contexts {
        let mut one = Sampler::new(stream, context..context + 1, plan.seed);
        let sampler = if plan.together { &mut all } else { &mut one };
        learner.begin(context)?;
        for _ in 0..plan.iterations {
            sampler.draw(plan.batch, &mut batch);
            learner.learn(&batch, iteration)?;
            iteration += 1;
            if !progress(iteration) {
                return Err(LearningError::Stopped { iterations: iteration });
            }
        }
        learner.end(context, stream)?;
        if plan.rest > 0.0 {
            learner.elapse(plan.rest);
        }
        let trained = if plan.together { contexts - 1 } else { context };
        let (row, decisions) = judge(learner, stream, |of| outline.active(trained, of));
        accuracy.push(row);
        confusion = decisions;
    }
    let metrics = Metrics::new(&accuracy, &initial).unwrap_or_default();
    Ok(Followed { initial, accuracy, metrics, confusion })
}

/// Accuracy per context and the counts of decisions.
fn judge(
    learner: &mut dyn ContinualLearner,
    stream: &ContextStream<'_>,
    active: impl Fn(usize) -> Vec<bool>,
) -> (Vec<f64>, Vec<Vec<u32>>) {
    let Outline { units, inputs, contexts, .. } = stream.outline();
    let masks: Vec<Vec<bool>> = (0..contexts.len()).map(active).collect();
    let mut counts = vec![(0_u32, 0_u32); contexts.len()];
    let mut confusion = vec![vec![0; *units]; *units];
    for places in stream.test().chunks(JUDGED_AT_ONCE) {
        let mut x = Matrix::zeros(places.len(), *inputs);
        let rows = places.iter().enumerate();
        let labels: Vec<usize> = rows.map(|(k, &place)| stream.test_sample(place, x.row_mut(k))).collect();
        let outputs = learner.outputs(&x);
        for ((row, place), &label) in outputs.iter_rows().zip(places).zip(&labels) {
            let decision = decide(row, &masks[place.context]);
            confusion[label][decision] += 1;
            let (right, all) = &mut counts[place.context];
            *all += 1;
            *right += u32::from(decision == label);
        }
    }
    let shares = counts.iter().map(|&(right, all)| f64::from(right) / f64::from(all.max(1)));
    (shares.collect(), confusion)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::scenario::{ActiveUnits, Scenario};
    use super::*;
    use crate::data::{Samples, Split};

    /// Knows the answers of the contexts it has ended, and says unit 0 to all else.
    #[derive(Default)]
    struct Rote {
        units: usize,
        known: Vec<usize>,
        log: Vec<String>,
    }

    impl ContinualLearner for Rote {
        fn prepare(&mut self, batch: &Batch) {
            self.log.push(format!("prepare {}", batch.len()));
        }
        fn begin(&mut self, context: usize) -> Result<(), LearningError> {
            self.log.push(format!("begin {context}"));
            Ok(())
        }
        fn learn(&mut self, batch: &Batch, iteration: u64) -> Result<(), LearningError> {
            self.log.push(format!("learn {iteration} {:?}", batch.contexts));
            self.known.extend(&batch.units);
            Ok(())
        }
        fn end(&mut self, context: usize, _: &ContextStream<'_>) -> Result<(), LearningError> {
            self.log.push(format!("end {context}"));
            Ok(())
        }
        fn elapse(&mut self, seconds: f64) {
            self.log.push(format!("elapse {seconds}"));
        }
        fn outputs(&mut self, inputs: &Matrix) -> Matrix {
            Matrix::from_fn(inputs.rows(), self.units, |i, k| {
                let label = inputs.row(i)[0] as usize;
                if self.known.contains(&label) { f32::from(k == label) } else { f32::from(k == 0) }
            })
        }
    }

    #[test]
    fn every_context_is_learnt_once_and_all_are_judged_after_each() {
        let labels = vec![0, 1, 2, 2];
        let samples =
            Samples::new(Matrix::from_fn(4, 1, |i, _| f32::from(labels[i])), labels.clone(), 3, (1, 1))
                .unwrap();
        let data = Split { train: samples.clone(), test: samples };
        let contexts = [vec![1, 0], vec![2]];
        let stream = ContextStream::split(&data, &contexts, Scenario::Class, ActiveUnits::All).unwrap();
        let plan = Plan { together: false, iterations: 1, batch: 2, rest: 3.0, seed: 1 };
        let mut rote = Rote { units: 3, ..Rote::default() };
        let followed = follow(&mut rote, &stream, &plan, &|_| true).unwrap();
        assert_eq!(followed.initial, [0.5, 0.0]);
        assert_eq!(followed.accuracy, [[1.0, 0.0], [1.0, 1.0]]);
        assert_eq!(followed.confusion, [[1, 0, 0], [0, 1, 0], [0, 0, 2]]);
        assert!((followed.metrics.acc - 1.0).abs() < 1e-12);
        let expected = [
            "prepare 2",
            "begin 0",
            "learn 0 [0, 0]",
            "end 0",
            "elapse 3",
            "begin 1",
            "learn 1 [1, 1]",
            "end 1",
            "elapse 3",
        ];
        assert_eq!(rote.log, expected);

        let task = ContextStream::split(&data, &contexts, Scenario::Task, ActiveUnits::All).unwrap();
        let mut rote = Rote { units: 3, ..Rote::default() };
        let followed = follow(&mut rote, &task, &plan, &|_| true).unwrap();
        // Alone among its units the class 2 cannot be missed.
        assert_eq!(followed.initial, [0.5, 1.0]);

        let mut rote = Rote { units: 3, ..Rote::default() };
        let stopped = follow(&mut rote, &stream, &plan, &|_| false).unwrap_err();
        assert!(matches!(stopped, LearningError::Stopped { iterations: 1 }));
        let joint = Plan { together: true, batch: 4, rest: 0.0, ..plan };
        let followed = follow(&mut rote, &stream, &joint, &|_| true).unwrap();
        assert_eq!(followed.accuracy, [[1.0, 1.0], [1.0, 1.0]]);
    }
}
