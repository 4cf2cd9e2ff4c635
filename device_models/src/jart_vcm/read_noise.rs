//! Read noise of JART VCM v1b (version "readvar"): vacancies that come and go at the disc.
//!
//! A chain of five states s = −2 … 2 vacancies more or fewer in the disc, stepped at a device's
//! rate f:
//! * from 0: with probability 0.4 to ±1, both equally likely;
//! * from ±1: outwards 0.1, stay 0.35, to 0 with 0.55;
//! * from ±2: stay 0.1, otherwise to ±1.
//!
//! The noise in concentration is ΔN = s/(A l). The published file steps the chain by a clock of
//! rate f. Here steps arrive as a Poisson process of rate κ f: after any time dt the state is drawn from the
//! row of exp((P − 1) κ f dt), so that results do not depend on how a time is divided. κ = −ln 0.55/0.45
//! keeps the published correlation, 0.55^(f dt). [`ReadNoiseChain::step`] makes whole steps of the chain.
//!
//! s is an eigenvector of the transition matrix P to the eigenvalue 0.55, so its autocorrelation is a
//! single exponential and its spectrum one Lorentzian.
//!
//! | quantity | value | here |
//! |---|---|---|
//! | stationary probabilities | 0.0224, 0.2011, 0.5531, 0.2011, 0.0224 | [`STATIONARY`] |
//! | variance of s | 0.581 vacancies² | |
//! | autocorrelation of s after k steps | 0.55^k | |
//! | correlation time | 1/(−ln 0.55 f) = 1.67/f | |
//! | f | 50 Hz and its spread, per device | `rate` |
//!
//! The published file draws f from a normal distribution of mean and deviation 50 Hz, which gives
//! negative rates for 16 % of devices; a rate here must be positive, which raises the mean to 64 Hz. The noise belongs to what
//! is read: it must not be added to the state that switches.
//!
//! References: S. Wiefels et al., IEEE Trans. Electron Devices 67, 4208 (2020),
//! doi:10.1109/TED.2020.3018096; JART VCM v1b data, doi:10.26165/JUELICH-DATA/LUA8QY (version readvar).
//! Pinned by: the tests below (exact).

use numerics::rng::Stream;

/// Number of states; state i stands for i − 2 vacancies.
pub const STATES: usize = 5;

/// Probabilities of one step, row: from, column: to.
pub const TRANSITIONS: [[f64; STATES]; STATES] = [
    [0.1, 0.9, 0.0, 0.0, 0.0],
    [0.1, 0.35, 0.55, 0.0, 0.0],
    [0.0, 0.2, 0.6, 0.2, 0.0],
    [0.0, 0.0, 0.55, 0.35, 0.1],
    [0.0, 0.0, 0.0, 0.9, 0.1],
];

/// Stationary probabilities: 4, 36, 99, 36, 4 in 179.
pub const STATIONARY: [f64; STATES] = [4.0 / 179.0, 36.0 / 179.0, 99.0 / 179.0, 36.0 / 179.0, 4.0 / 179.0];

/// Steps per period of the published clock that keep its correlation: −ln 0.55/0.45.
const STEPS_PER_PERIOD: f64 = 1.328_526_668_345_823;

type Matrix = [[f64; STATES]; STATES];

/// The read noise of one device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadNoiseChain {
    rate: f64,
    state: u8,
}

impl ReadNoiseChain {
    /// A chain of this rate (Hz, positive) in its stationary distribution.
    pub fn stationary(rate: f64, stream: &mut Stream) -> Self {
        Self { rate, state: choose(&STATIONARY, stream) }
    }

    /// A chain of this rate (Hz, positive) with no vacancy more or fewer.
    pub fn at_rest(rate: f64) -> Self {
        Self { rate, state: 2 }
    }

    /// Vacancies more (positive) or fewer in the disc.
    pub fn vacancies(&self) -> i32 {
        i32::from(self.state) - 2
    }

    /// Change of concentration in a disc of this volume (m³), m⁻³.
    pub fn concentration(&self, volume: f64) -> f64 {
        f64::from(self.vacancies()) / volume
    }

    /// Makes this many steps of the chain at once.
    pub fn step(&mut self, steps: u64, stream: &mut Stream) {
        self.state = choose(&power(steps)[usize::from(self.state)], stream);
    }

    /// Lets `time` seconds pass, in one draw.
    pub fn elapse(&mut self, time: f64, stream: &mut Stream) {
        self.state = choose(&after(STEPS_PER_PERIOD * self.rate * time)[usize::from(self.state)], stream);
    }
}

