//! Runs the cells along a plan and streams their traces.

use device_models::card::DeviceCard;
use device_models::cycling::CyclingCell;
use device_models::noisy_read::NoisyRead;
use device_models::variability::draw_spread;
use device_models::{CurrentLimit, Flags, OperatingPoint, Surroundings};
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::super::cell::FLAGS_NAME;
use super::plan::{Action, Plan};
use crate::experiment::{Context, ExperimentError};
use crate::record::{Dataset, Record, StreamSpec, Values};

/// Most actions between two writes.
const SLAB: usize = 1024;
/// Aim for the values in memory between two writes.
const VALUES: usize = 2_000_000;

/// What runs.
pub(super) struct Setup<'a> {
    pub(super) card: &'a DeviceCard,
    pub(super) slow: f64,
    pub(super) surroundings: Surroundings,
    pub(super) cells: usize,
    pub(super) spread: bool,
    pub(super) cycling: bool,
    pub(super) read_noise: bool,
    pub(super) read_voltage: f64,
    pub(super) trace: &'a str,
}

/// The extremes met, for the user.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Peak {
    pub(super) current: f64,
    pub(super) voltage: f64,
    pub(super) temperature: f64,
}

struct Cell<'a> {
    state: Vec<f64>,
    spread: Vec<f64>,
    cycling: Option<CyclingCell<'a>>,
    read_noise: Option<NoisyRead>,
    noise: Stream,
    energy: f64,
    flags: Flags,
    since_sample: Flags,
    /// Rows of the columns of one slab.
    rows: Vec<f64>,
}

/// Columns of each cell, in the order of [`Cell::rows`].
fn specification(setup: &Setup<'_>) -> (StreamSpec, Vec<usize>) {
    let variables = setup.card.model.state_variables();
    let states: Vec<usize> = (0..variables.len()).filter(|i| variables[*i].name != "temperature").collect();
    let mut spec = StreamSpec::trace(setup.trace).column("voltage", "V", "applied voltage");
    let mut add = |name: &str, unit: &str, long_name: &str| {
        let spec_now = std::mem::replace(&mut spec, StreamSpec { group: String::new(), columns: Vec::new() });
        spec = if setup.cells == 1 {
            spec_now.column(name, unit, long_name)
        } else {
            spec_now.cells(name, setup.cells, unit, long_name)
        };
    };
    add("current", "A", "current into the active electrode");
    add("conductance", "S", "current over voltage of the cell (dI/dV at 0 V)");
    add("temperature", "K", "temperature of the filament");
    for &i in &states {
        add(&format!("state_{}", variables[i].name), variables[i].unit, variables[i].long_name);
    }
    if setup.surroundings.limit != CurrentLimit::None {
        add("cell_voltage", "V", "voltage across the cell");
    }
    if setup.read_noise {
        add("read_noise", "1", "vacancies that the read sees beside those of the state");
    }
    add("flags", "1", FLAGS_NAME);
    (spec.single(), states)
}

/// Runs all cells to the end of the plan.
pub(super) fn run(
    setup: &Setup<'_>,
    mut plan: Plan<'_>,
    samples: u64,
    context: &Context<'_>,
    record: &mut Record,
) -> Result<Peak, ExperimentError> {
    let (spec, states) = specification(setup);
    let width = spec.columns.len() - 2;
    let stream = record.stream(&spec)?;
    let mut cells: Vec<Cell> = (0..setup.cells).map(|i| Cell::new(setup, context.seed, i)).collect();
    let slab = (VALUES / (setup.cells * width)).clamp(1, SLAB);
    let mut peak = Peak::default();
    context.progress.start("samples", samples);
    loop {
        let actions: Vec<Action> = plan.by_ref().take(slab).collect();
        if actions.is_empty() {
            break;
        }
        cells.par_iter_mut().try_for_each(|cell| {
            context.proceed()?;
            cell.follow(setup, &actions, &states)
        })?;
        let (times, voltages): (Vec<f64>, Vec<f64>) = actions
            .iter()
            .filter_map(|a| if let Action::Sample(t, v) = a { Some((*t, *v)) } else { None })
            .unzip();
        let columns: Vec<Vec<f64>> = (0..width)
            .map(|column| {
                let mut values = Vec::with_capacity(times.len() * cells.len());
                for row in 0..times.len() {
                    values.extend(cells.iter().filter_map(|c| c.rows.get(row * width + column)));
                }
                values
            })
            .collect();
        if let [currents, _, temperatures, ..] = &columns[..] {
            peak.update(currents, temperatures, &voltages, cells.len());
        }
        let mut slices: Vec<&[f64]> = vec![&times, &voltages];
        slices.extend(columns.iter().map(Vec::as_slice));
        record.append(stream, &slices)?;
        context.progress.advance(times.len() as u64);
    }
    finish(setup, &cells, record)?;
    Ok(peak)
}

impl Peak {
    fn update(&mut self, currents: &[f64], temperatures: &[f64], voltages: &[f64], cells: usize) {
        for (row, voltage) in currents.chunks(cells.max(1)).zip(voltages) {
            for current in row {
                if current.abs() > self.current.abs() {
                    (self.current, self.voltage) = (*current, *voltage);
                }
            }
        }
        self.temperature = temperatures.iter().copied().fold(self.temperature, f64::max);
    }
}

