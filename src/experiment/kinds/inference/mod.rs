//! `inference`: a trained network is put on arrays and judged.
//!
//! The network is trained here or comes from a file (ONNX, safetensors). It is judged in plain arithmetic,
//! with the converters alone (`ideal cells`), after it has been written into simulated cells, and again
//! after each of `times`; all of it for several programmings, each of other devices. `axes` vary one field
//! of the `arrays` block each, e.g. `design.periphery.adc_bits`. With `hardware_aware` the network is trained on
//! twice for as many epochs, without and with noise; both take part in everything.
//!
//! Written: `/inference/<network>/…` as `docs/hdf5.md` says; a network that was trained here also as
//! `NAME.network.json` and `.safetensors` beside the record; with `netlists` the planes as netlists (see there).

mod axes;
mod judge;
mod netlists;
mod source;
mod write;

use std::path::PathBuf;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::axes::{Axis, Point};
use self::judge::{Outcome, Plan, judge};
use self::source::{AWARE, Candidate, NetworkSource};
use super::arrays::Arrays;
use super::cell;
use super::data_set::DataSource;
use crate::experiment::script::{Folders, List, Second};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::learning::metrics::mean_sem;
use crate::learning::network::{HardwareAware, Network, NetworkError, TrainingConfig};
use crate::mapping::IdealHardware;
use crate::record::Record;

/// A trained network on arrays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inference {
    /// The samples.
    #[serde(default)]
    data: DataSource,
    /// The network.
    network: NetworkSource,
    /// How it is trained. A network from a file is taken as it is without this block.
    #[serde(default)]
    training: Option<TrainingConfig>,
    /// A copy is trained on with noise, and beside it one for as many epochs without.
    #[serde(default)]
    hardware_aware: Option<HardwareAware>,
    /// The arrays: card, its replaced `parameters`, `ambient_temperature`, `design`.
    #[schemars(with = "Arrays")]
    arrays: Value,
    /// Programmings, each of other devices.
    #[serde(default = "five")]
    programmings: usize,
    /// Times after writing at which the network is judged again, in rising order.
    #[serde(default)]
    times: Option<List<Second>>,
    /// Training samples that the converters see before the network is judged, to find their ranges.
    #[serde(default = "hundred")]
    calibration_samples: usize,
    /// The converters find their ranges anew from these samples at each of `times`.
    #[serde(default)]
    recalibrate: bool,
    /// The cells of the first programming are written into the record: conductances, targets, pulses.
    #[serde(default)]
    keep_cells: bool,
    /// Every plane of the first programming is written as an ngspice netlist beside the record, with the wires of the
    /// design, all word lines at the read voltage.
    #[serde(default)]
    netlists: bool,
    /// Fields of the arrays that are varied, one at a time.
    #[serde(default)]
    axes: Vec<Axis>,
}

fn five() -> usize {
    5
}

fn hundred() -> usize {
    100
}

impl Kind for Inference {
    const NAME: &'static str = "inference";
    const PURPOSE: &'static str =
        "a trained or imported network on arrays: accuracy over time, wires, converters, faults";
}

/// Seed of a programming: none of another seed of the script has it.
fn programming_seed(seed: u64, programming: usize) -> u64 {
    Stream::new(seed, Purpose::Programming, programming as u64, 0).next_u64()
}

/// What is wrong with a network or its training, as a complaint about a block of the script.
pub(super) fn complaint(block: &str, error: &NetworkError) -> FieldError {
    match error {
        NetworkError::Field { field, value, rule } => {
            FieldError::new(format!("{block}.{field}"), format!("is {value}: {rule}"))
        }
        other => FieldError::new(block, other.to_string()),
    }
}

/// Groups of the axes in the record: their fields, numbered from the second of a field on.
fn groups(axes: &[Axis]) -> Vec<String> {
    let group =
        |(k, axis): (usize, &Axis)| match axes[..k].iter().filter(|a| a.field() == axis.field()).count() {
            0 => axis.field().to_owned(),
            before => format!("{}_{}", axis.field(), before + 1),
        };
    axes.iter().enumerate().map(group).collect()
}

