//! `cycling_statistics`: distributions and memory of many devices over many cycles.
//!
//! Each device is drawn from the card's distribution, RESET once, and then cycled: read (HRS), SET, read
//! (LRS), RESET. Written, per feature `hrs`, `lrs` (Ω, at the read voltage) and, where the pulses have a
//! sampled edge, `set_voltage`, `reset_voltage` (V): `/results/<feature>` (cycles × devices),
//! `<feature>_quantile` at `/results/probability`, `<feature>_deviation` (in all, of the devices' means,
//! within devices), `<feature>_autocorrelation` at `/results/lag`; `log_hrs_deviation` and
//! `log_lrs_deviation` of the logarithms; `/results/correlation` within devices; `window_quantile` of
//! HRS/LRS; `hrs_course`, `lrs_course` (quartiles and median of each cycle). Deviations from a device's
//! own mean take its mean over the cycles of the run. SET voltage: where |I| jumps up most; RESET
//! voltage: where |I| is largest.

use device_models::CurrentLimit;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::pulse::Pulse;
use super::summary::{Feature, quantiles};
use super::{Cell, MOST_VALUES, Setup, counted};
use crate::experiment::kinds::cell::{self, Overrides};
use crate::experiment::script::{Folders, Hertz, Kelvin, Ohm, Quantity, Ratio};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::{Dataset, Record};

/// Distributions over devices and cycles.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CyclingStatistics {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Number of devices.
    devices: usize,
    /// Number of cycles of each.
    cycles: usize,
    /// Pulse that lowers the resistance.
    set: Pulse,
    /// Pulse that raises the resistance.
    reset: Pulse,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// State before: a name from the card or a value of the slow state variable.
    #[serde(default = "low_resistance")]
    initial_state: String,
    /// Bandwidth of the reads, for their thermal and shot noise; noiseless without.
    #[serde(default)]
    read_bandwidth: Option<Hertz>,
    /// Probabilities of the quantiles.
    #[serde(default = "probabilities")]
    probabilities: Vec<Ratio>,
    /// Lags of the autocorrelation, in cycles.
    #[serde(default = "lags")]
    lags: Vec<usize>,
    /// Resistance above which a SET is counted as a tail of the LRS.
    #[serde(default)]
    lrs_tail: Option<Ohm>,
}

pub(super) fn low_resistance() -> String {
    "lrs".to_owned()
}

/// Those of a normal distribution at whole numbers of deviations, and the outer 0.1 %.
fn probabilities() -> Vec<Ratio> {
    [0.001, 0.023, 0.159, 0.5, 0.841, 0.977, 0.999].map(Ratio).to_vec()
}

fn lags() -> Vec<usize> {
    vec![1, 2, 5, 10, 20, 50]
}

impl Kind for CyclingStatistics {
    const NAME: &'static str = "cycling_statistics";
    const PURPOSE: &'static str = "distributions and memory of many devices over many cycles";
}

/// What one device went through; thresholds empty where they are not looked for.
#[derive(Default)]
struct History {
    hrs: Vec<f64>,
    lrs: Vec<f64>,
    set_voltage: Vec<f64>,
    reset_voltage: Vec<f64>,
}

