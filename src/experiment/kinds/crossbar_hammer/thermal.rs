//! How a script describes the heat of an array.

use device_models::Surroundings;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::cell::positive;
use crate::crossbar::hammer::Heat;
use crate::crossbar::thermal::geometry::{Electrode, Geometry, wiedemann_franz};
use crate::crossbar::thermal::{Coefficients, ThermalNetwork, lattice};
use crate::experiment::FieldError;
use crate::experiment::script::{
    JoulePerCubicMetreKelvin, KelvinPerWatt, Metre, Ratio, Second, WattPerMetreKelvin,
};

/// Heat that spreads from cell to cell: by `geometry` or by `crosstalk`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeatFlow {
    /// Thermal network from lines and oxide.
    #[serde(default)]
    geometry: Option<Lines>,
    /// Thermal network from wanted crosstalk coefficients.
    #[serde(default)]
    crosstalk: Option<Coupling>,
    /// Effective thermal resistance of the filament, as in the card.
    thermal_resistance: KelvinPerWatt,
    /// Which heat warms the neighbours.
    #[serde(default)]
    heat: Source,
}

/// Which heat of a cell warms the neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// Temperature rise of the filament over its thermal resistance.
    #[default]
    Filament,
    /// Voltage times current of the cell, with the resistances in series that its model has.
    Cell,
}

/// Lines of both families alike, in oxide above or below a heat sink.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lines {
    /// Distance between neighbouring lines.
    spacing: Metre,
    /// Width of a line.
    line_width: Metre,
    /// Thickness of a line.
    line_thickness: Metre,
    /// Thermal conductivity of the lines; from their electrical resistance by the Wiedemann–Franz law when left
    /// away.
    #[serde(default)]
    line_conductivity: Option<WattPerMetreKelvin>,
    /// Thermal conductivity of the oxide.
    oxide_conductivity: WattPerMetreKelvin,
    /// Oxide between the word lines and a heat sink below them.
    #[serde(default)]
    oxide_below: Option<Metre>,
    /// Oxide between the bit lines and a heat sink above them.
    #[serde(default)]
    oxide_above: Option<Metre>,
    /// Heat capacity of the metal; the array answers at once when left away.
    #[serde(default)]
    metal_heat_capacity: Option<JoulePerCubicMetreKelvin>,
    /// Heat capacity of the oxide.
    #[serde(default)]
    oxide_heat_capacity: Option<JoulePerCubicMetreKelvin>,
}

/// Rise of a nearest neighbour over that of the filament.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Coupling {
    /// Of the neighbours on the word line.
    word_line: Ratio,
    /// Of the neighbours on the bit line.
    bit_line: Ratio,
    /// Time constant of the array; it answers at once when left away.
    #[serde(default)]
    time_constant: Option<Second>,
}

/// A network with what goes with it.
pub(super) struct Built {
    pub(super) network: ThermalNetwork,
    /// Which heat of a cell it takes.
    pub(super) heat: Heat,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// What the network needs to know of the array.
pub(super) struct Wires {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Electrical resistance of a word-line and of a bit-line segment, Ω.
    pub(super) segments: [f64; 2],
}

impl HeatFlow {
    /// The field that gives the coupling.
    pub(super) fn field(&self) -> &'static str {
        if self.crosstalk.is_some() { "thermal.crosstalk" } else { "thermal.geometry" }
    }

    pub(super) fn build(&self, wires: &Wires, surroundings: &Surroundings) -> Result<Built, FieldError> {
        let resistance = self.thermal_resistance.0;
        positive("thermal.thermal_resistance", resistance, "K/W")?;
        let mut warnings = Vec::new();
        let coefficients = match (&self.geometry, &self.crosstalk) {
            (Some(lines), None) => lines.coefficients(wires, surroundings.ambient_temperature)?,
            (None, Some(coupling)) => coupling.coefficients(resistance)?,
            _ => {
                let text = "give either geometry or crosstalk";
                return Err(FieldError::new("thermal", text));
            }
        };
        let network = ThermalNetwork::uniform(wires.rows, wires.columns, &coefficients)
            .map_err(|error| FieldError::new(self.field(), error.to_string()))?;
        let own = lattice::green(&coefficients, 0, 0);
        if self.geometry.is_some() && own > resistance {
            warnings.push(format!(
                "thermal.geometry: a watt in a cell warms its lines by {own:.3e} K, more than the {resistance:.3e} K that \
                 the filament has in all; the geometry contradicts the card"
            ));
        }
        let heat = match self.heat {
            Source::Filament => Heat::Filament(resistance),
            Source::Cell => Heat::Cell,
        };
        Ok(Built { network, heat, warnings })
    }
}

impl Lines {
    fn coefficients(&self, wires: &Wires, temperature: f64) -> Result<Coefficients, FieldError> {
        if self.metal_heat_capacity.is_none() && self.oxide_heat_capacity.is_some() {
            let text = "is given without metal_heat_capacity; give both or neither";
            return Err(FieldError::new("thermal.geometry.oxide_heat_capacity", text));
        }
        let (width, thickness) = (self.line_width.0, self.line_thickness.0);
        let pitch = width + self.spacing.0;
        let conductivity = |segment: f64, field: &str| match self.line_conductivity {
            Some(conductivity) => Ok(conductivity.0),
            None if segment > 0.0 && segment.is_finite() => {
                Ok(wiedemann_franz(segment, temperature) * pitch / (width * thickness))
            }
            None => Err(FieldError::new(
                "thermal.geometry.line_conductivity",
                format!("is needed where {field} is {segment} Ohm"),
            )),
        };
        let line = |conductivity, to_sink: Option<Metre>| Electrode {
            width,
            thickness,
            conductivity,
            to_sink: to_sink.map(|h| h.0),
        };
        let geometry = Geometry {
            word_lines: line(conductivity(wires.segments[0], "word_line_resistance")?, self.oxide_below),
            bit_lines: line(conductivity(wires.segments[1], "bit_line_resistance")?, self.oxide_above),
            spacing: self.spacing.0,
            oxide_conductivity: self.oxide_conductivity.0,
            metal_heat_capacity: self.metal_heat_capacity.map(|c| c.0),
            oxide_heat_capacity: self.oxide_heat_capacity.map_or(0.0, |c| c.0),
        };
        geometry.coefficients().map_err(|error| FieldError::new("thermal.geometry", error.to_string()))
    }
}

impl Coupling {
    fn coefficients(&self, resistance: f64) -> Result<Coefficients, FieldError> {
        for (field, value) in [("word_line", self.word_line.0), ("bit_line", self.bit_line.0)] {
            if !(0.0..=0.9).contains(&value) {
                let text = format!("must be 0 to 0.9, but is {value}");
                return Err(FieldError::new(format!("thermal.crosstalk.{field}"), text));
            }
        }
        let regular = lattice::with_crosstalk(self.word_line.0, self.bit_line.0, resistance)
            .map_err(|error| FieldError::new("thermal.crosstalk", error.to_string()))?;
        let heat_capacity = match self.time_constant {
            None => None,
            Some(tau) => {
                positive("thermal.crosstalk.time_constant", tau.0, "s")?;
                Some(tau.0 * regular.to_sink)
            }
        };
        Ok(Coefficients { heat_capacity, ..regular })
    }
}
