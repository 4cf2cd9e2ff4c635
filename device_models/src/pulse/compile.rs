//! Compiles the table of a pulse from the full model.
//!
//! The table holds the change of the conductance. Refinement: between two points the model is evaluated
//! at the middle, which becomes a point, and at both quarters, where the straight lines to it are judged.
//! Deviations above [`TOLERANCE`] of the cell's range, or above [`STEP_TOLERANCE`] of the largest change,
//! send both halves through the same, down to 2^-[`DEPTH`] of an interval of the axis. The largest
//! deviation at the quarters of what is accepted is the reported error. An edge that is steeper still,
//! where a pulse runs away from one start and not from its neighbour, is left as one straight line; how
//! wide the starts are for which this happens is reported too.
//!
//! Noise: at the ends of all intervals draws of the full model with its own noise, the same random numbers at
//! all conductances, so that means and deviations are smooth: [`SAMPLES`].0 at least, and until the
//! standard error of the mean is below [`TOLERANCE`] or there are [`SAMPLES`].1. The difference of their
//! mean from the deterministic response enters the table where it exceeds four standard errors. What is
//! stored is the Gaussian that has this mean and deviation after it is cut at the ends of the range.

use std::collections::BTreeMap;

use super::reader::CellReader;
use super::response::{Axis, Outcome, PulseResponse};
use crate::card::WritePulse;
use crate::error::DeviceError;

/// Deviation of a straight line from the model that is accepted, as a share of the cell's range.
const TOLERANCE: f64 = 0.001;
/// The same as a share of the largest change that the pulse makes.
const STEP_TOLERANCE: f64 = 0.02;
/// Halvings of an interval of the axis at most.
const DEPTH: u32 = 10;
/// Fewest and most draws at each conductance.
const SAMPLES: (u64, u64) = (64, 512);
/// Iterations towards the Gaussian before its cut.
const CUT_ITERATIONS: usize = 20;
/// Draws that tell whether a card has noise at all.
const PILOT: (u64, u64) = (4, 4);

/// Deterministic change (S) and energy (J) at positions in 2^-[`DEPTH`] of an interval.
type Points = BTreeMap<u32, (f64, f64)>;

/// What draws at one conductance differ by from the deterministic response, S.
#[derive(Debug, Clone, Copy)]
struct Noise {
    shift: f64,
    deviation: f64,
    /// Standard error of the mean.
    error: f64,
    /// Smallest and largest conductance drawn.
    reached: (f64, f64),
}

/// Mean and deviation of the Gaussian that has these after it is cut to low..high: fixed-point iteration.
fn before_cutting(mean: f64, deviation: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let room = (mean - low).min(high - mean);
    if deviation <= 0.0 || room > 4.0 * deviation {
        return (mean, deviation);
    }
    let (mut centre, mut width) = (mean, deviation);
    for _ in 0..CUT_ITERATIONS {
        let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for k in -40..=40 {
            let z = 0.1 * f64::from(k);
            let w = (-0.5 * z * z).exp();
            let value = (centre + width * z).max(low).min(high) - mean;
            weight += w;
            sum += w * value;
            squares += w * value * value;
        }
        let shift = sum / weight;
        let cut = (squares / weight - shift * shift).max(0.0).sqrt();
        centre -= shift;
        // A cell held at its end cannot scatter as far as was drawn: at most threefold.
        width = (width * deviation / cut.max(1e-3 * deviation)).min(3.0 * deviation);
    }
    (centre, width)
}

struct Compiler<'a> {
    cell: &'a CellReader<'a>,
    pulse: &'a WritePulse,
    axis: Axis,
    tolerance: f64,
    /// [`TOLERANCE`] of the range, S.
    enough: f64,
    known: Points,
    kept: Points,
    max_error: f64,
    unresolved: f64,
}

