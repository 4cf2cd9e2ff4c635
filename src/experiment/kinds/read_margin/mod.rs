//! `read_margin`: how well one cell of an array can be read, against the size of the array.
//!
//! Written: `/results/size` (scale), `/results/background` (names), and for every scheme (`floating`,
//! `grounded`, `half`, `third`), backgrounds × sizes: `/results/<scheme>/{current_margin, voltage_margin,
//! sneak_share, lrs_current, hrs_current}`; backgrounds: `/results/<scheme>/largest_size`, the largest size of the list up to
//! which the current margin stays above the threshold (NaN where the smallest is below). The last
//! background, `fixed_reference`, compares the least I_LRS of all with the largest I_HRS.

mod write;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{not_negative, positive};
use crate::crossbar::cells::SinhSelector;
use crate::crossbar::read_margin::{Cells, Curve, Margin, Reader, Scheme};
use crate::experiment::script::{Ampere, Folders, Ohm, Ratio, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// Largest array.
const MOST_LINES: usize = 1024;
/// Largest V/V₀: sinh of it, and what the solution of the circuit makes of it, stay finite.
const MOST_CURVED: f64 = 300.0;

/// Read margin and sneak-path currents against the size of an array.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadMargin {
    /// Numbers of word lines and bit lines, rising.
    sizes: Vec<usize>,
    /// What the lines of the other cells do.
    #[serde(default = "every_scheme")]
    schemes: Vec<SchemeName>,
    /// Resistance of a conductive cell at the read voltage.
    low_resistance: Ohm,
    /// Resistance of a resistive cell at the read voltage.
    high_resistance: Ohm,
    /// V₀ of cells whose current follows sinh(V/V₀); ohmic when left away.
    #[serde(default)]
    nonlinearity_voltage: Option<Volt>,
    /// Selector in series with every cell.
    #[serde(default)]
    selector: Option<Selector>,
    /// Voltage on the word line of the cell that is read.
    read_voltage: Volt,
    /// Resistance of a word line from cell to cell.
    word_line_resistance: Ohm,
    /// Resistance of a bit line from cell to cell.
    bit_line_resistance: Ohm,
    /// Resistance of the drivers.
    source_resistance: Ohm,
    /// Resistance of the sense amplifiers.
    sense_resistance: Ohm,
    /// Share of conductive cells in the random background.
    #[serde(default = "half")]
    random_share: Ratio,
    /// Current margin that is enough.
    #[serde(default = "ten_per_cent")]
    threshold: Ratio,
}

/// A selector with I = I₀ sinh(V/V₀).
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Selector {
    /// I₀.
    current: Ampere,
    /// V₀.
    voltage: Volt,
}

/// What the lines of the other cells do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
enum SchemeName {
    /// They float.
    #[serde(rename = "floating", alias = "floating_read")]
    Floating,
    /// They are grounded.
    #[serde(rename = "grounded", alias = "ground", alias = "read")]
    Grounded,
    /// They are at half of the read voltage.
    #[serde(rename = "V/2", alias = "half")]
    Half,
    /// Word lines at a third, bit lines at two thirds of it.
    #[serde(rename = "V/3", alias = "third")]
    Third,
}

impl SchemeName {
    fn scheme(self) -> Scheme {
        match self {
            Self::Floating => Scheme::Floating,
            Self::Grounded => Scheme::Grounded,
            Self::Half => Scheme::Half,
            Self::Third => Scheme::Third,
        }
    }

    /// Its group in records.
    fn group(self) -> &'static str {
        match self {
            Self::Floating => "floating",
            Self::Grounded => "grounded",
            Self::Half => "half",
            Self::Third => "third",
        }
    }
}

fn every_scheme() -> Vec<SchemeName> {
    vec![SchemeName::Floating, SchemeName::Grounded, SchemeName::Half, SchemeName::Third]
}

fn half() -> Ratio {
    Ratio(0.5)
}

fn ten_per_cent() -> Ratio {
    Ratio(0.1)
}

/// What the other cells store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Background {
    Low,
    High,
    Random,
}

const BACKGROUNDS: [(Background, &str); 3] =
    [(Background::Low, "all_lrs"), (Background::High, "all_hrs"), (Background::Random, "random")];

impl Kind for ReadMargin {
    const NAME: &'static str = "read_margin";
    const PURPOSE: &'static str = "read margin and sneak-path currents against the size of an array";
}

impl ReadMargin {
    /// Conductances of the two states, S.
    fn states(&self) -> [f64; 2] {
        [1.0 / self.low_resistance.0, 1.0 / self.high_resistance.0]
    }