/// Transition probabilities after a whole number of steps: Pᵏ by squaring.
pub fn power(mut steps: u64) -> Matrix {
    let mut result = identity();
    let mut square = TRANSITIONS;
    while steps > 0 {
        if steps & 1 == 1 {
            result = product(&result, &square);
        }
        square = product(&square, &square);
        steps >>= 1;
    }
    result
}

/// Transition probabilities after `expected` = f dt steps on average: exp((P − 1) f dt), by scaling and
/// squaring of a series of positive terms.
pub fn after(expected: f64) -> Matrix {
    if expected.is_nan() || expected <= 0.0 {
        return identity();
    }
    // Beyond this many steps the chain has long forgotten: 0.55-eigenvalue e^(−0.45 · 2¹⁰).
    let expected = expected.min(1024.0);
    let squarings = expected.log2().ceil().max(0.0) as u32;
    let small = expected / f64::from(squarings).exp2();
    let mut result = [[0.0; STATES]; STATES];
    let mut term = identity();
    let mut weight = (-small).exp();
    for k in 1..25 {
        for (row, add) in result.iter_mut().zip(&term) {
            for (value, add) in row.iter_mut().zip(add) {
                *value += weight * add;
            }
        }
        term = product(&term, &TRANSITIONS);
        weight *= small / f64::from(k);
    }
    for _ in 0..squarings {
        result = product(&result, &result);
    }
    result
}

fn identity() -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))))
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..STATES).map(|k| a[i][k] * b[k][j]).sum()))
}

fn choose(probabilities: &[f64; STATES], stream: &mut Stream) -> u8 {
    let mut left = stream.uniform() * probabilities.iter().sum::<f64>();
    for (state, probability) in (0..).zip(probabilities) {
        left -= probability;
        if left < 0.0 {
            return state;
        }
    }
    STATES as u8 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use numerics::rng::Purpose;

    fn deviation(state: usize) -> f64 {
        state as f64 - 2.0
    }

    /// Covariance of s now and after the transitions `m`.
    fn covariance(m: &Matrix) -> f64 {
        (0..STATES)
            .flat_map(|i| (0..STATES).map(move |j| (i, j)))
            .map(|(i, j)| STATIONARY[i] * deviation(i) * m[i][j] * deviation(j))
            .sum()
    }

    #[test]
    fn rows_are_probabilities_and_the_stationary_row_is_kept() {
        for m in [TRANSITIONS, power(1000), after(0.3), after(40.0), after(1e30)] {
            for row in m {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12 && row.iter().all(|p| *p >= 0.0));
            }
            for j in 0..STATES {
                let kept: f64 = (0..STATES).map(|i| STATIONARY[i] * m[i][j]).sum();
                assert!((kept - STATIONARY[j]).abs() < 1e-11);
            }
        }
        for (p, published) in STATIONARY.iter().zip([0.0224, 0.2011, 0.5531, 0.2011, 0.0224]) {
            assert!((p - published).abs() < 1e-4, "{p} {published}");
        }
        assert!((covariance(&identity()) - 0.581).abs() < 1e-3);
    }

    #[test]
    fn the_autocorrelation_is_a_power_of_0_55() {
        let variance = covariance(&identity());
        for k in 0..12 {
            let exact = 0.55_f64.powi(k);
            assert!((covariance(&power(k as u64)) / variance - exact).abs() < 1e-13, "{k}");
        }
        for x in [1e-6_f64, 0.01, 0.7, 3.0, 17.0] {
            let exact = 0.55_f64.powf(x);
            assert!((covariance(&after(STEPS_PER_PERIOD * x)) / variance - exact).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn a_time_equals_its_parts() {
        let (whole, parts) = (after(1.7), product(&after(1.2), &after(0.5)));
        for i in 0..STATES {
            for j in 0..STATES {
                assert!((whole[i][j] - parts[i][j]).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let mut stream = Stream::new(4, Purpose::ReadNoise, 0, 0);
        let mut counts = [0_u32; STATES];
        for _ in 0..50_000 {
            let mut chain = ReadNoiseChain::stationary(50.0, &mut stream);
            chain.elapse(0.01, &mut stream);
            chain.step(3, &mut stream);
            counts[usize::from(chain.state)] += 1;
        }
        let chi2: f64 =
            (counts.iter().zip(STATIONARY)).map(|(c, p)| (f64::from(*c) - 5e4 * p).powi(2) / (5e4 * p)).sum();
        assert!(chi2 < 20.0, "chi-square of 4 degrees of freedom: {chi2}");
        let mut moved = ReadNoiseChain::at_rest(50.0);
        moved.elapse(0.0, &mut stream);
        assert_eq!(moved.vacancies(), 0);
        assert!(moved.concentration(2.5e-24).abs() < 1e-30);
    }
}
