//! The block from statistics by moments, in closed form, then corrected by sampling.
//!
//! Per level, with v the variance and m the mean of the change, r(t, T) = ⟨p⟩⟨1 − exp(−k t)⟩ of
//! [`Moments`]:
//! * E₁ from where the variance's line over log t meets that of the white noise (series at one
//!   temperature; a bake alone does not show it);
//! * c ⟨a²⟩ and c ⟨a⟩ by least squares of v and m on n r;
//! * s from the excess kurtosis: κ₄/κ₂² = e^{4s²}/(c n r);
//! * c from the robust width beside the standard deviation: few traps leave many cells alone;
//! * q from ⟨a⟩/⟨|a|⟩, A from ⟨a²⟩;
//! * white noise from the robust width at the shortest time (traps leave most cells alone then), or from
//!   the floor of time series.
//!
//! Neighbouring levels are averaged with weights 1 : 2 : 1: one level's moments rest on a few hundred
//! cells with heavy tails. (Weights by the precision of the variances would favour the levels in which by
//! chance no large jump fell, and make all variances too small.) Cells held at zero, and traps in the robust width, are outside the closed
//! form; so the fitted cells are sampled and the targets moved by what the sample misses.
//!
//! W from time series ([`super::noise`]); loss from hot bakes: [`super::loss`].
//!
//! Pinned by: `tests/fit_relaxation.rs`.

use device_models::relaxation::{Level, MOST_PLACES, Moments, Relaxation};
use numerics::statistics::line;

use super::measured::Measured;
use super::statistics::{Cellular, Levels};
use super::{CHARGE, FitError, compare, loss, noise, statistics};

/// Rounds of correction, cells sampled for each fitted one, and the seed of these samples.
const ROUNDS: usize = 10;
const COPIES: u64 = 8;
const SEED: u64 = 0x5eed;
/// E₁ is sought in this range, J.
const BARRIERS: (f64, f64) = (0.3 * CHARGE, 0.85 * CHARGE);
/// s is sought in this range.
const SPREADS: (f64, f64) = (0.2, 1.7);
/// Range of c, and where its search begins.
const OCCUPANCIES: (f64, f64) = (0.02, 1.0);
const START: f64 = 0.2;
/// Programmed conductances below this many standard deviations of the change reach zero.
const NEAR_ZERO: f64 = 3.0;
/// E₁ where nothing shows it, J.
const DEFAULT_BARRIER: f64 = 0.55 * CHARGE;

/// What the user knows beside the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Levels of programmed conductance.
    pub levels: Levels,
    /// Attempt frequency ν, Hz.
    pub attempt_frequency: f64,
    /// Highest barrier E₂, J.
    pub highest_barrier: f64,
    /// Asymmetry W where there is no time series, J.
    pub asymmetry: f64,
    /// Temperature of time series, K.
    pub temperature: f64,
    /// Sampling rate of time series, Hz.
    pub rate: f64,
}

/// The statistics of one level that the closed form is asked for.
#[derive(Debug, Clone, PartialEq)]
struct Target {
    conductance: f64,
    points: Vec<Cellular>,
    read_noise: f64,
    occupancy: f64,
    loss_barrier: f64,
}

/// What is averaged over neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    lowest_barrier: f64,
    log_second: f64,
    mean_to_width: f64,
    spread_squared: f64,
    log_occupancy: f64,
    read_noise: f64,
}

/// Fits the block to these cells.
///
/// # Errors
/// When no level has enough cells.
pub fn estimate(measured: &Measured, options: &Options) -> Result<Relaxation, FitError> {
    let found = statistics::of(measured, &options.levels);
    let cells: Vec<noise::CellNoise> =
        measured.series.iter().filter_map(|s| noise::of(s, options.rate)).collect();
    let floor = cells.iter().map(|c| c.floor).fold(f64::INFINITY, f64::min);
    let white = if floor.is_finite() { (0.5 * floor * options.rate).sqrt() } else { 0.0 };
    let (lossy, mut targets) = targets(&found, options, white);
    if targets.is_empty() {
        let message = format!(
            "no level of the range has {} cells whose changes vary in any condition; check the conductances, raise --g-max or lower --levels",
            statistics::FEWEST_CELLS
        );
        return Err(FitError::Data { message });
    }
    let wanted = targets.clone();
    let mut relaxation = Relaxation {
        places: MOST_PLACES,
        attempt_frequency: options.attempt_frequency,
        highest_barrier: options.highest_barrier,
        asymmetry: options.asymmetry,
        loss: lossy.as_ref().map(|l| l.loss),
        levels: Vec::new(),
    };
    let hot = lossy.as_ref().map_or(f64::INFINITY, |l| l.coldest);
    for round in 0..=ROUNDS {
        relaxation.levels = solve(&targets, &relaxation, hot);
        if let Some(asymmetry) = noise::asymmetry(&relaxation, &cells, options.temperature, options.rate) {
            relaxation.asymmetry = asymmetry;
            relaxation.levels = solve(&targets, &relaxation, hot);
        }
        determined(&relaxation)?;
        if round == ROUNDS {
            break;
        }
        let sampled = compare::sample(&relaxation, measured, COPIES, SEED + round as u64);
        let sampled = statistics::of(&sampled, &options.levels);
        correct(&mut targets, &wanted, &sampled, cells.is_empty(), hot, 1.0 / (1.5 + 0.5 * round as f64));
    }
    Ok(relaxation)
}

