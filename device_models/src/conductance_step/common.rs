//! The parameters that all conductance-step devices share, and the cell they make.

use crate::error::DeviceError;
use crate::model::{OperatingPoint, Segment, Surroundings};

/// Parameters shared by all shapes; SI units, weights as pure numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    /// Δw_min.
    pub step: f64,
    /// g: the device's step over the mean one.
    pub gain: f64,
    /// β: steps up are Δw_min (g + β), steps down Δw_min (g − β).
    pub step_asymmetry: f64,
    /// Smallest weight.
    pub weight_min: f64,
    /// Largest weight.
    pub weight_max: f64,
    /// r: what is read is w − r.
    pub reference: f64,
    /// The device's symmetry point is subtracted besides.
    pub subtract_symmetry_point: f64,
    /// σ_c.
    pub cycle_noise: f64,
    /// σ_w.
    pub write_noise: f64,
    /// Conductance at weight zero, S.
    pub conductance_at_zero: f64,
    /// Conductance per unit of weight, S.
    pub conductance_per_weight: f64,
    /// Magnitude from which on a voltage writes, V.
    pub pulse_voltage: f64,
    /// Width of one pulse, s.
    pub pulse_width: f64,
}

impl Common {
    /// What cannot be a device.
    pub(super) fn consistent(&self, model: &'static str) -> Result<(), DeviceError> {
        let refuse =
            |parameter, value, demand| Err(DeviceError::InvalidParameter { model, parameter, value, demand });
        if self.weight_min >= self.weight_max {
            return refuse("weight_max", self.weight_max, "it must exceed weight_min");
        }
        if self.step_asymmetry.abs() >= 1.0 {
            return refuse("step_asymmetry", self.step_asymmetry, "it must lie between -1 and 1");
        }
        if self.subtract_symmetry_point.fract() != 0.0 || self.subtract_symmetry_point > 1.0 {
            return refuse("subtract_symmetry_point", self.subtract_symmetry_point, "it must be 0 or 1");
        }
        if self.conductance(self.weight_min).is_nan() || self.conductance(self.weight_min) <= 0.0 {
            return refuse(
                "conductance_at_zero",
                self.conductance_at_zero,
                "the conductance at weight_min must be positive",
            );
        }
        Ok(())
    }

    /// Δ_d, the size of a step where its shape is 1.
    pub(super) fn size(&self, up: bool) -> f64 {
        let asymmetry = if up { self.step_asymmetry } else { -self.step_asymmetry };
        self.step * (self.gain + asymmetry).max(0.0)
    }

    /// Standard deviation of write noise, S.
    pub(super) fn reading_deviation(&self) -> f64 {
        self.write_noise * self.step * self.conductance_per_weight
    }

    pub(super) fn conductance(&self, weight: f64) -> f64 {
        self.conductance_at_zero + self.conductance_per_weight * (weight - self.reference)
    }

    /// The weight at a conductance, within the bounds.
    pub(super) fn weight(&self, conductance: f64) -> f64 {
        let weight = (conductance - self.conductance_at_zero) / self.conductance_per_weight + self.reference;
        weight.max(self.weight_min).min(self.weight_max)
    }

    /// Beginning and end of the time in which the voltage of a segment of one polarity is high enough to
    /// write, s; equal where it never is.
    pub(super) fn writing_times(&self, segment: &Segment) -> (f64, f64) {
        let threshold = self.pulse_voltage * (1.0 - 1e-9);
        let (from, to) = (segment.start_voltage.abs(), segment.end_voltage.abs());
        let at = segment.duration * ((threshold - from) / (to - from));
        match (from >= threshold, to >= threshold) {
            (true, true) => (0.0, segment.duration),
            (true, false) => (0.0, at),
            (false, true) => (at, segment.duration),
            (false, false) => (segment.duration, segment.duration),
        }
    }

    /// The ohmic cell behind its current limit.
    pub(super) fn point(state: &[f64], voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        // Write noise may not turn a cell into a source.
        let conductance = (state[0] + state[1]).max(1e-3 * state[0]);
        let share = surroundings.limit.share(voltage.abs(), |v| (conductance * v, conductance));
        let cell = share.voltage.copysign(voltage);
        OperatingPoint {
            voltage: cell,
            current: conductance * cell,
            differential_conductance: conductance,
            temperature: surroundings.ambient_temperature,
            limited: share.limited,
        }
    }
}

/// The parameter table of a shape: the shared lines, then its own.
macro_rules! step_parameters {
    ($model:expr; $($own:tt)*) => {
        crate::parameters::parameters! {
            $model;
            /// Δw_min, 1.
            step, "Δw_min", "1", None, Positive, "mean step of one pulse in units of the weight";
            /// β, 1.
            step_asymmetry, "β", "1", None, Any, "relative excess of steps up over the mean of both directions";
            /// r, 1.
            reference, "r", "1", None, Any, "weight of the reference device, subtracted in a read";
            /// Whether the symmetry point is subtracted, 1.
            subtract_symmetry_point, "", "1", None, NonNegative, "1: the weight at which steps up and down are alike is subtracted in a read; 0: it is not";
            /// b_min, 1.
            weight_min, "b_min", "1", None, Any, "smallest weight";
            /// b_max, 1.
            weight_max, "b_max", "1", None, Any, "largest weight";
            /// σ_c, 1.
            cycle_noise, "σ_c", "1", None, NonNegative, "standard deviation of one step over its mean";
            /// σ_w, 1.
            write_noise, "σ_w", "1", None, NonNegative, "standard deviation of the weight read after a pulse over the mean step";
            /// Conductance at weight zero, S.
            conductance_at_zero, "G(0)", "S", None, Positive, "conductance at weight zero";
            /// Conductance per unit of weight, S.
            conductance_per_weight, "dG/dw", "S", None, Positive, "conductance per unit of weight";
            /// Pulse voltage, V.
            pulse_voltage, "V_p", "V", None, Positive, "magnitude from which on a voltage writes";
            /// Pulse width, s.
            pulse_width, "t_p", "s", None, Positive, "width of one pulse";
            $($own)*
        }

        impl Parameters {
            fn shared(&self) -> crate::conductance_step::common::Common {
                crate::conductance_step::common::Common {
                    step: self.step,
                    gain: 1.0,
                    step_asymmetry: self.step_asymmetry,
                    reference: self.reference,
                    subtract_symmetry_point: self.subtract_symmetry_point,
                    weight_min: self.weight_min,
                    weight_max: self.weight_max,
                    cycle_noise: self.cycle_noise,
                    write_noise: self.write_noise,
                    conductance_at_zero: self.conductance_at_zero,
                    conductance_per_weight: self.conductance_per_weight,
                    pulse_voltage: self.pulse_voltage,
                    pulse_width: self.pulse_width,
                }
            }
        }
    };
}
pub(super) use step_parameters;
