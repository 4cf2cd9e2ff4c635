//! How well the data determine the parameters: covariance from the Jacobian at the optimum.
//!
//! With J = ∂r/∂q and the residuals in units of the noise, cov(q) = (JᵀJ)⁻¹. Columns are taken in
//! units of the parameter's range, J W = U Σ Vᵀ: cov = V Σ⁻² Vᵀ in these units, and 1/Σ_k is the
//! standard error along V_k as a share of the range. Where it exceeds ½ (or Σ_k is zero to rounding)
//! the data do not determine that combination, and the parameters in it are named. Standard errors of
//! p = ±exp(q) are |p| σ_q.
//!
//! Where the noise was not given, the residuals say how large it is: all standard errors are
//! multiplied by √χ²_red, χ²_red = Σ r²/(rows − parameters).
//!
//! Validity: the first order around the optimum. Standard errors near a whole range, and those of
//! parameters at an end of theirs, are only indications.
//!
//! Reference: W. H. Press et al., Numerical Recipes, 3rd ed., Cambridge (2007), sections 15.4 to 15.6.
//! Pinned by: the tests below and `tests/fit_device.rs`.

use nalgebra::DMatrix;

use super::space::{Free, MARGIN};

/// Standard error as a share of the range above which a combination counts as not determined.
const UNDETERMINED: f64 = 0.5;
/// Singular values below this share of the largest are zero to rounding.
const ROUNDING: f64 = 1e-9;
/// Correlation that is worth a warning.
const CORRELATED: f64 = 0.95;
/// Weight in a combination from which a parameter is named.
const NAMED: f64 = 0.3;

/// What is known about the parameters at the optimum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Uncertainty {
    /// Standard errors in SI; `None` where the data do not determine the parameter.
    pub(super) errors: Vec<Option<f64>>,
    /// Correlations, row by row; NaN where there is no standard error.
    pub(super) correlations: Vec<Vec<f64>>,
    /// Sentences about what is not determined.
    pub(super) warnings: Vec<String>,
}

/// Standard errors at q, multiplied by `scale`.
pub(super) fn uncertainty(free: &[Free], q: &[f64], jacobian: &DMatrix<f64>, scale: f64) -> Uncertainty {
    let count = free.len();
    let mut scaled = jacobian.clone();
    for (j, parameter) in free.iter().enumerate() {
        scaled.column_mut(j).scale_mut(parameter.width());
    }
    let mut warnings = Vec::new();
    let mut covariance = DMatrix::<f64>::zeros(count, count);
    let mut unknown = vec![false; count];
    let decomposition = scaled
        .iter()
        .all(|x| x.is_finite())
        .then(|| scaled.try_svd(false, true, f64::EPSILON, 1000))
        .flatten();
    if let Some((singular, vectors)) = decomposition.and_then(|d| d.v_t.map(|v| (d.singular_values, v))) {
        let largest = singular.max();
        for (k, value) in singular.iter().enumerate() {
            let direction = vectors.row(k);
            let named: Vec<&str> = free
                .iter()
                .zip(direction.iter())
                .filter(|(_, weight)| weight.abs() > NAMED)
                .map(|(parameter, _)| parameter.name.as_str())
                .collect();
            if scale / value > UNDETERMINED {
                warnings.push(not_determined(&named));
            }
            if *value <= ROUNDING * largest || *value <= 0.0 {
                for (flag, weight) in unknown.iter_mut().zip(direction.iter()) {
                    *flag |= weight.abs() > ROUNDING.sqrt();
                }
            } else {
                covariance += direction.transpose() * direction * (scale / value).powi(2);
            }
        }
    } else {
        unknown.fill(true);
        warnings
            .push("the Jacobian at the optimum has no decomposition: there are no standard errors".into());
    }
    let deviation: Vec<Option<f64>> = (0..count)
        .map(|i| {
            if unknown.get(i).copied().unwrap_or(true) {
                None
            } else {
                covariance.get((i, i)).map(|c| c.sqrt())
            }
        })
        .collect();
    let correlation = |i: usize, j: usize| -> f64 {
        match (deviation.get(i).copied().flatten(), deviation.get(j).copied().flatten()) {
            (Some(a), Some(b)) if a * b > 0.0 => covariance.get((i, j)).map_or(f64::NAN, |c| c / (a * b)),
            _ => f64::NAN,
        }
    };
    let correlations: Vec<Vec<f64>> =
        (0..count).map(|i| (0..count).map(|j| correlation(i, j)).collect()).collect();
    warnings.extend(correlated(free, &correlations));
    warnings.extend(free.iter().zip(q).filter_map(|(p, q)| at_an_end(p, *q)));
    let errors = free
        .iter()
        .zip(q)
        .zip(deviation)
        .map(|((p, q), deviation)| {
            let slope = if p.logarithmic() { p.value(*q).abs() } else { 1.0 };
            deviation.map(|share| share * p.width() * slope)
        })
        .collect();
    Uncertainty { errors, correlations, warnings }
}

