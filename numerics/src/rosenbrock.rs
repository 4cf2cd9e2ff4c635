//! A stiff adaptive integrator for small systems: the Rosenbrock method RODAS.
//!
//! Six stages, order 4 with an embedded solution of order 3, L-stable and stiffly accurate, dense
//! output of order 3. One linearisation per step, no iteration, no allocation; the number of
//! variables is a compile-time constant.
//!
//! With E = 1/(γh) − J, the stages are
//! `E uᵢ = f(t + αᵢh, y + Σ aᵢⱼuⱼ) + Σ cᵢⱼuⱼ/h + h dᵢ ∂f/∂t` and `y₁ = y₀ + Σ a₅ⱼuⱼ + u₅ + u₆`; u₆ is the error
//! estimate.
//!
//! | symbol | meaning |
//! |---|---|
//! | γ = 1/4 | diagonal coefficient |
//! | h | step; next step h · clamp(0.9 err^(−1/4), 1/10, 6), no growth right after a rejection |
//! | err | largest of \|u₆\| / (absolute + relative · max(\|y₀\|, \|y₁\|)); a step is accepted at err ≤ 1 |
//!
//! A step with det E ≤ 0 is refused: a growing mode faster than 1/(γh) would be damped by an
//! L-stable method, and its error estimate need not see it.
//!
//! Reference: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., Springer
//! (1996), section IV.10, doi:10.1007/978-3-642-05221-7.
//! Pinned by: order of convergence, Robertson's problem and event location in `tests/rosenbrock.rs`.

// The coefficients carry the digits they were published with.
#![allow(clippy::excessive_precision)]

const GAMMA: f64 = 0.25;
const ALPHA: [f64; 4] = [0.0, 0.386, 0.21, 0.63];
const D: [f64; 4] = [0.25, -0.1043, 0.1035, -0.036_200_000_000_000_23];
const A: [[f64; 5]; 5] = [
    [0.0; 5],
    [0.1544000000000000e1, 0.0, 0.0, 0.0, 0.0],
    [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
    [0.3314825187068521e1, 0.2896124015972201e1, 0.9986419139977817, 0.0, 0.0],
    [0.1221224509226641e1, 0.6019134481288629e1, 0.1253708332932087e2, -0.6878860361058950, 0.0],
];
const C: [[f64; 5]; 6] = [
    [0.0; 5],
    [-0.56688e1, 0.0, 0.0, 0.0, 0.0],
    [-0.2430093356833875e1, -0.2063599157091915, 0.0, 0.0, 0.0],
    [-0.1073529058151375, -0.9594562251023355e1, -0.2047028614809616e2, 0.0, 0.0],
    [0.7496443313967647e1, -0.1024680431464352e2, -0.3399990352819905e2, 0.1170890893206160e2, 0.0],
    [
        0.8083246795921522e1,
        -0.7981132988064893e1,
        -0.3152159432874371e2,
        0.1631930543123136e2,
        -0.6058818238834054e1,
    ],
];
const DENSE: [[f64; 5]; 2] = [
    [
        0.1012623508344586e2,
        -0.7487995877610167e1,
        -0.3480091861555747e2,
        -0.7992771707568823e1,
        0.1025137723295662e1,
    ],
    [
        -0.6762803392801253,
        0.6087714651680015e1,
        0.1643084320892478e2,
        0.2476722511418386e2,
        -0.6594389125716872e1,
    ],
];

/// A system dy/dt = f(t, y) of `N` variables.
pub trait System<const N: usize> {
    /// f(t, y). A value that is not finite makes the integrator retry with a smaller step.
    fn derivative(&mut self, time: f64, y: &[f64; N]) -> [f64; N];

    /// ∂f/∂y and ∂f/∂t at a point where f is known. The default is one-sided differences.
    fn linearise(&mut self, time: f64, y: &[f64; N], f: &[f64; N]) -> Linearisation<N> {
        let mut result = Linearisation { jacobian: [[0.0; N]; N], time: [0.0; N] };
        let mut shifted = *y;
        for j in 0..N {
            let step = (f64::EPSILON * y[j].abs().max(1e-5)).sqrt();
            shifted[j] = y[j] + step;
            let actual = shifted[j] - y[j];
            let g = self.derivative(time, &shifted);
            for i in 0..N {
                result.jacobian[i][j] = (g[i] - f[i]) / actual;
            }
            shifted[j] = y[j];
        }
        let step = (f64::EPSILON * time.abs().max(1e-5)).sqrt();
        let actual = (time + step) - time;
        let g = self.derivative(time + actual, y);
        for i in 0..N {
            result.time[i] = (g[i] - f[i]) / actual;
        }
        result
    }
}

/// The partial derivatives of a system's right-hand side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linearisation<const N: usize> {
    /// ∂fᵢ/∂yⱼ as `jacobian[i][j]`.
    pub jacobian: [[f64; N]; N],
    /// ∂fᵢ/∂t.
    pub time: [f64; N],
}

