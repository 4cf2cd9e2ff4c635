//! Drift of a written conductance by a law in time, as arrays in use are described; traps, temperature
//! and single events are those of [`crate::relaxation`].
//!
//! * Power law: G(t) = G₀ ((t + t₀)/t₀)^−ν, ν normal from cell to cell with mean
//!   clip(a ln ĝ + b) and deviation clip(a' ln ĝ + b'), ĝ = G₀/G_max; one read has the 1/f noise
//!   σ = G min(q ĝ^−p, q_max) √ln((t + t₀ + t_r)/2t_r).
//! * Logarithmic: G(t) = G₀ + m L + z (s L + s₀ min(L, 1)), L = ln(1 + t/1 s), z normal from cell to cell; one
//!   read has σ = k log10(G/1 µS) √ln((t + t_r)/2t_r). (The source gives m ln t and s ln t + s₀ from 1 s on.)
//!
//! What a cell draws belongs to its last write, so a time is the sum of its parts.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | t₀, t_r | s | `reference_time`, `read_time` |
//! | a, b, clip; a', b', clip' | 1 | `exponent_*`, `spread_*` |
//! | q, p, q_max | 1 | `read_factor`, `read_exponent`, `read_limit` |
//! | m, s, s₀, k | S | `mean`, `spread`, `offset`, `read_factor` |
//!
//! Validity: room temperature; another one changes nothing.
//! References: in the cards. Power law and noise: S. R. Nandakumar et al., ICECS (2019),
//! doi:10.1109/ICECS46596.2019.8964852; V. Joshi et al., Nat. Commun. 11, 2473 (2020),
//! doi:10.1038/s41467-020-16108-9.
//! Pinned by: the tests below.

use serde::Deserialize;

use crate::error::CardError;
use crate::units;

/// A straight line in ln ĝ, cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Slope.
    pub slope: f64,
    /// Value at ĝ = 1.
    pub offset: f64,
    /// Lowest and highest value.
    pub limits: (f64, f64),
}

impl Cut {
    fn at(&self, logarithm: f64) -> f64 {
        (self.slope * logarithm + self.offset).clamp(self.limits.0, self.limits.1)
    }
}

/// A card's `drift` block.
#[derive(Debug, Clone, PartialEq)]
pub enum Drift {
    /// The conductance falls as a power of time.
    Power {
        /// t₀, s.
        reference_time: f64,
        /// Mean of ν.
        exponent: Cut,
        /// Standard deviation of ν.
        spread: Cut,
        /// q, p, `q_max`.
        read: (f64, f64, f64),
        /// `t_r`, s.
        read_time: f64,
    },
    /// The conductance moves as the logarithm of time.
    Logarithmic {
        /// m, S.
        mean: f64,
        /// s, S.
        spread: f64,
        /// s₀, S.
        offset: f64,
        /// k, S.
        read_factor: f64,
        /// `t_r`, s.
        read_time: f64,
    },
}

impl Drift {
    /// Conductance (S) `time` seconds after a write to `written` (S) of a cell that drew the normal number
    /// `z`, in an array used up to `highest` (S).
    pub fn conductance(&self, written: f64, highest: f64, z: f64, time: f64) -> f64 {
        if written <= 0.0 || time <= 0.0 {
            return written.max(0.0);
        }
        match self {
            Self::Power { reference_time, exponent, spread, .. } => {
                let logarithm = (written / highest).ln();
                let nu = exponent.at(logarithm) + spread.at(logarithm) * z;
                written * ((time + reference_time) / reference_time).powf(-nu)
            }
            Self::Logarithmic { mean, spread, offset, .. } => {
                let l = time.ln_1p();
                (written + mean * l + z * (spread * l + offset * l.min(1.0))).max(0.0)
            }
        }
    }

    /// Standard deviation of one read, S, of a cell at `conductance` that time after its write.
    pub fn read_noise(&self, conductance: f64, highest: f64, time: f64) -> f64 {
        if conductance <= 0.0 {
            return 0.0;
        }
        let grown =
            |after: f64, read_time: f64| ((after + read_time) / (2.0 * read_time)).ln().max(0.0).sqrt();
        match self {
            Self::Power { reference_time, read: (q, p, most), read_time, .. } => {
                let share = (q * (conductance / highest).powf(-p)).min(*most);
                conductance * share * grown(time + reference_time, *read_time)
            }
            Self::Logarithmic { read_factor, read_time, .. } => {
                (read_factor * (conductance / 1e-6).log10()).max(0.0) * grown(time, *read_time)
            }
        }
    }
}

