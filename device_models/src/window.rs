//! Window functions f(x): what slows a state between 0 and 1 near its ends.
//!
//! Equations (x rises or falls; the models multiply their velocity by f):
//! * [`Rectangular`]: f = 1; the ends are hard bounds.
//! * [`Joglekar`]: f = 1 − (2x − 1)^(2p)
//! * [`Biolek`]: f = 1 − x^(2p) rising, 1 − (1 − x)^(2p) falling
//! * [`Prodromakis`]: f = j {1 − \[(x − ½)² + ¾\]^p}
//! * [`Kvatinsky`]: f = exp(−exp((x − a_r)/w_r)) rising, exp(−exp(−(x − a_f)/w_f)) falling
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | p | 1 | `window_exponent` |
//! | j | 1 | `window_height` |
//! | a_r, a_f | 1 | `window_edge_rising`, `window_edge_falling` |
//! | w_r, w_f | 1 | `window_width_rising`, `window_width_falling` |
//!
//! Validity: Joglekar's and Prodromakis' windows vanish at both ends whatever the direction: a
//! state on an end sticks to it for ever. Models with such a window integrate ln(x/(1 − x)) and keep
//! x [`EDGE`] away from the ends, so that a state can be brought back by the charge that the
//! equations ask for; reaching that distance sets the flag of the bound. Biolek's window vanishes
//! only ahead of the state, Kvatinsky's nowhere: their states leave an end at once.
//!
//! References: Y. N. Joglekar, S. J. Wolf, European Journal of Physics 30, 661 (2009),
//! doi:10.1088/0143-0807/30/4/001; Z. Biolek, D. Biolek, V. Biolková, Radioengineering 18, 210 (2009);
//! T. Prodromakis et al., IEEE Trans. Electron Devices 58, 3099 (2011),
//! doi:10.1109/TED.2011.2158004; S. Kvatinsky et al., IEEE TCAS-I 60, 211 (2013),
//! doi:10.1109/TCSI.2012.2215714.
//! Pinned by: `tests/generic_published.rs`.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::error::DeviceError;
use crate::model::ParameterSpec;

/// Distance from 0 and 1 at which a state is held under a window that vanishes at both ends.
pub const EDGE: f64 = 1e-9;

/// The windows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Rectangular`].
    Rectangular,
    /// [`Joglekar`].
    Joglekar,
    /// [`Biolek`].
    Biolek,
    /// [`Prodromakis`].
    Prodromakis,
    /// [`Kvatinsky`].
    Kvatinsky,
}

/// A window with its parameters.
pub trait Window: Copy + PartialEq + Send + Sync + Debug {
    /// Which one it is.
    const KIND: Kind;
    /// f(x) in plain text.
    const EQUATION: &'static str;
    /// It vanishes at both ends in both directions.
    const STICKS: bool = false;

    /// The window from a map of name → value.
    ///
    /// # Errors
    /// When a parameter is missing or has a value no window can have.
    fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError>;

    /// f(x) for a state that rises or falls.
    fn at(&self, x: f64, rising: bool) -> f64;
}

/// The bounds of a state between 0 and 1 under a window.
pub(crate) fn bounds<W: Window>() -> (f64, f64) {
    if W::STICKS { (EDGE, 1.0 - EDGE) } else { (0.0, 1.0) }
}

/// The variable in which a state under a window is integrated.
pub(crate) fn coordinate<W: Window>(x: f64) -> f64 {
    if W::STICKS { (x / (1.0 - x)).ln() } else { 10.0 * x }
}

/// The inverse of [`coordinate`].
pub(crate) fn at_coordinate<W: Window>(y: f64) -> f64 {
    if W::STICKS { 1.0 / (1.0 + (-y).exp()) } else { 0.1 * y }
}

/// The speed of that variable.
pub(crate) fn coordinate_speed<W: Window>(x: f64, speed: f64) -> f64 {
    if W::STICKS { speed / (x * (1.0 - x)) } else { 10.0 * speed }
}

/// The part of a [`crate::scalar::Law`] that follows from the window `$w` alone.
macro_rules! state_between_0_and_1 {
    ($w:ty) => {
        fn bounds(&self) -> (f64, f64) {
            crate::window::bounds::<$w>()
        }

        fn coordinate(&self, x: f64) -> f64 {
            crate::window::coordinate::<$w>(x)
        }

        fn at_coordinate(&self, coordinate: f64) -> f64 {
            crate::window::at_coordinate::<$w>(coordinate)
        }

        fn coordinate_speed(&self, x: f64, speed: f64) -> f64 {
            crate::window::coordinate_speed::<$w>(x, speed)
        }
    };
}
pub(crate) use state_between_0_and_1;

