//! [`CostCard`]: what the parts around an array cost, each number with its source.

use std::collections::BTreeMap;

use device_models::units;
use serde::Deserialize;

/// The cards shipped with the program: name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("isaac_32nm", include_str!("cards/isaac_32nm.json")),
    ("neurram_130nm", include_str!("cards/neurram_130nm.json")),
];

/// Defines [`Figures`] and its table: documentation, field, SI unit.
macro_rules! figures {
    ($($(#[doc = $doc:literal])+ $field:ident, $unit:literal;)+) => {
        /// The numbers of one card, SI units. A part with bits costs its figure times growth^(bits −
        /// bits of the figure).
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Figures {
            $($(#[doc = $doc])+ pub $field: f64,)+
        }

        /// Name and SI unit of every figure.
        pub const FIGURES: &[(&str, &str)] = &[$((stringify!($field), $unit),)+];

        impl Figures {
            fn read<E>(mut get: impl FnMut(&'static str) -> Result<f64, E>) -> Result<Self, E> {
                Ok(Self { $($field: get(stringify!($field))?,)+ })
            }
        }
    };
}

figures! {
    /// Area of a cell with its selector.
    cell_area, "m^2";
    /// Capacitance of a driven line without cells, with its driver.
    line_capacitance, "F";
    /// Capacitance that each cell adds to a line.
    line_capacitance_per_cell, "F";
    /// Voltage by which a line (or the gates on it) swings in a read.
    line_swing, "V";
    /// Area of a line's driver.
    line_driver_area, "m^2";
    /// Bits of a digital-to-analog converter, for the figures below.
    dac_bits, "1";
    /// Energy of one digital-to-analog conversion.
    dac_energy, "J";
    /// Factor of that energy for each further bit.
    dac_energy_growth, "1";
    /// Area of a digital-to-analog converter.
    dac_area, "m^2";
    /// Factor of that area for each further bit.
    dac_area_growth, "1";
    /// Energy of sampling or integrating the current of one line in one read.
    sense_energy, "J";
    /// Area of a line's sample-and-hold or integrator.
    sense_area, "m^2";
    /// Bits of an analog-to-digital converter, for the figures below.
    adc_bits, "1";
    /// Energy of one analog-to-digital conversion.
    adc_energy, "J";
    /// Factor of that energy for each further bit.
    adc_energy_growth, "1";
    /// Time of one analog-to-digital conversion.
    adc_time, "s";
    /// Factor of that time for each further bit.
    adc_time_growth, "1";
    /// Area of an analog-to-digital converter.
    adc_area, "m^2";
    /// Factor of that area for each further bit.
    adc_area_growth, "1";
    /// Energy of one digital addition (shift-and-add of one conversion).
    addition_energy, "J";
    /// Area of an adder; there is one for each analog-to-digital converter.
    addition_area, "m^2";
    /// Energy of one bit read from or written to the registers at a tile.
    buffer_energy, "J";
    /// Area of one bit of these registers.
    buffer_area, "m^2";
    /// Energy of moving one bit between the matrix and the memory that holds activations.
    routing_energy, "J";
    /// Area of memory, buses and routers for each tile.
    routing_area, "m^2";
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureSource {
    /// Paper, table, derivation.
    pub source: String,
    /// The number could not be checked against its source.
    pub unverified: bool,
}

/// Costs of one technology.
#[derive(Debug, Clone, PartialEq)]
pub struct CostCard {
    /// Name.
    pub name: String,
    /// One line.
    pub title: String,
    /// What it is for, and its limits.
    pub description: String,
    /// The numbers.
    pub figures: Figures,
    /// Source of every number.
    pub sources: BTreeMap<&'static str, FigureSource>,
}

/// Why a cost card cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CostCardError {
    /// There is no shipped card of that name.
    #[error("there is no cost card \"{name}\"; the cards are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// The text is not a card.
    #[error("cost card {card}: {message}")]
    Json {
        /// The card.
        card: String,
        /// What is wrong.
        message: String,
    },
    /// A figure is missing, unknown or has a value that cannot be.
    #[error("cost card {card}, figure {figure}: {message}")]
    Figure {
        /// The card.
        card: String,
        /// The figure.
        figure: String,
        /// What is wrong.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: u32,
    name: String,
    title: String,
    description: String,
    figures: BTreeMap<String, RawFigure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    value: String,
    source: String,
    #[serde(default)]
    unverified: bool,
}

impl CostCard {
    /// The shipped card of that name with some figures replaced (`name → "value unit"`).
    ///
    /// # Errors
    /// When there is no such card, or a replacement is not valid.
    pub fn shipped(name: &str, replaced: &BTreeMap<String, String>) -> Result<Self, CostCardError> {
        let Some((_, text)) = SHIPPED.iter().find(|(known, _)| *known == name) else {
            let known = SHIPPED.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            return Err(CostCardError::Unknown { name: name.to_owned(), known });
        };
        Self::parse(text, replaced)
    }

    /// Reads a card.
    ///
    /// # Errors
    /// When the text or a replacement is not valid.
    pub fn parse(text: &str, replaced: &BTreeMap<String, String>) -> Result<Self, CostCardError> {
        let json = |message: String| CostCardError::Json { card: "given".to_owned(), message };
        let mut raw: Raw = serde_json::from_str(text).map_err(|error| json(error.to_string()))?;
        if raw.format != 1 {
            return Err(json(format!("format is {}, this program reads format 1", raw.format)));
        }
        let fault = |figure: &str, message: String| CostCardError::Figure {
            card: raw.name.clone(),
            figure: figure.to_owned(),
            message,
        };
        for (name, value) in replaced {
            let source = "given in place of the card's".to_owned();
            raw.figures.insert(name.clone(), RawFigure { value: value.clone(), source, unverified: false });
        }
        if let Some(name) = raw.figures.keys().find(|name| FIGURES.iter().all(|(known, _)| known != name)) {
            let known = FIGURES.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            return Err(fault(name, format!("is not known; the figures are {known}")));
        }
        let figures = Figures::read(|name| {
            let unit = FIGURES.iter().find(|(known, _)| *known == name).map_or("1", |(_, unit)| *unit);
            let Some(figure) = raw.figures.get(name) else {
                return Err(fault(name, format!("is missing; write a value in {unit} and its source")));
            };
            let value = units::parse(&figure.value, unit).map_err(|error| fault(name, error.to_string()))?;
            if value < 0.0 || (name.ends_with("growth") || name.ends_with("bits")) && value < 1.0 {
                let least = if value < 0.0 { "0" } else { "1" };
                return Err(fault(name, format!("is {}, but must be at least {least}", figure.value)));
            }
            Ok(value)
        })?;
        let sources = FIGURES
            .iter()
            .filter_map(|(name, _)| {
                let figure = raw.figures.remove(*name)?;
                Some((*name, FigureSource { source: figure.source, unverified: figure.unverified }))
            })
            .collect();
        Ok(Self { name: raw.name, title: raw.title, description: raw.description, figures, sources })
    }
}
