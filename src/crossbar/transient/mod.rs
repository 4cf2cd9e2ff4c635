//! Arrays of devices that evolve while the circuit is solved again and again.
//!
//! Quasi-static: at every instant the potentials satisfy Kirchhoff's current law with the states of the cells
//! (dx/dt = f(x, v), I = I(x, v), linear wires). A step from t to t + h
//! 1. extrapolates the voltage of every cell along the last step,
//! 2. moves every cell along the ramp between, with its own integrator,
//! 3. solves the array with the new states (Newton iteration, warm start),
//! 4. compares the voltages with the extrapolated ones: the step is accepted when no cell differs by
//!    more than [`TransientOptions::voltage_tolerance`]; the next length follows from the difference (∝ h²).
//!
//! So the drive of every cell is right to the tolerance at any time, and a cell that switches shortens
//! the steps until its lines follow it.
//!
//! **Resting cells.** Most cells of an array hardly move. A cell is not moved in a step while its voltage, its
//! ambient temperature and, by the rate seen when it was last moved, its current stay within the tolerances;
//! it is moved later over all of the time since. At the end of a stage every cell is moved, and before its ambient
//! temperature changes by more than the tolerance, so that no cell has moved at a temperature that came later.
//!
//! Left out: capacitance of lines (their time constants of R C N² are far below a nanosecond at the
//! sizes for which the steps resolve one), and the internal noise of models: a rejected step would draw it again.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | h | length of a step | s |
//! | v | voltage over a cell and what is in series with it | V |
//!
//! Pinned by: `tests/crossbar_transient.rs` (single cell without wires, reference integration of the whole
//! array, tolerance, threads).

mod devices;
mod selector;
mod stage;

use device_models::{CurrentLimit, DeviceModel, Flags, Surroundings};

use super::array::Array;
use super::bias::Bias;
use super::cells::DeviceCells;
use super::error::CrossbarError;
use super::newton::{Newton, NewtonOptions, Start};
use super::solution::Solution;
use devices::{Devices, Which};
pub use selector::ThresholdSelector;
pub use stage::Stage;

/// How accurate, and how long steps may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransientOptions {
    /// Largest difference between the voltage along which a cell is moved and that of the circuit, V.
    pub voltage_tolerance: f64,
    /// Largest relative change of the current of a cell that is left where it is.
    pub current_tolerance: f64,
    /// Largest change of an ambient temperature in one step that does not shorten the next, K.
    pub temperature_tolerance: f64,
    /// Longest step, s.
    pub longest_step: f64,
    /// Of every solution of the array.
    pub newton: NewtonOptions,
}

impl Default for TransientOptions {
    fn default() -> Self {
        Self {
            voltage_tolerance: 1e-3,
            current_tolerance: 1e-3,
            temperature_tolerance: 1.0,
            longest_step: f64::INFINITY,
            newton: NewtonOptions { tolerance: 1e-9, floor: 1e-12, ..NewtonOptions::default() },
        }
    }
}

/// What it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Steps accepted.
    pub steps: u64,
    /// Steps done again with a shorter length.
    pub rejected: u64,
    /// Steps accepted above the tolerance because they could not be shortened.
    pub forced: u64,
    /// Newton iterations.
    pub newton_iterations: u64,
    /// Motions of a cell over a step.
    pub motions: u64,
    /// Motions left for later.
    pub postponed: u64,
    /// Selectors that switched.
    pub switched: u64,
}

/// The devices of an array.
#[derive(Debug, Clone)]
pub struct Population<'a> {
    /// The model of all cells.
    pub model: &'a dyn DeviceModel,
    /// Multipliers of every cell, row after row; empty where all are nominal.
    pub spreads: Vec<Vec<f64>>,
    /// Slow state variable of every cell, row after row.
    pub slow: Vec<f64>,
    /// What is in series with every cell.
    pub limit: CurrentLimit,
    /// Threshold selector in series with every cell, instead of `limit`.
    pub selector: Option<ThresholdSelector>,
    /// Ambient temperature, K.
    pub ambient_temperature: f64,
}

/// An array whose cells evolve.
#[derive(Debug)]
pub struct ArrayTransient<'a> {
    array: Array,
    newton: Newton,
    options: TransientOptions,
    devices: Devices<'a>,
    selector: Option<ThresholdSelector>,
    /// Selectors that are on.
    on: Vec<bool>,
    solution: Solution,
    stage: Option<Stage>,
    /// Time of the beginning of the stage, and since then, s.
    origin: f64,
    elapsed: f64,
    /// Length to try next, s.
    length: f64,
    /// Change of the word and bit nodes per second in the last step, V/s.
    velocities: [Vec<f64>; 2],
    counts: Counts,
}

