//! A filament under a voltage waveform: forming, RESET, SET.
//!
//! Between refreshes rates are constant, so waiting times are exactly exponential; when one passes
//! the next refresh, time goes to the refresh and is drawn anew, which changes nothing for a
//! process without memory. What is refreshed, and when:
//!
//! * potential and temperature, when a vacancy moved and their estimated errors could put the exponent
//!   of a rate off by more than `exponent_tolerance`: q_eff Δφ/kT at ambient temperature, or E ΔT/kT²
//!   with the highest barrier at the hottest site ([`Network::refresh`]);
//! * the voltage on a ramp, in steps (each at its middle voltage) in which no exponent changes by
//!   more than that through the field or the temperature.
//!
//! When the last two events undid each other and the probability of another round trip is at least
//! `return_probability`, all round trips until another event are drawn at once (`superbasin.rs`).
//! The other state's rates are those met there, each with its own fields.
//!
//! The cell conducts linearly, so its share of the applied voltage behind a current limit follows
//! from its conductance alone.
//!
//! Pinned by: `tests/kinetic_monte_carlo_cycle.rs`, `tests/kinetic_monte_carlo_flicker.rs`.

use numerics::rng::Stream;

use super::error::KineticError;
use super::filament::Filament;
use super::lattice::{Lattice, Site};
use super::network::{Network, SolverStatistics, Tolerance};
use super::parameters::Parameters;
use super::rates::{Event, Fields};
use super::superbasin::{Basin, End};
use crate::constants::BOLTZMANN;
use crate::model::{Flags, Segment, Surroundings};

/// How finely a waveform is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// Largest change of the exponent of any rate between refreshes, 1.
    pub exponent_tolerance: f64,
    /// Least probability of a round trip from which they are drawn at once; above 1 never.
    pub return_probability: f64,
    /// Events, round trips drawn at once not counted, after which the cell is given up.
    pub most_events: u64,
}

impl Default for Control {
    fn default() -> Self {
        Self { exponent_tolerance: 0.3, return_probability: 0.5, most_events: 200_000_000 }
    }
}

/// The cell at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Applied voltage at the active electrode, V.
    pub applied: f64,
    /// Voltage across the cell, V.
    pub voltage: f64,
    /// Current into the active electrode, A.
    pub current: f64,
    /// Conductance of the cell, S.
    pub conductance: f64,
    /// Highest temperature of any site, K.
    pub temperature: f64,
    /// Number of vacancies.
    pub vacancies: usize,
    /// Number of ions in the oxide.
    pub ions: usize,
    /// Length without vacancies on the best way between the electrodes, m.
    pub gap: f64,
}

/// Events since the cell was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events {
    /// Simulated one by one.
    pub single: u64,
    /// In round trips drawn at once.
    pub in_round_trips: u64,
}

/// What is known of the events around the present state.
#[derive(Debug, Clone, Copy, Default)]
struct History {
    /// The last event.
    last: Option<Event>,
    /// The event that the last one undid; of the state between the two the rate of all events and that
    /// of the way back, Hz.
    undone: Option<(Event, f64, f64)>,
    /// The event that will not happen next.
    excluded: Option<Event>,
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
    history: History,
    events: Events,
    flags: Flags,
}

impl KineticCell {
    /// A cell of perfect oxide in which a share of the sites, drawn from the stream, are vacancies
    /// with their oxygen stored in the active electrode, as deposited.
    ///
    /// # Errors
    /// When a parameter, the lattice or the control has an impossible value.
    pub fn new(
        lattice: Lattice,
        parameters: Parameters,
        surroundings: Surroundings,
        control: Control,
        mut stream: Stream,
        vacancy_share: f64,
    ) -> Result<Self, KineticError> {
        let mut filament = Filament::new(lattice, parameters)?;
        let positive = [
            ("ambient_temperature", surroundings.ambient_temperature),
            ("exponent_tolerance", control.exponent_tolerance),
        ];
        for (parameter, value) in positive {
            if !(value > 0.0 && value.is_finite()) {
                return Err(KineticError::Parameter { parameter, value, demand: "must be positive" });
            }
        }
        filament.scatter(vacancy_share, &mut stream);
        let mut network = Network::new(lattice, parameters);
        network.update(filament.sites());
        network.refresh(Tolerance { potential: 1e-5, rise: 1e-3 })?;
        let fields = Fields::uniform(&lattice, 0.0, surroundings.ambient_temperature);
        Ok(Self {
            filament,
            network,
            parameters,
            surroundings,
            control,
            stream,
            fields,
            history: History::default(),
            events: Events::default(),
            flags: Flags::default(),
        })
    }

    /// The filament.
    pub fn filament(&self) -> &Filament {
        &self.filament
    }

    /// Work of the solver so far.
    pub fn statistics(&self) -> SolverStatistics {
        self.network.statistics()
    }

    /// Events so far.
    pub fn events(&self) -> Events {
        self.events
    }

    /// Limits reached since they were last asked for: compliance, overheating, barriers below zero
    /// (`field_capped`).
    pub fn take_flags(&mut self) -> Flags {
        std::mem::take(&mut self.flags)
    }

    /// Replaces what stands in series with the cell.
    pub fn surround(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
    }

