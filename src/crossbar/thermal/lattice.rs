//! The infinite regular thermal network: its Green's function, and the network that has wanted
//! crosstalk coefficients.
//!
//! Equations. With a, b the conductances to the neighbours along word and bit lines and g to the
//! sink, one watt in cell (0, 0) warms the cell m bit lines and n word lines away by
//!
//! G(m, n) = (1/π) ∫₀^π cos(n y) ρ(y)^|m| / √(A² − 4a²) dy, A = g + 2a + 2b (1 − cos y),
//! ρ = 2a / \[A + √(A² − 4a²)\]
//!
//! (the sum over the other direction in closed form). The integrand is periodic and analytic, so the trapezoidal rule
//! converges exponentially, by exp(−M acosh(1 + g/2b)) with M points. On a single line (b = 0) it is
//! G(m) = ρ^|m|/√(A² − 4a²).
//!
//! The crosstalk coefficient of a neighbour is α = G(neighbour)/G(0, 0): the warming of a cell over
//! that of the one that is heated. α of both directions fixes a/g and b/g, the thermal resistance
//! G(0, 0) fixes the scale.
//!
//! | symbol | unit |
//! |---|---|
//! | a, b, g | W/K |
//! | G | K/W |
//! | α | 1 |
//!
//! Validity: far from the edges of an array, where less of the network carries the heat away.
//!
//! References: E. N. Economou, Green's Functions in Quantum Physics, 3rd ed., Springer (2006), chapter 5,
//! doi:10.1007/3-540-28841-4 (lattice Green's functions). Crosstalk coefficients of arrays:
//! F. Staudigl et al., NeuroHammer, arXiv:2112.01087; about 0.1 between nearest neighbours some tens of
//! nanometres apart is not confirmed against the paper.
//! Pinned by: the tests below; `tests/thermal_network.rs` (large arrays against this).

use std::f64::consts::PI;

use numerics::roots::bracket;

use super::Coefficients;
use crate::crossbar::CrossbarError;

/// Largest crosstalk coefficient that is looked for.
const MOST_CROSSTALK: f64 = 0.9;
/// Largest ratio of a conductance to a neighbour and to the sink that is looked for.
const MOST_RATIO: f64 = 1e5;

/// Warming (K/W) of the cell `bit_lines` bit lines and `word_lines` word lines away from one that dissipates a watt.
pub fn green(network: &Coefficients, bit_lines: usize, word_lines: usize) -> f64 {
    let Coefficients { along_word_line: a, along_bit_line: b, to_sink: g, .. } = *network;
    let decay = if b > 0.0 { (1.0 + g / (2.0 * b)).acosh() } else { f64::INFINITY };
    let points = ((40.0 + word_lines as f64 * decay.min(40.0)) / decay).ceil().clamp(64.0, 1e6) as usize;
    let mut sum = 0.0;
    // Midpoints of 0..π: the trapezoidal rule on the whole period, by symmetry.
    for k in 0..points {
        let y = (k as f64 + 0.5) * PI / points as f64;
        let least = g + 4.0 * b * (0.5 * y).sin().powi(2);
        let root = (least * (least + 4.0 * a)).sqrt();
        let ratio = 2.0 * a / (least + 2.0 * a + root);
        sum += (word_lines as f64 * y).cos() * ratio.powf(bit_lines as f64) / root;
    }
    sum / points as f64
}

/// Crosstalk coefficients of the nearest neighbours along word lines and along bit lines.
pub fn neighbours(network: &Coefficients) -> (f64, f64) {
    let own = green(network, 0, 0);
    (green(network, 1, 0) / own, green(network, 0, 1) / own)
}

