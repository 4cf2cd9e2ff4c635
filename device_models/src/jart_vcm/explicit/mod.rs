//! The explicit tier of JART VCM v1b: a fit of the current where it is accurate, the full model elsewhere.
//!
//! Card and state are those of the full model; a card chooses the tier by naming the model
//! `jart_vcm_v1b_explicit`. Inside the fit's ranges (submodule [`fit`]) the contact is not solved: the
//! current is the fit's, V_sch and the filament's voltage follow from it and the series resistances,
//! and T = T₀ + I (V_sch + V_disc + V_plug) R_th is in its steady state. N moves by the
//! published ion current, dN/dt = −I_ion/(z e A l), at that field and temperature.
//!
//! The full model takes over, by itself,
//! * for the whole of a motion: where the card's or the cell's parameters, or the ambient temperature,
//!   are not those of the fit, behind a series resistor or transistor, for cells that change while
//!   they switch, and for segments shorter than [`SHORTEST`] thermal time constants;
//! * at a located instant: where the concentration or voltage leaves the ranges, the fit's current
//!   reaches an ideal limit, or N moves by more than [`FASTEST`] of itself within a thermal time
//!   constant. The way back has a hysteresis of [`HYSTERESIS`]. Temperature, V_sch and branch of the contact are
//!   handed over; N is continuous.
//!
//! Operating points are always those of the full model at the state's own temperature.
//!
//! Validity: as the full model. The error of the fitted current (at most 7 %, mostly below 3 %) enters the
//! temperature and through it the rates: switching times are within 15 % of the full model's, conductances
//! after a pulse within 4 % (tables printed by `tests/jart_explicit.rs`).
//!
//! References: as the parent module and [`fit`].
//! Pinned by: `tests/jart_explicit.rs`, and the comparison of currents in [`fit`].

pub mod fit;
mod tiered;

pub(super) use self::tiered::Tiered;

/// The model's name in cards.
pub const NAME: &str = "jart_vcm_v1b_explicit";
/// Shortest segment that the fit may answer for, in thermal time constants.
pub const SHORTEST: f64 = 64.0;
/// Largest relative change of N within a thermal time constant.
pub const FASTEST: f64 = 0.05;
/// How far inside the ranges a cell must be before the fit is used again; relative, and in 0.1 V.
pub const HYSTERESIS: f64 = 0.02;
