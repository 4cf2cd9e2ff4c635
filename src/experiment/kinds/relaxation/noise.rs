//! Read noise of single cells: a trace at a fixed rate, its spectrum and power law.

use device_models::relaxation::{Cell, Moments, Relaxation as Block};
use numerics::rng::{Purpose, Stream};
use numerics::spectrum::{Spectrum, welch};
use rayon::prelude::*;

use super::{NoiseTrace, Relaxation};
use crate::experiment::{Context, ExperimentError};
use crate::record::{Dataset, Record, Values};

/// Segments of Welch's method in a trace, at least.
const SEGMENTS: usize = 4;
/// Cells over which the typical density is averaged.
const TYPICAL: u64 = 1000;
const CONDUCTANCE: &str = "/results/conductance";
const FREQUENCY: &str = "/results/noise/frequency";
const TIME: &str = "/results/noise/time";

struct Trace {
    reads: Vec<f64>,
    spectrum: Spectrum,
}

/// Reads one cell of each conductance and writes `/results/noise`.
pub(super) fn run(
    study: &Relaxation,
    spec: &NoiseTrace,
    block: &Block,
    context: &Context<'_>,
    record: &mut Record,
) -> Result<Vec<String>, ExperimentError> {
    let conductances = study.conductances.values();
    let temperature = study.temperatures.values().first().copied().unwrap_or(f64::NAN);
    let rate = spec.sample_rate.0;
    context.progress.start("noise", conductances.len() as u64);
    let traces = (conductances.par_iter().enumerate())
        .map(|(number, &conductance)| {
            context.proceed()?;
            // Beyond the devices of the relaxation.
            let device = u64::MAX - number as u64;
            let mut cell = [Cell::new(conductance)];
            let mut noise = Stream::new(context.seed, Purpose::ReadNoise, device, 0);
            block.elapse(&mut cell, device, context.seed, spec.rest.0, temperature);
            let reads: Vec<f64> = (0..spec.samples)
                .map(|_| {
                    block.elapse(&mut cell, device, context.seed, 1.0 / rate, temperature);
                    block.read(&cell[0], &mut noise)
                })
                .collect();
            let spectrum = welch(&reads, rate, spec.samples / SEGMENTS)
                .unwrap_or(Spectrum { frequency: Vec::new(), density: Vec::new() });
            context.progress.advance(1);
            Ok(Trace { reads, spectrum })
        })
        .collect::<Result<Vec<Trace>, ExperimentError>>()?;
    let lowest = rate * SEGMENTS as f64 / spec.samples as f64;
    let laws: Vec<(f64, f64)> =
        traces.iter().map(|t| t.spectrum.power_law(4.0 * lowest, 0.25 * rate)).collect();
    let expected: Vec<f64> =
        (conductances.iter()).map(|g| Moments::new(block, *g).spectrum(1.0, temperature) / (g * g)).collect();
    let typical: Vec<f64> = (conductances.iter())
        .map(|g| {
            let cell = Cell::new(*g);
            let white = 2.0 * block.level(*g).read_noise.powi(2) / rate;
            let log =
                |device| (block.cell_spectrum(&cell, device, context.seed, 1.0, temperature) + white).ln();
            ((0..TYPICAL).map(log).sum::<f64>() / TYPICAL as f64).exp() / (g * g)
        })
        .collect();
    let relative: Vec<f64> = laws.iter().zip(&conductances).map(|(l, g)| l.1 / (g * g)).collect();
    write(spec, &traces, record)?;
    let level = |path: &str, values: Vec<f64>, unit: &str, name: &str| {
        Dataset::vector(path, values, unit, name).scale(0, CONDUCTANCE)
    };
    let slopes: Vec<f64> = laws.iter().map(|l| l.0).collect();
    record.write(&level("/results/noise/slope", slopes, "1", "exponent of the frequency, one cell"))?;
    record.write(&level(
        "/results/noise/relative_density",
        relative,
        "s",
        "density at 1 Hz over the square of the conductance, one cell",
    ))?;
    record.write(&level(
        "/results/noise/expected_relative_density",
        expected,
        "s",
        "density at 1 Hz over the square of the conductance, mean over cells",
    ))?;
    record.write(&level(
        "/results/noise/typical_relative_density",
        typical,
        "s",
        "density at 1 Hz over the square of the conductance, geometric mean over cells, white noise included",
    ))?;
    let mean = laws.iter().map(|l| l.0).sum::<f64>() / laws.len() as f64;
    Ok(vec![format!("read noise: mean exponent {mean:.2} over {} cells", laws.len())])
}

fn write(spec: &NoiseTrace, traces: &[Trace], record: &mut Record) -> Result<(), ExperimentError> {
    let Some(first) = traces.first() else { return Ok(()) };
    let rate = spec.sample_rate.0;
    let time = (1..=spec.samples).map(|i| i as f64 / rate).collect();
    record.write(&Dataset::vector(TIME, time, "s", "time since the rest").scale(0, TIME))?;
    let frequency = first.spectrum.frequency.clone();
    let bins = frequency.len();
    record.write(&Dataset::vector(FREQUENCY, frequency, "Hz", "frequency").scale(0, FREQUENCY))?;
    let matrix = |path: &str, columns: usize, values: Vec<f64>, unit: &str, name: &str, scale: &str| {
        Dataset::new(path, vec![traces.len(), columns], Values::F64(values), unit, name)
            .scale(0, CONDUCTANCE)
            .scale(1, scale)
    };
    let reads = traces.iter().flat_map(|t| t.reads.iter().copied()).collect();
    let name = "conductance of one cell, as read";
    record.write(&matrix("/results/noise/reads", spec.samples, reads, "S", name, TIME))?;
    let density = traces.iter().flat_map(|t| t.spectrum.density.iter().copied()).collect();
    let name = "power spectral density of the conductance, one-sided";
    record.write(&matrix("/results/noise/density", bins, density, "S^2/Hz", name, FREQUENCY))?;
    Ok(())
}
