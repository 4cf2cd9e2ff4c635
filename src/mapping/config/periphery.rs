//! Converters, drivers and sense amplifiers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How an input drives its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// A voltage, signed, in one read.
    #[default]
    Amplitude,
    /// The read voltage for a time; negative inputs in a second phase that is subtracted.
    PulseWidth,
    /// One read at the read voltage for every bit of the input converter but its sign, each converted;
    /// the results are shifted and added digitally.
    BitSerial,
    /// The same, the charges of all bits weighted and added before one conversion.
    BitSerialAnalog,
}

impl Encoding {
    /// Inputs are whole numbers of bits.
    pub fn is_serial(self) -> bool {
        matches!(self, Self::BitSerial | Self::BitSerialAnalog)
    }
}

/// How the inputs of a read are scaled to the range of the drivers (noise management).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NoiseManagement {
    /// The largest magnitude of each sample takes the whole range.
    #[default]
    AbsMax,
    /// Inputs are shares of the full drive as they are; beyond ±1 they are clipped and counted.
    None,
    /// Divided by this number; what is beyond is clipped and counted.
    Constant {
        /// Input that takes the whole range.
        largest: f32,
    },
    /// Divided by a running mean, batch after batch, of the samples' largest magnitudes.
    AverageAbsMax {
        /// Share of the newest batch in the mean.
        share: f32,
    },
}

/// What shares a full scale of the converters at the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangeOf {
    /// All columns of a tile.
    #[default]
    Tile,
    /// Each column has its own.
    Column,
}

/// How the full scale of the converters at the outputs is found. What depends on data is found from
/// the inputs of an explicit calibration, or from the first batch that is read without one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AdcCalibration {
    /// `adc_range` as it is.
    #[default]
    Fixed,
    /// `adc_range` as it is, but times the number of driven lines instead of its root.
    AllLines,
    /// `adc_range` as it is, in units of `weight_range` alone: the same for any number of driven lines.
    OneLine,
    /// So large that this share of the data's magnitudes fits, percent.
    Percentile {
        /// Percent of the magnitudes.
        percentile: f32,
        /// What has a range of its own.
        #[serde(default)]
        range_of: RangeOf,
    },
    /// Least mean square of rounding and clipping on the data, by search; never worse on them than fixed.
    LeastError {
        /// What has a range of its own.
        #[serde(default)]
        range_of: RangeOf,
    },
}

/// Converters, drivers and sense amplifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeripheryConfig {
    /// How an input drives its line.
    pub encoding: Encoding,
    /// Voltage of full input, V; left away, the card's read voltage.
    pub read_voltage: Option<f64>,
    /// Temperature of the arrays during reads, K; left away, the ambient temperature. What cells conduct at
    /// it is that of the card's model.
    pub read_temperature: Option<f64>,
    /// The cells' current is curved over the voltage as the card's model has it; else it is straight up to
    /// the read voltage. Only amplitudes see it: other encodings always drive in full.
    pub curved_cells: bool,
    /// Bits of the digital-to-analog converters at the inputs (with sign); 0: ideal.
    pub dac_bits: u32,
    /// Bits of the analog-to-digital converters at the outputs (with sign); 0: ideal, without range.
    pub adc_bits: u32,
    /// Full scale of the converters at the outputs, in units of `weight_range` times the square
    /// root of the number of driven lines, at full input.
    pub adc_range: f32,
    /// The multiple of the sum of the inputs that `offset` weights have subtracted is a code of the
    /// converters too, as if it were the current of a dummy column; else it is exact.
    pub offset_converted: bool,
    /// How the full scale is found.
    pub adc_calibration: AdcCalibration,
    /// How the inputs of a read are scaled.
    pub noise_management: NoiseManagement,
    /// Bound management: a conversion beyond the range is repeated with half the inputs, up to so many
    /// times.
    pub bound_management_rounds: u32,
    /// Standard deviation of the noise of the sense amplifiers, in units of the current of one cell at
    /// `weight_range` and full input.
    pub output_noise: f32,
    /// Standard deviation of the gain of the drivers from line to line.
    pub dac_gain_mismatch: f32,
    /// Standard deviation of the offset of the drivers from line to line, as a share of full input.
    pub dac_offset_mismatch: f32,
    /// Standard deviation of the gain of the converters at the outputs from column to column.
    pub adc_gain_mismatch: f32,
    /// Standard deviation of the offset of the converters at the outputs, as a share of the full scale.
    pub adc_offset_mismatch: f32,
    /// Non-linearity b of the integrators: u becomes u/(1 + b |u|), u the share of the full scale.
    pub integrator_nonlinearity: f32,
    /// Saturation of the integrators as a share of the full scale; 0: none.
    pub integrator_saturation: f32,
}

