//! The parameters of a statistical device and what they must satisfy.

use std::collections::BTreeMap;

use super::NAME;
use super::map::QuantileMap;
use crate::error::DeviceError;
use crate::model::ParameterSpec;
use crate::parameters::Sign;

/// Features of a cycle: HRS, V_SET, LRS, V_RESET.
pub(crate) const FEATURES: usize = 4;
/// Numbers that make a device: mean and deviation of each feature's latent.
pub(crate) const DEVICE: usize = 2 * FEATURES;
/// Entries of a lower triangle of 4 × 4.
const TRIANGLE: usize = FEATURES * (FEATURES + 1) / 2;
/// Entries of a lower triangle of 8 × 8.
const DEVICE_TRIANGLE: usize = DEVICE * (DEVICE + 1) / 2;

const fn spec(
    name: &'static str,
    symbol: &'static str,
    unit: &'static str,
    list: bool,
    meaning: &'static str,
) -> ParameterSpec {
    ParameterSpec { name, symbol, unit, documented: None, meaning, list }
}

/// Name, symbol and unit of every parameter.
pub const PARAMETERS: &[ParameterSpec] = &[
    spec("low_current", "I_H", "A", true, "I-V of the low bracket: factors of (U/V)^1, ^2 …"),
    spec("high_current", "I_L", "A", true, "I-V of the high bracket: factors of (U/V)^1, ^2 …"),
    spec("reference_voltage", "U_0", "V", false, "voltage at which resistances are defined"),
    spec("voltage_range", "U_r", "V", false, "largest voltage at which the I-V was measured"),
    spec("minimum_conductance", "G_min", "S", false, "lowest conductance; that of a cell before forming"),
    spec("maximum_conductance", "G_max", "S", false, "highest conductance"),
    spec("reset_end_voltage", "U_max", "V", false, "magnitude of the voltage at which a RESET is complete"),
    spec("reset_exponent", "η", "1", false, "curvature of the RESET transition"),
    spec("hrs_cycle", "Γ_1", "1", true, "polynomial of the cycle's normal score, log10 HRS"),
    spec("set_voltage_cycle", "Γ_2", "1", true, "polynomial of the cycle's normal score, V_SET"),
    spec("lrs_cycle", "Γ_3", "1", true, "polynomial of the cycle's normal score, LRS"),
    spec("reset_voltage_cycle", "Γ_4", "1", true, "polynomial of the cycle's normal score, V_RESET"),
    spec("device_weight", "w_k", "1", true, "weights of the kinds of device"),
    spec("device_mean", "μ_k", "1", true, "mean of each kind: 4 means and 4 deviations of the latents"),
    spec(
        "device_factor",
        "L_k",
        "1",
        true,
        "Cholesky factor of each kind's covariance, lower triangle by rows",
    ),
    spec("hrs_latent", "y_1", "1", true, "knots of the quantile map of the HRS"),
    spec("hrs_value", "Q_1", "1", true, "log10 of the HRS in Ohm at the knots"),
    spec("set_voltage_latent", "y_2", "1", true, "knots of the quantile map of V_SET"),
    spec("set_voltage_value", "Q_2", "V", true, "V_SET at the knots"),
    spec("lrs_latent", "y_3", "1", true, "knots of the quantile map of the LRS"),
    spec("lrs_value", "Q_3", "Ohm", true, "LRS at the knots"),
    spec("reset_voltage_latent", "y_4", "1", true, "knots of the quantile map of V_RESET"),
    spec("reset_voltage_value", "Q_4", "V", true, "V_RESET at the knots"),
    spec("slow_cycles", "τ", "1", true, "cycles over which each slow component is remembered"),
    spec("slow_loading", "C", "1", true, "share of the slow components, lower triangle by rows"),
    spec("white_loading", "D", "1", true, "share of the white components, lower triangle by rows"),
    spec("hrs_wear", "a_1", "1", false, "decades of HRS lost per decade of cycles"),
    spec("lrs_wear", "a_3", "Ohm", false, "LRS lost per decade of cycles"),
    spec("wear_cycles", "n_0", "1", false, "cycles after which wear becomes logarithmic"),
    spec("measured_cycles", "n_m", "1", false, "cycles over which the quantiles were taken"),
    spec(
        "forming_voltage",
        "V_F",
        "V",
        false,
        "voltage at which 63 % of the cells have formed; 0: formed cells",
    ),
    spec("forming_slope", "β", "1", false, "Weibull slope of the forming voltage"),
    spec("forming_yield", "p_F", "1", false, "share of the cells that form"),
    spec("formed_latent", "y_F", "1", true, "knots of the quantile map of the formed resistance"),
    spec("formed_value", "Q_F", "Ohm", true, "resistance after forming at the knots"),
];

