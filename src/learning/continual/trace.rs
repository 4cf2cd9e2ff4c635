//! What a forward pass leaves behind, and the errors a backward pass carries.

use numerics::matrix::Matrix;

use super::prior::PriorGradient;

/// Everything a forward pass leaves for the backward pass.
pub(super) struct Trace {
    /// What frozen layers made of the inputs, where there are any.
    pub(super) seen: Option<Matrix>,
    /// After each encoder layer.
    pub(super) hidden: Vec<Matrix>,
    /// Outputs of the classifier, where there is one.
    pub(super) logits: Option<Matrix>,
    /// Of the feedback path, where there is one.
    pub(super) feedback: Option<FeedbackTrace>,
}

/// The part of the feedback path.
pub(super) struct FeedbackTrace {
    pub(super) mean: Matrix,
    pub(super) log_variance: Matrix,
    pub(super) noise: Matrix,
    pub(super) z: Matrix,
    /// After each decoder layer.
    pub(super) decoded: Vec<Matrix>,
    /// Of each decoder layer; none without gates.
    pub(super) gates: Vec<Matrix>,
    /// Of the last layer, before a sigmoid.
    pub(super) output: Matrix,
    /// The reconstruction: `output` after the sigmoid, where the loss has one.
    pub(super) image: Matrix,
}

/// Gradients at the outputs of the network.
pub(super) struct OutputErrors {
    /// At the classifier's outputs.
    pub(super) logits: Option<Matrix>,
    /// In the feedback path.
    pub(super) feedback: Option<FeedbackErrors>,
}

/// Gradients at the outputs of the feedback path and in its latent layer.
pub(super) struct FeedbackErrors {
    /// At the output layer.
    pub(super) output: Matrix,
    /// At z, from the prior of a sample's class.
    pub(super) z: Option<Matrix>,
    /// At the mean, from a standard normal prior.
    pub(super) mean: Option<Matrix>,
    /// At the log-variances, not by way of z.
    pub(super) log_variance: Matrix,
    /// At the prior.
    pub(super) prior: Option<PriorGradient>,
}

/// Errors at the outputs of every layer.
pub(super) struct LayerErrors {
    pub(super) encoder: Vec<Matrix>,
    pub(super) feedback: Option<FeedbackLayerErrors>,
}

/// Errors at the outputs of the layers of the feedback path, but its last one.
pub(super) struct FeedbackLayerErrors {
    pub(super) mean: Matrix,
    pub(super) log_variance: Matrix,
    pub(super) decoder: Vec<Matrix>,
}