impl Default for PeripheryConfig {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            read_voltage: None,
            read_temperature: None,
            curved_cells: false,
            dac_bits: 8,
            adc_bits: 8,
            adc_range: 1.0,
            offset_converted: false,
            adc_calibration: AdcCalibration::default(),
            noise_management: NoiseManagement::default(),
            bound_management_rounds: 0,
            output_noise: 0.0,
            dac_gain_mismatch: 0.0,
            dac_offset_mismatch: 0.0,
            adc_gain_mismatch: 0.0,
            adc_offset_mismatch: 0.0,
            integrator_nonlinearity: 0.0,
            integrator_saturation: 0.0,
        }
    }
}

fn bits(field: &str, value: u32) -> Result<(), DesignError> {
    if value == 0 || (2..=16).contains(&value) {
        return Ok(());
    }
    Err(DesignError::new(field, &value, "0 (ideal) or from 2 to 16"))
}

impl PeripheryConfig {
    /// The converters at the outputs find their ranges from data.
    pub fn calibrates(&self) -> bool {
        let given = matches!(
            self.adc_calibration,
            AdcCalibration::Fixed | AdcCalibration::AllLines | AdcCalibration::OneLine
        );
        self.adc_bits > 0 && !given
    }

    /// The first field for which reads need more of the cells than their conductances.
    pub fn needs_currents(&self) -> Option<&'static str> {
        let fields = [
            (self.curved_cells, "curved_cells"),
            (self.read_voltage.is_some(), "read_voltage"),
            (self.read_temperature.is_some(), "read_temperature"),
        ];
        fields.into_iter().find_map(|(given, field)| given.then_some(field))
    }

    /// Reads of the lines that one input vector takes.
    pub fn reads_per_input(&self) -> u32 {
        match self.encoding {
            Encoding::Amplitude => 1,
            Encoding::PulseWidth => 2,
            Encoding::BitSerial | Encoding::BitSerialAnalog => self.dac_bits.saturating_sub(1),
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        bits("dac_bits", self.dac_bits)?;
        bits("adc_bits", self.adc_bits)?;
        if self.encoding.is_serial() && self.dac_bits == 0 {
            return Err(DesignError::new("dac_bits", &0, "from 2 to 16 where inputs are bit-serial"));
        }
        for (field, value, largest) in
            [("read_voltage", self.read_voltage, 10.0), ("read_temperature", self.read_temperature, 2000.0)]
        {
            if value.is_some_and(|value| !(value > 0.0 && value <= largest)) {
                let expected = format!("above 0 and up to {largest}");
                return Err(DesignError::new(field, &value.unwrap_or_default(), &expected));
            }
        }
        DesignError::range("adc_range", self.adc_range, 1e-6, 1e6)?;
        match self.adc_calibration {
            AdcCalibration::Percentile { percentile, .. } => {
                DesignError::range("adc_calibration.percentile", percentile, 1.0, 100.0)?;
            }
            AdcCalibration::Fixed
            | AdcCalibration::AllLines
            | AdcCalibration::OneLine
            | AdcCalibration::LeastError { .. } => {}
        }
        match self.noise_management {
            NoiseManagement::Constant { largest } => {
                DesignError::range("noise_management.largest", largest, 1e-12, 1e12)?;
            }
            NoiseManagement::AverageAbsMax { share } => {
                DesignError::range("noise_management.share", share, 1e-6, 1.0)?;
            }
            NoiseManagement::None | NoiseManagement::AbsMax => {}
        }
        DesignError::count("bound_management_rounds", self.bound_management_rounds as usize, 0, 30)?;
        if self.bound_management_rounds > 0 && self.adc_bits == 0 && self.integrator_saturation == 0.0 {
            let expected =
                "0 where converters are ideal and integrators do not saturate: nothing is out of range";
            return Err(DesignError::new("bound_management_rounds", &self.bound_management_rounds, expected));
        }
        if self.bound_management_rounds > 0 && self.encoding == Encoding::BitSerial {
            let expected =
                "0 where every bit of the inputs is converted: each drives in full, however small the input";
            return Err(DesignError::new("bound_management_rounds", &self.bound_management_rounds, expected));
        }
        for (field, value) in [
            ("output_noise", self.output_noise),
            ("dac_gain_mismatch", self.dac_gain_mismatch),
            ("dac_offset_mismatch", self.dac_offset_mismatch),
            ("adc_gain_mismatch", self.adc_gain_mismatch),
            ("adc_offset_mismatch", self.adc_offset_mismatch),
            ("integrator_nonlinearity", self.integrator_nonlinearity),
            ("integrator_saturation", self.integrator_saturation),
        ] {
            DesignError::range(field, value, 0.0, 100.0)?;
        }
        Ok(())
    }
}
