//! A filament under a voltage waveform: forming, RESET, SET.
//!
//! Between refreshes rates are constant, so waiting times are exactly exponential; when one passes
//! the next refresh, time goes to the refresh and is drawn anew, which changes nothing for a
//! process without memory. What is refreshed, and when:
//!
//! * potential and temperature, when the changes of potential that the events since the last
//!   solution call for ([`Network::change`]) add up to more than the exponent of any rate may
//!   change, `exponent_tolerance`;
//! * the voltage on a ramp, in steps (each at its middle voltage) in which no exponent changes by
//!   more than that through the field or the temperature.
//!
//! The cell conducts linearly, so its share of the applied voltage behind a current limit follows
//! from its conductance alone.
//!
//! Pinned by: `tests/kinetic_monte_carlo_cycle.rs`.

use numerics::rng::Stream;

use super::error::KineticError;
use super::filament::Filament;
use super::lattice::{Lattice, Site};
use super::network::{Network, SolverStatistics};
use super::parameters::Parameters;
use super::rates::Fields;
use crate::constants::BOLTZMANN;
use crate::model::{Flags, Segment, Surroundings};

/// How finely a waveform is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// Largest change of the exponent of any rate between refreshes, 1.
    pub exponent_tolerance: f64,
    /// Samples of the trace in each segment.
    pub samples: usize,
    /// Events in one waveform after which it is given up.
    pub most_events: u64,
}

impl Default for Control {
    fn default() -> Self {
        Self { exponent_tolerance: 0.3, samples: 50, most_events: 200_000_000 }
    }
}

/// One sample of the cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Time since the beginning of the waveform, s.
    pub time: f64,
    /// Applied voltage at the active electrode, V.
    pub applied: f64,
    /// Voltage across the cell, V.
    pub voltage: f64,
    /// Current into the active electrode, A.
    pub current: f64,
    /// Highest temperature of any site, K.
    pub temperature: f64,
    /// Number of vacancies.
    pub vacancies: usize,
    /// Events since the beginning of the waveform.
    pub events: u64,
}

/// What a waveform did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Samples in time.
    pub samples: Vec<Sample>,
    /// Occupation at the end of each segment.
    pub snapshots: Vec<Vec<Site>>,
    /// Limits reached: compliance, overheating, barriers below zero (`field_capped`).
    pub flags: Flags,
}

/// A filament with its fields and its random stream.
#[derive(Debug, Clone)]
pub struct KineticCell {
    filament: Filament,
    network: Network,
    parameters: Parameters,
    surroundings: Surroundings,
    control: Control,
    stream: Stream,
    fields: Fields,
}

impl KineticCell {
    /// A cell of perfect oxide.
    ///
    /// # Errors
    /// When a parameter, the lattice or the control has an impossible value.
    pub fn new(
        lattice: Lattice,
        parameters: Parameters,
        surroundings: Surroundings,
        control: Control,
        stream: Stream,
    ) -> Result<Self, KineticError> {
        let filament = Filament::new(lattice, parameters)?;
        let positive = [
            ("ambient_temperature", surroundings.ambient_temperature),
            ("exponent_tolerance", control.exponent_tolerance),
        ];
        for (parameter, value) in positive {
            if !(value > 0.0 && value.is_finite()) {
                return Err(KineticError::Parameter { parameter, value, demand: "must be positive" });
            }
        }
        let fields = Fields::uniform(&lattice, 0.0, surroundings.ambient_temperature);
        let network = Network::new(lattice, parameters);
        Ok(Self { filament, network, parameters, surroundings, control, stream, fields })
    }

    /// The filament.
    pub fn filament(&self) -> &Filament {
        &self.filament
    }

    /// Scatters vacancies over a share of the sites, their oxygen stored in the active electrode.
    pub fn scatter(&mut self, share: f64) {
        self.filament.scatter(share, &mut self.stream);
    }

    /// Work of the solver so far.
    pub fn statistics(&self) -> SolverStatistics {
        self.network.statistics()
    }

    /// Replaces what stands in series with the cell.
    pub fn surround(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
    }

    /// Drives the cell through the segments.
    ///
    /// # Errors
    /// When a field does not converge, or too many events happen.
    pub fn drive(&mut self, segments: &[Segment]) -> Result<Trace, KineticError> {
        let mut trace = Trace::default();
        let (mut begin, mut events) = (0.0, 0);
        for segment in segments {
            self.network.update(self.filament.sites());
            self.solve(segment.start_voltage.abs().max(segment.end_voltage.abs()))?;
            let samples = self.control.samples.max(1);
            for k in 0..samples {
                let at = |k: usize| segment.duration * k as f64 / samples as f64;
                self.sample(&mut trace, begin + at(k), segment.voltage_at(at(k)), events);
                self.advance(segment, at(k), at(k + 1), begin, &mut events, &mut trace.flags)?;
            }
            begin += segment.duration;
            self.sample(&mut trace, begin, segment.end_voltage, events);
            trace.snapshots.push(self.filament.sites().to_vec());
        }
        Ok(trace)
    }

