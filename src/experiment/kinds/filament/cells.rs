//! Runs the cells from frame to frame and writes what they did.

use device_models::kinetic_monte_carlo::{
    Control, Events, KineticCell, KineticError, Lattice, Parameters, Sample,
};
use device_models::{CurrentLimit, Flags, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::super::cell::FLAGS_NAME;
use super::film::Film;
use crate::experiment::{Context, ExperimentError};
use crate::record::{Dataset, Record, StreamSpec};

/// What runs.
pub(super) struct Setup<'a> {
    pub(super) lattice: Lattice,
    pub(super) parameters: Parameters,
    pub(super) control: Control,
    pub(super) vacancy_share: f64,
    pub(super) ambient_temperature: f64,
    pub(super) cells: usize,
    /// Peak of each ramp, and what surrounds the cells during it.
    pub(super) plan: Vec<(f64, Surroundings)>,
    pub(super) names: Vec<String>,
    pub(super) rate: f64,
    pub(super) frames: usize,
    pub(super) samples: usize,
    pub(super) trace: &'a str,
}

/// One cell and what it did since the last frame.
struct Cell {
    kinetic: KineticCell,
    rows: Vec<(Sample, Flags)>,
    /// Applied voltage at which the current first met its limit in this ramp.
    switched: f64,
}

