//! Abrupt transitions in a sweep.
//!
//! Where a cell switches faster than it is sampled, the current at a sample is one or the other level:
//! a fit to currents alone is flat between two samples and steep at each. Such a jump is therefore
//! compared by its *time*: residual (t_model − t_data)/σ_t with σ_t = Δt/√12, Δt the interval in which
//! the data jump; t_model is where the model's conductance I/V crosses the geometric mean of the two
//! levels, located by the integrator. Samples between the two times say nothing more and are left out (their weight rises
//! to 1 over half an interval outside). A model
//! that does not jump before the voltage turns gets the time of the turn, and ln(G_mean/G)/σ on top.
//!
//! A jump is a change of the conductance I/V by more than a factor of 2 between samples, when that is
//! three times what the intervals before and after it show; adjoining ones are one jump.
//!
//! Pinned by: the tests below and `tests/fit_device.rs`.

use super::data::Sample;

/// Least change of ln(I/V) of a jump between two samples.
const LEAST: f64 = std::f64::consts::LN_2;
/// How much larger than its neighbours a jump is.
const OUTSTANDING: f64 = 3.0;
/// A sample takes part when its current is so many times the noise floor.
const CLEAR: f64 = 10.0;

/// One abrupt transition of the data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Jump {
    /// First sample of the branch: the voltage moves one way, at one sign.
    pub(super) begin: usize,
    /// Last sample of the branch.
    pub(super) end: usize,
    /// Last sample before the jump.
    pub(super) before: usize,
    /// First sample after the jump.
    pub(super) after: usize,
    /// |I/V| that counts as the transition, S.
    pub(super) threshold: f64,
    /// The current rises.
    pub(super) rises: bool,
    /// Time of the transition, s.
    pub(super) time: f64,
    /// Standard deviation of that time, s.
    pub(super) deviation: f64,
}

/// The jumps of a sweep, in their order.
pub(super) fn find(samples: &[Sample], floor: f64) -> Vec<Jump> {
    let change = |pair: &[Sample]| match pair {
        [a, b] if a.current.abs().min(b.current.abs()) > CLEAR * floor && a.voltage * b.voltage > 0.0 => {
            ((b.current / b.voltage) / (a.current / a.voltage)).abs().ln()
        }
        _ => 0.0,
    };
    let changes: Vec<f64> = samples.windows(2).map(change).collect();
    let mut jumps = Vec::new();
    let mut i = 0;
    while i < changes.len() {
        let size = changes[i];
        let mut last = i;
        if size.abs() > LEAST {
            while changes.get(last + 1).is_some_and(|next| next.abs() > LEAST && next * size > 0.0) {
                last += 1;
            }
            jumps.extend(jump(samples, &changes, i, last));
        }
        i = last + 1;
    }
    jumps
}

/// The jump over the intervals `first..=last`, if it stands out.
fn jump(samples: &[Sample], changes: &[f64], first: usize, last: usize) -> Option<Jump> {
    let mean = changes[first..=last].iter().sum::<f64>().abs() / (last - first + 1) as f64;
    let beside = [first.checked_sub(1).and_then(|i| changes.get(i)), changes.get(last + 1)];
    if beside.into_iter().flatten().any(|c| c.abs() * OUTSTANDING > mean) {
        return None;
    }
    let (before, after) = (first, last + 1);
    // The way the voltage goes from sample a to the next: up, down or not at all.
    let way = |a: usize| samples[a + 1].voltage.partial_cmp(&samples[a].voltage);
    let same = |a: usize| {
        way(a) == way(before)
            && samples[a].voltage * samples[before].voltage >= 0.0
            && samples[a + 1].voltage * samples[before].voltage >= 0.0
    };
    let begin = (0..before).rev().take_while(|a| same(*a)).last().unwrap_or(before);
    let end = (after..samples.len() - 1).take_while(|a| same(*a)).last().map_or(after, |a| a + 1);
    let (a, b) = (samples[before], samples[after]);
    Some(Jump {
        begin,
        end,
        before,
        after,
        threshold: ((a.current / a.voltage) * (b.current / b.voltage)).abs().sqrt(),
        rises: changes[first] > 0.0,
        time: 0.5 * (a.time + b.time),
        deviation: (b.time - a.time) / 12_f64.sqrt(),
    })
    .filter(|jump| jump.deviation > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop 0 → 1 → −1 → 0 V whose conductance jumps up at 0.7 V and down at −0.5 V.
    fn sweep(ratio: f64) -> Vec<Sample> {
        let path: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
        let up = path.iter().copied();
        let voltages: Vec<f64> = up.clone().chain(up.clone().rev()).chain(up.clone().map(|v| -v)).collect();
        let mut conductance = 1e-6;
        voltages
            .iter()
            .enumerate()
            .map(|(i, v)| {
                if *v > 0.69 && i <= 20 {
                    conductance = 1e-6 * ratio;
                }
                if *v < -0.49 {
                    conductance = 1e-6;
                }
                Sample { time: i as f64, voltage: *v, current: conductance * v }
            })
            .collect()
    }

    #[test]
    fn jumps_are_found_with_their_branch() {
        let jumps = find(&sweep(50.0), 1e-12);
        assert_eq!(jumps.len(), 2, "{jumps:?}");
        assert_eq!((jumps[0].begin, jumps[0].before, jumps[0].after, jumps[0].end), (0, 13, 14, 20));
        assert!(jumps[0].rises && !jumps[1].rises);
        assert!((jumps[0].time - 13.5).abs() < 1e-12 && (jumps[0].deviation - 0.288_675).abs() < 1e-5);
        assert_eq!((jumps[1].begin, jumps[1].end), (42, 62));
    }

    #[test]
    fn gradual_changes_and_noise_are_no_jumps() {
        assert!(find(&sweep(1.8), 1e-12).is_empty());
        // Below the noise floor nothing counts.
        assert!(find(&sweep(50.0), 1e-5).is_empty());
        let steep: Vec<Sample> = (1..30)
            .map(|i| Sample {
                time: f64::from(i),
                voltage: f64::from(i),
                current: (f64::from(i) * 0.9).exp(),
            })
            .collect();
        assert!(find(&steep, 1e-12).is_empty());
    }
}
