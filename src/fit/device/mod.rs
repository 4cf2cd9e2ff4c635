//! Fit of a compact model's parameters to a measurement: an I-V sweep or a train of pulses.
//!
//! * [`Data`] – the measurement, from CSV with units in the header.
//! * [`Free`] – a free parameter and the range in which it is sought.
//! * `residuals`, `jumps` – the distance of data and model in units of the noise.
//! * `search` – Levenberg–Marquardt from several starts.
//! * `uncertainty` – standard errors, correlations, what is not determined.
//! * [`card_text`], [`write_record`] – what is kept.
//!
//! The model is the full one of the card, without internal noise, on one cell that starts at rest. It
//! works for every model of the registry: nothing here knows an equation.
//!
//! Pinned by: `tests/fit_device.rs`.

mod card;
mod data;
mod jumps;
mod predict;
mod record;
mod residuals;
mod search;
mod space;
mod table;
mod uncertainty;

use std::sync::atomic::Ordering;

use device_models::card::DeviceCard;
use device_models::{Flags, Surroundings};

use super::FitError;
use residuals::{Problem, chi_square};
use space::Space;

pub use card::{card_text, plus_minus, short};
pub use data::{Data, Measurement, Pulse, Sample};
pub use record::write_record;
pub use residuals::Noise;
pub use space::{Free, INITIAL_STATE};

/// Relative noise when none is given; the residuals then say how large it is.
const RELATIVE: f64 = 0.05;
/// Noise floor when none is given, as a share of the largest value.
const FLOOR: f64 = 1e-6;
/// Weight below which a value counts as left out in what is shown.
const LEAST_WEIGHT: f64 = 0.1;
/// Known noise: χ²_red from which the model is said to miss the data.
const MISSED: f64 = 3.0;

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Names of the free parameters; [`INITIAL_STATE`] is the state before the measurement.
    pub free: Vec<String>,
    /// Ranges instead of the documented ones: `name=lo..hi` with units.
    pub ranges: Vec<String>,
    /// State before the measurement: a state of the card or a quantity.
    pub initial_state: String,
    /// What surrounds the cell.
    pub surroundings: Surroundings,
    /// Voltage at which the conductances of a train of pulses were read, V; the card's by default.
    pub read_voltage: Option<f64>,
    /// Relative noise of the data; estimated from the residuals by default.
    pub relative_noise: Option<f64>,
    /// Noise floor, A or S; a millionth of the largest value by default.
    pub noise_floor: Option<f64>,
    /// Number of searches.
    pub starts: usize,
    /// Seed of the random starting points.
    pub seed: u64,
}

/// A fitted parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The parameter, its start and its range.
    pub parameter: Free,
    /// The best value, SI.
    pub value: f64,
    /// Its standard error, SI; `None` where the data do not determine it.
    pub error: Option<f64>,
}

/// An abrupt transition of the data and the model's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JumpTimes {
    /// When the data jump, s.
    pub data: f64,
    /// When the model jumps, s.
    pub model: f64,
    /// Standard deviation of the data's time, s.
    pub deviation: f64,
}

/// The result of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The fitted parameters.
    pub parameters: Vec<Fitted>,
    /// Their correlations, row by row; NaN where there is no standard error.
    pub correlations: Vec<Vec<f64>>,
    /// The model's currents or conductances at the data.
    pub values: Vec<f64>,
    /// Those of the base card, where it can be evaluated.
    pub start_values: Option<Vec<f64>>,
    /// Residuals in units of the noise, given or estimated; NaN where a value is left out.
    pub residuals: Vec<f64>,
    /// Abrupt transitions.
    pub jumps: Vec<JumpTimes>,
    /// The noise the residuals refer to.
    pub noise: Noise,
    /// The noise was given; otherwise standard errors are scaled by √χ²_red.
    pub noise_given: bool,
    /// χ² over the degrees of freedom.
    pub reduced_chi_square: f64,
    /// Root mean square of the relative deviation (of the deviation over the transformed scale).
    pub rms: f64,
    /// Starts that found this minimum, and all.
    pub agreeing: (usize, usize),
    /// Evaluations of the model, and those that failed.
    pub evaluations: (usize, usize),
    /// What the model's motion reached.
    pub flags: Flags,
    /// What was assumed.
    pub notes: Vec<String>,
    /// What the user must know before using the result.
    pub warnings: Vec<String>,
}

