//! The current through the Schottky contact of JART VCM v1b and its continuation.
//!
//! Forward (V_sch > 0): thermionic emission; reverse: thermionic field emission. The barrier is
//! lowered by the image force,
//! φ_B = φ_Bn0 − \[e³zN(φ_Bn0 − φ_n − V_sch) / (8π²(ε_φB ε_0)³)\]^¼ ≥ 0.
//!
//! Forward, the lowering ends with infinite slope at V_c = φ_Bn0 − φ_n: the current rises, falls
//! just below V_c and rises again. In series with a resistance, one voltage can have three
//! solutions: a low branch (V_sch below the fold), an unstable middle and a high branch
//! (V_sch ≥ V_c). A branch is followed while it exists. Where it does not, its current is held at
//! the fold and `missing` is set, so that an integrator sees a continuous function and can locate
//! the jump.
//!
//! Reference: C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502.
//! Pinned by: the tests below and `tests/jart_published.rs`.

use std::f64::consts::PI;

use numerics::roots::{bracket, newton_rising};

use crate::constants::{BOLTZMANN, CHARGE, PLANCK, VACUUM_PERMITTIVITY};
use crate::limit::CurrentLimit;

/// Which forward solution is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branch {
    /// V_sch below the fold.
    Low,
    /// V_sch at or above φ_Bn0 − φ_n.
    High,
}

impl Branch {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }
}

/// What is in series with the contact: the cell's own V = linear · I + cubic · I³ and a second contact
/// in reverse direction where there is one, and outside the cell what limits the current.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series {
    pub linear: f64,
    pub cubic: f64,
    pub external: CurrentLimit,
    pub opposite: Option<Contact>,
}

impl Series {
    /// Newton steps below this (V) end a solve; the error left is their square. A contact in reverse direction
    /// takes nearly all of the voltage and turns nanovolts of the other into volts.
    fn tolerance(&self) -> f64 {
        if self.opposite.is_some() { 1e-14 } else { 1e-8 }
    }

    /// Voltage and dV/dI inside the cell.
    fn inner(&self, current: f64) -> (f64, f64) {
        let heating = self.cubic * current * current;
        let ohmic = (current * (self.linear + heating), self.linear + 3.0 * heating);
        match &self.opposite {
            Some(contact) => {
                let (share, resistance) = contact.reverse_share(current);
                (ohmic.0 + share, ohmic.1 + resistance)
            }
            None => ohmic,
        }
    }

    /// Voltage and dV/dI, the current limit's included.
    fn drop(&self, current: f64) -> (f64, f64) {
        let (inner, outer) = (self.inner(current), self.external.drop(current));
        (inner.0 + outer.0, inner.1 + outer.1)
    }
}

/// A solution of contact and series together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Solution {
    /// Voltage across the contact, V.
    pub schottky_voltage: f64,
    /// A.
    pub current: f64,
    /// Voltage across the cell, V.
    pub voltage: f64,
    /// dI/dV of the cell, S.
    pub slope: f64,
    /// The compliance limits.
    pub limited: bool,
    /// The branch asked for does not exist here.
    pub missing: bool,
}

/// What a contact is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interface {
    pub permittivity: f64,
    pub barrier_permittivity: f64,
    pub barrier_height: f64,
    pub fermi_depth: f64,
    pub richardson_constant: f64,
    pub effective_mass: f64,
    pub charge_number: f64,
}

/// The contact at one concentration and temperature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contact {
    barrier: f64,
    /// φ_Bn0 − φ_n, V, at which the lowering ends; below zero where it acts in reverse direction only.
    lowering_end: f64,
    /// The same, not below zero: begin of the high branch.
    pub critical: f64,
    lowering: f64,
    thermal_voltage: f64,
    thermionic: f64,
    field: f64,
    inverse_cosh2: f64,
    w0: f64,
    inverse_epsilon: f64,
}

