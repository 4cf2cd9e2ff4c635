//! Conductances of the thermal network from the geometry of an array.
//!
//! Heat leaves a filament through the two electrodes above and below it, flows along the lines and
//! through the oxide to a heat sink below the lower or above the upper lines. Word and bit line of
//! a crossing are one node: the switching oxide between them is a few nanometres thin and conducts
//! better than any of the other ways.
//!
//! Equations. A line of width w, thickness t and thermal conductivity κ, a distance h from the sink, is a fin
//! (A. F. Mills, Heat Transfer; any textbook) with
//!
//! * conductance along it g′ = κ w t (W m/K) and loss per length s′ = κ_ox w_eff/h (W/(m K)),
//! * effective width w_eff = w + (4h/π) ln\[1 + tanh(π s/4h)\] for a spacing s to the next line: the
//!   even-mode fringing field of parallel strips, which becomes w + (4 ln 2/π) h for a line
//!   alone and w + s for lines close together,
//! * between two crossings a pitch p apart, with m = √(s′/g′): exactly the two-port with
//!   g = g′ m / sinh(m p) and g′ m tanh(m p/2) to the sink at each end; without a sink g = g′/p.
//!
//! The sidewalls of neighbouring parallel lines exchange κ_ox t p/s per crossing. The heat
//! capacity of a crossing is that of its two pieces of line and, since the temperature falls
//! linearly towards the sink, a third of that of the oxide between.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | w, t, κ, h | m, m, W/(m K), m | `Electrode`: `width`, `thickness`, `conductivity`, `to_sink` |
//! | s, κ_ox | m, W/(m K) | `spacing`, `oxide_conductivity` |
//! | c_metal, c_oxide | J/(m³ K) | `metal_heat_capacity`, `oxide_heat_capacity` |
//!
//! Validity: w not much smaller than h (the edges of a strip do not see each other); thin films
//! conduct heat worse than the bulk, κ is theirs; a line's κ and electrical resistance R per crossing are tied
//! by the Wiedemann–Franz law κ w t/p ≈ L T/R ([`wiedemann_franz`]).
//!
//! References: S. B. Cohn, Shielded coupled-strip transmission line, IRE Trans. MTT 3, 29
//! (1955), doi:10.1109/TMTT.1955.1124973 (even-mode fringing); thermal crosstalk through the electrodes:
//! F. Staudigl et al., NeuroHammer, arXiv:2112.01087, and D. Schön, S. Menzel, Adv. Funct. Mater. 33, 2213943 (2023),
//! doi:10.1002/adfm.202213943 (finite elements there).
//! Pinned by: the tests below.

use std::f64::consts::PI;

use super::Coefficients;
use crate::crossbar::CrossbarError;

/// Sommerfeld value of the Lorenz number, W Ω/K²: π²/3 (k/e)².
const LORENZ: f64 = 2.443e-8;

/// The lines of one family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Electrode {
    /// Width, m.
    pub width: f64,
    /// Thickness, m.
    pub thickness: f64,
    /// Thermal conductivity of the film, W/(m K).
    pub conductivity: f64,
    /// Thickness of the oxide between the lines and a heat sink, m; `None` where there is no sink on this side.
    pub to_sink: Option<f64>,
}

/// The geometry of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// The word lines.
    pub word_lines: Electrode,
    /// The bit lines.
    pub bit_lines: Electrode,
    /// Distance between the edges of neighbouring lines, m.
    pub spacing: f64,
    /// Thermal conductivity of the oxide around the lines, W/(m K).
    pub oxide_conductivity: f64,
    /// Heat capacity of the lines' metal, J/(m³ K); `None` for a network without memory.
    pub metal_heat_capacity: Option<f64>,
    /// Heat capacity of the oxide, J/(m³ K).
    pub oxide_heat_capacity: f64,
}

/// A line as a fin between two crossings.
#[derive(Debug, Clone, Copy)]
struct Fin {
    /// From crossing to crossing, W/K.
    along: f64,
    /// To the sink at each crossing, W/K.
    to_sink: f64,
}

