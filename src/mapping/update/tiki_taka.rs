//! [`TikiTaka`]: gradients gather in a fast array A, and are read from it into the slow array C that holds
//! the weights.
//!
//! After every batch one input line of A is read for each `transfer_every` samples (v1: batches): a read
//! through A's periphery with that line alone driven. With the read values ω of line j, the
//! learner's rate λ, and the rate λ_A of the fast array:
//! * v1: C ← C + λ r ω on line j, by pulse trains
//! * v2: H_j ← H_j + λ r ω/g; where |H| ≥ 1 the cell of C takes one pulse of that sign and H returns to 0;
//!   g = Δ_A `auto_granularity`/(inputs · `transfer_every`)
//! * chopped (c-TTv2): as v2, with signs c_j on the inputs of A and on what is read of it; c_j flips with a
//!   probability after its transfer, so that an offset of A adds up to nothing in H
//! * dynamic (AGAD): as chopped, with every sign flipping after a half period of transfers of its line, and
//!   H_j ← H_j + λ r c_j (ω − ref_j)/g; the running mean of ω (weight β = `tail_weight` over the half
//!   period) becomes ref_j at each flip. In the first half period there is no reference yet and no pulse
//!
//! With `auto_scale`, λ_A = `fast_rate` · L Δ_A/(m_x m_e), with m the running means of the samples' largest inputs
//! and errors: the number of pulses on A does not depend on the size of gradients.
//!
//! The weights that are read are C + `fast_share` · A c: as the inputs of A carry signs when it learns, they do
//! when it is read. Transfers of a batch follow its updates of A. Pulses count in weights: under digital
//! factors s of the outputs of C, H of output k grows by 1/s_k of the above. To write weights is to write C, to
//! write zeros into A, and to begin anew with all else.
//!
//! References: T. Gokmen, W. Haensch, Front. Neurosci. 14, 103 (2020), doi:10.3389/fnins.2020.00103 (v1);
//! T. Gokmen, Front. Artif. Intell. 4, 699148 (2021), doi:10.3389/frai.2021.699148 (v2); M. J. Rasch et al.,
//! Nat. Commun. 15 (2024), doi:10.1038/s41467-024-51221-z (chopped, dynamic).
//! Pinned by: `tests/tiki_taka.rs`.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use crate::mapping::analog::AnalogMatrix;
use crate::mapping::config::{TikiTakaConfig, TikiTakaVersion};
use crate::mapping::synapses::{Activity, Inputs, Programming, Synapses};

/// A fast and a slow array behind one seam.
#[derive(Debug, Clone)]
pub struct TikiTaka {
    fast: AnalogMatrix,
    slow: AnalogMatrix,
    config: TikiTakaConfig,
    /// Longest train of the fast array.
    longest: u32,
    /// H, inputs × outputs.
    hidden: Matrix,
    /// Running mean of what is read of A, and the reference made of it; inputs × outputs.
    past: Matrix,
    reference: Matrix,
    /// Signs of the inputs of A.
    choppers: Vec<f32>,
    /// Running means of the samples' largest input and error.
    largest: (f32, f32),
    /// Samples (v1: batches) since the last transfer.
    waiting: u32,
    /// The line whose turn it is.
    line: usize,
    /// Rounds over all lines since the last flip, and whether there was one (dynamic).
    rounds: u32,
    referred: bool,
    chopping: Stream,
}

impl TikiTaka {
    /// Of two arrays of one shape.
    pub fn new(
        fast: AnalogMatrix,
        slow: AnalogMatrix,
        config: TikiTakaConfig,
        longest: u32,
        (seed, address): (u64, u64),
    ) -> Self {
        let (outputs, inputs) = (slow.outputs(), slow.inputs());
        let zero = Matrix::zeros(inputs, outputs);
        Self {
            fast,
            slow,
            config,
            longest,
            hidden: zero.clone(),
            past: zero.clone(),
            reference: zero,
            choppers: vec![1.0; inputs],
            largest: (0.0, 0.0),
            waiting: 0,
            line: 0,
            rounds: 0,
            referred: false,
            chopping: Stream::new(seed, Purpose::PulseTrain, address, u64::from(u32::MAX)),
        }
    }

    /// The fast array.
    pub fn fast(&self) -> &AnalogMatrix {
        &self.fast
    }

