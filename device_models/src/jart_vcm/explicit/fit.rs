//! A fit of the steady current of JART VCM v1b and where it may be used.
//!
//! The fit holds self-heating in its steady state: it answers what current flows at a voltage and
//! concentration when the filament has come to its own temperature, without an implicit solution.
//!
//! Equations (n = N/1e26 m⁻³, V in volt):
//! * V > 0: I = g/\[1 + h (n/n_min)^(−j₀)\]^(1/k₀), g = g₀(1 − e^(−g₁V)), h = h₀ + h₁V + h₂e^(−h₃V),
//!   n_min = 0.008
//! * V < 0: I = −α − β/\[1 + (c/n)^d\]^f, α = (α₁ + α₀)/(1 + e^(−(V + α₂)/α₃)) − α₀,
//!   α₁ = α₀e^(−α₂/α₃), β = β₁(1 − e^(−V)) − β₀V, c = c₂e^(−V/c₃) + c₁V − c₀,
//!   d = d₂e^(−V/d₃) + d₁V − d₀, f = f₀ + (f₁ − f₀)/\[1 + (−V/f₂)^f₃\]
//!
//! Validity: the parameters of card `jart_vcm_v1b_kinetics` at 293 K, no current limit. An error of the
//! current is one of the temperature and grows tenfold in the rate of the hops. RESET: within
//! [`RESET_VOLTAGES`] and [`RESET_CONCENTRATIONS`] the current is within [`LARGEST_ERROR`]. SET: below
//! n = 0.02 the fit is off by up to a third, and its 3 % between 0.02 and 0.2 make SET times half as
//! long again; it is used in [`SET_CONCENTRATIONS`] and [`SET_VOLTAGES`].
//!
//! | symbol | value |
//! |---|---|
//! | α₀, α₂, α₃ | 4.81951e-5, 1.03685, 0.34567 |
//! | β₀, β₁ | 7.0526e-4, 4.2383e-5 |
//! | c₀ … c₃ | 4.004, 2.8646, 4.2125, 1.4134 |
//! | d₀ … d₃ | 6.6103, 1.4524, 7.4235, 4.0585 |
//! | f₀ … f₃ | 6.326e-4, 1.4711, 0.5199, 1.561 |
//! | g₀, g₁ | 4.84e-3, 0.1353 |
//! | h₀ … h₃ | 5.548, 6.8648, 51.586, 0.36 |
//! | j₀, k₀ | 1.054, 1.0526 |
//!
//! References: form of the fit: V. Ntinas et al., IEEE TCAS-II (2022); constants: IBM Analog Hardware
//! Acceleration Kit, pull request 501 (commit 49971ae).
//! Pinned by: the comparison with the implicit solution below.

use crate::jart_vcm::Parameters;

/// Lowest and highest concentration at which the fit is used for SET, n.
pub const SET_CONCENTRATIONS: (f64, f64) = (0.2, 20.0);
/// Lowest and highest concentration at which the fit is used for RESET, n.
pub const RESET_CONCENTRATIONS: (f64, f64) = (0.02, 20.0);
/// Magnitudes of negative voltages at which the fit is used, V.
pub const SET_VOLTAGES: (f64, f64) = (0.342, 1.2);
/// Positive voltages at which the fit is used, V.
pub const RESET_VOLTAGES: (f64, f64) = (0.2, 1.2);
/// Ambient temperature of the fit, K.
pub const AMBIENT_TEMPERATURE: f64 = 293.0;

/// Largest relative deviation of the current from the implicit solution on these ranges, measured.
pub const LARGEST_ERROR: f64 = 0.07;

/// Whether the fit was made for a cell with these parameters. Those of the hops, the bounds and
/// the thermal capacitance do not enter the steady current.
pub(super) fn describes(p: &Parameters) -> bool {
    [
        (p.permittivity, 17.0),
        (p.barrier_permittivity, 5.5),
        (p.barrier_height, 0.18),
        (p.fermi_depth, 0.10),
        (p.electron_mobility, 4e-6),
        (p.plug_concentration, 20e26),
        (p.thermal_resistance, 15.72e6),
        (p.reset_thermal_scaling, 0.27),
        (p.filament_radius, 45e-9),
        (p.cell_length, 3e-9),
        (p.disc_length, 0.4e-9),
        (p.oxide_resistance, 650.0),
        (p.line_resistance, 719.2437),
        (p.line_thermal_resistance, 90471.47),
        (p.line_temperature_coefficient, 3.92e-3),
        (p.richardson_constant, 6.01e5),
        (p.effective_mass, 9.10938e-31),
        (p.charge_number, 2.0),
    ]
    .iter()
    .all(|(value, fitted)| (value / fitted - 1.0).abs() < 1e-6)
}

