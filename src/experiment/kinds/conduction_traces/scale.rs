//! The scale of normalised currents.
//!
//! u = asinh(I/I_f)/asinh(I_t/I_f): logarithmic above the floor I_f, where a decade of current takes
//! ln 10/asinh(I_t/I_f) of the range, and linear below it, through 0 at 0 A (J. B. W. Webber, Meas. Sci.
//! Technol. 24, 027001 (2013), doi:10.1088/0957-0233/24/2/027001). A logarithm itself would need a cut,
//! as the current at 0 V is zero; this scale loses nothing and can be undone at every current. It is one
//! and the same for a whole set, so that the level of a trace stays in it.
//!
//! | symbol | field | unit |
//! |---|---|---|
//! | I_f | `floor` | A |
//! | I_t | `top`: the current that becomes 1 | A |
//!
//! Pinned by: the test below, `tests/conduction_traces.rs`.

/// The scale of one set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// I_f, A.
    pub(super) floor: f64,
    /// I_t, A.
    pub(super) top: f64,
}

impl Scale {
    /// The formula, for people who read the record.
    pub(super) const FORMULA: &str = "asinh(current/floor_current)/asinh(top_current/floor_current)";

    /// The normalised current.
    pub(super) fn normalised(&self, current: f64) -> f64 {
        (current / self.floor).asinh() / (self.top / self.floor).asinh()
    }

    /// The current of a normalised one.
    pub(super) fn current(&self, normalised: f64) -> f64 {
        (normalised * (self.top / self.floor).asinh()).sinh() * self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_can_be_undone_and_ends_at_one() {
        let scale = Scale { floor: 1e-6, top: 5e-3 };
        assert!(scale.normalised(0.0).abs() < 1e-300 && (scale.normalised(5e-3) - 1.0).abs() < 1e-15);
        for current in [1e-12, 1e-7, 1e-6, 3e-5, 4.9e-3] {
            let back = scale.current(scale.normalised(current));
            assert!((back / current - 1.0).abs() < 1e-12, "{current}: {back}");
        }
        // A decade takes the same room everywhere above the floor.
        let decade = |from: f64| scale.normalised(10.0 * from) - scale.normalised(from);
        assert!((decade(1e-4) / decade(4e-4) - 1.0).abs() < 1e-4);
    }
}