/// The network whose nearest neighbours along word and bit lines have the crosstalk coefficients `word` and
/// `bit`, and in which a watt warms its own cell by `resistance` (K/W).
///
/// # Errors
/// When a coefficient is not in 0 to 0.9, the resistance not above zero, or no network up to a hundred thousand
/// times better along the lines than to the sink has these coefficients.
pub fn with_crosstalk(word: f64, bit: f64, resistance: f64) -> Result<Coefficients, CrossbarError> {
    let value =
        |field: &str, value, expected| CrossbarError::Value { field: field.to_owned(), value, expected };
    for (field, v) in [("the crosstalk along word lines", word), ("the crosstalk along bit lines", bit)] {
        if !(0.0..=MOST_CROSSTALK).contains(&v) {
            return Err(value(field, v, "0 to 0.9"));
        }
    }
    if !(resistance > 0.0 && resistance.is_finite()) {
        return Err(value("the thermal resistance of a cell", resistance, "a finite value above 0 K/W"));
    }
    let network = |a: f64, b: f64| Coefficients {
        along_word_line: a,
        along_bit_line: b,
        to_sink: 1.0,
        heat_capacity: None,
    };
    // Each coefficient rises with the conductance along its own lines.
    let search = |wanted: f64, found: &mut dyn FnMut(f64) -> f64| -> Option<f64> {
        if wanted == 0.0 {
            return Some(0.0);
        }
        let ends = bracket(|log| found(f64::exp(log)) - wanted, -40.0, MOST_RATIO.ln(), 1e-12).ok()?;
        Some((0.5 * (ends.0 + ends.1)).exp())
    };
    let along_word = |b: f64| search(word, &mut |a| neighbours(&network(a, b)).0);
    let along_bit = search(bit, &mut |b| along_word(b).map_or(f64::NAN, |a| neighbours(&network(a, b)).1));
    let found = along_bit.and_then(|b| along_word(b).map(|a| network(a, b)));
    // Each alone can be had up to 0.9.
    let found = found.ok_or_else(|| {
        let field = format!("the crosstalk along word lines beside {bit} along bit lines");
        value(&field, word, "lower values: no network has both")
    })?;
    let scale = green(&found, 0, 0) / resistance;
    Ok(Coefficients {
        along_word_line: found.along_word_line * scale,
        along_bit_line: found.along_bit_line * scale,
        to_sink: scale,
        heat_capacity: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_line_decays_as_a_power() {
        let line =
            Coefficients { along_word_line: 3e-7, along_bit_line: 0.0, to_sink: 1e-7, heat_capacity: None };
        // cosh κ = 1 + g/2a.
        let kappa = (1.0_f64 + 1e-7 / 6e-7).acosh();
        let own = 1.0 / (2.0 * 3e-7 * kappa.sinh());
        for m in 0..6 {
            let exact = own * (-kappa * m as f64).exp();
            assert!((green(&line, m, 0) / exact - 1.0).abs() < 1e-12, "{m}");
        }
        let turned = Coefficients { along_word_line: 0.0, along_bit_line: 3e-7, ..line };
        for n in 0..6 {
            let exact = own * (-kappa * n as f64).exp();
            assert!((green(&turned, 0, n) / exact - 1.0).abs() < 1e-10, "{n}");
        }
    }

    #[test]
    fn heat_is_conserved_and_directions_are_alike() {
        let g = Coefficients { along_word_line: 2.0, along_bit_line: 0.7, to_sink: 0.5, heat_capacity: None };
        let mut total = 0.0;
        for m in -60_i64..=60 {
            for n in -60_i64..=60 {
                total += g.to_sink * green(&g, m.unsigned_abs() as usize, n.unsigned_abs() as usize);
            }
        }
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        let turned = Coefficients { along_word_line: 0.7, along_bit_line: 2.0, ..g };
        assert!((green(&g, 2, 3) / green(&turned, 3, 2) - 1.0).abs() < 1e-11);
        // Balance at the heated cell.
        let balance = g.to_sink * green(&g, 0, 0)
            + 2.0 * 2.0 * (green(&g, 0, 0) - green(&g, 1, 0))
            + 2.0 * 0.7 * (green(&g, 0, 0) - green(&g, 0, 1));
        assert!((balance - 1.0).abs() < 1e-12, "{balance}");
    }

    #[test]
    fn wanted_coefficients_are_found() {
        for (word, bit) in [(0.1, 0.1), (0.1, 0.03), (0.4, 0.5), (0.2, 0.0), (0.0, 0.15)] {
            let network = with_crosstalk(word, bit, 15.72e6).unwrap();
            let (w, b) = neighbours(&network);
            assert!((w - word).abs() < 1e-9 && (b - bit).abs() < 1e-9, "{word} {bit}: {w} {b}");
            assert!((green(&network, 0, 0) / 15.72e6 - 1.0).abs() < 1e-12);
        }
        assert!(with_crosstalk(1.2, 0.1, 1e6).unwrap_err().to_string().contains("expected 0 to 0.9"));
        assert!(with_crosstalk(0.1, 0.1, 0.0).is_err());
        // Each alone, but not both.
        assert!(with_crosstalk(0.9, 0.0, 1e6).is_ok() && with_crosstalk(0.0, 0.9, 1e6).is_ok());
        let error = with_crosstalk(0.9, 0.9, 1e6).unwrap_err().to_string();
        assert!(error.contains("word lines beside 0.9 along bit lines is 0.9"), "{error}");
    }
}