/// Accepted error per step and variable: `absolute + relative · |y|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances<const N: usize> {
    /// Share of the variable's magnitude.
    pub relative: [f64; N],
    /// In the variable's unit.
    pub absolute: [f64; N],
}

/// What an integration cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Accepted steps.
    pub accepted: u32,
    /// Rejected attempts.
    pub rejected: u32,
    /// Linearisations.
    pub linearisations: u32,
}

/// The integration could not proceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IntegrationError {
    /// The step fell below what time resolves, or the right-hand side is not finite.
    StepTooSmall {
        /// Time reached.
        time: f64,
    },
    /// More steps than allowed.
    TooManySteps {
        /// Time reached.
        time: f64,
    },
}

impl std::fmt::Display for IntegrationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::StepTooSmall { time } => write!(f, "the step size vanished at t = {time:.6e}"),
            Self::TooManySteps { time } => write!(f, "too many steps at t = {time:.6e}"),
        }
    }
}

impl std::error::Error for IntegrationError {}

/// One accepted step with its dense output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<const N: usize> {
    /// Time at its beginning.
    pub start: f64,
    /// Its length.
    pub length: f64,
    /// The state at its end.
    pub end_state: [f64; N],
    /// The length suggested for the next step.
    pub suggestion: f64,
    start_state: [f64; N],
    dense: [[f64; N]; 2],
}

impl<const N: usize> Step<N> {
    /// The state `offset` after the beginning (0 ≤ offset ≤ length), order 3.
    pub fn at(&self, offset: f64) -> [f64; N] {
        let s = offset / self.length;
        let r = 1.0 - s;
        std::array::from_fn(|i| {
            self.start_state[i] * r + s * (self.end_state[i] + r * (self.dense[0][i] + s * self.dense[1][i]))
        })
    }
}

/// The integrator: tolerances and statistics.
#[derive(Debug, Clone)]
pub struct Rodas<const N: usize> {
    tolerances: Tolerances<N>,
    statistics: Statistics,
}

impl<const N: usize> Rodas<N> {
    /// An integrator with these tolerances.
    pub fn new(tolerances: Tolerances<N>) -> Self {
        Self { tolerances, statistics: Statistics::default() }
    }

    /// What has been done so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// A first step from `y` with derivative `f`: it lets no variable move by more than a
    /// twentieth of its magnitude, at most `longest`.
    pub fn initial_step(&self, y: &[f64; N], f: &[f64; N], longest: f64) -> f64 {
        let mut step = longest;
        for i in 0..N {
            let size = y[i].abs() + 100.0 * self.tolerances.absolute[i];
            let bound = 0.05 * size / f[i].abs();
            if bound < step {
                step = bound;
            }
        }
        step
    }

    /// One accepted step from (`time`, `y`), where the derivative is `f`, of length `length` or
    /// less if the error demands it.
    ///
    /// # Errors
    /// [`IntegrationError::StepTooSmall`] when no step is small enough.
    pub fn step<S: System<N>>(
        &mut self,
        system: &mut S,
        time: f64,
        y: &[f64; N],
        f: &[f64; N],
        length: f64,
    ) -> Result<Step<N>, IntegrationError> {
        let linearisation = system.linearise(time, y, f);
        self.statistics.linearisations += 1;
        let mut h = length;
        let mut rejected = false;
        for _ in 0..120 {
            if let Some((step, error)) = self.attempt(system, time, y, f, h, &linearisation) {
                if error <= 1.0 {
                    self.statistics.accepted += 1;
                    let growth = (0.9 * error.max(1e-8).powf(-0.25)).clamp(0.1, 6.0);
                    let suggestion = h * if rejected { growth.min(1.0) } else { growth };
                    return Ok(Step { suggestion, ..step });
                }
                h *= if error.is_finite() { (0.9 * error.powf(-0.25)).clamp(0.1, 0.9) } else { 0.1 };
            } else {
                h *= 0.2;
            }
            self.statistics.rejected += 1;
            rejected = true;
            if h < 1e-60 || time + h <= time {
                break;
            }
        }
        Err(IntegrationError::StepTooSmall { time })
    }