/// Refuses a block without levels or with one that is no number.
fn determined(relaxation: &Relaxation) -> Result<(), FitError> {
    if relaxation.levels.is_empty() {
        let message =
            "the variance of no level grows with time; traps need series whose changes widen after the write";
        return Err(FitError::Data { message: message.to_owned() });
    }
    let finite = |l: &Level| {
        [
            l.occupancy,
            l.lowest_barrier,
            l.rise_share,
            l.amplitude,
            l.amplitude_spread,
            l.read_noise,
            l.loss_barrier,
        ]
        .iter()
        .all(|value| value.is_finite())
    };
    match relaxation.levels.iter().find(|level| !finite(level)) {
        None => Ok(()),
        Some(level) => Err(FitError::Data {
            message: format!(
                "the level at {:.3e} S is not determined; check temperatures, times and units of the files",
                level.conductance
            ),
        }),
    }
}

fn targets(found: &[Cellular], options: &Options, white: f64) -> (Option<loss::Found>, Vec<Target>) {
    let lossy = loss::find(found);
    let mut targets = Vec::new();
    for level in 0..options.levels.count {
        let points: Vec<Cellular> = found.iter().filter(|s| s.level == level).cloned().collect();
        if points.is_empty() {
            continue;
        }
        let conductance = points.iter().map(|p| p.conductance).sum::<f64>() / points.len() as f64;
        let shortest = points.iter().min_by(|a, b| a.time.total_cmp(&b.time));
        let series = is_series(&points);
        let width = shortest.filter(|_| series).map_or(white, |p| 0.5 * p.summary.robust_width);
        let loss_barrier = lossy.as_ref().map_or(0.0, |l| l.barrier(conductance));
        targets.push(Target { conductance, points, read_noise: width, occupancy: START, loss_barrier });
    }
    (lossy, targets)
}

/// Three times or more at one temperature.
fn is_series(points: &[Cellular]) -> bool {
    points.len() >= 3 && points.windows(2).all(|p| (p[0].temperature - p[1].temperature).abs() < 1e-6)
}

/// The levels that meet the targets in closed form.
fn solve(targets: &[Target], relaxation: &Relaxation, hot: f64) -> Vec<Level> {
    let shapes: Vec<Option<Shape>> = targets.iter().map(|t| shape(t, relaxation, hot)).collect();
    let averaged = |i: usize| -> Option<Shape> {
        let near = [(i.checked_sub(1), 1.0), (Some(i), 2.0), (Some(i + 1), 1.0)];
        let near: Vec<(&Shape, f64)> = (near.into_iter())
            .filter_map(|(at, weight)| Some((shapes.get(at?)?.as_ref()?, weight)))
            .collect();
        let total: f64 = near.iter().map(|(_, w)| w).sum();
        let mean = |f: fn(&Shape) -> f64| near.iter().map(|(s, w)| f(s) * w).sum::<f64>() / total;
        (total > 0.0).then(|| Shape {
            lowest_barrier: mean(|s| s.lowest_barrier),
            log_second: mean(|s| s.log_second),
            mean_to_width: mean(|s| s.mean_to_width),
            spread_squared: mean(|s| s.spread_squared),
            log_occupancy: mean(|s| s.log_occupancy),
            read_noise: mean(|s| s.read_noise),
        })
    };
    (targets.iter().enumerate())
        .filter_map(|(i, target)| {
            let shape = averaged(i)?;
            let spread = shape.spread_squared.sqrt();
            // ⟨a²⟩ = A² e^{2s²}; ⟨a⟩ = (2q − 1) A e^{s²/2}; both were found times c.
            let amplitude = (0.5 * (shape.log_second - shape.log_occupancy) - shape.spread_squared).exp();
            let bias = shape.mean_to_width * (0.5 * (shape.spread_squared - shape.log_occupancy)).exp();
            Some(Level {
                conductance: target.conductance,
                occupancy: shape.log_occupancy.exp(),
                lowest_barrier: shape.lowest_barrier,
                rise_share: (0.5 + 0.5 * bias).clamp(0.0, 1.0),
                amplitude,
                amplitude_spread: spread,
                read_noise: shape.read_noise,
                loss_barrier: target.loss_barrier,
            })
        })
        .collect()
}

