//! Where the record comes from and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::page::{Section, details, table};
use super::plot::unit;
use super::source::Source;
use crate::record::{Attribute, RecordError};

/// Cards shown at most.
const MOST_CARDS: usize = 12;
/// Datasets listed at most.
const MOST_LISTED: usize = 400;

/// The sections on provenance and contents.
pub(crate) fn sections(source: &Source) -> Result<Vec<Section>, RecordError> {
    let provenance = source.file.provenance()?;
    let attributes = source.file.attributes("/")?;
    let text = |wanted: &str| {
        attributes.iter().find(|(name, _)| name == wanted).map_or_else(
            String::new,
            |(_, value)| match value {
                Attribute::Text(text) => text.clone(),
                Attribute::F64(number) => unit::number(*number),
                Attribute::I64(number) => number.to_string(),
                other => format!("{other:?}"),
            },
        )
    };
    let file = source.file.path().file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let cards = cards(&provenance.cards);
    let duration = match attributes.iter().find(|(name, _)| name == "duration") {
        Some((_, Attribute::F64(seconds))) => unit::quantity(*seconds, "s"),
        _ => "unknown".to_owned(),
    };
    let complete = if source.file.is_complete() { "yes" } else { "no" };
    let mut rows = vec![
        vec!["Record".to_owned(), file],
        vec!["Kind".into(), provenance.kind.clone()],
        vec!["Started".into(), text("started")],
        vec!["Duration".into(), duration],
        vec!["Version".into(), format!("{} {}", text("program"), text("version"))],
        vec!["Seed".into(), provenance.seed.to_string()],
        vec!["Threads".into(), provenance.threads.to_string()],
        vec!["Complete".into(), complete.into()],
    ];
    if !cards.is_empty() {
        rows.push(vec!["Device cards".into(), cards.join(", ")]);
    }
    let mut body = table(&[], &rows);
    if !provenance.script.is_empty() {
        body += &details("Experiment script", &pretty(&provenance.script));
    }
    let mut shown = BTreeSet::new();
    let different: Vec<&(String, String)> = provenance.cards.iter().filter(|c| shown.insert(*c)).collect();
    for (i, (name, card)) in different.iter().take(MOST_CARDS).enumerate() {
        let number =
            if different.len() > 1 { format!(" ({} of {})", i + 1, different.len()) } else { String::new() };
        body += &details(&format!("Device card {name}{number}"), &pretty(card));
    }
    body += &contents(source);
    Ok(vec![Section { title: "Provenance".into(), body }])
}

/// Names of the cards; the number of different texts where a sweep changed one.
fn cards(all: &[(String, String)]) -> Vec<String> {
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, text) in all {
        texts.entry(name).or_default().insert(text);
    }
    let written = |(name, texts): (&str, BTreeSet<&str>)| match texts.len() {
        1 => name.to_owned(),
        n => format!("{name} ({n} sets of parameters)"),
    };
    texts.into_iter().map(written).collect()
}

fn contents(source: &Source) -> String {
    let mut lines: Vec<String> = source
        .shapes
        .iter()
        .take(MOST_LISTED)
        .map(|(path, shape)| {
            let (unit, name) = source.file.unit_and_name(path).unwrap_or_default();
            let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
            let unit = if unit.is_empty() { String::new() } else { format!(" [{unit}]") };
            format!("{path}  ({})  {name}{unit}", shape.join(" × "))
        })
        .collect();
    if source.shapes.len() > MOST_LISTED {
        lines.push(format!("… and {} more", source.shapes.len() - MOST_LISTED));
    }
    details(&format!("Contents of the record: {} datasets", source.shapes.len()), &lines.join("\n"))
}

/// JSON written on one line gets line breaks; anything else stays as it is.
fn pretty(text: &str) -> String {
    if text.trim().contains('\n') {
        return text.to_owned();
    }
    serde_json::from_str::<serde_json::Value>(text)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| text.to_owned())
}
