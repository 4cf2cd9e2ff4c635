//! Roots of scalar functions: a bracketing solver for located events and a safeguarded Newton
//! iteration for implicit device equations.
//!
//! * [`bracket`] – narrows a sign change to an interval (Illinois variant of regula falsi with
//!   bisection; M. Dowell, P. Jarratt, BIT 11, 168 (1971), doi:10.1007/BF01934364). Both ends are returned,
//!   so that a caller can take the side on which a condition holds.
//! * [`newton_rising`] – Newton's method inside an interval known to hold a rising crossing,
//!   with bisection wherever Newton leaves the interval or converges slowly.
//!
//! Pinned by: the tests below (closed-form roots, flat and steep functions).

/// Why a root was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootError {
    /// The function has the same sign at both ends, or is not a number there.
    NoSignChange,
    /// The iteration limit was reached.
    NotConverged,
}

impl std::fmt::Display for RootError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSignChange => "the function does not change sign between the ends of the interval",
            Self::NotConverged => "the root search did not converge",
        })
    }
}

impl std::error::Error for RootError {}

/// Narrows the sign change of `f` between `a` and `b` (a < b) until the interval is at most
/// `width` wide, and returns its ends (low, high).
///
/// `f` only needs to be defined, not continuous: at a jump the interval closes on the jump.
///
/// # Errors
/// [`RootError::NoSignChange`] when both ends have one sign; [`RootError::NotConverged`] after
/// 400 evaluations.
pub fn bracket(mut f: impl FnMut(f64) -> f64, a: f64, b: f64, width: f64) -> Result<(f64, f64), RootError> {
    let (mut low, mut high) = (a, b);
    let (mut f_low, mut f_high) = (f(low), f(high));
    let sign_low = f_low > 0.0;
    if f_low.is_nan() || f_high.is_nan() || sign_low == (f_high > 0.0) {
        return Err(RootError::NoSignChange);
    }
    let mut last_side = 0_i8;
    for iteration in 0..400 {
        let span = high - low;
        if span <= width {
            return Ok((low, high));
        }
        let secant = low - f_low * span / (f_high - f_low);
        // Every third step bisects, so that the interval shrinks geometrically in any case; the
        // secant is kept off the ends so that both sides close in.
        let x = if iteration % 3 == 2 || !secant.is_finite() {
            0.5 * (low + high)
        } else {
            let margin = (0.5 * width).min(0.5 * span);
            secant.clamp(low + margin, high - margin)
        };
        if x <= low || x >= high {
            return Ok((low, high));
        }
        let value = f(x);
        if (value > 0.0) == sign_low {
            (low, f_low) = (x, value);
            if last_side == -1 {
                f_high *= 0.5;
            }
            last_side = -1;
        } else {
            (high, f_high) = (x, value);
            if last_side == 1 {
                f_low *= 0.5;
            }
            last_side = 1;
        }
    }
    Err(RootError::NotConverged)
}

/// The root of `f` in `low..=high`, where `f` is negative left of it and positive right of it.
///
/// `f` returns value and derivative. The iteration starts at `guess` (clamped into the
/// interval) and ends with a Newton step below `tolerance`; since convergence is quadratic the
/// error left is of the order of its square. Without a crossing inside, it ends at the end of the
/// interval nearest to one.
///
/// # Errors
/// [`RootError::NotConverged`] when `f` or `low` is not a number, or after 200 evaluations.
pub fn newton_rising(
    mut f: impl FnMut(f64) -> (f64, f64),
    low: f64,
    high: f64,
    guess: f64,
    tolerance: f64,
) -> Result<f64, RootError> {
    if low.is_nan() {
        return Err(RootError::NotConverged);
    }
    let (mut low, mut high) = (low, high);
    let mut x = if guess.is_finite() { guess.clamp(low, high.max(low)) } else { 0.5 * (low + high) };
    let mut previous_step = f64::INFINITY;
    for _ in 0..200 {
        let (value, slope) = f(x);
        if value.is_nan() {
            return Err(RootError::NotConverged);
        }
        if value == 0.0 {
            return Ok(x);
        }
        if value < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let step = value / slope;
        let next = x - step;
        if slope > 0.0 && next >= low && next <= high && 2.0 * step.abs() <= previous_step {
            previous_step = step.abs();
            x = next;
            if previous_step <= tolerance {
                return Ok(x);
            }
        } else {
            let middle = 0.5 * (low + high);
            previous_step = high - low;
            if previous_step <= 1e-3 * tolerance || middle <= low || middle >= high {
                return Ok(middle);
            }
            x = middle;
        }
    }
    Err(RootError::NotConverged)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bracket_closes_on_roots_and_jumps() {
        let (low, high) = bracket(|x| x * x - 2.0, 0.0, 2.0, 1e-13).unwrap();
        assert!(low <= 2.0_f64.sqrt() && 2.0_f64.sqrt() <= high && high - low <= 1e-13);
        let (low, high) = bracket(|x| if x < 0.3 { -1e-9 } else { 1e9 }, 0.0, 1.0, 1e-12).unwrap();
        assert!(low < 0.3 && high >= 0.3 && high - low <= 1e-12);
        assert_eq!(bracket(|x| x * x + 1.0, -1.0, 1.0, 1e-9), Err(RootError::NoSignChange));
        assert_eq!(bracket(|_| f64::NAN, -1.0, 1.0, 1e-9), Err(RootError::NoSignChange));
    }

    #[test]
    fn bracket_needs_few_evaluations() {
        let mut calls = 0;
        bracket(
            |x| {
                calls += 1;
                x.exp() - 1.5
            },
            -10.0,
            5.0,
            1e-9,
        )
        .unwrap();
        assert!(calls < 40, "{calls}");
    }

    #[test]
    fn newton_converges_from_far_on_an_exponential() {
        let mut calls = 0;
        let root = newton_rising(
            |x| {
                calls += 1;
                (1e-9 * ((x / 0.025).exp() - 1.0) - 1e-3, 1e-9 / 0.025 * (x / 0.025).exp())
            },
            0.0,
            5.0,
            5.0,
            1e-9,
        )
        .unwrap();
        assert!((root - 0.025 * 1_000_001_f64.ln()).abs() < 1e-12, "{root}");
        assert!(calls < 60, "{calls}");
    }

    #[test]
    fn newton_without_a_crossing_ends_at_the_boundary() {
        let root = newton_rising(|x| (x - 3.0, 1.0), 0.0, 1.0, 0.5, 1e-9).unwrap();
        assert!((root - 1.0).abs() < 1e-6, "{root}");
        assert!(newton_rising(|_| (f64::NAN, 1.0), 0.0, 1.0, 0.5, 1e-9).is_err());
        assert!(newton_rising(|x| (x, 1.0), f64::NAN, 1.0, 0.5, 1e-9).is_err());
    }
}
