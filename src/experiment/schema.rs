//! The JSON Schema of experiment scripts, generated from the types that read them.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::kinds::KINDS;
use super::script::Header;

/// The schema of every kind of script: one alternative for each kind.
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let header = Header::json_schema(&mut generator).to_value();
    let alternatives: Vec<Value> = KINDS
        .iter()
        .map(|kind| {
            let mut study = (kind.schema)(&mut generator).to_value();
            // Kinds that share their fields refer to one definition; the header is added to each.
            let shared = study.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/"));
            if let Some(own) = shared.and_then(|name| generator.definitions().get(name)) {
                study = own.clone();
            }
            merge(&mut study, &header, kind.name);
            study
        })
        .collect();
    let definitions = generator.take_definitions(true);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "neurofilament experiment script",
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": { "enum": KINDS.iter().map(|k| k.name).collect::<Vec<_>>() } },
        "oneOf": alternatives,
        "$defs": definitions,
    })
}

/// Adds the header's fields to a study's, and fixes the kind.
fn merge(study: &mut Value, header: &Value, kind: &str) {
    let Some(object) = study.as_object_mut() else { return };
    object.insert("title".to_owned(), kind.into());
    let properties = object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    if let (Some(own), Some(more)) = (properties.as_object_mut(), header["properties"].as_object()) {
        own.extend(more.clone());
        own.insert("kind".to_owned(), json!({ "const": kind }));
    }
    if let Some(required) =
        object.entry("required").or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
    {
        required.push("kind".into());
    }
}
