//! [`ConvolutionalSynapses`]: a kernel on matrices of synapses, one for each group.

use numerics::matrix::{Matrix, Op, product};

use super::Convolution;
use crate::mapping::synapses::{Activity, Hardware, Inputs, Programming, Synapses};

/// A kernel on synapses.
///
/// A product sees every copy of a kernel once. Copies share their change: with more than one, an update
/// in the array would move each by the errors of its own positions alone, so then the kernel's gradient is
/// summed digitally and every copy is adjusted by it.
pub struct ConvolutionalSynapses {
    convolution: Convolution,
    groups: Vec<Box<dyn Synapses>>,
}

impl ConvolutionalSynapses {
    /// Synapses of a convolution; those of its groups have the addresses from `first_address` on.
    pub fn new(convolution: Convolution, hardware: &dyn Hardware, seed: u64, first_address: u64) -> Self {
        let (outputs, inputs) = convolution.matrix_shape();
        let groups = (0..convolution.shape().groups as u64)
            .map(|group| hardware.synapses(outputs, inputs, seed, first_address + group))
            .collect();
        Self { convolution, groups }
    }

    /// The mapping.
    pub fn convolution(&self) -> &Convolution {
        &self.convolution
    }

    /// The matrices, one for each group.
    pub fn groups(&self) -> &[Box<dyn Synapses>] {
        &self.groups
    }

    /// The inputs of every group's products for a batch of images.
    pub fn unroll(&self, images: &Matrix) -> Vec<Matrix> {
        (0..self.groups.len()).map(|g| self.convolution.unroll(images, g)).collect()
    }

    /// The errors of every group's products for a batch of errors of results.
    pub fn distribute(&self, errors: &Matrix) -> Vec<Matrix> {
        (0..self.groups.len()).map(|g| self.convolution.distribute(errors, g)).collect()
    }

    /// Batch of images to batch of results.
    pub fn forward(&mut self, images: &Matrix) -> Matrix {
        let unrolled = self.unroll(images);
        self.forward_unrolled(&unrolled)
    }

    /// The same from the inputs of the products.
    pub fn forward_unrolled(&mut self, unrolled: &[Matrix]) -> Matrix {
        let batch = unrolled.first().map_or(0, Matrix::rows) / self.convolution.products_per_image();
        let mut results = Matrix::zeros(batch, self.convolution.output_len());
        for (g, (group, inputs)) in self.groups.iter_mut().zip(unrolled).enumerate() {
            let products = group.forward(Inputs::Dense(inputs));
            self.convolution.collect(&products, g, &mut results);
        }
        results
    }

    /// Finds the ranges of the converters for a batch of images.
    pub fn calibrate(&mut self, images: &Matrix) {
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.calibrate(&self.convolution.unroll(images, g), false);
        }
    }

    /// Errors of results to errors of images, by the same matrices read transposed.
    pub fn backward(&mut self, errors: &Matrix) -> Matrix {
        let distributed = self.distribute(errors);
        self.backward_distributed(&distributed)
    }

    /// The same from the errors of the products.
    pub fn backward_distributed(&mut self, distributed: &[Matrix]) -> Matrix {
        let batch = distributed.first().map_or(0, Matrix::rows) / self.convolution.products_per_image();
        let mut images = Matrix::zeros(batch, self.convolution.image_len());
        for (g, (group, errors)) in self.groups.iter_mut().zip(distributed).enumerate() {
            let products = group.backward(errors);
            self.convolution.fold(&products, g, &mut images);
        }
        images
    }

    /// Change of the kernel by `rate` times the errors of a batch of results times its images.
    pub fn update(&mut self, images: &Matrix, errors: &Matrix, rate: f32) {
        if self.copies() == 1 {
            for (g, group) in self.groups.iter_mut().enumerate() {
                let inputs = self.convolution.unroll(images, g);
                group.update(Inputs::Dense(&inputs), &self.convolution.distribute(errors, g), rate);
            }
            return;
        }
        let mut delta = self.gradient(&self.unroll(images), &self.distribute(errors));
        for value in delta.as_mut_slice() {
            *value *= rate;
        }
        self.adjust(&delta);
    }

    /// The kernel's gradient, computed digitally: errors of the products of a batch times their inputs.
    pub fn gradient(&self, unrolled: &[Matrix], distributed: &[Matrix]) -> Matrix {
        let (rows, columns) = self.convolution.kernel_shape();
        let mut kernel = Matrix::zeros(rows, columns);
        for (g, (inputs, errors)) in unrolled.iter().zip(distributed).enumerate() {
            let matrix = product((errors, Op::Transposed), (inputs, Op::Plain));
            self.convolution.reduce(&matrix, g, &mut kernel);
        }
        kernel
    }

    /// Adds a change computed digitally to every copy of the kernel.
    pub fn adjust(&mut self, delta: &Matrix) {
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.adjust(&self.convolution.expand(delta, g));
        }
    }

    /// Writes a kernel, all copies of it.
    pub fn program(&mut self, kernel: &Matrix) -> Programming {
        let mut all = Programming::default();
        let mut squares = 0.0;
        for (g, group) in self.groups.iter_mut().enumerate() {
            let part = group.program(&self.convolution.expand(kernel, g));
            all.cells += part.cells;
            all.pulses += part.pulses;
            all.reads += part.reads;
            all.failed += part.failed;
            all.clipped += part.clipped;
            all.replaced.add(&part.replaced);
            squares += part.rms_error * part.rms_error;
        }
        Programming { rms_error: (squares / self.groups.len() as f64).sqrt(), ..all }
    }

    /// Reads the kernel out: the mean of its copies.
    pub fn weights(&mut self) -> Matrix {
        let (rows, columns) = self.convolution.kernel_shape();
        let mut kernel = Matrix::zeros(rows, columns);
        for (g, group) in self.groups.iter_mut().enumerate() {
            self.convolution.reduce(&group.weights(), g, &mut kernel);
        }
        let share = 1.0 / self.copies() as f32;
        for value in kernel.as_mut_slice() {
            *value *= share;
        }
        kernel
    }

    /// Lets simulated time pass.
    pub fn elapse(&mut self, seconds: f64) {
        for group in &mut self.groups {
            group.elapse(seconds);
        }
    }

    /// What the hardware did so far.
    pub fn activity(&self) -> Activity {
        let mut all = Activity::default();
        for group in &self.groups {
            all.add(&group.activity());
        }
        all
    }

    fn copies(&self) -> usize {
        let [vertical, horizontal] = self.convolution.shape().copies;
        vertical * horizontal
    }
}