impl Compiler<'_> {
    fn position(at: u32) -> f64 {
        f64::from(at) / f64::from(1_u32 << DEPTH)
    }

    fn evaluate(&mut self, at: u32) -> Result<(f64, f64), DeviceError> {
        if let Some(value) = self.known.get(&at) {
            return Ok(*value);
        }
        let g = self.axis.conductance(Self::position(at));
        let (after, energy) = self.cell.after_pulse(self.cell.slow_state(g)?, self.pulse, None)?;
        let value = (after - g, energy);
        self.known.insert(at, value);
        Ok(value)
    }

    fn keep(&mut self, at: u32) -> Result<(), DeviceError> {
        let value = self.evaluate(at)?;
        self.kept.insert(at, value);
        Ok(())
    }

    fn refine(&mut self, from: u32, to: u32) -> Result<(), DeviceError> {
        let middle = from + (to - from) / 2;
        self.keep(middle)?;
        let mut worst = 0.0_f64;
        if to - from >= 4 {
            for (a, b) in [(from, middle), (middle, to)] {
                let quarter = a + (b - a) / 2;
                let (left, right) = (self.evaluate(a)?.0, self.evaluate(b)?.0);
                worst = worst.max((self.evaluate(quarter)?.0 - 0.5 * (left + right)).abs());
            }
            if worst > self.tolerance {
                self.refine(from, middle)?;
                return self.refine(middle, to);
            }
        } else {
            // The end of refinement: of a response that rises or falls throughout, a straight line is off
            // by less than the jump.
            let [left, at, right] = [from, middle, to].map(|i| self.known.get(&i).map_or(0.0, |v| v.0));
            worst = (at - left).abs().max((right - at).abs());
            if worst > self.enough {
                let end = |at: u32| self.axis.conductance(Self::position(at));
                self.unresolved += end(to) - end(from);
                return Ok(());
            }
        }
        self.max_error = self.max_error.max(worst);
        Ok(())
    }

    /// The kept points as intervals of equal parts.
    fn table(&self) -> (Vec<(u32, u32)>, Vec<Outcome>) {
        let whole = 1_u32 << DEPTH;
        let (mut intervals, mut points) = (Vec::new(), Vec::new());
        for interval in 0..self.axis.intervals() as u32 {
            let (begin, end) = (interval * whole, (interval + 1) * whole);
            let here: Vec<(u32, (f64, f64))> =
                self.kept.range(begin..=end).map(|(at, value)| (*at, *value)).collect();
            let gaps = here.windows(2).map(|pair| pair[1].0 - pair[0].0);
            let parts = whole / gaps.min().unwrap_or(whole);
            intervals.push((points.len() as u32, parts));
            let mut next = 1;
            for part in 0..=parts {
                let at = begin + part * (whole / parts);
                while next + 1 < here.len() && here[next].0 < at {
                    next += 1;
                }
                let ((a, (g0, e0)), (b, (g1, e1))) = (here[next - 1], here[next]);
                let share = f64::from(at - a) / f64::from(b - a);
                points.push(Outcome {
                    change: (g0 + share * (g1 - g0)) as f32,
                    deviation: 0.0,
                    energy: (e0 + share * (e1 - e0)) as f32,
                });
            }
        }
        (intervals, points)
    }

    /// The card's own noise at a position, with the key (seed, device) and the fewest and most draws.
    fn noise(
        &self,
        position: f64,
        (seed, device): (u64, u64),
        (fewest, most): (u64, u64),
    ) -> Result<Noise, DeviceError> {
        let slow = self.cell.slow_state(self.axis.conductance(position))?;
        let base = self.cell.after_pulse(slow, self.pulse, None)?.0;
        let (mut sum, mut squares) = (0.0, 0.0);
        let (mut mean, mut deviation, mut error) = (0.0, 0.0, f64::INFINITY);
        let mut reached = (base, base);
        for sample in 0..most {
            let after = self.cell.draw_pulse(slow, self.pulse, (seed, device, sample))?.0;
            reached = (reached.0.min(after), reached.1.max(after));
            let moved = after - base;
            sum += moved;
            squares += moved * moved;
            let n = sample as f64 + 1.0;
            if sample + 1 >= fewest {
                mean = sum / n;
                deviation = ((squares / n - mean * mean).max(0.0) * n / (n - 1.0)).sqrt();
                error = deviation / n.sqrt();
                if error < self.enough {
                    break;
                }
            }
        }
        let shift = if mean.abs() > 4.0 * error { mean } else { 0.0 };
        Ok(Noise { shift, deviation, error, reached })
    }
}