impl Contact {
    pub(crate) fn new(p: &Interface, area: f64, concentration: f64, temperature: f64) -> Self {
        let thermal_voltage = BOLTZMANN * temperature / CHARGE;
        let density = p.charge_number * concentration;
        let barrier_epsilon = p.barrier_permittivity * VACUUM_PERMITTIVITY;
        let w00 = PLANCK / (4.0 * PI)
            * (density / (p.effective_mass * p.permittivity * VACUUM_PERMITTIVITY)).sqrt();
        let u = w00 / thermal_voltage;
        let tanh = u.tanh();
        // u − tanh u loses all digits for small u: series there.
        let difference = if u < 0.05 {
            let u2 = u * u;
            u * u2 * (1.0 / 3.0 - u2 * (2.0 / 15.0 - u2 * (17.0 / 315.0)))
        } else {
            u - tanh
        };
        let thermionic = area * p.richardson_constant * temperature * temperature;
        Self {
            barrier: p.barrier_height,
            lowering_end: p.barrier_height - p.fermi_depth,
            critical: (p.barrier_height - p.fermi_depth).max(0.0),
            lowering: CHARGE.powi(3) * density / (8.0 * PI * PI * barrier_epsilon.powi(3)),
            thermal_voltage,
            thermionic,
            field: thermionic / thermal_voltage * (PI * w00).sqrt(),
            inverse_cosh2: 1.0 - tanh * tanh,
            w0: w00 / tanh,
            inverse_epsilon: difference / w00,
        }
    }

    /// Barrier and its derivative with respect to V_sch.
    fn barrier_at(&self, v: f64) -> (f64, f64) {
        let below = self.lowering_end - v;
        if below <= 0.0 {
            return (self.barrier, 0.0);
        }
        let lowering = (self.lowering * below).sqrt().sqrt();
        if lowering >= self.barrier { (0.0, 0.0) } else { (self.barrier - lowering, 0.25 * lowering / below) }
    }

    /// Current and slope at V_sch = `v` ≥ 0.
    pub(super) fn forward(&self, v: f64) -> (f64, f64) {
        let (barrier, barrier_slope) = self.barrier_at(v);
        let prefactor = self.thermionic * (-barrier / self.thermal_voltage).exp();
        let minus_one = (v / self.thermal_voltage).min(600.0).exp_m1();
        let current = prefactor * minus_one;
        (current, (prefactor + current - current * barrier_slope) / self.thermal_voltage)
    }

    /// Magnitude of the current and slope at V_sch = −`w` ≤ 0.
    fn reverse(&self, w: f64) -> (f64, f64) {
        let (barrier, barrier_slope) = self.barrier_at(-w);
        let inner = w + barrier * self.inverse_cosh2;
        if inner <= 0.0 {
            return (0.0, self.field * (self.w0 * 1e-12).sqrt() * self.inverse_epsilon);
        }
        let prefactor = self.field * inner.sqrt() * (-barrier / self.w0).exp();
        let minus_one = (w * self.inverse_epsilon).min(600.0).exp_m1();
        let current = prefactor * minus_one;
        let logarithmic = 0.5 * (1.0 - barrier_slope * self.inverse_cosh2) / inner + barrier_slope / self.w0;
        (current, current * logarithmic + prefactor * (minus_one + 1.0) * self.inverse_epsilon)
    }

    /// The voltage in reverse direction at which a current flows, V, and its derivative, Ω.
    fn reverse_share(&self, current: f64) -> (f64, f64) {
        if current.is_nan() || current <= 0.0 {
            return (0.0, 1.0 / self.reverse(0.0).1);
        }
        // Newton on the logarithm of the current, which rises ever more slowly with the voltage: from below
        // its steps never pass the solution.
        let mut w = (current / self.reverse(0.0).1).min(1.0 / self.inverse_epsilon);
        for _ in 0..100 {
            let (i, slope) = self.reverse(w);
            let step = i / slope * (i / current).ln();
            let next = if step < w { w - step } else { 0.5 * w };
            if (next - w).abs() <= 1e-14 * w {
                return (next, 1.0 / slope);
            }
            w = next;
        }
        (f64::NAN, f64::NAN)
    }

