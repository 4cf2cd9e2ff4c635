//! `endurance`: resistances and failures against the number of cycles.
//!
//! Each device is drawn from the card's distribution, formed where the script says so, and cycled. RESET
//! and SET are repeated until the resistance is in the window of its state, at most `most_pulses` times
//! each; with `hold` the state must still be there after that time. A device ends at its
//! `failures_in_a_row`-th failing cycle in a row; the cause is that of the last one
//! ([`device_models::failure`]). Written: `/results/hrs`, `/results/lrs` (recorded cycles × devices; NaN
//! after a device's end), their quartiles `hrs_course`, `lrs_course`, smallest, median and largest value
//! `hrs_range`, `lrs_range`, `/results/pulses` (mean number of pulses of a cycle), `/results/failure`
//! (devices; code of the cause, 0 for none), `/results/end_cycle` (devices; NaN for none), and
//! `/results/failed_devices` (recorded cycles × causes). All cycles are recorded up to 1000, then sixty
//! in a decade.

use device_models::failure::{FailureCause, Target, Windows};
use device_models::{CurrentLimit, DeviceError, Segment};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forming::Ladder;
use super::pulse::Pulse;
use super::statistics::low_resistance;
use super::summary::{Feature, quantiles};
use super::{Cell, FAILURE_NAME, MOST_VALUES, Setup, counted};
use crate::experiment::kinds::cell::{self, Overrides};
use crate::experiment::script::{Folders, Hertz, Kelvin, Ohm, Second};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::{Dataset, Record, Values};

/// Cycles that are all recorded; beyond them some in each decade.
const ALL_RECORDED: usize = 1000;
/// Recorded cycles in a decade.
const IN_A_DECADE: f64 = 60.0;
/// Cycles between two looks at whether the user wants to stop.
const PATIENCE: usize = 256;

/// Resistances and failures against the number of cycles.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endurance {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Number of devices.
    devices: usize,
    /// Largest number of cycles of each.
    cycles: usize,
    /// Forms each device first.
    #[serde(default)]
    forming: Option<Ladder>,
    /// Pulse that lowers the resistance.
    set: Pulse,
    /// Pulse that raises the resistance.
    reset: Pulse,
    /// Largest resistance of a low-resistance state.
    low_resistance_limit: Ohm,
    /// Smallest resistance of a high-resistance state.
    high_resistance_limit: Ohm,
    /// Pulses allowed to reach a state.
    #[serde(default = "one")]
    most_pulses: usize,
    /// Failing cycles in a row after which a device is given up.
    #[serde(default = "one")]
    failures_in_a_row: usize,
    /// Time at 0 V for which a state must stay; not looked at without.
    #[serde(default)]
    hold: Option<Second>,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// State before: a name from the card or a value of the slow state variable.
    #[serde(default = "low_resistance")]
    initial_state: String,
    /// Bandwidth of the reads, for their thermal and shot noise; noiseless without.
    #[serde(default)]
    read_bandwidth: Option<Hertz>,
}

fn one() -> usize {
    1
}

impl Kind for Endurance {
    const NAME: &'static str = "endurance";
    const PURPOSE: &'static str = "resistances and failures of cells against the number of cycles";
}

/// What one device went through.
struct Life {
    /// At the recorded cycles.
    hrs: Vec<f64>,
    lrs: Vec<f64>,
    pulses: Vec<f64>,
    failure: Option<FailureCause>,
    /// Cycle at which it was given up; 0: before the first.
    end: Option<usize>,
}