/// One kind of device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kind {
    pub(crate) weight: f64,
    pub(crate) mean: [f64; DEVICE],
    /// Lower triangle by rows.
    pub(crate) factor: Vec<f64>,
}

/// The parameters of one card, SI units.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    pub(crate) low_current: Vec<f64>,
    pub(crate) high_current: Vec<f64>,
    pub(crate) reference_voltage: f64,
    pub(crate) voltage_range: f64,
    pub(crate) minimum_conductance: f64,
    pub(crate) maximum_conductance: f64,
    pub(crate) reset_end_voltage: f64,
    pub(crate) reset_exponent: f64,
    pub(crate) cycle: [Vec<f64>; FEATURES],
    pub(crate) kinds: Vec<Kind>,
    pub(crate) maps: [QuantileMap; FEATURES],
    /// Correlation of a slow component with itself one cycle before.
    pub(crate) memory: [f64; FEATURES],
    pub(crate) slow: [[f64; FEATURES]; FEATURES],
    pub(crate) white: [[f64; FEATURES]; FEATURES],
    pub(crate) hrs_wear: f64,
    pub(crate) lrs_wear: f64,
    pub(crate) wear_cycles: f64,
    pub(crate) measured_cycles: f64,
    pub(crate) forming_voltage: f64,
    pub(crate) forming_slope: f64,
    pub(crate) forming_yield: f64,
    pub(crate) formed: QuantileMap,
}

/// A card's values by name.
struct Values<'a>(&'a BTreeMap<String, f64>);

impl Values<'_> {
    fn one(&self, name: &'static str, sign: Sign) -> Result<f64, DeviceError> {
        let value = self
            .0
            .get(name)
            .copied()
            .ok_or(DeviceError::MissingParameter { model: NAME, parameter: name })?;
        sign.check(NAME, name, value)
    }

    fn list(&self, name: &'static str) -> Result<Vec<f64>, DeviceError> {
        let items: Vec<f64> =
            (0..).map_while(|k: usize| self.0.get(&format!("{name}[{k}]")).copied()).collect();
        if items.is_empty() {
            return Err(DeviceError::MissingParameter { model: NAME, parameter: name });
        }
        items.iter().try_for_each(|item| Sign::Any.check(NAME, name, *item).map(|_| ()))?;
        Ok(items)
    }

    fn counted(
        &self,
        name: &'static str,
        count: usize,
        demand: &'static str,
    ) -> Result<Vec<f64>, DeviceError> {
        let items = self.list(name)?;
        if items.len() == count { Ok(items) } else { Err(wrong(name, items.len() as f64, demand)) }
    }

    fn map(&self, latent: &'static str, value: &'static str) -> Result<QuantileMap, DeviceError> {
        let (knots, values) = (self.list(latent)?, self.list(value)?);
        QuantileMap::new(knots, values).ok_or_else(|| {
            wrong(latent, f64::NAN, "its knots must rise, with as many values that rise too, at least two")
        })
    }

    fn triangle(&self, name: &'static str) -> Result<[[f64; FEATURES]; FEATURES], DeviceError> {
        let items = self.counted(name, TRIANGLE, "it must hold 10 numbers: a lower triangle of 4 rows")?;
        let mut rows = [[0.0; FEATURES]; FEATURES];
        let mut next = items.into_iter();
        for (i, row) in rows.iter_mut().enumerate() {
            for (entry, value) in row.iter_mut().take(i + 1).zip(&mut next) {
                *entry = value;
            }
        }
        Ok(rows)
    }
}

