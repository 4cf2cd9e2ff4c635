//! Current and velocities of the Stanford–PKU model 2.0.0 Beta.
//!
//! Equations and references: see the parent module. Pinned by: `tests/stanford_v2.rs`.

use std::f64::consts::PI;

use numerics::roots::newton_rising;

use super::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::model::{OperatingPoint, Surroundings};

/// The electrical answer, with the voltage across the gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) point: OperatingPoint,
    pub(super) gap_voltage: f64,
}

/// Velocities of gap and width, m/s; whether the largest one was reached.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Speed {
    pub(super) gap: f64,
    pub(super) width: f64,
    pub(super) capped: bool,
}

impl Parameters {
    /// Smallest gap that enters a field, m: the velocity is at its largest long before.
    const SMALLEST_GAP: f64 = 1e-15;

    /// Magnitudes: current, slope and gap voltage at a magnitude of the cell's voltage.
    fn current(&self, [gap, width]: [f64; 2], closed: bool, v: f64) -> Option<(f64, f64, f64)> {
        let filament = 0.25 * PI * width * width;
        let around = 0.25 * PI * self.maximum_width * self.maximum_width - filament;
        let leak = self.current_density * around * (-self.layer_thickness / self.gap_scale).exp();
        let ratio = v / self.voltage_scale;
        let beside = (leak * ratio.sinh(), leak * ratio.cosh() / self.voltage_scale);
        let resistance = self.resistivity * (self.layer_thickness - gap).max(0.0) / filament;
        if closed {
            return Some((beside.0 + v / resistance, beside.1 + 1.0 / resistance, 0.0));
        }
        let tunnel = self.current_density * filament * (-gap / self.gap_scale).exp();
        let chain = |x: f64| {
            let ratio = x / self.voltage_scale;
            let slope = tunnel * ratio.cosh() / self.voltage_scale;
            (x + resistance * tunnel * ratio.sinh() - v, 1.0 + resistance * slope)
        };
        let x = newton_rising(chain, 0.0, v, v, 1e-13 * v).ok()?;
        let ratio = x / self.voltage_scale;
        let slope = tunnel * ratio.cosh() / self.voltage_scale;
        Some((beside.0 + tunnel * ratio.sinh(), beside.1 + slope / (1.0 + resistance * slope), x))
    }

    /// The cell at an applied voltage; `closed` when the filament touches and the voltage SETs.
    pub(super) fn electrical(
        &self,
        state: [f64; 2],
        closed: bool,
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Option<Point> {
        let share = surroundings.limit.share(voltage.abs(), |v| {
            self.current(state, closed, v).map_or((f64::NAN, f64::NAN), |(i, slope, _)| (i, slope))
        });
        let (current, slope, gap_voltage) = self.current(state, closed, share.voltage)?;
        let temperature =
            surroundings.ambient_temperature + share.voltage * current * self.thermal_resistance;
        let point = OperatingPoint {
            voltage: share.voltage.copysign(voltage),
            current: current.copysign(voltage),
            differential_conductance: slope,
            temperature,
            limited: share.limited,
        };
        let finite = current.is_finite() && slope.is_finite() && share.voltage.is_finite();
        finite.then_some(Point { point, gap_voltage: gap_voltage.copysign(voltage) })
    }

    /// Velocities at a point; those of the gap where it is open or opens, of the width where it is closed.
    pub(super) fn speed(&self, [gap, width]: [f64; 2], closed: bool, at: &Point) -> Speed {
        let voltage = at.point.voltage;
        if voltage == 0.0 {
            return Speed::default();
        }
        let kt = BOLTZMANN * at.point.temperature;
        let charge = self.charge_number * CHARGE;
        let hop = self.hopping_distance * self.attempt_frequency;
        let gap = gap.max(Self::SMALLEST_GAP);
        if voltage < 0.0 {
            let size = -at.gap_voltage * charge;
            let interface = hop * ((self.interface_enhancement * size - self.interface_energy) / kt).exp();
            let lift = self.hopping_lever * size / (gap * kt);
            let barrier = self.ion_hopping_energy / kt;
            let hopping = 0.5 * hop * ((lift - barrier).exp() - (-lift - barrier).exp());
            return Speed { gap: interface.min(hopping), ..Speed::default() };
        }
        if closed {
            let lowering = voltage * self.generation_lever * charge / self.layer_thickness;
            let extension = self.extension_width * (1.0 + 0.5 * self.extension_width / width);
            let free = extension * self.attempt_frequency * ((lowering - self.generation_energy) / kt).exp();
            let width = free.min(self.maximum_velocity);
            return Speed { width, capped: free > self.maximum_velocity, ..Speed::default() };
        }
        let lowering = at.gap_voltage * self.generation_lever * charge / gap;
        let free = hop * ((lowering - self.generation_energy) / kt).exp();
        let gap = -free.min(self.maximum_velocity);
        Speed { gap, capped: free > self.maximum_velocity, ..Speed::default() }
    }
}