impl Study for Endurance {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        cell::slow_state(&card, &self.initial_state)?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        counted("devices", self.devices, 1_000_000)?;
        counted("cycles", self.cycles, 1_000_000_000)?;
        if recorded(self.cycles).len() * self.devices > MOST_VALUES {
            let text = format!("and devices make more than {MOST_VALUES} recorded values; lower one of them");
            return Err(FieldError::new("cycles", text));
        }
        counted("most_pulses", self.most_pulses, 1_000_000)?;
        counted("failures_in_a_row", self.failures_in_a_row, 1_000_000_000)?;
        self.set.check("set", card.model.as_ref(), true)?;
        self.reset.check("reset", card.model.as_ref(), false)?;
        for (name, pulse) in [("set.samples", &self.set), ("reset.samples", &self.reset)] {
            if pulse.is_sampled() {
                let text = "this study looks at no switching voltages; leave it away";
                return Err(FieldError::new(name, text));
            }
        }
        if let Some(forming) = &self.forming {
            forming.check("forming", card.model.as_ref())?;
        }
        cell::positive("low_resistance_limit", self.low_resistance_limit.0, "Ohm")?;
        if self.high_resistance_limit < self.low_resistance_limit {
            let text = format!(
                "must not lie below low_resistance_limit, {} Ohm, but is {} Ohm",
                self.low_resistance_limit.0, self.high_resistance_limit.0
            );
            return Err(FieldError::new("high_resistance_limit", text));
        }
        if let Some(hold) = self.hold {
            cell::positive("hold", hold.0, "s")?;
        }
        if let Some(bandwidth) = self.read_bandwidth {
            cell::positive("read_bandwidth", bandwidth.0, "Hz")?;
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
        let cycles = recorded(self.cycles);
        context.progress.start("devices", self.devices as u64);
        let lives = (0..self.devices as u64)
            .into_par_iter()
            .map(|device| {
                let mut cell = Cell::new(&setup, device);
                let life = self.life(&mut cell, &cycles, context)?;
                context.progress.advance(1);
                Ok(life)
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?;
        write(record, &cycles, &lives)?;
        let failed = lives.iter().filter(|life| life.failure.is_some()).count();
        let mut summary = vec![format!("{failed} of {} devices of {} failed", self.devices, card.name)];
        for cause in FailureCause::ALL {
            let count = lives.iter().filter(|life| life.failure == Some(cause)).count();
            if count > 0 {
                summary.push(format!("{}: {count}", cause.name()));
            }
        }
        Ok(summary)
    }
}

impl Endurance {
    fn life(
        &self,
        cell: &mut Cell<'_>,
        cycles: &[usize],
        context: &Context<'_>,
    ) -> Result<Life, ExperimentError> {
        let mut life =
            Life { hrs: Vec::new(), lrs: Vec::new(), pulses: Vec::new(), failure: None, end: None };
        if let Some(forming) = &self.forming {
            let (formed, _) = forming.form(cell).map_err(|error| cell.fault(error))?;
            if formed.is_none() {
                (life.failure, life.end) = (Some(FailureCause::NotFormed), Some(0));
            }
        }
        let mut in_a_row = 0;
        let mut wanted = cycles.iter().copied().peekable();
        for cycle in 1..=self.cycles {
            if life.end.is_some() {
                break;
            }
            if cycle % PATIENCE == 1 {
                context.proceed()?;
            }
            let high = self.reach(cell, Target::High).map_err(|error| cell.fault(error))?;
            let low = self.reach(cell, Target::Low).map_err(|error| cell.fault(error))?;
            if wanted.next_if_eq(&cycle).is_some() {
                life.hrs.push(high.resistance);
                life.lrs.push(low.resistance);
                life.pulses.push((high.pulses + low.pulses) as f64);
            }
            if let Some(cause) = low.failure.or(high.failure) {
                in_a_row += 1;
                if in_a_row >= self.failures_in_a_row {
                    (life.failure, life.end) = (Some(cause), Some(cycle));
                }
            } else {
                in_a_row = 0;
            }
        }
        for column in [&mut life.hrs, &mut life.lrs, &mut life.pulses] {
            column.resize(cycles.len(), f64::NAN);
        }
        Ok(life)
    }

    /// Pulses until the resistance is in its window, and what became of it.
    fn reach(&self, cell: &mut Cell<'_>, target: Target) -> Result<Reached, DeviceError> {
        let windows = Windows { low: self.low_resistance_limit.0, high: self.high_resistance_limit.0 };
        let pulse = if target == Target::Low { &self.set } else { &self.reset };
        let mut reached = Reached { resistance: f64::NAN, pulses: 0, failure: None };
        while reached.pulses < self.most_pulses {
            cell.apply(pulse)?;
            reached.pulses += 1;
            reached.resistance = cell.read()?;
            reached.failure = windows.after_pulses(target, reached.resistance);
            if reached.failure.is_none() {
                break;
            }
        }
        if let (None, Some(hold)) = (reached.failure, self.hold) {
            cell.advance(&Segment::constant(0.0, hold.0))?;
            reached.failure = windows.after_hold(target, cell.read()?);
        }
        Ok(reached)
    }
}

/// The end of one transition.
struct Reached {
    /// After the last pulse, Ω.
    resistance: f64,
    pulses: usize,
    failure: Option<FailureCause>,
}

/// The recorded ones of so many cycles.
fn recorded(cycles: usize) -> Vec<usize> {
    let mut list: Vec<usize> = (1..=cycles.min(ALL_RECORDED)).collect();
    let mut step = 1.0;
    while list.last().is_some_and(|last| *last < cycles) {
        let next = (ALL_RECORDED as f64 * 10_f64.powf(step / IN_A_DECADE)).round() as usize;
        list.push(next.min(cycles));
        step += 1.0;
    }
    list
}

fn write(record: &mut Record, cycles: &[usize], lives: &[Life]) -> Result<(), ExperimentError> {
    let scale = "/results/cycle";
    let numbers = cycles.iter().map(|cycle| *cycle as f64).collect();
    record.write(&Dataset::vector(scale, numbers, "1", "cycle").scale(0, scale))?;
    let gather = |f: fn(&Life) -> &Vec<f64>| {
        Feature::of(&lives.iter().map(|life| f(life).clone()).collect::<Vec<_>>())
    };
    for (name, feature, long_name) in [
        ("hrs", gather(|life| &life.hrs), "resistance after RESET"),
        ("lrs", gather(|life| &life.lrs), "resistance after SET"),
    ] {
        let path = |suffix: &str| format!("/results/{name}{suffix}");
        let course = feature.cycles().flat_map(|own| quantiles(own, &[0.25, 0.5, 0.75])).collect();
        let quartiles = format!("{long_name}: lower quartile, median, upper quartile over the devices");
        record.write(
            &Dataset::matrix(path("_course"), cycles.len(), 3, course, "Ohm", quartiles).scale(0, scale),
        )?;
        let range = quantiles(&feature.values, &[0.0, 0.5, 1.0]);
        let smallest = format!("{long_name}: smallest, median, largest");
        record.write(&Dataset::vector(path("_range"), range, "Ohm", smallest))?;
        let values = feature.values;
        record.write(
            &Dataset::matrix(path(""), cycles.len(), lives.len(), values, "Ohm", long_name).scale(0, scale),
        )?;
    }
    let pulses = gather(|life| &life.pulses);
    let mean = |own: &[f64]| {
        let (sum, count) =
            own.iter().filter(|n| n.is_finite()).fold((0.0, 0.0), |(sum, count), n| (sum + n, count + 1.0));
        sum / count
    };
    let means = pulses.cycles().map(mean).collect();
    record.write(
        &Dataset::vector("/results/pulses", means, "1", "mean number of pulses of a cycle").scale(0, scale),
    )?;
    let codes = Values::U8(lives.iter().map(|life| life.failure.map_or(0, FailureCause::code)).collect());
    record.write(&Dataset::new("/results/failure", vec![lives.len()], codes, "1", FAILURE_NAME))?;
    let ends = lives.iter().map(|life| life.end.map_or(f64::NAN, |end| end as f64)).collect();
    record.write(&Dataset::vector(
        "/results/end_cycle",
        ends,
        "1",
        "cycle at which the device was given up",
    ))?;
    let failed = cycles.iter().flat_map(|cycle| {
        FailureCause::ALL.map(|cause| {
            lives
                .iter()
                .filter(|life| life.failure == Some(cause) && life.end.is_some_and(|end| end <= *cycle))
                .count() as f64
        })
    });
    let names = FailureCause::ALL.map(FailureCause::name).join(", ");
    record.write(
        &Dataset::matrix(
            "/results/failed_devices",
            cycles.len(),
            FailureCause::ALL.len(),
            failed.collect(),
            "1",
            format!("devices that have failed: {names}"),
        )
        .scale(0, scale),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_early_cycles_are_recorded_and_later_ones_thinned() {
        assert_eq!(recorded(3), [1, 2, 3]);
        assert_eq!(recorded(1000).len(), 1000);
        let long = recorded(1_000_000);
        assert_eq!((long.len(), long.last()), (1180, Some(&1_000_000)));
        assert!(long.windows(2).all(|w| w[0] < w[1]));
    }
}