impl<'a> Cell<'a> {
    fn new(setup: &Setup<'a>, seed: u64, index: usize) -> Self {
        let device = index as u64;
        let spread = if setup.spread { draw_spread(setup.card, seed, device) } else { Vec::new() };
        let (low, high) = setup.card.model.bounds(&spread);
        Self {
            state: setup.card.model.rest(setup.slow.clamp(low.min(high), high.max(low)), &setup.surroundings),
            cycling: setup.cycling.then(|| CyclingCell::new(setup.card, &spread, seed, device)),
            read_noise: setup
                .card
                .read_noise
                .filter(|_| setup.read_noise)
                .map(|noise| NoisyRead::new(&noise, seed, device)),
            spread,
            noise: Stream::new(seed, Purpose::StateNoise, device, 0),
            energy: 0.0,
            flags: Flags::default(),
            since_sample: Flags::default(),
            rows: Vec::new(),
        }
    }

    /// The cell as it is read, its noise included.
    fn read(
        &self,
        setup: &Setup<'_>,
        voltage: f64,
        around: &Surroundings,
    ) -> Result<OperatingPoint, ExperimentError> {
        let (spread, state) = (&self.spread, &self.state);
        match &self.read_noise {
            Some(read) => read.operating_point(setup.card, spread, state, voltage, around),
            None => setup.card.model.operating_point(spread, state, voltage, around),
        }
        .map_err(|source| fault(setup, source))
    }

    fn follow(
        &mut self,
        setup: &Setup<'_>,
        actions: &[Action],
        states: &[usize],
    ) -> Result<(), ExperimentError> {
        self.rows.clear();
        let model = setup.card.model.as_ref();
        for action in actions {
            match action {
                Action::Move(part) => {
                    let (state, noise) = (&mut self.state, Some(&mut self.noise));
                    let around = &setup.surroundings;
                    let motion = match &mut self.cycling {
                        Some(cycling) => {
                            let motion = cycling.advance(state, part, around, noise);
                            self.spread = cycling.spread_at(state.first().copied().unwrap_or(0.0));
                            motion
                        }
                        None => model.advance(&self.spread, state, part, around, None, noise),
                    }
                    .map_err(|source| fault(setup, source))?;
                    if let Some(read) = &mut self.read_noise {
                        read.elapse(motion.elapsed);
                    }
                    self.energy += motion.energy;
                    self.since_sample = self.since_sample.union(motion.flags);
                    self.flags = self.flags.union(motion.flags);
                }
                Action::Sample(_, voltage) => {
                    let point = self.read(setup, *voltage, &setup.surroundings)?;
                    self.since_sample.compliance |= point.limited;
                    self.flags.compliance |= point.limited;
                    self.rows.extend([point.current, chord(&point), point.temperature]);
                    self.rows.extend(states.iter().filter_map(|i| self.state.get(*i)));
                    if setup.surroundings.limit != CurrentLimit::None {
                        self.rows.push(point.voltage);
                    }
                    if let (Some(read), Some(&slow)) = (&self.read_noise, self.state.first()) {
                        let seen = read.vacancies(setup.card, &self.spread, slow);
                        self.rows.push(f64::from(seen));
                    }
                    self.rows.push(f64::from(self.since_sample.bits()));
                    self.since_sample = Flags::default();
                }
            }
        }
        Ok(())
    }
}

/// I / V, and dI/dV where the voltage vanishes.
fn chord(point: &OperatingPoint) -> f64 {
    if point.voltage.abs() > 1e-6 { point.current / point.voltage } else { point.differential_conductance }
}

fn fault(setup: &Setup<'_>, source: device_models::DeviceError) -> ExperimentError {
    ExperimentError::Device { what: format!("the waveform on card {}", setup.card.name), source }
}

/// Writes what holds for each cell as a whole.
fn finish(setup: &Setup<'_>, cells: &[Cell<'_>], record: &mut Record) -> Result<(), ExperimentError> {
    let read = Surroundings { limit: CurrentLimit::None, ..setup.surroundings };
    let voltage = setup.read_voltage;
    let conductances = cells
        .iter()
        .map(|cell| cell.read(setup, voltage, &read).map(|point| chord(&point)))
        .collect::<Result<Vec<f64>, _>>()?;
    let energies = cells.iter().map(|c| c.energy).collect();
    record.write(&Dataset::vector("/results/energy", energies, "J", "energy dissipated in each cell"))?;
    let name = format!("conductance of each cell at the end, read at {voltage} V");
    record.write(&Dataset::vector("/results/final_conductance", conductances, "S", name))?;
    if let Some(slow) = setup.card.model.state_variables().first() {
        let states = cells.iter().filter_map(|c| c.state.first().copied()).collect();
        let name = format!("{} at the end", slow.long_name);
        record.write(&Dataset::vector("/results/final_state", states, slow.unit, name))?;
    }
    let flags = Values::U8(cells.iter().map(|c| c.flags.bits()).collect());
    record.write(&Dataset::new("/results/flags", vec![cells.len()], flags, "1", FLAGS_NAME))?;
    Ok(())
}
