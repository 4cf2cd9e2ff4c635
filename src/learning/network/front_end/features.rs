//! [`FrontEnd`]: frozen layers at work, in ideal arithmetic or in arrays that were programmed once.
//!
//! Images pass in batches of a fixed size, in their order; ideal features are the same bits every time,
//! those from arrays the same for the same sequence of calls, as every read has noise of its own.
//!
//! Pinned by: `stack::tests`.

use numerics::matrix::Matrix;

use super::normalisation::FeatureConstants;
use super::stack::FrozenStack;
use crate::data::Samples;
use crate::learning::network::error::NetworkError;
use crate::learning::network::{Architecture, LayerProgramming, Network, Shape};
use crate::mapping::{Activity, AnalogMatrix, Hardware};

/// Images of one pass.
const PASS: usize = 250;

/// Outputs of a network for any number of images.
pub(super) fn in_passes(network: &mut Network, images: &Matrix) -> Matrix {
    let width = images.columns();
    let mut all = Vec::new();
    let mut features = 0;
    for pass in images.as_slice().chunks((PASS * width).max(1)) {
        let Some(x) = Matrix::from_vec(pass.len() / width, width, pass.to_vec()) else { continue };
        let y = network.forward(&x);
        features = y.columns();
        all.extend_from_slice(y.as_slice());
    }
    Matrix::from_vec(images.rows(), features, all).unwrap_or_default()
}

/// A frozen stack on one make of synapses.
pub struct FrontEnd {
    network: Network,
    architecture: Architecture,
    constants: FeatureConstants,
    shape: Shape,
    programming: Vec<LayerProgramming>,
    /// Features limited so far, and all.
    limited: (u64, u64),
}

impl FrontEnd {
    pub(super) fn new(
        stack: &FrozenStack,
        hardware: &dyn Hardware,
        (seed, first_address): (u64, u64),
        calibration: &Matrix,
    ) -> Result<Self, NetworkError> {
        let architecture = stack.network().architecture.clone();
        let mut network = Network::new(&architecture, hardware, seed, first_address)?;
        AnalogMatrix::check_faults(&network.arrays())?;
        let programming = network.program(&stack.network().parameters);
        network.calibrate(calibration);
        let (constants, shape) = (stack.constants().clone(), stack.feature_shape());
        Ok(Self { network, architecture, constants, shape, programming, limited: (0, 0) })
    }

    /// The features of labelled images: samples with the same labels, whose "image" has the channels, rows
    /// and columns of the last layer.
    ///
    /// # Errors
    /// When the images are not of the shape the stack takes.
    pub fn features(&mut self, samples: &Samples) -> Result<Samples, NetworkError> {
        self.architecture.takes(samples)?;
        let features = self.transform(samples.inputs());
        let [channels, rows, columns] = self.shape;
        let shape = (channels, rows, columns);
        Samples::of_images(features, samples.labels().to_vec(), samples.classes(), shape).ok_or_else(|| {
            NetworkError::Data { message: format!("gives no {shape:?} features for the samples") }
        })
    }

    /// The features of images of the shape the stack takes, one a row.
    pub fn transform(&mut self, images: &Matrix) -> Matrix {
        let mut features = in_passes(&mut self.network, images);
        let numbers = features.as_slice().len() as u64;
        let limited = self.constants.apply(&mut features);
        self.limited = (self.limited.0 + limited, self.limited.1 + numbers);
        features
    }

    /// Channels, rows and columns of the features.
    pub fn feature_shape(&self) -> Shape {
        self.shape
    }

    /// Share of all features so far that the normalisation limited.
    pub fn limited_share(&self) -> f64 {
        self.limited.0 as f64 / self.limited.1.max(1) as f64
    }

    /// How each layer was written.
    pub fn programming(&self) -> &[LayerProgramming] {
        &self.programming
    }

    /// What the synapses of each layer did so far.
    pub fn activities(&mut self) -> Vec<Activity> {
        self.network.activities()
    }

    /// The arrays of all layers, first to last; none in ideal arithmetic.
    pub fn arrays(&self) -> Vec<&AnalogMatrix> {
        self.network.arrays()
    }

    /// Lets simulated time pass.
    pub fn elapse(&mut self, seconds: f64) {
        self.network.elapse(seconds);
    }
}
