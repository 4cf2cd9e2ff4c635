//! What a forward pass leaves behind, and the errors a backward pass carries.

use numerics::matrix::Matrix;

use super::prior::PriorGradient;

/// Everything a forward pass leaves for the backward pass.
pub(super) struct Trace {
    /// After each encoder layer.
    pub(super) hidden: Vec<Matrix>,
    pub(super) logits: Matrix,
    pub(super) log_variance: Matrix,
    pub(super) noise: Matrix,
    pub(super) z: Matrix,
    /// After each decoder layer.
    pub(super) decoded: Vec<Matrix>,
    pub(super) gates: Vec<Matrix>,
    /// Before the sigmoid.
    pub(super) output: Matrix,
    pub(super) image: Matrix,
}

/// Errors at the outputs of every layer.
pub(super) struct LayerErrors {
    pub(super) encoder: Vec<Matrix>,
    pub(super) mean: Matrix,
    pub(super) log_variance: Matrix,
    pub(super) decoder: Vec<Matrix>,
}

/// Gradients at the outputs of the network.
pub(super) struct OutputErrors {
    /// At the classifier's outputs.
    pub(super) logits: Matrix,
    /// Before the sigmoid of the reconstruction.
    pub(super) output: Matrix,
    /// At z, from the prior alone.
    pub(super) z: Matrix,
    /// At each log-variance, from log q alone (weight of the sample over −2).
    pub(super) log_variance: Vec<f32>,
    /// At the prior.
    pub(super) prior: PriorGradient,
}
