//! How a weight becomes conductances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How a weight becomes conductances.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SchemeConfig {
    /// The cells of a weight.
    pub weight: WeightCells,
    /// What the largest weight of the arrays stands for.
    pub scaling: Scaling,
    /// Rounding of weights before they are written.
    pub rounding: Rounding,
    /// How a matrix larger than a tile is cut.
    pub partition: Partition,
    /// Further bit lines of a tile, in place of those whose stuck cells hurt most. They are part of
    /// `tile_columns` and leave fewer outputs for it.
    pub spare_columns: usize,
}

/// The cells of a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightCells {
    /// Two cells, subtracted before the converter; or several such pairs.
    DifferentialPair {
        /// Where the two cells stand.
        #[serde(default)]
        placement: Placement,
        /// Shares of several pairs in the sum, before they are made to add up to one. All pairs hold the same weight.
        #[serde(default = "one_pair")]
        significance: Vec<f32>,
    },
    /// One cell, less the mean of the window that a column of cells common to all outputs holds.
    ReferenceColumn,
    /// One cell, less the mean of the window times the sum of the inputs, computed digitally.
    Offset,
    /// One cell, less a fixed conductance without error or noise, before the converter.
    FixedReference,
    /// Several cells of few bits; every slice is converted on its own, shifted and added.
    BitSliced {
        /// Bits of a cell.
        bits_per_cell: u32,
        /// Cells (or pairs of them) of a weight, each for as many bits.
        slices: usize,
        /// Where the sign is.
        #[serde(default)]
        signs: Signs,
    },
}

impl Default for WeightCells {
    fn default() -> Self {
        Self::DifferentialPair { placement: Placement::default(), significance: one_pair() }
    }
}

impl WeightCells {
    /// Arrays that a tile is made of, each with word lines of its own. A reference column is in the array of the
    /// outputs.
    pub fn arrays(&self) -> usize {
        match self {
            Self::DifferentialPair { significance, .. } => 2 * significance.len(),
            Self::ReferenceColumn | Self::Offset | Self::FixedReference => 1,
            Self::BitSliced { slices, signs: Signs::Balanced, .. } => 2 * slices,
            Self::BitSliced { slices, signs: Signs::Offset, .. } => *slices,
        }
    }
}

fn one_pair() -> Vec<f32> {
    vec![1.0]
}

/// Where the two cells of a pair stand.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Placement {
    /// In the middle of the window at weight zero, and moving apart; learning is push-pull.
    #[default]
    Balanced,
    /// At its low end, and one of them is raised; learning raises either, and pairs that have come to
    /// the upper end are written anew.
    OneSided {
        /// Share of the window at which a pair is written anew.
        #[serde(default = "nine_tenths")]
        refresh_at: f32,
        /// Share of the window that the other cell of such a pair must be above; left away, half of what
        /// `refresh_at` leaves of the window.
        #[serde(default)]
        refresh_other: Option<f32>,
    },
}

fn nine_tenths() -> f32 {
    0.9
}

/// Where the sign of a sliced weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signs {
    /// Every slice is a pair of cells; the one of the weight's sign holds the bits of its magnitude.
    #[default]
    Balanced,
    /// Every slice is one cell; weights are counted from the lowest, whose multiple of the sum of the
    /// inputs is subtracted digitally.
    Offset,
}

/// What the largest weight of the arrays stands for.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scaling {
    /// `weight_range`; larger weights are clipped, and counted.
    #[default]
    Fixed,
    /// A percentile of the magnitudes of the weights on a tile; the factor is multiplied digitally.
    PerTile {
        /// 100 is the largest; weights beyond a lower one are clipped, and counted.
        #[serde(default = "hundred")]
        percentile: f32,
    },
    /// The same for every output of a tile.
    PerColumn {
        /// 100 is the largest; weights beyond a lower one are clipped, and counted.
        #[serde(default = "hundred")]
        percentile: f32,
    },
}

fn hundred() -> f32 {
    100.0
}

/// Rounding of weights before they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rounding {
    /// None.
    #[default]
    None,
    /// To the nearest of so many evenly spaced weights.
    Levels {
        /// How many; odd numbers hold zero.
        count: u32,
    },
    /// To −1, 0 and 1 times a factor: 0 below 0.7 of the mean magnitude, the factor is the mean of the others.
    Ternary,
    /// To −1 and 1 times the mean magnitude.
    Binary,
}

/// How a matrix larger than a tile is cut. Tiles are as large as what they hold: there are no cells beyond the
/// matrix, which would leak, and cost energy and area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Partition {
    /// Full tiles, and what is left over on a smaller one.
    #[default]
    Largest,
    /// As many tiles as that takes, of sizes as equal as can be.
    Equal,
}

impl Partition {
    /// First element and length of every part of `total` in parts of at most `most`.
    pub fn parts(self, total: usize, most: usize) -> Vec<(usize, usize)> {
        let count = total.div_ceil(most);
        let part = |i: usize| match self {
            Self::Largest => (i * most, most.min(total - i * most)),
            Self::Equal => (i * total / count, (i + 1) * total / count - i * total / count),
        };
        (0..count).map(part).collect()
    }
}