/// Shortest step, as a share of its stage.
const SHORTEST: f64 = 1e-9;
/// First step of a stage, as a share of it.
const FIRST: f64 = 1e-3;
/// Share of the hold current by which a selector may be late in turning off.
const LACK: f64 = 0.02;

impl<'a> ArrayTransient<'a> {
    /// An array at rest, all lines at 0 V.
    ///
    /// # Errors
    /// When the array, a list or an option is not valid.
    pub fn new(
        array: &Array,
        mut population: Population<'a>,
        options: TransientOptions,
    ) -> Result<Self, CrossbarError> {
        let mut newton = Newton::new(array, options.newton)?;
        let count = array.rows * array.columns;
        check(&population, &options, count)?;
        let selector = population.selector;
        if let Some(selector) = &selector {
            population.limit = selector.limit(false);
        }
        let devices = Devices::new(array.columns, population);
        let rest =
            Bias { word_lines: vec![0.0; array.word_line_count()], bit_lines: vec![0.0; array.columns] };
        let solution = newton.solve(&devices.laws(&devices.states), &rest, None)?;
        Ok(Self {
            array: array.clone(),
            newton,
            options,
            devices,
            selector,
            on: vec![false; count],
            velocities: [vec![0.0; count], vec![0.0; count]],
            solution,
            stage: None,
            origin: 0.0,
            elapsed: 0.0,
            length: f64::INFINITY,
            counts: Counts::default(),
        })
    }

    /// Time since the beginning, s.
    pub fn time(&self) -> f64 {
        self.origin + self.elapsed
    }

    /// The circuit now.
    pub fn solution(&self) -> &Solution {
        &self.solution
    }

    /// Potentials of the terminals now; `None` before the first stage and where one could not begin.
    pub fn bias(&self) -> Option<Bias> {
        self.stage.as_ref().map(|stage| stage.bias_at(self.elapsed))
    }

    /// The states of all cells one after the other; of resting cells, those when they were last moved.
    pub fn states(&self) -> &[f64] {
        &self.devices.states
    }

