//! `forming`: the voltage at which fresh cells first conduct.
//!
//! Each device is drawn from the card's distribution and takes pulses of rising voltage until its
//! resistance at the read voltage is below that of a formed cell. Written: `/results/forming_voltage`
//! and `/results/formed_resistance` (devices; NaN where the cell does not form), `/results/failure`
//! (devices; 0 or 1, not formed), their quantiles at `/results/probability`, `/results/formed_share`, and
//! the Weibull distribution F = 1 − exp(−(V/V_63)^β) of the forming voltage: `/results/weibull_slope` β,
//! `/results/weibull_voltage` V_63, by maximum likelihood.

use device_models::failure::{FailureCause, after_forming};
use device_models::{CurrentLimit, DeviceError, DeviceModel};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::pulse::Pulse;
use super::summary::quantiles;
use super::{Cell, Setup, counted};
use crate::experiment::kinds::cell::{self, Overrides};
use crate::experiment::script::{Folders, Kelvin, Ohm, Ratio, Second, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::{Dataset, Record, Values};

/// Most pulses of one forming.
const MOST_PULSES: f64 = 1e6;

/// Pulses of rising voltage.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Voltage of the first pulse.
    from: Volt,
    /// Highest voltage.
    to: Volt,
    /// Increase from pulse to pulse.
    step: Volt,
    /// Width of each pulse.
    width: Second,
    /// A cell whose resistance is at most this has been formed.
    formed_below: Ohm,
}

impl Ladder {
    pub(super) fn check(&self, field: &str, model: &dyn DeviceModel) -> Result<(), FieldError> {
        cell::positive(&format!("{field}.width"), self.width.0, "s")?;
        cell::positive(&format!("{field}.formed_below"), self.formed_below.0, "Ohm")?;
        let polarity = model.set_polarity();
        let (from, to, step) = (self.from.0 * polarity, self.to.0 * polarity, self.step.0 * polarity);
        if !(from > 0.0 && to >= from && step > 0.0 && (to - from) / step < MOST_PULSES) {
            let sign = if polarity > 0.0 { "positive" } else { "negative" };
            let text = format!(
                "from, to and step must all be {sign} for this card, to be at least from, and step not tiny"
            );
            return Err(FieldError::new(field, text));
        }
        Ok(())
    }

    /// Forms a cell; the voltage of the pulse that did it, or none.
    pub(super) fn form(&self, cell: &mut Cell<'_>) -> Result<(Option<f64>, f64), DeviceError> {
        let count = ((self.to.0 - self.from.0) / self.step.0 * (1.0 + 1e-12)).floor() as u32;
        let mut resistance = cell.read()?;
        for k in 0..=count {
            let voltage = self.from.0 + self.step.0 * f64::from(k);
            cell.apply(&Pulse::rectangular(voltage, self.width.0))?;
            resistance = cell.read()?;
            if after_forming(self.formed_below.0, resistance).is_none() {
                return Ok((Some(voltage), resistance));
            }
        }
        Ok((None, resistance))
    }
}

/// Forming of many devices.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forming {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Number of devices.
    devices: usize,
    /// The pulses.
    pulses: Ladder,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// State before: a name from the card or a value of the slow state variable.
    #[serde(default = "pristine")]
    initial_state: String,
    /// Probabilities of the quantiles.
    #[serde(default = "probabilities")]
    probabilities: Vec<Ratio>,
}

pub(super) fn pristine() -> String {
    "pristine".to_owned()
}

fn probabilities() -> Vec<Ratio> {
    [0.01, 0.10, 0.25, 0.5, 0.75, 0.9, 0.99].map(Ratio).to_vec()
}

impl Kind for Forming {
    const NAME: &'static str = "forming";
    const PURPOSE: &'static str = "voltage at which fresh cells first conduct, and what they then are";
}