/// The shape of one level from its targets; `None` when its variance does not grow.
fn shape(target: &Target, relaxation: &Relaxation, hot: f64) -> Option<Shape> {
    let points: Vec<&Cellular> = target.points.iter().filter(|p| p.temperature < hot).collect();
    let white = 2.0 * target.read_noise * target.read_noise;
    let n = f64::from(relaxation.places);
    let reach = |lowest_barrier: f64, p: &Cellular| {
        let level = Level { lowest_barrier, ..Level::default() };
        let moments = Moments::of_level(relaxation, level);
        n * moments.displaced_share(p.temperature) * moments.relaxed(p.time, p.temperature)
    };
    let through = |value: &dyn Fn(&Cellular) -> f64| {
        line(&points.iter().map(|p| (p.time.log10(), value(p))).collect::<Vec<_>>())
    };
    let (lowest_barrier, second) = if is_series(&target.points) {
        let (slope, intercept) = through(&|p| p.summary.variance - white);
        let wanted = intercept / slope;
        // The line through n r meets zero the later the higher E₁ is.
        let (mut low, mut high) = BARRIERS;
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            let (slope, intercept) = through(&|p| reach(middle, p));
            if intercept / slope > wanted { low = middle } else { high = middle }
        }
        let barrier = 0.5 * (low + high);
        (barrier, slope / through(&|p| reach(barrier, p)).0)
    } else {
        let logs: Vec<f64> = (points.iter())
            .map(|p| ((p.summary.variance - white) / reach(DEFAULT_BARRIER, p)).ln())
            .filter(|v| v.is_finite())
            .collect();
        (DEFAULT_BARRIER, (logs.iter().sum::<f64>() / logs.len() as f64).exp())
    };
    let reach = |p: &Cellular| reach(lowest_barrier, p);
    let (mut top, mut bottom) = (0.0, 0.0);
    for p in &points {
        top += p.summary.mean * reach(p);
        bottom += reach(p) * reach(p);
    }
    // Logarithmic mean over the conditions of e^{4s²} = κ₄ c n r/κ₂², κ₂ without the white noise.
    let logs: Vec<f64> = (points.iter())
        .filter_map(|p| {
            let own = p.summary.variance - white;
            let fourth = p.summary.kurtosis.max(0.1) * p.summary.variance * p.summary.variance;
            (own > 0.0).then(|| (fourth / (own * own) * reach(p) * target.occupancy).ln())
        })
        .collect();
    let log_fourth = logs.iter().sum::<f64>() / logs.len() as f64;
    let spread_squared = (0.25 * log_fourth).clamp(SPREADS.0 * SPREADS.0, SPREADS.1 * SPREADS.1);
    (second > 0.0 && spread_squared.is_finite()).then(|| Shape {
        lowest_barrier,
        log_second: second.ln(),
        mean_to_width: top / bottom / second.sqrt(),
        spread_squared,
        log_occupancy: target.occupancy.ln(),
        read_noise: target.read_noise,
    })
}

/// Moves the targets by what the sampled cells miss; bakes at `hot` and above do not count. `gain` falls
/// from round to round, so that the sampling errors average out.
fn correct(
    targets: &mut [Target],
    wanted: &[Target],
    sampled: &[Cellular],
    white: bool,
    hot: f64,
    gain: f64,
) {
    for (target, wanted) in targets.iter_mut().zip(wanted) {
        let shortest = wanted.points.iter().map(|p| p.time).fold(f64::INFINITY, f64::min);
        let widest = wanted.points.iter().map(|p| p.summary.variance).fold(0.0, f64::max).sqrt();
        // Only there some cells end at zero; elsewhere the closed form of mean and variance is exact.
        let ends_at_zero = wanted.conductance < NEAR_ZERO * widest;
        let series = is_series(&wanted.points);
        let mut widths = Vec::new();
        for (point, goal) in target.points.iter_mut().zip(&wanted.points) {
            let same = |s: &&Cellular| {
                s.level == goal.level
                    && s.time.total_cmp(&goal.time).is_eq()
                    && s.temperature.total_cmp(&goal.temperature).is_eq()
            };
            let Some(sample) = sampled.iter().find(same).filter(|_| goal.temperature < hot) else { continue };
            let (goal_is, ours) = (&goal.summary, &sample.summary);
            if ends_at_zero {
                let ratio = (goal_is.variance / ours.variance).clamp(0.5, 2.0);
                point.summary.variance *= ratio.powf(gain);
                point.summary.mean += gain * (goal_is.mean - ours.mean);
            }
            let width = (goal_is.robust_width / ours.robust_width).clamp(0.5, 2.0).ln();
            if series && white && goal.time.total_cmp(&shortest).is_eq() {
                target.read_noise *= (gain * width).exp();
            } else {
                widths.push(width);
            }
        }
        let mean = widths.iter().sum::<f64>() / widths.len().max(1) as f64;
        let occupancy = target.occupancy * (2.0 * gain * mean).exp();
        target.occupancy = occupancy.clamp(OCCUPANCIES.0, OCCUPANCIES.1);
    }
}
