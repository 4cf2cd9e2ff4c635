//! The seam between one cell and everything above it: [`DeviceModel`].
//!
//! A cell is a small state and two functions of it: the current at a voltage
//! ([`DeviceModel::operating_point`]) and the motion of the state under a drive for a duration
//! ([`DeviceModel::advance`]). Every published model stands behind this trait, and arrays,
//! mapping and learning know nothing else of a device.
//!
//! Conventions:
//! * SI units throughout.
//! * A state is a slice of `state_variables().len()` numbers. Its **first** variable is the slow
//!   one that stores the information; the others (temperature, internal voltages) relax to
//!   [`DeviceModel::rest`] when the bias is removed.
//! * A cell differs from the card by `spread`: one multiplier for each name in
//!   [`DeviceModel::spread_parameters`]; an empty slice is the nominal device.
//! * Nothing clips silently: what hit a bound or left its validity range is in [`Flags`].

use std::fmt::Debug;

use numerics::rng::Stream;

use crate::conductance_step::law::StepDevice;
use crate::error::DeviceError;
use crate::limit::CurrentLimit;

/// One variable of a model's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateVariable {
    /// Name in records: `state_<name>` (or plain `temperature`).
    pub name: &'static str,
    /// SI unit.
    pub unit: &'static str,
    /// What it means, in words.
    pub long_name: &'static str,
}

/// One parameter a card of a model must give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// Name in cards.
    pub name: &'static str,
    /// Symbol in the source paper.
    pub symbol: &'static str,
    /// SI unit (`"1"` for pure numbers); cards may use any unit of the same dimension.
    pub unit: &'static str,
    /// Range the source documents, in the SI unit; outside it a card is read with a warning.
    pub documented: Option<(f64, f64)>,
    /// What it means, in words.
    pub meaning: &'static str,
    /// A list of any length: written as numbers with commas and one unit at the end, and handed to
    /// the model as `name[0]`, `name[1]` ….
    pub list: bool,
}

/// A linear ramp of the applied voltage (a step when both ends are equal).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Applied voltage at the beginning, V.
    pub start_voltage: f64,
    /// Applied voltage at the end, V.
    pub end_voltage: f64,
    /// Duration, s.
    pub duration: f64,
}

impl Segment {
    /// A constant voltage.
    pub fn constant(voltage: f64, duration: f64) -> Self {
        Self { start_voltage: voltage, end_voltage: voltage, duration }
    }

    /// Applied voltage `time` seconds after the beginning, V.
    pub fn voltage_at(&self, time: f64) -> f64 {
        if self.duration > 0.0 {
            let share = (time / self.duration).clamp(0.0, 1.0);
            self.start_voltage + (self.end_voltage - self.start_voltage) * share
        } else {
            self.end_voltage
        }
    }
}

/// A cell whose spread goes over from one to another while its slow state moves, as from one cycle
/// to the next (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020)).
#[derive(Debug, Clone, PartialEq)]
pub struct Morph {
    /// Multipliers at the beginning of the half cycle.
    pub from: Vec<f64>,
    /// Multipliers at its end; also those that bound the state.
    pub to: Vec<f64>,
    /// Slow state at the beginning.
    pub start: f64,
    /// Slow state at which the change is complete: the bound towards which the half cycle drives.
    pub end: f64,
}

impl Morph {
    /// Share of the change done at slow state `slow`, 0 to 1.
    pub(crate) fn share(start: f64, end: f64, slow: f64) -> f64 {
        let whole = end - start;
        if whole == 0.0 { 1.0 } else { ((slow - start) / whole).clamp(0.0, 1.0) }
    }

    /// The multipliers at slow state `slow`.
    pub fn spread_at(&self, slow: f64) -> Vec<f64> {
        let share = Self::share(self.start, self.end, slow);
        self.from.iter().zip(&self.to).map(|(a, b)| a + (b - a) * share).collect()
    }
}

/// What surrounds the cell while it is driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings {
    /// Ambient temperature, K.
    pub ambient_temperature: f64,
    /// What stands in series with the cell and limits its current.
    pub limit: CurrentLimit,
}

/// The cell's electrical answer at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// Voltage across the cell, V (below the applied one behind a current limit).
    pub voltage: f64,
    /// Current into the active electrode, A.
    pub current: f64,
    /// Differential conductance dI/dV of the cell at that voltage, S.
    pub differential_conductance: f64,
    /// Temperature of the filament, K.
    pub temperature: f64,
    /// The current is held at its limit (ideal compliance, saturated transistor).
    pub limited: bool,
}

/// A condition on |I| that ends an [`DeviceModel::advance`] early.
///
/// A rise counts at once when the current is already above; a fall counts only after the current
/// has been at or above the value within the same motion, so that a ramp may start at 0 V.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Crossing {
    /// The magnitude of the current first exceeds this value, A.
    Above(f64),
    /// The magnitude of the current first falls below this value, A.
    Below(f64),
}

