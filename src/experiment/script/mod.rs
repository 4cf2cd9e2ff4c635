//! Reading experiment scripts.
//!
//! A script is one JSON object: the header ([`Header`]: `kind`, `title`, `seed`, `sweep` …) and
//! the fields of its study. Reading is strict: an unknown field, a missing one, a wrong unit or
//! type is one sentence that names the file, the field and what would be right.

mod edit;
mod explain;
mod folders;
mod list;
mod published;
mod quantity;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use edit::Edit;
pub use explain::{nearest, suggestion};
pub use folders::Folders;
pub(crate) use list::spaced;
pub use list::{List, Scale};
pub use published::Published;
pub use quantity::{
    Ampere, AmperePerVoltSquared, Hertz, JoulePerCubicMetreKelvin, Kelvin, KelvinPerWatt, Metre, Ohm,
    Quantity, Ratio, Second, Siemens, Volt, VoltPerSecond, WattPerMetreKelvin,
};

use super::error::{ExperimentError, FieldError};
use super::kinds;
use super::study::Study;
use super::sweep::Sweep;

/// The fields every script may have, whatever its kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What is studied; decides which further fields there are.
    pub kind: String,
    /// Version of the script format.
    #[serde(default = "first_format")]
    #[schemars(range(min = 1, max = 1))]
    pub format: u64,
    /// One line for people.
    #[serde(default)]
    pub title: String,
    /// What the study shows and what to expect.
    #[serde(default)]
    pub description: String,
    /// Seed of all random streams.
    #[serde(default)]
    pub seed: u64,
    /// Runs the study for many values of its fields.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// Published values of the results; the report sets them beside ours.
    #[serde(default)]
    pub published: Option<Published>,
    /// JSON Schema for editors; ignored.
    #[serde(default, rename = "$schema")]
    pub schema: Option<String>,
}

fn first_format() -> u64 {
    1
}

/// Names of the header's fields.
pub(crate) const HEADER_FIELDS: [&str; 8] =
    ["$schema", "description", "format", "kind", "published", "seed", "sweep", "title"];

/// A script, read and checked.
#[derive(Debug)]
pub struct Script {
    /// The file it came from.
    pub path: PathBuf,
    /// Where its relative paths are looked up.
    pub folders: Folders,
    /// Its JSON after all edits.
    pub value: Value,
    /// The fields every script may have.
    pub header: Header,
    /// The study.
    pub study: Box<dyn Study>,
}

impl Script {
    /// Reads a script file, applies the edits and the seed, and checks every field.
    ///
    /// # Errors
    /// When the file cannot be read, is no JSON, or any field is wrong.
    pub fn read(path: &Path, edits: &[Edit], seed: Option<u64>) -> Result<Self, ExperimentError> {
        let mut value = read_json(path)?;
        let fault = |error| ExperimentError::Field { path: path.to_owned(), error };
        if !value.is_object() {
            return Err(fault(FieldError::new("the script", "expected an object { … } with a \"kind\"")));
        }
        for edit in edits {
            edit.apply(&mut value).map_err(fault)?;
        }
        if let (Some(seed), Some(object)) = (seed, value.as_object_mut()) {
            object.insert("seed".to_owned(), seed.into());
        }
        let folders = Folders::of(path);
        let (header, study) = interpret(&value).map_err(fault)?;
        if header.sweep.is_none() {
            study.check(&folders).map_err(fault)?;
        }
        Ok(Self { path: path.to_owned(), folders, value, header, study })
    }

    /// What the user should know before the run.
    pub fn warnings(&self) -> Vec<String> {
        self.study.check(&self.folders).map(|inputs| inputs.warnings).unwrap_or_default()
    }

    /// File name without extension: the name of the record.
    pub fn stem(&self) -> String {
        self.path.file_stem().map_or_else(|| "record".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }
}

/// The header and the study of a script's JSON.
pub(crate) fn interpret(value: &Value) -> Result<(Header, Box<dyn Study>), FieldError> {
    let Some(object) = value.as_object() else {
        return Err(FieldError::new("the script", "expected an object { … } with a \"kind\""));
    };
    let (head, body): (Map<String, Value>, Map<String, Value>) =
        object.clone().into_iter().partition(|(name, _)| HEADER_FIELDS.contains(&name.as_str()));
    let header: Header = typed(Value::Object(head))?;
    if header.format != 1 {
        return Err(FieldError::new(
            "format",
            format!("this program reads scripts of format 1, not {}", header.format),
        ));
    }
    if let Some(published) = &header.published {
        published.check()?;
    }
    let kind = kinds::find(&header.kind).ok_or_else(|| {
        let names: Vec<&str> = kinds::KINDS.iter().map(|k| k.name).collect();
        FieldError::new(
            "kind",
            format!("\"{}\" is not known; {}", header.kind, suggestion(&header.kind, &names)),
        )
    })?;
    let study = (kind.read)(Value::Object(body))?;
    Ok((header, study))
}

/// Reads a typed value from JSON; errors name the field.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, FieldError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        explain::explain(&path, &error.into_inner().to_string(), &HEADER_FIELDS)
    })
}

/// Reads a JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Value, ExperimentError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ExperimentError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| ExperimentError::NotJson { path: path.to_owned(), message: error.to_string() })
}