/// Positive inside the ranges of the fit, negative outside: ln of the concentration's and ten times
/// the voltage's distance (V) from the nearest end. The ends belong to the ranges.
pub(super) fn inside(ln_n: f64, voltage: f64) -> f64 {
    let (voltages, states) = if voltage > 0.0 {
        (RESET_VOLTAGES, RESET_CONCENTRATIONS)
    } else {
        (SET_VOLTAGES, SET_CONCENTRATIONS)
    };
    let size = voltage.abs();
    let by_voltage = 10.0 * (size - voltages.0).min(voltages.1 - size);
    let by_state = (ln_n - states.0.ln()).min(states.1.ln() - ln_n);
    by_voltage.min(by_state) + 1e-9
}

/// The fit at one voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Current {
    /// g, h of V > 0.
    Positive { g: f64, h: f64 },
    /// α, β, ln c, d, f of V < 0.
    Negative { alpha: f64, beta: f64, ln_c: f64, d: f64, f: f64 },
}

impl Current {
    pub(super) fn new(v: f64) -> Self {
        if v > 0.0 {
            return Self::Positive {
                g: 4.84e-3 * -(-0.1353 * v).exp_m1(),
                h: 5.548 + 6.8648 * v + 51.586 * (-0.36 * v).exp(),
            };
        }
        let (a0, a2, a3) = (4.81951e-5, 1.03685, 0.34567_f64);
        let a1 = a0 * (-a2 / a3).exp();
        Self::Negative {
            alpha: (a1 + a0) / (1.0 + (-(v + a2) / a3).exp()) - a0,
            beta: 4.2383e-5 * -(-v).exp_m1() - 7.0526e-4 * v,
            ln_c: (4.2125 * (-v / 1.4134).exp() + 2.8646 * v - 4.004).ln(),
            d: 7.4235 * (-v / 4.0585).exp() + 1.4524 * v - 6.6103,
            f: 6.326e-4 + (1.4711 - 6.326e-4) / (1.0 + (-v / 0.5199).powf(1.561)),
        }
    }

    /// The current (A) at ln n, the filament at its own temperature.
    pub(super) fn at(&self, ln_n: f64) -> f64 {
        match *self {
            Self::Positive { g, h } => {
                let ratio = h * (-1.054 * (ln_n - LN_N_MIN)).exp();
                g * (-ratio.ln_1p() / 1.0526).exp()
            }
            Self::Negative { alpha, beta, ln_c, d, f } => {
                let ratio = (d * (ln_c - ln_n)).exp();
                -alpha - beta * (-f * ratio.ln_1p()).exp()
            }
        }
    }
}

/// ln 0.008.
const LN_N_MIN: f64 = -4.828_313_737_302_301;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::jart_vcm::Parameters;
    use crate::jart_vcm::cell::{Cell, Circuit};
    use crate::{CurrentLimit, DeviceCard, Segment, Surroundings};

    /// The implicit current with the filament at its steady temperature.
    fn implicit(cell: &Cell, concentration: f64, voltage: f64) -> f64 {
        let room = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
        let mut circuit = Circuit::new(cell, &Segment::constant(voltage, 1.0), &room, 0.0);
        let tau = cell.thermal_resistance(voltage > 0.0) * cell.parameters.thermal_capacitance;
        let (mut low, mut high) = (293.0, 1e4);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let at = circuit.solve(voltage, concentration, middle).unwrap();
            if at.warming * tau > 0.0 { low = middle } else { high = middle }
        }
        circuit.solve(voltage, concentration, low).unwrap().solution.current
    }

    #[test]
    fn the_fit_against_the_implicit_solution() {
        let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
        let cell = Cell::new(&Parameters::from_values(&card.parameters).unwrap(), &[]);
        let mut worst = [(0.0_f64, 0.0, 0.0); 2];
        for i in 0..=40 {
            let concentration = (0.02e26 * 1000_f64.powf(f64::from(i) / 40.0)).min(20e26);
            for k in 18..=122 {
                for (side, sign) in [(0, -1.0), (1, 1.0)] {
                    let voltage = sign * f64::from(k) / 100.0;
                    if inside((concentration / 1e26).ln(), voltage) < 0.0 {
                        continue;
                    }
                    let fit = Current::new(voltage).at((concentration / 1e26).ln());
                    let error = (fit / implicit(&cell, concentration, voltage) - 1.0).abs();
                    if error.is_nan() || error > worst[side].0 {
                        worst[side] = (error, concentration / 1e26, voltage);
                    }
                }
            }
        }
        println!("largest error of the explicit current, at (1e26 1/m^3, V): {worst:?}");
        for (n, v) in [(0.2, -0.8), (0.5, -0.342), (2.0, 0.7065), (20.0, 1.2)] {
            let exact = implicit(&cell, n * 1e26, v);
            println!("{n} {v}: {:+.2} %", 100.0 * (Current::new(v).at(n.ln()) / exact - 1.0));
        }
        assert!(worst.iter().all(|w| w.0 > 0.0 && w.0 <= LARGEST_ERROR), "{worst:?}");
        assert!(inside(-2.3, -0.7) < 0.0 && inside(0.0, 0.1) < 0.0 && inside(0.0, -1.3) < 0.0);
    }
}