/// Things a user must be told about a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// The state reached its lower bound.
    pub lower_bound: bool,
    /// The state reached its upper bound.
    pub upper_bound: bool,
    /// The compliance limited the current.
    pub compliance: bool,
    /// The filament exceeded the temperature up to which the model is physically meaningful.
    pub overheated: bool,
    /// The driving field left the range in which the model's rates are defined.
    pub field_capped: bool,
}

impl Flags {
    /// What the bits of [`Flags::bits`] mean: the long name of datasets of flags.
    pub const LEGEND: &'static str =
        "flags: 1 lower bound, 2 upper bound, 4 compliance, 8 overheated, 16 field capped";

    /// Either of the two motions' flags.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            lower_bound: self.lower_bound | other.lower_bound,
            upper_bound: self.upper_bound | other.upper_bound,
            compliance: self.compliance | other.compliance,
            overheated: self.overheated | other.overheated,
            field_capped: self.field_capped | other.field_capped,
        }
    }

    /// One bit each, in the order of the fields, lowest first: the form in records.
    pub fn bits(self) -> u8 {
        u8::from(self.lower_bound)
            | u8::from(self.upper_bound) << 1
            | u8::from(self.compliance) << 2
            | u8::from(self.overheated) << 3
            | u8::from(self.field_capped) << 4
    }
}

/// What happened during an [`DeviceModel::advance`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Motion {
    /// Time that passed, s: the segment's duration, or less when the stop condition was met.
    pub elapsed: f64,
    /// The stop condition was met.
    pub crossed: bool,
    /// Energy dissipated in the cell, J.
    pub energy: f64,
    /// What hit a bound or left its validity range.
    pub flags: Flags,
    /// Accepted integration steps.
    pub steps: u32,
    /// Evaluations of the model's right-hand side.
    pub evaluations: u32,
}

/// One published model of a resistive-memory cell with the parameters of one card.
pub trait DeviceModel: Send + Sync + Debug {
    /// The model's name in cards.
    fn name(&self) -> &'static str;

    /// The variables of the state, slow one first.
    fn state_variables(&self) -> &'static [StateVariable];

    /// Names of the parameters that may differ from cell to cell.
    fn spread_parameters(&self) -> &'static [&'static str];

    /// The multipliers of one device drawn from a distribution that is part of the model; `None` for
    /// models whose cards give windows instead.
    fn draw_device(&self, _stream: &mut Stream) -> Option<Vec<f64>> {
        None
    }

    /// Sign of the voltage that raises the conductance (SET): −1 or +1.
    fn set_polarity(&self) -> f64;

    /// How much one vacancy more changes the first state variable of this cell; `None` when the
    /// model does not count vacancies.
    fn single_vacancy(&self, _spread: &[f64]) -> Option<f64> {
        None
    }

    /// True when the conductance at rest says all that a cell remembers: one slow variable, with which the
    /// conductance rises or falls throughout. Pulse tables need it.
    fn conductance_is_memory(&self) -> bool {
        true
    }

    /// What one pulse does to this cell, for the models that are nothing else (conductance-step devices):
    /// the form in which arrays hold them.
    fn step_device(&self, _spread: &[f64]) -> Option<StepDevice> {
        None
    }

    /// True when [`DeviceModel::advance`] moves or reads otherwise with a stream of random numbers than without.
    fn moves_at_random(&self) -> bool {
        false
    }

    /// Lowest and highest value of the first state variable for this cell.
    fn bounds(&self, spread: &[f64]) -> (f64, f64);

    /// The state whose slow variable is `slow`, at rest at the ambient temperature.
    fn rest(&self, slow: f64, surroundings: &Surroundings) -> Vec<f64>;

    /// Current, slope and temperature at an applied voltage, the state held.
    ///
    /// # Errors
    /// When the internal equations have no solution at this voltage.
    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError>;

    /// Moves the state along one segment of the drive, until its end or until `stop`.
    ///
    /// Energy is ∫ V I dt over the cell (not over what limits its current).
    ///
    /// With `noise`, models that have internal noise draw it from the stream; without, the
    /// motion is the deterministic one.
    ///
    /// # Errors
    /// When the integration cannot proceed; the state is then left where it got to.
    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError>;

    /// Standard deviation, S, that the noise of a pulse adds to the conductance read after it and not to
    /// the slow state from which the next pulse starts.
    fn write_noise(&self) -> f64 {
        0.0
    }

    /// As [`DeviceModel::advance`], for a cell whose spread changes on the way. A model that does not
    /// know this takes the later spread from the beginning.
    ///
    /// # Errors
    /// As [`DeviceModel::advance`].
    fn advance_morphing(
        &self,
        morph: &Morph,
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        self.advance(&morph.to, state, segment, surroundings, stop, noise)
    }
}