impl Study for CyclingStatistics {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        let walks = card.windows.iter().any(|window| window.largest_step > 0.0);
        if !card.has_spread() && !walks {
            let text = format!(
                "\"{}\" varies neither from device to device nor from cycle to cycle; choose a card that does, e.g. statistical_synaptogen",
                card.name
            );
            return Err(FieldError::new("card", text));
        }
        card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        cell::slow_state(&card, &self.initial_state)?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        counted("devices", self.devices, 1_000_000)?;
        counted("cycles", self.cycles, MOST_VALUES / self.devices)?;
        self.set.check("set", card.model.as_ref(), true)?;
        self.reset.check("reset", card.model.as_ref(), false)?;
        if let Some(bandwidth) = self.read_bandwidth {
            cell::positive("read_bandwidth", bandwidth.0, "Hz")?;
        }
        for (i, p) in self.probabilities.iter().enumerate() {
            if !(0.0..=1.0).contains(&p.0) {
                let text = format!("must lie between 0 and 1, but is {}", p.0);
                return Err(FieldError::new(format!("probabilities[{i}]"), text));
            }
        }
        for (i, lag) in self.lags.iter().enumerate() {
            if *lag == 0 || *lag >= self.cycles {
                let text =
                    format!("must be 1 to {}, below the number of cycles, but is {lag}", self.cycles - 1);
                return Err(FieldError::new(format!("lags[{i}]"), text));
            }
        }
        Ok(cell::inputs(&card))
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = cell::card(context.folders, &self.card, &self.parameters).map_err(fault)?;
        let setup = Setup {
            card: &card,
            slow: cell::slow_state(&card, &self.initial_state).map_err(fault)?,
            surroundings: cell::surroundings(self.ambient_temperature, CurrentLimit::None).map_err(fault)?,
            bandwidth: self.read_bandwidth.map(|bandwidth| bandwidth.0),
            seed: context.seed,
        };
        context.progress.start("devices", self.devices as u64);
        let histories = (0..self.devices as u64)
            .into_par_iter()
            .map(|device| {
                context.proceed()?;
                let mut cell = Cell::new(&setup, device);
                let history = self.history(&mut cell).map_err(|source| cell.fault(source))?;
                context.progress.advance(1);
                Ok(history)
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?;
        let gather = |f: fn(&mut History) -> &mut Vec<f64>, histories: &mut [History]| {
            Feature::of(&histories.iter_mut().map(|own| std::mem::take(f(own))).collect::<Vec<_>>())
        };
        let mut histories = histories;
        let hrs = gather(|h| &mut h.hrs, &mut histories);
        let lrs = gather(|h| &mut h.lrs, &mut histories);
        let mut features = vec![
            Named { name: "hrs", unit: Ohm::UNIT, long_name: "resistance after RESET", feature: hrs },
            Named { name: "lrs", unit: Ohm::UNIT, long_name: "resistance after SET", feature: lrs },
        ];
        if self.set.is_sampled() {
            let feature = gather(|h| &mut h.set_voltage, &mut histories);
            features.push(Named { name: "set_voltage", unit: "V", long_name: "SET voltage", feature });
        }
        if self.reset.is_sampled() {
            let feature = gather(|h| &mut h.reset_voltage, &mut histories);
            features.push(Named { name: "reset_voltage", unit: "V", long_name: "RESET voltage", feature });
        }
        self.write(record, &features)?;
        let median = |k: usize| quantiles(&features[k].feature.values, &[0.5])[0];
        Ok(vec![
            format!("{} devices of {} over {} cycles", self.devices, card.name, self.cycles),
            format!("medians: HRS {:.4e} Ohm, LRS {:.4e} Ohm", median(0), median(1)),
        ])
    }
}

/// A feature with what it is.
struct Named {
    name: &'static str,
    unit: &'static str,
    long_name: &'static str,
    feature: Feature,
}

impl Named {
    fn is_resistance(&self) -> bool {
        self.unit == Ohm::UNIT
    }

    /// The feature in the form in which its memory is described: resistances by their logarithm.
    fn described(&self) -> Feature {
        if self.is_resistance() { self.feature.map(f64::log10) } else { self.feature.clone() }
    }
}

impl CyclingStatistics {
    fn history(&self, cell: &mut Cell<'_>) -> Result<History, device_models::DeviceError> {
        let mut history = History::default();
        cell.apply(&self.reset)?;
        for _ in 0..self.cycles {
            history.hrs.push(cell.read()?);
            history.set_voltage.extend(cell.apply(&self.set)?.map(|edge| edge.jump));
            history.lrs.push(cell.read()?);
            history.reset_voltage.extend(cell.apply(&self.reset)?.map(|edge| edge.peak));
        }
        Ok(history)
    }