    /// The solution at an applied voltage. `branch` matters for positive ones; `guess` is a
    /// nearby V_sch. `None` when the iteration fails (values that are not numbers).
    pub(crate) fn solve(
        &self,
        series: &Series,
        voltage: f64,
        branch: Branch,
        guess: f64,
    ) -> Option<Solution> {
        if voltage < 0.0 {
            self.solve_reverse(series, -voltage, -guess)
        } else {
            match branch {
                Branch::Low => self.solve_low(series, voltage, guess),
                Branch::High => self.solve_high(series, voltage, guess),
            }
        }
    }

    fn solve_reverse(&self, series: &Series, v: f64, guess: f64) -> Option<Solution> {
        let sign = |s: Solution| Solution {
            schottky_voltage: -s.schottky_voltage,
            current: -s.current,
            voltage: -s.voltage,
            ..s
        };
        if let Some(limit) = series.external.maximum() {
            let share = v - series.drop(limit).0;
            if share > 0.0 && self.reverse(share).0 > limit {
                let w = newton_rising(
                    |w| {
                        let (current, slope) = self.reverse(w);
                        (current - limit, slope)
                    },
                    0.0,
                    share,
                    guess,
                    series.tolerance(),
                )
                .ok()?;
                let slope = self.reverse(w).1;
                return Some(sign(Self::solution(series, w, limit, slope, true)));
            }
        }
        let w = newton_rising(|w| total(series, w, self.reverse(w), v), 0.0, v, guess, series.tolerance())
            .ok()?;
        let (current, slope) = self.reverse(w);
        Some(sign(Self::solution(series, w, current, slope, false)))
    }

    fn solve_high(&self, series: &Series, v: f64, guess: f64) -> Option<Solution> {
        let foot = self.forward(self.critical);
        let missing = self.margin_high(series, v) < 0.0;
        if missing {
            let held = Self::solution(series, self.critical, foot.0, foot.1, false);
            return Some(Solution { missing, ..held });
        }
        if let Some(limit) = series.external.maximum() {
            let share = v - series.drop(limit).0;
            if share > self.critical && self.forward(share).0 > limit {
                return self.limited(series, (self.critical, share), limit, guess);
            }
        }
        let low = self.critical;
        let x = newton_rising(
            |x| total(series, x, self.forward(x), v),
            low,
            v.max(low),
            guess,
            series.tolerance(),
        )
        .ok()?;
        let (current, slope) = self.forward(x);
        Some(Self::solution(series, x, current, slope, false))
    }

    fn solve_low(&self, series: &Series, v: f64, guess: f64) -> Option<Solution> {
        if let Some(limit) = series.external.maximum() {
            let share = v - series.drop(limit).0;
            if share > 0.0 {
                let top = self.fold(series);
                let peak = self.forward(share.min(top)).0;
                if peak > limit {
                    return self.limited(series, (0.0, share.min(top)), limit, guess);
                }
            }
        }
        // Newton from nearby; a root left of the critical voltage on the rising side is the branch.
        let mut x = if guess > 0.0 && guess < self.critical { guess } else { 0.0 };
        for _ in 0..8 {
            let (value, slope) = total(series, x, self.forward(x), v);
            let step = value / slope;
            let next = x - step;
            if !(slope > 0.0 && (0.0..self.critical).contains(&next)) {
                break;
            }
            x = next;
            if step.abs() <= series.tolerance() {
                let (current, slope) = self.forward(x);
                if total(series, x, (current, slope), v).1 > 0.0 {
                    return Some(Self::solution(series, x, current, slope, false));
                }
                break;
            }
        }
        let top = self.fold(series);
        let at_top = self.forward(top);
        if total(series, top, at_top, v).0 < 0.0 {
            let held = Self::solution(series, top, at_top.0, at_top.1, false);
            return Some(Solution { missing: true, ..held });
        }
        let x = newton_rising(|x| total(series, x, self.forward(x), v), 0.0, top, guess, series.tolerance())
            .ok()?;
        let (current, slope) = self.forward(x);
        Some(Self::solution(series, x, current, slope, false))
    }

