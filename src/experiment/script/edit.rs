//! `--set path.to.field=value`: edits of a script before it is read.

use serde_json::{Map, Value};

use crate::experiment::{ExperimentError, FieldError};

/// Most parts of a path; scripts nest far less.
const MOST_PARTS: usize = 100;

/// One edit: a path of field names (or list indices) and a new value.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Path with dots, e.g. `waveform.triangle.amplitude`.
    pub path: String,
    /// The new value.
    pub value: Value,
}

impl Edit {
    /// Reads `path=value`; the value is JSON if it parses as JSON, else text.
    ///
    /// # Errors
    /// When there is no `=` or a part of the path is empty.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        let fault = |message: &str| ExperimentError::Option {
            option: "--set",
            value: text.to_owned(),
            message: message.to_owned(),
        };
        let (path, value) =
            text.split_once('=').ok_or_else(|| fault("there is no '='; write --set path.to.field=value"))?;
        let path = path.trim();
        if path.split('.').any(|part| part.trim().is_empty()) {
            return Err(fault("a part of the path is empty; write --set path.to.field=value"));
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path: path.to_owned(), value })
    }

    /// Applies the edit. Objects on the way are made where they are missing; whether the field
    /// exists is for the strict reading afterwards to say.
    ///
    /// # Errors
    /// When the path goes through something that is neither object nor list, or past a list's end.
    pub fn apply(&self, script: &mut Value) -> Result<(), FieldError> {
        let parts: Vec<&str> = self.path.split('.').collect();
        if parts.len() > MOST_PARTS {
            let text = format!("has {} parts; a path has at most {MOST_PARTS}", parts.len());
            return Err(FieldError::new(self.path.chars().take(40).chain(['…']).collect::<String>(), text));
        }
        set(script, &parts, &self.value, &self.path)
    }
}

fn set(target: &mut Value, parts: &[&str], value: &Value, path: &str) -> Result<(), FieldError> {
    if parts.is_empty() {
        *target = value.clone();
        return Ok(());
    }
    match target {
        Value::Object(object) => {
            // Keys with dots of their own (the parameters of a sweep) come first.
            let taken =
                (1..=parts.len()).rev().find(|n| object.contains_key(&parts[..*n].join("."))).unwrap_or(1);
            let (head, rest) = parts.split_at(taken);
            let next = object.entry(head.join(".")).or_insert_with(|| Value::Object(Map::new()));
            if next.is_null() {
                *next = Value::Object(Map::new());
            }
            set(next, rest, value, path)
        }
        Value::Array(list) => {
            let length = list.len();
            let (index, rest) = parts.split_first().map_or(("", parts), |(i, rest)| (*i, rest));
            let item = index.parse::<usize>().ok().and_then(|i| list.get_mut(i)).ok_or_else(|| {
                FieldError::new(
                    path,
                    format!("\"{index}\" is not an index of this list of {length} (counted from 0)"),
                )
            })?;
            set(item, rest, value, path)
        }
        other => Err(FieldError::new(
            path,
            format!("cannot be set: what holds \"{}\" is {other}, not an object", parts.join(".")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edited(mut script: Value, text: &str) -> Result<Value, FieldError> {
        Edit::parse(text).unwrap().apply(&mut script)?;
        Ok(script)
    }

    #[test]
    fn values_are_json_or_text() {
        assert_eq!(edited(json!({"a": {"b": 1}}), "a.b=2.5").unwrap(), json!({"a": {"b": 2.5}}));
        assert_eq!(edited(json!({}), "a.b=0.2 V").unwrap(), json!({"a": {"b": "0.2 V"}}));
        assert_eq!(edited(json!({"a": [1, 2]}), "a.1=[3]").unwrap(), json!({"a": [1, [3]]}));
        assert_eq!(edited(json!({"a": {"b.c": 1}}), "a.b.c=2").unwrap(), json!({"a": {"b.c": 2}}));
    }

    #[test]
    fn impossible_paths_are_refused() {
        assert!(edited(json!({"a": 1}), "a.b=2").is_err());
        assert!(edited(json!({"a": [1]}), "a.4=2").unwrap_err().to_string().contains("not an index"));
        assert!(Edit::parse("a.b").is_err());
        assert!(Edit::parse("a..b=1").is_err());
        let deep = format!("{}b=1", "a.".repeat(100_000));
        assert!(edited(json!({}), &deep).unwrap_err().to_string().contains("at most 100"));
    }
}