impl Geometry {
    /// Distance of the crossings along a word line and along a bit line, m.
    pub fn pitches(&self) -> (f64, f64) {
        (self.bit_lines.width + self.spacing, self.word_lines.width + self.spacing)
    }

    /// Conductances and heat capacity of one cell.
    ///
    /// # Errors
    /// When a length or a property of a material is not above zero, or there is no heat sink.
    pub fn coefficients(&self) -> Result<Coefficients, CrossbarError> {
        self.check()?;
        let (along_word, along_bit) = self.pitches();
        let word = self.fin(&self.word_lines, along_word);
        let bit = self.fin(&self.bit_lines, along_bit);
        let sidewalls =
            |line: &Electrode, length| self.oxide_conductivity * line.thickness * length / self.spacing;
        let heat_capacity = self.metal_heat_capacity.map(|metal| {
            let piece = |line: &Electrode, length: f64| {
                let oxide = line
                    .to_sink
                    .map_or(0.0, |h| self.oxide_heat_capacity * self.effective_width(line, h) * h / 3.0);
                (metal * line.width * line.thickness + oxide) * length
            };
            piece(&self.word_lines, along_word) + piece(&self.bit_lines, along_bit)
        });
        Ok(Coefficients {
            // Neighbours on a word line are joined by the line itself and by the sidewalls of their bit lines.
            along_word_line: word.along + sidewalls(&self.bit_lines, along_bit),
            along_bit_line: bit.along + sidewalls(&self.word_lines, along_word),
            to_sink: word.to_sink + bit.to_sink,
            heat_capacity,
        })
    }

    fn effective_width(&self, line: &Electrode, distance: f64) -> f64 {
        line.width + 4.0 * distance / PI * (PI * self.spacing / (4.0 * distance)).tanh().ln_1p()
    }

    fn fin(&self, line: &Electrode, pitch: f64) -> Fin {
        let conductance = line.conductivity * line.width * line.thickness;
        let Some(distance) = line.to_sink else {
            return Fin { along: conductance / pitch, to_sink: 0.0 };
        };
        let loss = self.oxide_conductivity * self.effective_width(line, distance) / distance;
        let m = (loss / conductance).sqrt();
        Fin {
            along: conductance * m / (m * pitch).sinh(),
            to_sink: 2.0 * conductance * m * (0.5 * m * pitch).tanh(),
        }
    }

    fn check(&self) -> Result<(), CrossbarError> {
        let value = |field: String, value: f64, expected| CrossbarError::Value { field, value, expected };
        for (family, line) in [("word", &self.word_lines), ("bit", &self.bit_lines)] {
            let distance = line.to_sink.unwrap_or(1.0);
            for (what, v) in [
                ("width", line.width),
                ("thickness", line.thickness),
                ("thermal conductivity", line.conductivity),
                ("distance from the heat sink", distance),
            ] {
                if !(v > 0.0 && v.is_finite()) {
                    return Err(value(
                        format!("the {what} of the {family} lines"),
                        v,
                        "a finite value above zero",
                    ));
                }
            }
        }
        for (what, v) in [
            ("the spacing of the lines", self.spacing),
            ("the thermal conductivity of the oxide", self.oxide_conductivity),
            ("the heat capacity of the metal", self.metal_heat_capacity.unwrap_or(1.0)),
        ] {
            if !(v > 0.0 && v.is_finite()) {
                return Err(value(what.to_owned(), v, "a finite value above zero"));
            }
        }
        let oxide = self.oxide_heat_capacity;
        if !(oxide >= 0.0 && oxide.is_finite()) {
            return Err(value(
                "the heat capacity of the oxide".to_owned(),
                oxide,
                "a finite value of at least zero",
            ));
        }
        if self.word_lines.to_sink.is_none() && self.bit_lines.to_sink.is_none() {
            return Err(CrossbarError::NoHeatSink);
        }
        Ok(())
    }
}