    /// What the cells do at their present states.
    pub fn laws(&self) -> DeviceCells<'_> {
        self.devices.laws(&self.devices.states)
    }

    /// Multipliers of cell `k`; empty where it is nominal.
    pub fn spread(&self, k: usize) -> &[f64] {
        self.devices.spread(k)
    }

    /// Ambient temperature and what is in series, of every cell.
    pub fn surroundings(&self) -> &[Surroundings] {
        &self.devices.surroundings
    }

    /// Energy dissipated in every cell until it was last moved, J.
    pub fn energies(&self) -> &[f64] {
        &self.devices.energies
    }

    /// What every cell met so far.
    pub fn flags(&self) -> &[Flags] {
        &self.devices.flags
    }

    /// Whether the selector of every cell is on; all false without selectors.
    pub fn selectors_on(&self) -> &[bool] {
        &self.on
    }

    /// What it took so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Sets the ambient temperature of every cell, K, from here on: what others dissipate warms it. A
    /// change beyond the tolerance shortens the next step; cells that have been left where they are are first moved up
    /// to now at the temperature they had.
    ///
    /// # Errors
    /// When the list has another length than there are cells, a value is not above 0 K, or a cell cannot be moved.
    pub fn set_ambient_temperatures(&mut self, temperatures: &[f64]) -> Result<(), CrossbarError> {
        let expected = self.devices.surroundings.len();
        if temperatures.len() != expected {
            let field = "the list of ambient temperatures";
            return Err(CrossbarError::Shape { field, found: temperatures.len(), expected });
        }
        let mut largest = 0.0_f64;
        for (k, &value) in temperatures.iter().enumerate() {
            if !(value > 0.0 && value.is_finite()) {
                let field = format!("the ambient temperature of cell {k}");
                return Err(CrossbarError::Value { field, value, expected: "a temperature above 0 K" });
            }
        }
        let voltages = self.solution.cell_voltages();
        let which = Which::Overtaken(temperatures);
        let trial = in_pool(|| self.devices.advance(self.elapsed, &voltages, which, &self.options))?;
        self.counts.motions += trial.motions;
        self.devices.accept(trial);
        for (around, &value) in self.devices.surroundings.iter_mut().zip(temperatures) {
            largest = largest.max((value - around.ambient_temperature).abs());
            around.ambient_temperature = value;
        }
        if largest > self.options.temperature_tolerance {
            self.length *= (self.options.temperature_tolerance / largest).max(0.1);
        }
        Ok(())
    }

    /// Begins a stage of the drive: the lines go to its first potentials at once.
    ///
    /// # Errors
    /// When the stage does not fit the array, another has not ended, or the array cannot be solved.
    pub fn begin(&mut self, stage: Stage) -> Result<(), CrossbarError> {
        stage.check(&self.array)?;
        if let Some(last) = &self.stage
            && self.elapsed < last.duration
        {
            let field = "the time in the present stage".to_owned();
            let expected = "its end before another begins";
            return Err(CrossbarError::Value { field, value: self.elapsed, expected });
        }
        if let Some(limits) = &stage.limits {
            if self.selector.is_some() {
                let field = "the list of current limits";
                return Err(CrossbarError::Shape { field, found: limits.len(), expected: 0 });
            }
            self.devices.set_limits(limits);
        }
        self.origin += self.elapsed;
        self.elapsed = 0.0;
        // Without a solution there is no stage, and the last one must not begin again.
        self.stage = None;
        in_pool(|| self.jump(&stage))?;
        self.length = (FIRST * stage.duration).min(self.options.longest_step);
        self.stage = Some(stage);
        Ok(())
    }

    /// One accepted step; its duration, or `None` when the stage has ended.
    ///
    /// # Errors
    /// When a cell cannot be moved or the array cannot be solved.
    pub fn step(&mut self) -> Result<Option<f64>, CrossbarError> {
        let Some(stage) = self.stage.take() else { return Ok(None) };
        let outcome =
            if self.elapsed < stage.duration { in_pool(|| self.step_in(&stage)).map(Some) } else { Ok(None) };
        self.stage = Some(stage);
        outcome
    }

    /// Begins a stage and goes to its end; `each` sees the array at its beginning (with a duration of
    /// 0 s) and after every step (with that step's).
    ///
    /// # Errors
    /// As [`ArrayTransient::begin`] and [`ArrayTransient::step`], or what `each` says.
    pub fn run<E: From<CrossbarError>>(
        &mut self,
        stage: Stage,
        mut each: impl FnMut(&mut Self, f64) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin(stage)?;
        each(self, 0.0)?;
        while let Some(duration) = self.step()? {
            each(self, duration)?;
        }
        Ok(())
    }

    fn step_in(&mut self, stage: &Stage) -> Result<f64, CrossbarError> {
        let left = stage.duration - self.elapsed;
        let shortest = SHORTEST * stage.duration;
        loop {
            let wanted = self.length.min(self.options.longest_step).max(shortest);
            let last = wanted >= left;
            // Two halves rather than a long and a tiny last step.
            let length = if last {
                left
            } else if 2.0 * wanted > left {
                0.5 * left
            } else {
                wanted
            };
            let end = if last { stage.duration } else { self.elapsed + length };
            let may_shorten = length > 2.0 * shortest;
            let nodes = self.extrapolated(length);
            let predicted: Vec<f64> = nodes[0].iter().zip(&nodes[1]).map(|(u, w)| u - w).collect();
            // With selectors every cell is moved: any may switch.
            let which = if last || self.selector.is_some() { Which::All } else { Which::Restless };
            let trial = self.devices.advance(end, &predicted, which, &self.options)?;
            self.counts.motions += trial.motions;
            self.counts.postponed += trial.postponed;
            let laws = self.devices.laws(&trial.states);
            let start = Start::Nodes(&nodes[0], &nodes[1]);
            let solution = match self.newton.solve_from(&laws, &stage.bias_at(end), start) {
                Ok(solution) => solution,
                Err(CrossbarError::NotConverged { .. }) if may_shorten => {
                    self.reject(0.2 * length);
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.counts.newton_iterations += solution.iterations as u64;
            let voltages = solution.cell_voltages();
            let error = predicted.iter().zip(&voltages).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            let error = (error / self.options.voltage_tolerance).max(self.lateness(&solution));
            // The error of an extrapolation along a straight line grows with the square of its length.
            let factor = if error > 0.0 { 0.8 / error.sqrt() } else { 4.0 };
            if error > 1.0 && may_shorten {
                self.reject(length * factor.clamp(0.1, 0.7));
                continue;
            }
            self.counts.forced += u64::from(error > 1.0);
            self.counts.steps += 1;
            let now = [&solution.word_nodes, &solution.bit_nodes];
            let before = [&self.solution.word_nodes, &self.solution.bit_nodes];
            for ((velocity, now), before) in self.velocities.iter_mut().zip(now).zip(before) {
                for ((velocity, now), before) in velocity.iter_mut().zip(now).zip(before) {
                    *velocity = (now - before) / length;
                }
            }
            self.devices.accept(trial);
            self.solution = solution;
            self.elapsed = end;
            self.length = length * factor.clamp(0.2, 4.0);
            if self.switch(false) {
                self.jump(stage)?;
                self.length = self.length.min(FIRST * stage.duration);
            }
            return Ok(length);
        }
    }

    fn reject(&mut self, length: f64) {
        self.counts.rejected += 1;
        self.length = length;
    }

    /// Node potentials after `length` seconds along the last step.
    fn extrapolated(&self, length: f64) -> [Vec<f64>; 2] {
        let along = |now: &[f64], velocity: &[f64]| {
            now.iter().zip(velocity).map(|(now, velocity)| now + velocity * length).collect()
        };
        [
            along(&self.solution.word_nodes, &self.velocities[0]),
            along(&self.solution.bit_nodes, &self.velocities[1]),
        ]
    }

    /// Solves the array after the drive or a selector has jumped, all cells as they are, and finds how the
    /// potentials go on from there with the drive.
    fn jump(&mut self, stage: &Stage) -> Result<(), CrossbarError> {
        loop {
            let laws = self.devices.laws(&self.devices.states);
            let start = Start::Nodes(&self.solution.word_nodes, &self.solution.bit_nodes);
            let solution = self.newton.solve_from(&laws, &stage.bias_at(self.elapsed), start)?;
            self.counts.newton_iterations += solution.iterations as u64;
            self.solution = solution;
            // Selectors that the jump turns on may turn on others. None turns off in the same instant.
            if !self.switch(true) {
                break;
            }
        }
        self.devices.jumped(self.elapsed, &self.solution.cell_voltages());
        for velocity in &mut self.velocities {
            velocity.fill(0.0);
        }
        let ahead = FIRST * stage.duration;
        if !stage.is_constant() && self.elapsed + ahead < stage.duration {
            let laws = self.devices.laws(&self.devices.states);
            let start = Start::Nodes(&self.solution.word_nodes, &self.solution.bit_nodes);
            let later = self.newton.solve_from(&laws, &stage.bias_at(self.elapsed + ahead), start)?;
            let now = [&self.solution.word_nodes, &self.solution.bit_nodes];
            let later = [&later.word_nodes, &later.bit_nodes];
            for ((velocity, now), later) in self.velocities.iter_mut().zip(now).zip(later) {
                for ((velocity, now), later) in velocity.iter_mut().zip(now).zip(later) {
                    *velocity = (later - now) / ahead;
                }
            }
        }
        Ok(())
    }

    /// How late the worst selector switches at the end of a step, over what is tolerated.
    fn lateness(&self, solution: &Solution) -> f64 {
        let Some(selector) = &self.selector else { return 0.0 };
        let before_and_after = self.solution.cell_currents.iter().zip(&solution.cell_currents);
        self.on.iter().zip(before_and_after).fold(0.0, |m, (on, (before, after))| {
            let late = match on {
                false => selector.overshoot(*after) / self.options.voltage_tolerance,
                // One that could not hold before either is not late.
                true if selector.switches(true, *before) => 0.0,
                true => selector.lack(*after) / LACK,
            };
            m.max(late)
        })
    }

    /// Switches the selectors that do so at the present currents, those that are off alone where the potentials
    /// have just jumped; whether any did.
    fn switch(&mut self, jumped: bool) -> bool {
        let Some(selector) = self.selector else { return false };
        let before = self.counts.switched;
        for (k, (on, current)) in self.on.iter_mut().zip(&self.solution.cell_currents).enumerate() {
            if !(*on && jumped) && selector.switches(*on, *current) {
                *on = !*on;
                self.devices.set_limit(k, selector.limit(*on));
                self.counts.switched += 1;
            }
        }
        self.counts.switched > before
    }
}

/// Works inside the pool of threads: one entry for a step instead of one for each of its parts.
fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if rayon::current_thread_index().is_some() { work() } else { rayon::scope(|_| work()) }
}

/// Checks lists and options.
fn check(population: &Population<'_>, options: &TransientOptions, cells: usize) -> Result<(), CrossbarError> {
    let (states, spreads) = (population.slow.len(), population.spreads.len());
    if states != cells {
        return Err(CrossbarError::Shape { field: "the list of states", found: states, expected: cells });
    }
    if spreads != cells && spreads != 0 {
        return Err(CrossbarError::Shape { field: "the list of spreads", found: spreads, expected: cells });
    }
    for (field, value) in [
        ("the voltage tolerance", options.voltage_tolerance),
        ("the current tolerance", options.current_tolerance),
        ("the temperature tolerance", options.temperature_tolerance),
        ("the longest step", options.longest_step),
        ("the ambient temperature", population.ambient_temperature),
    ] {
        if value.is_nan() || value <= 0.0 {
            return Err(CrossbarError::Value { field: field.to_owned(), value, expected: "a value above 0" });
        }
    }
    if let Some(selector) = &population.selector {
        selector.check()?;
        if population.limit != CurrentLimit::None {
            let field = "the number of elements in series with a selector's cell".to_owned();
            return Err(CrossbarError::Value {
                field,
                value: 1.0,
                expected: "no current limit beside a selector",
            });
        }
    }
    Ok(())
}
