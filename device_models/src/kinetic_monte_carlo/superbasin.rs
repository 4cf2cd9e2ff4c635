//! Leaving two states that turn into each other many times: an absorbing Markov chain.
//!
//! A filament may flicker between two occupations A and B – a vacancy that comes and goes in the
//! last gap, an ion between two sites – for thousands of times before anything else happens. In A
//! all events together have the rate R_A, one of which leads to B with the rate g; from B the rate
//! r of all R_B leads back. A round trip has the probability p = (g/R_A)(r/R_B), and
//!
//! * the number N of round trips before another event is geometric: P(N ≥ n) = pⁿ;
//! * dwell times do not depend on where a state is left to, so N round trips take the sum of two
//!   gamma variates, Γ(N)/R_A + Γ(N)/R_B;
//! * the other event happens from A with the probability (1 − g/R_A)/(1 − p), else from B.
//!
//! This is the distribution of the plain n-fold way itself, not an approximation of it; nothing is assumed
//! of local equilibrium, and detailed balance is untouched. When the time runs out during
//! the round trips, the one under way is found by halving: the first m of n exponential dwells share their
//! sum as a beta variate, so that log₂ N draws are enough.
//!
//! Two states only: when several places flicker independently, p is small for each of them and
//! the plain way is taken.
//!
//! References: M. A. Novotny, Phys. Rev. Lett. 74, 1 (1995), doi:10.1103/PhysRevLett.74.1 (absorbing
//! Markov chains); G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26, 363 (2000),
//! doi:10.1145/358407.358414 (gamma variates).
//! Pinned by: the tests below and `tests/kinetic_monte_carlo_flicker.rs`.

use numerics::rng::Stream;

/// Dwells whose sum is drawn one by one.
const FEW: u64 = 12;

/// Rates in the two states, Hz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Basin {
    /// R_A.
    pub first: f64,
    /// g.
    pub there: f64,
    /// R_B.
    pub second: f64,
    /// r.
    pub back: f64,
}

/// Where the round trips ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The time is up in the first state.
    UpInFirst,
    /// The time is up in the second state.
    UpInSecond,
    /// Another event than the one to the second state happens now in the first.
    Leaves,
    /// The second state is entered now, and will not be left by the way back.
    Enters,
}

/// How a basin was left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leave {
    /// Time spent, s.
    pub elapsed: f64,
    /// Round trips done.
    pub round_trips: u64,
    /// Where they ended.
    pub end: End,
}

impl Basin {
    /// Probability of a round trip.
    pub(super) fn returning(&self) -> f64 {
        (self.there / self.first) * (self.back / self.second)
    }

    /// From the first state until something else happens or `left` has passed.
    pub(super) fn leave(&self, stream: &mut Stream, left: f64) -> Leave {
        let p = self.returning();
        let trips = (stream.uniform().ln() / p.ln()).floor();
        // Beyond 2^53 a trip more or less is not resolved; p = 1 never leaves.
        let trips = if trips.is_finite() { trips.clamp(0.0, 9e15) as u64 } else { 9_000_000_000_000_000 };
        let (a, b) = (gamma(stream, trips) / self.first, gamma(stream, trips) / self.second);
        if a + b > left {
            return interrupted(stream, trips, a, b, left);
        }
        let elapsed = a + b - stream.uniform().ln() / self.first;
        if elapsed > left {
            return Leave { elapsed: left, round_trips: trips, end: End::UpInFirst };
        }
        let stays = (1.0 - self.there / self.first).max(0.0);
        let leaves = stream.uniform() * (1.0 - p) < stays;
        Leave { elapsed, round_trips: trips, end: if leaves { End::Leaves } else { End::Enters } }
    }
}

/// The state at `left`, given that `trips` round trips dwell a + b > left in the two states.
fn interrupted(stream: &mut Stream, trips: u64, a: f64, b: f64, left: f64) -> Leave {
    let (mut trips, mut a, mut b, mut rest, mut done) = (trips, a, b, left, 0);
    while trips > 1 {
        let half = trips / 2;
        let first = (a * beta(stream, half, trips - half), b * beta(stream, half, trips - half));
        if first.0 + first.1 <= rest {
            rest -= first.0 + first.1;
            (a, b) = (a - first.0, b - first.1);
            done += half;
            trips -= half;
        } else {
            (a, b) = first;
            trips = half;
        }
    }
    let end = if a > rest { End::UpInFirst } else { End::UpInSecond };
    Leave { elapsed: left, round_trips: done, end }
}