/// Thermal conductance (W/K) of a metal wire of this electrical resistance (Ω) at a temperature (K):
/// the Wiedemann–Franz law with the Sommerfeld value of the Lorenz number.
pub fn wiedemann_franz(resistance: f64, temperature: f64) -> f64 {
    LORENZ * temperature / resistance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> Geometry {
        let line = Electrode { width: 100e-9, thickness: 30e-9, conductivity: 20.0, to_sink: Some(50e-9) };
        Geometry {
            word_lines: line,
            bit_lines: Electrode { to_sink: None, ..line },
            spacing: 50e-9,
            oxide_conductivity: 1.4,
            metal_heat_capacity: Some(2.8e6),
            oxide_heat_capacity: 1.6e6,
        }
    }

    #[test]
    fn the_fringing_width_has_both_limits() {
        let mut g = geometry();
        let line = g.word_lines;
        g.spacing = 1e-12;
        assert!((g.effective_width(&line, 50e-9) / (line.width + g.spacing) - 1.0).abs() < 1e-9);
        g.spacing = 1e-3;
        let alone = line.width + 4.0 * 2_f64.ln() / PI * 50e-9;
        assert!((g.effective_width(&line, 50e-9) / alone - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_fin_is_the_same_cut_into_any_number_of_pieces() {
        // Two pieces in series, the middle node eliminated, against one piece of double length.
        let g = geometry();
        let (half, whole) = (g.fin(&g.word_lines, 70e-9), g.fin(&g.word_lines, 140e-9));
        let middle = 2.0 * half.along + half.to_sink;
        let along = half.along * half.along / middle;
        let end = 0.5 * half.to_sink + half.along - half.along * half.along / middle - along;
        assert!((along / whole.along - 1.0).abs() < 1e-12, "{along:e} {:e}", whole.along);
        assert!((end / (0.5 * whole.to_sink) - 1.0).abs() < 1e-12, "{end:e} {:e}", 0.5 * whole.to_sink);
        // A long sink distance leaves the plain wire.
        let far = Electrode { to_sink: Some(1.0), ..g.word_lines };
        let plain = g.fin(&Electrode { to_sink: None, ..far }, 150e-9);
        assert!((g.fin(&far, 150e-9).along / plain.along - 1.0).abs() < 1e-4);
        assert!((plain.along / 4e-7 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn dense_cool_lines_lose_heat_through_their_footprint() {
        // Little spacing, little loss: κ_ox p²/h of one-dimensional conduction.
        let mut g = geometry();
        g.spacing = 1e-9;
        g.word_lines.conductivity = 2e4;
        let (p, q) = g.pitches();
        let plate = 1.4 * p * q / 50e-9;
        let found = g.coefficients().unwrap();
        assert!((found.to_sink / plate - 1.0).abs() < 1e-3, "{} {plate}", found.to_sink);
        let capacity = 2.8e6 * 2.0 * 100e-9 * 30e-9 * p + 1.6e6 * p * p * 50e-9 / 3.0;
        assert!((found.heat_capacity.unwrap() / capacity - 1.0).abs() < 1e-3);
    }

    #[test]
    fn metal_conducts_heat_as_it_conducts_current() {
        // Copper at 300 K: 17 nΩ m and 401 W/(m K) in tables, 431 by the law.
        let (length, section) = (1e-6, 1e-14);
        let conductivity = wiedemann_franz(17e-9 * length / section, 300.0) * length / section;
        assert!((conductivity / 431.0 - 1.0).abs() < 2e-3, "{conductivity}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut g = geometry();
        g.word_lines.to_sink = None;
        assert_eq!(g.coefficients(), Err(CrossbarError::NoHeatSink));
        g = geometry();
        g.bit_lines.thickness = 0.0;
        let text = g.coefficients().unwrap_err().to_string();
        assert_eq!(text, "the thickness of the bit lines is 0, expected a finite value above zero");
    }
}