impl PulseResponse {
    /// Tabulates `pulse` on at least `points` conductances over the cell's whole range, with the card's own
    /// noise drawn under the key (seed, device).
    ///
    /// # Errors
    /// When the model cannot follow the pulse from some state.
    pub fn compile(
        cell: &CellReader<'_>,
        pulse: &WritePulse,
        points: usize,
        key: (u64, u64),
    ) -> Result<Self, DeviceError> {
        let (mut response, compiler) = Self::deterministic(cell, pulse, points)?;
        response.add_noise(&compiler, key)?;
        Ok(response)
    }

    /// As [`PulseResponse::compile`], without noise.
    ///
    /// # Errors
    /// When the model cannot follow the pulse from some state.
    pub fn compile_mean(
        cell: &CellReader<'_>,
        pulse: &WritePulse,
        points: usize,
    ) -> Result<Self, DeviceError> {
        Ok(Self::deterministic(cell, pulse, points)?.0)
    }

    fn deterministic<'a>(
        cell: &'a CellReader<'a>,
        pulse: &'a WritePulse,
        points: usize,
    ) -> Result<(Self, Compiler<'a>), DeviceError> {
        let intervals = points.max(3) - 1;
        let (low, high) = cell.range();
        let axis = Axis::new(low, high, intervals);
        let mut compiler = Compiler {
            cell,
            pulse,
            axis,
            tolerance: TOLERANCE * (high - low).max(1e-6 * high),
            enough: TOLERANCE * (high - low).max(1e-6 * high),
            known: Points::new(),
            kept: Points::new(),
            max_error: 0.0,
            unresolved: 0.0,
        };
        let whole = 1 << DEPTH;
        for interval in 0..=intervals as u32 {
            compiler.keep(interval * whole)?;
        }
        let largest = compiler.kept.values().map(|(change, _)| change.abs()).fold(0.0, f64::max);
        if largest > 0.0 {
            compiler.tolerance = compiler.tolerance.min(STEP_TOLERANCE * largest).max(1e-6 * (high - low));
        }
        for interval in 0..intervals as u32 {
            compiler.refine(interval * whole, (interval + 1) * whole)?;
        }
        let (parts, table) = compiler.table();
        let response = Self {
            axis,
            intervals: parts,
            points: table,
            limits: (low as f32, high as f32),
            noisy: false,
            write_noise: cell.write_noise() as f32,
            max_error: compiler.max_error,
            unresolved: compiler.unresolved,
            sampling_error: 0.0,
        };
        Ok((response, compiler))
    }

    fn add_noise(&mut self, compiler: &Compiler<'_>, key: (u64, u64)) -> Result<(), DeviceError> {
        let intervals = self.axis.intervals();
        let mut found = self.write_noise > 0.0;
        for k in [0, intervals / 4, intervals / 2, 3 * intervals / 4, intervals] {
            found |= compiler.noise(k as f64, key, PILOT)?.deviation > 1e-6 * compiler.enough;
        }
        self.noisy = found;
        if !found {
            return Ok(());
        }
        let noise: Vec<Noise> =
            (0..=intervals).map(|k| compiler.noise(k as f64, key, SAMPLES)).collect::<Result<_, _>>()?;
        self.sampling_error = noise.iter().map(|n| n.error).fold(0.0, f64::max);
        let (low, high) = noise
            .iter()
            .fold(compiler.cell.range(), |(low, high), n| (low.min(n.reached.0), high.max(n.reached.1)));
        self.limits = (low as f32, high as f32);
        for (interval, (first, parts)) in self.intervals.iter().enumerate() {
            for part in 0..=*parts {
                let position = interval as f64 + f64::from(part) / f64::from(*parts);
                let share = position - interval as f64;
                let (left, right) = (&noise[interval], &noise[interval + 1]);
                let between = |of: fn(&Noise) -> f64| of(left) + share * (of(right) - of(left));
                let point = &mut self.points[(first + part) as usize];
                let g = self.axis.conductance(position);
                let mean = (g + f64::from(point.change) + between(|n| n.shift)).max(low).min(high);
                let (centre, width) = before_cutting(mean, between(|n| n.deviation), (low, high));
                (point.change, point.deviation) = ((centre - g) as f32, width as f32);
            }
        }
        Ok(())
    }
}