    /// Integrates to `end`, calling `observe` after each accepted step; `observe` returns false to
    /// stop there. Returns the time and state reached.
    ///
    /// # Errors
    /// As [`Self::step`]; also after a million steps.
    pub fn integrate<S: System<N>>(
        &mut self,
        system: &mut S,
        start: f64,
        y: [f64; N],
        end: f64,
        mut observe: impl FnMut(&Step<N>) -> bool,
    ) -> Result<(f64, [f64; N]), IntegrationError> {
        let (mut time, mut y) = (start, y);
        let mut f = system.derivative(time, &y);
        let mut h = self.initial_step(&y, &f, end - start);
        for _ in 0..1_000_000 {
            let remaining = end - time;
            if remaining <= 0.0 {
                return Ok((time, y));
            }
            let step = self.step(system, time, &y, &f, h.min(remaining))?;
            time = if step.length >= remaining { end } else { time + step.length };
            y = step.end_state;
            h = step.suggestion;
            if !observe(&step) {
                return Ok((time, y));
            }
            f = system.derivative(time, &y);
        }
        Err(IntegrationError::TooManySteps { time })
    }

    fn attempt<S: System<N>>(
        &self,
        system: &mut S,
        time: f64,
        y: &[f64; N],
        f: &[f64; N],
        h: f64,
        linearisation: &Linearisation<N>,
    ) -> Option<(Step<N>, f64)> {
        let lu = Factors::new(&linearisation.jacobian, 1.0 / (GAMMA * h))?;
        let mut u = [[0.0; N]; 6];
        let mut stage = *y;
        for s in 0..6 {
            let mut right = if s == 0 {
                *f
            } else {
                if s < 5 {
                    stage = *y;
                    for (j, uj) in u.iter().enumerate().take(s) {
                        for i in 0..N {
                            stage[i] += A[s][j] * uj[i];
                        }
                    }
                } else {
                    // Stiffly accurate: the sixth stage starts from the embedded solution.
                    for i in 0..N {
                        stage[i] += u[4][i];
                    }
                }
                system.derivative(time + h * if s < 4 { ALPHA[s] } else { 1.0 }, &stage)
            };
            for i in 0..N {
                let mut sum = 0.0;
                for (j, uj) in u.iter().enumerate().take(s) {
                    sum += C[s][j] * uj[i];
                }
                right[i] += sum / h;
                if s < 4 {
                    right[i] += h * D[s] * linearisation.time[i];
                }
            }
            u[s] = lu.solve(&right);
        }
        let mut dense = [[0.0; N]; 2];
        let mut error = 0.0_f64;
        for i in 0..N {
            stage[i] += u[5][i];
            for (row, out) in DENSE.iter().zip(&mut dense) {
                out[i] = (0..5).map(|j| row[j] * u[j][i]).sum();
            }
            let scale =
                self.tolerances.absolute[i] + self.tolerances.relative[i] * y[i].abs().max(stage[i].abs());
            let share = u[5][i].abs() / scale;
            // NaN must not be lost in the maximum.
            if share > error || share.is_nan() {
                error = share;
            }
        }
        let step = Step { start: time, length: h, end_state: stage, suggestion: h, start_state: *y, dense };
        Some((step, error))
    }
}

/// LU factors of (shift − J) with row exchanges.
struct Factors<const N: usize> {
    lu: [[f64; N]; N],
    order: [usize; N],
}

impl<const N: usize> Factors<N> {
    /// `None` when the determinant is not positive.
    fn new(jacobian: &[[f64; N]; N], shift: f64) -> Option<Self> {
        let mut lu = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..N {
                lu[i][j] = if i == j { shift - jacobian[i][j] } else { -jacobian[i][j] };
            }
        }
        let mut order: [usize; N] = std::array::from_fn(|i| i);
        let mut positive = true;
        for k in 0..N {
            let mut pivot = k;
            for i in k + 1..N {
                if lu[i][k].abs() > lu[pivot][k].abs() {
                    pivot = i;
                }
            }
            if pivot != k {
                lu.swap(pivot, k);
                order.swap(pivot, k);
                positive = !positive;
            }
            positive ^= lu[k][k] < 0.0;
            if lu[k][k] == 0.0 || !lu[k][k].is_finite() {
                return None;
            }
            for i in k + 1..N {
                let factor = lu[i][k] / lu[k][k];
                lu[i][k] = factor;
                let pivot_row = lu[k];
                for (value, above) in lu[i].iter_mut().zip(pivot_row).skip(k + 1) {
                    *value -= factor * above;
                }
            }
        }
        positive.then_some(Self { lu, order })
    }

    fn solve(&self, right: &[f64; N]) -> [f64; N] {
        let mut x: [f64; N] = std::array::from_fn(|i| right[self.order[i]]);
        for i in 0..N {
            for j in 0..i {
                x[i] -= self.lu[i][j] * x[j];
            }
        }
        for i in (0..N).rev() {
            for j in i + 1..N {
                x[i] -= self.lu[i][j] * x[j];
            }
            x[i] /= self.lu[i][i];
        }
        x
    }
}