/// A column of numbers: name, unit, meaning, value.
type Column<T> = (&'static str, &'static str, &'static str, fn(&T) -> f64);
/// Columns of the trace that every cell has.
const COLUMNS: [Column<Sample>; 7] = [
    ("current", "A", "current into the active electrode", |s| s.current),
    ("conductance", "S", "conductance of the cell", |s| s.conductance),
    ("cell_voltage", "V", "voltage across the cell", |s| s.voltage),
    ("temperature", "K", "temperature of the hottest site", |s| s.temperature),
    ("vacancies", "1", "number of vacancies", |s| s.vacancies as f64),
    ("ions", "1", "number of mobile ions in the oxide", |s| s.ions as f64),
    (
        "gap",
        "m",
        "gap of the filament (length without vacancies on the best way between the electrodes)",
        |s| s.gap,
    ),
];

fn specification(setup: &Setup<'_>) -> StreamSpec {
    let mut spec = StreamSpec::trace(setup.trace).column("voltage", "V", "applied voltage");
    let flags = ("flags", "1", FLAGS_NAME);
    for (name, unit, long_name) in COLUMNS.iter().map(|c| (c.0, c.1, c.2)).chain([flags]) {
        spec = if setup.cells == 1 {
            spec.column(name, unit, long_name)
        } else {
            spec.cells(name, setup.cells, unit, long_name)
        };
    }
    spec.single()
}

/// What a ramp left behind in a cell.
struct End {
    conductance: f64,
    gap: f64,
    switched: f64,
    events: Events,
}

/// Runs all cells through all ramps. Returns ramp and conductance of each end.
pub(super) fn run(
    setup: &Setup<'_>,
    context: &Context<'_>,
    record: &mut Record,
) -> Result<Vec<(usize, f64)>, ExperimentError> {
    let stream = record.stream(&specification(setup))?;
    let mut cells: Vec<Cell> = (0..setup.cells)
        .into_par_iter()
        .map(|index| Cell::new(setup, context.seed, index))
        .collect::<Result<_, _>>()?;
    let mut film = Film::create(&setup.lattice, setup.cells, record)?;
    context.progress.start("frames", (2 * setup.plan.len() * setup.frames) as u64);
    let (mut begin, mut ends) = (0.0, Vec::new());
    film.frame(cells.iter().map(|c| &c.kinetic), 0.0, 0.0, record)?;
    let mut first = true;
    for (peak, surroundings) in &setup.plan {
        for cell in &mut cells {
            cell.kinetic.surround(*surroundings);
            cell.switched = f64::NAN;
        }
        for (start_voltage, end_voltage) in [(0.0, *peak), (*peak, 0.0)] {
            let segment = Segment { start_voltage, end_voltage, duration: peak.abs() / setup.rate };
            let count = setup.frames * setup.samples;
            let at = |k: usize| segment.duration * k as f64 / count as f64;
            for frame in 0..setup.frames {
                let mut times: Vec<usize> = (1..=setup.samples).map(|k| frame * setup.samples + k).collect();
                if std::mem::take(&mut first) {
                    times.insert(0, 0);
                }
                cells.par_iter_mut().try_for_each(|cell| {
                    cell.rows.clear();
                    for &k in &times {
                        context.proceed()?;
                        cell.advance(&segment, k.checked_sub(1).map(at), at(k))
                            .map_err(|source| fault(begin, source))?;
                    }
                    Ok::<(), ExperimentError>(())
                })?;
                let time: Vec<f64> = times.iter().map(|k| begin + at(*k)).collect();
                let voltage: Vec<f64> = times.iter().map(|k| segment.voltage_at(at(*k))).collect();
                append(record, stream, &time, &voltage, &cells)?;
                let now = times.last().map_or(0.0, |k| at(*k));
                let cells = cells.iter().map(|c| &c.kinetic);
                film.frame(cells, begin + now, segment.voltage_at(now), record)?;
                context.progress.advance(1);
            }
            begin += segment.duration;
        }
        ends.push(cells.iter_mut().map(Cell::end).collect::<Vec<_>>());
    }
    results(setup, &ends, record)?;
    let flat = ends.iter().enumerate();
    Ok(flat.flat_map(|(ramp, list)| list.iter().map(move |end| (ramp, end.conductance))).collect())
}

fn append(
    record: &mut Record,
    stream: crate::record::Stream,
    time: &[f64],
    voltage: &[f64],
    cells: &[Cell],
) -> Result<(), ExperimentError> {
    let column = |value: &dyn Fn(&(Sample, Flags)) -> f64| -> Vec<f64> {
        (0..time.len()).flat_map(|row| cells.iter().filter_map(move |c| c.rows.get(row))).map(value).collect()
    };
    let mut columns: Vec<Vec<f64>> = COLUMNS.iter().map(|c| column(&|row| c.3(&row.0))).collect();
    columns.push(column(&|row| f64::from(row.1.bits())));
    let mut slices = vec![time, voltage];
    slices.extend(columns.iter().map(Vec::as_slice));
    Ok(record.append(stream, &slices)?)
}

fn fault(time: f64, source: KineticError) -> ExperimentError {
    ExperimentError::Filament {
        what: format!("a filament in the branch that begins at {time:.3e} s"),
        source,
    }
}

impl Cell {
    fn new(setup: &Setup<'_>, seed: u64, index: usize) -> Result<Self, ExperimentError> {
        let stream = Stream::new(seed, Purpose::KineticMonteCarlo, index as u64, 0);
        let surroundings =
            Surroundings { ambient_temperature: setup.ambient_temperature, limit: CurrentLimit::None };
        let kinetic = KineticCell::new(
            setup.lattice,
            setup.parameters,
            surroundings,
            setup.control,
            stream,
            setup.vacancy_share,
        )
        .map_err(|source| fault(0.0, source))?;
        Ok(Self { kinetic, rows: Vec::new(), switched: f64::NAN })
    }

    /// Goes on to a time of the segment and takes a sample.
    fn advance(&mut self, segment: &Segment, from: Option<f64>, to: f64) -> Result<(), KineticError> {
        if let Some(from) = from {
            self.kinetic.follow(segment, from, to)?;
        }
        let sample = self.kinetic.sample(segment.voltage_at(to));
        let flags = self.kinetic.take_flags();
        if flags.compliance && self.switched.is_nan() {
            self.switched = sample.applied;
        }
        self.rows.push((sample, flags));
        Ok(())
    }

    fn end(&mut self) -> End {
        let sample = self.kinetic.sample(0.0);
        End {
            conductance: sample.conductance,
            gap: sample.gap,
            switched: self.switched,
            events: self.kinetic.events(),
        }
    }
}

fn results(setup: &Setup<'_>, ends: &[Vec<End>], record: &mut Record) -> Result<(), ExperimentError> {
    let scale = "/results/ramp";
    record.write(&Dataset::texts(scale, setup.names.clone(), "ramp").scale(0, scale))?;
    let columns: [Column<End>; 5] = [
        ("conductance", "S", "conductance after the ramp", |end| end.conductance),
        ("gap", "m", "gap of the filament after the ramp", |end| end.gap),
        ("switching_voltage", "V", "applied voltage at which the current first met its limit", |end| {
            end.switched
        }),
        ("events", "1", "events simulated one by one up to the end of the ramp", |end| {
            end.events.single as f64
        }),
        ("round_trip_events", "1", "events in round trips drawn at once", |end| {
            end.events.in_round_trips as f64
        }),
    ];
    for (name, unit, long_name, value) in columns {
        let values = ends.iter().flatten().map(value).collect();
        let path = format!("/results/{name}");
        record.write(
            &Dataset::matrix(path, ends.len(), setup.cells, values, unit, long_name).scale(0, scale),
        )?;
    }
    Ok(())
}