/// All outcomes of one candidate.
struct Findings {
    candidate: Candidate,
    float: f64,
    ideal_cells: f64,
    /// One for each programming.
    base: Vec<Outcome>,
    /// For each axis and value one for each programming.
    axes: Vec<Vec<Vec<Outcome>>>,
}

impl Findings {
    /// Inferences that this program simulates in a second of one thread: median over the programmings.
    fn throughput(&self) -> f64 {
        let mut rates: Vec<f64> =
            self.base.iter().filter_map(|o| o.seconds.map(|seconds| o.samples as f64 / seconds)).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

impl Inference {
    fn instants(&self) -> Vec<f64> {
        self.times.as_ref().map(List::values).unwrap_or_default()
    }

    fn check_counts(&self) -> Result<(), FieldError> {
        if !(1..=1000).contains(&self.programmings) {
            let text = format!("must be from 1 to 1000, but is {}", self.programmings);
            return Err(FieldError::new("programmings", text));
        }
        if self.calibration_samples > 100_000 {
            let text = format!("must be at most 100000, but is {}", self.calibration_samples);
            return Err(FieldError::new("calibration_samples", text));
        }
        let times = self.instants();
        let rising = times.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || times.first().is_some_and(|first| *first <= 0.0) {
            return Err(FieldError::new("times", "must be above zero and rise from one to the next"));
        }
        Ok(())
    }

    /// The points of the study: the arrays as they are, and every value of every axis.
    fn points(&self, folders: &Folders) -> Result<(Point, Vec<Vec<Point>>), FieldError> {
        let rests = self.times.is_some();
        let base = Point::new(&self.arrays, rests, folders)?;
        let axes = self
            .axes
            .iter()
            .enumerate()
            .map(|(k, axis)| axis.points(k, (&self.arrays, rests), folders))
            .collect::<Result<_, _>>()?;
        Ok((base, axes))
    }
}

impl Study for Inference {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        self.check_counts()?;
        for (block, checked) in [
            ("training", self.training.as_ref().map(TrainingConfig::check)),
            ("hardware_aware", self.hardware_aware.as_ref().map(HardwareAware::check)),
        ] {
            if let Some(Err(error)) = checked {
                return Err(complaint(block, &error));
            }
        }
        let mut inputs = Inputs::default();
        inputs.files.extend(self.data.files(folders)?);
        let (image, classes) = (self.data.image(folders)?, self.data.classes(folders)?);
        inputs.files.extend(self.network.check(folders, image, classes)?);
        let (base, axes) = self.points(folders)?;
        inputs.warnings.extend(base.idle.iter().map(|idle| format!("arrays.{idle}")));
        for point in std::iter::once(&base).chain(axes.iter().flatten()) {
            if self.calibration_samples == 0 && (self.recalibrate || point.calibrates()) {
                let text = "must be at least 1, as converters that find their ranges would find them from the \
                            test samples";
                return Err(FieldError::new("calibration_samples", text));
            }
            let own = cell::inputs(&point.card);
            if !inputs.cards.contains(&own.cards[0]) {
                inputs.cards.extend(own.cards);
                inputs.warnings.extend(own.warnings);
            }
        }
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let splits = self.data.splits(context.folders, std::iter::once(0)).map_err(fault)?;
        let split = &splits[0];
        let candidates = self.candidates(context, split)?;
        if self.trained() {
            for candidate in &candidates {
                let path = record.path().with_extension(format!("{}.json", candidate.name));
                candidate.saved.write(&path).map_err(|error| fault(complaint("network", &error)))?;
            }
        }
        let (base, axes) = self.points(context.folders).map_err(fault)?;
        let mut studies = Vec::new();
        for candidate in candidates {
            studies.push(self.study(context, candidate, split, &base, &axes)?);
        }
        write::record(self, record, &studies, split)?;
        let mut lines = self.summary(&studies);
        if self.netlists {
            for study in &studies {
                lines.push(netlists::write(&base, study, record)?);
            }
        }
        Ok(lines)
    }
}

impl Inference {
    /// The network changes before it is judged.
    fn trained(&self) -> bool {
        self.training.is_some() || self.network.layers().is_some() || self.hardware_aware.is_some()
    }

