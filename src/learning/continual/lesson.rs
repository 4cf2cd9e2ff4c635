//! [`Lesson`]: the samples of one iteration – current ones first, replayed ones after – and their targets.

use numerics::matrix::Matrix;

use crate::learning::protocol::{Batch, Outline, Scenario};

/// How targets of replayed samples are softened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Softening {
    /// T of softmax(a/T).
    pub(super) temperature: f32,
    /// Weight of the distillation loss beside classification.
    pub(super) weight: f32,
}

impl Softening {
    /// Labels and decisions.
    pub(super) const NONE: Self = Self { temperature: 1.0, weight: 1.0 };
}

/// Samples, targets, and which output units judge them.
pub(super) struct Lesson {
    /// Samples × features.
    pub(super) inputs: Matrix,
    /// Target probabilities, samples × output units.
    pub(super) goals: Matrix,
    /// Samples × contexts when gates follow the context (domain-incremental); `None` when they follow the
    /// class.
    pub(super) contexts: Option<Matrix>,
    /// Rows that are current samples.
    pub(super) current: usize,
    /// Weight of all current samples together.
    pub(super) current_share: f32,
    /// How the targets of replayed samples are softened.
    pub(super) softening: Softening,
    /// Output units of the heads: one per context when task-incremental, else one.
    masks: Vec<Vec<bool>>,
    /// Heads that judge each sample.
    heads: Vec<std::ops::Range<usize>>,
}

impl Lesson {
    /// Room for some current and replayed samples of a stream, in a network trained up to `trained`; the
    /// current ones have `current_share` of the weight.
    pub(super) fn new(
        outline: &Outline,
        trained: usize,
        (current, replayed): (usize, usize),
        current_share: f32,
        softening: Softening,
    ) -> Self {
        let rows = current + replayed;
        let contexts = outline.contexts.len();
        let heads = if outline.scenario == Scenario::Task { contexts } else { 1 };
        Self {
            inputs: Matrix::zeros(rows, outline.inputs),
            goals: Matrix::zeros(rows, outline.units),
            contexts: (outline.scenario == Scenario::Domain).then(|| Matrix::zeros(rows, contexts)),
            current,
            current_share,
            softening,
            masks: (0..heads).map(|of| outline.active(trained, of)).collect(),
            heads: vec![0..1; rows],
        }
    }

    /// Conditions of the gates: samples × contexts when domain-incremental, else samples × classes.
    pub(super) fn conditions(&self) -> &Matrix {
        self.contexts.as_ref().unwrap_or(&self.goals)
    }

    /// The units of every head that judges a sample.
    pub(super) fn heads(&self, row: usize) -> &[Vec<bool>] {
        &self.masks[self.heads[row].clone()]
    }

    /// The heads that judge a sample.
    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.heads[row].clone()
    }

    /// Weight of a sample in the total.
    pub(super) fn weight(&self, row: usize) -> f32 {
        if row < self.current {
            self.current_share / self.current as f32
        } else {
            (1.0 - self.current_share) / (self.inputs.rows() - self.current) as f32
        }
    }

    /// How a sample's target is softened.
    pub(super) fn softening(&self, row: usize) -> Softening {
        if row < self.current { Softening::NONE } else { self.softening }
    }

    /// Puts current samples into the first rows.
    pub(super) fn take(&mut self, batch: &Batch) {
        let features = self.inputs.columns();
        self.inputs.as_mut_slice()[..batch.len() * features].copy_from_slice(batch.inputs.as_slice());
        for (row, (&unit, &context)) in batch.units.iter().zip(&batch.contexts).enumerate() {
            self.label(row, unit, context);
        }
    }

    /// A sample belongs to a context, whose head judges it; for replay the heads of several contexts.
    pub(super) fn judge(&mut self, row: usize, contexts: std::ops::Range<usize>) {
        if let Some(conditions) = &mut self.contexts {
            conditions.row_mut(row).fill(0.0);
            conditions.row_mut(row)[contexts.start] = 1.0;
        }
        self.heads[row] = if self.masks.len() > 1 { contexts } else { 0..1 };
    }

    /// A sample of `context` is labelled with an output unit.
    pub(super) fn label(&mut self, row: usize, unit: usize, context: usize) {
        self.judge(row, context..context + 1);
        self.goals.row_mut(row).fill(0.0);
        self.goals.row_mut(row)[unit] = 1.0;
    }
}
