//! An explicit fit of the current of JART VCM v1b and where it may be used.
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
//! Validity: the parameters of card `jart_vcm_v1b_kinetics` at 293 K, no current limit. Below
//! n = 0.02 the fit is off by up to a third, where SET delays are decided; [`current`] answers `None`
//! there and outside [`NEGATIVE_VOLTAGES`] and [`POSITIVE_VOLTAGES`], and the implicit solution is to
//! be used. Inside, the error is at most [`LARGEST_ERROR`], largest at the lowest concentrations and voltages.
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

/// Lowest and highest concentration at which the fit is used, m⁻³.
pub const CONCENTRATIONS: (f64, f64) = (0.02e26, 20e26);
/// Negative voltages at which the fit is used, V.
pub const NEGATIVE_VOLTAGES: (f64, f64) = (-1.2, -0.342);
/// Positive voltages at which the fit is used, V.
pub const POSITIVE_VOLTAGES: (f64, f64) = (0.2, 1.2);

/// Largest relative deviation from the implicit solution on these ranges, measured.
pub const LARGEST_ERROR: f64 = 0.08;

/// The current (A) at a concentration (m⁻³) and voltage (V), the filament at its own temperature;
/// `None` where the fit is not accurate.
pub fn current(concentration: f64, voltage: f64) -> Option<f64> {
    let within = |(low, high): (f64, f64), x: f64| (low..=high).contains(&x);
    let known = within(CONCENTRATIONS, concentration)
        && (within(NEGATIVE_VOLTAGES, voltage) || within(POSITIVE_VOLTAGES, voltage));
    known.then(|| {
        let n = concentration / 1e26;
        if voltage > 0.0 { positive(n, voltage) } else { negative(n, voltage) }
    })
}

fn positive(n: f64, v: f64) -> f64 {
    let g = 4.84e-3 * -(-0.1353 * v).exp_m1();
    let h = 5.548 + 6.8648 * v + 51.586 * (-0.36 * v).exp();
    g / (1.0 + h * (n / 0.008).powf(-1.054)).powf(1.0 / 1.0526)
}

fn negative(n: f64, v: f64) -> f64 {
    let (a0, a2, a3) = (4.81951e-5, 1.03685, 0.34567_f64);
    let a1 = a0 * (-a2 / a3).exp();
    let alpha = (a1 + a0) / (1.0 + (-(v + a2) / a3).exp()) - a0;
    let beta = 4.2383e-5 * -(-v).exp_m1() - 7.0526e-4 * v;
    let c = 4.2125 * (-v / 1.4134).exp() + 2.8646 * v - 4.004;
    let d = 7.4235 * (-v / 4.0585).exp() + 1.4524 * v - 6.6103;
    let f = 6.326e-4 + (1.4711 - 6.326e-4) / (1.0 + (-v / 0.5199).powf(1.561));
    -alpha - beta / (1.0 + (c / n).powf(d)).powf(f)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Instant;

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
                    let Some(fit) = current(concentration, voltage) else { continue };
                    let error = (fit / implicit(&cell, concentration, voltage) - 1.0).abs();
                    if error.is_nan() || error > worst[side].0 {
                        worst[side] = (error, concentration / 1e26, voltage);
                    }
                }
            }
        }
        println!("largest error of the explicit current, at (1e26 1/m^3, V): {worst:?}");
        for (n, v) in [(0.06, -0.8), (0.5, -0.342), (2.0, 0.7065), (20.0, 1.2)] {
            let exact = implicit(&cell, n * 1e26, v);
            println!("{n} {v}: {:+.2} %", 100.0 * (current(n * 1e26, v).unwrap() / exact - 1.0));
        }
        assert!(worst.iter().all(|w| w.0 > 0.0 && w.0 <= LARGEST_ERROR), "{worst:?}");
        assert!(current(0.008e26, -0.7).is_none() && current(1e26, 0.1).is_none());
        let count = 1_000_000;
        let room = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
        let mut circuit = Circuit::new(&cell, &Segment::constant(-0.8, 1.0), &room, 0.0);
        let started = Instant::now();
        let solved: f64 = (0..count)
            .map(|i| circuit.solve(-0.4 - 5e-7 * f64::from(i), 0.06e26, 500.0).unwrap().solution.current)
            .sum();
        let solution = started.elapsed().as_secs_f64() / f64::from(count);
        println!("{:.0} ns per implicit solution from nearby ({solved:e})", 1e9 * solution);
        let started = Instant::now();
        let sum: f64 = (0..count).filter_map(|i| current(0.06e26, -0.4 - 5e-7 * f64::from(i))).sum();
        let each = started.elapsed().as_secs_f64() / f64::from(count);
        println!("{:.0} ns per explicit current ({sum:e})", 1e9 * each);
    }
}