    fn limited(&self, series: &Series, (low, high): (f64, f64), limit: f64, guess: f64) -> Option<Solution> {
        let x = newton_rising(
            |x| {
                let (current, slope) = self.forward(x);
                (current - limit, slope)
            },
            low,
            high,
            guess,
            series.tolerance(),
        )
        .ok()?;
        Some(Self::solution(series, x, limit, self.forward(x).1, true))
    }

    fn solution(series: &Series, x: f64, current: f64, slope: f64, limited: bool) -> Solution {
        let (drop, resistance) = series.inner(current);
        Solution {
            schottky_voltage: x,
            current,
            voltage: x + drop,
            slope: slope / (1.0 + slope * resistance),
            limited,
            missing: false,
        }
    }

    /// V_sch at which the low branch ends: the largest voltage of contact and series below V_c.
    pub(super) fn fold(&self, series: &Series) -> f64 {
        let clamp_end = (self.critical - self.barrier.powi(4) / self.lowering).max(0.0);
        let start = clamp_end + 1e-12 * (self.critical - clamp_end);
        let slope = |x: f64| total(series, x, self.forward(x), 0.0).1;
        bracket(slope, start, self.critical * (1.0 - 1e-12), 1e-13).map_or(clamp_end, |(low, _)| low)
    }

    /// Positive where `branch` exists at a positive voltage, V.
    pub(crate) fn margin(&self, series: &Series, v: f64, branch: Branch) -> f64 {
        match branch {
            Branch::High => self.margin_high(series, v),
            Branch::Low => {
                let top = self.fold(series);
                let current = self.forward(top).0;
                let by_voltage = top + series.drop(current).0 - v;
                series
                    .external
                    .maximum()
                    .map_or(by_voltage, |limit| by_voltage.max((current - limit) * series.linear))
            }
        }
    }

    fn margin_high(&self, series: &Series, v: f64) -> f64 {
        let current = self.forward(self.critical).0;
        let by_voltage = v - self.critical - series.drop(current).0;
        series
            .external
            .maximum()
            .map_or(by_voltage, |limit| by_voltage.min((limit - current) * series.linear))
    }
}