    /// The slow array.
    pub fn slow(&self) -> &AnalogMatrix {
        &self.slow
    }

    fn chops(&self) -> bool {
        matches!(self.config.version, TikiTakaVersion::Chopped | TikiTakaVersion::Dynamic)
    }

    /// Gives the columns (inputs of A) their signs.
    fn chop(&self, columns: &mut Matrix) {
        if self.chops() {
            for i in 0..columns.rows() {
                columns.row_mut(i).iter_mut().zip(&self.choppers).for_each(|(x, sign)| *x *= sign);
            }
        }
    }

    /// Adds the share of A to what C gives.
    fn add_share(&self, sum: &mut Matrix, fast: &Matrix) {
        let share = self.config.fast_share;
        sum.as_mut_slice().iter_mut().zip(fast.as_slice()).for_each(|(y, f)| *y += share * f);
    }

    /// λ_A for a batch.
    fn fast_rate(&mut self, x: &Matrix, e: &Matrix, rate: f32) -> f32 {
        let Some(fast) = self.config.fast_rate else { return rate };
        if !self.config.auto_scale {
            return fast.copysign(rate);
        }
        let share = (1.0 - self.config.auto_momentum) / x.rows().max(1) as f32;
        let follow = |mean: &mut f32, values: &[f32]| {
            let now = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            if *mean == 0.0 {
                *mean = now;
            } else if now > 0.0 {
                *mean += share * (now - *mean);
            }
        };
        for (x, e) in x.iter_rows().zip(e.iter_rows()) {
            follow(&mut self.largest.0, x);
            follow(&mut self.largest.1, e);
        }
        let product = self.largest.0 * self.largest.1;
        if product > 0.0 {
            (fast * self.longest as f32 * self.fast.weight_step() / product).copysign(rate)
        } else {
            0.0
        }
    }

    /// Reads lines of A one at a time.
    fn read(&mut self, lines: &[usize]) -> Matrix {
        let mut one = Matrix::zeros(lines.len(), self.fast.inputs());
        for (i, line) in lines.iter().enumerate() {
            one.row_mut(i)[*line] = 1.0;
        }
        self.fast.forward(Inputs::Dense(&one))
    }

    fn transfer(&mut self, count: usize, rate: f32) {
        let inputs = self.slow.inputs();
        let mut left = count;
        while left > 0 {
            // At most to the end of the round, so that no line is read twice at a time.
            let here = left.min(inputs - self.line);
            let lines: Vec<usize> = (self.line..self.line + here).collect();
            let read = self.read(&lines);
            if self.config.version == TikiTakaVersion::V1 {
                let mut x = Matrix::zeros(here, inputs);
                for (i, line) in lines.iter().enumerate() {
                    x.row_mut(i)[*line] = 1.0;
                }
                self.slow.update(Inputs::Dense(&x), &read, self.config.transfer_rate * rate);
            } else {
                self.gather(&lines, &read, rate.abs());
            }
            left -= here;
            self.line = (self.line + here) % inputs;
            if self.line == 0 {
                self.end_round();
            }
        }
    }

    /// Adds what was read to H, and sends the pulses that are due.
    fn gather(&mut self, lines: &[usize], read: &Matrix, rate: f32) {
        let (outputs, inputs) = (self.slow.outputs(), self.slow.inputs());
        let period = (inputs as u32 * self.config.transfer_every) as f32;
        let granularity = self.fast.weight_step() * self.config.auto_granularity / period;
        let gain = rate * self.config.transfer_rate / granularity;
        let beta = (self.config.tail_weight * self.config.chop_probability).min(1.0);
        let dynamic = self.config.version == TikiTakaVersion::Dynamic;
        let flips = dynamic && self.rounds + 1 == self.half_period();
        let mut counts = vec![0_i32; outputs * inputs];
        let mut any = false;
        for (i, &line) in lines.iter().enumerate() {
            let sign = self.choppers[line];
            let scales = self.slow.output_scales(line);
            let hidden = self.hidden.row_mut(line);
            let reference = self.reference.row(line);
            for (k, omega) in read.row(i).iter().enumerate() {
                let base = if dynamic { reference[k] } else { 0.0 };
                let scale = scales.get(k).copied().unwrap_or(1.0);
                hidden[k] += gain * sign * (omega - base) / scale;
                if hidden[k].abs() >= 1.0 {
                    if !dynamic || self.referred {
                        counts[k * inputs + line] = if hidden[k] > 0.0 { 1 } else { -1 };
                        any = true;
                    }
                    hidden[k] = 0.0;
                }
            }
            if dynamic {
                let past = self.past.row_mut(line).iter_mut().zip(read.row(i));
                past.for_each(|(mean, omega)| *mean += beta * (omega - *mean));
            }
            if flips {
                self.choppers[line] = -sign;
                self.reference.row_mut(line).copy_from_slice(self.past.row(line));
            }
            if self.config.version == TikiTakaVersion::Chopped
                && self.chopping.uniform() < f64::from(self.config.chop_probability)
            {
                self.choppers[line] = -sign;
            }
        }
        if any {
            self.slow.pulse(&counts);
        }
    }