impl SchemeConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        match &self.weight {
            WeightCells::DifferentialPair { placement, significance } => {
                DesignError::count("weight.significance", significance.len(), 1, 16)?;
                for share in significance {
                    DesignError::range("weight.significance", *share, 1e-6, 1e6)?;
                }
                if let Placement::OneSided { refresh_at, refresh_other } = placement {
                    DesignError::range("weight.placement.refresh_at", *refresh_at, 0.05, 1.0)?;
                    let other = refresh_other.unwrap_or(0.5);
                    DesignError::range("weight.placement.refresh_other", other, 0.0, 1.0)?;
                }
            }
            WeightCells::ReferenceColumn | WeightCells::Offset | WeightCells::FixedReference => {}
            WeightCells::BitSliced { bits_per_cell, slices, signs } => {
                DesignError::count("weight.bits_per_cell", *bits_per_cell as usize, 1, 8)?;
                // With one bit and an offset there is no positive weight.
                let least = if *signs == Signs::Offset && *bits_per_cell == 1 { 2 } else { 1 };
                DesignError::count("weight.slices", *slices, least, 24 / *bits_per_cell as usize)?;
                if self.rounding != Rounding::None {
                    let expected = "none, as a sliced weight is rounded to its own bits";
                    return Err(DesignError::new("rounding", &self.rounding.name(), expected));
                }
            }
        }
        let percentile = match self.scaling {
            Scaling::Fixed => 100.0,
            Scaling::PerTile { percentile } | Scaling::PerColumn { percentile } => percentile,
        };
        DesignError::range("scaling.percentile", percentile, 1.0, 100.0)?;
        match self.rounding {
            Rounding::None => {}
            Rounding::Levels { count } => DesignError::count("rounding.count", count as usize, 2, 65536)?,
            Rounding::Ternary | Rounding::Binary => {
                if self.scaling == Scaling::Fixed || percentile < 100.0 {
                    let expected = "levels, unless scaling is per_tile or per_column without a percentile: \
                                    ternary and binary weights take their factor from the weights";
                    return Err(DesignError::new("rounding", &self.rounding.name(), expected));
                }
            }
        }
        DesignError::count("spare_columns", self.spare_columns, 0, 1024)
    }

    /// Whether single weights of this scheme can be written anew while they learn.
    ///
    /// # Errors
    /// The field that prevents it.
    pub fn check_rewriting(&self) -> Result<(), DesignError> {
        match self.rounding {
            Rounding::None | Rounding::Levels { .. } => Ok(()),
            Rounding::Ternary | Rounding::Binary => {
                let expected = "none or levels where weights learn: ternary and binary weights take their factor from \
                                all weights at once";
                Err(DesignError::new("rounding", &self.rounding.name(), expected))
            }
        }
    }

    /// Whether weights of this scheme can learn by pulses in the array.
    ///
    /// # Errors
    /// The field that prevents it.
    pub fn check_learning(&self) -> Result<(), DesignError> {
        match &self.weight {
            WeightCells::BitSliced { .. } => {
                let expected = "differential_pair, reference_column or offset where weights learn in the \
                                array: a pulse on one slice is no step of a sliced weight";
                return Err(DesignError::new("weight.kind", &"bit_sliced", expected));
            }
            WeightCells::DifferentialPair { significance, .. }
                if significance.iter().any(|share| share.to_bits() != significance[0].to_bits()) =>
            {
                let expected = "the same for all pairs where weights learn in the array, as pulses go to one \
                                pair after the other";
                let value = significance.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                return Err(DesignError::new("weight.significance", &value, expected));
            }
            _ => {}
        }
        if self.rounding != Rounding::None {
            let expected = "none where weights learn in the array: pulses do not keep to its levels";
            return Err(DesignError::new("rounding", &self.rounding.name(), expected));
        }
        Ok(())
    }
}

impl Rounding {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Levels { .. } => "levels",
            Self::Ternary => "ternary",
            Self::Binary => "binary",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once() {
        assert_eq!(Partition::Largest.parts(10, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(Partition::Equal.parts(10, 4), [(0, 3), (3, 3), (6, 4)]);
        for policy in [Partition::Largest, Partition::Equal] {
            for (total, most) in [(1, 1), (7, 3), (64, 64), (65, 64), (1000, 77)] {
                let mut next = 0;
                for (start, length) in policy.parts(total, most) {
                    assert_eq!(start, next);
                    assert!((1..=most).contains(&length));
                    next += length;
                }
                assert_eq!(next, total);
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_in_one_sentence() {
        let sliced = |bits_per_cell, slices| SchemeConfig {
            weight: WeightCells::BitSliced { bits_per_cell, slices, signs: Signs::Offset },
            ..SchemeConfig::default()
        };
        assert!(sliced(2, 4).check().is_ok());
        let refused = |result: Result<(), DesignError>| result.unwrap_err().to_string();
        assert_eq!(refused(sliced(4, 7).check()), "weight.slices is 7, but must be from 1 to 6");
        assert_eq!(
            refused(sliced(2, 4).check_learning()),
            "weight.kind is bit_sliced, but must be differential_pair, reference_column or offset where weights \
             learn in the array: a pulse on one slice is no step of a sliced weight"
        );
        let ternary = SchemeConfig { rounding: Rounding::Ternary, ..SchemeConfig::default() };
        assert!(refused(ternary.check()).starts_with("rounding is ternary, but must be levels, unless"));
        let scaled = SchemeConfig { scaling: Scaling::PerColumn { percentile: 100.0 }, ..ternary };
        assert!(scaled.check().is_ok());
        assert!(refused(scaled.check_learning()).starts_with("rounding is ternary, but must be none"));
    }
}
