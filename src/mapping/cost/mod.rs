//! What reads and writes of a matrix cost in energy, time and area, part by part: [`CostReport`].
//!
//! The arrays themselves are simulated: their energy is the ∫ V I dt of the cells that
//! [`Activity`](super::Activity) holds. What stands around them is counted there, and each count is
//! multiplied by a figure of a [`CostCard`]. With n_DA and n_AD conversions, N reads of tiles of n cells each and b bits:
//!
//! | part | energy | area |
//! |---|---|---|
//! | cells | read and write energy of the activity | cells · a_cell |
//! | lines | (n_DA C_0 + Σ n C_1) V² + pulses · (2 C_0 + (n_w + n_b) C_1) V_w² | lines · a_driver |
//! | input converters | n_DA E g^(b − b_0) | inputs · a g^(b − b_0) |
//! | sensing | n_AD · reads of a conversion · E | bit lines · a |
//! | output converters | n_AD E g^(b − b_0) | converters · a g^(b − b_0) |
//! | addition | n_AD E | converters · a |
//! | buffers | (n_DA b + results of tiles · b) E_bit | their bits · a_bit |
//! | routing | products · (inputs b + outputs b) E_bit | tiles · a |
//!
//! Inputs that come bit by bit are driven one bit at a time; b is then 1 for them, except on their way to the matrix.
//! C_0 + n_w C_1 is the capacitance of a line with n_w cells, V its swing; a pulse charges its word line and
//! its bit line to the write voltage V_w, an upper bound where pulses share lines.
//!
//! Time: tiles work at the same time and reads follow one another; a converter serves its lines one
//! after the other. `latency` adds array and converter, `interval` takes the longer (one reads while the other
//! converts). Pulses and verify reads go to a word line's cells at a time, or as many as the design says.
//!
//! Validity: dynamic energies only, no leakage, no control logic, no digital learning rule. Nothing is scaled
//! between technologies: use a card of the one you mean.
//!
//! References: A. Shafiee et al., ISCA 2016, doi:10.1109/ISCA.2016.12; W. Wan et al., Nature 608, 504 (2022),
//! doi:10.1038/s41586-022-04992-8; both as `cards/` say for every number.
//!
//! Pinned by: the tests of this module (ISAAC's tile, NeuRRAM's core, additivity).

mod card;
mod model;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::card::{CostCard, CostCardError, FIGURES, FigureSource, Figures, SHIPPED};
pub use self::model::Extent;

/// A part of the hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The arrays.
    Cells,
    /// Word and bit lines and their drivers.
    Lines,
    /// Digital-to-analog converters.
    InputConverters,
    /// Sample-and-holds or integrators.
    Sensing,
    /// Analog-to-digital converters.
    OutputConverters,
    /// Shift and add.
    Addition,
    /// Registers at the tiles.
    Buffers,
    /// Memory of activations, buses.
    Routing,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 8] = [
        Self::Cells,
        Self::Lines,
        Self::InputConverters,
        Self::Sensing,
        Self::OutputConverters,
        Self::Addition,
        Self::Buffers,
        Self::Routing,
    ];

    /// Name in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Lines => "lines",
            Self::InputConverters => "input_converters",
            Self::Sensing => "sensing",
            Self::OutputConverters => "output_converters",
            Self::Addition => "addition",
            Self::Buffers => "buffers",
            Self::Routing => "routing",
        }
    }
}

/// Cost of one part.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PartCost {
    /// Energy, J.
    pub energy: f64,
    /// Time that the part is at work, s.
    pub time: f64,
    /// Area, m².
    pub area: f64,
}

/// Cost of some work, part by part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CostReport {
    parts: [PartCost; Part::ALL.len()],
    /// What the figures do not cover, one sentence each.
    pub without: Vec<&'static str>,
}

impl CostReport {
    /// Cost of one part.
    pub fn part(&self, part: Part) -> PartCost {
        self.parts[part as usize]
    }

    fn part_mut(&mut self, part: Part) -> &mut PartCost {
        &mut self.parts[part as usize]
    }

    /// Every part and its cost.
    pub fn parts(&self) -> impl Iterator<Item = (Part, PartCost)> {
        Part::ALL.into_iter().zip(self.parts)
    }

    /// Energy of all parts, J.
    pub fn energy(&self) -> f64 {
        self.parts.iter().map(|part| part.energy).sum()
    }

    /// Area of all parts, m².
    pub fn area(&self) -> f64 {
        self.parts.iter().map(|part| part.area).sum()
    }

    /// Time from begin to end, s.
    pub fn latency(&self) -> f64 {
        self.parts.iter().map(|part| part.time).sum()
    }

    /// Time of the part that is longest at work, s: what a pipeline takes.
    pub fn interval(&self) -> f64 {
        self.parts.iter().map(|part| part.time).fold(0.0, f64::max)
    }

    /// Adds the cost of another matrix that works after this one.
    pub fn add(&mut self, other: &Self) {
        for (sum, part) in self.parts.iter_mut().zip(&other.parts) {
            sum.energy += part.energy;
            sum.time += part.time;
            sum.area += part.area;
        }
        for sentence in &other.without {
            if !self.without.contains(sentence) {
                self.without.push(sentence);
            }
        }
    }

    /// Energy and time for each of `count` inferences or updates.
    #[must_use]
    pub fn per(&self, count: u64) -> Self {
        let share = 1.0 / count.max(1) as f64;
        let each = |part: PartCost| PartCost {
            energy: part.energy * share,
            time: part.time * share,
            area: part.area,
        };
        Self { parts: self.parts.map(each), without: self.without.clone() }
    }
}

impl fmt::Display for CostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| part | energy, J | time, s | area, mm² |")?;
        writeln!(f, "|---|---|---|---|")?;
        let line = |f: &mut fmt::Formatter<'_>, name: &str, energy: f64, time: f64, area: f64| {
            writeln!(f, "| {name} | {energy:.4e} | {time:.4e} | {:.4e} |", area * 1e6)
        };
        for (part, cost) in self.parts() {
            line(f, part.name(), cost.energy, cost.time, cost.area)?;
        }
        line(f, "all", self.energy(), self.latency(), self.area())?;
        for sentence in &self.without {
            writeln!(f, "{sentence}")?;
        }
        Ok(())
    }
}