    /// Drives the cell along a segment from one time to a later one, both from its beginning.
    ///
    /// # Errors
    /// When a field does not converge, or too many events happen.
    pub fn follow(&mut self, segment: &Segment, from: f64, to: f64) -> Result<(), KineticError> {
        let mut time = from;
        while time < to {
            let step = self.ramp_step(segment, time);
            let end = if time + step < to { time + step } else { to };
            let (voltage, limited) = self.set_fields(segment.voltage_at(0.5 * (time + end)));
            self.flags.compliance |= limited;
            self.flags.field_capped |= self.filament.capped();
            self.flags.overheated |= self.hottest(voltage) > self.parameters.overheated;
            while time < end {
                let (elapsed, event) = self.step(end - time);
                time = if elapsed < end - time { time + elapsed } else { end };
                let Some(event) = event else { continue };
                if self.events.single >= self.control.most_events {
                    return Err(KineticError::TooManyEvents { events: self.events.single, time });
                }
                let changes = event.conduction_changes();
                for site in changes.into_iter().flatten() {
                    self.network.change(self.filament.sites(), site);
                }
                if changes != [None, None] && self.network.refresh(self.tolerance(voltage))? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// How far the fields may be off at a voltage: by the tolerance in the exponent of a rate.
    fn tolerance(&self, voltage: f64) -> Tolerance {
        let ambient = self.surroundings.ambient_temperature;
        let voltage = voltage.abs().max(1e-3);
        let hottest = self.hottest(voltage);
        let law = self.filament.law();
        let kelvin = self.control.exponent_tolerance * BOLTZMANN * hottest * hottest / law.highest_barrier();
        Tolerance {
            // At low voltages, where no rate depends on it, the traces should still be smooth.
            potential: (self.control.exponent_tolerance / (law.sensitivity(ambient) * voltage)).min(0.02),
            rise: kelvin.min(0.02 * (hottest - ambient)).max(1e-3) / (voltage * voltage),
        }
    }

    /// Waits for the next event, at most for `left`; returns the time passed and the last event.
    fn step(&mut self, left: f64) -> (f64, Option<Event>) {
        if let Some(result) = self.leave_basin(left) {
            return result;
        }
        let elapsed = self.filament.waiting_time(&mut self.stream);
        // Without an event in the time, what was known of the next one no longer holds.
        let excluded = self.history.excluded.take();
        if elapsed >= left {
            return (left, None);
        }
        (elapsed, self.fire(excluded))
    }

    /// Draws all round trips between two states at once, where it is worth it.
    fn leave_basin(&mut self, left: f64) -> Option<(f64, Option<Event>)> {
        let (there, second, back) = self.history.undone?;
        let basin =
            Basin { first: self.filament.total_rate(), there: self.filament.rate_of(there), second, back };
        // Rates may vanish.
        let returning = basin.returning();
        if returning.is_nan() || returning < self.control.return_probability {
            return None;
        }
        let leave = basin.leave(&mut self.stream, left);
        self.events.in_round_trips += 2 * leave.round_trips;
        self.history = History::default();
        let event = match leave.end {
            End::UpInFirst => None,
            End::Leaves => self.fire(Some(there)),
            End::UpInSecond | End::Enters => {
                self.happen(there);
                self.history.excluded = (leave.end == End::Enters).then(|| there.reverse());
                Some(there)
            }
        };
        Some((leave.elapsed, event))
    }

    /// Lets the next event happen.
    fn fire(&mut self, excluded: Option<Event>) -> Option<Event> {
        // The rates of the state that is left are gone afterwards.
        let total = self.filament.total_rate();
        let back = self.history.last.map(|last| (last, self.filament.rate_of(last.reverse())));
        let event = match excluded {
            Some(excluded) => self.filament.fire_another(&mut self.stream, excluded),
            None => self.filament.fire(&mut self.stream),
        }?;
        self.events.single += 1;
        let undone = back.filter(|(last, _)| last.reverse() == event);
        self.history.undone = undone.map(|(last, rate)| (last, total, rate));
        self.history.last = Some(event);
        Some(event)
    }

    /// Lets this event happen.
    fn happen(&mut self, event: Event) {
        self.filament.apply(event);
        self.events.single += 1;
        self.history.last = Some(event);
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

    /// Potential (V) and temperature (K) of every site at an applied voltage.
    pub fn fields_at(&self, applied: f64) -> (Vec<f64>, Vec<f64>) {
        let (voltage, _) = self.share(applied);
        let ambient = self.surroundings.ambient_temperature;
        (
            self.network.potential().iter().map(|u| voltage * u).collect(),
            self.network.rise().iter().map(|rise| ambient + rise.max(0.0) * voltage * voltage).collect(),
        )
    }

    /// The cell as it is, at an applied voltage.
    pub fn sample(&mut self, applied: f64) -> Sample {
        let (voltage, limited) = self.share(applied);
        self.flags.compliance |= limited;
        Sample {
            applied,
            voltage,
            current: self.network.total() * voltage,
            conductance: self.network.total(),
            temperature: self.hottest(voltage),
            vacancies: self.filament.count(Site::Vacancy),
            ions: self.filament.count(Site::Ion),
            gap: self.filament.gap(),
        }
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