    /// Everything for one candidate.
    fn study(
        &self,
        context: &Context<'_>,
        candidate: Candidate,
        split: &crate::data::Split,
        base: &Point,
        axes: &[Vec<Point>],
    ) -> Result<Findings, ExperimentError> {
        let fault = |error: FieldError| ExperimentError::Field { path: context.script.to_owned(), error };
        let network_fault = |error: NetworkError| fault(complaint("network", &error));
        let float = {
            let mut network =
                Network::new(&candidate.saved.architecture, &IdealHardware, 0, 0).map_err(network_fault)?;
            network.program(&candidate.saved.parameters);
            network.judge(&split.test).accuracy()
        };
        let times = self.instants();
        let calibration =
            split.train.select(&(0..self.calibration_samples.min(split.train.len())).collect::<Vec<_>>());
        let plan = |times: &[f64], detailed| Plan {
            network: &candidate.saved,
            samples: &split.test,
            calibration: &calibration,
            recalibrate: self.recalibrate,
            times: times.to_vec(),
            detailed,
            keep_cells: (detailed && (self.keep_cells || self.netlists))
                .then(|| programming_seed(context.seed, 0)),
        };
        let mut jobs: Vec<(&Point, Plan<'_>)> = vec![(base, plan(&times, true))];
        for (axis, points) in self.axes.iter().zip(axes) {
            let times: &[f64] = if axis.over_time { &times } else { &[] };
            jobs.extend(points.iter().map(|point| (point, plan(times, false))));
        }
        let what = format!("programmings of {}", candidate.name);
        context.progress.start(&what, (jobs.len() * self.programmings) as u64 + 1);
        let ideal_cells = {
            let hardware = base.with_ideal_cells().hardware(context.seed).map_err(fault)?;
            judge(&plan(&[], false), &hardware, programming_seed(context.seed, 0))
                .map_err(network_fault)?
                .accuracy[0]
        };
        context.progress.advance(1);
        let mut outcomes = Vec::new();
        for (point, plan) in jobs {
            let hardware = point.hardware(context.seed).map_err(fault)?;
            let own: Result<Vec<Outcome>, ExperimentError> = (0..self.programmings)
                .into_par_iter()
                .with_max_len(1)
                .map(|p| {
                    context.proceed()?;
                    let outcome =
                        judge(&plan, &hardware, programming_seed(context.seed, p)).map_err(network_fault);
                    context.progress.advance(1);
                    outcome
                })
                .collect();
            outcomes.push(own?);
        }
        let mut outcomes = outcomes.into_iter();
        let base = outcomes.next().unwrap_or_default();
        let axes = axes.iter().map(|points| outcomes.by_ref().take(points.len()).collect()).collect();
        Ok(Findings { candidate, float, ideal_cells, base, axes })
    }

    fn summary(&self, studies: &[Findings]) -> Vec<String> {
        let percent = |values: &[f64]| {
            let (mean, sem) = mean_sem(values);
            format!("{:.2} ± {:.2} %", 100.0 * mean, 100.0 * sem)
        };
        let mut lines = Vec::new();
        for study in studies {
            let name = &study.candidate.name;
            lines.push(format!(
                "{name}: {:.2} % in plain arithmetic, {:.2} % with converters and ideal cells",
                100.0 * study.float,
                100.0 * study.ideal_cells
            ));
            let at = |outcomes: &[Outcome], t: usize| {
                percent(&outcomes.iter().map(|o| o.accuracy[t]).collect::<Vec<_>>())
            };
            lines.push(format!(
                "{name}: {} after writing ({} programmings)",
                at(&study.base, 0),
                study.base.len()
            ));
            lines.extend(Self::costs(study));
            lines.extend(self.gain(studies, study));
            for (t, seconds) in self.instants().iter().enumerate() {
                lines.push(format!("{name}: {} after {seconds} s", at(&study.base, t + 1)));
            }
            for (axis, points) in self.axes.iter().zip(&study.axes) {
                for (value, outcomes) in axis.texts().iter().zip(points) {
                    let times = self.instants();
                    let (last, when) = match times.last() {
                        Some(seconds) if axis.over_time => (times.len(), format!(" after {seconds} s")),
                        _ => (0, String::new()),
                    };
                    let variant = match axis.variant() {
                        "" => String::new(),
                        variant => format!(" ({variant})"),
                    };
                    let what = format!("{name}, {} = {value}{variant}", axis.label());
                    lines.push(format!("{what}: {}{when}", at(outcomes, last)));
                }
            }
        }
        lines
    }
}

impl Inference {
    /// What noise in the training gained over as many epochs without, programming by programming.
    fn gain(&self, studies: &[Findings], aware: &Findings) -> Option<String> {
        let control = control(studies, aware)?;
        let times = self.instants();
        let at = |t: usize| {
            let pairs = aware.base.iter().zip(&control.base);
            let (mean, sem) =
                mean_sem(&pairs.map(|(a, b)| 100.0 * (a.accuracy[t] - b.accuracy[t])).collect::<Vec<_>>());
            let when = if t == 0 { "after writing".to_owned() } else { format!("after {} s", times[t - 1]) };
            format!("{mean:+.2} ± {sem:.2} {when}")
        };
        let all: Vec<String> = (0..=times.len()).map(at).collect();
        let (name, other) = (aware.candidate.name, control.candidate.name);
        Some(format!("{name} over {other}, as many epochs, in percentage points: {}", all.join(", ")))
    }

