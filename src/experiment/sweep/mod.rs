//! Sweeps: one script, many points.
//!
//! A point is a pure function of (script, index): [`Plan`] says which. [`run`](fn@super::run) computes
//! the points that are not there yet, each to a file of its own in a folder that carries the
//! identity of the script, and [`merge`](fn@merge) puts the points of any number of runs into
//! one record.

mod axis;
mod columns;
mod merge;
mod plan;
mod run;
mod select;
mod stack;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use axis::Axis;
pub use merge::merge;
pub use plan::Plan;
pub(crate) use run::run;
pub use select::Selection;

/// The `sweep` block of a script.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Field path → values. Paths are those of `--set`; with `product` the first in alphabetical
    /// order varies slowest.
    #[serde(default)]
    pub parameters: BTreeMap<String, Axis>,
    /// How several parameters are combined.
    #[serde(default)]
    pub combine: Combine,
    /// Runs of every point with seeds `seed`, `seed + 1`, …
    #[serde(default = "once")]
    pub repeats: usize,
}

/// How several parameters are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// Every value with every other.
    #[default]
    Product,
    /// First with first, second with second …
    Zip,
}

fn once() -> usize {
    1
}

/// Attribute of point files and merged files: which sweep they belong to.
const IDENTITY: &str = "sweep_identity";
/// Attribute of point files: index of the point.
const INDEX: &str = "sweep_index";
/// Attribute of point files and merged files: the script with its sweep block.
const SCRIPT: &str = "sweep_script";
