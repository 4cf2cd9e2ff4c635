//! The trains, on the full model and on tables.

use device_models::card::{DeviceCard, WritePulse};
use device_models::cycling::CyclingCell;
use device_models::pulse::{CellReader, CycleNoise, PulseArray, PulseResponse};
use device_models::variability::draw_spread;
use device_models::{DeviceError, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use crate::experiment::{Context, ExperimentError};

/// Grid points of the tables before refinement, as in the default design of arrays.
const TABLE_POINTS: usize = 65;

/// What is to be run.
pub(super) struct Setup<'a> {
    pub(super) card: &'a DeviceCard,
    pub(super) slow: f64,
    /// SET and RESET.
    pub(super) pulses: [WritePulse; 2],
    pub(super) counts: [u64; 2],
    pub(super) cycles: u64,
    pub(super) cells: usize,
    pub(super) spread: bool,
    pub(super) cycling: bool,
    pub(super) pause: f64,
    pub(super) surroundings: Surroundings,
}

impl Setup<'_> {
    /// Which pulse comes when: 0 SET, 1 RESET.
    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let [set, reset] = self.counts;
        (0..self.cycles).flat_map(move |_| (0..set).map(|_| 0).chain((0..reset).map(|_| 1)))
    }

    fn multipliers(&self, seed: u64, cell: usize) -> Vec<f64> {
        if self.spread { draw_spread(self.card, seed, cell as u64) } else { Vec::new() }
    }

    fn polarity(&self) -> Vec<i8> {
        std::iter::once(0).chain(self.order().map(|which| if which == 0 { 1 } else { -1 })).collect()
    }

    fn fault(&self, source: DeviceError) -> ExperimentError {
        ExperimentError::Device { what: format!("pulses on card {}", self.card.name), source }
    }
}

/// What the trains did.
pub(super) struct Curves {
    pub(super) polarity: Vec<i8>,
    /// Pulses × cells, S.
    pub(super) conductance: Vec<f64>,
    /// Per cell, J.
    pub(super) energy: Vec<f64>,
}

/// One cell on the full model: conductance after each pulse, energy.
fn full_cell(
    setup: &Setup<'_>,
    context: &Context<'_>,
    index: usize,
) -> Result<(Vec<f64>, f64), ExperimentError> {
    let seed = context.seed;
    let model = &setup.card.model;
    let spread = setup.multipliers(seed, index);
    let (low, high) = model.bounds(&spread);
    let mut state = model.rest(setup.slow.max(low).min(high), &setup.surroundings);
    let mut noise = Stream::new(seed, Purpose::StateNoise, index as u64, 0);
    let mut cycling = CyclingCell::new(setup.card, &spread, seed, index as u64);
    let voltage = setup.card.read_voltage;
    let mut energy = 0.0;
    let mut curve = Vec::new();
    let read = |spread: &[f64], state: &[f64]| -> Result<f64, ExperimentError> {
        let point = model.operating_point(spread, state, voltage, &setup.surroundings);
        Ok(point.map_err(|source| setup.fault(source))?.current / voltage)
    };
    curve.push(read(&spread, &state)?);
    for which in setup.order() {
        context.proceed()?;
        let WritePulse { voltage, width } = setup.pulses[which];
        for segment in [Segment::constant(voltage, width), Segment::constant(0.0, setup.pause)] {
            energy += if setup.cycling {
                cycling.advance(&mut state, &segment, &setup.surroundings, Some(&mut noise))
            } else {
                model.advance(&spread, &mut state, &segment, &setup.surroundings, None, Some(&mut noise))
            }
            .map_err(|source| setup.fault(source))?
            .energy;
        }
        curve.push(if setup.cycling {
            read(&cycling.spread_at(state[0]), &state)?
        } else {
            read(&spread, &state)?
        });
    }
    Ok((curve, energy))
}

/// All cells on the full model, in parallel.
pub(super) fn full(setup: &Setup<'_>, context: &Context<'_>) -> Result<Curves, ExperimentError> {
    context.progress.start("cells", setup.cells as u64);
    let cells = (0..setup.cells)
        .into_par_iter()
        .map(|index| {
            context.proceed()?;
            let cell = full_cell(setup, context, index)?;
            context.progress.advance(1);
            Ok(cell)
        })
        .collect::<Result<Vec<_>, ExperimentError>>()?;
    let polarity = setup.polarity();
    let mut conductance = Vec::with_capacity(polarity.len() * cells.len());
    for row in 0..polarity.len() {
        conductance.extend(cells.iter().map(|(curve, _)| curve[row]));
    }
    let energy = cells.iter().map(|(_, energy)| *energy).collect();
    Ok(Curves { polarity, conductance, energy })
}

/// All cells on tables.
pub(super) fn pulse(setup: &Setup<'_>, context: &Context<'_>) -> Result<Curves, ExperimentError> {
    let devices = if setup.spread { setup.cells } else { 1 };
    let ambient = setup.surroundings.ambient_temperature;
    context.progress.start("devices", devices as u64);
    let compile = |index: usize| -> Result<(f64, [PulseResponse; 2]), DeviceError> {
        let cell = CellReader::new(setup.card, setup.multipliers(context.seed, index), ambient)?;
        let table = |which: usize| {
            let key = (context.seed, 2 * index as u64 + which as u64);
            PulseResponse::compile(&cell, &setup.pulses[which], TABLE_POINTS, key)
        };
        Ok((cell.conductance(setup.slow)?, [table(0)?, table(1)?]))
    };
    let tables = (0..devices)
        .into_par_iter()
        .map(|index| {
            context.proceed()?;
            let device = compile(index).map_err(|source| setup.fault(source))?;
            context.progress.advance(1);
            Ok(device)
        })
        .collect::<Result<Vec<_>, ExperimentError>>()?;
    let device: Vec<u16> = (0..setup.cells).map(|cell| if setup.spread { cell as u16 } else { 0 }).collect();
    let start = device.iter().map(|d| tables[usize::from(*d)].0 as f32).collect();
    let written = tables.iter().any(|(_, responses)| responses[0].write_noise > 0.0);
    let mut cells = PulseArray::new(device, start, written);
    let by_pulse: [Vec<&PulseResponse>; 2] =
        [0, 1].map(|which: usize| tables.iter().map(|(_, responses)| &responses[which]).collect());
    let mut conductance: Vec<f64> = cells.readings().iter().map(|g| f64::from(*g)).collect();
    let mut energy = 0.0;
    for (operation, which) in setup.order().enumerate() {
        context.proceed()?;
        energy += cells.pulse_all(&by_pulse[which], CycleNoise::Own, (context.seed, operation as u64));
        conductance.extend(cells.readings().iter().map(|g| f64::from(*g)));
    }
    let energy = vec![energy / setup.cells as f64; setup.cells];
    Ok(Curves { polarity: setup.polarity(), conductance, energy })
}