/// Sum of `shape` exponential variates of mean 1.
fn gamma(stream: &mut Stream, shape: u64) -> f64 {
    if shape <= FEW {
        return (0..shape).map(|_| -stream.uniform().ln()).sum();
    }
    let d = shape as f64 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = stream.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && stream.uniform().ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
            return d * v;
        }
    }
}

/// Share of the first `m` exponential variates in the sum of `m + n`.
fn beta(stream: &mut Stream, m: u64, n: u64) -> f64 {
    let (x, y) = (gamma(stream, m), gamma(stream, n));
    x / (x + y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use numerics::rng::Purpose;

    fn stream(cycle: u64) -> Stream {
        Stream::new(7, Purpose::KineticMonteCarlo, 1, cycle)
    }

    /// The plain n-fold way between the two states.
    fn plain(basin: &Basin, stream: &mut Stream, left: f64) -> Leave {
        let (mut elapsed, mut trips) = (0.0, 0);
        loop {
            elapsed -= stream.uniform().ln() / basin.first;
            if elapsed > left {
                return Leave { elapsed: left, round_trips: trips, end: End::UpInFirst };
            }
            if stream.uniform() * basin.first >= basin.there {
                return Leave { elapsed, round_trips: trips, end: End::Leaves };
            }
            if stream.uniform() * basin.second >= basin.back {
                return Leave { elapsed, round_trips: trips, end: End::Enters };
            }
            elapsed -= stream.uniform().ln() / basin.second;
            if elapsed > left {
                return Leave { elapsed: left, round_trips: trips, end: End::UpInSecond };
            }
            trips += 1;
        }
    }

    /// Shares of the four ends, mean and mean square of time and round trips.
    fn statistics(mut draw: impl FnMut() -> Leave, n: u32) -> [(f64, f64); 8] {
        let mut sums = [(0.0, 0.0); 8];
        for _ in 0..n {
            let leave = draw();
            let ends = [End::UpInFirst, End::UpInSecond, End::Leaves, End::Enters];
            let t = leave.elapsed;
            let trips = leave.round_trips as f64;
            let values = ends.map(|end| f64::from(u8::from(leave.end == end)));
            let all = values.into_iter().chain([t, t * t, trips, trips * trips]);
            for (sum, value) in sums.iter_mut().zip(all) {
                *sum = (sum.0 + value, sum.1 + value * value);
            }
        }
        let n = f64::from(n);
        sums.map(|(sum, square)| (sum / n, ((square / n - (sum / n).powi(2)).max(0.0) / n).sqrt()))
    }

    #[test]
    fn agrees_with_the_plain_way_within_and_without_a_time_limit() {
        let basin = Basin { first: 3.0, there: 2.9, second: 0.7, back: 0.66 };
        for (case, left) in [(0, f64::INFINITY), (1, 40.0), (2, 8.0), (3, 0.5)] {
            let (mut a, mut b) = (stream(case), stream(10 + case));
            let n = 40_000;
            let fast = statistics(|| basin.leave(&mut a, left), n);
            let slow = statistics(|| plain(&basin, &mut b, left), n);
            for (k, (fast, slow)) in fast.iter().zip(&slow).enumerate() {
                let error = fast.1.hypot(slow.1);
                println!("left {left}, {k}: {:.4} {:.4} ± {error:.4}", fast.0, slow.0);
                assert!((fast.0 - slow.0).abs() <= 4.0 * error, "{left} {k}: {fast:?} {slow:?}");
            }
        }
    }

    #[test]
    fn long_flicker_has_the_mean_of_its_chain_and_costs_few_draws() {
        let basin = Basin { first: 1e9, there: 1e9 - 10.0, second: 1e8, back: 1e8 - 10.0 };
        // Mean time to leave from A: (1/R_A + (g/R_A)/R_B)/(1 − p).
        let exact = (1e-9 + basin.there / basin.first * 1e-8) / (1.0 - basin.returning());
        let mut stream = stream(30);
        let n = 20_000;
        let mean =
            (0..n).map(|_| basin.leave(&mut stream, f64::INFINITY).elapsed).sum::<f64>() / f64::from(n);
        assert!((mean / exact - 1.0).abs() < 4.0 / f64::from(n).sqrt(), "{mean} {exact}");
    }

    #[test]
    fn a_basin_without_a_way_out_ends_with_the_time_in_proportion_to_the_dwells() {
        let basin = Basin { first: 1e9, there: 1e9, second: 3e9, back: 3e9 };
        let mut stream = stream(40);
        let n = 20_000;
        let second = (0..n).filter(|_| basin.leave(&mut stream, 1e-6).end == End::UpInSecond).count();
        assert!((second as f64 / f64::from(n) - 0.25).abs() < 4.0 * (0.25 * 0.75 / f64::from(n)).sqrt());
    }
}