fn wrong(parameter: &'static str, value: f64, demand: &'static str) -> DeviceError {
    DeviceError::InvalidParameter { model: NAME, parameter, value, demand }
}

impl Parameters {
    /// The parameters from a card's values.
    ///
    /// # Errors
    /// When a parameter is missing, or has a value no device can have.
    pub fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        let values = Values(values);
        let positive = |name| values.one(name, Sign::Positive);
        let weights = values.list("device_weight")?;
        if weights.iter().any(|w| *w <= 0.0) {
            return Err(wrong("device_weight", f64::NAN, "every weight must be positive"));
        }
        let count = weights.len();
        let means =
            values.counted("device_mean", DEVICE * count, "it must hold 8 numbers for each weight")?;
        let factors = values.counted(
            "device_factor",
            DEVICE_TRIANGLE * count,
            "it must hold 36 numbers for each weight: a lower triangle of 8 rows",
        )?;
        let total: f64 = weights.iter().sum();
        let kinds = weights
            .iter()
            .zip(means.chunks(DEVICE))
            .zip(factors.chunks(DEVICE_TRIANGLE))
            .map(|((weight, mean), factor)| {
                let mut own = [0.0; DEVICE];
                own.copy_from_slice(mean);
                Kind { weight: weight / total, mean: own, factor: factor.to_vec() }
            })
            .collect();
        let times = values.counted("slow_cycles", FEATURES, "it must hold 4 numbers")?;
        if times.iter().any(|time| *time <= 0.0) {
            return Err(wrong("slow_cycles", f64::NAN, "every number of cycles must be positive"));
        }
        let mut memory = [0.0; FEATURES];
        for (own, time) in memory.iter_mut().zip(&times) {
            *own = (-1.0 / time).exp();
        }
        let parameters = Self {
            low_current: values.list("low_current")?,
            high_current: values.list("high_current")?,
            reference_voltage: positive("reference_voltage")?,
            voltage_range: positive("voltage_range")?,
            minimum_conductance: positive("minimum_conductance")?,
            maximum_conductance: positive("maximum_conductance")?,
            reset_end_voltage: positive("reset_end_voltage")?,
            reset_exponent: positive("reset_exponent")?,
            cycle: [
                values.list("hrs_cycle")?,
                values.list("set_voltage_cycle")?,
                values.list("lrs_cycle")?,
                values.list("reset_voltage_cycle")?,
            ],
            kinds,
            maps: [
                values.map("hrs_latent", "hrs_value")?,
                values.map("set_voltage_latent", "set_voltage_value")?,
                values.map("lrs_latent", "lrs_value")?,
                values.map("reset_voltage_latent", "reset_voltage_value")?,
            ],
            memory,
            slow: values.triangle("slow_loading")?,
            white: values.triangle("white_loading")?,
            hrs_wear: values.one("hrs_wear", Sign::NonNegative)?,
            lrs_wear: values.one("lrs_wear", Sign::NonNegative)?,
            wear_cycles: positive("wear_cycles")?,
            measured_cycles: positive("measured_cycles")?,
            forming_voltage: values.one("forming_voltage", Sign::NonNegative)?,
            forming_slope: positive("forming_slope")?,
            forming_yield: positive("forming_yield")?,
            formed: values.map("formed_latent", "formed_value")?,
        };
        parameters.consistent()?;
        Ok(parameters)
    }

    fn consistent(&self) -> Result<(), DeviceError> {
        if self.forming_yield > 1.0 {
            return Err(wrong("forming_yield", self.forming_yield, "it must be at most 1"));
        }
        if self.maximum_conductance <= 2.0 * self.minimum_conductance {
            return Err(wrong(
                "maximum_conductance",
                self.maximum_conductance,
                "it must exceed twice minimum_conductance",
            ));
        }
        Ok(())
    }
}