    fn write(&self, record: &mut Record, features: &[Named]) -> Result<(), ExperimentError> {
        let (probability, lag, cycle) = ("/results/probability", "/results/lag", "/results/cycle");
        let probabilities: Vec<f64> = self.probabilities.iter().map(|p| p.0).collect();
        let quantile_name = "probability of a smaller value";
        record.write(
            &Dataset::vector(probability, probabilities.clone(), "1", quantile_name).scale(0, probability),
        )?;
        let lags = self.lags.iter().map(|lag| *lag as f64).collect();
        record.write(&Dataset::vector(lag, lags, "1", "lag in cycles").scale(0, lag))?;
        let cycles = (1..=self.cycles).map(|cycle| cycle as f64).collect();
        record.write(&Dataset::vector(cycle, cycles, "1", "cycle").scale(0, cycle))?;
        for Named { name, unit, long_name, feature } in features {
            let path = |suffix: &str| format!("/results/{name}{suffix}");
            record.write(
                &Dataset::matrix(
                    path(""),
                    self.cycles,
                    self.devices,
                    feature.values.clone(),
                    *unit,
                    *long_name,
                )
                .scale(0, cycle),
            )?;
            let own = quantiles(&feature.values, &probabilities);
            record.write(
                &Dataset::vector(path("_quantile"), own, *unit, format!("{long_name}, quantile"))
                    .scale(0, probability),
            )?;
            record.write(&Dataset::vector(
                path("_deviation"),
                feature.deviations().to_vec(),
                *unit,
                format!("{long_name}, deviation: in all, from device to device, within devices"),
            ))?;
        }
        let described: Vec<Feature> = features.iter().map(Named::described).collect();
        let within: Vec<Feature> = described.iter().map(Feature::within).collect();
        for ((named, described), within) in features.iter().zip(&described).zip(&within) {
            let Named { name, long_name, .. } = named;
            let of = if named.is_resistance() {
                record.write(&Dataset::vector(
                    format!("/results/log_{name}_deviation"),
                    described.deviations().to_vec(),
                    "1",
                    format!("log10 of {long_name}, deviation: in all, from device to device, within devices"),
                ))?;
                "log10 of "
            } else {
                ""
            };
            let memory = self.lags.iter().map(|lag| within.memory(*lag)).collect();
            record.write(
                &Dataset::vector(
                    format!("/results/{name}_autocorrelation"),
                    memory,
                    "1",
                    format!("{of}{long_name}, autocorrelation within devices"),
                )
                .scale(0, lag),
            )?;
            if named.is_resistance() {
                let quartiles: Vec<f64> =
                    named.feature.cycles().flat_map(|own| quantiles(own, &[0.25, 0.5, 0.75])).collect();
                record.write(
                    &Dataset::matrix(
                        format!("/results/{name}_course"),
                        self.cycles,
                        3,
                        quartiles,
                        named.unit,
                        format!("{long_name}: lower quartile, median, upper quartile over the devices"),
                    )
                    .scale(0, cycle),
                )?;
            }
        }
        let table = within.iter().flat_map(|a| within.iter().map(|b| a.correlation(b))).collect();
        let names = features.iter().map(|named| named.name).collect::<Vec<_>>().join(", ");
        record.write(&Dataset::matrix(
            "/results/correlation",
            within.len(),
            within.len(),
            table,
            "1",
            format!("correlation within devices of {names} (resistances by their logarithm)"),
        ))?;
        let (hrs, lrs) = (&features[0].feature, &features[1].feature);
        let window: Vec<f64> = hrs.values.iter().zip(&lrs.values).map(|(h, l)| h / l).collect();
        let own = quantiles(&window, &probabilities);
        record.write(
            &Dataset::vector("/results/window_quantile", own, "1", "HRS over LRS of a cycle, quantile")
                .scale(0, probability),
        )?;
        if let Some(tail) = self.lrs_tail {
            let above = lrs.values.iter().filter(|r| **r > tail.0).count() as f64 / lrs.values.len() as f64;
            let text = format!("share of the SETs that end above {} Ohm", tail.0);
            record.write(&Dataset::vector("/results/lrs_tail", vec![above], "1", text))?;
        }
        Ok(())
    }
}