impl Study for Forming {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        if self.initial_state == pristine() && card.state(&self.initial_state).is_none() {
            let text = format!(
                "\"{}\" knows no cell before forming; choose a card with a state \"pristine\", e.g. statistical_hfo2_1t1r, or give initial_state",
                card.name
            );
            return Err(FieldError::new("card", text));
        }
        cell::slow_state(&card, &self.initial_state)?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        counted("devices", self.devices, 10_000_000)?;
        self.pulses.check("pulses", card.model.as_ref())?;
        for (i, p) in self.probabilities.iter().enumerate() {
            if !(0.0..=1.0).contains(&p.0) {
                let text = format!("must lie between 0 and 1, but is {}", p.0);
                return Err(FieldError::new(format!("probabilities[{i}]"), text));
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
            bandwidth: None,
            seed: context.seed,
        };
        context.progress.start("devices", self.devices as u64);
        let formed = (0..self.devices as u64)
            .into_par_iter()
            .map(|device| {
                context.proceed()?;
                let mut cell = Cell::new(&setup, device);
                let (voltage, resistance) = self.pulses.form(&mut cell).map_err(|e| cell.fault(e))?;
                context.progress.advance(1);
                Ok(voltage.map_or((f64::NAN, f64::NAN), |voltage| (voltage, resistance)))
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?;
        let (voltages, resistances): (Vec<f64>, Vec<f64>) = formed.into_iter().unzip();
        let share = self.write(record, &voltages, &resistances)?;
        Ok(vec![
            format!("{:.2} % of {} devices of {} formed", 100.0 * share, self.devices, card.name),
            format!("median forming voltage {:.4} V", quantiles(&voltages, &[0.5])[0]),
        ])
    }
}

impl Forming {
    fn write(
        &self,
        record: &mut Record,
        voltages: &[f64],
        resistances: &[f64],
    ) -> Result<f64, ExperimentError> {
        let probability = "/results/probability";
        let probabilities: Vec<f64> = self.probabilities.iter().map(|p| p.0).collect();
        record.write(
            &Dataset::vector(probability, probabilities.clone(), "1", "probability of a smaller value")
                .scale(0, probability),
        )?;
        for (name, values, unit, long_name) in [
            ("forming_voltage", voltages, "V", "voltage of the pulse that formed the cell"),
            ("formed_resistance", resistances, "Ohm", "resistance after forming"),
        ] {
            record.write(&Dataset::vector(format!("/results/{name}"), values.to_vec(), unit, long_name))?;
            let own = quantiles(values, &probabilities);
            let path = format!("/results/{name}_quantile");
            record.write(
                &Dataset::vector(path, own, unit, format!("{long_name}, quantile")).scale(0, probability),
            )?;
        }
        let code = |v: &f64| if v.is_nan() { FailureCause::NotFormed.code() } else { 0 };
        let failures = Values::U8(voltages.iter().map(code).collect());
        record.write(&Dataset::new(
            "/results/failure",
            vec![voltages.len()],
            failures,
            "1",
            super::FAILURE_NAME,
        ))?;
        let finite: Vec<f64> = voltages.iter().filter(|v| v.is_finite()).map(|v| v.abs()).collect();
        let share = finite.len() as f64 / voltages.len() as f64;
        let (slope, scale) = weibull(&finite);
        for (name, value, unit, long_name) in [
            ("formed_share", share, "1", "share of the devices that formed"),
            ("weibull_slope", slope, "1", "Weibull slope of the forming voltage"),
            ("weibull_voltage", scale, "V", "voltage below which 63 % of the formed devices have formed"),
        ] {
            record.write(&Dataset::vector(format!("/results/{name}"), vec![value], unit, long_name))?;
        }
        Ok(share)
    }
}

/// Slope and scale of a Weibull distribution by maximum likelihood (N. Balakrishnan, M. Kateri, Stat.
/// Probab. Lett. 78, 2971 (2008), doi:10.1016/j.spl.2008.05.019: the equation in the slope has one root);
/// NaN where all values are equal or there are none.
fn weibull(values: &[f64]) -> (f64, f64) {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let logs: Vec<f64> = values.iter().map(|v| (v / largest).ln()).collect();
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let excess = |slope: f64| {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for log in &logs {
            let power = (slope * log).exp();
            sum += power;
            weighted += power * log;
        }
        weighted / sum - 1.0 / slope - mean
    };
    match numerics::roots::bracket(excess, 1e-3, 1e5, 1e-9) {
        Ok((slope, _)) => {
            let power = logs.iter().map(|log| (slope * log).exp()).sum::<f64>() / count;
            (slope, largest * power.powf(1.0 / slope))
        }
        Err(_) => (f64::NAN, f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weibull_fit_finds_what_was_put_in() {
        let quantile = |p: f64| 3.255 * (-(1.0 - p).ln()).powf(1.0 / 16.1);
        let values: Vec<f64> = (0..20_000).map(|k| quantile((f64::from(k) + 0.5) / 20_000.0)).collect();
        let (slope, scale) = weibull(&values);
        assert!((slope / 16.1 - 1.0).abs() < 2e-3 && (scale / 3.255 - 1.0).abs() < 1e-4, "{slope} {scale}");
        assert!(weibull(&[]).0.is_nan() && weibull(&[2.0, 2.0]).0.is_nan());
    }
}