fn not_determined(named: &[&str]) -> String {
    match named {
        [one] => format!("{one} is not determined by the data: its standard error exceeds half its range"),
        several => format!(
            "{} are not determined together: a combination of them has a standard error above half its range; free fewer of them or add data",
            several.join(" and ")
        ),
    }
}

fn correlated(free: &[Free], correlations: &[Vec<f64>]) -> Vec<String> {
    let mut sentences = Vec::new();
    for (i, row) in correlations.iter().enumerate() {
        for (j, correlation) in row.iter().enumerate().skip(i + 1) {
            if let (true, Some(a), Some(b)) = (correlation.abs() > CORRELATED, free.get(i), free.get(j)) {
                sentences.push(format!(
                    "{} and {} are strongly correlated ({correlation:.3}): the data determine little more than a combination of both",
                    a.name, b.name
                ));
            }
        }
    }
    sentences
}

fn at_an_end(parameter: &Free, q: f64) -> Option<String> {
    let (low, high) = parameter.ends();
    let margin = 1.5 * MARGIN * (high - low);
    let at_end = q < low + margin || q > high - margin;
    at_end.then(|| {
        format!("{} ends at an end of its range: its standard error means little; give a wider --range if physics allows", parameter.name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(name: &str) -> Free {
        Free {
            name: name.into(),
            symbol: "p",
            unit: "1".into(),
            per_unit: 1.0,
            start: 0.0,
            low: -1.0,
            high: 1.0,
        }
    }

    #[test]
    fn a_straight_line_has_the_textbook_covariance() {
        // y = a + b x at x = 0..4, unit noise: var a = Σx²/Δ, var b = n/Δ, cov = −Σx/Δ, Δ = n Σx² − (Σx)².
        let x = [0.0, 1.0, 2.0, 3.0, 4.0];
        let j = DMatrix::from_fn(5, 2, |i, k| 10.0 * if k == 0 { 1.0 } else { x[i] });
        let found = uncertainty(&[linear("a"), linear("b")], &[0.0, 0.0], &j, 1.0);
        let delta = 5.0 * 30.0 - 100.0;
        let expected = [(30.0_f64 / delta).sqrt() / 10.0, (5.0_f64 / delta).sqrt() / 10.0];
        for (error, expected) in found.errors.iter().zip(expected) {
            assert!((error.unwrap() / expected - 1.0).abs() < 1e-12);
        }
        let correlation = -10.0 / (30.0_f64 * 5.0).sqrt();
        assert!((found.correlations[0][1] - correlation).abs() < 1e-12, "{found:?}");
        assert!(found.warnings.is_empty(), "{found:?}");
    }

    #[test]
    fn what_the_data_do_not_determine_is_named() {
        let free = [linear("a"), linear("b"), linear("c")];
        // Only a + b acts, and c hardly.
        let j = DMatrix::from_fn(4, 3, |i, k| if k < 2 { 10.0 + i as f64 } else { 1e-3 * (i as f64 - 1.5) });
        let found = uncertainty(&free, &[0.0, 0.0, 0.9999], &j, 1.0);
        assert!(
            found.warnings.iter().any(|w| w.contains("a and b are not determined together")),
            "{found:?}"
        );
        assert!(found.warnings.iter().any(|w| w.contains("c is not determined")), "{found:?}");
        assert!(found.warnings.iter().any(|w| w.contains("c ends at an end")), "{found:?}");
        assert_eq!(found.errors[0], None);
    }
}
