//! [`Reading`]: what a normalised trace conducts, measured or made by a network.
//!
//! The resistance is read where the set was read: at one point of the return branch, from the current that the
//! scale of the set gives back.
//!
//! Pinned by: `tests/conduction_traces.rs`.

use std::path::Path;

use super::law::{self, Law};
use super::samples::{open, wrong};
use super::scale::Scale;
use crate::experiment::error::chain;
use crate::record::Attribute;

/// How the traces of a set are read.
#[derive(Debug, Clone)]
pub(in crate::experiment::kinds) struct Reading {
    scale: Scale,
    point: usize,
    voltage: f64,
    /// Compliance current of each class, A.
    pub(in crate::experiment::kinds) limits: Vec<f64>,
}

impl Reading {
    /// That of a record.
    ///
    /// # Errors
    /// A sentence, when the file is not a finished record of this kind.
    pub(in crate::experiment::kinds) fn of(path: &Path) -> Result<Self, String> {
        let file = open(path)?;
        let number = |dataset: &str, name: &str| {
            let found = file.describe(dataset).map_err(|error| chain(&error))?;
            match found.attributes.iter().find(|(own, _)| own == name) {
                Some((_, Attribute::F64(value))) => Ok(*value),
                Some((_, Attribute::I64(value))) => Ok(*value as f64),
                _ => Err(wrong(path, &format!("{dataset} has no attribute {name}"))),
            }
        };
        let scale = Scale {
            floor: number("/samples/values", "floor_current")?,
            top: number("/samples/values", "top_current")?,
        };
        let limits = file.numbers("/results/compliance_current").map_err(|error| chain(&error))?;
        let point = number("/traces/voltage", "read_point")? as usize;
        Ok(Self { scale, point, voltage: number("/traces/voltage", "read_voltage")?, limits })
    }

    /// Resistance of a normalised trace on the way back, Ω; NaN where it conducts nothing there.
    pub(in crate::experiment::kinds) fn resistance(&self, trace: &[f32]) -> f64 {
        let current = trace.get(self.point).map_or(f64::NAN, |u| self.scale.current(f64::from(*u)));
        if current > 0.0 { self.voltage / current } else { f64::NAN }
    }

    /// The compliance law through resistances of each class.
    pub(in crate::experiment::kinds) fn law(&self, resistances: &[Vec<f64>], medians: &[f64]) -> Law {
        let samples: Vec<(usize, f64, f64)> = resistances
            .iter()
            .enumerate()
            .flat_map(|(class, list)| list.iter().map(move |r| (class, *r)))
            .map(|(class, r)| (class, self.limits[class], r))
            .collect();
        law::fit(&samples, medians)
    }
}