/// The block as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDrift {
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    power: Option<RawPower>,
    #[serde(default)]
    logarithmic: Option<RawLogarithmic>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPower {
    reference_time: String,
    exponent_slope: String,
    exponent_offset: String,
    exponent_limits: [String; 2],
    spread_slope: String,
    spread_offset: String,
    spread_limits: [String; 2],
    read_factor: String,
    read_exponent: String,
    read_limit: String,
    read_time: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLogarithmic {
    mean: String,
    spread: String,
    offset: String,
    read_factor: String,
    read_time: String,
}

impl RawDrift {
    pub(crate) fn read(&self, origin: &str) -> Result<Drift, CardError> {
        let fault = |field: &str, message: String| CardError::Field {
            origin: origin.to_owned(),
            field: format!("drift.{field}"),
            message,
        };
        let number = |field: &str, text: &str, unit: &str| {
            units::parse(text, unit).map_err(|error| fault(field, error.to_string()))
        };
        let time = |field: &str, text: &str| {
            let value = number(field, text, "s")?;
            if value > 0.0 {
                Ok(value)
            } else {
                Err(fault(field, format!("is {text}, but must be positive")))
            }
        };
        let cut = |field: &str, slope: &str, offset: &str, limits: &[String; 2]| {
            let cut = Cut {
                slope: number(&format!("power.{field}_slope"), slope, "1")?,
                offset: number(&format!("power.{field}_offset"), offset, "1")?,
                limits: (
                    number(&format!("power.{field}_limits[0]"), &limits[0], "1")?,
                    number(&format!("power.{field}_limits[1]"), &limits[1], "1")?,
                ),
            };
            if cut.limits.0 <= cut.limits.1 {
                Ok(cut)
            } else {
                Err(fault(&format!("power.{field}_limits"), "must be the lower one first".to_owned()))
            }
        };
        match (&self.power, &self.logarithmic) {
            (Some(p), None) => Ok(Drift::Power {
                reference_time: time("power.reference_time", &p.reference_time)?,
                exponent: cut("exponent", &p.exponent_slope, &p.exponent_offset, &p.exponent_limits)?,
                spread: cut("spread", &p.spread_slope, &p.spread_offset, &p.spread_limits)?,
                read: (
                    number("power.read_factor", &p.read_factor, "1")?,
                    number("power.read_exponent", &p.read_exponent, "1")?,
                    number("power.read_limit", &p.read_limit, "1")?,
                ),
                read_time: time("power.read_time", &p.read_time)?,
            }),
            (None, Some(l)) => Ok(Drift::Logarithmic {
                mean: number("logarithmic.mean", &l.mean, "S")?,
                spread: number("logarithmic.spread", &l.spread, "S")?,
                offset: number("logarithmic.offset", &l.offset, "S")?,
                read_factor: number("logarithmic.read_factor", &l.read_factor, "S")?,
                read_time: time("logarithmic.read_time", &l.read_time)?,
            }),
            _ => Err(fault("power", "or drift.logarithmic must be given, one of the two".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::DeviceCard;

    fn card(name: &str) -> Drift {
        let card = DeviceCard::shipped(name, &std::collections::BTreeMap::new()).unwrap();
        card.drift.as_ref().unwrap().as_ref().clone()
    }

    #[test]
    fn a_day_of_pcm() {
        // ν = 0.049 at the largest conductance (its lower limit): (86400/20 + 1)^−0.049 = 0.6635.
        let drift = card("pcm_joshi");
        let g = drift.conductance(25e-6, 25e-6, 0.0, 86_400.0);
        assert!((g / 25e-6 - 0.6635).abs() < 1e-3, "{}", g / 25e-6);
        // Low conductances drift more: −0.0155 ln 0.02 + 0.0244 = 0.0850.
        let low = drift.conductance(0.5e-6, 25e-6, 0.0, 1980.0);
        assert!((low / 0.5e-6 - 100.0_f64.powf(-0.0850)).abs() < 1e-3, "{}", low / 0.5e-6);
        // 1/f noise at 20 s: 0.0088 √ln(20 s/500 ns) = 0.0368 of the largest conductance.
        let noise = drift.read_noise(25e-6, 25e-6, 0.0);
        assert!((noise / 25e-6 - 0.0368).abs() < 1e-4, "{}", noise / 25e-6);
    }

    #[test]
    fn an_hour_of_cmo_hfox() {
        // −0.0890 ln 3600 = −0.729 uS (measured: −0.68 uS after 1 h).
        let drift = card("cmo_hfox_2_percent");
        let shift = drift.conductance(50e-6, 88.2e-6, 0.0, 3600.0) - 50e-6;
        assert!((shift + 0.729e-6).abs() < 1e-9, "{shift}");
        let spread = drift.conductance(50e-6, 88.2e-6, 1.0, 3600.0) - 50e-6 - shift;
        assert!((spread - (0.04201 * 3600.0_f64.ln() + 0.41183) * 1e-6).abs() < 1e-9, "{spread}");
    }
}