    fn advance(
        &mut self,
        segment: &Segment,
        from: f64,
        to: f64,
        begin: f64,
        events: &mut u64,
        flags: &mut Flags,
    ) -> Result<(), KineticError> {
        let mut time = from;
        while time < to {
            let step = self.ramp_step(segment, time);
            let end = if time + step < to { time + step } else { to };
            let (voltage, limited) = self.set_fields(segment.voltage_at(0.5 * (time + end)));
            flags.compliance |= limited;
            flags.field_capped |= self.filament.capped();
            flags.overheated |= self.hottest(voltage) > self.parameters.overheated;
            // How far, over the voltage, potentials may be off before a new solution.
            let tolerance = self.potential_tolerance(voltage.abs());
            let mut stale = 0.0;
            while stale <= tolerance {
                time += self.filament.waiting_time(&mut self.stream);
                if time >= end {
                    time = end;
                    break;
                }
                let Some(event) = self.filament.fire(&mut self.stream) else { break };
                *events += 1;
                if *events >= self.control.most_events {
                    return Err(KineticError::TooManyEvents { events: *events, time: begin + time });
                }
                for site in event.conduction_changes().into_iter().flatten() {
                    stale += self.network.change(self.filament.sites(), site);
                }
            }
            if stale > 0.0 {
                self.solve(voltage.abs())?;
            }
        }
        Ok(())
    }

    /// Potentials over the voltage may be off by this much.
    fn potential_tolerance(&self, voltage: f64) -> f64 {
        let sensitivity = self.filament.law().sensitivity(self.surroundings.ambient_temperature);
        self.control.exponent_tolerance / (sensitivity * voltage.max(1e-3))
    }

    fn solve(&mut self, voltage: f64) -> Result<(), KineticError> {
        self.network.solve((0.05 * self.potential_tolerance(voltage)).min(1e-3))
    }

    /// The time in which no rate's exponent changes by more than the tolerance on a ramp, s.
    fn ramp_step(&self, segment: &Segment, time: f64) -> f64 {
        let slope = ((segment.end_voltage - segment.start_voltage) / segment.duration).abs();
        let ambient = self.surroundings.ambient_temperature;
        let (voltage, _) = self.share(segment.voltage_at(time));
        let rise = self.network.rise().iter().copied().fold(0.0, f64::max);
        let field = self.filament.law().sensitivity(ambient) * self.network.steepest();
        let temperature = ambient + rise * voltage * voltage;
        let heat = self.filament.law().highest_barrier() / (BOLTZMANN * temperature * temperature);
        let rate = slope * (field + heat * 2.0 * rise * voltage.abs());
        // Heat alone does not show at 0 V: its square is bounded too.
        let largest = 0.05 / slope.max(f64::MIN_POSITIVE);
        (self.control.exponent_tolerance / rate.max(f64::MIN_POSITIVE)).min(largest)
    }

    /// The cell's share of an applied voltage, and whether its current is held at the limit.
    fn share(&self, applied: f64) -> (f64, bool) {
        let total = self.network.total();
        let share = self.surroundings.limit.share(applied.abs(), |v| (total * v, total));
        (share.voltage.copysign(applied), share.limited)
    }

    /// Sets potentials and temperatures at an applied voltage.
    fn set_fields(&mut self, applied: f64) -> (f64, bool) {
        let (voltage, limited) = self.share(applied);
        self.fields.active_potential = voltage;
        for (potential, u) in self.fields.potential.iter_mut().zip(self.network.potential()) {
            *potential = voltage * u;
        }
        for (temperature, rise) in self.fields.temperature.iter_mut().zip(self.network.rise()) {
            *temperature = self.surroundings.ambient_temperature + rise.max(0.0) * voltage * voltage;
        }
        self.filament.set_fields(&self.fields);
        (voltage, limited)
    }

    fn hottest(&self, voltage: f64) -> f64 {
        let rise = self.network.rise().iter().copied().fold(0.0, f64::max);
        self.surroundings.ambient_temperature + rise * voltage * voltage
    }

    fn sample(&self, trace: &mut Trace, time: f64, applied: f64, events: u64) {
        let (voltage, limited) = self.share(applied);
        trace.flags.compliance |= limited;
        trace.samples.push(Sample {
            time,
            applied,
            voltage,
            current: self.network.total() * voltage,
            temperature: self.hottest(voltage),
            vacancies: self.filament.vacancies(),
            events,
        });
    }
}

/// One slice y = `row` of an occupation in text, the active electrode on top: `#` vacancy, `o` ion.
pub fn picture(lattice: &Lattice, sites: &[Site], row: usize) -> String {
    let mut text = String::new();
    for z in (0..lattice.size[2]).rev() {
        for x in 0..lattice.size[0] {
            text.push(match sites[lattice.index(x, row, z)] {
                Site::Oxide => '.',
                Site::Vacancy => '#',
                Site::Ion => 'o',
            });
        }
        text.push('\n');
    }
    text
}
