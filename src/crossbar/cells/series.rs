//! A selector in series with the cell (1S1R).
//!
//! Selector I = I₀ sinh(V_s/V_s0). The node between is eliminated cell by cell: with y = V_s/V_s0
//! * ohmic cell: y + a sinh y = b, a = I₀/(G V_s0), b = V/V_s0: convex, so that Newton's iteration comes down
//!   from above; rows of it are vector code;
//! * sinh cell: y + (V₀/V_s0) asinh[I₀ sinh y/(G V₀)] = b, by a safeguarded Newton iteration.
//!
//! Seen from the array, dI/dV = g_s g_c/(g_s + g_c) of the two slopes.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | I₀, V_s0 | current and voltage of the selector | A, V |
//! | G, V₀ | cell: conductance at 0 V, voltage of its curvature | S, V |
//!
//! Validity: a bidirectional selector without memory or snapback. Beyond y = 708 the current is held.
//! Pinned by: the tests below (circuit satisfied from 1 nV to 3 V) and `tests/crossbar_nonlinear.rs`.

use numerics::hyperbolic::{rough_asinh, sinh_cosh};
use numerics::roots::newton_rising;
use pulp::Arch;

use super::{CellLaws, of_row};
use crate::crossbar::error::CrossbarError;

/// A selector with I = I₀ sinh(V/V₀).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinhSelector {
    /// I₀, A.
    pub current: f64,
    /// V₀, V.
    pub voltage: f64,
}

/// What is in series with the selectors.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesCells {
    /// Ohmic cells of these conductances, S, row after row.
    Ohmic(Vec<f64>),
    /// Cells with I = G V₀ sinh(V/V₀).
    Sinh(super::Sinh),
}

/// Cells behind selectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The selector of every cell.
    pub selector: SinhSelector,
    /// The cells.
    pub cells: SeriesCells,
}

impl CellLaws for Series {
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError> {
        match &self.cells {
            SeriesCells::Ohmic(conductances) => {
                let conductances = of_row(conductances, row, voltages)?;
                let selector = self.selector;
                let left = Arch::new().dispatch(|| ohmic(selector, conductances, voltages, currents, slopes));
                if left > SETTLED {
                    return Err(CrossbarError::NotConverged {
                        method: "the voltage between selector and cell",
                        reached: left,
                        wanted: SETTLED,
                        iterations: MOST_ITERATIONS,
                    });
                }
            }
            SeriesCells::Sinh(cells) => {
                let conductances = of_row(&cells.conductances, row, voltages)?;
                for (k, (&g, &v)) in conductances.iter().zip(voltages).enumerate() {
                    (currents[k], slopes[k]) = curved(self.selector, g, cells.v0, v);
                }
            }
        }
        Ok(())
    }
}

const LANES: usize = 32;
/// A step of y after which the next would be below rounding.
const SETTLED: f64 = 1e-9;
/// More iterations than any chain needs.
const MOST_ITERATIONS: usize = 60;

/// Currents and slopes; returns the largest last step of y.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be inlined into the caller compiled for the processor at hand"
)]
fn ohmic(
    selector: SinhSelector,
    conductances: &[f64],
    voltages: &[f64],
    currents: &mut [f64],
    slopes: &mut [f64],
) -> f64 {
    let mut left = 0.0_f64;
    let scale = 1.0 / selector.voltage;
    let mut y = [0.0; LANES];
    let rows = conductances.chunks(LANES).zip(voltages.chunks(LANES));
    let out = currents.chunks_mut(LANES).zip(slopes.chunks_mut(LANES));
    for ((g, v), (current, slope)) in rows.zip(out) {
        let (mut a, mut b) = ([0.0; LANES], [0.0; LANES]);
        for k in 0..g.len() {
            // An open cell takes all of the voltage: its selector rests at 0 V.
            a[k] = if g[k] > 0.0 { selector.current * scale / g[k] } else { 0.0 };
            b[k] = if g[k] > 0.0 { v[k].abs() * scale } else { 0.0 };
        }
        for k in 0..LANES {
            let guess = rough_asinh(b[k] / (a[k] + f64::MIN_POSITIVE));
            y[k] = if guess < b[k] { guess } else { b[k] };
        }
        let mut largest = 0.0_f64;
        for _ in 0..MOST_ITERATIONS {
            largest = 0.0;
            for k in 0..LANES {
                let (s, c) = sinh_cosh(y[k]);
                let step = (y[k] + a[k] * s - b[k]) / (1.0 + a[k] * c);
                let next = y[k] - step;
                y[k] = if next > 0.0 { next } else { 0.0 };
                let size = step.abs();
                largest = if size > largest { size } else { largest };
            }
            if largest <= SETTLED {
                break;
            }
        }
        left = left.max(largest);
        for k in 0..g.len() {
            let (s, c) = sinh_cosh(y[k]);
            let open = if g[k] > 0.0 { 1.0 } else { 0.0 };
            let own = selector.current * scale * c;
            current[k] = open * selector.current * s.copysign(v[k]);
            slope[k] = own * g[k] / (own + g[k]);
        }
    }
    left
}

