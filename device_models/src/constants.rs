//! Constants of nature (CODATA 2018), SI.

/// Elementary charge, C.
pub(crate) const CHARGE: f64 = 1.602_176_634e-19;
/// Boltzmann's constant, J/K.
pub(crate) const BOLTZMANN: f64 = 1.380_649e-23;
/// Planck's constant, J s.
pub(crate) const PLANCK: f64 = 6.626_070_15e-34;
/// Mass of the electron, kg.
pub(crate) const ELECTRON_MASS: f64 = 9.109_383_701_5e-31;
/// Permittivity of vacuum, F/m.
pub(crate) const VACUUM_PERMITTIVITY: f64 = 8.854_187_812_8e-12;
