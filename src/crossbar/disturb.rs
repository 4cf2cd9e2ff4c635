//! Half-select disturb: how many pulses at less than the writing voltage a cell endures.
//!
//! Under V/2 every cell on the lines of the written one sees half the voltage for as long as the pulse lasts.
//! Between pulses nothing moves and the filament comes to its temperature within a small part of a
//! pulse, so that n pulses of width w are one stress of duration n w: the number of half-selects is the
//! time to switch at the voltage of the cell, divided by w.
//!
//! Validity: pulses long against the thermal time constant of the filament (16 ps in JART VCM v1b); the
//! voltage of the cell does not change until it switches.
//!
//! Reference: SET kinetics of JART VCM v1b, C. Bengel et al., IEEE TCAS-I 67, 4618 (2020),
//! doi:10.1109/TCSI.2020.3018502.
//! Pinned by: `tests/crossbar_disturb.rs` (1.3e7 half-selects of 10 ns at 293 K and 7.7e4 at 353 K from −1.1 V).

use device_models::{Crossing, DeviceError, DeviceModel, Segment, Surroundings};
use rayon::prelude::*;

/// A cell at rest that is about to be stressed.
#[derive(Debug, Clone, PartialEq)]
pub struct RestingCell {
    /// Multipliers of its parameters.
    pub spread: Vec<f64>,
    /// Slow state variable.
    pub slow: f64,
}

/// A train of pulses and what counts as switched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stress {
    /// Width of a pulse, s.
    pub width: f64,
    /// Most pulses.
    pub pulses: f64,
    /// A cell has switched once |I/V| exceeds this conductance, S.
    pub threshold: f64,
}

/// Number of pulses after which a cell has switched at a voltage (V); infinity if it never does within the train.
///
/// # Errors
/// When the model fails.
pub fn pulses_to_switch(
    model: &dyn DeviceModel,
    cell: &RestingCell,
    voltage: f64,
    surroundings: &Surroundings,
    stress: &Stress,
) -> Result<f64, DeviceError> {
    if voltage == 0.0 {
        return Ok(f64::INFINITY);
    }
    let mut state = model.rest(cell.slow, surroundings);
    let motion = model.advance(
        &cell.spread,
        &mut state,
        &Segment::constant(voltage, stress.pulses * stress.width),
        surroundings,
        Some(Crossing::Above(stress.threshold * voltage.abs())),
        None,
    )?;
    Ok(if motion.crossed { motion.elapsed / stress.width } else { f64::INFINITY })
}

/// The same for every cell of an array at its own voltage, V.
///
/// # Errors
/// When the model fails: the number of the cell and why.
pub fn of_array(
    model: &dyn DeviceModel,
    cells: &[RestingCell],
    voltages: &[f64],
    surroundings: &Surroundings,
    stress: &Stress,
) -> Result<Vec<f64>, (usize, DeviceError)> {
    let pulses: Vec<Result<f64, (usize, DeviceError)>> = cells
        .par_iter()
        .zip(voltages)
        .enumerate()
        .map(|(k, (cell, voltage))| {
            pulses_to_switch(model, cell, *voltage, surroundings, stress).map_err(|source| (k, source))
        })
        .collect();
    // In their order: which error is returned must not depend on the threads.
    pulses.into_iter().collect()
}