/// Voltage of contact and series less `v`, and its derivative with respect to V_sch.
fn total(series: &Series, x: f64, (current, slope): (f64, f64), v: f64) -> (f64, f64) {
    let (drop, resistance) = series.drop(current);
    (x + drop - v, 1.0 + slope * resistance)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn interface() -> Interface {
        Interface {
            permittivity: 17.0,
            barrier_permittivity: 5.5,
            barrier_height: 0.18,
            fermi_depth: 0.10,
            richardson_constant: 6.01e5,
            effective_mass: 9.10938e-31,
            charge_number: 2.0,
        }
    }

    const AREA: f64 = PI * 45e-9 * 45e-9;
    const SERIES: Series =
        Series { linear: 1600.0, cubic: 1.8e8, external: CurrentLimit::None, opposite: None };

    fn contacts() -> impl Iterator<Item = Contact> {
        [0.008e26, 0.3e26, 3e26, 20e26]
            .into_iter()
            .flat_map(|n| [293.0, 900.0, 3000.0].map(|t| Contact::new(&interface(), AREA, n, t)))
    }

    #[test]
    fn slopes_are_the_derivatives() {
        for contact in contacts() {
            for v in [0.002, 0.03, 0.06, 0.078, 0.2, 0.5] {
                for reverse in [false, true] {
                    let at = |x| if reverse { contact.reverse(x) } else { contact.forward(x) };
                    let (value, slope) = at(v);
                    let h = 1e-7;
                    let difference = (at(v + h).0 - at(v - h).0) / (2.0 * h);
                    let scale = slope.abs().max(value);
                    assert!((slope - difference).abs() < 1e-5 * scale, "{v} V: {slope} {difference}");
                }
            }
        }
    }

    #[test]
    fn the_series_of_the_tunnelling_energy_joins_the_closed_form() {
        // u = 0.05 lies between these two temperatures for the lowest concentration.
        let at = |t| Contact::new(&interface(), AREA, 0.008e26, t).inverse_epsilon * f64::powi(t, 3);
        let temperature = 5.69e-3 / 0.05 / (BOLTZMANN / CHARGE);
        let (below, above) = (at(temperature * 0.99), at(temperature * 1.01));
        assert!((below / above - 1.0).abs() < 1e-3, "{below} {above}");
    }

    #[test]
    fn every_solution_satisfies_the_circuit_and_each_branch_ends_at_its_margin() {
        let mut both = 0;
        for contact in contacts() {
            for v in [-1.5, -0.2, 0.01, 0.07, 0.1, 0.2, 0.5, 1.2, 2.0] {
                let mut found = 0;
                for branch in [Branch::Low, Branch::High] {
                    let solution = contact.solve(&SERIES, v, branch, 0.0).unwrap();
                    if v > 0.0 {
                        let margin = contact.margin(&SERIES, v, branch);
                        assert_eq!(solution.missing, margin < 0.0, "{v} V, {branch:?}: {margin}");
                        assert!(
                            solution.missing
                                || (solution.schottky_voltage >= contact.critical)
                                    == (branch == Branch::High)
                        );
                    }
                    if !solution.missing {
                        found += 1;
                        assert!((solution.voltage / v - 1.0).abs() < 1e-11, "{v} V: {solution:?}");
                        assert!(solution.slope > 0.0 && solution.current * v > 0.0, "{v} V: {solution:?}");
                    }
                }
                assert!(found > 0, "no stable solution at {v} V");
                both += i32::from(v > 0.0 && found == 2);
            }
        }
        assert!(both > 5, "bistability is a feature of this contact, seen {both} times");
    }

    #[test]
    fn the_reverse_share_is_the_inverse_of_the_reverse_current() {
        for contact in contacts() {
            for w in [1e-9, 1e-4, 0.01, 0.1, 0.5, 1.5] {
                let (current, slope) = contact.reverse(w);
                if current > 0.0 {
                    let (share, resistance) = contact.reverse_share(current);
                    assert!((share - w).abs() < 1e-9 * (1.0 + w), "{w} V: {share}");
                    assert!((resistance * slope - 1.0).abs() < 1e-6, "{w} V: {resistance} {slope}");
                }
            }
        }
    }

    #[test]
    fn a_compliance_limits_exactly_and_continuously() {
        for contact in contacts() {
            for v in [-1.5_f64, -0.3, 0.3, 1.2] {
                for branch in [Branch::Low, Branch::High] {
                    let free = contact.solve(&SERIES, v, branch, 0.0).unwrap();
                    if free.missing {
                        continue;
                    }
                    let size = free.current.abs();
                    let at = |limit| {
                        let series = Series { external: CurrentLimit::Ideal(limit), ..SERIES };
                        contact.solve(&series, v, branch, 0.0).unwrap()
                    };
                    assert!(!at(1.001 * size).limited);
                    let just = at(0.999_999 * size);
                    assert!(
                        just.missing || (just.limited && (just.voltage / v - 1.0).abs() < 1e-4),
                        "{just:?} {free:?}"
                    );
                    let half = at(0.5 * size);
                    assert!(half.missing || (half.current.abs() / size - 0.5).abs() < 1e-9, "{half:?}");
                    assert!(half.missing || half.voltage.abs() < v.abs());
                }
            }
        }
    }
}
