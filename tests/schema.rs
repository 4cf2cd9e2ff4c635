//! The JSON Schema that `neurofilament schema` prints accepts every shipped script.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use neurofilament::experiment::{ExperimentError, Script, schema::schema};
use serde_json::{Value, json};

/// The part of JSON Schema that our schemas use.
fn valid(schema: &Value, value: &Value, root: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema != &json!(false) };
    rules.iter().all(|(rule, argument)| match rule.as_str() {
        "$ref" => {
            let pointer = argument.as_str().unwrap_or_default().trim_start_matches('#');
            root.pointer(pointer).is_some_and(|target| valid(target, value, root))
        }
        "type" => match argument {
            Value::Array(types) => types.iter().any(|t| is_type(t, value)),
            one => is_type(one, value),
        },
        "const" => argument == value,
        "enum" => argument.as_array().is_some_and(|a| a.contains(value)),
        "oneOf" => {
            argument.as_array().is_some_and(|a| a.iter().filter(|s| valid(s, value, root)).count() == 1)
        }
        "anyOf" => argument.as_array().is_some_and(|a| a.iter().any(|s| valid(s, value, root))),
        "items" => value.as_array().is_none_or(|a| a.iter().all(|v| valid(argument, v, root))),
        "required" => value.as_object().is_none_or(|o| {
            argument
                .as_array()
                .is_some_and(|a| a.iter().all(|n| n.as_str().is_some_and(|n| o.contains_key(n))))
        }),
        "properties" => value
            .as_object()
            .is_none_or(|o| o.iter().all(|(name, v)| argument.get(name).is_none_or(|s| valid(s, v, root)))),
        "additionalProperties" => value.as_object().is_none_or(|o| {
            let own = rules.get("properties");
            o.iter()
                .filter(|(n, _)| own.and_then(|p| p.get(*n)).is_none())
                .all(|(_, v)| valid(argument, v, root))
        }),
        "minimum" => value.as_f64().is_none_or(|v| Some(v) >= argument.as_f64()),
        "maximum" => value.as_f64().is_none_or(|v| Some(v) <= argument.as_f64()),
        "prefixItems" => value.as_array().is_none_or(|a| {
            argument.as_array().is_some_and(|p| a.iter().zip(p).all(|(v, s)| valid(s, v, root)))
        }),
        "minItems" => value.as_array().is_none_or(|a| Some(a.len() as u64) >= argument.as_u64()),
        "maxItems" => value.as_array().is_none_or(|a| Some(a.len() as u64) <= argument.as_u64()),
        "$schema" | "$defs" | "title" | "description" | "examples" | "pattern" | "default" | "format" => true,
        other => panic!("the test does not know the rule {other}"),
    })
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap_or_default() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("readable")
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    found.sort();
    found
}

#[test]
fn shipped_scripts_are_valid() {
    let schema = schema();
    assert!(scripts().len() >= 5);
    for path in scripts() {
        let value: Value = serde_json::from_str(&fs::read_to_string(&path).expect("read")).expect("JSON");
        assert!(valid(&schema, &value, &schema), "{} does not fit the schema", path.display());
        let script = match Script::read(&path, &[], None) {
            Ok(script) => script,
            // Public data sets do not come with the program, nor do traces that another script makes.
            Err(ExperimentError::Field { error, .. })
                if error.field.starts_with("data")
                    && ["scripts/get-data", "run experiments/conduction_traces.json"]
                        .iter()
                        .any(|how| error.message.contains(how)) =>
            {
                continue;
            }
            Err(error) => panic!("{}: {error}", path.display()),
        };
        assert!(!script.header.title.is_empty() && !script.header.description.is_empty());
    }
}

#[test]
fn wrong_scripts_are_not() {
    let schema = schema();
    let path = scripts().into_iter().find(|p| p.ends_with("set_kinetics_jart.json")).expect("shipped");
    let good: Value = serde_json::from_str(&fs::read_to_string(path).expect("read")).expect("JSON");
    for (name, value) in [
        ("voltges", json!([])),
        ("ambient_temperature", json!(293)),
        ("kind", json!("x")),
        ("voltages", json!("1 V")),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(!valid(&schema, &bad, &schema), "{name}");
    }
}