fn curved(selector: SinhSelector, g: f64, v0: f64, v: f64) -> (f64, f64) {
    if g <= 0.0 {
        return (0.0, 0.0);
    }
    let (ratio, share) = (v0 / selector.voltage, selector.current / (g * v0));
    let applied = v.abs() / selector.voltage;
    let excess = |y: f64| {
        let (s, c) = sinh_cosh(y);
        let drive = share * s;
        let slope = ratio * share * c / (1.0 + drive * drive).sqrt();
        (y + ratio * drive.asinh() - applied, 1.0 + slope)
    };
    // Where the voltage divides as at 0 V: exact for small ones.
    let guess = applied / (1.0 + ratio * share);
    let y = newton_rising(excess, 0.0, applied, guess, 1e-10 * applied).unwrap_or(f64::NAN);
    let (s, c) = sinh_cosh(y);
    let own = selector.current / selector.voltage * c;
    let cell = g * (1.0 + (share * s) * (share * s)).sqrt();
    ((selector.current * s).copysign(v), own * cell / (own + cell))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crossbar::cells::Sinh;
    use crate::crossbar::cells::tests::check_slopes;

    const SELECTOR: SinhSelector = SinhSelector { current: 1e-9, voltage: 0.08 };

    #[test]
    fn the_circuit_is_satisfied_at_every_voltage_and_conductance() {
        let mut voltages = vec![0.0];
        voltages.extend((0..60).map(|k| 1e-9 * 10_f64.powf(f64::from(k) * 0.161)));
        voltages.extend((0..60).map(|k| -1e-9 * 10_f64.powf(f64::from(k) * 0.161)));
        let n = voltages.len();
        for g in [1e-12, 1e-9, 1e-6, 1e-4, 1e-1] {
            let ohmic = Series { selector: SELECTOR, cells: SeriesCells::Ohmic(vec![g; n]) };
            let sinh = Sinh { conductances: vec![g; n], v0: 0.25 };
            let curved = Series { selector: SELECTOR, cells: SeriesCells::Sinh(sinh) };
            for (laws, cell) in [
                (&ohmic, &(|i: f64| i / g) as &dyn Fn(f64) -> f64),
                (&curved, &|i: f64| 0.25 * (i / (g * 0.25)).asinh()),
            ] {
                let (mut currents, mut slopes) = (vec![0.0; n], vec![0.0; n]);
                laws.evaluate(0, &voltages, &mut currents, &mut slopes).unwrap();
                for (v, i) in voltages.iter().zip(&currents) {
                    let sum = 0.08 * (i / 1e-9).asinh() + cell(*i);
                    assert!((sum - v).abs() <= 1e-13 * v.abs(), "{g} S, {v} V: {sum}");
                }
                assert!(slopes.iter().all(|s| *s > 0.0));
                check_slopes(laws, &voltages[50..60]);
                check_slopes(laws, &voltages[110..120]);
            }
        }
    }

    #[test]
    fn an_open_cell_carries_nothing() {
        let laws = Series { selector: SELECTOR, cells: SeriesCells::Ohmic(vec![0.0, 1e-5]) };
        let (mut currents, mut slopes) = ([1.0; 2], [1.0; 2]);
        laws.evaluate(0, &[2.0, 2.0], &mut currents, &mut slopes).unwrap();
        assert!(currents[0] == 0.0 && slopes[0] == 0.0 && currents[1] > 1e-6);
    }
}