    /// What one inference costs on the arrays and in this program.
    fn costs(study: &Findings) -> Vec<String> {
        let name = &study.candidate.name;
        let mean = |f: &dyn Fn(&Outcome) -> f64| {
            study.base.iter().map(f).sum::<f64>() / study.base.len().max(1) as f64
        };
        let mut lines = vec![format!(
            "{name}: an inference takes {:.3e} J and {:.3e} s (one every {:.3e} s) on {:.3e} mm2",
            mean(&|o| o.cost.energy()),
            mean(&|o| o.cost.latency()),
            mean(&|o| o.cost.interval()),
            1e6 * mean(&|o| o.cost.area()),
        )];
        lines.push(format!("{name}: {:.0} inferences simulated per second and thread", study.throughput()));
        let off = study.base.iter().flat_map(|o| o.wire_errors.iter().flatten()).copied();
        lines
            .extend(off.reduce(f32::max).map(|off| {
                format!("{name}: wires off by at most {off:.1e} of the largest transconductance")
            }));
        lines
    }
}

/// The network that `aware` is to be compared with: trained for as many epochs without noise.
fn control<'a>(studies: &'a [Findings], aware: &Findings) -> Option<&'a Findings> {
    let place = studies.iter().position(|study| study.candidate.name == AWARE)?;
    if aware.candidate.name == AWARE { studies.get(place.checked_sub(1)?) } else { None }
}

/// The training was interrupted.
pub(super) fn interrupted() -> ExperimentError {
    ExperimentError::Interrupted { kept: PathBuf::new() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::programming_seed;

    #[test]
    fn no_programming_of_one_seed_is_one_of_another() {
        let all: HashSet<u64> =
            (0..50).flat_map(|seed| (0..50).map(move |p| programming_seed(seed, p))).collect();
        assert_eq!(all.len(), 50 * 50);
    }
}