/// Both tables in one, `N` being their common length.
pub(crate) const fn with_window<const N: usize>(
    model: &[ParameterSpec],
    window: &[ParameterSpec],
) -> [ParameterSpec; N] {
    let first = if model.is_empty() { window[0] } else { model[0] };
    let mut all = [first; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < model.len() { model[i] } else { window[i - model.len()] };
        i += 1;
    }
    all
}

/// The parameters of no window.
pub const NONE: &[ParameterSpec] = &[];

/// No window: hard bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangular;

impl Window for Rectangular {
    const KIND: Kind = Kind::Rectangular;
    const EQUATION: &'static str = "f = 1 between the hard bounds 0 and 1";

    fn from_values(_values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self)
    }

    fn at(&self, _x: f64, _rising: bool) -> f64 {
        1.0
    }
}

/// Parameters of the windows with one exponent.
pub mod exponent {
    use crate::parameters::{independent, parameters};

    parameters! {
        "window";
        /// Exponent, 1.
        window_exponent, "p", "1", None, Positive, "exponent of the window";
    }

    independent! {}
}

/// Joglekar's window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joglekar(pub exponent::Parameters);

impl Window for Joglekar {
    const KIND: Kind = Kind::Joglekar;
    const EQUATION: &'static str = "f = 1 − (2x − 1)^(2p): zero at both ends";
    const STICKS: bool = true;

    fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self(exponent::Parameters::from_values(values)?))
    }

    fn at(&self, x: f64, _rising: bool) -> f64 {
        // 1 − (2x − 1)^(2p) without cancellation near the ends.
        -(2.0 * self.0.window_exponent * (-2.0 * x.min(1.0 - x)).ln_1p()).exp_m1()
    }
}

/// Biolek's window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Biolek(pub exponent::Parameters);

impl Window for Biolek {
    const KIND: Kind = Kind::Biolek;
    const EQUATION: &'static str = "f = 1 − x^(2p) where x rises, 1 − (1 − x)^(2p) where it falls";

    fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self(exponent::Parameters::from_values(values)?))
    }

    fn at(&self, x: f64, rising: bool) -> f64 {
        let behind = if rising { x } else { 1.0 - x };
        1.0 - behind.max(0.0).powf(2.0 * self.0.window_exponent)
    }
}

/// Parameters of Prodromakis' window.
pub mod prodromakis {
    use crate::parameters::{independent, parameters};

    parameters! {
        "window";
        /// Exponent, 1.
        window_exponent, "p", "1", None, Positive, "exponent of the window";
        /// Height, 1.
        window_height, "j", "1", None, Positive, "factor of the window";
    }

    independent! {}
}

/// Prodromakis' window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prodromakis(pub prodromakis::Parameters);

impl Window for Prodromakis {
    const KIND: Kind = Kind::Prodromakis;
    const EQUATION: &'static str = "f = j (1 − [(x − ½)² + ¾]^p): zero at both ends";
    const STICKS: bool = true;

    fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self(prodromakis::Parameters::from_values(values)?))
    }

    fn at(&self, x: f64, _rising: bool) -> f64 {
        // (x − ½)² + ¾ = 1 − x (1 − x).
        -self.0.window_height * (self.0.window_exponent * (-x * (1.0 - x)).ln_1p()).exp_m1()
    }
}

/// Parameters of Kvatinsky's window.
pub mod kvatinsky {
    use crate::parameters::{independent, parameters};

    parameters! {
        "window";
        /// Position for a rising state, 1.
        window_edge_rising, "a_r", "1", None, Any, "state at which a rising state has slowed to 1/e";
        /// Width for a rising state, 1.
        window_width_rising, "w_r", "1", None, Positive, "width of the window for a rising state";
        /// Position for a falling state, 1.
        window_edge_falling, "a_f", "1", None, Any, "state at which a falling state has slowed to 1/e";
        /// Width for a falling state, 1.
        window_width_falling, "w_f", "1", None, Positive, "width of the window for a falling state";
    }

    independent! {}
}

/// Kvatinsky's window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kvatinsky(pub kvatinsky::Parameters);

impl Window for Kvatinsky {
    const KIND: Kind = Kind::Kvatinsky;
    const EQUATION: &'static str =
        "f = exp(−exp((x − a_r)/w_r)) where x rises, exp(−exp(−(x − a_f)/w_f)) where it falls";

    fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self(kvatinsky::Parameters::from_values(values)?))
    }

    fn at(&self, x: f64, rising: bool) -> f64 {
        let w = &self.0;
        let lift = if rising {
            (x - w.window_edge_rising) / w.window_width_rising
        } else {
            (w.window_edge_falling - x) / w.window_width_falling
        };
        (-lift.exp()).exp()
    }
}