    /// Transfers of a line between two flips of its sign (dynamic).
    fn half_period(&self) -> u32 {
        (1.0 / self.config.chop_probability).round().max(1.0) as u32
    }

    /// After a round over all lines.
    fn end_round(&mut self) {
        if self.config.version == TikiTakaVersion::Dynamic {
            self.rounds += 1;
            if self.rounds == self.half_period() {
                self.rounds = 0;
                self.referred = true;
            }
        }
    }
}

impl Synapses for TikiTaka {
    fn outputs(&self) -> usize {
        self.slow.outputs()
    }

    fn inputs(&self) -> usize {
        self.slow.inputs()
    }

    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        let mut y = self.slow.forward(x);
        if self.config.fast_share > 0.0 {
            let mut x = x.to_dense(self.inputs());
            self.chop(&mut x);
            let fast = self.fast.forward(Inputs::Dense(&x));
            self.add_share(&mut y, &fast);
        }
        y
    }

    fn backward(&mut self, e: &Matrix) -> Matrix {
        let mut d = self.slow.backward(e);
        if self.config.fast_share > 0.0 {
            let mut fast = self.fast.backward(e);
            self.chop(&mut fast);
            self.add_share(&mut d, &fast);
        }
        d
    }

    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        let mut x = x.to_dense(self.inputs());
        let fast_rate = self.fast_rate(&x, e, rate);
        self.chop(&mut x);
        self.fast.update(Inputs::Dense(&x), e, fast_rate);
        self.waiting += if self.config.version == TikiTakaVersion::V1 { 1 } else { x.rows() as u32 };
        let due = self.waiting / self.config.transfer_every;
        self.waiting %= self.config.transfer_every;
        self.transfer(due as usize, rate.abs());
    }

    fn adjust(&mut self, delta: &Matrix) {
        self.slow.adjust(delta);
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        for matrix in [&mut self.hidden, &mut self.past, &mut self.reference] {
            matrix.as_mut_slice().fill(0.0);
        }
        self.choppers.fill(1.0);
        self.largest = (0.0, 0.0);
        (self.waiting, self.line, self.rounds) = (0, 0, 0);
        self.referred = false;
        let fast = self.fast.program(&Matrix::zeros(self.outputs(), self.inputs()));
        let slow = self.slow.program(weights);
        // Errors and choices among lines are those of the weights, which are in C.
        Programming {
            cells: slow.cells + fast.cells,
            pulses: slow.pulses + fast.pulses,
            reads: slow.reads + fast.reads,
            failed: slow.failed + fast.failed,
            ..slow
        }
    }

    fn weights(&mut self) -> Matrix {
        let mut weights = self.slow.weights();
        if self.config.fast_share > 0.0 {
            let mut fast = self.fast.weights();
            self.chop(&mut fast);
            self.add_share(&mut weights, &fast);
        }
        weights
    }

    fn elapse(&mut self, seconds: f64) {
        self.fast.elapse(seconds);
        self.slow.elapse(seconds);
    }

    fn calibrate(&mut self, x: &Matrix, transposed: bool) {
        self.slow.calibrate(x, transposed);
        if self.config.fast_share > 0.0 {
            self.fast.calibrate(x, transposed);
        }
    }

    fn activity(&self) -> Activity {
        let mut sum = self.slow.activity();
        let weights = sum.weights;
        sum.add(&self.fast.activity());
        Activity { weights, ..sum }
    }

    fn arrays(&self) -> Vec<&AnalogMatrix> {
        vec![&self.slow, &self.fast]
    }
}