/// Fits the free parameters of `card` to `data`.
///
/// # Errors
/// When a setting or the data cannot be used, or the model fails at every start.
pub fn fit(card: &DeviceCard, data: &Data, settings: &Settings) -> Result<Fit, FitError> {
    let mut notes = data.notes.clone();
    let problem = problem(card, data, settings, &mut notes)?;
    let start = problem.space.start();
    let best = search::search(&problem, settings.starts, settings.seed).ok_or_else(|| FitError::NoFit {
        message: format!(
            "the model {} fails at the base card and at every random start; check --initial-state, voltages and ranges",
            card.entry.name
        ),
    })?;
    let prediction =
        problem.predict(&best.q).map_err(|error| FitError::NoFit { message: error.to_string() })?;
    let weights = problem.weights(&prediction);
    let counted = chi_square(&weights) + problem.jumps.len() as f64;
    let freedom = (counted - best.q.len() as f64).max(1.0);
    let reduced_chi_square = chi_square(&best.residuals) / freedom;
    let noise_given = settings.relative_noise.is_some();
    let scale = if noise_given || reduced_chi_square <= 0.0 { 1.0 } else { reduced_chi_square.sqrt() };
    let column = |j: usize| problem.cautious_column(&best.q, &best.residuals, j);
    let jacobian = search::columns(best.q.len(), column);
    let found = uncertainty::uncertainty(&problem.space.free, &best.q, &jacobian, scale);
    let rows = best.residuals.iter().zip(&weights);
    let residuals: Vec<f64> =
        rows.map(|(r, w)| if *w < LEAST_WEIGHT { f64::NAN } else { r / (w * scale) }).collect();
    let used: Vec<f64> = residuals.iter().map(|r| r * scale).filter(|r| !r.is_nan()).collect();
    let rms = problem.noise.relative * (chi_square(&used) / used.len().max(1) as f64).sqrt();
    let mut warnings = found.warnings;
    if !best.converged {
        warnings.push("the search ran out of evaluations before it converged".into());
    }
    if noise_given && reduced_chi_square > MISSED {
        warnings.push(format!(
            "the model misses the data: reduced chi-square {reduced_chi_square:.3} for the noise given; standard errors are too small"
        ));
    }
    let values = problem.space.free.iter().zip(&best.q).map(|(p, q)| p.value(*q));
    let parameters = problem
        .space
        .free
        .iter()
        .zip(values)
        .zip(found.errors)
        .map(|((parameter, value), error)| Fitted { parameter: parameter.clone(), value, error })
        .collect();
    let jumps = problem.jumps.iter().zip(&prediction.transitions);
    Ok(Fit {
        parameters,
        correlations: found.correlations,
        start_values: problem.predict(&start).ok().map(|p| p.values),
        jumps: jumps
            .map(|(jump, t)| JumpTimes { data: jump.time, model: t.time, deviation: jump.deviation })
            .collect(),
        values: prediction.values,
        residuals,
        noise: problem.noise,
        noise_given,
        reduced_chi_square,
        rms,
        agreeing: (best.agreeing, settings.starts),
        evaluations: (problem.evaluations.load(Ordering::Relaxed), problem.failures.load(Ordering::Relaxed)),
        flags: prediction.flags,
        notes,
        warnings,
    })
}

/// Checks the settings against card and data.
fn problem<'a>(
    card: &'a DeviceCard,
    data: &'a Data,
    settings: &Settings,
    notes: &mut Vec<String>,
) -> Result<Problem<'a>, FitError> {
    let initial = card.slow_state(&settings.initial_state)?;
    let space = Space::new(card, &settings.free, &settings.ranges, initial, notes)?;
    if data.len() <= space.free.len() {
        return Err(FitError::Data {
            path: data.path.clone(),
            message: format!(
                "holds {} rows, too few for {} free parameters; give more data or free fewer",
                data.len(),
                space.free.len()
            ),
        });
    }
    let largest = data.values().iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let noise = Noise {
        relative: settings.relative_noise.unwrap_or(RELATIVE),
        floor: settings.noise_floor.unwrap_or(FLOOR * largest),
    };
    if settings.noise_floor.is_none() {
        notes.push(format!(
            "noise floor: {:.3e} {}, a millionth of the largest value",
            noise.floor,
            data.unit()
        ));
    }
    let read_voltage = settings.read_voltage.unwrap_or(card.read_voltage);
    Ok(Problem::new(space, data, noise, settings.surroundings, read_voltage))
}
