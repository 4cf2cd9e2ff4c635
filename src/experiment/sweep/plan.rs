//! Which points a sweep has: a pure function of the script.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Axis, Combine, Sweep};
use crate::experiment::script::{Edit, Folders, Header, interpret};
use crate::experiment::{ExperimentError, FieldError, Inputs, Script, Study};

/// Most points of a sweep: indices have six digits.
const MOST_POINTS: usize = 1_000_000;

/// The points of a sweep.
#[derive(Debug, Clone)]
pub struct Plan {
    script: Value,
    base: Value,
    names: Vec<String>,
    axes: Vec<Vec<Value>>,
    combine: Combine,
    repeats: usize,
    points: usize,
}

impl Plan {
    /// The plan of a script with a sweep block.
    ///
    /// # Errors
    /// When the sweep is empty, too large, or zips lists of different lengths.
    pub fn new(script: &Value, sweep: &Sweep) -> Result<Self, FieldError> {
        let mut base = script.clone();
        if let Some(object) = base.as_object_mut() {
            object.remove("sweep");
        }
        let (names, axes): (Vec<String>, Vec<Vec<Value>>) =
            sweep.parameters.iter().map(|(name, Axis(values))| (name.clone(), values.clone())).unzip();
        for (name, values) in names.iter().zip(&axes) {
            let field = format!("sweep.parameters.{name}");
            if values.is_empty() {
                return Err(FieldError::new(field, "the list is empty; give at least one value"));
            }
            if matches!(name.split('.').next(), Some("sweep" | "kind" | "format" | "$schema")) {
                return Err(FieldError::new(field, "this field cannot be swept"));
            }
        }
        if sweep.repeats == 0 {
            return Err(FieldError::new("sweep.repeats", "must be at least 1, but is 0"));
        }
        if names.is_empty() && sweep.repeats == 1 {
            return Err(FieldError::new("sweep", "the sweep is empty; give parameters or repeats"));
        }
        let combinations = match sweep.combine {
            Combine::Product => axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.len())),
            Combine::Zip => {
                let first = axes.first().map_or(1, Vec::len);
                if let Some((name, axis)) = names.iter().zip(&axes).find(|(_, axis)| axis.len() != first) {
                    let (length, other) = (axis.len(), names.first().map_or("", String::as_str));
                    return Err(FieldError::new(
                        format!("sweep.parameters.{name}"),
                        format!(
                            "zip needs lists of equal length, but this has {length} values and {other} has {first}"
                        ),
                    ));
                }
                Some(first)
            }
        };
        let points = combinations
            .and_then(|n| n.checked_mul(sweep.repeats))
            .filter(|n| *n <= MOST_POINTS)
            .ok_or_else(|| FieldError::new("sweep", format!("has more than {MOST_POINTS} points")))?;
        let (combine, repeats) = (sweep.combine, sweep.repeats);
        Ok(Self { script: script.clone(), base, names, axes, combine, repeats, points })
    }

    /// The plan of a script given as text, as records carry it.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let (header, _) = interpret(&value).ok()?;
        Self::new(&value, &header.sweep?).ok()
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.points
    }

    /// There are no points (never, for a valid sweep).
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Names of the swept fields.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Runs of each combination.
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// The script with its sweep block.
    pub fn script(&self) -> &Value {
        &self.script
    }

    /// Values of the swept fields at a point.
    pub fn values(&self, index: usize) -> Vec<&Value> {
        let combination = index / self.repeats;
        let mut stride: usize = self.axes.iter().map(Vec::len).product();
        self.axes
            .iter()
            .filter_map(|axis| {
                let position = match self.combine {
                    Combine::Zip => combination,
                    Combine::Product => {
                        stride /= axis.len();
                        combination / stride.max(1) % axis.len()
                    }
                };
                axis.get(position)
            })
            .collect()
    }

    /// `name = value` of every swept field at a point, for people.
    pub fn describe(&self, index: usize) -> String {
        let mut parts: Vec<String> = self
            .names
            .iter()
            .zip(self.values(index))
            .map(|(name, value)| {
                format!("{name} = {}", value.as_str().map_or(value.to_string(), str::to_owned))
            })
            .collect();
        if self.repeats > 1 {
            parts.push(format!("repeat {}", index % self.repeats));
        }
        parts.join(", ")
    }

    /// The script of a point.
    ///
    /// # Errors
    /// When a swept path cannot be set.
    pub fn resolve(&self, index: usize) -> Result<Value, FieldError> {
        let mut script = self.base.clone();
        for (name, value) in self.names.iter().zip(self.values(index)) {
            Edit { path: name.clone(), value: value.clone() }.apply(&mut script)?;
        }
        let repeat = (index % self.repeats) as u64;
        if let Some(object) = script.as_object_mut() {
            let seed = object.get("seed").and_then(Value::as_u64);
            if seed.is_some() || object.get("seed").is_none() {
                object.insert("seed".to_owned(), seed.unwrap_or(0).wrapping_add(repeat).into());
            }
        }
        Ok(script)
    }

    /// Header and study of a point.
    ///
    /// # Errors
    /// When a field of the point is wrong.
    pub fn point(&self, index: usize) -> Result<(Value, Header, Box<dyn Study>), FieldError> {
        let value = self.resolve(index)?;
        let (header, study) = interpret(&value)?;
        Ok((value, header, study))
    }

    /// Checks every point and gives the identity of the sweep: a hash of the script, of what its
    /// points read, and of the program's version. Title and description do not matter.
    ///
    /// # Errors
    /// When a point is wrong or a file cannot be read.
    pub fn identify(&self, script: &Script) -> Result<String, ExperimentError> {
        let mut canonical = self.script.clone();
        if let Some(object) = canonical.as_object_mut() {
            for name in ["title", "description", "$schema"] {
                object.remove(name);
            }
        }
        let mut inputs = BTreeSet::new();
        for index in 0..self.points {
            let found = self.check(index, &script.folders).map_err(|error| ExperimentError::PointField {
                path: script.path.clone(),
                index,
                error,
            })?;
            inputs.extend(found.cards.into_iter().map(|(_, text)| text.into_bytes()));
            for path in found.files {
                let bytes =
                    std::fs::read(&path).map_err(|source| ExperimentError::Unreadable { path, source })?;
                inputs.insert(Sha256::digest(&bytes).to_vec());
            }
        }
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(env!("CARGO_PKG_VERSION").as_bytes());
        part(canonical.to_string().as_bytes());
        for input in &inputs {
            part(input);
        }
        let head = hash.finalize().iter().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        Ok(format!("{head:016x}"))
    }

    fn check(&self, index: usize, folders: &Folders) -> Result<Inputs, FieldError> {
        self.point(index).and_then(|(_, _, study)| study.check(folders))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[allow(clippy::needless_pass_by_value)]
    fn plan(sweep: Value) -> Result<Plan, FieldError> {
        let script = json!({ "kind": "x", "seed": 10, "a": 0, "b": { "c": 0 }, "sweep": sweep });
        Plan::new(&script, &from_value(script["sweep"].clone()).unwrap())
    }

    #[test]
    fn product_varies_the_last_name_fastest_and_repeats_within() {
        let plan = plan(json!({ "parameters": { "a": [1, 2], "b.c": [3, 4, 5] }, "repeats": 2 })).unwrap();
        assert_eq!(plan.len(), 12);
        assert_eq!(plan.resolve(0).unwrap(), json!({ "kind": "x", "seed": 10, "a": 1, "b": { "c": 3 } }));
        assert_eq!(plan.resolve(3).unwrap(), json!({ "kind": "x", "seed": 11, "a": 1, "b": { "c": 4 } }));
        assert_eq!(plan.resolve(11).unwrap(), json!({ "kind": "x", "seed": 11, "a": 2, "b": { "c": 5 } }));
    }

    #[test]
    fn zip_goes_in_step() {
        let plan = plan(json!({ "parameters": { "a": [1, 2], "b.c": [3, 4] }, "combine": "zip" })).unwrap();
        assert_eq!(plan.len(), 2);
        assert_eq!(plan.resolve(1).unwrap(), json!({ "kind": "x", "seed": 10, "a": 2, "b": { "c": 4 } }));
    }

    #[test]
    fn impossible_sweeps_are_refused() {
        let refuse = |sweep| plan(sweep).unwrap_err().to_string();
        assert!(refuse(json!({ "parameters": { "a": [] } })).contains("empty"));
        assert!(refuse(json!({})).contains("empty"));
        assert!(
            refuse(json!({ "parameters": { "a": [1], "b.c": [1, 2] }, "combine": "zip" })).contains("equal")
        );
        assert!(refuse(json!({ "parameters": { "kind": ["y"] } })).contains("cannot be swept"));
        assert!(refuse(json!({ "parameters": { "a": [1] }, "repeats": 0 })).contains("at least 1"));
    }
}