    fn reader(&self, size: usize, scheme: Scheme) -> Reader {
        Reader {
            size,
            segments: [self.word_line_resistance.0, self.bit_line_resistance.0],
            terminals: [self.source_resistance.0, self.sense_resistance.0],
            voltage: self.read_voltage.0,
            cells: Cells {
                curve: self.nonlinearity_voltage.map_or(Curve::Ohmic, |v| Curve::Sinh(v.0)),
                selector: self.selector.map(|s| SinhSelector { current: s.current.0, voltage: s.voltage.0 }),
            },
            scheme,
        }
    }

    /// Refuses currents ∝ sinh(V/V₀) that grow past all numbers at the read voltage.
    fn not_too_curved(&self, field: &str, v0: f64) -> Result<(), FieldError> {
        let voltage = self.read_voltage.0;
        if voltage / v0 <= MOST_CURVED {
            return Ok(());
        }
        let text = format!("must be at least read_voltage ({voltage} V) / {MOST_CURVED}, but is {v0} V");
        Err(FieldError::new(field, text))
    }

    fn background(&self, kind: Background, size: usize, seed: u64) -> Vec<f64> {
        let [low, high] = self.states();
        match kind {
            Background::Low => vec![low; size * size],
            Background::High => vec![high; size * size],
            Background::Random => {
                let mut stream = Stream::new(seed, Purpose::Pattern, size as u64, 0);
                let draw = |_| if stream.uniform() < self.random_share.0 { low } else { high };
                (0..size * size).map(draw).collect()
            }
        }
    }
}

impl Study for ReadMargin {
    fn check(&self, _: &Folders) -> Result<Inputs, FieldError> {
        if self.sizes.is_empty() || self.schemes.is_empty() {
            let field = if self.sizes.is_empty() { "sizes" } else { "schemes" };
            return Err(FieldError::new(field, "the list is empty; give at least one"));
        }
        for (k, size) in self.sizes.iter().enumerate() {
            if !(2..=MOST_LINES).contains(size) {
                let text = format!("must be 2 to {MOST_LINES} lines, but is {size}");
                return Err(FieldError::new(format!("sizes[{k}]"), text));
            }
            if k > 0 && self.sizes[k - 1] >= *size {
                let text = format!("{size} does not rise above {}", self.sizes[k - 1]);
                return Err(FieldError::new(format!("sizes[{k}]"), text));
            }
        }
        for (k, scheme) in self.schemes.iter().enumerate() {
            if self.schemes[..k].contains(scheme) {
                return Err(FieldError::new(format!("schemes[{k}]"), "is there twice"));
            }
        }
        positive("low_resistance", self.low_resistance.0, "Ohm")?;
        if self.high_resistance.0 <= self.low_resistance.0 {
            let text = format!(
                "must be above low_resistance ({} Ohm), but is {} Ohm",
                self.low_resistance.0, self.high_resistance.0
            );
            return Err(FieldError::new("high_resistance", text));
        }
        positive("read_voltage", self.read_voltage.0, "V")?;
        if let Some(voltage) = self.nonlinearity_voltage {
            positive("nonlinearity_voltage", voltage.0, "V")?;
            self.not_too_curved("nonlinearity_voltage", voltage.0)?;
        }
        if let Some(selector) = self.selector {
            positive("selector.current", selector.current.0, "A")?;
            positive("selector.voltage", selector.voltage.0, "V")?;
            self.not_too_curved("selector.voltage", selector.voltage.0)?;
        }
        for (field, resistance) in [
            ("word_line_resistance", self.word_line_resistance),
            ("bit_line_resistance", self.bit_line_resistance),
            ("source_resistance", self.source_resistance),
            ("sense_resistance", self.sense_resistance),
        ] {
            not_negative(field, resistance.0, "Ohm")?;
        }
        for (field, share) in [("random_share", self.random_share.0), ("threshold", self.threshold.0)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(FieldError::new(field, format!("must be 0 to 1, but is {share}")));
            }
        }
        Ok(Inputs::default())
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let tasks: Vec<(SchemeName, Background, usize)> = self
            .schemes
            .iter()
            .flat_map(|scheme| BACKGROUNDS.iter().map(move |(background, _)| (*scheme, *background)))
            .flat_map(|(scheme, background)| self.sizes.iter().map(move |size| (scheme, background, *size)))
            .collect();
        context.progress.start("arrays", tasks.len() as u64);
        let margins = tasks
            .par_iter()
            .map(|(scheme, background, size)| {
                context.proceed()?;
                let reader = self.reader(*size, scheme.scheme());
                let others = self.background(*background, *size, context.seed);
                let margin = Margin::measure(&reader, &others, self.states())?;
                context.progress.advance(1);
                Ok(margin)
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?;
        write::write(self, record, &margins)
    }
}
